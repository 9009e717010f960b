"""An interchange explained: every segment is shown, findings stand where they belong, and nothing in a file can become markup."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tests.translators.x12.definitions import CATALOGUE
from tests.translators.x12.generation import interchange_of
from translators.findings import Finding, Level
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
    assert "850 purchase order 0001: refused" in lines[2]
    shown = [line.split()[0:2] for line in lines[3:] if line.split()[0].isdigit()]
    assert shown == [[str(n), row[0]] for n, row in enumerate(ROWS, 1)]
    at = next(i for i, line in enumerate(lines) if " PO1 " in line)
    assert "X12-CODE-UNKNOWN [AK403 7] PO103" in lines[at + 1]
    assert any("ship to" in line and "Größe" in line for line in lines)


def test_the_standards_code_stands_beside_the_element_of_the_answer_that_carries_it() -> None:
    """A bare number would read as a position."""
    explanation = explain([interchange_of([ROWS], "004010")], CATALOGUE)
    for code in ("AK304 1", "AK403 7"):
        assert f"[{code}]" in explanation.text()
        assert f"[{code}]" in explanation.html()
    ours = Finding("MAP-GUIDE", "REF is missing.", level=Level.SEGMENT, x12_code="I9")
    assert (ours.answered, Finding("X12-ISA-SHORT", "").answered) == ("IK304 I9", "")


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


def test_implied_decimals_are_written_out() -> None:
    rows = [["ST", "810", "0001"], ["BIG", "20261121", "I1"], ["TDS", "3847338"], ["SE", "4", "0001"]]
    assert "Amount: 3847338 (38473.38)" in explain([interchange_of([rows], "004010")], CATALOGUE).text()


def test_the_codes_of_an_answer_are_told_in_words() -> None:
    rows = [
        ["ST", "997", "0001"],
        ["AK1", "PO", "101"],
        ["AK2", "850", "0001"],
        ["AK3", "PO1", "3", "PO1", "8"],
        ["AK4", "3", "355", "7", "QQ"],
        ["AK5", "R", "5"],
        ["AK9", "R", "1", "1", "0"],
        ["SE", "8", "0001"],
    ]
    said = explain([interchange_of([rows], "004010")], CATALOGUE).text()
    for words in ("850 (purchase order)", "7 (the code is not in the list)", "R (rejected)", "PO (purchase order)"):
        assert words in said


def test_control_characters_reach_neither_terminal_nor_page() -> None:
    rows = [["ST", "850", "0001"], ["BEG", "00", "SA", "\x1b[2J\x07", "", "20261120"], ["SE", "3", "0001"]]
    explanation = explain([interchange_of([rows], "004010")], CATALOGUE)
    for shown in (explanation.text(), explanation.html()):
        assert "\x1b" not in shown
        assert "\x07" not in shown
        assert "␛[2J␇" in shown
    assert json.loads(json.dumps(explanation.as_json()))


def _shape(value: Any) -> Any:
    """Return the keys of plain values, of a list those of its first row that has any."""
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in sorted(value.items())}
    if isinstance(value, (list, tuple)):
        return next(([_shape(row)] for row in value if isinstance(row, dict)), [])
    return None


def test_the_shape_of_the_json_is_a_promise() -> None:
    """Programs read it: a key may be added here, none renamed or dropped."""
    payload = interchange_of([ROWS], "004010").replace(b"GS*PO", b"TA1*000000001*261121*0405*A*000~GS*PO")
    payload = payload.replace(b"GE*1", b"GE*2").replace(b"IEA*1", b"IEA*2")
    told = _shape(explain([b"junk " + payload], CATALOGUE).as_json())
    position = dict.fromkeys(["component", "element", "loop", "offset", "repetition", "segment_id", "segment_number"])
    finding = dict.fromkeys(["code", "level", "reference", "sentence", "severity", "value", "x12_code"])
    finding |= {"position": position}
    separators = dict.fromkeys(["component", "element", "repetition", "segment"])
    header = dict.fromkeys(
        [
            "acknowledgment_requested",
            "control_number",
            "date",
            "offset",
            "receiver",
            "receiver_qualifier",
            "sender",
            "sender_qualifier",
            "time",
            "usage",
            "version",
        ]
    )
    group = ["agency", "control_number", "date", "functional_id", "receiver", "release", "sender", "time"]
    element = {"findings": [], "name": None, "place": None, "value": None, "words": None}
    segment = dict.fromkeys(["depth", "id", "number", "words"])
    segment |= {"elements": [element], "findings": [], "loops": [], "missing_before": []}
    a_set = {"control_number": None, "findings": [], "id": None, "verdict": None, "words": None, "segments": [segment]}
    assert told == {
        "elsewhere": [{"finding": finding, "offset": None, "size_bytes": None}],
        "interchanges": [
            {
                "acknowledgments": [dict.fromkeys(["code", "control_number", "date", "note", "time"])],
                "findings": [finding],
                "groups": [{"findings": [finding], "header": dict.fromkeys(group), "sets": [a_set]}],
                "header": header | {"separators": separators},
            }
        ],
    }


_SAMPLES = Path(__file__).parents[4] / "shared" / "samples"


@pytest.mark.skipif(not _SAMPLES.is_dir(), reason="the sample files are not beside the project")
@pytest.mark.parametrize("kind", ["810", "820", "850", "855", "856", "860", "940", "997", "999", "mixed"])
def test_every_sample_is_explained_in_full(kind: str) -> None:
    for path in sorted((_SAMPLES / kind).iterdir()):
        explanation = explain([path.read_bytes()], CATALOGUE)
        page = ET.fromstring(explanation.html())
        assert {e.tag for e in page.iter()} <= _TAGS
        lines = explanation.text()
        assert all(c.isprintable() or c == "\n" for c in lines)
        for found in _findings(explanation.as_json()):
            assert found["code"] in lines, (path.name, found["code"])
            assert found["code"] in explanation.html()


_TAGS = {
    "article",
    "section",
    "h2",
    "h3",
    "h4",
    "p",
    "table",
    "tbody",
    "tr",
    "td",
    "th",
    "small",
    "dl",
    "dt",
    "dd",
    "code",
    "em",
    "ul",
    "li",
    "a",
}


def _findings(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        own = [value] if "x12_code" in value else []
        return own + [f for inner in value.values() for f in _findings(inner)]
    return [f for inner in value for f in _findings(inner)] if isinstance(value, (list, tuple)) else []
