"""API keys: who may ask the status API for what.

A key is 256 random bits with a prefix and a checksum: "gw_" + 43 characters + 6 characters. It is shown once; the database holds its
SHA-256, so neither a copy of the database nor a log gives one away. A fast hash is right here: there is nothing to guess.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from gateway.clock import new_id, new_secret
from gateway.errors import GatewayError
from gateway.store.tables import api_keys

# What a key may do; each route of the API names one of these.
SCOPES: dict[str, str] = {
    "documents:read": "lists, documents, timelines, findings, canonical JSON, orders, search",
    "raw:read": "the bytes as they came or left",
    "events:read": "everything that happens, as a feed of events",
    "inbox:write": "posting the documents of the partners whose files name the key",
}

_START = "gw_"
_BITS_LENGTH = 43
_CHECKSUM_LENGTH = 6
KEY_LENGTH = len(_START) + _BITS_LENGTH + _CHECKSUM_LENGTH

_INSERT = insert(api_keys)
_ALL = select(api_keys).order_by(api_keys.c.id)
_BY_NAME = select(api_keys.c.id).where(api_keys.c.name == bindparam("wanted"))
_BY_SHA256 = select(api_keys).where(api_keys.c.sha256 == bindparam("wanted"))
_DELETE = delete(api_keys).where(api_keys.c.name == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept: everything but the key itself. `prefix` is its beginning, to recognise it by."""

    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None

    def is_expired(self, now: datetime) -> bool:
        """Return whether the key's time is over."""
        return self.expires_at is not None and self.expires_at <= now


def create(
    connection: Connection, name: str, scopes: Sequence[str], now: datetime, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Create a key and return it with its secret, which cannot be read again.

    Raises:
        GatewayError: GW-6301 the name is taken; GW-6302 there is no such scope.
    """
    strange = [scope for scope in scopes if scope not in SCOPES]
    if strange or not scopes:
        what = f"There is no scope {strange[0]}" if strange else "A key needs a scope"
        raise GatewayError("GW-6302", f"{what}; there are {', '.join(SCOPES)}.")
    if connection.execute(_BY_NAME, {"wanted": name}).first() is not None:
        raise GatewayError("GW-6301", f"There is a key named {name} already; revoke it first or take another name.")
    secret = _spelled(new_secret())
    key = ApiKey(name, secret[:10], tuple(dict.fromkeys(scopes)), now, expires_at)
    connection.execute(
        _INSERT,
        {
            "id": new_id(now),
            "name": name,
            "prefix": key.prefix,
            "sha256": _sha256(secret),
            "scopes": " ".join(key.scopes),
            "created_at": now,
            "expires_at": expires_at,
        },
    )
    return key, secret


def listed(connection: Connection) -> list[ApiKey]:
    """Return every key, oldest first."""
    return [
        ApiKey(row.name, row.prefix, tuple(row.scopes.split()), row.created_at, row.expires_at)
        for row in connection.execute(_ALL)
    ]


def revoke(connection: Connection, name: str) -> None:
    """Take a key away; it is refused from the next request on.

    Raises:
        GatewayError: GW-6303, there is no such key.
    """
    if connection.execute(_DELETE, {"wanted": name}).rowcount == 0:
        raise GatewayError("GW-6303", f"There is no key named {name}.")


def authenticated(connection: Connection, secret: str, now: datetime) -> ApiKey | None:
    """Return the key whose secret this is, or None when there is none or its time is over."""
    if not is_well_formed(secret):
        return None
    wanted = _sha256(secret)
    row = connection.execute(_BY_SHA256, {"wanted": wanted}).first()
    if row is None or not hmac.compare_digest(row.sha256, wanted):
        return None
    key = ApiKey(row.name, row.prefix, tuple(row.scopes.split()), row.created_at, row.expires_at)
    return None if key.is_expired(now) else key


def is_well_formed(secret: str) -> bool:
    """Return whether `secret` can be a key at all; a slip of the pen costs no query."""
    if len(secret) != KEY_LENGTH or not secret.isascii() or not secret.startswith(_START):
        return False
    body, checksum = secret[len(_START) : -_CHECKSUM_LENGTH], secret[-_CHECKSUM_LENGTH:]
    return hmac.compare_digest(_checksum(body), checksum)


def _spelled(bits: bytes) -> str:
    body = base64.urlsafe_b64encode(bits).decode().rstrip("=")
    return f"{_START}{body}{_checksum(body)}"


def _checksum(body: str) -> str:
    return base64.urlsafe_b64encode(binascii.crc32(body.encode()).to_bytes(4, "big")).decode()[:_CHECKSUM_LENGTH]


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
