"""Delimited and fixed-width files through their maps: samples both ways, the identity, and files that are wrong."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.translators.mapping.documents import documents
from tests.translators.mapping.shipped import MAPS, ROOT, load, read_with, shipped_map
from translators.canonical import PurchaseOrder
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
    "titles only": ("csv/order", b"PO Number,PO Date,Quantity,UPC\r\n", "", ""),
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
    "UTF-16 without its mark": (
        "csv/order",
        "PO Number,PO Date,UPC,Quantity\n1,2026-01-09,1,1\n".encode("utf-16-le"),
        "FLAT-ENCODING",
        "perhaps as UTF-16",
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
    said = (*found.findings, *(f for each in found.by_document for f in each))
    assert [f for f in said if f.code == code and sentence in f.sentence and f.refuses], said


_TITLES = b"PO Number,PO Date,Ship To,UPC,Quantity\n"
REFUSED_DOCUMENTS = {
    "two ship-tos in one order": (
        b"1,2026-01-09,A,4006381333931,1\n1,2026-01-09,B,4006381333931,1\n2,2026-01-09,B,4006381333931,1\n",
        "FLAT-ROW-DIFFERS",
        "Row 3 says another Ship To than row 2",
    ),
    "a line without the number of its order": (
        b"1,2026-01-09,A,4006381333931,1\n,,,4006381333931,1\n2,2026-01-09,B,4006381333931,1\n",
        "FLAT-ROW-DIFFERS",
        "Row 3 has no PO Number, so nobody can tell whether it belongs to the document of row 2",
    ),
    "a delimiter in a value without quotes": (
        b"1,2026-01-09,A,4006381333931,1,250\n2,2026-01-09,B,4006381333931,1\n",
        "FLAT-ROW-WIDE",
        "Row 2 has 6 values for 5 columns",
    ),
}


@pytest.mark.parametrize("case", REFUSED_DOCUMENTS)
def test_what_rows_contradict_refuses_their_document_and_no_other(case: str) -> None:
    rows, code, sentence = REFUSED_DOCUMENTS[case]
    found = shipped_map("csv/order").trees(_TITLES + rows)
    assert found.findings == ()
    assert len(found.trees) == 2
    ((finding,), others) = found.by_document
    assert others == ()
    assert (finding.code, finding.refuses) == (code, True)
    assert sentence in finding.sentence


RECORDS = (MAPS / "csv/samples/order-records-munich.csv").read_bytes()
FIXED = (MAPS / "fixed/samples/order-two-lines.txt").read_bytes()


@pytest.mark.parametrize(
    ("name", "payload", "code"),
    [
        ("csv/order-records", RECORDS + b"X;1\r\n", "FLAT-ROW-ODD"),
        ("fixed/order", FIXED + b"ZZ what\r\n", "FLAT-ROW-UNKNOWN"),
        ("fixed/order", FIXED.replace(b"  ", b"\t", 1), "FLAT-ROW-UNKNOWN"),
        ("csv/order", _TITLES + b"1,2026-01-09,A,4006381333931,1\n1,2026-01-09,A,4006", "FLAT-CUT"),
    ],
)
def test_a_row_that_may_be_a_line_is_never_passed_over(name: str, payload: bytes, code: str) -> None:
    found = shipped_map(name).trees(payload)
    said = [f for f in (*found.findings, *(f for each in found.by_document for f in each)) if f.refuses]
    assert [f.code for f in said][:1] == [code]


def test_a_short_last_row_with_an_end_is_whole() -> None:
    """A spreadsheet leaves out empty cells at the end of a row."""
    found = shipped_map("csv/order").trees(_TITLES.replace(b"\n", b",Note\n") + b"1,2026-01-09,A,4006381333931,1\n")
    assert found.by_document == ((),)


def test_a_row_may_leave_out_what_the_first_row_of_its_document_said() -> None:
    found = shipped_map("csv/order").trees(_TITLES + b"1,2026-01-09,A,4006381333931,1\n1,,,4006381333931,1\n")
    assert found.by_document == ((),)
    assert len(found.trees[0].loops) == 2


@pytest.mark.parametrize(
    "text", ["12,5", "1,2,3", "1,2345", "1 2", "1,250,5", "١٢", "1e3", "1_000", "NaN", ".", "-", "1.2.3", "5-"]
)
def test_a_number_in_another_notation_is_refused_and_not_guessed(text: str) -> None:
    (tree,) = shipped_map("csv/order").trees(_TITLES + f'1,2026-01-09,A,4006381333931,"{text}"\n'.encode()).trees
    reading = read_with(shipped_map("csv/order"), tree, "")
    assert reading.document is None
    assert f"{text!r} is no number" in reading.findings[0].sentence


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,250", 1250), ("1 250.5", "1250.5"), ("1,250,000.5", "1250000.5"), (".5", "0.5"), ("-3.", -3)],
)
def test_thousands_are_grouped_by_threes(text: str, value: str | int) -> None:
    (tree,) = shipped_map("csv/order").trees(_TITLES + f'1,2026-01-09,A,4006381333931,"{text}"\n'.encode()).trees
    document = read_with(shipped_map("csv/order"), tree, "").document
    assert isinstance(document, PurchaseOrder)
    assert document.lines[0].quantity.value == Decimal(value)


@pytest.mark.parametrize("text", ["1E999999999", "1e3", "1_0", "30.5", "Infinity", "9" * 30])
def test_a_whole_number_is_digits(text: str) -> None:
    by = shipped_map("csv/invoice-lines")
    function = by.format.wire.functions["whole"]
    with pytest.raises(ValueError, match="is no whole number"):
        function.read(text)
    assert function.read("30.0") == 30


def test_a_value_that_is_no_date_is_found_where_it_stands() -> None:
    by = shipped_map("csv/order")
    (tree,) = by.trees(b"PO Number,PO Date,Line,UPC,Quantity,Unit\n1,soon,1,4006381333931,5,EA\n").trees
    reading = read_with(by, tree, "")
    assert reading.document is None
    sentences = [f.sentence for f in reading.findings]
    assert "segment 2, order02: 'soon' is no date; write it like YYYY-MM-DD or YYYYMMDD or MM/DD/YYYY" in sentences


def test_a_value_wider_than_its_column_is_a_finding() -> None:
    by = shipped_map("fixed/order")
    (tree,) = by.trees((MAPS / "fixed/samples/order-two-lines.txt").read_bytes()).trees
    document = read_with(by, tree, "").document
    assert document is not None
    long = document.model_copy(update={"order_number": "NS-4711-0000000001"})
    payload = by.payload([by.write(long, WriteContext()).tree])
    assert [f.code for f in payload.findings] == ["FLAT-TOO-WIDE"]


# What the files from the field come to: the map that is tried, and how many documents it gives or what is said instead.
FIELD = ROOT.parent / "shared" / "samples" / "csv"
VERDICTS = {
    # A shop's export: titles of its own, American dates, an item known by its name only.
    "Azure__logicapps__Online-Store-Orders-Sample.csv": ("csv/order", 16, ()),
    # Each line is of an order of its own, which it names; units PCE and KGM.
    "smooks__smooks-examples__input-message.csv": ("csv/order", 3, ()),
    "blueseerERP__blueseer__ACME_CSV_invoice.csv": ("csv/invoice-lines", 1, ()),
    # Two halves of one order in two files: the heads without lines, the lines without the date of the order.
    "aws-samples__sample-predictive-supply-chain-orchestrator__purchase_orders.csv": (
        "csv/order",
        0,
        (
            "There is no column 'Quantity'.",
            "There is no column 'Description' or 'UPC' or 'Buyer Item' or 'Vendor Item'.",
        ),
    ),
    "aws-samples__sample-predictive-supply-chain-orchestrator__purchase_order_lines.csv": (
        "csv/order",
        0,
        ("There is no column 'PO Date'. The file has po_line_id, po_id, material_id",),
    ),
    # Numbers of the order under a title that names a system, and no date at all.
    "blueseerERP__blueseer__ACME_CSV_D365.csv": (
        "csv/order",
        0,
        ("There is no column 'PO Number'; did you mean OrderNumberD365?", "There is no column 'PO Date'."),
    ),
    "blueseerERP__blueseer__ACME_CSV_order.csv": (
        "csv/order",
        0,
        ("There is no column 'PO Number'; did you mean PONumberLM?", "There is no column 'PO Date'."),
    ),
}


@pytest.mark.skipif(not FIELD.is_dir(), reason="the files are not on this machine")
def test_every_file_from_the_field_has_a_verdict() -> None:
    assert {p.name for p in FIELD.glob("*.csv")} <= set(VERDICTS)


@pytest.mark.skipif(not FIELD.is_dir(), reason="the files are not on this machine")
@pytest.mark.parametrize("file", VERDICTS)
def test_a_file_from_the_field_translates_or_is_refused_by_what_it_lacks(file: str) -> None:
    name, count, sentences = VERDICTS[file]
    by = shipped_map(name)
    found = by.trees((FIELD / file).read_bytes())
    assert len(found.trees) == count
    assert len(found.findings) == len(sentences)
    for finding, sentence in zip(found.findings, sentences, strict=True):
        assert finding.code == "FLAT-COLUMN-MISSING"
        assert finding.sentence.startswith(sentence)
    readings = [read_with(by, tree, "") for tree in found.trees]
    assert all(reading.is_accepted and reading.findings == () for reading in readings)
    for document in [reading.document for reading in readings if reading.document is not None]:
        again = by.trees(by.payload([by.write(document, WriteContext()).tree]).content)
        reading = read_with(by, again.trees[0], "")
        assert reading.document is not None
        assert reading.document.model_dump(exclude={"source"}) == document.model_dump(exclude={"source"})


def test_titles_are_found_by_other_names_and_in_any_order() -> None:
    by = shipped_map("csv/order")
    (tree,) = by.trees("QTY;sku;order_number;ORDER DATE\n5;A-1;77;01/09/2026\n".replace(";", ",").encode()).trees
    document = read_with(by, tree, "").document
    assert document is not None
    found = json.loads(document.model_dump_json(exclude_defaults=True, exclude={"source"}))
    assert (found["order_number"], found["issue_date"]) == ("77", "2026-01-09")
    assert found["lines"][0]["item"]["identifiers"] == [{"scheme": "seller", "value": "A-1"}]


def test_a_title_that_may_mean_something_else_is_not_guessed() -> None:
    """A customer's name is no order number, an item's number no line number, and the day goods leave is not the day they are there."""
    by = shipped_map("csv/order")
    rows = "Order No,Order Date,Name,Item No,Qty,Ship Date\n77,2026-01-09,Ada Byrne,A-1,5,2026-01-15\n78,2026-01-09,Ada Byrne,A-1,5,\n"
    readings = [read_with(by, tree, "").document for tree in by.trees(rows.encode()).trees]
    assert [one.order_number for one in readings if isinstance(one, PurchaseOrder)] == ["77", "78"]
    first = readings[0]
    assert isinstance(first, PurchaseOrder)
    assert (first.lines[0].line_id, first.lines[0].item.identifier("seller"), first.requested_delivery) == (
        "",
        "A-1",
        None,
    )
    assert {e.value for e in first.lines[0].extensions} == {"column*Name*Ada Byrne", "column*Ship Date*2026-01-15"}


def test_a_file_with_another_delimiter_is_refused_with_that() -> None:
    (finding,) = shipped_map("csv/order").trees(b"PO Number;PO Date\n1;2026-01-09\n").findings[:1]
    assert "the titles are separated by semicolons, which the map does not say" in finding.sentence


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "cp850", "latin-1")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_is_read_in_its_encoding_and_a_mark_wins(encoding: str) -> None:
    text = (MAPS / "csv/order.toml").read_text(encoding="utf-8")
    said = "utf-8" if encoding in ("utf-8-sig", "utf-16", "utf-32") else encoding
    own = text.replace('encoding = "utf-8"', f'encoding = "{said}"').encode()
    by = load_map("csv/other", lambda name: own if name == "csv/other.toml" else load(name))
    rows = 'PO Number,PO Date,Ship To Name,Vendor Item,Quantity\r\n1,2026-01-09,"Käse, ""Süd""",A-1,5\r\n'
    (tree,) = by.trees(rows.encode(encoding)).trees
    document = read_with(by, tree, "").document
    assert document is not None
    ship_to = document.party("ship-to")
    assert ship_to is not None
    assert ship_to.name == 'Käse, "Süd"'
    written = by.payload([by.write(document, WriteContext()).tree]).content
    assert 'Käse, ""Süd""' in written.decode(said)


