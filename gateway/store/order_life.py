"""An order's life: every document of one order, how far each has come, and what became of its lines.

An order is known by partner, direction (in: a customer's order to us; out: ours to a supplier) and number. Its documents are found by
the order number they name, so a ship notice for three orders stands in three lives. Times come from the ledger, nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from gateway.profiles import PartnerProfile
from gateway.states import STATES, Acknowledgment, Direction, Event, Kind, State
from gateway.store import documents as document_store
from gateway.store.documents import Document, fold
from gateway.store.order_lines import LineLife, line_lives
from gateway.store.queries import search
from gateway.store.tables import contents, documents, ledger, references
from translators.canonical import PurchaseOrder, parse_canonical
from translators.canonical.document import BusinessDocument

DOCUMENTS_LIMIT = 500  # of one order; a blanket order with more is shown in part
REFERENCE_LENGTH = 128  # as far as a number is kept for searching

# In the order they happen, with the X12 set that carries each.
STAGES: dict[Kind, str] = {
    Kind.PURCHASE_ORDER: "850",
    Kind.ORDER_ACKNOWLEDGMENT: "855",
    Kind.SHIP_NOTICE: "856",
    Kind.INVOICE: "810",
}
ANSWERS = frozenset(STAGES) - {Kind.PURCHASE_ORDER}

_OTHER_WAY = {Direction.IN: Direction.OUT, Direction.OUT: Direction.IN}
# These say nothing about the order any more, or not yet.
_VOID = frozenset({State.DUPLICATE, State.CANCELLED, State.REPLACED, State.REFUSED, State.PARKED, State.REJECTED})
# What of the ledger belongs on an order's timeline.
_EVENT_WORDS: dict[Event, str] = {
    Event.POSTED: "{name} booked in the ERP as {erp}",
    Event.SENT: "{name} sent",
    Event.ACCEPTED: "{name} accepted: {sentence}",
    Event.REJECTED: "{name} rejected: {sentence}",
    Event.OVERDUE: "{name} not acknowledged in time: {sentence}",
    Event.PARKED: "{name} waits for a person: {sentence}",
    Event.CANCELLED: "{name} cancelled: {sentence}",
}
# The partner's verdict on what we sent, as a chain of steps says it.
_VERDICTS: dict[Acknowledgment, str] = {
    Acknowledgment.AWAITED: "{ack} awaited",
    Acknowledgment.OVERDUE: "{ack} overdue",
    Acknowledgment.ACCEPTED: "accepted",
    Acknowledgment.ACCEPTED_WITH_ERRORS: "accepted with errors noted",
    Acknowledgment.REJECTED: "rejected",
}


@dataclass(frozen=True, slots=True)
class OrderKey:
    """Which order is meant."""

    partner: str
    direction: Direction
    order_number: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that happened to the order, for its timeline."""

    at: datetime
    words: str
    document_id: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class LifeDocument:
    """One document of the order, the acknowledgments of it, and the step it stands for ("855 sent, accepted")."""

    document: Document
    acknowledgments: tuple[Document, ...]
    step: str


@dataclass(frozen=True, slots=True)
class OrderLife:
    """Everything that happened to one order.

    Args:
        steps: the life as a chain, of the order that counts and its answers.
        missing: the kinds of answers that are still to come.
        beside: repeats of the order or of an answer, and other orders under its number: none of them moves the order on.
    """

    key: OrderKey
    erp_reference: str
    documents: tuple[LifeDocument, ...]
    steps: tuple[str, ...]
    missing: tuple[Kind, ...]
    lines: tuple[LineLife, ...]
    timeline: tuple[Milestone, ...]
    beside: tuple[LifeDocument, ...] = ()

    @property
    def stopped(self) -> tuple[Document, ...]:
        """Return the documents that wait for a person."""
        return tuple(d.document for d in self.documents if STATES[d.document.state].needs_person)


def orders_named(connection: Connection, text: str, partner: str = "") -> list[OrderKey]:
    """Return the orders that `text` names: by their own number, else by any number of a document that belongs to them."""
    found = [m for m in search(connection, text, limit=200) if m.document.kind.is_business]
    by_own_number = [m for m in found if m.kind == "order"]
    keys: dict[OrderKey, None] = {}
    for match in by_own_number:
        keys[OrderKey(match.document.partner, order_direction(match.document), match.value)] = None
    if not by_own_number and found:
        by_id = {m.document.id: m.document for m in found}
        column = references.c
        named = select(column.document_id, column.value).where(column.document_id.in_(by_id), column.kind == "order")
        for row in connection.execute(named.order_by(column.document_id.desc(), column.value)):
            document = by_id[row.document_id]
            keys[OrderKey(document.partner, order_direction(document), row.value)] = None
    return [key for key in keys if not partner or key.partner == partner]


