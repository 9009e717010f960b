"""The writer: in the standard's order, trimmed, refused where a value would break the interchange, and read back byte for byte."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.translators.x12.definitions import CATALOGUE, SETS
from tests.translators.x12.generation import Generator
from tests.translators.x12.reading import all_findings, events_of, plain
from translators.errors import TranslationError
from translators.x12 import (
    FUNCTIONAL_IDS,
    EnvelopeToWrite,
    GroupToWrite,
    Loop,
    Separators,
    SetToWrite,
    TransactionSet,
    write_interchange,
    write_transaction_set,
)
from translators.x12.model import Segment

NOW = datetime(2026, 11, 21, 4, 5, tzinfo=UTC)


def envelope(
    body: list[Segment], *, set_id: str = "850", release: str = "004010", separators: Separators | None = None
) -> EnvelopeToWrite:
    group = GroupToWrite(FUNCTIONAL_IDS[set_id], "US", "ACME", release, 101, (SetToWrite(set_id, "0001", body),))
    version = "00501" if release >= "005010" else "00401"
    return EnvelopeToWrite(separators or Separators(), "ZZ", "US", "01", "123456789", version, "T", 101, True, (group,))


ORDER = Loop(
    "",
    [["BEG", "00", "SA", "4711", "", "20261120", ""], ["REF", "DP", "038"]],
    loops=[
        Loop(
            "PO1", [["PO1", "1", "10", "EA", "9.25", "", ""]], loops=[Loop("PID", [["PID", "F", "", "", "", "Widget"]])]
        ),
        Loop("N1", [["N3", "1 Main St"], ["N1", "ST", "Store 12", "92", "0012"]]),
        Loop("CTT", [["CTT", "1"]]),
        Loop("N1", [["N1", "BT", "Head office", "92", "0001"]]),
    ],
)


def test_segments_come_in_the_standards_order_and_trimmed() -> None:
    segments, findings = write_transaction_set(ORDER, "850", "004010", CATALOGUE)
    assert findings == ()
    assert ["*".join(s) for s in segments] == [
        "BEG*00*SA*4711**20261120",
        "REF*DP*038",
        "N1*ST*Store 12*92*0012",
        "N3*1 Main St",
        "N1*BT*Head office*92*0001",
        "PO1*1*10*EA*9.25",
        "PID*F****Widget",
        "CTT*1",
    ]


def test_what_is_written_is_validated_by_the_engine_that_reads() -> None:
    tree = Loop("", [["BEG", "00", "SA", "4711"], ["QQQ", "1"]])
    segments, findings = write_transaction_set(tree, "850", "004010VICS", CATALOGUE)
    assert segments == [["BEG", "00", "SA", "4711"]]
    assert [f.code for f in findings] == ["X12-WRITE-SEGMENT", "X12-ELEMENT-MISSING", "X12-SEGMENT-MISSING"]


def test_an_unknown_set_cannot_be_written() -> None:
    with pytest.raises(TranslationError, match="X12-DEFINITION-MISSING"):
        write_transaction_set(ORDER, "859", "004010", CATALOGUE)


def test_the_envelope_is_of_fixed_width_and_the_numbers_are_the_callers() -> None:
    body, _ = write_transaction_set(ORDER, "850", "004010", CATALOGUE)
    payload = write_interchange(envelope(body), NOW)
    assert payload.startswith(
        b"ISA*00*          *00*          *ZZ*US             *01*123456789      *261121*0405*U*00401*000000101*1*T*>~"
        b"GS*PO*US*ACME*20261121*0405*101*X*004010~ST*850*0001~"
    )
    assert payload.endswith(b"SE*10*0001~GE*1*101~IEA*1*000000101~")
    assert payload[105:106] == b"~"
    assert all_findings(events_of([payload], CATALOGUE)) == []


def test_a_repetition_separator_is_written_from_00402_on() -> None:
    payload = write_interchange(envelope([], release="005010", separators=Separators(repetition="^")), NOW)
    assert payload[82:83] == b"^"


@pytest.mark.parametrize("line_end", ["", "\n", "\r\n"])
def test_line_ends_are_written_on_demand(line_end: str) -> None:
    payload = write_interchange(replace(envelope([]), line_end=line_end), NOW)
    assert payload.count(("~" + line_end).encode()) == 6


@pytest.mark.parametrize("value", ["A*B", "A~B"])
def test_a_value_that_holds_a_separator_is_refused(value: str) -> None:
    with pytest.raises(TranslationError, match="X12-VALUE-HOLDS-SEPARATOR"):
        write_interchange(envelope([["MSG", value]]), NOW)


def test_a_value_that_holds_a_separator_is_replaced_by_the_partners_rule() -> None:
    payload = write_interchange(replace(envelope([["MSG", "A*B~C"]]), replacements={"*": "x", "~": "-"}), NOW)
    assert b"MSG*AxB-C~" in payload


@pytest.mark.parametrize(
    ("segment", "separators"),
    [
        (["N1", "ST", "Store > 12"], Separators()),
        (["N1", "ST", "Open 9:00"], Separators("*", ":", "~")),
        (["N1", "ST", "A^B"], Separators("*", ">", "~", "^")),
        (["REF", "DP", "0>38"], Separators()),
    ],
)
def test_a_separator_within_an_element_is_refused_too_or_replaced(segment: Segment, separators: Separators) -> None:
    line = Loop("PO1", [["PO1", "1", "10", "EA"], ["MEA", "PD", "WT", "2", f"LB{separators.component}1"]])
    own = [segment] if segment[0] == "REF" else []
    tree = Loop("", [["BEG", "00", "SA", "4711", "", "20261120"], *own], loops=[line])
    if not own:
        tree.loops.append(Loop("N1", [segment]))
    _, findings = write_transaction_set(tree, "850", "005010", CATALOGUE, separators=separators)
    assert [f.position.segment_id for f in findings if f.refuses] == [segment[0]]
    rule = {separators.component: "-", "^": "-"}
    body, findings = write_transaction_set(tree, "850", "005010", CATALOGUE, separators=separators, replacements=rule)
    assert not any(f.refuses for f in findings)
    assert f"LB{separators.component}1" in body[-1]


@pytest.mark.parametrize(
    "change",
    [
        {"sender": "X" * 16},
        {"sender": "A*B"},
        {"sender": ""},
        {"receiver": "A\nB"},
        {"sender_qualifier": "Z"},
        {"version": "401"},
        {"control_number": 10**9},
        {"line_end": "~"},
        {"separators": Separators(segment="*")},
        {"separators": Separators(component="")},
        {"separators": Separators(component="1")},
        {"separators": Separators(segment="~~")},
        {"separators": Separators(repetition=">"), "version": "00501"},
    ],
)
def test_an_envelope_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(TranslationError, match="X12-ENVELOPE-VALUE"):
        write_interchange(replace(envelope([]), **change), NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"control_number": 10**9},
        {"control_number": -1},
        {"sender": ""},
        {"receiver": "X" * 16},
        {"receiver": "A\nB"},
        {"functional_id": ""},
        {"release": ""},
    ],
)
def test_a_group_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    whole = envelope([])
    group = replace(whole.groups[0], **change)  # type: ignore[arg-type]
    with pytest.raises(TranslationError, match="X12-ENVELOPE-VALUE"):
        write_interchange(replace(whole, groups=(group,)), NOW)


@pytest.mark.parametrize("number", [0, 1, 999_999_999])
def test_a_control_number_at_its_limit_is_written_and_read(number: int) -> None:
    body, _ = write_transaction_set(ORDER, "850", "004010", CATALOGUE)
    whole = envelope(body)
    group = replace(whole.groups[0], control_number=number)
    written = write_interchange(replace(whole, groups=(group,), control_number=number), NOW)
    assert all_findings(events_of([written], CATALOGUE)) == []


def _shuffled(loop: Loop, rng: random.Random) -> Loop:
    """The same tree with its kinds of loops in another order, the order within a kind kept."""
    kinds: dict[str, list[Loop]] = {}
    for inner in loop.loops:
        kinds.setdefault(inner.name, []).append(_shuffled(inner, rng))
    names = sorted(kinds)
    rng.shuffle(names)
    return Loop(loop.name, loop.segments, loop.numbers, [inner for name in names for inner in kinds[name]])


@given(seed=st.integers(0, 2**48), choice=st.sampled_from(SETS))
def test_what_was_read_is_written_again_byte_for_byte(seed: int, choice: tuple[str, str]) -> None:
    release, set_id = choice
    rng = random.Random(seed)
    body = Generator(CATALOGUE, release, set_id, rng, 0.1).segments()[1:-1]
    payload = write_interchange(envelope(body, set_id=set_id, release=release), NOW)
    events = events_of([payload], CATALOGUE, keep_trees=True)
    (found,) = [e for e in events if isinstance(e, TransactionSet)]
    assert found.tree is not None
    again, findings = write_transaction_set(_shuffled(found.tree, rng), set_id, release, CATALOGUE)
    assert [f for f in findings if f.refuses] == []
    assert write_interchange(envelope(again, set_id=set_id, release=release), NOW) == payload
    assert plain(found.tree)[0] == ""
