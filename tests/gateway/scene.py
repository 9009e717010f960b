"""A gateway after some business, made by the journey itself: two customers, one supplier, good documents and bad ones."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from gateway.ports import Outgoing
from gateway.simulator.papers import GLOVES, HAMMER, TAPE_MEASURE, order
from gateway.simulator.partner import Manners
from gateway.states import Direction, Kind, State
from gateway.store.documents import Document
from tests.journeys.gateway_under_test import GatewayUnderTest
from translators.canonical import (
    AcknowledgedLine,
    HandlingUnit,
    Invoice,
    InvoiceLine,
    LineResponse,
    Money,
    OrderAcknowledgment,
    PurchaseOrder,
    Quantity,
    ShipmentOrder,
    ShipNotice,
    ShippedLine,
)
from translators.findings import Finding

CUSTOMER, OTHER_CUSTOMER, SUPPLIER = "hill-street", "lakeside", "riverside"
ORDER = "0004711"  # both customers use it
SECOND_ORDER = "HS/1002"  # nothing answers it yet
PARKED_ORDER = "HS-1003"
OUR_ORDER = "PO-7001"
INVOICE = "INV-815"
SHIPMENT = "SH-500"


def units(number: int) -> Quantity:
    return Quantity(value=Decimal(number), unit="EA")


class Scene:
    """The gateway under test and what happened in it. Tests look; they do not change it."""

    def __init__(self, home: Path) -> None:
        self.gateway = GatewayUnderTest(home)
        self.now = self.gateway.clock.now()
        self.customer = self.gateway.partner(CUSTOMER, Manners(rejects=(f"invoice:{ORDER}",)))
        self._sell()
        self._stop()
        self._buy()
        self._misread()

    def close(self) -> None:
        self.gateway.close()

    def document(self, kind: Kind, direction: Direction, number: str = "", state: State | None = None) -> Document:
        """Return the only document like that."""
        found = [
            d
            for d in self.gateway.all()
            if d.kind is kind and d.direction is direction and number in ("", d.number) and state in (None, d.state)
        ]
        assert len(found) == 1, [(d.kind, d.direction, d.number, d.state, d.sentence) for d in found]
        return found[0]

    def _pass(self) -> None:
        self.gateway.later(60)

    def _sell(self) -> None:
        """Let an order go through to an invoice that the customer rejects."""
        bought = order(ORDER, self.now, (HAMMER, 24), (TAPE_MEASURE, 48), buyer_prefix="HSH-")
        self.customer.send(bought)
        self._pass()
        for number, answer in enumerate((self._acknowledgment(bought), self._notice(bought), self._invoice(bought))):
            self.gateway.erp.feed.append(Outgoing(f"out-{number}", "C-1001", answer))
            self._pass()
        self.customer.take()
        self._pass()
        self.customer.send(order(SECOND_ORDER, self.now, (GLOVES, 6), buyer_prefix="HSH-"))
        self.gateway.partner(OTHER_CUSTOMER).send(order(ORDER, self.now, (GLOVES, 5)))
        self._pass()

    def _stop(self) -> None:
        """Let the ERP refuse an order."""
        self.gateway.erp.obstacles.append(
            Finding("ERP-ITEM-UNKNOWN", "The ERP has no item HSH-77777.", value="HSH-77777")
        )
        self.customer.send(order(PARKED_ORDER, self.now, (GLOVES, 1), buyer_prefix="HSH-"))
        self._pass()
        self.gateway.erp.obstacles.clear()

    def _buy(self) -> None:
        """Let an order of ours be answered by a supplier."""
        ours = order(OUR_ORDER, self.now, (HAMMER, 100))
        self.gateway.erp.feed.append(Outgoing("out-850", "V-2001", ours))
        self._pass()
        self.gateway.partner(SUPPLIER, Manners(fulfils=True)).take()
        self._pass()

    def _misread(self) -> None:
        """Let a file arrive that is no EDI, and one a second time."""
        self.gateway.drop(
            CUSTOMER, b"Dear colleagues, \x1b[31mplease\x07 find our order attached.", "letter \x1b[2J.txt"
        )
        again = self.customer.interchange([order("HS-1009", self.now, (GLOVES, 2), buyer_prefix="HSH-")])
        self.gateway.drop(CUSTOMER, again, "first.edi")
        self._pass()
        self.gateway.drop(CUSTOMER, again, "second.edi")
        self._pass()

    def _acknowledgment(self, bought: PurchaseOrder) -> OrderAcknowledgment:
        first, second = bought.lines
        promised = date(2026, 3, 9)
        return OrderAcknowledgment(
            order_number=bought.order_number,
            order_date=bought.issue_date,
            acknowledgment_number="SO-1001",
            acknowledgment_date=bought.issue_date,
            seller_order_number="SO-1001",
            status="accepted-with-changes",
            lines=(
                AcknowledgedLine(
                    line_id="1",
                    quantity=units(24),
                    price=first.price,
                    item=first.item,
                    responses=(
                        LineResponse(status="accepted", quantity=units(10), ship_date=promised),
                        LineResponse(status="backordered", quantity=units(14)),
                    ),
                ),
                AcknowledgedLine(
                    line_id="2",
                    quantity=units(48),
                    price=second.price,
                    item=second.item,
                    responses=(LineResponse(status="accepted", quantity=units(48), ship_date=promised),),
                ),
            ),
        )

    def _notice(self, bought: PurchaseOrder) -> ShipNotice:
        first, second = bought.lines
        carton = HandlingUnit(
            level="pack",
            sscc="006141410000000012",
            lines=(
                ShippedLine(line_id="1", item=first.item, shipped=units(10)),
                ShippedLine(line_id="2", item=second.item, shipped=units(40)),
            ),
        )
        return ShipNotice(
            shipment_number=SHIPMENT,
            issued_at=datetime(2026, 3, 2, 9, 0),  # noqa: DTZ001  local at the ship-from
            shipped_at=date(2026, 3, 2),
            structure="0001",
            package_count=1,
            package_code="CTN",
            parties=bought.parties,
            orders=(ShipmentOrder(order_number=bought.order_number, order_date=bought.issue_date, units=(carton,)),),
        )

    def _invoice(self, bought: PurchaseOrder) -> Invoice:
        first = bought.lines[0]
        assert first.price is not None
        return Invoice(
            invoice_number=INVOICE,
            invoice_date=date(2026, 3, 2),
            order_number=bought.order_number,
            order_date=bought.issue_date,
            seller_order_number="SO-1001",
            lines=(InvoiceLine(line_id="1", quantity=units(10), price=first.price, item=first.item),),
            total=Money(amount=first.price.amount * 10),
        )
