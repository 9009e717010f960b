"""The only place that asks what time it is, and the only one that draws random numbers."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from; tests bring their own."""

    def now(self) -> datetime:
        """Return the time in UTC, aware."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back; only differences mean anything."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time in UTC, aware."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()


_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(now: datetime) -> str:
    """Return a ULID: 26 characters, sorts by time, unique without asking anyone.

    Source: the ULID specification (48 bits of milliseconds, 80 random bits, Crockford's base 32).
    """
    return _spelled((int(now.timestamp() * 1000) << 80) | secrets.randbits(80))


def floor_id(at: datetime) -> str:
    """Return the lowest id that can be given out at `at` (aware, any year): what sorts before it is older."""
    milliseconds = min(max(int(at.timestamp() * 1000), 0), (1 << 48) - 1)
    return _spelled(milliseconds << 80)


def new_secret() -> bytes:
    """Return 256 random bits that nobody can guess."""
    return secrets.token_bytes(32)


def _spelled(number: int) -> str:
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))
