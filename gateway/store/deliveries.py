"""Deliveries: one payload that came or went over one transport."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from gateway.states import Direction
from gateway.store.statements import Statement
from gateway.store.tables import deliveries, documents


@dataclass(frozen=True, slots=True)
class Delivery:
    """A payload on a transport.

    Args:
        transport_id: what the transport knows it by; unique with direction, partner and transport.
        payload_sha256: None when it was too large to be taken.
    """

    id: str
    direction: Direction
    partner: str
    transport: str
    transport_id: str
    name: str
    payload_sha256: str | None
    size_bytes: int
    at: datetime


_INSERT = Statement(insert(deliveries))
_KNOWN = Statement(
    select(deliveries.c.id).where(
        deliveries.c.direction == Direction.IN,
        deliveries.c.partner == bindparam("of"),
        deliveries.c.transport == bindparam("by"),
        deliveries.c.transport_id == bindparam("known_as"),
    )
)

_OPENED_FROM = (
    select(documents.c.id)
    .join(deliveries, documents.c.delivery_id == deliveries.c.id)
    .where(
        documents.c.parent_id.is_(None),
        deliveries.c.direction == Direction.IN,
        deliveries.c.partner == bindparam("of"),
        deliveries.c.transport == bindparam("by"),
        deliveries.c.transport_id == bindparam("known_as"),
    )
    .order_by(documents.c.id)
)


def record(connection: Connection, delivery: Delivery) -> None:
    """Write a delivery down. Raises LostRace when the same one was written meanwhile."""
    _INSERT.run(connection, asdict(delivery))


def is_received(connection: Connection, partner: str, transport: str, transport_id: str) -> bool:
    """Return whether an arrival was received before."""
    return _KNOWN.first(connection, {"of": partner, "by": transport, "known_as": transport_id}) is not None


def document_of(connection: Connection, partner: str, transport: str, transport_id: str) -> str | None:
    """Return the id of the document that an arrival became, or None when it was never received."""
    known = {"of": partner, "by": transport, "known_as": transport_id}
    found: str | None = connection.execute(_OPENED_FROM, known).scalar()
    return found
