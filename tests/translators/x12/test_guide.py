"""A partner's guide narrows the standard; what breaks it is a finding of its own, told with the guide as reference."""

from __future__ import annotations

from typing import Any

import pytest

from tests.translators.x12.definitions import CATALOGUE
from tests.translators.x12.generation import interchange_of
from tests.translators.x12.reading import all_findings, comparable, events_of
from tests.translators.x12.test_acknowledgments import groups_in
from translators.x12 import Loop, Policy, functional_acknowledgment, guide_complaints, write_transaction_set

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
    # By qualifier.
    ({"REF[01=DP]": {"use": "required"}}, []),
    ({"REF[01=IA]": {"use": "required"}}, [("X12-GUIDE-SEGMENT-MISSING", "REF", None)]),
    ({"REF[01=IA|DP]": {"use": "required"}}, []),
    ({"REF[01=DP]": {"use": "not used"}}, [("X12-GUIDE-SEGMENT", "REF", None)]),
    ({"REF[01=IA]": {"use": "not used"}}, []),
    ({"REF[01=DP]": {"elements": {"02": {"longest": 2}}}}, [("X12-ELEMENT-TOO-LONG", "REF", 2)]),
    ({"REF[01=IA]": {"elements": {"02": {"longest": 2}}}}, []),
    ({"N1[01=ST]/": {"use": "required"}, "N1[01=ST]/N1": {"elements": {"04": {"use": "required"}}}}, []),
    ({"N1[01=BT]/": {"use": "required"}}, [("X12-GUIDE-SEGMENT-MISSING", "N1", None)]),
    ({"N1[01=ST]/N1": {"elements": {"03": {"codes": ["UL"]}}}}, [("X12-GUIDE-CODE", "N1", 3)]),
    ({"N1[01=ST]/N1": {"elements": {"03": {"codes": ["92"]}}}}, []),
    ({"N1[01=BT]/N1": {"elements": {"03": {"codes": ["UL"]}}}}, []),
    ({"N1[01=ST]/N1": {"elements": {"02": {"use": "not used"}}}}, [("X12-GUIDE-ELEMENT", "N1", 2)]),
    ({"N1[01=ST]/N4": {"use": "required"}}, [("X12-GUIDE-SEGMENT-MISSING", "N4", None)]),
    ({"N1[01=BT]/N4": {"use": "required"}}, []),
    ({"N1/": {"least": 2}}, [("X12-GUIDE-SEGMENT-MISSING", "N1", None)]),
    ({"DTM": {"least": 1}}, [("X12-GUIDE-SEGMENT-MISSING", "DTM", None)]),
    ({"N1[01=ST]/": {"most": 1}}, []),
]

# A rule → the code that a 999 tells of it, and the nearest that a 997 has.
CODES: list[tuple[dict[str, Any], str, str]] = [
    ({"DTM": {"use": "required"}}, "IK3 I8", "AK3 3"),
    ({"N9/": {"use": "required"}}, "IK3 I7", "AK3 3"),
    ({"REF[01=IA]": {"use": "required"}}, "IK3 I8", "AK3 3"),
    ({"N1[01=ST]/N4": {"use": "required"}}, "IK3 I6", "AK3 3"),
    ({"REF": {"use": "not used"}}, "IK3 I4", "AK3 2"),
    ({"REF[01=DP]": {"use": "not used"}}, "IK3 I9", "AK3 2"),
    ({"PO1/PO1": {"elements": {"05": {"use": "required"}}}}, "IK4 1", "AK4 1"),
    ({"PO1/PO1": {"elements": {"04": {"use": "not used"}}}}, "IK4 I10", "AK4 10"),
    ({"PO1/PO1": {"elements": {"03": {"codes": ["CA"]}}}}, "IK4 I6", "AK4 7"),
    ({"N1[01=ST]/N1": {"elements": {"05": {"use": "required"}}}}, "IK4 I9", "AK4 1"),
    ({"N1[01=ST]/N1": {"elements": {"02": {"use": "not used"}}}}, "IK4 I13", "AK4 10"),
]


@pytest.mark.parametrize(("rules", "in_999", "in_997"), CODES)
def test_a_broken_guide_is_told_by_the_codes_made_for_it(rules: dict[str, Any], in_999: str, in_997: str) -> None:
    payload = interchange_of([ROWS], "005010")
    (group,) = groups_in(payload, Policy(guide={"850": rules}))
    for kind, release, expected in (("999", "005010", in_999), ("997", "004010", in_997)):
        body = functional_acknowledgment(group, CATALOGUE, release=release, kind=kind)  # type: ignore[arg-type]
        place = {"IK3": 4, "AK3": 4, "IK4": 3, "AK4": 3}
        told = [f"{s[0]} {s[place[s[0]]]}" for s in body if s[0] in place and s[place[s[0]]] != "8"]
        assert told == [expected]
        (trailer,) = [s for s in body if s[0] in ("IK5", "AK5")]
        assert trailer[1:] == (["R", "5", "I5"] if in_999[4] == "I" and kind == "999" else ["R", "5"])


def test_a_finding_names_the_page_of_its_clause() -> None:
    rules = {"REF[01=IA]": {"use": "required", "page": "page 7"}, "BEG": {"elements": {"02": {"codes": ["NE"]}}}}
    policy = Policy(guide={"850": rules}, guide_name="Acme 850")
    found = all_findings(events_of([interchange_of([ROWS], "004010")], CATALOGUE, policy))
    assert [(f.position.segment_id, f.reference) for f in found] == [("BEG", "Acme 850"), ("REF", "page 7")]


def test_what_is_written_keeps_the_guide_too() -> None:
    policy = Policy(guide={"850": {"REF[01=IA]": {"use": "required"}}})
    tree = Loop("", [row for row in ROWS if row[0] in ("BEG", "REF")], loops=[Loop("PO1", [ROWS[4]])])
    _, findings = write_transaction_set(tree, "850", "004010", CATALOGUE, policy=policy)
    assert [f.code for f in findings] == ["X12-GUIDE-SEGMENT-MISSING"]


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
        "855": {"REF[DP]": {"use": "required"}, "REF[77=DP]": {"use": "required"}, "REF": {"least": "two"}},
        "85O": {},
    }
    assert list(guide_complaints(CATALOGUE, "004010", guide)) == [
        "850: 'PO1/PID/PDI': there is no such place in the set; did you mean 'PO1/PID/PID'?",
        "850: 'BEG': there is no rule 'colour'; there are use, least, most, page, elements.",
        "850: 'BEG': use is 'sometimes'; it can be required, optional, not used.",
        "850: 'BEG': element '77' is not in BEG.",
        "850: 'BEG01': there is no rule 'code'.",
        "855: 'REF[DP]': a qualifier reads [01=DP]: the element that holds it, and the value.",
        "855: 'REF[77=DP]': REF has no element 77.",
        "855: 'REF': least is 'two'; it is a number, 0 or more.",
        "85O: there is no definition of it in 004010.",
    ]
