"""Cross references: what a partner calls something and what we call it, who said so and why, and who waits for it.

An entry holds for one partner, or for all ("" as partner); the partner's own wins. The entry of a scheme (a GTIN, the buyer's number)
wins over one for any scheme. `set_entries` and `remove_entries` are the only writers; each change is kept for ever with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, or_, select, update

from gateway.profiles import CrossReferenceTable
from gateway.states import Direction
from gateway.store.statements import Statement
from gateway.store.tables import (
    cross_reference_changes,
    cross_reference_revision,
    cross_reference_waits,
    cross_references,
)

VALUE_LENGTH = 128
SCHEME_LENGTH = 32
GTIN_LENGTHS = (8, 12, 13, 14)
_AT_ONCE = 400  # values in one query: below every database's limit of parameters


@dataclass(frozen=True, slots=True)
class Entry:
    """What a partner calls something, and what we call it.

    Args:
        partner: "" for all of them.
        scheme: of the partner's value ("gtin", "buyer"); "" whatever it is.
    """

    table: CrossReferenceTable
    partner: str
    scheme: str
    theirs: str
    ours: str
    note: str = ""
    set_at: datetime | None = None
    set_by: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return what there is one entry for."""
        return (self.table, self.partner, self.scheme, self.theirs)


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the tables' history; None where there was no entry, or is none any more."""

    entry: Entry
    before: str | None
    after: str | None
    at: datetime
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """What a document waits for.

    Args:
        number: of the need; each may be met by any of its rows.
        direction: in: `value` is the partner's; out: it is ours.
    """

    number: int
    table: CrossReferenceTable
    direction: Direction
    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Missing:
    """An entry that documents wait for, and how many."""

    table: CrossReferenceTable
    partner: str
    direction: Direction
    scheme: str
    value: str
    documents: int


_OF = cross_references.c
_KEY = and_(
    _OF.table_name == bindparam("t"),
    _OF.partner == bindparam("p"),
    _OF.scheme == bindparam("s"),
    _OF.theirs == bindparam("v"),
)
_INSERT = insert(cross_references)
_UPDATE = (
    update(cross_references)
    .where(_KEY)
    .values(ours=bindparam("o"), note=bindparam("n"), set_at=bindparam("at"), set_by=bindparam("by"))
)
_DELETE = delete(cross_references).where(_KEY)
_RECORD = insert(cross_reference_changes)
_ANY = Statement(select(_OF.id).limit(1))
_TAKE_TURN = update(cross_reference_revision).values(revision=cross_reference_revision.c.revision + 1)
_WAITS = cross_reference_waits.c
_DROP_WAITS = delete(cross_reference_waits).where(_WAITS.document_id == bindparam("wanted"))
_ADD_WAIT = insert(cross_reference_waits)
_STILL_WAITS = select(_WAITS.number).where(_WAITS.document_id == bindparam("wanted")).limit(1)


def same_values(scheme: str, value: str) -> tuple[str, ...]:
    """Return the spellings of one value: a GTIN is the same number with and without leading zeros."""
    if scheme not in ("", "gtin") or not (value.isascii() and value.isdigit()):
        return (value,)
    digits = value.lstrip("0") or "0"
    if len(value) not in GTIN_LENGTHS:
        return (value,)
    return tuple(dict.fromkeys((value, *(digits.zfill(n) for n in GTIN_LENGTHS if len(digits) <= n))))


def take_turn(connection: Connection) -> None:
    """Let nobody else change the tables, or park a document over them, until this transaction ends."""
    connection.execute(_TAKE_TURN)


def has_any(connection: Connection) -> bool:
    """Return whether any table has an entry."""
    return _ANY.first(connection, {}) is not None


def by_theirs(connection: Connection, partner: str, table: CrossReferenceTable, values: Sequence[str]) -> list[Entry]:
    """Return the entries for a partner's values, its own and those for all, the one that was set first in front."""
    return _found(connection, partner, table, _OF.theirs, values)


def by_ours(connection: Connection, partner: str, table: CrossReferenceTable, values: Sequence[str]) -> list[Entry]:
    """Return the entries that lead to our values, the partner's own and those for all, the one that was set first in front."""
    return _found(connection, partner, table, _OF.ours, values)