WRONG_FORMATS = {
    "unknown word": ("header = true", "headin = true", "format.headin: is no word of a format; did you mean header?"),
    "unknown layout": ('layout = "flat"', 'layout = "flatt"', "format.layout: no layout flatt; did you mean flat?"),
    "unknown encoding": ('encoding = "utf-8"', 'encoding = "utf-9"', "format.encoding: no encoding utf-9"),
    "unknown column": ('"line.UPC"', '"line.UPCC"', "line.UPCC: no column UPCC in row line; did you mean UPC?"),
    "unknown row": ('"line.UPC"', '"lines.UPC"', "lines.UPC: no row lines; did you mean line?"),
    "group by nothing": (
        'group_by = ["PO Number"]',
        'group_by = ["PO No"]',
        "format.group_by: no column PO No in row order; did you mean PO Number?",
    ),
    "a date without a year": ('"YYYY-MM-DD", ', '"MM-DD", ', "format.date: 'MM-DD' must name YYYY (or YY), MM and DD"),
    "no column": ('"order.PO Number"', '"order"', "'order' names no column; write it like order.PO Number"),
    "a title of no column": (
        '"PO Date" = [',
        '"PO Dat" = [',
        "rows.order.titles.PO Dat: is no column of row order; did you mean PO Date?",
    ),
    "titles that are no list": (
        '"Department" = ["Dept"]',
        '"Department" = "Dept"',
        'rows.order.titles.Department: must be a list of titles, such as ["Order Number"]',
    ),
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
