"""Properties over sets made from the definitions: right ones are accepted, one mutation makes exactly its finding, and the fast walk
accepts nothing that the exact walk finds something in.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.translators.x12.definitions import CATALOGUE, SETS
from tests.translators.x12.generation import Generator, interchange_of
from tests.translators.x12.reading import all_findings, comparable, events_of, pieces_of
from translators.x12.model import Segment

# A code that one source alone tells is only noted, and so is an empty element at the end; generated sets hold both.
_NOTED = ("X12-CODE-UNLISTED", "X12-TRAILING-SEPARATORS")


def findings_in(payload: bytes) -> list[tuple[str, str, int | None]]:
    return [
        (f.code, f.position.segment_id, f.position.element)
        for f in all_findings(events_of([payload], CATALOGUE))
        if f.code not in _NOTED
    ]


@pytest.mark.parametrize(("release", "set_id"), SETS)
def test_every_set_of_every_release_is_accepted_when_right(release: str, set_id: str) -> None:
    for seed, richness in enumerate((0.05, 0.3, 0.8)):
        segments = Generator(CATALOGUE, release, set_id, random.Random(seed), richness).segments()
        assert findings_in(interchange_of([segments], release)) == []


@settings(max_examples=150)
@given(seed=st.integers(0, 2**48), choice=st.sampled_from(SETS), richness=st.sampled_from([0.05, 0.2, 0.5]))
def test_a_right_set_is_accepted(seed: int, choice: tuple[str, str], richness: float) -> None:
    release, set_id = choice
    segments = Generator(CATALOGUE, release, set_id, random.Random(seed), richness).segments()
    assert findings_in(interchange_of([segments], release)) == []


Mutation = Callable[[list[Segment], random.Random, Generator], tuple[str, str, int | None] | None]


def _pick(segments: list[Segment], rng: random.Random, fits: Callable[[int, Segment], bool]) -> int | None:
    places = [i for i, s in enumerate(segments) if 0 < i < len(segments) - 1 and fits(i, s)]
    return rng.choice(places) if places else None


def _elements(generator: Generator, segment: Segment, kind: str) -> list[int]:
    definition = generator.dictionary.segment(segment[0])
    assert definition is not None
    return [i for i, e in enumerate(definition.elements, 1) if e.kind == kind and i < len(segment) and segment[i]]


def _is_plain(segment: Segment) -> bool:
    # Elements that other rules read, too, would rightly have a second finding.
    return segment[0] not in ("CTT", "HL", "LS", "LE", "PO1", "IT1", "POC", "SN1", "QTY", "ST", "SE", "AK3", "AK4")


def _unknown_segment(segments: list[Segment], rng: random.Random, _: Generator) -> tuple[str, str, int | None]:
    segments.insert(rng.randrange(1, len(segments)), ["QQQ", "1"])
    segments[-1][1] = str(len(segments))
    return "X12-SEGMENT-UNKNOWN", "QQQ", None


def _control_character(
    segments: list[Segment], rng: random.Random, generator: Generator
) -> tuple[str, str, int | None] | None:
    at = _pick(segments, rng, lambda _, s: _is_plain(s) and bool(_elements(generator, s, "AN")))
    if at is None:
        return None
    element = rng.choice(_elements(generator, segments[at], "AN"))
    segments[at][element] = "\x07" + segments[at][element][1:]
    return "X12-ELEMENT-CHARACTER", segments[at][0], element


def _too_long(segments: list[Segment], rng: random.Random, generator: Generator) -> tuple[str, str, int | None] | None:
    at = _pick(segments, rng, lambda _, s: _is_plain(s) and bool(_elements(generator, s, "AN")))
    if at is None:
        return None
    element = rng.choice(_elements(generator, segments[at], "AN"))
    segments[at][element] = "X" * 5000
    return "X12-ELEMENT-TOO-LONG", segments[at][0], element


def _no_number(segments: list[Segment], rng: random.Random, generator: Generator) -> tuple[str, str, int | None] | None:
    at = _pick(segments, rng, lambda _, s: _is_plain(s) and bool(_elements(generator, s, "R")))
    if at is None:
        return None
    element = rng.choice(_elements(generator, segments[at], "R"))
    segments[at][element] = "1.2.3"
    return "X12-ELEMENT-CHARACTER", segments[at][0], element


def _no_date(segments: list[Segment], rng: random.Random, generator: Generator) -> tuple[str, str, int | None] | None:
    at = _pick(segments, rng, lambda _, s: _is_plain(s) and bool(_elements(generator, s, "DT")))
    if at is None:
        return None
    element = rng.choice(_elements(generator, segments[at], "DT"))
    value = segments[at][element]
    segments[at][element] = value[:-4] + "1332"
    return "X12-ELEMENT-DATE", segments[at][0], element


def _mandatory_element(
    segments: list[Segment], rng: random.Random, generator: Generator
) -> tuple[str, str, int | None] | None:
    def mandatory(segment: Segment) -> list[int]:
        definition = generator.dictionary.segment(segment[0])
        assert definition is not None
        in_notes = {p for note in definition.notes for p in note.positions}
        return [
            i
            for i, e in enumerate(definition.elements, 1)
            if e.is_mandatory and i not in in_notes and any(v for j, v in enumerate(segment) if j not in (0, i))
        ]

    at = _pick(segments, rng, lambda _, s: _is_plain(s) and bool(mandatory(s)))
    if at is None:
        return None
    element = rng.choice(mandatory(segments[at]))
    segments[at][element] = ""
    return "X12-ELEMENT-MISSING", segments[at][0], element


def _too_many_elements(
    segments: list[Segment], rng: random.Random, generator: Generator
) -> tuple[str, str, int | None] | None:
    at = _pick(segments, rng, lambda _, s: _is_plain(s))
    if at is None:
        return None
    definition = generator.dictionary.segment(segments[at][0])
    assert definition is not None
    count = len(definition.elements)
    segments[at] += [""] * (count + 1 - len(segments[at])) + ["1"]
    return "X12-ELEMENTS-TOO-MANY", segments[at][0], count + 1


def _wrong_count(segments: list[Segment], rng: random.Random, _: Generator) -> tuple[str, str, int | None]:
    segments[-1][1] = str(len(segments) + rng.randint(1, 9))
    return "X12-SE-COUNT", "SE", 1


def _wrong_control_number(segments: list[Segment], _rng: random.Random, _: Generator) -> tuple[str, str, int | None]:
    segments[-1][2] = "0009"
    return "X12-SE-CONTROL-NUMBER", "SE", 2


def _mandatory_segment(
    segments: list[Segment], _rng: random.Random, generator: Generator
) -> tuple[str, str, int | None] | None:
    # The segment after ST, mandatory in every set that has one: the beginning segment.
    second = generator.definition.root.items[1]
    if not second.is_mandatory or second.first_id == "AK1" or not hasattr(second, "id"):
        return None
    removed = segments.pop(1)
    if any(s[0] == removed[0] for s in segments):
        return None
    segments[-1][1] = str(len(segments))
    return "X12-SEGMENT-MISSING", removed[0], None


def _begins_twice(
    segments: list[Segment], _rng: random.Random, generator: Generator
) -> tuple[str, str, int | None] | None:
    second = generator.definition.root.items[1]
    if not second.is_mandatory or second.most != 1 or not hasattr(second, "id"):
        return None
    segments.insert(1, list(segments[1]))
    segments[-1][1] = str(len(segments))
    return "X12-SEGMENT-TOO-OFTEN", segments[1][0], None


MUTATIONS: list[Mutation] = [
    _unknown_segment,
    _control_character,
    _too_long,
    _no_number,
    _no_date,
    _mandatory_element,
    _too_many_elements,
    _wrong_count,
    _wrong_control_number,
    _mandatory_segment,
    _begins_twice,
]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.__name__.strip("_"))
@settings(max_examples=50)
@given(seed=st.integers(0, 2**48), choice=st.sampled_from(SETS))
def test_one_mutation_makes_exactly_its_finding(mutation: Mutation, seed: int, choice: tuple[str, str]) -> None:
    release, set_id = choice
    rng = random.Random(seed)
    generator = Generator(CATALOGUE, release, set_id, rng, 0.2)
    segments = generator.segments()
    expected = mutation(segments, rng, generator)
    if expected is not None:
        assert findings_in(interchange_of([segments], release)) == [expected]


_STUFF = [
    b"*",
    b"~",
    b">",
    b"^",
    b" ",
    b"\n",
    b"-",
    b".",
    b"0",
    b"ZZ",
    b"ST*850*0002~",
    b"SE*3*0001~",
    b"GE*1*1~",
    b"\x00",
    b"\xc3\xa9",
    b"HL*1**S~",
    b"REF*DP*1~",
    b"N1*ST*X~",
    b"CTT*1~",
    b"**",
    b"ISA*",
    b"99999999",
    b"1E5",
    b"LS*1~",
    b"LE*1~",
]


def mutated(payload: bytes, rng: random.Random) -> bytes:
    """Return `payload` with a few bytes put in, taken out, changed or repeated."""
    work = bytearray(payload)
    for _ in range(rng.choice([0, 1, 1, 1, 2, 5])):
        at = rng.randrange(max(len(work) - 1, 1))
        kind = rng.random()
        if kind < 0.4:
            work[at : at + rng.choice([0, 0, 1, 2, 3])] = rng.choice(_STUFF)
        elif kind < 0.6:
            del work[at : at + rng.choice([1, 1, 2, 5, 30])]
        elif kind < 0.8:
            work[at : at + 1] = bytes([rng.randrange(256)])
        else:
            other = rng.randrange(len(work))
            work[at:at] = work[other : other + rng.choice([3, 10, 40])]
    return bytes(work)


@settings(max_examples=250)
@given(
    seed=st.integers(0, 2**48),
    choice=st.sampled_from(SETS),
    line_end=st.sampled_from(["", "\n", "\r\n"]),
    keeps_trees=st.booleans(),
)
def test_the_fast_walk_says_what_the_exact_walk_says(
    seed: int, choice: tuple[str, str], line_end: str, keeps_trees: bool
) -> None:
    release, set_id = choice
    rng = random.Random(seed)
    segments = Generator(CATALOGUE, release, set_id, rng, 0.15).segments()
    payload = mutated(interchange_of([segments], release, line_end=line_end), rng)
    fast = comparable(events_of([payload], CATALOGUE, keep_trees=keeps_trees))
    exact = comparable(events_of([payload], CATALOGUE, keep_trees=keeps_trees, is_exact=True))
    assert fast == exact
    cut = comparable(events_of(pieces_of(payload, rng.choice([1, 7, 60])), CATALOGUE, keep_trees=keeps_trees))
    assert cut == fast
