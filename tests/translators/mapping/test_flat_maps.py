"""Delimited and fixed-width files through their maps: samples both ways, the identity, and files that are wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.translators.mapping.documents import documents
from tests.translators.mapping.shipped import MAPS, ROOT, load, read_with, shipped_map
from translators.mapping import MapErrors, WriteContext, load_map

FLAT_MAPS = tuple(sorted(f"{p.parent.name}/{p.stem}" for d in ("csv", "fixed") for p in (MAPS / d).glob("*.toml")))
SAMPLES = tuple(sorted(p for d in ("csv", "fixed") for p in (MAPS / d / "samples").glob("*") if p.suffix != ".json"))
WRITTEN_ABOUT = {"source", "partner", "is_test"}


def _map_of(path: Path) -> str:
    found = [m for m in FLAT_MAPS if f"{path.parent.parent.name}/{path.stem}".startswith(f"{m}-")]
    return max(found, key=len)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.name)
def test_a_sample_reads_as_its_json_says_and_is_written_the_same(path: Path) -> None:
    by = shipped_map(_map_of(path))
    found = by.trees(path.read_bytes())
    assert found.findings == ()
    readings = [read_with(by, tree, "") for tree in found.trees]
    assert [r.findings for r in readings] == [() for _ in readings]
    got = [
        json.loads(r.document.model_dump_json(exclude_defaults=True, exclude={"source"}))
        for r in readings
        if r.document
    ]
    assert got == json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    writings = [by.write(r.document, WriteContext()) for r in readings if r.document]
    assert [w.findings for w in writings] == [() for _ in writings]
    payload = by.payload([w.tree for w in writings])
    assert payload.findings == ()
    # Numbers are written without what groups their thousands.
    assert payload.content.replace(b"1250,5", b"1.250,5") == path.read_bytes()


def test_every_flat_map_has_a_sample() -> None:
    assert {_map_of(path) for path in SAMPLES} == set(FLAT_MAPS)


@pytest.mark.parametrize("name", FLAT_MAPS)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])
def test_what_is_written_reads_back_the_same(name: str, data: st.DataObject) -> None:
    by = shipped_map(name)
    document = data.draw(documents(by))
    writing = by.write(document, WriteContext())
    assert writing.findings == ()
    payload = by.payload([writing.tree])
    if payload.findings:
        return  # a number too wide for its column is told, not sent
    found = by.trees(payload.content)
    assert found.findings == ()
    ((tree),) = found.trees
    reading = read_with(by, tree, "")
    assert reading.document is not None, reading.findings
    assert reading.document.model_dump(exclude=WRITTEN_ABOUT) == document.model_dump(exclude=WRITTEN_ABOUT)
    assert reading.findings == ()


WRONG_FILES = {
    "nothing in it": ("csv/order", b"", "FLAT-EMPTY", "There are no rows in the file."),
    "titles only": ("csv/order", b"PO Number,PO Date\r\n", "", ""),
    "another file": ("csv/order", b"a,b\n1,2\n", "FLAT-COLUMN-MISSING", "There is no column 'PO Number'"),
    "a title misspelled": ("csv/order", b"PO Numbr,PO Date\n1,2\n", "FLAT-COLUMN-MISSING", "did you mean PO Numbr?"),
    "another encoding": ("csv/order", b"PO Number\n\xff\xfe\xfa\n", "FLAT-ENCODING", "is no utf-8"),
    "an open quote": ("csv/order", b'PO Number\n"4711', "FLAT-QUOTING", "cannot be read"),
    "an unknown row": ("csv/order-records", b"H;1;09.01.2026\r\nX;1\r\n", "FLAT-ROW-ODD", "Row 2 begins with 'X'"),
    "a line without its order": (
        "csv/order-records",
        b"P;10\r\n",
        "FLAT-ROW-ODD",
        "Row 1 is a line row outside any order",
    ),
    "two ship-tos in one order": (
        "csv/order",
        b"PO Number,PO Date,Ship To\n1,2026-01-09,A\n1,2026-01-09,B\n",
        "FLAT-ROW-ODD",
        "Row 3 says another Ship To than row 2",
    ),
    "a row of no kind in fixed columns": (
        "fixed/order",
        b"ZZ what\n",
        "FLAT-ROW-UNKNOWN",
        "Row 1 begins with 'ZZ what'",
    ),
}


@pytest.mark.parametrize("case", WRONG_FILES)
def test_a_wrong_file_is_a_finding(case: str) -> None:
    name, payload, code, sentence = WRONG_FILES[case]
    found = shipped_map(name).trees(payload)
    if not code:
        assert found.trees == ()
        return
    assert [f for f in found.findings if f.code == code and sentence in f.sentence], found.findings


def test_a_value_that_is_no_date_is_found_where_it_stands() -> None:
    by = shipped_map("csv/order")
    (tree,) = by.trees(b"PO Number,PO Date,Line,UPC,Quantity,Unit\n1,soon,1,4006381333931,5,EA\n").trees
    reading = read_with(by, tree, "")
    assert reading.document is None
    sentences = [f.sentence for f in reading.findings]
    assert "segment 2, order02: 'soon' is no date; write it like YYYY-MM-DD" in sentences


def test_a_value_wider_than_its_column_is_a_finding() -> None:
    by = shipped_map("fixed/order")
    (tree,) = by.trees((MAPS / "fixed/samples/order-two-lines.txt").read_bytes()).trees
    document = read_with(by, tree, "").document
    assert document is not None
    long = document.model_copy(update={"order_number": "NS-4711-0000000001"})
    payload = by.payload([by.write(long, WriteContext()).tree])
    assert [f.code for f in payload.findings] == ["FLAT-TOO-WIDE"]


@pytest.mark.skipif(
    not (ROOT.parent / "shared" / "samples" / "csv").is_dir(), reason="the files are not on this machine"
)
def test_files_from_the_field_are_refused_by_a_map_that_is_not_theirs() -> None:
    for path in sorted((ROOT.parent / "shared" / "samples" / "csv").glob("*.csv")):
        found = shipped_map("csv/order").trees(path.read_bytes())
        assert [f.code for f in found.findings] == ["FLAT-COLUMN-MISSING"], path.name


WRONG_FORMATS = {
    "unknown word": ("header = true", "headin = true", "format.headin: is no word of a format; did you mean header?"),
    "unknown layout": ('layout = "flat"', 'layout = "flatt"', "format.layout: no layout flatt; did you mean flat?"),
    "unknown encoding": ('encoding = "utf-8"', 'encoding = "utf-9"', "format.encoding: no encoding utf-9"),
    "unknown column": ('"line.UPC"', '"line.UPCC"', "line.UPCC: no column UPCC in row line; did you mean UPC?"),
    "unknown row": ('"line.UPC"', '"lines.UPC"', "lines.UPC: no row lines; did you mean line?"),
    "group by nothing": (
        '["PO Number"]',
        '["PO No"]',
        "format.group_by: no column PO No in row order; did you mean PO Number?",
    ),
    "a date without a year": ('"YYYY-MM-DD"', '"MM-DD"', "format.date: 'MM-DD' must name YYYY (or YY), MM and DD"),
    "no column": ('"order.PO Number"', '"order"', "'order' names no column; write it like order.PO Number"),
    "two delimiters": ('delimiter = ","', 'delimiter = ",;"', "format.delimiter: must be one character"),
}


@pytest.mark.parametrize("case", WRONG_FORMATS)
def test_a_wrong_format_says_where_and_what_to_do(case: str) -> None:
    was, becomes, complaint = WRONG_FORMATS[case]
    text = (MAPS / "csv/order.toml").read_text(encoding="utf-8")
    assert was in text
    wrong = text.replace(was, becomes, 1).encode()
    with pytest.raises(MapErrors) as caught:
        load_map("csv/wrong", lambda name: wrong if name == "csv/wrong.toml" else load(name))
    assert any(complaint in c for c in caught.value.complaints), caught.value.complaints
