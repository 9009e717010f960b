"""A partner's guide narrows the standard; what breaks it is a finding of its own, told with the guide as reference."""

from __future__ import annotations

from typing import Any

import pytest

from tests.translators.x12.definitions import CATALOGUE
from tests.translators.x12.generation import interchange_of
from tests.translators.x12.reading import all_findings, comparable, events_of
from translators.x12 import Policy, guide_complaints

ROWS = [
    ["ST", "850", "0001"],
    ["BEG", "00", "SA", "4711", "", "20261120"],
    ["REF", "DP", "038"],
    ["N1", "ST", "Store 12", "92", "0012"],
    ["PO1", "1", "10", "EA", "9.25", "", "UP", "012345678905"],
    ["MEA", "PD", "WT", "2.5", "LB>1"],
    ["SE", "7", "0001"],
]

RULES: list[tuple[dict[str, Any], list[tuple[str, str, int | None]]]] = [
    ({"BEG": {"use": "required"}}, []),
    ({"DTM": {"use": "required"}}, [("X12-GUIDE-SEGMENT-MISSING", "DTM", None)]),
    ({"N1/": {"use": "required"}}, []),
    ({"N9/": {"use": "required"}}, [("X12-GUIDE-SEGMENT-MISSING", "N9", None)]),
    ({"REF": {"use": "not used"}}, [("X12-GUIDE-SEGMENT", "REF", None)]),
    ({"N1/": {"use": "not used"}}, [("X12-GUIDE-SEGMENT", "N1", None)]),
    ({"PO1/PO1": {"elements": {"03": {"codes": ["CA", "BX"]}}}}, [("X12-GUIDE-CODE", "PO1", 3)]),
    ({"PO1/PO1": {"elements": {"03": {"codes": ["EA"]}}}}, []),
    ({"PO1/PO1": {"elements": {"05": {"use": "required"}}}}, [("X12-GUIDE-ELEMENT-MISSING", "PO1", 5)]),
    ({"PO1/PO1": {"elements": {"04": {"use": "not used"}}}}, [("X12-GUIDE-ELEMENT", "PO1", 4)]),
    ({"N1/N1": {"elements": {"02": {"longest": 5}}}}, [("X12-ELEMENT-TOO-LONG", "N1", 2)]),
    ({"N1/N1": {"elements": {"04": {"shortest": 5}}}}, [("X12-ELEMENT-TOO-SHORT", "N1", 4)]),
    ({"PO1/MEA": {"elements": {"04-2": {"use": "not used"}}}}, [("X12-GUIDE-ELEMENT", "MEA", 4)]),
    ({"PO1/MEA": {"elements": {"04-1": {"codes": ["KG"]}}}}, [("X12-GUIDE-CODE", "MEA", 4)]),
    # The same segment elsewhere is as it was.
    ({"PO1/REF": {"use": "not used"}}, []),
]


@pytest.mark.parametrize(("rules", "expected"), RULES)
def test_a_guide_narrows_the_place_it_names(rules: dict[str, Any], expected: list[tuple[str, str, int | None]]) -> None:
    payload = interchange_of([ROWS], "004010")
    policy = Policy(guide={"850": rules}, guide_name="Acme 850, page 12")
    assert list(guide_complaints(CATALOGUE, "004010", policy.guide)) == []
    events = events_of([payload], CATALOGUE, policy)
    found = all_findings(events)
    assert [(f.code, f.position.segment_id, f.position.element) for f in found] == expected
    assert all(f.reference == "Acme 850, page 12" for f in found if "GUIDE" in f.code)
    assert comparable(events) == comparable(events_of([payload], CATALOGUE, policy, is_exact=True))


def test_a_guide_allows_more_repeats() -> None:
    rows = [*ROWS[:2], *([["CUR", "BY", "USD"]] * 2), *ROWS[2:-1], ["SE", "9", "0001"]]
    payload = interchange_of([rows], "004010")
    assert [f.code for f in all_findings(events_of([payload], CATALOGUE))] == ["X12-SEGMENT-TOO-OFTEN"]
    policy = Policy(guide={"850": {"CUR": {"most": 2}}})
    assert all_findings(events_of([payload], CATALOGUE, policy)) == []


def test_a_wrong_guide_is_told_all_at_once() -> None:
    guide = {
        "850": {
            "PO1/PID/PDI": {"use": "required"},
            "BEG": {
                "use": "sometimes",
                "colour": "red",
                "elements": {"77": {"use": "required"}, "01": {"code": ["00"]}},
            },
        },
        "85O": {},
    }
    assert list(guide_complaints(CATALOGUE, "004010", guide)) == [
        "850: 'PO1/PID/PDI': there is no such place in the set; did you mean 'PO1/PID/PID'?",
        "850: 'BEG': there is no rule 'colour'; there are use, most, elements.",
        "850: 'BEG': use is 'sometimes'; it can be required, optional, not used.",
        "850: 'BEG': element '77' is not in BEG.",
        "850: 'BEG01': there is no rule 'code'.",
        "85O: there is no definition of it in 004010.",
    ]
