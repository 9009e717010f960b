"""A file that waits on a partner's server, what it is called there, and what was fetched of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from gateway.ports import Arrival
from gateway.transports.sftp_packets import Attributes

LONGEST_CLAIM = 200  # bytes of a name that still fit with what a claim adds; the name must be readable from it
_CLAIMED = re.compile(rb"\.(.+)\.[0-9a-f]{1,16}-[0-9a-f]{1,16}\.gateway", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file on the server as a look found it.

    Args:
        name: the partner's.
        there: its name now, which is another one when it was claimed.
        since: monotonic seconds of the first look that found it so.
    """

    name: bytes
    there: bytes
    size: int
    mtime: int
    since: float

    @property
    def is_claimed(self) -> bool:
        """Return whether it has our name."""
        return self.name != self.there

    def is_like(self, other: Waiting | None) -> bool:
        """Return whether nothing about it changed."""
        return other is not None and (self.there, self.size, self.mtime) == (other.there, other.size, other.mtime)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched. `content` is bytes in memory, a file on the disk, or None when it is larger than what is taken."""

    file: Waiting
    arrival: Arrival
    content: bytes | Path | None
    sha256: str
    fetched_at: float


def shown_name(name: bytes) -> str:
    """Return a name as it can be stored and printed: bytes of it that are no UTF-8 are spelled out."""
    return name.decode("utf-8", "backslashreplace")


def partners_name(name: bytes) -> bytes:
    """Return what the partner called a file, whose name now may be a claim's."""
    claimed = _CLAIMED.fullmatch(name)
    return claimed[1] if claimed else name


def claim_name(file: Waiting) -> bytes:
    """Return the name that a file is claimed by: hidden, and telling which file it is."""
    return b".%s.%x-%x.gateway" % (file.name, file.mtime, file.size)


def is_unchanged(file: Waiting, said: Attributes | None, *, there: bool = True) -> bool:
    """Return whether a file is as it was listed; a server that says nothing about size or time cannot contradict."""
    if said is None:
        return there
    return said.size in (None, file.size) and said.mtime in (None, file.mtime)


def discard(one: Fetched) -> None:
    """Remove what was spooled."""
    if isinstance(one.content, Path):
        one.content.unlink(missing_ok=True)
