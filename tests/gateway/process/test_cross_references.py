"""Cross references over canonical documents: which entry wins, what is looked up by what, and both ways."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from gateway.process.cross_references import Entries, Words, cross_referenced, needs, spoken_terms
from gateway.profiles import CrossReferenceTable as Table
from gateway.states import Direction
from gateway.store.cross_references import Entry, same_values
from translators.canonical import (
    HandlingUnit,
    Identifier,
    Item,
    LineDelivery,
    OrderLine,
    Party,
    PaymentTerms,
    PurchaseOrder,
    Quantity,
    ShipmentOrder,
    ShipNotice,
    ShippedLine,
)

IN = Words(Direction.IN, ours="seller", theirs="buyer")
OUT = Words(Direction.OUT, ours="seller", theirs="buyer")


def entry(table: Table, theirs: str, ours: str, partner: str = "acme", scheme: str = "") -> Entry:
    return Entry(table, partner, scheme, theirs, ours)


def identified(*pairs: tuple[str, str]) -> Item:
    return Item(identifiers=tuple(Identifier(scheme=s, value=v) for s, v in pairs))


def bought(item: Item, **further: object) -> PurchaseOrder:
    line = OrderLine(line_id="1", quantity=Quantity(value=Decimal(2), unit="XCS"), item=item)
    return PurchaseOrder(order_number="A-1", issue_date=date(2026, 3, 2), lines=(line,), **further)


def changed(document: object, words: Words, *found: Entry):
    return cross_referenced(document, words, Entries(found, "acme"))


@pytest.mark.parametrize(
    ("found", "ours"),
    [
        ([entry(Table.ITEM, "B-1", "1", ""), entry(Table.ITEM, "B-1", "2")], "2"),
        ([entry(Table.ITEM, "B-1", "1"), entry(Table.ITEM, "B-1", "2", scheme="buyer")], "2"),
        ([entry(Table.ITEM, "B-1", "1"), entry(Table.ITEM, "B-1", "2", "", "buyer")], "1"),
        ([entry(Table.ITEM, "B-1", "1", scheme="gtin"), entry(Table.ITEM, "B-1", "2", "")], "2"),
        ([entry(Table.ITEM, "B-1", "1", "other")], ""),
    ],
)
def test_the_partners_own_wins_and_then_the_one_of_the_scheme(found: list[Entry], ours: str) -> None:
    relevant = [e for e in found if e.partner in ("acme", "")]  # the store hands out no others
    done = changed(bought(identified(("buyer", "B-1"))), IN, *relevant)
    assert done.document.lines[0].item.identifier("seller") == ours


def test_a_gtin_is_found_with_and_without_leading_zeros() -> None:
    for theirs in ("614141000012", "0614141000012", "00614141000012"):
        for sent in ("614141000012", "00614141000012"):
            done = changed(bought(identified(("gtin", sent))), IN, entry(Table.ITEM, theirs, "OUR-9", "", "gtin"))
            assert done.document.lines[0].item.identifier("seller") == "OUR-9", (theirs, sent)
    assert same_values("buyer", "0012") == ("0012",)
    assert same_values("", "12") == ("12",)


def test_a_wrong_number_of_ours_that_they_use_is_corrected_and_given_back() -> None:
    theirs = identified(("seller", "V-OLD"), ("gtin", "614141000012"))
    known = entry(Table.ITEM, "V-OLD", "OUR-9", scheme="seller")
    ours = changed(bought(theirs), IN, known).document.lines[0].item
    assert [(i.scheme, i.value) for i in ours.identifiers] == [("seller", "OUR-9"), ("gtin", "614141000012")]
    back = changed(bought(ours), OUT, known).document.lines[0].item
    assert back.identifier("seller") == "V-OLD"


def test_going_out_their_number_is_added_and_one_that_is_there_stays() -> None:
    known = entry(Table.ITEM, "B-1", "OUR-9")
    added = changed(bought(identified(("seller", "OUR-9"))), OUT, known).document.lines[0].item
    assert [(i.scheme, i.value) for i in added.identifiers] == [("buyer", "B-1"), ("seller", "OUR-9")]
    there = bought(identified(("buyer", "B-2"), ("seller", "OUR-9")))
    assert changed(there, OUT, known).document is there


def test_of_several_of_theirs_the_first_that_was_set_goes_out() -> None:
    first, second = entry(Table.ITEM, "B-7", "OUR-9"), entry(Table.ITEM, "B-1", "OUR-9")
    for_all = entry(Table.ITEM, "B-0", "OUR-9", "")
    done = changed(bought(identified(("seller", "OUR-9"))), OUT, for_all, first, second)
    assert done.document.lines[0].item.identifier("buyer") == "B-7"


def test_units_places_terms_and_carriers_change_both_ways() -> None:
    store = Party(role="ship-to", identifier=Identifier(scheme="gln", value="0614141000005"))
    delivery = LineDelivery(quantity=Quantity(value=Decimal(1), unit="x12:ZZ"), ship_to=store)
    line = OrderLine(line_id="7", quantity=Quantity(value=Decimal(2), unit="XCS"), item=Item(), deliveries=(delivery,))
    terms = PaymentTerms(discount_percent=Decimal("2.00"), discount_days=10, net_days=30)
    order = PurchaseOrder(
        order_number="A-1",
        issue_date=date(2026, 3, 2),
        lines=(line,),
        parties=(store,),
        payment_terms=(terms,),
        carrier="RDWY",
    )
    found = (
        entry(Table.UNIT, "XCS", "CS"),
        entry(Table.UNIT, "ZZ", "PCE", scheme="x12"),
        entry(Table.LOCATION, "0614141000005", "D-7", scheme="gln"),
        entry(Table.TERMS, "2/10 N30", "T210"),
        entry(Table.CARRIER, "RDWY", "YRC", ""),
    )
    ours = changed(order, IN, *found)
    assert ours.missing == ()
    document = ours.document
    assert document.lines[0].quantity.unit == "CS"
    assert document.lines[0].deliveries[0].quantity.unit == "PCE"
    assert document.lines[0].deliveries[0].ship_to.identifier.value == "D-7"
    assert document.parties[0].identifier == Identifier(scheme="seller", value="D-7")
    assert (document.payment_terms[0].type_code, document.payment_terms[0].net_days) == ("T210", 30)
    assert document.carrier == "YRC"
    back = changed(document, OUT, *found).document
    assert back.model_copy(update={"payment_terms": order.payment_terms}) == order
    assert back.payment_terms[0].type_code == "2/10 N30"


def test_a_ship_notice_is_gone_through_to_its_inner_cartons() -> None:
    line = ShippedLine(item=identified(("seller", "OUR-9")), shipped=Quantity(value=Decimal(1), unit="CS"))
    unit = HandlingUnit(level="tare", units=(HandlingUnit(lines=(line,)),))
    weight = Quantity(value=Decimal(9), unit="CS")  # a weight is never looked up
    notice = ShipNotice(
        shipment_number="S-1",
        issued_at=datetime(2026, 3, 2, 9, 0),  # noqa: DTZ001  local at the ship-from
        gross_weight=weight,
        carrier=Identifier(scheme="scac", value="YRC"),
        orders=(ShipmentOrder(order_number="A-1", units=(unit,)),),
    )
    found = (entry(Table.ITEM, "B-1", "OUR-9"), entry(Table.UNIT, "XCS", "CS"), entry(Table.CARRIER, "RDWY", "YRC"))
    done = changed(notice, OUT, *found).document
    inner = done.orders[0].units[0].units[0].lines[0]
    assert (inner.item.identifier("buyer"), inner.shipped.unit) == ("B-1", "XCS")
    assert done.carrier == Identifier(scheme="scac", value="RDWY")
    assert done.gross_weight == weight


def test_what_has_no_entry_is_missing_once_for_each_place_and_the_document_is_the_same() -> None:
    order = bought(identified(("buyer", "B-1")), parties=(Party(role="ship-to", name="Store 12"),))
    done = changed(order, IN)
    assert done.document is order
    assert [(n.table, n.keys[0].value, n.where) for n in done.missing] == [
        (Table.UNIT, "XCS", "line 1"),
        (Table.ITEM, "B-1", "line 1"),
    ]
    assert {n.table for n in needs(order, IN)} == {Table.UNIT, Table.ITEM}


def test_terms_are_spoken_as_people_do() -> None:
    assert spoken_terms(PaymentTerms(net_days=60)) == "N60"
    assert spoken_terms(PaymentTerms(discount_percent=Decimal("1.5"), discount_days=10, net_days=30)) == "1.5/10 N30"
    assert spoken_terms(PaymentTerms(description="cash")) == ""
