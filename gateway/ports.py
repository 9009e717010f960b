"""What the journey asks of the outside: transports bring and take bytes, connectors talk to an ERP or commerce system.

Steps see these Protocols, never an adapter. An adapter raises `GatewayError` and nothing else for what the world did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from translators.canonical.document import BusinessDocument
from translators.findings import Finding


@dataclass(frozen=True, slots=True)
class Arrival:
    """A payload that waits at a transport.

    Args:
        partner: id of the partner the channel belongs to (its folder, its account), whatever the payload says.
        name: the partner's name for it; metadata only, never a path of ours.
        transport_id: the same for the same arrival however often it is listed (path, inode, size, mtime; an AS2 Message-ID),
            another for a new one with the same content.
        size_bytes: as listed; the read may give another number.
    """

    partner: str
    transport: str
    name: str
    transport_id: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Bytes to hand to a partner; the same object on every try.

    Args:
        delivery_id: ours, stable over retries; a transport that names what it sends derives the name from it.
        name: a file name the partner's software will accept.
    """

    delivery_id: str
    partner: str
    name: str
    payload: bytes
    content_type: str = "application/edi-x12"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a transport can prove about a dispatch: that it was taken, and how (a path, an MDN).

    Args:
        is_final: False while the partner's own receipt is awaited; `send` is called again when it came or is due.
        is_proven: the partner confirmed the bytes in a receipt of its own.
        awaited_until: when it is due; only of one that is not final.
        is_overdue: it was due before, and asked for again.
    """

    sentence: str
    is_final: bool = True
    is_proven: bool = False
    is_overdue: bool = False
    awaited_until: datetime | None = None
    facts: dict[str, str] = field(default_factory=dict)


class Transport(Protocol):
    """One partner's channel.

    Order of an arrival: `arrivals` → `read` → (the journey commits) → `settle`. A crash before `settle` lists the arrival again, with
    the same `transport_id`.
    """

    kind: str

    def arrivals(self) -> Iterable[Arrival]:
        """Return what is complete and waiting, oldest first; never a file that is still being written."""
        ...

    def read(self, arrival: Arrival) -> Iterator[bytes]:
        """Yield the payload in chunks. Raises GatewayError when it went away or changed while it was read."""
        ...

    def settle(self, arrival: Arrival) -> None:
        """Take the arrival out of the way (archive, delete) after the commit. Doing it twice is harmless."""
        ...

    def send(self, dispatch: Dispatch) -> Receipt:
        """Hand the bytes over. Doing it twice with the same `delivery_id` must leave one copy at the partner."""
        ...

    def watch(self, notify: Callable[[], None]) -> None:
        """Call `notify` whenever something may have arrived: a hint that saves waiting for the next sweep, never the truth."""
        ...

    def close(self) -> None:
        """Let go of connections and watches."""
        ...


class Leases(Protocol):
    """Which of several processes does what only one should do, and when it was last done."""

    def hold(self, name: str, seconds: float) -> bool:
        """Take or renew the lease `name`; return whether it is ours for so many seconds."""
        ...

    def release(self, name: str) -> None:
        """Give the lease back."""
        ...

    def last_run(self, name: str) -> datetime | None:
        """Return the due time of the job `name` that was last claimed, or None."""
        ...

    def claim_run(self, name: str, seen: datetime | None, due: datetime) -> bool:
        """Note the run of `due`, unless another one was noted since `seen`; return whether it was."""
        ...


@dataclass(frozen=True, slots=True)
class Posting:
    """A canonical document to be booked in the other system.

    Args:
        account: the partner's number there (customer or vendor number), from the partner's profile.
        key: the idempotency key; the same for the same document for ever.
    """

    document: BusinessDocument
    account: str
    key: str


@dataclass(frozen=True, slots=True)
class Posted:
    """The other system has it, under this number."""

    reference: str
    sentence: str
    was_there_already: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A document the other system wants carried out. `id` is its own, stable; `account` says to whom."""

    id: str
    account: str
    document: BusinessDocument


@dataclass(frozen=True, slots=True)
class OutgoingPage:
    """A page of the other system's outgoing documents in its order; `cursor` continues after the last of them."""

    documents: tuple[Outgoing, ...]
    cursor: str


class Connector(Protocol):
    """One ERP or commerce system.

    Args:
        honours_keys: whether a second `post` with the same key is answered with the first one's result.
        settle_seconds: how long a call whose outcome is unknown may still take effect; `find` before that proves nothing.
    """

    kind: str
    honours_keys: bool
    settle_seconds: float

    def check(self, posting: Posting) -> tuple[Finding, ...]:
        """Return what would stop this document there (customer, item, unit, price, stock, credit); books nothing."""
        ...

    def post(self, posting: Posting) -> Posted:
        """Book it. Raises GatewayError: retryable (down, busy), refused (not retryable), or with the outcome unknown."""
        ...

    def find(self, posting: Posting) -> Posted | None:
        """Return what an earlier `post` of this key booked, or None."""
        ...

    def outgoing(self, cursor: str) -> OutgoingPage:
        """Return the next page of documents to carry out, after `cursor` ("" for the beginning); empty when there is none."""
        ...
