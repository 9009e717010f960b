"""What the demo's people write: a customer's order, and a supplier's answers to one of ours."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from gateway.demo.partner import SimulatedPartner
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

# (item number as the buyer calls it, UPC, unit price) of what the sample ERP sells; see gateway/demo/sample_erp/day.py.
HAMMER = ("10010", "614141000012", "12.50")
SCREWDRIVERS = ("10020", "614141000029", "18.90")
TAPE_MEASURE = ("10030", "614141000036", "9.75")
KNIFE = ("10040", "614141000043", "6.40")
GLOVES = ("30010", "614141000104", "7.95")
GLASS_JAR = ("20010", "614141000074", "3.20")
UNKNOWN_ITEM = ("77777", "614141009992", "5.00")


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


def supplier_answers(partner: SimulatedPartner, document: BusinessDocument) -> None:
    """Answer a purchase order as a good supplier does: accept, ship all of it, invoice it."""
    if not isinstance(document, PurchaseOrder):
        return
    now = datetime.now().replace(microsecond=0)  # noqa: DTZ005  local times on the wire have no zone
    partner.send(_acknowledgment(document, now))
    partner.send(_ship_notice(document, now))
    partner.send(_invoice(document, now))


def _acknowledgment(order: PurchaseOrder, now: datetime) -> OrderAcknowledgment:
    return OrderAcknowledgment(
        order_number=order.order_number,
        order_date=order.issue_date,
        acknowledgment_number=f"A-{order.order_number}",
        acknowledgment_date=now.date(),
        status="accepted",
        lines=tuple(
            AcknowledgedLine(
                line_id=line.line_id,
                quantity=line.quantity,
                price=line.price,
                item=line.item,
                responses=(LineResponse(status="accepted", quantity=line.quantity, ship_date=now.date()),),
            )
            for line in order.lines
        ),
    )


def _ship_notice(order: PurchaseOrder, now: datetime) -> ShipNotice:
    sscc = f"00614141{number_from(order.order_number) % 10**9:09d}"
    carton = HandlingUnit(
        level="pack",
        sscc=sscc + check_digit(sscc),
        lines=tuple(ShippedLine(line_id=line.line_id, item=line.item, shipped=line.quantity) for line in order.lines),
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


def _invoice(order: PurchaseOrder, now: datetime) -> Invoice:
    lines = tuple(
        InvoiceLine(
            line_id=line.line_id, quantity=line.quantity, price=line.price or Money(amount=Decimal(0)), item=line.item
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
