"""Wire samples for the journey's tests, and what an outbox folder holds, in short words."""

from __future__ import annotations

import re

from gateway.simulator.papers import HAMMER, order
from tests.journeys.gateway_under_test import GatewayUnderTest
from translators.canonical import AcknowledgedLine, LineResponse, OrderAcknowledgment, PurchaseOrder


def numbered(number: str, gateway: GatewayUnderTest, quantity: int = 3) -> PurchaseOrder:
    """Return an order of hill-street."""
    return order(number, gateway.clock.now(), (HAMMER, quantity), buyer_prefix="HSH-")


def confirmation(gateway: GatewayUnderTest) -> OrderAcknowledgment:
    """Return the ERP's confirmation of the order A-1."""
    ordered = numbered("A-1", gateway)
    (line,) = ordered.lines
    response = LineResponse(status="accepted", quantity=line.quantity, ship_date=ordered.issue_date)
    confirmed = AcknowledgedLine(
        line_id="1", quantity=line.quantity, price=line.price, item=line.item, responses=(response,)
    )
    return OrderAcknowledgment(
        order_number="A-1",
        order_date=ordered.issue_date,
        acknowledgment_number="SO-1",
        acknowledgment_date=ordered.issue_date,
        status="accepted",
        lines=(confirmed,),
    )


def one_order(gateway: GatewayUnderTest, partner: str) -> bytes:
    """Return an interchange with the order A-1."""
    return gateway.partner(partner).interchange([numbered("A-1", gateway)])


def answers(gateway: GatewayUnderTest, partner: str) -> list[str]:
    """Return what lies in a partner's outbox: "997 A", "TA1 R 006", "ticket", "855"; sorted."""
    return sorted(spoken(name, content) for name, content in gateway.outbox(partner).items())


def spoken(name: str, content: bytes) -> str:
    """Return one file of an outbox in short words."""
    if name.startswith("ticket-"):
        return "ticket"
    text = content.decode("latin-1").replace("|", "*")
    if ta1 := re.search(r"TA1\*\d+\*\d+\*\d+\*(.)\*(\d+)", text):
        return f"TA1 {ta1[1]} {ta1[2]}"
    set_id = re.search(r"ST\*(\w+)\*", text)
    assert set_id is not None, text
    verdict = re.search(r"AK9\*(.)", text)
    return f"{set_id[1]} {verdict[1]}" if verdict else set_id[1]
