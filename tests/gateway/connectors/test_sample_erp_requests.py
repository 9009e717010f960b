"""Canonical documents as the sample ERP's JSON, without the ERP."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.connectors.sample_erp_requests import sales_order, vendor_invoice, vendor_ship_notice
from gateway.demo.sample_erp.requests import SalesOrderRequest, VendorDocument
from tests.gateway.connectors.orders import STORE, invoice, order, order_line, ship_notice
from translators.canonical import (
    AllowanceCharge,
    Identifier,
    LineDelivery,
    Money,
    Party,
    PurchaseOrder,
    Quantity,
    TaxTotal,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=80)
NUMBERS = st.decimals(min_value=0, max_value=10**9, places=4)
IDENTIFIERS = st.builds(Identifier, scheme=st.sampled_from(["gtin", "buyer", "seller", "x12:PI"]), value=TEXT)
LINES = st.builds(order_line, TEXT, NUMBERS.map(str), st.just("EA"), NUMBERS.map(str), IDENTIFIERS)


@given(st.lists(LINES, min_size=1, max_size=5), TEXT)
def test_whatever_a_customer_orders_reaches_the_erp_unchanged(lines: list[object], number: str) -> None:
    posting = order(*lines, order_number=number)  # type: ignore[arg-type]
    request = SalesOrderRequest.model_validate(sales_order(posting))
    document = posting.document
    assert isinstance(document, PurchaseOrder)
    assert (request.customer, request.customer_order, request.customer_order_date) == (
        "C-1001",
        number,
        document.issue_date,
    )
    for sent, got in zip(document.lines, request.lines, strict=True):
        assert (got.line_id, got.quantity, got.price) == (
            sent.line_id,
            sent.quantity.value,
            sent.price and sent.price.amount,
        )
        assert [(n.scheme, n.value) for n in got.numbers] == [(i.scheme, i.value) for i in sent.item.identifiers]


def place(number: str) -> Party:
    return Party(role="ship-to", identifier=Identifier(scheme="buyer", value=number))


def ship_to_numbers(*lines: object) -> list[str]:
    parties = sales_order(order(*lines))["parties"]  # type: ignore[arg-type]
    return [party["number"]["value"] for party in parties if party["role"] == "ship-to"]


def test_an_order_goes_to_its_own_place_or_to_that_of_its_lines() -> None:
    delivery = LineDelivery(quantity=Quantity(value=Decimal(24)), ship_to=place("0007"))
    split = order_line().model_copy(update={"deliveries": (delivery,)})
    assert ship_to_numbers(order_line()) == [STORE.identifier and STORE.identifier.value]
    assert ship_to_numbers(order_line(ship_to=place("0006"))) == ["0006"]
    assert ship_to_numbers(split) == ["0007"]
    assert ship_to_numbers(order_line(), order_line(ship_to=place("0006")), split) == ["0005", "0006", "0007"]


def test_every_shipped_line_knows_the_innermost_carton_with_a_number() -> None:
    request = VendorDocument.model_validate(vendor_ship_notice(ship_notice("PO-1", "12", "6")))
    assert [(line.quantity, line.sscc) for line in request.orders[0].lines] == [
        (12, "006141410000000000"),
        (6, "006141410000000001"),
    ]


def test_allowances_are_taken_off_and_charges_and_taxes_added() -> None:
    def amount(value: str) -> Money:
        return Money(amount=Decimal(value))

    posting = invoice(
        "PO-1",
        "1",
        "10",
        "11.50",
        allowances=(
            AllowanceCharge(is_charge=True, code="freight", amount=amount("2")),
            AllowanceCharge(is_charge=False, description="Promotion", amount=amount("1.25")),
            AllowanceCharge(is_charge=False, description="said in percent only", percent=Decimal(2)),
        ),
        taxes=(TaxTotal(kind="state", amount=amount("0.75")),),
    )
    request = VendorDocument.model_validate(vendor_invoice(posting))
    assert [(c.description, c.amount) for c in request.charges] == [
        ("freight", Decimal(2)),
        ("Promotion", Decimal("-1.25")),
        ("tax state", Decimal("0.75")),
    ]
