"""A clause of a guide in a map is told by the standard's codes for what a guide adds, with the page it stands on."""

from __future__ import annotations

import pytest

from tests.translators.mapping.shipped import load, read_with
from translators.findings import Level
from translators.mapping import load_map
from translators.x12 import Loop, Separators

ORDER = Loop(
    "",
    [["BEG", "00", "SA", "4711", "", "20261120"], ["REF", "DP", "038"]],
    [2, 3],
    loops=[Loop("PO1", [["PO1", "1", "10", "EA", "9.25", "", "UP", "012345678905"]], [4])],
)


@pytest.mark.parametrize(
    ("clause", "level", "code", "place"),
    [
        ('require = "REF[01=IA]02"', Level.ELEMENT, "I9", ""),
        ('require = "CUR"', Level.SEGMENT, "I6", ""),
        ('forbid = "REF[01=DP]02"', Level.ELEMENT, "I13", "REF02"),
        ('forbid = "REF"', Level.SEGMENT, "I9", "REF"),
        ('each = "PO1"\ncodes = { PO103 = ["CA"] }', Level.ELEMENT, "I6", "PO103"),
    ],
)
def test_a_broken_clause_has_the_standards_code(clause: str, level: Level, code: str, place: str) -> None:
    text = f'[map]\nextends = "x12/850"\n[[guide]]\npage = "page 9"\n{clause}\n'.encode()
    by = load_map("x12/guide", lambda name: text if name == "x12/guide.toml" else load(name))
    (found,) = [f for f in read_with(by, ORDER, "004010", Separators()).findings if f.code == "MAP-GUIDE"]
    assert (found.level, found.x12_code, found.reference) == (level, code, "page 9")
    at = found.position
    assert at.segment_id + (f"{at.element:02d}" if at.element else "") == place


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        (
            'require = "REF[01=IA]02"',
            "The vendor number (REF[01=IA]02) is missing, and the guide asks for it. (page 9)",
        ),
        ('require = "CUR"', "The currency (CUR) is missing, and the guide asks for it. (page 9)"),
        ('require = "PO1/SDQ"', "The quantities by place (PO1/SDQ) is missing, and the guide asks for it. (page 9)"),
        ('forbid = "REF[01=DP]02"', "REF02: The department (REF[01=DP]02) is not used with this partner. (page 9)"),
        ('forbid = "REF"', "REF: The reference is not used with this partner. (page 9)"),
        ('each = "PO1"\ncodes = { PO103 = ["CA"] }', "PO103: The unit is 'EA' (each); the guide allows CA. (page 9)"),
    ],
)
def test_a_broken_clause_is_told_in_words_and_its_place_once(clause: str, said: str) -> None:
    text = f'[map]\nextends = "x12/850"\n[[guide]]\npage = "page 9"\n{clause}\n'.encode()
    by = load_map("x12/guide", lambda name: text if name == "x12/guide.toml" else load(name))
    found = next(f for f in read_with(by, ORDER, "004010", Separators()).findings if f.code == "MAP-GUIDE")
    assert found.sentence.endswith(said)
    assert found.sentence in (said, f"segment {found.position.segment_number}, {said}")
