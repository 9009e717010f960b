"""What a simulated partner writes: a customer's order, and a supplier's answers to one of ours."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from translators.canonical import (
    AcknowledgedLine,
    Address,
    HandlingUnit,
    Identifier,
    Invoice,
    InvoiceLine,
    Item,
    LineResponse,
    Money,
    OrderAcknowledgment,
    OrderLine,
    Party,
    PurchaseOrder,
    Quantity,
    ShipmentOrder,
    ShipNotice,
    ShippedLine,
)
from translators.canonical.document import BusinessDocument
from translators.mapping import Map
from translators.mapping.rules import Block, FixedRule, HereRule, ListRule, NamedRule, ObjectRule, PairsRule, Rule

Sold = tuple[str, str, str]

# (item number as the buyer calls it, UPC, unit price) of what the sample ERP sells; see gateway/demo/sample_erp/day.py.
HAMMER = ("10010", "614141000012", "12.50")
SCREWDRIVERS = ("10020", "614141000029", "18.90")
TAPE_MEASURE = ("10030", "614141000036", "9.75")
KNIFE = ("10040", "614141000043", "6.40")
GLOVES = ("30010", "614141000104", "7.95")
GLASS_JAR = ("20010", "614141000074", "3.20")
UNKNOWN_ITEM = ("77777", "614141009992", "5.00")
SOLD: tuple[Sold, ...] = (HAMMER, SCREWDRIVERS, TAPE_MEASURE, KNIFE, GLOVES, GLASS_JAR)


def order(
    number: str,
    now: datetime,
    *lines: tuple[tuple[str, str, str], int],
    ship_to: str = "Store 12",
    buyer_prefix: str = "",
) -> PurchaseOrder:
    """Return a customer's order for (item, quantity) pairs, to be delivered in a week."""
    address = Address(lines=("12 Elm Street",), city="Dayton", region="OH", postal_code="45402", country="US")
    return PurchaseOrder(
        order_number=number,
        order_type="SA",
        issue_date=now.date(),
        requested_delivery=now.date() + timedelta(days=7),
        parties=(
            Party(role="buyer", name="Purchasing", identifier=Identifier(scheme="buyer", value="HQ")),
            Party(role="ship-to", name=ship_to, identifier=Identifier(scheme="buyer", value="0012"), address=address),
        ),
        lines=tuple(
            OrderLine(
                line_id=str(position),
                quantity=Quantity(value=Decimal(quantity), unit="EA"),
                price=Money(amount=Decimal(price)),
                item=Item(
                    identifiers=(
                        Identifier(scheme="gtin", value=upc),
                        Identifier(scheme="buyer", value=buyer_prefix + item),
                    )
                ),
            )
            for position, ((item, upc, price), quantity) in enumerate(lines, 1)
        ),
    )


def drawn_order(
    number: str,
    now: datetime,
    chance: random.Random,
    items: tuple[Sold, ...],
    schemes: frozenset[str] | None = None,
) -> PurchaseOrder:
    """Return an order for one to three of `items`, drawn by chance.

    Args:
        schemes: the kinds of item numbers that its format can say; None for any. Items carry the GTIN and the seller's number, and where
            the format has a place for neither, the same number as whatever it can say.
    """
    chosen = chance.sample(items, min(len(items), chance.randint(1, 3)))
    lines = [(item, chance.randint(1, 48)) for item in chosen]
    drawn = in_our_numbers(order(number, now, *lines))
    if schemes is None or schemes & {"gtin", "seller"}:
        return drawn
    return drawn.model_copy(update={"lines": tuple(_called(line, sorted(schemes)) for line in drawn.lines)})


def _called(line: OrderLine, schemes: list[str]) -> OrderLine:
    """Return a line whose item has its number under every one of `schemes`: a GTIN where it is one, else the item number."""
    known = {i.scheme: i.value for i in line.item.identifiers}
    identifiers = tuple(
        Identifier(scheme=scheme, value=known["gtin" if "gtin" in scheme else "seller"]) for scheme in schemes
    )
    return line.model_copy(update={"item": line.item.model_copy(update={"identifiers": identifiers})})


def item_schemes(by: Map) -> frozenset[str] | None:
    """Return the kinds of item numbers that an order's map has a place for, None where it has one for any."""
    found: set[str] = set()
    for rule in _item_rules(by.rules.header):
        if isinstance(rule, NamedRule):
            found |= {scheme for scheme, _path in rule.places}
        elif isinstance(rule, HereRule | ListRule):
            fixed = {str(r.value) for r in rule.block.rules if isinstance(r, FixedRule) and r.name == "scheme"}
            if not fixed:
                return None
            found |= fixed
        elif isinstance(rule, PairsRule):
            if rule.table is None:
                return None
            found |= set(rule.table.read.values())
    return frozenset(found) or None


def _item_rules(block: Block) -> Iterator[Rule]:
    """Yield the rules by which the item numbers of lines are written."""
    for rule in block.rules:
        if rule.name == "identifiers" and block.model is Item:
            yield rule
        elif rule.name in ("lines", "item") and isinstance(rule, ObjectRule | ListRule):
            yield from _item_rules(rule.block)


