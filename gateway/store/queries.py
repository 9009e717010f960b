"""Read models: lists of documents, what a document is connected with, and finding documents by any number.

Nothing here writes. Lists are newest first and stable: an id sorts by time and is never used twice, so a cursor is the last id seen,
and documents that arrive while somebody pages do not shift what follows.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, select

from gateway.clock import floor_id
from gateway.errors import GatewayError
from gateway.states import STATES, Acknowledgment, Direction, Kind, State
from gateway.store.documents import Document, fold, from_row
from gateway.store.tables import deliveries, documents, references

ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
PAGE_LIMIT = 200
PREFIX_LENGTH = 3  # shorter beginnings of a number would find half of everything

_NEEDS_PERSON = [state for state, meaning in STATES.items() if meaning.needs_person]
_COLUMNS = [documents.c[name] for name in Document.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of documents is narrowed to; None and "" leave a column alone.

    Args:
        since: only documents created at this time or later.
        until: only documents created before this time.
        needs_person: only those that wait for a person, or only those that do not.
    """

    partner: str = ""
    kind: Kind | None = None
    direction: Direction | None = None
    state: State | None = None
    acknowledgment: Acknowledgment | None = None
    needs_person: bool | None = None
    order_number: str = ""
    parent_id: str = ""
    code: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def in_state(self, state: State | None) -> Filters:
        """Return the same filters, narrowed to a state."""
        return replace(self, state=state)

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filters as conditions on the table's columns."""
        column = documents.c
        equal = {
            column.partner: self.partner,
            column.kind: self.kind,
            column.direction: self.direction,
            column.state: self.state,
            column.acknowledgment: self.acknowledgment,
            column.order_number: self.order_number,
            column.parent_id: self.parent_id,
            column.code: self.code,
        }
        found: list[ColumnElement[bool]] = [key == value for key, value in equal.items() if value]
        if self.needs_person is not None:
            found.append(column.state.in_(_NEEDS_PERSON) if self.needs_person else column.state.not_in(_NEEDS_PERSON))
        if self.since is not None:
            found.append(column.id >= floor_id(_aware(self.since)))
        if self.until is not None:
            found.append(column.id < floor_id(_aware(self.until)))
        return found


@dataclass(frozen=True, slots=True)
class Page:
    """Some documents of a list, newest first; `cursor` continues after the last of them, "" at the end of the list."""

    documents: tuple[Document, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class Match:
    """A document that was found, and the number it was found by; `is_exact` unless only the beginning fits."""

    document: Document
    kind: str
    value: str
    is_exact: bool


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """How a document's bytes came or left."""

    transport: str
    name: str
    at: datetime
    size_bytes: int


def page(connection: Connection, filters: Filters, limit: int, cursor: str = "") -> Page:
    """Return up to `limit` documents that meet `filters`, after `cursor`.

    Raises:
        GatewayError: GW-6106, the cursor is not one that was handed out.
    """
    conditions = filters.conditions()
    if cursor:
        conditions.append(documents.c.id < _position(cursor))
    limit = max(1, min(limit, PAGE_LIMIT))
    rows = connection.execute(
        select(*_COLUMNS).where(*conditions).order_by(documents.c.id.desc()).limit(limit + 1)
    ).all()
    found = tuple(from_row(row) for row in rows[:limit])
    return Page(found, _cursor(found[-1].id) if len(rows) > limit else "")


def search(connection: Connection, text: str, limit: int = 50) -> list[Match]:
    """Return the documents that `text` names: by id, else by any number they are known by, else by how such a number begins.

    Leading zeros, spaces, dashes, dots and slashes are ignored on both sides. Newest first; of numbers that only begin so, the
    lowest ones are taken when there are more than `limit`.
    """
    wanted = text.strip().upper()
    if ID.fullmatch(wanted):
        row = connection.execute(select(*_COLUMNS).where(documents.c.id == wanted)).first()
        if row is not None:
            return [Match(from_row(row), "id", wanted, is_exact=True)]
    folded = fold(text)[:128]
    if not folded:
        return []
    column = references.c.folded
    exact = _matches(connection, column == folded, limit, is_exact=True)
    if exact or len(folded) < PREFIX_LENGTH:
        return exact
    # A range, not LIKE: it uses the index whatever the collation says about case.
    return _matches(connection, (column >= folded) & (column < folded + "\U0010ffff"), limit, is_exact=False)


def _matches(connection: Connection, condition: ColumnElement[bool], limit: int, *, is_exact: bool) -> list[Match]:
    column = references.c
    newest = (column.document_id.desc(), column.kind)
    # Half of all numbers may begin alike; in the index's own order the first ones are found without looking at the others.
    order = newest if is_exact else (column.folded, *newest)
    chosen = select(column.document_id, column.kind, column.value).where(condition).order_by(*order).limit(limit)
    named = sorted(connection.execute(chosen).all(), key=lambda row: row.document_id, reverse=True)
    rows = connection.execute(select(*_COLUMNS).where(documents.c.id.in_({n.document_id for n in named})))
    by_id = {row.id: from_row(row) for row in rows}
    return [Match(by_id[n.document_id], n.kind, n.value, is_exact) for n in named]


def references_of(connection: Connection, document_id: str) -> list[tuple[str, str]]:
    """Return the (kind, value) pairs a document can be found by."""
    column = references.c
    rows = connection.execute(
        select(column.kind, column.value).where(column.document_id == document_id).order_by(column.kind, column.value)
    )
    return [(row.kind, row.value) for row in rows]


def delivery_of(connection: Connection, document: Document) -> DeliveryNote | None:
    """Return how a document's bytes came or left, or None while they have not."""
    if document.delivery_id is None:
        return None
    column = deliveries.c
    row = connection.execute(
        select(column.transport, column.name, column.at, column.size_bytes).where(column.id == document.delivery_id)
    ).first()
    return None if row is None else DeliveryNote(row.transport, row.name, row.at, row.size_bytes)


def contained_in(connection: Connection, document_id: str, limit: int = PAGE_LIMIT) -> list[Document]:
    """Return what came in an interchange, in order."""
    return _listed(connection, documents.c.parent_id == document_id, limit)


def answers_to(connection: Connection, document_id: str, limit: int = PAGE_LIMIT) -> list[Document]:
    """Return what answers a document, oldest first."""
    return _listed(connection, documents.c.answers_id == document_id, limit)


def _listed(connection: Connection, condition: ColumnElement[bool], limit: int) -> list[Document]:
    rows = connection.execute(select(*_COLUMNS).where(condition).order_by(documents.c.id).limit(limit))
    return [from_row(row) for row in rows]


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _cursor(document_id: str) -> str:
    return base64.urlsafe_b64encode(f"1:{document_id}".encode()).decode().rstrip("=")


def _position(cursor: str) -> str:
    """Return the id that a cursor stands for."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError) as broken:
        raise _strange_cursor() from broken
    version, _, document_id = text.partition(":")
    if version != "1" or not ID.fullmatch(document_id):
        raise _strange_cursor()
    return document_id


def _strange_cursor() -> GatewayError:
    return GatewayError("GW-6106", "The cursor is not one that was handed out; start again without it.")
