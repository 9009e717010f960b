"""An order's life, as the journey left it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.states import Direction, Kind
from gateway.store.order_life import ANSWERS, OrderKey, OrderLife, agreed_answers, order_life, orders_named
from gateway.store.order_lines import line_lives
from tests.gateway.scene import (
    CUSTOMER,
    INVOICE,
    ORDER,
    OTHER_CUSTOMER,
    OUR_ORDER,
    PARKED_ORDER,
    SECOND_ORDER,
    SHIPMENT,
    SUPPLIER,
    Scene,
    units,
)
from translators.canonical import (
    Identifier,
    Invoice,
    Item,
    Money,
    OrderAcknowledgment,
    OrderLine,
    PurchaseOrder,
    Quantity,
)
from translators.canonical.invoice import InvoiceLine


def life(scene: Scene, partner: str, number: str, direction: Direction = Direction.IN) -> OrderLife:
    with scene.gateway.station.database.read() as connection:
        profile = scene.gateway.station.partners.by_id[partner]
        found = order_life(connection, OrderKey(partner, direction, number), agreed_answers(profile, direction))
    assert found is not None
    return found


def named(scene: Scene, text: str, partner: str = "") -> list[OrderKey]:
    with scene.gateway.station.database.read() as connection:
        return orders_named(connection, text, partner)


def test_a_customers_order_is_told_from_its_arrival_to_its_invoice(scene: Scene) -> None:
    found = life(scene, CUSTOMER, ORDER)
    assert found.steps == (
        "850 received",
        "997 sent",
        f"ERP {found.erp_reference}",
        "855 sent, accepted",
        "856 sent, accepted",
        "810 sent, rejected",
    )
    assert [d.number for d in found.stopped] == [INVOICE]
    assert not found.missing


def test_an_order_of_ours_is_told_the_other_way_round(scene: Scene) -> None:
    found = life(scene, SUPPLIER, OUR_ORDER, Direction.OUT)
    assert found.steps[0] == "850 sent, accepted"
    assert [step.split(", ")[:2] for step in found.steps[1:]] == [
        ["855 received", "997 sent"],
        ["856 received", "997 sent"],
        ["810 received", "997 sent"],
    ]
    assert all("ERP SO-" in step for step in found.steps[1:])
    (line,) = found.lines
    assert (line.ordered, line.accepted, line.shipped, line.invoiced) == ((units(100),),) * 4


def test_each_line_says_what_became_of_it(scene: Scene) -> None:
    first, second = life(scene, CUSTOMER, ORDER).lines
    assert (first.line_id, first.item) == ("1", "HSH-10010")
    assert (first.ordered, first.accepted, first.backordered) == ((units(24),), (units(10),), (units(14),))
    assert first.shipped == (units(10),)
    assert first.invoiced == ()  # they rejected the invoice
    assert first.promised is not None
    assert (second.ordered, second.shipped, second.backordered) == ((units(48),), (units(40),), ())


def test_what_is_still_to_come_is_named(scene: Scene) -> None:
    found = life(scene, CUSTOMER, SECOND_ORDER)
    assert found.missing == (Kind.ORDER_ACKNOWLEDGMENT, Kind.SHIP_NOTICE, Kind.INVOICE)
    assert found.steps[-3:] == ("no 855 yet", "no 856 yet", "no 810 yet")


def test_an_order_that_waits_for_a_person_says_so(scene: Scene) -> None:
    found = life(scene, CUSTOMER, PARKED_ORDER)
    assert found.steps[0] == "850 waiting for a person"
    assert [d.code for d in found.stopped] == ["ERP-ITEM-UNKNOWN"]
    assert any("waits for a person" in m.words and m.code == "ERP-ITEM-UNKNOWN" for m in found.timeline)


def test_the_timeline_is_in_order_and_names_its_documents(scene: Scene) -> None:
    found = life(scene, CUSTOMER, ORDER)
    assert [m.at for m in found.timeline] == sorted(m.at for m in found.timeline)
    words = " | ".join(m.words for m in found.timeline)
    told = (
        f"850 {ORDER} received",
        "997 for the 850 sent",
        "booked in the ERP as SO-",
        f"856 {SHIPMENT} sent",
        f"810 {INVOICE} rejected",
    )
    for expected in told:
        assert expected in words


@pytest.mark.parametrize("number", [OUR_ORDER, "po7001", "R-PO-7001", "S.PO.7001"])
def test_any_number_of_its_documents_leads_to_the_order(scene: Scene, number: str) -> None:
    assert named(scene, number) == [OrderKey(SUPPLIER, Direction.OUT, OUR_ORDER)]


def test_a_number_of_two_partners_leads_to_both_and_a_partner_decides(scene: Scene) -> None:
    assert {key.partner for key in named(scene, "4711")} == {CUSTOMER, OTHER_CUSTOMER}
    assert named(scene, "4711", OTHER_CUSTOMER) == [OrderKey(OTHER_CUSTOMER, Direction.IN, ORDER)]


def test_an_erp_number_leads_to_the_order(scene: Scene) -> None:
    reference = life(scene, CUSTOMER, SECOND_ORDER).erp_reference
    assert named(scene, reference) == [OrderKey(CUSTOMER, Direction.IN, SECOND_ORDER)]


def test_nobody_is_expected_to_send_what_was_not_agreed(scene: Scene) -> None:
    supplier = scene.gateway.station.partners.by_id[SUPPLIER]
    assert agreed_answers(supplier, Direction.OUT) == ANSWERS
    assert agreed_answers(supplier, Direction.IN) == frozenset()
    assert agreed_answers(None, Direction.IN) == ANSWERS


def test_an_order_that_nobody_named_has_no_life(scene: Scene) -> None:
    with scene.gateway.station.database.read() as connection:
        assert order_life(connection, OrderKey(CUSTOMER, Direction.IN, "none")) is None
        assert order_life(connection, OrderKey(CUSTOMER, Direction.OUT, ORDER)) is None


def item(number: str) -> Item:
    return Item(identifiers=(Identifier(scheme="buyer", value=number),))


def bought(*lines: tuple[str, str, int]) -> PurchaseOrder:
    return PurchaseOrder(
        order_number="1",
        issue_date="2026-01-02",
        lines=tuple(
            OrderLine(line_id=line, item=item(number), quantity=units(ordered)) for line, number, ordered in lines
        ),
    )


def invoice(*lines: tuple[str, str, Quantity], kind: str = "invoice") -> Invoice:
    return Invoice(
        invoice_number="9",
        invoice_date="2026-01-03",
        kind=kind,
        order_number="1",
        lines=tuple(
            InvoiceLine(line_id=line, item=item(number), quantity=quantity, price=Money(amount=Decimal(1)))
            for line, number, quantity in lines
        ),
        total=Money(amount=Decimal(1)),
    )


def test_a_line_is_found_by_its_item_when_every_line_has_the_same_number() -> None:
    lives = line_lives(bought(("1", "A", 5), ("1", "B", 7)), "1", [invoice(("1", "B", units(7)))])
    assert [line.invoiced for line in lives] == [(), (units(7),)]


def test_zeros_before_a_line_number_do_not_matter() -> None:
    (line,) = line_lives(bought(("1", "A", 5)), "1", [invoice(("0001", "other", units(5)))])
    assert line.invoiced == (units(5),)


def test_what_is_on_no_line_is_shown_as_one() -> None:
    _, strange = line_lives(bought(("1", "A", 5)), "1", [invoice(("9", "Z", units(2)))])
    assert (strange.line_id, strange.item, strange.ordered, strange.invoiced) == ("9", "Z", (), (units(2),))


def test_different_units_are_not_added() -> None:
    cases = Quantity(value=Decimal(2), unit="CA")
    (line,) = line_lives(bought(("1", "A", 5)), "1", [invoice(("1", "A", units(3)), ("1", "A", cases))])
    assert line.invoiced == (units(3), cases)


def test_a_credit_takes_back_what_was_invoiced() -> None:
    (line,) = line_lives(
        bought(("1", "A", 5)), "1", [invoice(("1", "A", units(5))), invoice(("1", "A", units(2)), kind="credit-memo")]
    )
    assert line.invoiced == (units(3),)


@pytest.mark.parametrize(("status", "what"), [("accepted", "accepted"), ("rejected", "rejected")])
def test_an_acknowledgment_without_lines_speaks_for_all(status: str, what: str) -> None:
    answer = OrderAcknowledgment(order_number="1", order_date="2026-01-02", status=status)
    lives = line_lives(bought(("1", "A", 5), ("2", "B", 7)), "1", [answer])
    assert [getattr(line, what) for line in lives] == [(units(5),), (units(7),)]


def test_the_newest_acknowledgment_replaces_those_before_it() -> None:
    first = OrderAcknowledgment(order_number="1", order_date="2026-01-02", status="accepted")
    last = OrderAcknowledgment(order_number="1", order_date="2026-01-02", status="rejected")
    (line,) = line_lives(bought(("1", "A", 5)), "1", [first, last])
    assert (line.accepted, line.rejected) == ((), (units(5),))