def order_direction(document: Document) -> Direction:
    """Return the direction of the order that a document belongs to: answers go the other way."""
    return document.direction if document.kind is Kind.PURCHASE_ORDER else _OTHER_WAY[document.direction]


def order_life(connection: Connection, key: OrderKey, expected: Collection[Kind] = ANSWERS) -> OrderLife | None:
    """Return the life of one order, or None when no document names it.

    Args:
        expected: the kinds of answers that were agreed with the partner.
    """
    found = _documents(connection, key)
    if not found:
        return None
    acknowledgments = _acknowledgments(connection, found)
    canonical = _canonical(connection, found)
    order = _in_force(found, canonical)
    parts = tuple(
        LifeDocument(d, tuple(acknowledgments.get(d.id, ())), step_of(d, acknowledgments.get(d.id, ()))) for d in found
    )
    counted = [canonical[d.id] for d in found if d.id in canonical and d.state not in _VOID]
    present = {d.kind for d in found if d.state not in (State.CANCELLED, State.DUPLICATE, State.REPLACED)}
    missing = tuple(kind for kind in STAGES if kind in expected and kind not in present)
    body = None if order is None else canonical[order.id]
    beside = tuple(p for p in parts if _is_beside(p.document, order))
    return OrderLife(
        key=key,
        erp_reference="" if order is None else order.erp_reference,
        documents=parts,
        steps=_steps((p for p in parts if p not in beside), missing),
        missing=missing,
        lines=line_lives(body if isinstance(body, PurchaseOrder) else None, key.order_number, counted),
        timeline=tuple(sorted([*_timeline(parts), *_story(connection, found)], key=lambda m: m.at)),
        beside=beside,
    )


def step_of(document: Document, acknowledgments: Sequence[Document]) -> str:
    """Return how far a document has come, in a few words: "850 received, 997 sent, ERP SO-1001"."""
    name = set_name(document)
    meaning = STATES[document.state]
    if meaning.needs_person and document.state is not State.REJECTED:
        return f"{name} {meaning.words}"
    if document.state in (State.DUPLICATE, State.CANCELLED, State.REPLACED):
        return f"{name} {meaning.words}"
    if document.direction is Direction.IN:
        parts = [f"{name} received", *(_sent_words(a) for a in acknowledgments)]
        parts.append(f"ERP {document.erp_reference}" if document.erp_reference else meaning.words)
        return ", ".join(parts)
    if not document.delivery.has_left and document.acknowledgment is Acknowledgment.NONE:
        return f"{name} {meaning.words}"
    verdict = _VERDICTS.get(document.acknowledgment, "").format(ack="997")
    return f"{name} sent, {verdict}" if verdict else f"{name} sent"


def set_name(document: Document) -> str:
    """Return the set that carries a document, "850"; of a file, what it is: "CSV invoice"."""
    if document.set_id and not document.interchange_number and document.set_id not in STAGES.values():
        return f"{document.set_id} {document.kind.label}"
    return document.set_id or STAGES.get(document.kind, document.kind.label)


def _sent_words(acknowledgment: Document) -> str:
    name = "receipt" if acknowledgment.kind is Kind.RECEIPT else acknowledgment.set_id
    return f"{name} {'sent' if acknowledgment.delivery.has_left else 'on its way'}"


def _documents(connection: Connection, key: OrderKey) -> list[Document]:
    """Return the order's documents in the order of their stages."""
    number = key.order_number[:REFERENCE_LENGTH]
    column = references.c
    # By the folded number, because that is what has the index; the number itself decides.
    named = select(column.document_id).where(
        column.folded == fold(number), column.kind == "order", column.value == number
    )
    found = document_store.find(
        connection, documents.c.id.in_(named), documents.c.partner == key.partner, limit=DOCUMENTS_LIMIT
    )
    stages = list(STAGES)
    mine = [d for d in found if d.kind in STAGES and order_direction(d) is key.direction]
    return sorted(mine, key=lambda d: (stages.index(d.kind), d.id))


