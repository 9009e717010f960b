"""The questions the journey asks about other documents than the one it is at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from gateway.states import Acknowledgment, Direction, Kind, State
from gateway.store.documents import Document, find
from gateway.store.tables import contents, documents, jobs

_OF = documents.c
_FILE_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")  # our document's id, in the name of a file that we sent
_GROUPS = (_OF.partner, _OF.direction, _OF.kind, _OF.state)
_CENSUS = select(*_GROUPS, func.count().label("many")).group_by(*_GROUPS).order_by(*_GROUPS)
_WITH_CANONICAL = select(contents.c.document_id).where(contents.c.canonical.is_not(None))
_NOT_IN_FORCE = (State.DUPLICATE, State.CANCELLED, State.REPLACED, State.REFUSED, State.READ)


def answers_that_went_out(connection: Connection, document_id: str) -> list[Document]:
    """Return the answers to a document that have their bytes."""
    return find(
        connection, _OF.answers_id == document_id, _OF.direction == Direction.OUT, _OF.payload_sha256.is_not(None)
    )


def order_in_force(connection: Connection, partner: str, direction: Direction, order_number: str) -> Document | None:
    """Return the purchase order with this number that counts: the newest, and one over a parked one."""
    candidates = find(
        connection,
        _OF.partner == partner,
        _OF.order_number == order_number,
        _OF.kind == Kind.PURCHASE_ORDER,
        _OF.direction == direction,
        _OF.state.not_in(_NOT_IN_FORCE),
        _OF.id.in_(_WITH_CANONICAL),
    )
    return max(candidates, key=lambda d: (d.state is not State.PARKED, d.id), default=None)


def sent_in_group(connection: Connection, partner: str, group_number: str, set_ids: Sequence[str]) -> list[Document]:
    """Return what was sent to a partner under a group control number."""
    return find(
        connection,
        _OF.partner == partner,
        _OF.direction == Direction.OUT,
        _OF.group_number == group_number,
        _OF.set_id.in_(set_ids),
    )


def sent_in_interchange(connection: Connection, partner: str, interchange_number: str) -> list[Document]:
    """Return what was sent to a partner under an interchange control number."""
    return find(
        connection, _OF.partner == partner, _OF.direction == Direction.OUT, _OF.interchange_number == interchange_number
    )


def sent_as_file(connection: Connection, partner: str, named: Sequence[str]) -> list[Document]:
    """Return what was sent to a partner as a file of its own and is named by its business number, or in the name of its file."""
    ids = {part for name in named for part in _FILE_ID.findall(name)}
    if not ids and not any(named):
        return []
    return find(
        connection,
        _OF.partner == partner,
        _OF.direction == Direction.OUT,
        _OF.interchange_number == "",
        _OF.kind.in_([kind for kind in Kind if kind.is_business]),
        or_(_OF.id.in_(ids), _OF.number.in_([name for name in named if name])),
    )


def unacknowledged(connection: Connection, now: datetime, limit: int = 1000) -> list[Document]:
    """Return what was sent and should have been acknowledged by `now`."""
    late = (_OF.acknowledgment == Acknowledgment.AWAITED, _OF.acknowledgment_due <= now)
    return find(connection, *late, limit=limit)


def is_collected(connection: Connection, source_key: str) -> bool:
    """Return whether what an ERP handed out under this key has a document."""
    return connection.execute(select(_OF.id).where(_OF.source_key == source_key)).first() is not None


def in_progress(connection: Connection) -> list[Document]:
    """Return the documents that have something left to do."""
    return find(connection, _OF.id.in_(select(jobs.c.document_id)))


def in_state(
    connection: Connection, kind: Kind, direction: Direction, state: State, order_number: str = "", code: str = ""
) -> list[Document]:
    """Return the documents of a kind in a state; of one order, or stopped by one code, when these are given."""
    conditions = [_OF.kind == kind, _OF.direction == direction, _OF.state == state]
    if order_number:
        conditions.append(_OF.order_number == order_number)
    if code:
        conditions.append(_OF.code == code)
    return find(connection, *conditions)


def census(connection: Connection) -> list[tuple[str, str, str, str, int]]:
    """Return (partner, direction, kind, state, how many) over all documents."""
    return [(r.partner, r.direction, r.kind, r.state, r.many) for r in connection.execute(_CENSUS)]
