"""The sample ERP through its connector: documents both ways, complaints as findings, a bad day as the right error."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from gateway.clock import SystemClock
from gateway.connectors.sample_erp import SampleErpConnector, open_sample_erp
from gateway.demo.sample_erp.process import SampleErpProcess
from gateway.errors import ConfigurationError, GatewayError
from gateway.ports import Outgoing, Posting
from tests.contracts.connector_contract import end_of_feed
from tests.gateway.connectors.conftest import Connect
from tests.gateway.connectors.orders import STORE, confirmation, invoice, order, order_line, ship_notice
from translators.canonical import (
    Identifier,
    Invoice,
    OrderAcknowledgment,
    Party,
    PurchaseOrder,
    Reference,
    ShipNotice,
)
from translators.findings import Position, Severity


def fulfil(erp: SampleErpProcess, connector: SampleErpConnector, posting: Posting) -> tuple[str, list[Outgoing]]:
    """Post, confirm, ship and invoice; return the order's number and what has to be carried out."""
    cursor = end_of_feed(connector)
    number = connector.post(posting).reference
    for step in ("confirm", "ship", "invoice"):
        erp.call("POST", f"/sales-orders/{number}/{step}")
    return number, list(connector.outgoing(cursor).documents)


def purchase_order(erp: SampleErpProcess, quantity: str = "24") -> str:
    answer = erp.call(
        "POST", "/purchase-orders", {"vendor": "V-2001", "lines": [{"item": "10010", "quantity": quantity}]}
    )
    return str(answer["number"])


def po_line(erp: SampleErpProcess, number: str) -> dict[str, str]:
    line: dict[str, str] = erp.call("GET", f"/purchase-orders/{number}")["lines"][0]
    return line


# --- documents both ways -----------------------------------------------------------------------------------------------------


def test_an_order_comes_back_as_confirmation_shipment_and_invoice_in_the_customers_words(
    erp: SampleErpProcess, connector: SampleErpConnector
) -> None:
    theirs = Identifier(scheme="buyer", value="HSH-10010")
    posting = order(order_line("0010", "24", identifier=theirs), order_line("0020", "2", "XCS", "150.00"))
    number, documents = fulfil(erp, connector, posting)
    answer, notice, bill = (outgoing.document for outgoing in documents)
    assert isinstance(answer, OrderAcknowledgment)
    assert isinstance(notice, ShipNotice)
    assert isinstance(bill, Invoice)
    assert isinstance(posting.document, PurchaseOrder)
    assert {outgoing.account for outgoing in documents} == {"C-1001"}
    for document in (answer, bill, notice.orders[0]):
        assert document.order_number == posting.document.order_number
        assert document.order_date == posting.document.issue_date
        assert document.seller_order_number == number
        assert Reference(kind="department", value="042") in document.references
    for document in (answer, notice, bill):
        assert document.party("ship-to") == STORE
    assert answer.status == "accepted"
    assert [line.line_id for line in answer.lines] == ["0010", "0020"]
    assert answer.lines[0].item.identifiers[0] == theirs
    assert [line.line_id for line in bill.lines] == ["0010", "0020"]
    assert {line.quantity.unit for d in (answer, bill) for line in d.lines} == {"EA", "XCS"}
    assert {line.shipped.unit for unit in notice.orders[0].units for line in unit.lines} == {"EA", "XCS"}
    assert bill.total.amount == Decimal(24) * Decimal("12.50") + Decimal(2) * Decimal("150.00")
    assert bill.shipment_number == notice.shipment_number


def test_every_carton_has_its_own_valid_sscc_and_together_they_hold_what_was_ordered(
    erp: SampleErpProcess, connector: SampleErpConnector
) -> None:
    _, documents = fulfil(erp, connector, order(order_line("1", "30"), order_line("2", "3", "XCS", "150.00")))
    notice = documents[1].document
    assert isinstance(notice, ShipNotice)
    cartons = notice.orders[0].units
    ssccs = [carton.sscc for carton in cartons]
    assert len(set(ssccs)) == len(ssccs) == notice.package_count == 6  # 12 + 12 + 6 EA, and three cases
    for sscc in ssccs:
        digits = [int(digit) for digit in sscc]
        assert len(digits) == 18
        assert (sum(digits[0::2]) * 3 + sum(digits[1::2])) % 10 == 0
    assert notice.total_shipped == 33
    assert {line.line_id for carton in cartons for line in carton.lines} == {"1", "2"}


