"""What the commands about keys and homes print with `--json`."""

from __future__ import annotations

from datetime import datetime

from gateway.api.document_views import View
from gateway.store.api_keys import ApiKey


class KeyView(View):
    """A key without its secret."""

    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None


class NewKey(KeyView):
    """A key with its secret, which is shown this once."""

    key: str


class KeyList(View):
    """Every key."""

    keys: tuple[KeyView, ...]


class NewHome(View):
    """What `gateway init` made; `key` is empty when there were keys already."""

    home: str
    written: tuple[str, ...]
    key: str


class Complaints(View):
    """What is wrong with the configuration."""

    complaints: tuple[str, ...]


def key_view(key: ApiKey) -> KeyView:
    """Return a key's facts."""
    return KeyView(
        name=key.name, prefix=key.prefix, scopes=key.scopes, created_at=key.created_at, expires_at=key.expires_at
    )