def _found(
    connection: Connection,
    partner: str,
    table: CrossReferenceTable,
    column: ColumnElement[str],
    values: Sequence[str],
) -> list[Entry]:
    found: list[Entry] = []
    for start in range(0, len(values), _AT_ONCE):
        wanted = column.in_(values[start : start + _AT_ONCE])
        rows = connection.execute(
            select(cross_references)
            .where(_OF.table_name == table, _OF.partner.in_((partner, "")), wanted)
            .order_by(_OF.id)
        )
        found += [_entry(row) for row in rows]
    return found


def listed(
    connection: Connection, table: CrossReferenceTable | None = None, partner: str | None = None, text: str = ""
) -> list[Entry]:
    """Return entries in the order in which they were set: of a table, of a partner ("": for all), with `text` in a value."""
    conditions: list[ColumnElement[bool]] = []
    if table is not None:
        conditions.append(_OF.table_name == table)
    if partner is not None:
        conditions.append(_OF.partner == partner)
    if text:
        conditions.append(or_(*(c.contains(text, autoescape=True) for c in (_OF.theirs, _OF.ours, _OF.note))))
    rows = connection.execute(select(cross_references).where(*conditions).order_by(_OF.id))
    return [_entry(row) for row in rows]


def counts(connection: Connection) -> list[tuple[CrossReferenceTable, str, int]]:
    """Return (table, partner, number of entries)."""
    grouped = (
        select(_OF.table_name, _OF.partner, func.count().label("many"))
        .group_by(_OF.table_name, _OF.partner)
        .order_by(_OF.table_name, _OF.partner)
    )
    return [(CrossReferenceTable(r.table_name), r.partner, r.many) for r in connection.execute(grouped)]


def set_entries(
    connection: Connection, entries: Sequence[Entry], now: datetime, actor: str, reason: str
) -> list[Change]:
    """Write entries over what there was for their keys; return the changes, none for what was so already.

    Args:
        entries: each key once.
    """
    there = _there(connection, entries)
    changes, new, over = [], [], []
    for entry in entries:
        before = there.get(entry.key)
        if before is not None and (before.ours, before.note) == (entry.ours, entry.note):
            continue
        if before is None:
            written = {"ours": entry.ours, "note": entry.note, "set_at": now, "set_by": actor}
            new.append({**_named(entry), **written})
        else:
            over.append({**_parameters(entry), "o": entry.ours, "n": entry.note, "at": now, "by": actor})
        changes.append(Change(entry, before.ours if before else None, entry.ours, now, actor, reason))
    if new:
        connection.execute(_INSERT, new)
    if over:
        connection.execute(_UPDATE, over)
    _record(connection, changes)
    return changes


def remove_entries(
    connection: Connection, entries: Sequence[Entry], now: datetime, actor: str, reason: str
) -> list[Change]:
    """Take the entries for the keys of `entries` away; return the changes, none for what was not there."""
    there = _there(connection, entries)
    gone = [there[entry.key] for entry in entries if entry.key in there]
    if gone:
        connection.execute(_DELETE, [_parameters(entry) for entry in gone])
    changes = [Change(entry, entry.ours, None, now, actor, reason) for entry in gone]
    _record(connection, changes)
    return changes


def _there(connection: Connection, entries: Sequence[Entry]) -> dict[tuple[str, str, str, str], Entry]:
    """Return what there is for the keys of `entries`."""
    found: dict[tuple[str, str, str, str], Entry] = {}
    for table, partner in dict.fromkeys((e.table, e.partner) for e in entries):
        values = [e.theirs for e in entries if (e.table, e.partner) == (table, partner)]
        for entry in _found(connection, partner, table, _OF.theirs, values):
            found[entry.key] = entry
    return found


def history(
    connection: Connection, table: CrossReferenceTable, partner: str | None, text: str, limit: int
) -> list[Change]:
    """Return the newest changes of a table, newest first; of a partner, with `text` in a value, when these are given."""
    column = cross_reference_changes.c
    conditions: list[ColumnElement[bool]] = [column.table_name == table]
    if partner is not None:
        conditions.append(column.partner == partner)
    if text:
        named = (column.theirs, column.ours_before, column.ours_after)
        conditions.append(or_(*(c.contains(text, autoescape=True) for c in named)))
    rows = connection.execute(
        select(cross_reference_changes).where(*conditions).order_by(column.id.desc()).limit(limit)
    )
    return [
        Change(
            Entry(table, row.partner, row.scheme, row.theirs, row.ours_after or ""),
            row.ours_before,
            row.ours_after,
            row.at,
            row.actor,
            row.reason,
        )
        for row in rows
    ]


