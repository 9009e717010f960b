"""Quantities in packages: cases on the wire, what they hold in the canonical document, and back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.translators.mapping.shipped import body_of, load, read_with, tree_of
from translators.canonical import PurchaseOrder
from translators.mapping import Map, load_map

MAP = b"""
[map]
wire = "x12"
set = "850"
document = "purchase_order"
releases = ["004010"]

[header]
order_number = "BEG03"
issue_date = "BEG05"
with = { BEG01 = "00", BEG02 = "SA" }

[lines]
each = "PO1"

[lines.quantity]
value = "PO102"
unit = { path = "PO103", table = "units" }
packs = { factor = "PO401", package = "XCS", unit = "EA" }

[lines.item]
pack_size = "PO401"
identifiers = { pairs = "PO106", table = "product_schemes" }
"""


def _map() -> Map:
    return load_map("x12/packs", lambda name: MAP if name == "x12/packs.toml" else load(name))


WIRES = {
    "cases of twelve": (["PO1", "1", "2", "CA", "", "", "VN", "A"], ["PO4", "12"], "24", "EA"),
    "cases of nothing said": (["PO1", "1", "2", "CA", "", "", "VN", "A"], [], "2", "XCS"),
    "eaches that fill no case": (["PO1", "1", "7", "EA", "", "", "VN", "A"], ["PO4", "12"], "7", "EA"),
}


@pytest.mark.parametrize("case", WIRES)
def test_what_is_ordered_in_packages_is_counted_in_what_they_hold(case: str) -> None:
    line, pack, value, unit = WIRES[case]
    body = [["BEG", "00", "SA", "1", "", "20260109"], line, *([pack] if pack else []), ["CTT", "1"]]
    document = read_with(_map(), tree_of(body, "850", "004010"), "004010").document
    assert isinstance(document, PurchaseOrder)
    quantity = document.lines[0].quantity
    assert (quantity.value, quantity.unit) == (Decimal(value), unit)
    written, complaints = body_of(_map(), document, "004010")
    assert complaints == ()
    assert line in written
    assert (pack in written) is bool(pack)


def test_a_pack_factor_that_is_no_number_multiplies_nothing() -> None:
    body = [
        ["BEG", "00", "SA", "1", "", "20260109"],
        ["PO1", "1", "2", "CA", "", "", "VN", "A"],
        ["PO4", "X"],
        ["CTT", "1"],
    ]
    reading = read_with(_map(), tree_of(body, "850", "004010"), "004010")
    assert isinstance(reading.document, PurchaseOrder)
    assert reading.document.lines[0].quantity.unit == "XCS"
    assert [f.code for f in reading.findings] == ["MAP-VALUE"]
