"""How `gateway status` tells an order's life and a document's story to a person."""

from __future__ import annotations

from gateway.api.document_views import DocumentDetail, DocumentView, FindingList, Timeline
from gateway.cli.printing import bold, print_columns, red, shown, when, zone
from gateway.states import Direction
from gateway.store.order_life import OrderLife
from gateway.store.order_lines import LineLife, Quantities


def print_order(life: OrderLife, partner_name: str) -> None:
    """Print an order's life."""
    key = life.key
    way = "from" if key.direction is Direction.IN else "to"
    partner = f"{partner_name} ({key.partner})" if partner_name else key.partner
    print(bold(shown(f"Order {key.order_number} {way} {partner}")))
    print("  " + shown(" → ".join(life.steps)))
    for document in life.stopped:
        print()
        print(red(f"Needs a person: {document.kind.label} {shown(document.number)} is {document.state}"))
        print(f"  {document.code} {shown(document.sentence)}".rstrip())
        print(f"  gateway status {document.id}")
    print()
    headings = ("line", "item", "ordered", "accepted", "backordered", "rejected", "shipped", "invoiced", "promised")
    print_columns(headings, [_line(line) for line in life.lines], indent="  ")
    print()
    rows = [(when(m.at), m.document_id, m.words) for m in life.timeline]
    print_columns((f"when ({zone(life.timeline[0].at)})", "document", "what happened"), rows, indent="  ")


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
    print("  " + alarm(shown(f"{document.code} {document.sentence}".strip())))
    print()
    for label, value in _facts(document):
        print(f"  {label:<17}{shown(value)}")
    if findings.findings:
        print()
        print_columns(
            ("severity", "code", "where", "value", "what is wrong"),
            [(f.severity, f.code, f.position.words, f.value, f.sentence) for f in findings.findings],
            indent="  ",
        )
    _print_connected("Holds", document.contains)
    _print_connected("Answered by", document.answered_by)
    print()
    rows = [(when(e.at), e.event, e.actor, f"{e.code} {e.sentence}".strip()) for e in story.entries]
    print_columns((f"when ({zone(document.created_at)})", "event", "by", "what happened"), rows, indent="  ")


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
        rows = [(d.id, d.set_id or d.kind.label, d.number, d.state, d.sentence) for d in documents]
        print_columns((heading, "what", "number", "state", "last"), rows, indent="  ")
