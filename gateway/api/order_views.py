"""What the API answers and `--json` prints about an order; see `gateway.api.document_views`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import Field

from gateway.api.document_views import DocumentId, DocumentView, View, document_view
from gateway.states import Direction, Kind
from gateway.store.order_life import OrderKey, OrderLife
from gateway.store.order_lines import LineLife, Quantities


class QuantityView(View):
    """A number of units."""

    value: str = Field(examples=["24"])
    unit: str = Field(examples=["EA"])


class LineView(View):
    """One line of an order: what was ordered and what became of it. Quantities of different units are not added."""

    line_id: str
    item: str
    description: str
    ordered: tuple[QuantityView, ...]
    accepted: tuple[QuantityView, ...]
    backordered: tuple[QuantityView, ...]
    rejected: tuple[QuantityView, ...]
    shipped: tuple[QuantityView, ...]
    invoiced: tuple[QuantityView, ...]
    promised: date | None


class OrderKeyView(View):
    """Which order. Direction "in" is a customer's order to us, "out" is ours to a supplier."""

    partner: str
    direction: Direction
    order_number: str


class LifeDocumentView(View):
    """One document of an order and how far it has come, in words."""

    step: str = Field(examples=["855 sent, accepted"])
    document: DocumentView
    acknowledgments: tuple[DocumentView, ...] = Field(description="The 997 or 999 we answered it with.")


class MilestoneView(View):
    """Something that happened to an order."""

    at: datetime
    words: str
    document_id: DocumentId
    code: str


class OrderView(OrderKeyView):
    """An order's life."""

    erp_reference: str
    steps: tuple[str, ...] = Field(examples=[["850 received", "997 sent", "ERP SO-1001", "855 sent, accepted"]])
    missing: tuple[Kind, ...] = Field(description="Answers that are still to come.")
    needs_person: bool
    lines: tuple[LineView, ...]
    documents: tuple[LifeDocumentView, ...]
    timeline: tuple[MilestoneView, ...]


class OrderChoice(View):
    """Several orders go by the number that was asked for; ask again with partner and direction."""

    orders: tuple[OrderKeyView, ...]


def order_choice(keys: Sequence[OrderKey]) -> OrderChoice:
    """Return the orders that go by one number."""
    return OrderChoice(
        orders=tuple(OrderKeyView(partner=k.partner, direction=k.direction, order_number=k.order_number) for k in keys)
    )


def order_view(life: OrderLife) -> OrderView:
    """Return an order's life."""
    return OrderView(
        partner=life.key.partner,
        direction=life.key.direction,
        order_number=life.key.order_number,
        erp_reference=life.erp_reference,
        steps=life.steps,
        missing=life.missing,
        needs_person=bool(life.stopped),
        lines=tuple(_line_view(line) for line in life.lines),
        documents=tuple(
            LifeDocumentView(
                step=part.step,
                document=document_view(part.document),
                acknowledgments=tuple(document_view(a) for a in part.acknowledgments),
            )
            for part in life.documents
        ),
        timeline=tuple(
            MilestoneView(at=m.at, words=m.words, document_id=m.document_id, code=m.code) for m in life.timeline
        ),
    )


def _line_view(line: LineLife) -> LineView:
    return LineView(
        line_id=line.line_id,
        item=line.item,
        description=line.description,
        ordered=_quantities(line.ordered),
        accepted=_quantities(line.accepted),
        backordered=_quantities(line.backordered),
        rejected=_quantities(line.rejected),
        shipped=_quantities(line.shipped),
        invoiced=_quantities(line.invoiced),
        promised=line.promised,
    )


def _quantities(quantities: Quantities) -> tuple[QuantityView, ...]:
    return tuple(QuantityView(value=f"{q.value:f}", unit=q.unit) for q in quantities)
