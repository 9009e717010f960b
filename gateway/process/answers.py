"""Complete an answer with what the order says.

An ERP keeps little of the buyer's own words; the partner expects its line numbers, item numbers, dates and parties back as it wrote
them. They are taken from the order, never from the ERP.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from translators.canonical import (
    HandlingUnit,
    Invoice,
    InvoiceLine,
    Item,
    Money,
    OrderAcknowledgment,
    OrderLine,
    PurchaseOrder,
    ShipmentOrder,
    ShipNotice,
)
from translators.canonical.document import BusinessDocument
from translators.findings import Finding, Severity

Answer = OrderAcknowledgment | ShipNotice | Invoice


@dataclass(slots=True)
class _Lines:
    """The order's lines, found by line id or by a shared item identifier; collects the lines that are not on the order."""

    order: PurchaseOrder
    findings: list[Finding] = field(default_factory=list)

    def find(self, line_id: str, item: Item) -> OrderLine | None:
        """Return the order line meant. By id first; careless senders number every line alike, so the item must not contradict."""
        by_item = [line for line in self.order.lines if _same_item(line.item, item)]
        by_id = [line for line in self.order.lines if line_id and line.line_id.lstrip("0") == line_id.lstrip("0")]
        if len(by_id) == 1:
            return by_id[0]
        both = [line for line in by_id if line in by_item]
        if len(both) == 1 or len(by_item) == 1:
            return (both or by_item)[0]
        self.findings.append(
            Finding(
                "ORDER-LINE-UNKNOWN",
                f"Line {line_id or '(without a number)'}, {_name(item)}, is not on order {self.order.order_number}.",
                Severity.WARNING,
                value=line_id,
            )
        )
        return None

    def completed(self, line: Any) -> Any:
        """Return `line` with the order's line id, item identifiers and description where it has none of its own."""
        ordered = self.find(line.line_id, line.item)
        if ordered is None:
            return line
        return line.model_copy(
            update={"line_id": ordered.line_id or line.line_id, "item": _merged(line.item, ordered.item)}
        )

    def completed_unit(self, unit: HandlingUnit) -> HandlingUnit:
        """Return a handling unit with every line in it completed."""
        return unit.model_copy(
            update={
                "lines": tuple(self.completed_shipped(line) for line in unit.lines),
                "units": tuple(self.completed_unit(inner) for inner in unit.units),
            }
        )

    def completed_shipped(self, line: Any) -> Any:
        """Return a shipped line completed, with the quantity that was ordered."""
        done = self.completed(line)
        ordered = next((o for o in self.order.lines if o.line_id == done.line_id), None)
        if ordered is None or line.ordered is not None or ordered.quantity.unit != line.shipped.unit:
            return done
        return done.model_copy(update={"ordered": ordered.quantity})


def order_numbers(answer: BusinessDocument) -> tuple[str, ...]:
    """Return the numbers of the purchase orders an answer belongs to; empty for an order itself."""
    if isinstance(answer, ShipNotice):
        return tuple(dict.fromkeys(order.order_number for order in answer.orders))
    if isinstance(answer, OrderAcknowledgment | Invoice):
        return (answer.order_number,) if answer.order_number else ()
    return ()


def complete(
    answer: BusinessDocument, orders: dict[str, PurchaseOrder]
) -> tuple[BusinessDocument, tuple[Finding, ...]]:
    """Return `answer` completed from the orders it belongs to, and what does not fit.

    Args:
        orders: order number → the order, for each of `order_numbers(answer)`.
    """
    if isinstance(answer, OrderAcknowledgment):
        return _complete_acknowledgment(answer, orders[answer.order_number])
    if isinstance(answer, ShipNotice):
        return _complete_ship_notice(answer, orders)
    if isinstance(answer, Invoice) and answer.order_number in orders:
        return _complete_invoice(answer, orders[answer.order_number])
    return answer, ()


def _complete_acknowledgment(
    answer: OrderAcknowledgment, order: PurchaseOrder
) -> tuple[OrderAcknowledgment, tuple[Finding, ...]]:
    lines = _Lines(order)
    done = answer.model_copy(
        update={
            "order_date": order.issue_date,
            "parties": answer.parties or order.parties,
            "references": answer.references or order.references,
            "lines": tuple(lines.completed(line) for line in answer.lines),
        }
    )
    return done, tuple(lines.findings)


def _complete_ship_notice(
    notice: ShipNotice, orders: dict[str, PurchaseOrder]
) -> tuple[ShipNotice, tuple[Finding, ...]]:
    findings: list[Finding] = []
    completed = []
    for part in notice.orders:
        order = orders[part.order_number]
        lines = _Lines(order)
        completed.append(_completed_part(part, order, lines))
        findings += lines.findings
    first = orders[notice.orders[0].order_number] if notice.orders else None
    have = {party.role for party in notice.parties}
    added = tuple(
        p for p in (first.parties if first else ()) if p.role in ("ship-to", "ship-from") and p.role not in have
    )
    done = notice.model_copy(update={"orders": tuple(completed), "parties": notice.parties + added})
    return done, tuple(findings)


def _completed_part(part: ShipmentOrder, order: PurchaseOrder, lines: _Lines) -> ShipmentOrder:
    return part.model_copy(
        update={
            "order_date": order.issue_date,
            "references": part.references or order.references,
            "units": tuple(lines.completed_unit(unit) for unit in part.units),
            "lines": tuple(lines.completed_shipped(line) for line in part.lines),
        }
    )


def _complete_invoice(invoice: Invoice, order: PurchaseOrder) -> tuple[Invoice, tuple[Finding, ...]]:
    lines = _Lines(order)
    done = invoice.model_copy(
        update={
            "order_date": order.issue_date,
            "parties": invoice.parties or order.parties,
            "references": invoice.references or order.references,
            "payment_terms": invoice.payment_terms or order.payment_terms,
            "lines": tuple(_with_amount(lines.completed(line)) for line in invoice.lines),
        }
    )
    return done, tuple(lines.findings)


def _with_amount(line: InvoiceLine) -> InvoiceLine:
    """Return a line with its total, which UBL asks for and an ERP seldom hands out. A price per hundred stays what it is."""
    if line.amount is not None or line.price_basis or line.allowances:
        return line
    total = (line.quantity.value * line.price.amount).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return line.model_copy(update={"amount": Money(amount=total, currency=line.price.currency)})


def _same_item(one: Item, other: Item) -> bool:
    return bool({(i.scheme, i.value) for i in one.identifiers} & {(i.scheme, i.value) for i in other.identifiers})


def _merged(item: Item, ordered: Item) -> Item:
    """Return the order's identifiers first, as the partner wrote them, then what the ERP adds."""
    schemes = {i.scheme for i in ordered.identifiers}
    added = tuple(i for i in item.identifiers if i.scheme not in schemes)
    return Item(identifiers=ordered.identifiers + added, description=ordered.description or item.description)


def _name(item: Item) -> str:
    return " / ".join(i.value for i in item.identifiers) or item.description or "an item without a number"
