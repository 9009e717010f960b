"""What [transport] takes in the file of a partner whose SFTP server we connect to."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from gateway.transports.options import TransportOptions
from gateway.transports.schedule_options import ScheduleOptions
from gateway.transports.secrets import SecretReference

KEY_TYPES = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
}
"""Type of a host key → the signatures to ask for, best first."""
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")


def _pinned(key: str) -> str:
    """Return a pinned host key, checked. Raises ValueError."""
    kind, _, value = key.partition(" ")
    value = value.split(" ")[0]
    if kind not in KEY_TYPES:
        raise ValueError(f"begin with the key's type: one of {', '.join(KEY_TYPES)}")
    if _FINGERPRINT.fullmatch(value):
        return f"{kind} {value.rstrip('=')}"
    try:
        blob = base64.b64decode(value, validate=True)
    except binascii.Error:
        blob = b""
    if not blob.startswith(len(kind).to_bytes(4, "big") + kind.encode()):
        raise ValueError("after the type comes SHA256:... or the key as ssh-keyscan prints it")
    return f"{kind} {value}"


def _suffix(suffix: str) -> str:
    if "/" in suffix or "\0" in suffix:
        raise ValueError("an ending of a name, like .tmp")
    return suffix


HostKey = Annotated[str, AfterValidator(_pinned)]
Suffix = Annotated[str, Field(min_length=1, max_length=32), AfterValidator(_suffix)]
Folder = Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")]


class SftpOptions(TransportOptions):
    """The keys of `kind = "sftp"`."""

    host: str = Field(min_length=1, max_length=253, description="Name or address of the partner's server.")
    port: int = Field(22, ge=1, le=65535, description="Its port.")
    user: str = Field(min_length=1, max_length=256, description="Our account there.")
    password: SecretReference = Field("", description="Where the password is: env:NAME or file:/path.")
    key: SecretReference = Field("", description="Where our private key is, in OpenSSH's or PEM form.")
    key_passphrase: SecretReference = Field("", description="Where the key's passphrase is, when it has one.")
    host_key: HostKey = Field(
        description="The server's key: its type and SHA256:..., or the key itself. Any other key is a hard stop."
    )
    next_host_key: HostKey | None = Field(None, description="The key it will change to; accepted from now on, too.")
    host_key_until: date | None = Field(
        None, description="The last day (UTC) of `host_key`; after it only `next_host_key` is accepted."
    )
    pickup_folder: Folder = Field("", description="Where we fetch from. Empty: we fetch nothing.")
    delivery_folder: Folder = Field("", description="Where we put what we send. Empty: we deliver nothing.")
    files: str = Field(
        "*", min_length=1, max_length=255, description="Only names like this are fetched, as in `*.edi`."
    )
    complete: Literal["stable", "rename", "marker"] = Field(
        "stable",
        description="When a file is complete. stable: two looks found size and time the same, and X12 has its IEA; rename: at once, as "
        "the partner writes under another name and renames; marker: when a second file says so.",
    )
    marker: Suffix = Field(
        ".done", description="With complete = marker: order.edi is complete once order.edi.done is there."
    )
    claim: bool = Field(
        True,
        description="Rename a file before it is taken, where the server lets us, so that nobody else takes it too.",
    )
    after: Literal["delete", "archive"] = Field("delete", description="What becomes of a file after the commit.")
    archive_folder: Folder = Field("", description="With after = archive: where it is moved to, on the server.")
    temporary: Suffix = Field(".tmp", description="Ending of the name we write under before we rename.")
    direct: bool = Field(
        False,
        description="Write under the final name at once: for a mailbox that takes a file on close and knows no rename.",
    )
    delivered_marker: str = Field("", max_length=32, description="Ending of an empty file that says ours is complete.")
    poll_seconds: float = Field(60, ge=0.1, le=86400, description="How often we look.")
    stable_seconds: float | None = Field(
        None, ge=0, le=3600, description="Shortest time between the two looks. Default: the setting of that name."
    )
    trailer_seconds: float | None = Field(
        None, ge=0, le=86400, description="How long a file without its IEA is given. Default: the setting of that name."
    )
    schedule: ScheduleOptions = Field(
        ScheduleOptions(), description="When to look and to send: a table of its own, see below."
    )
    channels: int = Field(
        4, ge=1, le=16, description="SFTP sessions on the one connection; fewer where the server says so."
    )
    connect_seconds: float = Field(15, gt=0, le=300, description="Time for connecting and signing in.")
    answer_seconds: float = Field(60, gt=0, le=3600, description="How long the server may be silent.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.password and not self.key:
            raise ValueError("name a password or a key, or both")
        if not self.pickup_folder and not self.delivery_folder:
            raise ValueError("name a pickup_folder, a delivery_folder, or both")
        if self.after == "archive" and not self.archive_folder:
            raise ValueError("after = archive needs an archive_folder")
        if self.host_key_until is not None and self.next_host_key is None:
            raise ValueError("host_key_until needs a next_host_key")
        return self