def in_our_numbers(order: PurchaseOrder) -> PurchaseOrder:
    """Return an order whose items carry the seller's numbers, which every format can say, where `order` calls them the buyer's."""

    def named(item: Item) -> Item:
        identifiers = (
            i if i.scheme != "buyer" else Identifier(scheme="seller", value=i.value) for i in item.identifiers
        )
        return Item(
            identifiers=tuple(identifiers), description=item.description or f"Item {item.identifiers[-1].value}"
        )

    lines = (line.model_copy(update={"item": named(line.item)}) for line in order.lines)
    return order.model_copy(update={"lines": tuple(lines)})


def fulfilment(order: PurchaseOrder, fulfils: str, now: datetime) -> tuple[BusinessDocument, ...]:
    """Return what a supplier answers to an order of ours: all of it, a part (the rest is backordered), or nothing.

    Args:
        now: local time, as the wire has no zone.
    """
    if fulfils == "nothing":
        return (_acknowledgment(order, now, "rejected", None),)
    delivered = {line.line_id: line.quantity for line in order.lines}
    if fulfils == "part":
        delivered = {
            line.line_id: Quantity(value=max(Decimal(1), line.quantity.value // 2), unit=line.quantity.unit)
            for line in order.lines
        }
    answer = _acknowledgment(order, now, "accepted" if fulfils == "all" else "accepted-with-changes", delivered)
    return (answer, _ship_notice(order, now, delivered), _invoice(order, now, delivered))


def _acknowledgment(
    order: PurchaseOrder, now: datetime, status: Any, delivered: dict[str, Quantity] | None
) -> OrderAcknowledgment:
    return OrderAcknowledgment(
        order_number=order.order_number,
        order_date=order.issue_date,
        acknowledgment_number=f"A-{order.order_number}",
        acknowledgment_date=now.date(),
        status=status,
        lines=tuple(
            AcknowledgedLine(
                line_id=line.line_id,
                quantity=line.quantity,
                price=line.price,
                item=line.item,
                responses=_responses(line, None if delivered is None else delivered[line.line_id], now),
            )
            for line in order.lines
        ),
    )


def _responses(line: OrderLine, delivered: Quantity | None, now: datetime) -> tuple[LineResponse, ...]:
    if delivered is None:
        return (LineResponse(status="rejected", quantity=line.quantity),)
    accepted = LineResponse(status="accepted", quantity=delivered, ship_date=now.date())
    rest = line.quantity.value - delivered.value
    if not rest:
        return (accepted,)
    later = Quantity(value=rest, unit=line.quantity.unit)
    return (accepted, LineResponse(status="backordered", quantity=later, ship_date=now.date() + timedelta(days=14)))


def _ship_notice(order: PurchaseOrder, now: datetime, delivered: dict[str, Quantity]) -> ShipNotice:
    sscc = f"00614141{number_from(order.order_number) % 10**9:09d}"
    carton = HandlingUnit(
        level="pack",
        sscc=sscc + check_digit(sscc),
        lines=tuple(
            ShippedLine(line_id=line.line_id, item=line.item, shipped=delivered[line.line_id]) for line in order.lines
        ),
    )
    return ShipNotice(
        shipment_number=f"S-{order.order_number}",
        issued_at=now.replace(second=0),
        shipped_at=now.date(),
        structure="0001",
        carrier=Identifier(scheme="scac", value="RDWY"),
        package_count=1,
        package_code="CTN",
        parties=(
            Party(
                role="ship-to",
                name="Distribution Center",
                identifier=Identifier(scheme="buyer", value="DC1"),
                address=Address(lines=("1 Dock Road",), city="Toledo", region="OH", postal_code="43604"),
            ),
        ),
        orders=(ShipmentOrder(order_number=order.order_number, order_date=order.issue_date, units=(carton,)),),
    )


def _invoice(order: PurchaseOrder, now: datetime, delivered: dict[str, Quantity]) -> Invoice:
    lines = tuple(
        InvoiceLine(
            line_id=line.line_id,
            quantity=delivered[line.line_id],
            price=line.price or Money(amount=Decimal(0)),
            item=line.item,
        )
        for line in order.lines
    )
    total = sum((line.quantity.value * line.price.amount for line in lines), Decimal(0)).quantize(Decimal("0.01"))
    return Invoice(
        invoice_number=f"R-{order.order_number}",
        invoice_date=now.date(),
        order_number=order.order_number,
        order_date=order.issue_date,
        lines=lines,
        total=Money(amount=total),
    )


def number_from(text: str) -> int:
    """Return a number made of the end of `text`, the same in every process."""
    return int.from_bytes(text.encode()[-6:], "big")


def check_digit(digits: str) -> str:
    """Return the check digit of an SSCC. Source: GS1 General Specifications, 7.9 (weights 3 and 1 from the right)."""
    total = sum(int(d) * (3 if position % 2 == 0 else 1) for position, d in enumerate(reversed(digits)))
    return str(-total % 10)