def wait_for(connection: Connection, document_id: str, partner: str, waits: Iterable[Wait]) -> None:
    """Write down what a document waits for, in place of what it waited for before."""
    connection.execute(_DROP_WAITS, {"wanted": document_id})
    rows = [
        {
            "document_id": document_id,
            "number": wait.number,
            "place": place,
            "partner": partner,
            "table_name": wait.table,
            "direction": wait.direction,
            "scheme": wait.scheme[:SCHEME_LENGTH],
            "value": wait.value[:VALUE_LENGTH],
        }
        for place, wait in enumerate(waits)
    ]
    if rows:
        connection.execute(_ADD_WAIT, rows)


def forget_waits(connection: Connection, document_id: str) -> None:
    """A document waits for nothing any more."""
    connection.execute(_DROP_WAITS, {"wanted": document_id})


def waited_values(connection: Connection) -> set[tuple[str, str]]:
    """Return (table, value) of everything that documents wait for."""
    rows = connection.execute(select(_WAITS.table_name, _WAITS.value).distinct())
    return {(row.table_name, row.value) for row in rows}


def met_by(connection: Connection, entry: Entry) -> list[str]:
    """Take away the needs that `entry` meets; return the documents that wait for nothing else."""
    theirs = and_(_WAITS.direction == Direction.IN, _WAITS.value.in_(same_values(entry.scheme, entry.theirs)))
    if entry.scheme:
        theirs = and_(theirs, _WAITS.scheme == entry.scheme)
    ours = and_(_WAITS.direction == Direction.OUT, _WAITS.value == entry.ours)
    conditions = [_WAITS.table_name == entry.table, or_(theirs, ours)]
    if entry.partner:
        conditions.append(_WAITS.partner == entry.partner)
    needs = connection.execute(
        select(_WAITS.document_id, _WAITS.number).where(*conditions).distinct().order_by(_WAITS.document_id)
    ).all()
    for need in needs:
        is_met = and_(_WAITS.document_id == need.document_id, _WAITS.number == need.number)
        connection.execute(delete(cross_reference_waits).where(is_met))
    waiting = dict.fromkeys(need.document_id for need in needs)
    return [one for one in waiting if connection.execute(_STILL_WAITS, {"wanted": one}).first() is None]


def missing(connection: Connection) -> list[Missing]:
    """Return what documents wait for, what most of them wait for first."""
    key = (_WAITS.table_name, _WAITS.partner, _WAITS.direction, _WAITS.scheme, _WAITS.value)
    many = func.count(_WAITS.document_id.distinct())
    rows = connection.execute(select(*key, many.label("many")).group_by(*key).order_by(many.desc(), *key))
    return [
        Missing(
            CrossReferenceTable(row.table_name), row.partner, Direction(row.direction), row.scheme, row.value, row.many
        )
        for row in rows
    ]


def _parameters(entry: Entry) -> dict[str, str]:
    return {"t": entry.table, "p": entry.partner, "s": entry.scheme, "v": entry.theirs}


def _named(entry: Entry) -> dict[str, str]:
    return {"table_name": entry.table, "partner": entry.partner, "scheme": entry.scheme, "theirs": entry.theirs}


def _record(connection: Connection, changes: Sequence[Change]) -> None:
    rows = [
        {
            **_named(change.entry),
            "at": change.at,
            "actor": change.actor[:64],
            "reason": change.reason,
            "ours_before": change.before,
            "ours_after": change.after,
        }
        for change in changes
    ]
    if rows:
        connection.execute(_RECORD, rows)


def _entry(row: object) -> Entry:
    held = row._mapping  # type: ignore[attr-defined]  # noqa: SLF001  the documented way to a row's mapping
    return Entry(
        CrossReferenceTable(held["table_name"]),
        held["partner"],
        held["scheme"],
        held["theirs"],
        held["ours"],
        held["note"],
        held["set_at"],
        held["set_by"],
    )
