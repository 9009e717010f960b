"""Ship notices whose levels come in any of the usual orders, and leave in the one that the partner's guide names."""

from __future__ import annotations

import pytest

from tests.translators.mapping.shipped import body_of, load, read_with, shipped_map, tree_of
from translators.canonical import ShipNotice
from translators.mapping import Map, MapErrors, load_map
from translators.x12 import Segment

HEAD = [["BSN", "00", "S1", "20260109", "1200"]]
SHIPMENT = ["TD5", "", "2", "UPSN"]
ORDERS = {"PO-A": ["PRF", "PO-A"], "PO-B": ["PRF", "PO-B"]}


def _pack(number: str) -> list[Segment]:
    return [["MAN", "GM", f"00000000000000000{number}"]]


def _item(number: str, quantity: str) -> list[Segment]:
    return [["LIN", number, "VN", f"V-{number}"], ["SN1", "", quantity, "EA"]]


def _body(*levels: tuple[str, str, list[Segment]]) -> list[Segment]:
    """Return a ship notice of (parent's number, level, its segments)."""
    body = list(HEAD)
    for number, (parent, level, segments) in enumerate(levels, start=1):
        body += [["HL", str(number), parent, level], *segments]
    return [*body, ["CTT", str(len(levels))]]


S = ("", "S", [SHIPMENT])
# Each tells the same: two cartons for order A with a line each, and one for order B.
ALIKE = {
    "S/O/P/I": _body(
        S,
        ("1", "O", [ORDERS["PO-A"]]),
        ("2", "P", _pack("1")),
        ("3", "I", _item("1", "5")),
        ("2", "P", _pack("2")),
        ("5", "I", _item("2", "7")),
        ("1", "O", [ORDERS["PO-B"]]),
        ("7", "P", _pack("3")),
        ("8", "I", _item("1", "9")),
    ),
    "S/P/O/I": _body(
        S,
        ("1", "P", _pack("1")),
        ("2", "O", [ORDERS["PO-A"]]),
        ("3", "I", _item("1", "5")),
        ("1", "P", _pack("2")),
        ("5", "O", [ORDERS["PO-A"]]),
        ("6", "I", _item("2", "7")),
        ("1", "P", _pack("3")),
        ("8", "O", [ORDERS["PO-B"]]),
        ("9", "I", _item("1", "9")),
    ),
    "S/O/I/P": _body(
        S,
        ("1", "O", [ORDERS["PO-A"]]),
        ("2", "I", _item("1", "5")),
        ("3", "P", _pack("1")),
        ("2", "I", _item("2", "7")),
        ("5", "P", _pack("2")),
        ("1", "O", [ORDERS["PO-B"]]),
        ("7", "I", _item("1", "9")),
        ("8", "P", _pack("3")),
    ),
    "S/P/I": _body(
        S,
        ("1", "P", _pack("1")),
        ("2", "I", [*_item("1", "5"), ORDERS["PO-A"]]),
        ("1", "P", _pack("2")),
        ("4", "I", [*_item("2", "7"), ORDERS["PO-A"]]),
        ("1", "P", _pack("3")),
        ("6", "I", [*_item("1", "9"), ORDERS["PO-B"]]),
    ),
}


def _read(body: list[Segment], by: Map | None = None) -> ShipNotice:
    reading = read_with(by or shipped_map("x12/856"), tree_of(body, "856", "004010"), "004010")
    assert reading.findings == ()
    assert isinstance(reading.document, ShipNotice)
    return reading.document


def _meaning(notice: ShipNotice) -> list[tuple[str, str, str, str]]:
    """Return order, carton, line and quantity of everything shipped."""
    return [
        (order.order_number, unit.sscc, line.line_id, str(line.shipped.value))
        for order in notice.orders
        for unit in order.units
        for line in unit.lines
    ]


@pytest.mark.parametrize("levels", ALIKE)
def test_the_same_shipment_reads_the_same_in_any_order_of_levels(levels: str) -> None:
    assert _meaning(_read(ALIKE[levels])) == [
        ("PO-A", "000000000000000001", "1", "5"),
        ("PO-A", "000000000000000002", "2", "7"),
        ("PO-B", "000000000000000003", "1", "9"),
    ]
    assert _read(ALIKE[levels]).extensions == ()


def _map_for(levels: str) -> Map:
    text = f'[map]\nextends = "x12/856"\nlevels = "{levels}"\n'.encode()
    return load_map("x12/guide", lambda name: text if name == "x12/guide.toml" else load(name))


