"""997, 999 and TA1: made from findings, right by our own engine, read back into the same findings."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.translators.x12.definitions import CATALOGUE, SETS
from tests.translators.x12.generation import Generator, interchange_of
from tests.translators.x12.reading import all_findings, events_of
from tests.translators.x12.test_generated_sets import mutated
from translators.findings import Finding, Level, Severity
from translators.x12 import (
    EnvelopeToWrite,
    FunctionalGroup,
    GroupAcknowledgment,
    GroupEnd,
    GroupToWrite,
    InterchangeAcknowledgment,
    InterchangeEnd,
    InterchangeHeader,
    Policy,
    Separators,
    SetToWrite,
    TransactionSet,
    functional_acknowledgment,
    interchange_acknowledgment,
    read_functional_acknowledgment,
    write_interchange,
)
from translators.x12.model import Segment

NOW = datetime(2026, 11, 21, 4, 5, tzinfo=UTC)
OURS = Separators(repetition="^")


def groups_in(payload: bytes, policy: Policy | None = None, **options: bool) -> list[FunctionalGroup]:
    groups: list[FunctionalGroup] = []
    sets: list[TransactionSet] = []
    for event in events_of([payload], CATALOGUE, policy, **options):
        if isinstance(event, TransactionSet):
            sets.append(event)
        elif isinstance(event, GroupEnd):
            groups.append(FunctionalGroup(event.header, tuple(sets), event.sets_included, event.findings))
            sets = []
    return groups


def written(body: list[Segment], release: str, kind: str) -> bytes:
    version = "00501" if release >= "005010" else "00401"
    group = GroupToWrite("FA", "US", "ACME", release, 7, (SetToWrite(kind, "0001", body),))
    return write_interchange(
        EnvelopeToWrite(OURS, "ZZ", "US", "ZZ", "ACME", version, "T", 7, False, (group,)),
        NOW,
    )


def read_back(payload: bytes) -> tuple[list[Finding], GroupAcknowledgment]:
    events = events_of([payload], CATALOGUE, keep_trees=True)
    (answer,) = [e for e in events if isinstance(e, TransactionSet)]
    assert answer.tree is not None
    (group,) = read_functional_acknowledgment(answer.tree, OURS)
    return [f for f in all_findings(events) if f.code != "X12-CODE-UNLISTED"], group


def _two_orders(edit: tuple[str, str] | None = None) -> bytes:
    rows = [
        ["ST", "850", "0001"],
        ["BEG", "00", "SA", "4711", "", "20261120"],
        ["PO1", "1", "10", "EA", "9.25"],
        ["SE", "4", "0001"],
    ]
    second = [[v.replace("0001", "0002") for v in row] for row in rows]
    payload = interchange_of([rows, second], "004010").decode()
    return (payload.replace(*edit, 1) if edit else payload).encode()


def test_a_right_group_is_accepted() -> None:
    (group,) = groups_in(_two_orders())
    assert functional_acknowledgment(group, CATALOGUE, release="004010") == [
        ["AK1", "PO", "1"],
        ["AK2", "850", "0001"],
        ["AK5", "A"],
        ["AK2", "850", "0002"],
        ["AK5", "A"],
        ["AK9", "A", "2", "2", "2"],
    ]


def test_one_bad_set_is_rejected_and_the_good_one_accepted() -> None:
    (group,) = groups_in(_two_orders(("*EA*", "*QQ*")))
    assert functional_acknowledgment(group, CATALOGUE, release="004010") == [
        ["AK1", "PO", "1"],
        ["AK2", "850", "0001"],
        ["AK3", "PO1", "3", "PO1", "8"],
        ["AK4", "3", "355", "7", "QQ"],
        ["AK5", "R", "5"],
        ["AK2", "850", "0002"],
        ["AK5", "A"],
        ["AK9", "P", "2", "2", "1"],
    ]


def test_a_999_says_the_same_in_its_own_segments() -> None:
    payload = _two_orders(("*EA*", "*QQ*")).replace(b"004010", b"005010").replace(b"*U*00401", b"*^*00501")
    (group,) = groups_in(payload)
    body = functional_acknowledgment(group, CATALOGUE, release="005010", kind="999")
    assert body[:5] == [
        ["AK1", "PO", "1", "005010"],
        ["AK2", "850", "0001"],
        ["IK3", "PO1", "3", "PO1", "8"],
        ["IK4", "3", "355", "7", "QQ"],
        ["IK5", "E", "5"],
    ]
    assert body[-1] == ["AK9", "E", "2", "2", "2"]


def test_a_999_tells_which_element_called_for_the_missing_one() -> None:
    payload = _two_orders(("*EA*9.25", "*EA**PE")).replace(b"004010", b"005010").replace(b"*U*00401", b"*^*00501")
    (group,) = groups_in(payload)
    body = functional_acknowledgment(group, CATALOGUE, release="005010", kind="999")
    assert body[2:5] == [
        ["IK3", "PO1", "3", "PO1", "8"],
        ["IK4", "4", "212", "2"],
        ["CTX", "SITUATIONAL TRIGGER", "PO1", "3", "PO1", "5", "639"],
    ]


def test_a_999_names_the_document_by_its_own_number_where_the_tree_is_kept() -> None:
    payload = _two_orders(("*EA*9.25", "*QQQ**PE")).replace(b"004010", b"005010").replace(b"*U*00401", b"*^*00501")
    (group,) = groups_in(payload, keep_trees=True)
    body = functional_acknowledgment(group, CATALOGUE, release="005010", kind="999", separators=OURS)
    assert body[2:8] == [
        ["IK3", "PO1", "3", "PO1", "8"],
        ["CTX", "BEG03>4711"],
        ["IK4", "3", "355", "5", "QQQ"],
        ["IK4", "4", "212", "2"],
        ["CTX", "SITUATIONAL TRIGGER", "PO1", "3", "PO1", "5", "639"],
        ["IK5", "R", "5"],
    ]
    wrong, answer = read_back(written(body, "005010", "999"))
    assert wrong == []
    assert [f.x12_code for f in answer.sets[0].findings] == ["5", "2"]


@pytest.mark.parametrize(("release", "code"), [("003040", "6"), ("004010", "6"), ("005010", "18")])
def test_a_code_the_release_does_not_have_becomes_the_nearest(release: str, code: str) -> None:
    (group,) = groups_in(_two_orders(("GS*PO*", "GS*IN*")))
    body = functional_acknowledgment(group, CATALOGUE, release=release)
    assert [s for s in body if s[0] == "AK5"] == [["AK5", "R", code]] * 2


def test_the_counts_are_true_when_ge_lies() -> None:
    (group,) = groups_in(_two_orders(("GE*2*", "GE*3*")))
    assert functional_acknowledgment(group, CATALOGUE, release="004010")[-1] == ["AK9", "R", "3", "2", "0", "5"]


@pytest.mark.parametrize(
    ("release", "kind"), [("003040", "997"), ("004010", "997"), ("005010", "997"), ("005010", "999")]
)
@given(seed=st.integers(0, 2**48))
def test_an_acknowledgment_is_right_itself_and_says_what_was_found(
    release: str, kind: Literal["997", "999"], seed: int
) -> None:
    rng = random.Random(seed)
    sets_of_release = [s for r, s in SETS if r == release and s not in ("997", "999")]
    segments = Generator(CATALOGUE, release, rng.choice(sets_of_release), rng, 0.1).segments()
    payload = mutated(interchange_of([segments], release), rng)
    for group in groups_in(payload):
        body = functional_acknowledgment(group, CATALOGUE, release=release, kind=kind, separators=OURS)
        wrong, answer = read_back(written(body, release, kind))
        # AK1 and AK2 name group and set as they were sent, which may be codes that are none.
        assert [f for f in wrong if f.refuses and (f.code, f.position.segment_id) not in _COPIED] == []
        if group.header.control_number.isdecimal():
            assert answer.control_number == group.header.control_number
        assert answer.received == len(group.sets)
        assert len(answer.sets) == len(group.sets)
        for said, was in zip(answer.sets, group.sets, strict=True):
            assert (said.code == "R") == (not was.is_accepted)
            _assert_same_findings(said.findings, was.findings)


_COPIED = {("X12-CODE-UNKNOWN", "AK1"), ("X12-CODE-UNKNOWN", "AK2")}


def _assert_same_findings(said: tuple[Finding, ...], was: tuple[Finding, ...]) -> None:
    told = [f for f in was if f.severity is not Severity.NOTE and f.x12_code]
    places = {
        (f.position.segment_number, f.position.segment_id[:3], f.position.element)
        for f in told
        if f.level in (Level.SEGMENT, Level.ELEMENT) and re.match(r"[A-Z][A-Z0-9]([A-Z0-9]|\Z)", f.position.segment_id)
    }
    heard = {
        (f.position.segment_number, f.position.segment_id, f.position.element)
        for f in said
        if f.level in (Level.SEGMENT, Level.ELEMENT)
    }
    assert heard == places


def test_a_rejection_is_told_in_words() -> None:
    (group,) = groups_in(_two_orders(("*EA*", "*QQ*")))
    body = functional_acknowledgment(group, CATALOGUE, release="004010")
    _, answer = read_back(written(body, "004010", "997"))
    assert answer.code == "P"
    assert (answer.included, answer.received, answer.accepted) == (2, 2, 1)
    assert [f.sentence for f in answer.sets[0].findings] == [
        "segment 3: QQ: the code is not in the list; PO1 element 3."
    ]
    assert answer.sets[1].findings == ()


def _ending(payload: bytes) -> tuple[InterchangeHeader, tuple[Finding, ...]]:
    events = events_of([payload], CATALOGUE)
    header, end = events[0], events[-1]
    assert isinstance(header, InterchangeHeader)
    assert isinstance(end, InterchangeEnd)
    return header, end.findings


@pytest.mark.parametrize(
    ("edit", "code", "note"),
    [
        (None, "A", "000"),
        (("IEA*1*", "IEA*2*"), "R", "021"),
        (("IEA*1*000000001", "IEA*1*1"), "E", "001"),
        (("IEA*1*000000001~", ""), "R", "023"),
        (("*0*T*", "*0*Z*"), "R", "020"),
        (("*EA*", "*QQ*"), "A", "000"),
    ],
)
def test_a_ta1_answers_the_envelope_alone(edit: tuple[str, str] | None, code: str, note: str) -> None:
    header, findings = _ending(_two_orders(edit))
    assert interchange_acknowledgment(header, findings, NOW) == ["TA1", "000000001", "261121", "0405", code, note]


def test_a_ta1_travels() -> None:
    header, findings = _ending(_two_orders())
    ta1 = interchange_acknowledgment(header, findings, NOW)
    payload = write_interchange(
        EnvelopeToWrite(OURS, "ZZ", "US", "ZZ", "ACME", "00401", "T", 8, False, (), (ta1,)),
        NOW,
    )
    events = events_of([payload], CATALOGUE)
    assert all_findings(events) == []
    assert [e for e in events if isinstance(e, InterchangeAcknowledgment)] == [
        InterchangeAcknowledgment("000000001", "261121", "0405", "A", "000")
    ]
