"""Documents: one row each, loaded as a frozen value; only `insert` and `change` write.

A document that is created with work to do gets its job in the same transaction, and its first ledger entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from gateway.states import STATES, Acknowledgment, DeliveryFact, Direction, Event, Kind, State, Validation
from gateway.store import jobs, ledger
from gateway.store.statements import Statement
from gateway.store.tables import contents, documents, findings, references
from translators.findings import Finding, Level, Position, Severity


@dataclass(frozen=True, slots=True)
class Document:
    """One business document, or one envelope; see `gateway.store.tables.documents` for the columns."""

    id: str
    partner: str
    direction: Direction
    kind: Kind
    state: State
    state_at: datetime
    created_at: datetime
    stopped_in: State | None = None
    validation: Validation = Validation.PENDING
    delivery: DeliveryFact = DeliveryFact.PENDING
    acknowledgment: Acknowledgment = Acknowledgment.NONE
    acknowledgment_due: datetime | None = None
    code: str = ""
    sentence: str = ""
    parent_id: str | None = None
    answers_id: str | None = None
    origin_id: str | None = None
    delivery_id: str | None = None
    is_test: bool = False
    number: str = ""
    order_number: str = ""
    set_id: str = ""
    release: str = ""
    interchange_number: str = ""
    group_number: str = ""
    set_number: str = ""
    payload_sha256: str | None = None
    payload_offset: int = 0
    payload_size: int = 0
    map_name: str = ""
    map_version: str = ""
    erp_reference: str = ""
    source_key: str | None = None


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to create, with what belongs to it.

    Args:
        event: first ledger event; `document.sentence` is its sentence.
        wire: for `contents.wire`; see `gateway.steps.wire`.
        lane: of documents that go one after the other; see `gateway.store.jobs`.
    """

    document: Document
    event: Event
    actor: str
    canonical: str | None = None
    canonical_sha256: str | None = None
    wire: str | None = None
    findings: tuple[Finding, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    facts: Mapping[str, str] | None = None
    lane: str | None = None


_ENUMS: dict[str, type[StrEnum]] = {
    "direction": Direction,
    "kind": Kind,
    "state": State,
    "stopped_in": State,
    "validation": Validation,
    "delivery": DeliveryFact,
    "acknowledgment": Acknowledgment,
}
_NAMES = [f.name for f in fields(Document)]
_MEMBERS = [(_NAMES.index(name), {str(member): member for member in kind}) for name, kind in _ENUMS.items()]
SELECT = select(*(documents.c[name] for name in _NAMES))  # whose rows `from_row` reads
_BY_ID = Statement(SELECT.where(documents.c.id == bindparam("wanted")))
_INSERT = Statement(insert(documents))
_CHANGE = Statement(
    update(documents).where(documents.c.id == bindparam("wanted"), documents.c.state == bindparam("found_in"))
)
_INSERT_CONTENT = Statement(insert(contents))
_CHANGE_CONTENT = Statement(update(contents).where(contents.c.document_id == bindparam("wanted")))
_INSERT_FINDING = Statement(insert(findings))
_INSERT_REFERENCE = Statement(insert(references))
_CONTENT = Statement(select(contents).where(contents.c.document_id == bindparam("wanted")))
_FINDINGS = Statement(select(findings).where(findings.c.document_id == bindparam("wanted")).order_by(findings.c.number))
_REFERENCES = Statement(
    select(references.c.kind, references.c.value).where(references.c.document_id == bindparam("wanted"))
)
_DELETE_FINDINGS = Statement(delete(findings).where(findings.c.document_id == bindparam("wanted")))


def from_row(row: Any) -> Document:
    """Return the document in `row`, a row of all of its columns in order."""
    values = list(row)
    for number, members in _MEMBERS:
        if values[number] is not None:
            values[number] = members[values[number]]
    return Document(*values)


def get(connection: Connection, document_id: str) -> Document | None:
    """Return one document."""
    row = _BY_ID.first(connection, {"wanted": document_id})
    return None if row is None else from_row(row)


def find(connection: Connection, *conditions: Any, limit: int = 1000) -> list[Document]:
    """Return the documents that meet `conditions` on the table's columns, oldest first."""
    return [from_row(r) for r in connection.execute(SELECT.where(*conditions).order_by(documents.c.id).limit(limit))]


def create(connection: Connection, new: NewDocument) -> None:
    """Insert a document, its first ledger entry, and its job unless there is nothing left to do for it."""
    document = new.document
    _INSERT.run(connection, {name: getattr(document, name) for name in _NAMES})
    if new.canonical is not None or new.wire is not None:
        values = {"canonical": new.canonical, "canonical_sha256": new.canonical_sha256, "wire": new.wire}
        _INSERT_CONTENT.run(connection, {"document_id": document.id, **values})
    add_findings(connection, document.id, new.findings)
    add_references(connection, document.id, new.references)
    entry = ledger.Entry(
        document.id,
        document.created_at,
        new.event,
        None,
        document.state,
        document.code,
        document.sentence,
        dict(new.facts or {}),
        new.actor,
    )
    ledger.record(connection, entry)
    if not STATES[document.state].is_final:
        jobs.add(connection, document.id, tier_of(document.kind), document.created_at, lane=new.lane)


def change(connection: Connection, document_id: str, found_in: State, changes: Mapping[str, Any]) -> None:
    """Write `changes` to a document's row, if it still is in the state it was found in.

    Raises:
        LeaseLost: it was moved meanwhile, by somebody else or by a commit of ours that was thought to have failed.
    """
    if _CHANGE.run(connection, {"wanted": document_id, "found_in": found_in, **changes}) != 1:
        raise jobs.LeaseLost


def set_content(connection: Connection, document_id: str, **values: str | None) -> None:
    """Write a document's contents (canonical, canonical_sha256, wire, trace)."""
    if _CHANGE_CONTENT.run(connection, {"wanted": document_id, **values}) == 0:
        _INSERT_CONTENT.run(connection, {"document_id": document_id, **values})


def content(connection: Connection, document_id: str) -> Mapping[str, Any]:
    """Return a document's contents row as a mapping, empty when it has none."""
    row = _CONTENT.first(connection, {"wanted": document_id})
    return {} if row is None else row._asdict()


def references_of(connection: Connection, document_id: str) -> tuple[tuple[str, str], ...]:
    """Return the (kind, value) pairs a document is found under."""
    return tuple((row.kind, row.value) for row in _REFERENCES.all(connection, {"wanted": document_id}))


def add_references(connection: Connection, document_id: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Make a document findable under the (kind, value) pairs. A pair it has already is left as it is."""
    unique = {(kind, value[:128]) for kind, value in pairs if value}
    if not unique:
        return
    unique -= {tuple(row) for row in _REFERENCES.all(connection, {"wanted": document_id})}
    if unique:
        rows = [{"document_id": document_id, "kind": k, "value": v, "folded": fold(v)} for k, v in sorted(unique)]
        _INSERT_REFERENCE.run_each(connection, rows)


def fold(value: str) -> str:
    """Return `value` as it is searched: upper case, without spaces, dashes, dots, slashes and leading zeros."""
    kept = "".join(c for c in value.upper() if c.isalnum())
    return kept.lstrip("0") or kept


def replace_findings(connection: Connection, document_id: str, found: Sequence[Finding]) -> None:
    """Store findings in place of what was found before."""
    _DELETE_FINDINGS.run(connection, {"wanted": document_id})
    add_findings(connection, document_id, found)


def add_findings(connection: Connection, document_id: str, found: Sequence[Finding]) -> None:
    """Store the findings of a document that has none yet."""
    if found:
        rows = [
            {
                "document_id": document_id,
                "number": number,
                "code": f.code,
                "severity": f.severity,
                "level": f.level,
                "sentence": f.sentence,
                "position": json.dumps({k: v for k, v in asdict(f.position).items() if v not in (None, "")}),
                "value": f.value,
                "x12_code": f.x12_code,
                "reference": f.reference,
            }
            for number, f in enumerate(found, 1)
        ]
        _INSERT_FINDING.run_each(connection, rows)


def findings_of(connection: Connection, document_id: str) -> tuple[Finding, ...]:
    """Return what was found wrong with a document."""
    return tuple(
        Finding(
            code=row.code,
            sentence=row.sentence,
            severity=Severity(row.severity),
            level=Level(row.level),
            position=Position(**json.loads(row.position)),
            value=row.value,
            x12_code=row.x12_code,
            reference=row.reference,
        )
        for row in _FINDINGS.all(connection, {"wanted": document_id})
    )


_TIERS: dict[Kind, int] = {
    Kind.FUNCTIONAL_ACKNOWLEDGMENT: 0,
    Kind.INTERCHANGE_ACKNOWLEDGMENT: 0,
    Kind.TICKET: 0,
    Kind.RECEIPT: 0,
    Kind.INTERCHANGE: 1,
    Kind.PURCHASE_ORDER: 2,
    Kind.ORDER_ACKNOWLEDGMENT: 3,
    Kind.SHIP_NOTICE: 3,
    Kind.INVOICE: 5,
    Kind.UNKNOWN: 5,
}


def tier_of(kind: Kind) -> int:
    """Return the service tier of a kind, 0 first: answers that partners wait for, then orders, invoices last."""
    return _TIERS[kind]
