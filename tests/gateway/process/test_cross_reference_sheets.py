"""Cross references as CSV: what is written is read back letter for letter, and every bad row is told."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.process.cross_reference_sheets import COLUMNS, sheet_of, unguarded, written
from gateway.profiles import CrossReferenceTable
from gateway.store.cross_references import Entry

PARTNERS = ["acme", "hill-street"]
ITEM = CrossReferenceTable.ITEM
HEADING = "table,partner,scheme,theirs,ours,note\r\n"

texts = (
    st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from("=+-@',;\" "), min_size=1, max_size=40)
    .map(str.strip)
    .filter(lambda t: t and t.isprintable() and not sheet_of(f"{HEADING}item,,,A,A,\r\n".encode(), []).complaints)
    .filter(lambda t: "E" not in t.upper())
)
entries = st.builds(
    Entry,
    table=st.sampled_from(CrossReferenceTable),
    partner=st.sampled_from(["", *PARTNERS]),
    scheme=st.sampled_from(["", "gtin", "gln"]),
    theirs=texts,
    ours=texts,
    note=texts | st.just(""),
)


@given(st.lists(entries, unique_by=lambda e: e.key))
def test_what_is_written_is_read_back_letter_for_letter(given_entries: list[Entry]) -> None:
    sheet = sheet_of(written(given_entries).encode(), PARTNERS)
    assert sheet.complaints == ()
    assert list(sheet.entries) == given_entries


@given(st.lists(entries, min_size=1, unique_by=lambda e: e.key))
def test_no_cell_is_a_formula(given_entries: list[Entry]) -> None:
    for row in csv.reader(io.StringIO(written(given_entries), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_spreadsheets_save_is_recognised(encoding: str, delimiter: str) -> None:
    rows = [COLUMNS, ("item", "acme", "", "Schlüssel 5", "OUR-5", 'with "quotes"\nand a break'.replace("\n", " "))]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    sheet = sheet_of(out.getvalue().encode(encoding), PARTNERS)
    assert sheet.complaints == ()
    assert [e.theirs for e in sheet.entries] == ["Schlüssel 5"]


def test_another_encoding_is_named_and_a_wrong_one_is_told() -> None:
    content = f"{HEADING}item,acme,,Schlüssel,OUR-5,\r\n".encode("cp1252")
    assert [e.theirs for e in sheet_of(content, PARTNERS, "cp1252").entries] == ["Schlüssel"]
    assert "Line 2 is no UTF-8" in sheet_of(content, PARTNERS).complaints[0]
    assert "no encoding ebcdik" in sheet_of(content, PARTNERS, "ebcdik").complaints[0]


def test_every_bad_row_is_told_with_its_line() -> None:
    rows = [
        "item,acme,,A,1,",
        "itm,acme,,B,2,",
        "item,acmee,,C,3,",
        "item,acme,,,4,",
        'item,acme,,"D\nE",5,',
        "item,acme,,6.14E+11,6,",
        "item,acme,GTIN 12,F,7,",
        "item,acme,,A,8,",
        "item,acme,,G,9,,,",
        f"item,acme,,{'H' * 129},10,",
    ]
    sheet = sheet_of((HEADING + "\r\n".join(rows)).encode(), PARTNERS)
    assert sheet.entries == ()
    told = "\n".join(sheet.complaints)
    for words in (
        "Line 3: there is no table 'itm'",
        "Line 4: there is no partner 'acmee'; did you mean acme?",
        "Line 5: theirs is empty.",
        "Line 7: theirs holds characters that cannot be printed.",  # it ends in line 7 of the file
        "Line 8: theirs is 6.14E+11: a spreadsheet",
        "Line 9: 'GTIN 12' is no scheme",
        "Line 10: A is 8 here and 1 in line 2.",
        "Line 11: 8 cells under 6 headings.",
        "Line 12: theirs has 129 characters",
    ):
        assert words in told
    assert len(sheet.complaints) == 9


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "the column theirs is missing"),
        ("theirs,ours\r\n", "the column table is missing; or say --table"),
        ("table,their,ours\r\n", "no column 'their'; did you mean theirs?"),
        ("table,theirs,ours,ours\r\n", "the column ours is there twice"),
        (HEADING + 'item,,,"A"B,1,\r\n', "Line 2:"),
        (HEADING + 'item,,,"A,1,\r\n', "Line 2:"),
    ],
)
def test_a_file_that_is_no_table_is_told_so(content: str, told: str) -> None:
    assert told in "\n".join(sheet_of(content.encode(), PARTNERS).complaints)


def test_table_and_partner_may_be_said_beside_the_file() -> None:
    sheet = sheet_of(b"theirs,ours\r\nA,1\r\n\r\nB,2\r\n", PARTNERS, table="item", partner="acme")
    assert [(e.table, e.partner, e.theirs) for e in sheet.entries] == [(ITEM, "acme", "A"), (ITEM, "acme", "B")]


def test_only_a_guard_is_taken_away() -> None:
    assert [unguarded(cell) for cell in ("'=1", "'a", "''x", "'", "=1")] == ["=1", "'a", "'x", "'", "=1"]