@pytest.mark.parametrize("levels", ALIKE)
@pytest.mark.parametrize("received", ALIKE)
def test_it_is_written_in_the_order_the_guide_names(received: str, levels: str) -> None:
    by = _map_for(levels)
    body, complaints = body_of(by, _read(ALIKE[received]), "004010")
    assert complaints == ()
    sent = [s[:4] for s in body if s[0] == "HL"]
    assert sent == [s[:4] for s in ALIKE[levels] if s[0] == "HL"]
    assert sorted(s for s in body if s[0] in ("PRF", "MAN")) == sorted(
        s for s in ALIKE[levels] if s[0] in ("PRF", "MAN")
    )
    assert _read(body, by) == _read(ALIKE[levels], by).model_copy(update={"source": _read(body, by).source})


def test_bsn05_says_the_order_where_no_guide_does() -> None:
    notice = _read(ALIKE["S/O/P/I"]).model_copy(update={"structure": "0003"})
    body, _complaints = body_of(shipped_map("x12/856"), notice, "004010")
    assert [s[3] for s in body if s[0] == "HL"] == ["S", "P", "O", "I", "P", "O", "I", "P", "O", "I"]


def test_a_carton_with_two_orders_is_one_under_each_and_one_again() -> None:
    mixed = _body(
        S,
        ("1", "P", _pack("1")),
        ("2", "O", [ORDERS["PO-A"], ["N1", "BY", "Store 1", "92", "S1"]]),
        ("3", "I", _item("1", "5")),
        ("2", "O", [ORDERS["PO-B"], ["N1", "BY", "Store 2", "92", "S2"]]),
        ("5", "I", _item("1", "9")),
    )
    notice = _read(mixed)
    assert [(o.order_number, [u.sscc for u in o.units]) for o in notice.orders] == [
        ("PO-A", ["000000000000000001"]),
        ("PO-B", ["000000000000000001"]),
    ]
    body, complaints = body_of(_map_for("S/P/O/I"), notice, "004010")
    assert complaints == ()
    assert [s[1:4] for s in body if s[0] == "HL"] == [s[1:4] for s in mixed if s[0] == "HL"]


def test_an_item_in_several_cartons_keeps_them() -> None:
    notice = _read(
        _body(
            S,
            ("1", "O", [ORDERS["PO-A"]]),
            ("2", "I", _item("1", "5")),
            ("3", "P", _pack("1")),
            ("3", "P", _pack("2")),
        )
    )
    (line,) = notice.orders[0].lines
    assert [unit.sscc for unit in line.units] == ["000000000000000001", "000000000000000002"]
    body, complaints = body_of(shipped_map("x12/856"), notice, "004010")
    assert complaints == ()
    assert [s[3] for s in body if s[0] == "HL"] == ["S", "O", "I", "P", "P"]


def test_pallets_hold_cartons_whatever_the_order() -> None:
    notice = _read(
        _body(
            S,
            ("1", "T", _pack("8")),
            ("2", "O", [ORDERS["PO-A"]]),
            ("3", "P", _pack("1")),
            ("4", "I", _item("1", "5")),
            ("3", "P", _pack("2")),
            ("6", "I", _item("2", "7")),
        )
    )
    (pallet,) = notice.orders[0].units
    assert (pallet.level, [unit.sscc[-1] for unit in pallet.units]) == ("tare", ["1", "2"])
    body, _complaints = body_of(_map_for("S/T/O/P/I"), notice, "004010")
    assert [s[3] for s in body if s[0] == "HL"] == ["S", "T", "O", "P", "I", "P", "I"]


def test_items_of_no_order_are_refused_with_what_is_missing() -> None:
    reading = read_with(
        shipped_map("x12/856"),
        tree_of(_body(S, ("1", "P", _pack("1")), ("2", "I", _item("1", "5"))), "856", "004010"),
        "004010",
    )
    assert reading.document is None
    assert [f.sentence for f in reading.findings] == [
        "Order 1 has no order number (PRF01). Ask the partner to send it."
    ]


@pytest.mark.parametrize("levels", ["O/P/I", "S/P/O", "S/X/I", "S/P/P/I", "SOPI"])
def test_an_order_of_levels_that_is_none_is_told(levels: str) -> None:
    with pytest.raises(MapErrors) as caught:
        _map_for(levels)
    assert "must name levels in their order" in caught.value.complaints[0]
