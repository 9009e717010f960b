"""How `gateway status` tells an order's life and a document's story to a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.api.document_views import DocumentDetail, DocumentView, FindingList, FindingView, Timeline
from gateway.cli.printing import (
    WIDE,
    bold,
    print_chain,
    print_columns,
    print_wrapped,
    red,
    shown,
    when,
    when_short,
    width,
    zone,
)
from gateway.states import RELEASABLE, Direction, Kind, State
from gateway.store.documents import Document
from gateway.store.order_life import OrderLife, set_name
from gateway.store.order_lines import LineLife, Quantities
from translators.findings import Finding

TAIL_LENGTH = 6  # of an id: random enough to tell the documents of one order apart
_SELDOM = frozenset({"backordered", "rejected"})

ToType = Callable[[str, str], str]  # a command and an id → the line to type


def print_order(
    life: OrderLife, partner_name: str, to_type: ToType, warnings: Sequence[tuple[Document, Finding]] = ()
) -> None:
    """Print an order's life.

    Args:
        to_type: how the commands are typed that come next.
        warnings: what was noticed about its documents and stopped none of them.
    """
    key = life.key
    way = "from" if key.direction is Direction.IN else "to"
    partner = f"{partner_name} ({key.partner})" if partner_name else key.partner
    print(bold(shown(f"Order {key.order_number} {way} {partner}")))
    print_chain(life.steps, indent="  ")
    for part in life.beside:
        print_wrapped(f"Beside it: {part.step} ({part.document.number}, {tail(part.document.id)})", indent="  ")
    for document in life.stopped:
        print()
        _print_needs(document, to_type)
    for document, finding in warnings:
        print()
        print_wrapped(f"Noticed on {set_name(document)} {document.number} ({tail(document.id)}):")
        print_wrapped(f"{finding.code} {finding.sentence}", indent="  ")
    print()
    _print_lines(life.lines)
    print()
    is_wide = width() >= WIDE
    rows = [(when(m.at) if is_wide else when_short(m.at), tail(m.document_id), m.words) for m in life.timeline]
    print_columns((f"when ({zone(life.timeline[0].at)})", "document", "what happened"), rows, indent="  ")
    print_wrapped("A document is named by the end of its id; `gateway documents` lists whole ids.", indent="  ")


def tail(document_id: str) -> str:
    """Return the end of an id, by which documents of one order are told apart."""
    return f"…{document_id[-TAIL_LENGTH:]}"


def _print_needs(document: Document, to_type: ToType) -> None:
    """Print what waits for a person, why, and what can be typed about it, whole, so that it can be copied."""
    print_wrapped(f"Needs a person: {document.kind.label} {document.number} is {document.state}", style=red)
    print_wrapped(f"{document.code} {document.sentence}".strip(), indent="  ")
    print(f"  {to_type('status', document.id)}")
    for command in decisions_on(document):
        print(f'  {to_type(command, document.id)} --reason "..."')


def decisions_on(document: Document) -> tuple[str, ...]:
    """Return the commands by which a person can decide about a document that waits."""
    if document.state is State.PARKED:
        return ("retry", "cancel")
    is_reopened = document.kind is Kind.INTERCHANGE and document.payload_sha256 is not None
    return ("retry",) if document.state in RELEASABLE and is_reopened else ()


def _print_lines(lines: Sequence[LineLife]) -> None:
    """Print the lines; where they are many columns for the terminal, those that say nothing are left out."""
    headings: tuple[str, ...] = (
        "line",
        "item",
        "ordered",
        "accepted",
        "backordered",
        "rejected",
        "shipped",
        "invoiced",
        "promised",
    )
    rows: list[tuple[str, ...]] = [_line(line) for line in lines]
    if width() < WIDE:
        kept = [n for n, name in enumerate(headings) if name not in _SELDOM or any(row[n] != "-" for row in rows)]
        headings = tuple(headings[n] for n in kept)
        rows = [tuple(row[n] for n in kept) for row in rows]
    print_columns(headings, rows, indent="  ")


def _line(line: LineLife) -> tuple[str, ...]:
    return (
        line.line_id or "-",
        line.item or line.description or "-",
        quantities(line.ordered),
        quantities(line.accepted),
        quantities(line.backordered),
        quantities(line.rejected),
        quantities(line.shipped),
        quantities(line.invoiced),
        "-" if line.promised is None else line.promised.isoformat(),
    )


def quantities(found: Quantities) -> str:
    """Return quantities as people write them: "24 EA", "2 CA + 3 EA", "-" for none."""
    return " + ".join(f"{q.value.normalize():f} {q.unit}" for q in found) or "-"


def print_document(document: DocumentDetail, story: Timeline, findings: FindingList) -> None:
    """Print one document: its facts, what is wrong with it, what it is connected with, and its story."""
    way = "from" if document.direction is Direction.IN else "to"
    name = f"{document.kind.label.capitalize()} {document.number} {way} {document.partner}"
    print(bold(shown(f"{name}: {document.state_words}")))
    alarm = red if document.needs_person else str
    print_wrapped(f"{document.code} {document.sentence}".strip(), indent="  ", style=alarm)
    print()
    for label, value in _facts(document):
        print_wrapped(f"{label:<17}{value}", indent="  ", hanging=" " * 17)
    if findings.findings:
        print()
        print_findings(findings.findings, indent="  ")
    _print_connected("Holds", document.contains)
    _print_connected("Answered by", document.answered_by)
    print()
    if width() >= WIDE:
        rows = [(when(e.at), e.event, e.actor, f"{e.code} {e.sentence}".strip()) for e in story.entries]
        print_columns((f"when ({zone(document.created_at)})", "event", "by", "what happened"), rows, indent="  ")
        return
    narrow = [(when_short(e.at), e.event, f"{e.code} {e.sentence} ({e.actor})".strip()) for e in story.entries]
    print_columns((f"when ({zone(document.created_at)})", "event", "what happened"), narrow, indent="  ")


def print_findings(findings: Sequence[FindingView], indent: str = "") -> None:
    """Print findings in columns; on a narrow terminal what is wrong stands below its place."""
    if width() >= WIDE:
        rows = [(f.severity, f.code, f.position.words, f.value, f.sentence) for f in findings]
        print_columns(("severity", "code", "where", "value", "what is wrong"), rows, indent=indent)
        return
    narrow = [(f.severity, f.code, f.position.words) for f in findings]
    print_columns(("severity", "code", "where"), narrow, indent=indent, below=[f.sentence for f in findings])


def _facts(document: DocumentDetail) -> list[tuple[str, str]]:
    """Return the facts worth a line, those that are there."""
    numbers = document.control_numbers
    control = [("interchange", numbers.interchange), ("group", numbers.group), ("set", numbers.set)]
    due = "" if document.acknowledgment_due is None else f", due {when(document.acknowledgment_due)}"
    transfer = document.transfer
    facts = [
        ("id", document.id),
        ("validation", document.validation),
        ("delivery", document.delivery),
        ("acknowledgment", f"{document.acknowledgment}{due}"),
        ("ERP", f"{document.erp.status} {document.erp.reference}".strip()),
        ("order", document.order_number),
        ("transaction set", f"{document.set_id} {document.release}".strip()),
        ("control numbers", ", ".join(f"{name} {value}" for name, value in control if value)),
        ("usage", "test" if document.is_test else ""),
        ("map", document.map),
        ("transfer", "" if transfer is None else f"{transfer.transport}: {transfer.name}, {transfer.size_bytes} bytes"),
        ("known by", ", ".join(f"{r.kind} {r.value}" for r in document.references)),
        ("came in", document.parent_id or ""),
        ("answers", document.answers_id or ""),
    ]
    return [(label, value) for label, value in facts if value]


def _print_connected(heading: str, documents: tuple[DocumentView, ...]) -> None:
    if documents:
        print()
        if width() >= WIDE:
            rows = [(d.id, d.set_id or d.kind.label, d.number, d.state, d.sentence) for d in documents]
            print_columns((heading, "what", "number", "state", "last"), rows, indent="  ")
            return
        narrow = [(d.id, d.state, f"{d.set_id or d.kind.label} {d.number}") for d in documents]
        print_columns((heading, "state", "number"), narrow, indent="  ", below=[d.sentence for d in documents])
