"""The feed: every entry of the ledger, once, in an order that never changes and that a reader can go on from at any place.

On SQLite one transaction writes at a time, so entries become visible in the order of their ids, and the id is the place. On PostgreSQL
transactions commit in any order: an entry may become visible after one with a higher id was told. There a trigger puts each entry into
`feed_waiting` in its own transaction, and whoever reads first gives the waiting ones their places in `feed`, one at a time: what is not
committed does not wait yet, so nothing is passed over, and of two entries of one document the earlier one was committed first, so it
gets the lower place. No clock and no transaction id is involved: it also holds after a restore into another server.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select, text

from gateway.errors import GatewayError
from gateway.states import Direction, Event, Kind, State
from gateway.store.engine import Database
from gateway.store.event_tables import feed, feed_waiting
from gateway.store.tables import documents, ledger

PAGE_LIMIT = 500
SCAN_LIMIT = 10_000  # entries looked at for one page, however few of them are wanted
ONE_AT_A_TIME = 7_403_114_222  # advisory lock on PostgreSQL; this project's own, chosen once

_LOCK = text(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})")
_GIVE_PLACES = text(
    "WITH gone AS (DELETE FROM feed_waiting RETURNING ledger_id) "
    "INSERT INTO feed (ledger_id) SELECT ledger_id FROM gone ORDER BY ledger_id"
)
_ARE_WAITING = select(exists(select(feed_waiting.c.ledger_id)))

Wanted = Collection[tuple[Kind, Event]]


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the ledger, its place in the feed, and the document it is about as that is now."""

    position: int
    id: int
    at: datetime
    event: Event
    state_before: State | None
    state_after: State
    code: str
    sentence: str
    actor: str
    document_id: str
    partner: str
    kind: Kind
    direction: Direction
    number: str
    order_number: str
    erp_reference: str
    is_test: bool


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Some of the feed, oldest first.

    Args:
        position: up to where it was looked at; the next page begins after it.
        has_more: whether there was more when it was read.
    """

    happenings: tuple[Happening, ...]
    position: int
    has_more: bool


def give_places(database: Database) -> None:
    """Give every entry that was committed its place. On SQLite it has one already."""
    if database.is_sqlite:
        return
    with database.read() as connection:
        if not connection.execute(_ARE_WAITING).scalar():
            return

    def give(connection: Connection) -> None:
        connection.execute(_LOCK)
        connection.execute(_GIVE_PLACES)  # begun after the lock is ours, so it sees what the one before us committed

    database.write(give)


def head(connection: Connection) -> int:
    """Return the place of the newest entry, 0 when there is none."""
    place = _place(connection)
    found: int | None = connection.execute(select(func.max(place))).scalar()
    return found or 0


def page(
    connection: Connection, after: int, limit: int, wanted: Wanted | None = None, partners: Collection[str] = ()
) -> FeedPage:
    """Return up to `limit` entries after a place.

    Args:
        wanted: the (kind, event) pairs that are asked for; None for all.
        partners: whose documents; empty for all.
    """
    newest = head(connection)
    place = _place(connection)
    first: int | None = connection.execute(select(func.min(place)).where(place > after)).scalar()
    if first is None or first > newest:
        return FeedPage((), after, has_more=False)
    last = min(newest, first + SCAN_LIMIT - 1)
    limit = max(1, min(limit, PAGE_LIMIT))
    query = _entries(place).where(place >= first, place <= last, *_filters(wanted, partners))
    rows = connection.execute(query.order_by(place).limit(limit)).all()
    found = tuple(_happening(row) for row in rows)
    position = found[-1].position if len(found) == limit else last
    return FeedPage(found, position, has_more=position < newest)


def of_ids(connection: Connection, ids: Iterable[int]) -> dict[int, Happening]:
    """Return entries by their id."""
    query = _entries(_place(connection)).where(ledger.c.id.in_(list(ids)))
    return {row.id: _happening(row) for row in connection.execute(query)}


def between(
    connection: Connection,
    since: datetime,
    until: datetime,
    after: int,
    limit: int,
    wanted: Wanted | None,
    partners: Any,
) -> list[Happening]:
    """Return up to `limit` entries of a stretch of time after a place, oldest place first."""
    place = _place(connection)
    query = _entries(place).where(place > after, ledger.c.at >= since, ledger.c.at < until, *_filters(wanted, partners))
    return [_happening(row) for row in connection.execute(query.order_by(place).limit(limit))]


def cursor_of(position: int) -> str:
    """Return the cursor that goes on after a place."""
    return base64.urlsafe_b64encode(f"e1:{position}".encode()).decode().rstrip("=")


def position_of(cursor: str) -> int:
    """Return the place that a cursor stands for; 0 for "".

    Raises:
        GatewayError: GW-6106, it is not one that was handed out.
    """
    if not cursor:
        return 0
    try:
        version, _, position = (
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").partition(":")
        )
    except (binascii.Error, ValueError):
        version, position = "", ""
    if version != "e1" or not position.isdigit() or len(position) > 18:
        raise GatewayError("GW-6106", "The cursor is not one that was handed out; start again without it.")
    return int(position)


def _place(connection: Connection) -> Any:
    return ledger.c.id if connection.dialect.name == "sqlite" else feed.c.position


def _entries(place: Any) -> Select[Any]:
    query = select(
        place.label("position"),
        ledger,
        documents.c.partner,
        documents.c.kind,
        documents.c.direction,
        documents.c.number,
        documents.c.order_number,
        documents.c.erp_reference,
        documents.c.is_test,
    ).join(documents, documents.c.id == ledger.c.document_id)
    return query if place.table is ledger else query.join(feed, feed.c.ledger_id == ledger.c.id)


def _filters(wanted: Wanted | None, partners: Collection[str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted is not None:
        by_event: dict[Event, list[Kind]] = {}
        for kind, event in wanted:
            by_event.setdefault(event, []).append(kind)
        found.append(
            or_(*(and_(ledger.c.event == event, documents.c.kind.in_(kinds)) for event, kinds in by_event.items()))
        )
    if partners:
        found.append(documents.c.partner.in_(list(partners)))
    return found


def _happening(row: Any) -> Happening:
    return Happening(
        position=row.position,
        id=row.id,
        at=row.at,
        event=Event(row.event),
        state_before=None if row.state_before is None else State(row.state_before),
        state_after=State(row.state_after),
        code=row.code,
        sentence=row.sentence,
        actor=row.actor,
        document_id=row.document_id,
        partner=row.partner,
        kind=Kind(row.kind),
        direction=Direction(row.direction),
        number=row.number,
        order_number=row.order_number,
        erp_reference=row.erp_reference,
        is_test=row.is_test,
    )
