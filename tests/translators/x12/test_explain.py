"""An interchange explained: every segment is shown, findings stand where they belong, and nothing in a file can become markup."""

from __future__ import annotations

import json

from tests.translators.x12.definitions import CATALOGUE
from tests.translators.x12.generation import interchange_of
from translators.x12 import explain
from translators.x12.finding_codes import CODES

ROWS = [
    ["ST", "850", "0001"],
    ["BEG", "00", "SA", "4711", "", "20261120"],
    ["QQQ", "left over"],
    ["N1", "ST", "<b>Größe</b>".encode().decode("latin-1"), "92", "0012"],
    ["PO1", "1", "10", "QQ", "9.25"],
    ["MEA", "PD", "WT", "2.5", "LB>1"],
    ["SE", "7", "0001"],
]


def test_every_segment_is_shown_with_its_findings_below() -> None:
    lines = explain([interchange_of([ROWS], "004010")], CATALOGUE).text().splitlines()
    assert lines[0].startswith("Interchange 000000001 from ZZ ACME to ZZ US")
    assert "850 purchase order 0001: rejected" in lines[2]
    shown = [line.split()[0:2] for line in lines[3:] if line.split()[0].isdigit()]
    assert shown == [[str(n), row[0]] for n, row in enumerate(ROWS, 1)]
    at = next(i for i, line in enumerate(lines) if " PO1 " in line)
    assert "X12-CODE-UNKNOWN [element 7] PO103" in lines[at + 1]
    assert any("ship to" in line and "Größe" in line for line in lines)


def test_html_is_escaped_and_json_is_plain() -> None:
    explanation = explain([interchange_of([ROWS], "004010")], CATALOGUE)
    html = explanation.html()
    assert "<b>" not in html
    assert "&lt;b&gt;Größe&lt;/b&gt;" in html
    assert "<script" not in html
    assert "style=" not in html
    told = json.loads(json.dumps(explanation.as_json()))
    segments = told["interchanges"][0]["groups"][0]["sets"][0]["segments"]
    assert [s["id"] for s in segments] == [row[0] for row in ROWS]
    assert segments[5]["elements"][3] == {
        "place": "MEA04-1",
        "name": "Unit or Basis for Measurement Code",
        "value": "LB",
        "words": "pound",
        "findings": [],
    }


def test_what_is_no_interchange_is_explained_too() -> None:
    assert "X12-ISA-MISSING" in explain([b"<Order/>"], CATALOGUE).text()


def test_every_code_says_what_it_means_and_what_to_do() -> None:
    for code, row in CODES.items():
        assert code.startswith("X12-")
        assert row.meaning.endswith(".")
        assert row.remedy.endswith(".")
