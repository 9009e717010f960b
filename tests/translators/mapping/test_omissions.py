"""What a document says and a format has no place for is told; what would change its meaning is not written."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway import shipped
from translators.canonical import Contact, Item, Money, OrderLine, PurchaseOrder, Quantity
from translators.findings import Severity
from translators.mapping import Map, WriteContext, load_map


def shipped_map(name: str) -> Map:
    def load(path: str) -> bytes | None:
        file = shipped.maps_dir() / path
        return file.read_bytes() if file.is_file() else None

    return load_map(name, load)


def order(**changes: object) -> PurchaseOrder:
    line = OrderLine(
        line_id="1",
        quantity=Quantity(value=Decimal(5), unit="EA"),
        price=Money(amount=Decimal("2.50"), currency="USD"),
        item=Item(description="Hammer"),
        price_basis=str(changes.pop("price_basis", "")),
    )
    values = {"order_number": "A-1", "issue_date": "2026-03-02", "lines": (line,), **changes}
    return PurchaseOrder.model_validate(values)


@pytest.mark.parametrize("name", ["ubl/order", "csv/order", "cxml/order"])
@pytest.mark.parametrize(("basis", "words"), [("HP", "a hundred"), ("TP", "a thousand")])
def test_a_price_for_many_is_not_written_as_one_for_each(name: str, basis: str, words: str) -> None:
    writing = shipped_map(name).write(order(price_basis=basis), WriteContext())
    (refusal,) = [f for f in writing.findings if f.code == "MAP-PRICE-BASIS"]
    assert (refusal.severity, refusal.value, refusal.position.segment_id) == (
        Severity.ERROR,
        basis,
        "lines/0/price_basis",
    )
    assert words in refusal.sentence
    assert not writing.is_accepted


def test_where_the_format_says_the_basis_it_is_written() -> None:
    writing = shipped_map("x12/850").write(order(price_basis="HP"), WriteContext(release="004010"))
    assert "MAP-PRICE-BASIS" not in {f.code for f in writing.findings}


def test_what_has_no_place_is_named_once_and_refuses_nothing() -> None:
    document = order(contacts=(Contact(name="Ms Lee"),), carrier="RDWY", price_basis="PE")
    writing = shipped_map("csv/order").write(document, WriteContext())
    (told,) = [f for f in writing.findings if f.code == "MAP-LEFT-OUT"]
    assert told.severity is Severity.NOTE
    assert told.sentence == "csv/order has no place for contacts, carrier, lines/price_basis: not sent."


def test_a_document_that_a_map_can_hold_is_told_nothing() -> None:
    for name in ("x12/850", "ubl/order", "csv/order"):
        writing = shipped_map(name).write(order(), WriteContext(release="004010"))
        assert not [f for f in writing.findings if f.code == "MAP-LEFT-OUT"], name
