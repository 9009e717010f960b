"""What [transport] takes in the file of a partner that connects to our SFTP server."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.transports.options import TransportOptions
from gateway.transports.sftp_options import KEY_TYPES


def _public_key(line: str) -> str:
    """Return a public key's line, its comment left out. Raises ValueError."""
    kind, _, rest = line.strip().partition(" ")
    value = rest.split(" ")[0]
    try:
        blob = base64.b64decode(value, validate=True)
    except binascii.Error:
        blob = b""
    if kind not in KEY_TYPES or not blob.startswith(len(kind).to_bytes(4, "big") + kind.encode()):
        raise ValueError(f"a public key as its .pub file has it, of one of {', '.join(KEY_TYPES)}")
    return f"{kind} {value}"


class HostedOptions(TransportOptions):
    """The keys of `kind = "hosted-sftp"`."""

    user: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]{0,64}$",
        description="The partner's account on our server. Default: the partner's id.",
    )
    keys: tuple[Annotated[str, AfterValidator(_public_key)], ...] = Field(
        min_length=1, description="Its public keys; two of them while it changes one."
    )
    after: Literal["archive", "delete"] = Field(
        "archive",
        description="What becomes of a file after the commit: moved to .archive, or deleted; the store has it.",
    )
    trailer_seconds: float | None = Field(
        None, ge=0, le=86400, description="How long a file without its IEA is given. Default: the setting of that name."
    )