def test_what_stock_does_not_cover_is_confirmed_as_backordered_and_shipped_when_it_arrives(
    erp: SampleErpProcess, connector: SampleErpConnector
) -> None:
    erp.call("PUT", "/items/10060/stock", {"on_hand": "10"})
    wrench = Identifier(scheme="gtin", value="614141000067")
    number, documents = fulfil(erp, connector, order(order_line("1", "24", price="15.25", identifier=wrench)))
    answer = documents[0].document
    assert isinstance(answer, OrderAcknowledgment)
    assert answer.status == "accepted-with-changes"
    responses = [(r.status, r.quantity and r.quantity.value) for r in answer.lines[0].responses]
    assert responses == [("accepted", 10), ("backordered", 14)]
    cursor = end_of_feed(connector)
    erp.call("PUT", "/items/10060/stock", {"on_hand": "20"})
    assert erp.call("POST", f"/sales-orders/{number}/ship")["state"] == "shipped"
    rest = connector.outgoing(cursor).documents[0].document
    assert isinstance(rest, ShipNotice)
    assert rest.total_shipped == 14


def test_an_order_that_the_erp_rejects_is_answered_with_a_rejection(
    erp: SampleErpProcess, connector: SampleErpConnector
) -> None:
    cursor = end_of_feed(connector)
    number = connector.post(order()).reference
    erp.call("POST", f"/sales-orders/{number}/reject?reason=Discontinued")
    answer = connector.outgoing(cursor).documents[0].document
    assert isinstance(answer, OrderAcknowledgment)
    assert (answer.status, answer.notes) == ("rejected", ("Discontinued",))
    assert [r.status for line in answer.lines for r in line.responses] == ["rejected"]


def test_freight_is_a_charge_on_the_invoice(erp: SampleErpProcess, connector: SampleErpConnector) -> None:
    _, documents = fulfil(erp, connector, order(order_line("1", "10"), account="C-1002"))
    bill = documents[2].document
    assert isinstance(bill, Invoice)
    assert [(a.is_charge, a.amount and a.amount.amount) for a in bill.allowances] == [(True, Decimal("12.50"))]
    assert bill.total.amount == Decimal("137.50")


def test_a_price_of_a_fraction_of_a_cent_is_invoiced_exactly(
    erp: SampleErpProcess, connector: SampleErpConnector
) -> None:
    lamp = Identifier(scheme="gtin", value="614141000128")
    _, documents = fulfil(erp, connector, order(order_line("1", "7", price=None, identifier=lamp)))
    bill = documents[2].document
    assert isinstance(bill, Invoice)
    assert bill.lines[0].price.amount == Decimal("0.375")
    assert bill.total.amount == Decimal("2.63")  # 2.625, half up


def test_a_purchase_order_goes_to_the_vendor_with_its_item_numbers(
    erp: SampleErpProcess, connector: SampleErpConnector
) -> None:
    cursor = end_of_feed(connector)
    number = purchase_order(erp)
    outgoing = connector.outgoing(cursor).documents[0]
    assert isinstance(outgoing.document, PurchaseOrder)
    assert (outgoing.account, outgoing.document.order_number) == ("V-2001", number)
    line = outgoing.document.lines[0]
    assert (line.item.identifier("buyer"), line.item.identifier("seller")) == ("10010", "RT-10010")
    assert line.price is not None
    assert line.price.amount == Decimal("7.10")