def _acknowledgments(connection: Connection, found: Iterable[Document]) -> dict[str, list[Document]]:
    """Return, for what came in, the 997 or 999 that we answered its group with, or the receipt for its file."""
    mine = [d for d in found if d.direction is Direction.IN and d.parent_id is not None]
    column = documents.c
    answers = document_store.find(
        connection,
        column.answers_id.in_({d.parent_id for d in mine}),
        column.kind.in_((Kind.FUNCTIONAL_ACKNOWLEDGMENT, Kind.RECEIPT)),
        column.direction == Direction.OUT,
    )
    return {d.id: [a for a in answers if a.answers_id == d.parent_id and _is_about(a, d)] for d in mine}


def _is_about(answer: Document, document: Document) -> bool:
    """Return whether an answer to a file tells of a document in it: a receipt of all, a 997 of its group."""
    return answer.kind is Kind.RECEIPT or answer.number == document.group_number


def _story(connection: Connection, found: Iterable[Document]) -> list[Milestone]:
    """Return what the ledger tells of the documents, as far as it belongs on an order's timeline."""
    by_id = {d.id: d for d in found}
    column = ledger.c
    told = (
        select(column.document_id, column.at, column.event, column.code, column.sentence)
        .where(column.document_id.in_(by_id), column.event.in_(_EVENT_WORDS))
        .order_by(column.id)
    )
    return [
        Milestone(row.at, _told(by_id[row.document_id], Event(row.event), row.sentence), row.document_id, row.code)
        for row in connection.execute(told)
    ]


def _told(document: Document, event: Event, sentence: str) -> str:
    name = f"{set_name(document)} {document.number}"
    return _EVENT_WORDS[event].format(name=name, sentence=sentence, erp=document.erp_reference)


def _canonical(connection: Connection, found: Iterable[Document]) -> dict[str, BusinessDocument]:
    kinds = {d.id: d.kind for d in found}
    column = contents.c
    rows = connection.execute(
        select(column.document_id, column.canonical).where(
            column.document_id.in_(list(kinds)), column.canonical.is_not(None)
        )
    )
    return {row.document_id: parse_canonical(kinds[row.document_id], row.canonical) for row in rows}


def _in_force(found: Iterable[Document], canonical: Mapping[str, BusinessDocument]) -> Document | None:
    """Return the order itself: the newest that is in force, else one that waits for a person."""
    ends = (State.DUPLICATE, State.CANCELLED, State.REPLACED, State.REFUSED)
    orders = [d for d in found if d.kind is Kind.PURCHASE_ORDER and d.id in canonical and d.state not in ends]
    return max(orders, key=lambda d: (d.state is not State.PARKED, d.id), default=None)


def _is_beside(document: Document, order: Document | None) -> bool:
    """Return whether a document is a repeat, or another order than the one that is in force."""
    if document.state in (State.DUPLICATE, State.REPLACED):
        return True
    return document.kind is Kind.PURCHASE_ORDER and order is not None and document.id != order.id


def _steps(parts: Iterable[LifeDocument], missing: Iterable[Kind]) -> tuple[str, ...]:
    """Return the life as a chain."""
    done = [step for p in parts for step in _links(p)]
    return (*done, *(f"no {STAGES[kind]} yet" for kind in missing))


def _links(part: LifeDocument) -> list[str]:
    """Return one document's links: an order that came in is worth three, an answer one."""
    is_order_in = part.document.kind is Kind.PURCHASE_ORDER and part.document.direction is Direction.IN
    return part.step.split(", ") if is_order_in and part.document.state is State.POSTED else [part.step]


def _timeline(parts: Iterable[LifeDocument]) -> list[Milestone]:
    """Return what the documents themselves tell: when each came, and when we acknowledged it."""
    told: list[Milestone] = []
    for part in parts:
        document = part.document
        came = "received" if document.direction is Direction.IN else "handed out by the ERP"
        told.append(Milestone(document.created_at, f"{set_name(document)} {document.number} {came}", document.id))
        told += [
            Milestone(a.state_at, f"{a.set_id} for the {set_name(document)} sent", a.id)
            for a in part.acknowledgments
            if a.delivery.has_left
        ]
    return told


def agreed_answers(profile: PartnerProfile | None, order: Direction) -> frozenset[Kind]:
    """Return the kinds of answers that were agreed for orders of this direction; all of them when the partner is not known."""
    if profile is None:
        return ANSWERS
    return frozenset(kind for kind in ANSWERS if profile.agreement(kind, _OTHER_WAY[order]) is not None)
