"""Where a segment could stand in several places, the standard's rule decides: the innermost open loop first, forward from where it
stands; LS01 between bounded loops.
"""

from __future__ import annotations

import pytest

from tests.translators.x12.definitions import CATALOGUE
from tests.translators.x12.generation import interchange_of
from tests.translators.x12.reading import all_findings, comparable, events_of
from translators.x12 import Loop, TransactionSet
from translators.x12.model import Segment


def _tree(set_id: str, release: str, body: list[Segment]) -> Loop:
    rows = [["ST", set_id, "0001"], *body, ["SE", str(len(body) + 2), "0001"]]
    payload = interchange_of([rows], release)
    events = events_of([payload], CATALOGUE, keep_trees=True)
    assert [f.code for f in all_findings(events) if f.refuses] == []
    assert comparable(events) == comparable(events_of([payload], CATALOGUE, keep_trees=True, is_exact=True))
    (found,) = [e for e in events if isinstance(e, TransactionSet)]
    assert found.tree is not None
    return found.tree


def _paths(loop: Loop, path: str = "") -> list[str]:
    """Return every segment with the loops it stands in, in wire order."""
    rows = [(number, f"{path}{s[0]}") for s, number in zip(loop.segments, loop.numbers, strict=True)]
    for inner in loop.loops:
        rows += [(n, p) for n, p in zip(_numbers(inner), _paths(inner, f"{path}{inner.name}/"), strict=True)]
    return [path for _, path in sorted(rows)]


def _numbers(loop: Loop) -> list[int]:
    return sorted([*loop.numbers, *(n for inner in loop.loops for n in _numbers(inner))])


CATALOGUE_HEAD = [["BCT", "PC"], ["LIN", "1", "UP", "012345678905"], ["CTP", "", "MSR", "9.99"]]


@pytest.mark.parametrize(
    ("bound", "inside", "path"),
    [
        ("LM", [["LM", "VI"], ["LQ", "0", "A"]], ["LM/LM", "LM/LQ"]),
        ("N1", [["N1", "ST", "Store 12"], ["N3", "1 Main St"]], ["N1/N1", "N1/N3"]),
    ],
)
def test_ls01_tells_which_of_two_bounded_loops_begins(bound: str, inside: list[Segment], path: list[str]) -> None:
    body = [*CATALOGUE_HEAD, ["LS", bound], *inside, ["LE", bound], ["CTT", "1"]]
    tree = _tree("832", "005010", body)
    within = "LIN/CTP/LS/"
    assert _paths(tree)[4:-2] == [f"{within}LS", *(within + p for p in path), f"{within}LE"]


def test_both_bounded_loops_may_stand_side_by_side() -> None:
    first = [["LS", "LM"], ["LM", "VI"], ["LQ", "0", "A"], ["LE", "LM"]]
    second = [["LS", "N1"], ["N1", "ST", "Store 12"], ["LE", "N1"]]
    paths = _paths(_tree("832", "005010", [*CATALOGUE_HEAD, *first, *second, ["CTT", "1"]]))
    assert paths[4:11] == [f"LIN/CTP/LS/{p}" for p in ("LS", "LM/LM", "LM/LQ", "LE", "LS", "N1/N1", "LE")]


ORDER_HEAD = [["BEG", "00", "SA", "4711", "", "20261120"]]
LINE = ["PO1", "1", "10", "EA", "9.25"]


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        # REF is a segment of the header, of the loop N1 and of the line.
        ([["REF", "DP", "1"], ["N1", "ST", "A"], ["REF", "IA", "2"], LINE], ["REF", "N1/N1", "N1/REF", "PO1/PO1"]),
        ([LINE, ["REF", "IA", "2"], ["N1", "ST", "A"]], ["PO1/PO1", "PO1/REF", "PO1/N1/N1"]),
        # A second N1 begins the loop again, of the line as well as of the header.
        ([["N1", "ST", "A"], ["N1", "BT", "B"], LINE], ["N1/N1", "N1/N1", "PO1/PO1"]),
        # CUR stands alone in the header, and in the loop SAC.
        ([["CUR", "BY", "USD"], ["SAC", "C", "D240"], LINE], ["CUR", "SAC/SAC", "PO1/PO1"]),
        ([["SAC", "C", "D240"], ["CUR", "BY", "USD"], LINE], ["SAC/SAC", "SAC/CUR", "PO1/PO1"]),
        # PID opens a loop of the line, MEA stands in that loop and before it.
        ([LINE, ["MEA", "PD", "WT", "1"], ["PID", "F", "", "", "", "A"]], ["PO1/PO1", "PO1/MEA", "PO1/PID/PID"]),
        ([LINE, ["PID", "F", "", "", "", "A"], ["MEA", "PD", "WT", "1"]], ["PO1/PO1", "PO1/PID/PID", "PO1/PID/MEA"]),
    ],
)
def test_a_segment_goes_to_the_innermost_open_loop_that_has_it(body: list[Segment], paths: list[str]) -> None:
    assert _paths(_tree("850", "004010", [*ORDER_HEAD, *body]))[2:-1] == paths