def test_what_a_vendor_sends_is_taken_over_into_the_purchase_order(
    erp: SampleErpProcess, connector: SampleErpConnector
) -> None:
    number = purchase_order(erp)
    shelf = Decimal(erp.call("GET", "/items/10010/stock")["on_hand"])
    for posting in (
        confirmation(number, "18", "6"),
        ship_notice(number, "12", "6"),
        invoice(number, "18", "7.10", "127.80"),
    ):
        assert connector.check(posting) == ()
        posted = connector.post(posting)
        again = connector.post(posting)
        assert (again.reference, again.was_there_already) == (posted.reference, True)
        found = connector.find(posting)
        assert found is not None
        assert found.reference == posted.reference
    line = po_line(erp, number)
    assert (line["confirmed"], line["shipped"], line["invoiced"]) == ("18", "18", "18")
    assert Decimal(erp.call("GET", "/items/10010/stock")["on_hand"]) == shelf + 18


# --- complaints ----------------------------------------------------------------------------------------------------------------


def unknown(value: str) -> Identifier:
    return Identifier(scheme="gtin", value=value)


OTHER_STORE = Party(role="ship-to", name="Store 6")
COMPLAINTS = [
    pytest.param(order(account="C-9999"), "ERP-ACCOUNT-UNKNOWN", "C-9999", id="account"),
    pytest.param(order(account="C-1005"), "ERP-ACCOUNT-BLOCKED", "", id="blocked"),
    pytest.param(order(currency="CAD"), "ERP-CURRENCY-DIFFERS", "CAD", id="currency"),
    pytest.param(order(order_line(identifier=unknown("036000291452"))), "ERP-ITEM-UNKNOWN", "036000291452", id="item"),
    pytest.param(order(order_line(unit="XX")), "ERP-UNIT-UNKNOWN", "XX", id="unit"),
    pytest.param(order(order_line(quantity="1.5")), "ERP-QUANTITY-INVALID", "1.5", id="half a hammer"),
    pytest.param(order(order_line(quantity="0")), "ERP-QUANTITY-INVALID", "0", id="nothing"),
    pytest.param(order(order_line(quantity="50"), account="C-1004"), "ERP-CREDIT-EXCEEDED", "625.00", id="credit"),
    pytest.param(order(order_line("1" * 81)), "ERP-REQUEST-INVALID", "", id="too long for the ERP"),
    pytest.param(order(purpose="change"), "ERP-CHANGE-UNSUPPORTED", "change", id="change"),
    pytest.param(
        order(order_line(ship_to=STORE), order_line(ship_to=OTHER_STORE)), "ERP-SHIP-TO-MANY", "2", id="ship-tos"
    ),
    pytest.param(confirmation("PO-9", "1", "1"), "ERP-ORDER-UNKNOWN", "PO-9", id="purchase order"),
    pytest.param(invoice("PO-9", "1", "1", "1", kind="credit-memo"), "ERP-CREDIT-MEMO", None, id="credit memo"),
]


@pytest.mark.parametrize(("posting", "code", "value"), COMPLAINTS)
def test_what_stops_a_document_is_found_before_and_refused_after(
    connector: SampleErpConnector, posting: Posting, code: str, value: str | None
) -> None:
    found = [finding for finding in connector.check(posting) if finding.refuses]
    assert [finding.code for finding in found] == [code]
    assert found[0].sentence.endswith(".")
    if value is not None:
        assert found[0].value == value
    with pytest.raises(GatewayError) as refused:
        connector.post(posting)
    assert (refused.value.code, refused.value.is_retryable, refused.value.is_outcome_unknown) == (
        "GW-4203",
        False,
        False,
    )
    assert refused.value.facts["findings"] == (code,)


def test_a_finding_points_at_the_segment_and_element_it_came_from(connector: SampleErpConnector) -> None:
    findings = connector.check(order(order_line(price="11.00"), order_line("2", unit="XX")))
    assert [(f.code, f.severity, f.position) for f in findings] == [
        ("ERP-PRICE-DIFFERS", Severity.WARNING, Position(segment_number=7, segment_id="PO1", element=4)),
        ("ERP-UNIT-UNKNOWN", Severity.ERROR, Position()),
    ]


def test_all_complaints_come_at_once(connector: SampleErpConnector) -> None:
    lines = (
        order_line("1", unit="XX"),
        order_line("2", identifier=unknown("1")),
        order_line("3", "2000000", price="1"),
    )
    codes = [finding.code for finding in connector.check(order(*lines, account="C-1004"))]
    assert codes == [
        "ERP-UNIT-UNKNOWN",
        "ERP-ITEM-UNKNOWN",
        "ERP-PRICE-DIFFERS",
        "ERP-STOCK-SHORT",
        "ERP-CREDIT-EXCEEDED",
    ]


