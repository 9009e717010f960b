"""Canonical documents for the tests here."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import count

from gateway.ports import Posting
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
    Reference,
    ShipmentOrder,
    ShipNotice,
    ShippedLine,
    Source,
)

NUMBERS = count(1)
HAMMER = Identifier(scheme="gtin", value="614141000012")
STORE = Party(
    role="ship-to",
    name="Hill Street Hardware, store 5",
    identifier=Identifier(scheme="buyer", value="0005"),
    address=Address(lines=("5 Side Street",), city="Dayton", region="OH", postal_code="45402", country="US"),
)


def item(*identifiers: Identifier) -> Item:
    return Item(identifiers=identifiers)


def order_line(
    line_id: str = "1",
    quantity: str = "24",
    unit: str = "EA",
    price: str | None = "12.50",
    identifier: Identifier = HAMMER,
    ship_to: Party | None = None,
) -> OrderLine:
    money = None if price is None else Money(amount=Decimal(price))
    amount = Quantity(value=Decimal(quantity), unit=unit)
    return OrderLine(line_id=line_id, quantity=amount, price=money, item=item(identifier), ship_to=ship_to)


def order(*lines: OrderLine, account: str = "C-1001", **fields: object) -> Posting:
    number = f"TEST-{next(NUMBERS)}"
    document = PurchaseOrder(order_number=number, issue_date=date(2026, 11, 20), lines=lines or (order_line(),))
    given = {
        "parties": (STORE,),
        "references": (Reference(kind="department", value="042"),),
        "source": Source(
            positions={"lines/0/quantity": "7:PO1:2", "lines/0/price": "7:PO1:4", "lines/0/item": "7:PO1:7"}
        ),
        **fields,
    }
    return Posting(document.model_copy(update=given), account, f"key-{number}")


def vendor_item(number: str) -> Item:
    return item(Identifier(scheme="seller", value=number))


def confirmation(purchase_order: str, accepted: str, backordered: str, line_id: str = "1") -> Posting:
    line = AcknowledgedLine(
        line_id=line_id,
        quantity=Quantity(value=Decimal(accepted) + Decimal(backordered)),
        price=Money(amount=Decimal("7.10")),
        item=vendor_item("RT-10010"),
        responses=(
            LineResponse(status="accepted", quantity=Quantity(value=Decimal(accepted)), ship_date=date(2026, 11, 25)),
            LineResponse(status="backordered", quantity=Quantity(value=Decimal(backordered))),
        ),
    )
    document = OrderAcknowledgment(
        order_number=purchase_order,
        order_date=date(2026, 11, 21),
        status="accepted-with-changes",
        seller_order_number=f"R-{next(NUMBERS)}",
        lines=(line,),
    )
    return Posting(document, "V-2001", f"key-confirmation-{next(NUMBERS)}")


def ship_notice(purchase_order: str, *quantities: str) -> Posting:
    cartons = tuple(
        HandlingUnit(
            sscc=f"0061414100000{index:05d}",
            lines=(ShippedLine(line_id="1", item=vendor_item("RT-10010"), shipped=Quantity(value=Decimal(quantity))),),
        )
        for index, quantity in enumerate(quantities)
    )
    document = ShipNotice(
        shipment_number=f"S-{next(NUMBERS)}",
        issued_at=datetime(2026, 11, 25, 9, 30),  # noqa: DTZ001
        tracking_numbers=("EX1",),
        orders=(ShipmentOrder(order_number=purchase_order, units=(HandlingUnit(level="tare", units=cartons),)),),
    )
    return Posting(document, "V-2001", f"key-notice-{next(NUMBERS)}")


def invoice(purchase_order: str, quantity: str, price: str, total: str, **fields: object) -> Posting:
    line = InvoiceLine(
        line_id="1",
        quantity=Quantity(value=Decimal(quantity)),
        price=Money(amount=Decimal(price)),
        item=vendor_item("RT-10010"),
    )
    document = Invoice(
        invoice_number=f"I-{next(NUMBERS)}",
        invoice_date=date(2026, 11, 26),
        order_number=purchase_order,
        lines=(line,),
        total=Money(amount=Decimal(total)),
    )
    return Posting(document.model_copy(update=fields), "V-2001", f"key-invoice-{next(NUMBERS)}")
