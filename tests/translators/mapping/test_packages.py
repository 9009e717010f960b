"""Packages that a format names at each line, and what is in each in the canonical document."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from tests.translators.mapping.shipped import read_with, shipped_map
from translators.canonical import HandlingUnit, Item, Quantity, ShipmentOrder, ShipNotice, ShippedLine
from translators.mapping import WriteContext
from translators.mapping.packages import by_line, by_package


def _line(number: str) -> ShippedLine:
    return ShippedLine(line_id=number, item=Item(description="rope"), shipped=Quantity(value=Decimal(number)))


PALLET = HandlingUnit(
    level="tare",
    sscc="001",
    units=(
        HandlingUnit(sscc="011", lines=(_line("1"), _line("2"))),
        HandlingUnit(sscc="012", units=(HandlingUnit(level="inner", sscc="121", lines=(_line("3"),)),)),
    ),
)
NOTICE = ShipNotice(
    shipment_number="S1",
    issued_at=datetime.fromisoformat("2026-01-15T00:00:00"),
    orders=(ShipmentOrder(order_number="4711", units=(PALLET, HandlingUnit(sscc="002", lines=(_line("4"),)))),),
)


def test_a_tree_of_packages_survives_being_told_line_by_line() -> None:
    flat = by_line(NOTICE)
    assert isinstance(flat, ShipNotice)
    assert flat.orders[0].units == ()
    assert [line.line_id for line in flat.orders[0].lines] == ["1", "2", "3", "4"]
    assert by_package(flat) == NOTICE


def test_ubl_names_the_pallet_and_the_carton_of_each_line_and_reads_them_back_as_a_tree() -> None:
    by = shipped_map("ubl/despatch-advice")
    writing = by.write(NOTICE, WriteContext())
    assert writing.findings == ()
    (tree,) = by.trees(by.payload([writing.tree]).content).trees
    document = read_with(by, tree, "").document
    assert isinstance(document, ShipNotice)
    assert document.orders[0].units == NOTICE.orders[0].units
    where = document.source.positions
    assert {path.split("/lines/")[0] for path in where if path.endswith("shipped/value")} == {
        "orders/0/units/0/units/0",
        "orders/0/units/0/units/1/units/0",
        "orders/0/units/1",
    }


def test_rows_name_the_carton_of_each_line() -> None:
    by = shipped_map("csv/ship-notice-lines")
    carton = HandlingUnit(sscc="00100061410000000012", lines=(_line("1"), _line("2")))
    notice = NOTICE.model_copy(update={"orders": (ShipmentOrder(order_number="4711", units=(carton,)),)})
    writing = by.write(notice, WriteContext())
    assert writing.findings == ()
    (tree,) = by.trees(by.payload([writing.tree]).content).trees
    document = read_with(by, tree, "").document
    assert isinstance(document, ShipNotice)
    assert document.orders == notice.orders


def test_packages_without_a_number_are_not_taken_for_one() -> None:
    line = _line("1").model_copy(update={"units": (HandlingUnit(),)})
    flat = NOTICE.model_copy(update={"orders": (ShipmentOrder(order_number="1", lines=(line, line)),)})
    document = by_package(flat)
    assert isinstance(document, ShipNotice)
    assert len(document.orders[0].units) == 2