def test_short_stock_and_another_price_do_not_stop_an_order(connector: SampleErpConnector) -> None:
    vase = Identifier(scheme="gtin", value="614141000098")
    posting = order(order_line("1", "7", price="1.00", identifier=vase))
    assert {f.severity for f in connector.check(posting)} == {Severity.WARNING, Severity.NOTE}
    assert connector.post(posting).reference


def test_the_same_customer_order_number_again_is_warned_about(connector: SampleErpConnector) -> None:
    posting = order()
    reference = connector.post(posting).reference
    warning = connector.check(Posting(posting.document, posting.account, "another key"))[0]
    assert (warning.code, warning.severity, warning.value) == ("ERP-ORDER-EXISTS", Severity.WARNING, reference)


def test_a_cross_reference_added_in_the_erp_cures_an_unknown_item(
    erp: SampleErpProcess, connector: SampleErpConnector
) -> None:
    posting = order(order_line(identifier=Identifier(scheme="buyer", value="NEW-77")))
    assert [f.code for f in connector.check(posting)] == ["ERP-ITEM-UNKNOWN"]
    erp.call("PUT", "/items/10010/cross-references", {"account": "C-1001", "their_number": "NEW-77"})
    assert connector.check(posting) == ()


def test_vendors_deviations_are_warnings(erp: SampleErpProcess, connector: SampleErpConnector) -> None:
    number = purchase_order(erp)
    codes = {f.code: f.severity for f in connector.check(invoice(number, "30", "7.50", "1.00"))}
    assert codes == dict.fromkeys(("ERP-QUANTITY-OVER", "ERP-PRICE-DIFFERS", "ERP-TOTAL-DIFFERS"), Severity.WARNING)
    posting = invoice(number, "24", "7.10", "170.40")
    connector.post(posting)
    assert "ERP-INVOICE-EXISTS" in {f.code for f in connector.check(posting)}


def test_a_vendor_cannot_answer_another_vendors_order(erp: SampleErpProcess, connector: SampleErpConnector) -> None:
    posting = confirmation(purchase_order(erp), "24", "0")
    findings = connector.check(Posting(posting.document, "V-2002", "k"))
    assert [f.code for f in findings] == ["ERP-ORDER-UNKNOWN"]


# --- a bad day -------------------------------------------------------------------------------------------------------------------

BAD_DAYS = [
    # trouble, code of a posting, outcome unknown, Retry-After
    pytest.param({"refuse_status": 503, "retry_after_seconds": 9}, "GW-4202", False, 9, id="503"),
    pytest.param({"refuse_status": 429}, "GW-4202", False, None, id="429"),
    pytest.param({"refuse_status": 500}, "GW-4204", True, None, id="500"),
    pytest.param({"refuse_status": 502}, "GW-4204", True, None, id="502"),
    pytest.param({"garbage": "text"}, "GW-4205", True, None, id="text"),
    pytest.param({"garbage": "json"}, "GW-4205", True, None, id="half a JSON"),
    pytest.param({"garbage": "wrong-type"}, "GW-4205", True, None, id="wrong type"),
    pytest.param({"garbage": "empty"}, "GW-4205", True, None, id="empty"),
    pytest.param({"hang_up": True}, "GW-4204", True, None, id="hung up after booking"),
    pytest.param({"drip": True}, "GW-4204", True, None, id="a byte a second"),
    pytest.param({"slow_seconds": 1.5}, "GW-4204", True, None, id="slow"),
    pytest.param({"flood_bytes": 1_000_000_000}, "GW-4205", True, None, id="a gigabyte"),
    pytest.param({"book_late_seconds": 0.3}, "GW-4204", True, None, id="books late"),
]
BOOKED_ALL_THE_SAME = {"GW-4205", "GW-4204"}


