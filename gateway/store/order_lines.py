"""What became of each line of an order: ordered, acknowledged, shipped, invoiced. Sums over the canonical documents of one order.

Quantities of different units are never added: a sum is a tuple with one quantity for each unit. An answer is laid to the order's line
by the line's id, else by an item number that both know; what fits no line is shown as a line of its own with nothing ordered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from translators.canonical import (
    AcknowledgedLine,
    HandlingUnit,
    Invoice,
    Item,
    OrderAcknowledgment,
    OrderLine,
    PurchaseOrder,
    Quantity,
    ShipNotice,
    ShippedLine,
)
from translators.canonical.document import BusinessDocument

# What an answer to a line means for the quantity it names.
_ANSWERS: dict[str, str] = {
    "accepted": "accepted",
    "accepted-quantity-changed": "accepted",
    "accepted-price-changed": "accepted",
    "accepted-date-changed": "accepted",
    "accepted-substitute": "accepted",
    "accepted-with-changes": "accepted",
    "backordered": "backordered",
    "on-hold": "backordered",
    "rejected": "rejected",
    "rejected-unknown-item": "rejected",
    "deleted": "rejected",
}

Quantities = tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class LineLife:
    """One line's quantities. `promised` is the earliest date the seller named for what it accepted."""

    line_id: str
    item: str
    description: str
    ordered: Quantities = ()
    accepted: Quantities = ()
    backordered: Quantities = ()
    rejected: Quantities = ()
    shipped: Quantities = ()
    invoiced: Quantities = ()
    promised: date | None = None


@dataclass(slots=True)
class _Line:
    """A line while it is added up."""

    line_id: str
    item: Item
    sums: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    promised: date | None = None

    def add(self, what: str, quantity: Quantity, sign: int = 1) -> None:
        by_unit = self.sums.setdefault(what, {})
        by_unit[quantity.unit] = by_unit.get(quantity.unit, Decimal(0)) + sign * quantity.value

    def life(self) -> LineLife:
        sums = {
            what: tuple(Quantity(value=value, unit=unit) for unit, value in by_unit.items())
            for what, by_unit in self.sums.items()
        }
        return LineLife(self.line_id, item_name(self.item), self.item.description, promised=self.promised, **sums)


class _Lines:
    """The lines of one order, found by id or item; a line that is not on it is added."""

    def __init__(self, order: PurchaseOrder | None) -> None:
        self.all: list[_Line] = []
        for ordered in () if order is None else order.lines:
            self.all.append(_ordered(ordered))

    def find(self, line_id: str, item: Item) -> _Line:
        wanted = line_id.lstrip("0")
        by_id = [line for line in self.all if wanted and line.line_id.lstrip("0") == wanted]
        by_item = [line for line in self.all if _is_same(line.item, item)]
        both = [line for line in by_id if line in by_item]
        # Careless senders number every line alike, so an id alone decides only when it is the only one.
        found = by_id if len(by_id) == 1 else both or by_item
        if found:
            return found[0]
        self.all.append(_Line(line_id, item))
        return self.all[-1]


def line_lives(
    order: PurchaseOrder | None, order_number: str, answers: Sequence[BusinessDocument]
) -> tuple[LineLife, ...]:
    """Return the lines of an order with what the answers say of them.

    Args:
        order: the order in force; None when only answers to it are known.
        answers: order acknowledgments, ship notices and invoices that count, oldest first. The newest acknowledgment replaces those
            before it; ship notices and invoices add up.
    """
    lines = _Lines(order)
    acknowledgments = [answer for answer in answers if isinstance(answer, OrderAcknowledgment)]
    for acknowledgment in acknowledgments[-1:]:
        _acknowledge(lines, acknowledgment)
    for answer in answers:
        if isinstance(answer, ShipNotice):
            for shipped in _shipped_lines(answer, order_number):
                lines.find(shipped.line_id, shipped.item).add("shipped", shipped.shipped)
        elif isinstance(answer, Invoice):
            for invoiced in answer.lines:
                is_credit = answer.kind == "credit-memo"
                quantity = (
                    Quantity(value=abs(invoiced.quantity.value), unit=invoiced.quantity.unit)
                    if is_credit
                    else invoiced.quantity
                )
                lines.find(invoiced.line_id, invoiced.item).add("invoiced", quantity, -1 if is_credit else 1)
    return tuple(line.life() for line in lines.all)


def _ordered(ordered: OrderLine) -> _Line:
    line = _Line(ordered.line_id, ordered.item)
    line.add("ordered", ordered.quantity)
    return line


def _acknowledge(lines: _Lines, answer: OrderAcknowledgment) -> None:
    """Add what an acknowledgment says; one without lines speaks for the whole order."""
    whole = _ANSWERS.get(answer.status)
    if not answer.lines and whole is not None:
        for line in lines.all:
            for unit, value in line.sums.get("ordered", {}).items():
                line.add(whole, Quantity(value=value, unit=unit))
    for acknowledged in answer.lines:
        line = lines.find(acknowledged.line_id, acknowledged.item)
        _acknowledge_line(line, acknowledged, whole)


def _acknowledge_line(line: _Line, acknowledged: AcknowledgedLine, whole: str | None) -> None:
    if not acknowledged.responses and whole is not None:
        line.add(whole, acknowledged.quantity)
    for response in acknowledged.responses:
        what = _ANSWERS[response.status]
        line.add(what, response.quantity or acknowledged.quantity)
        named = response.delivery_date or response.ship_date
        if what == "accepted" and named is not None:
            line.promised = named if line.promised is None else min(line.promised, named)


def _shipped_lines(notice: ShipNotice, order_number: str) -> Iterator[ShippedLine]:
    """Yield what a shipment holds for one order, however deep it is packed."""
    for part in notice.orders:
        if part.order_number == order_number:
            yield from part.lines
            yield from _packed(part.units)


def _packed(units: Iterable[HandlingUnit]) -> Iterator[ShippedLine]:
    for unit in units:
        yield from unit.lines
        yield from _packed(unit.units)


def _is_same(one: Item, other: Item) -> bool:
    return bool({(i.scheme, i.value) for i in one.identifiers} & {(i.scheme, i.value) for i in other.identifiers})


def item_name(item: Item) -> str:
    """Return the number people call an item by: the buyer's, else the seller's, else a GTIN, else any."""
    for scheme in ("buyer", "seller", "gtin"):
        value = item.identifier(scheme)
        if value:
            return value
    return next((i.value for i in item.identifiers), "")