@pytest.mark.parametrize(("trouble", "code", "is_unknown", "retry_after_seconds"), BAD_DAYS)
def test_a_bad_day_never_loses_or_doubles_an_order(
    erp: SampleErpProcess,
    connect: Connect,
    trouble: dict[str, object],
    code: str,
    is_unknown: bool,
    retry_after_seconds: int | None,
) -> None:
    connector = connect(timeout_seconds=0.7)
    posting = order()
    erp.call("POST", "/trouble", trouble)
    start = time.monotonic()
    with pytest.raises(GatewayError) as caught:
        connector.post(posting)
    error = caught.value
    assert time.monotonic() - start < 1.5
    assert (error.code, error.is_outcome_unknown, error.retry_after_seconds) == (code, is_unknown, retry_after_seconds)
    assert error.is_retryable
    erp.call("DELETE", "/trouble")
    is_booked = is_unknown and "refuse_status" not in trouble
    give_up = time.monotonic() + 5
    while is_booked and connector.find(posting) is None and time.monotonic() < give_up:
        time.sleep(0.05)  # the slow one and the late one take effect after their time-out
    assert (connector.find(posting) is not None) == is_booked
    reference = connector.post(posting).reference
    assert connector.find(posting).reference == reference  # type: ignore[union-attr]
    assert isinstance(posting.document, PurchaseOrder)
    rows = erp.call("GET", f"/sales-orders?customer=C-1001&customer_order={posting.document.order_number}")[
        "sales_orders"
    ]
    assert len(rows) == 1


def test_an_erp_that_is_gone_for_a_second_is_found_again(erp: SampleErpProcess, connector: SampleErpConnector) -> None:
    posting = order()
    erp.call("POST", "/trouble", {"gone_seconds": 1.0})
    seen = set()
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        try:
            connector.post(posting)
            if seen:
                break
        except GatewayError as error:
            seen.add((error.code, error.is_outcome_unknown))
        time.sleep(0.05)
    assert ("GW-4201", False) in seen
    assert connector.find(posting) is not None


def test_an_erp_that_forgets_keys_is_asked_by_the_customers_order_number(
    erp: SampleErpProcess, connect: Connect
) -> None:
    connector = connect(honours_keys=False)
    posting = order()
    erp.call("POST", "/trouble", {"forget_keys": True})
    first = connector.post(posting)
    assert connector.find(posting).reference == first.reference  # type: ignore[union-attr]
    assert connector.post(posting).reference != first.reference  # which is why nobody may repeat blindly


def test_an_order_under_another_key_is_another_document(connector: SampleErpConnector) -> None:
    posting = order()
    connector.post(posting)
    assert connector.find(Posting(posting.document, posting.account, "the key of a resubmission")) is None


def test_the_same_key_with_another_content_is_refused(connector: SampleErpConnector) -> None:
    posting = order()
    connector.post(posting)
    changed = posting.document.model_copy(update={"order_number": "ANOTHER"})
    with pytest.raises(GatewayError) as caught:
        connector.post(Posting(changed, posting.account, posting.key))
    assert (caught.value.code, caught.value.facts["reason"]) == ("GW-4203", "key-reused")
    assert not caught.value.is_retryable


def test_a_wrong_token_is_said_and_waits(
    erp: SampleErpProcess, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRONG_TOKEN", "not-this-one")
    with pytest.raises(GatewayError) as caught:
        connect(token="env:WRONG_TOKEN").post(order())
    assert (caught.value.code, caught.value.is_retryable) == ("GW-4207", True)
    assert "not-this-one" not in str(caught.value)


def test_a_cursor_of_another_database_is_not_taken_for_the_beginning(connector: SampleErpConnector) -> None:
    with pytest.raises(GatewayError) as caught:
        connector.outgoing("0badc0de.3")
    assert (caught.value.code, caught.value.is_retryable) == ("GW-4208", False)


def test_options_are_checked_all_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_sample_erp("main", {"base_url": "erp", "timeout_seconds": 0, "colour": "red"}, SystemClock())
    assert [complaint.split(":")[0] for complaint in caught.value.complaints] == [
        "connectors.main.base_url",
        "connectors.main.token",
        "connectors.main.timeout_seconds",
        "connectors.main.colour",
    ]
