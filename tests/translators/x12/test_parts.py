"""A set handed on in parts: joined they are its tree, each loop stands whole in one, and memory stays flat for who reads them."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.benchmarks.x12.corpus import Corpus
from tests.translators.x12.definitions import CATALOGUE, SETS
from tests.translators.x12.generation import Generator, interchange_of
from tests.translators.x12.reading import comparable, events_of, pieces_of, plain
from tests.translators.x12.test_generated_sets import mutated
from translators.x12 import Event, SetPart, TransactionSet, joined, parts, read, reader


def _parts_by_set(events: Iterable[Event]) -> list[tuple[list[SetPart], TransactionSet]]:
    found: list[tuple[list[SetPart], TransactionSet]] = []
    waiting: list[SetPart] = []
    for event in events:
        if isinstance(event, SetPart):
            waiting.append(event)
        elif isinstance(event, TransactionSet):
            found.append((waiting, event))
            waiting = []
        else:
            assert waiting == []  # the parts of a set stand right before it
    return found


@settings(max_examples=150)
@given(
    seed=st.integers(0, 2**48),
    choice=st.sampled_from(SETS),
    part=st.integers(1, 12),
    held=st.integers(0, 12),
    batch=st.sampled_from([100, 400, 262_144]),
    is_exact=st.booleans(),
)
def test_joined_the_parts_are_the_tree(
    seed: int, choice: tuple[str, str], part: int, held: int, batch: int, is_exact: bool
) -> None:
    release, set_id = choice
    rng = random.Random(seed)
    sets = [Generator(CATALOGUE, release, set_id, rng, 0.25).segments() for _ in range(2)]
    payload = mutated(interchange_of(sets, release), rng)
    whole = events_of([payload], CATALOGUE, keep_trees=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "PART_SEGMENTS", part)
        patch.setattr(parts, "HELD_SEGMENTS", held)
        patch.setattr(reader, "BATCH_BYTES", batch)
        in_parts = events_of(pieces_of(payload, rng.choice([7, 60, 4000])), CATALOGUE, in_parts=True, is_exact=is_exact)
    trees = [e.tree for e in whole if isinstance(e, TransactionSet)]
    assert [plain(joined(handed)) for handed, _ in _parts_by_set(in_parts)] == [plain(tree) for tree in trees]
    without = [e for e in in_parts if not isinstance(e, SetPart)]
    assert comparable(without) == comparable(events_of([payload], CATALOGUE))


def _huge(lines: int) -> bytes:
    return Corpus().huge(lines * 103, "850")


def test_a_loop_stands_whole_in_one_part() -> None:
    payload = _huge(20_000)
    ((handed, one),) = _parts_by_set(read(pieces_of(payload, 65_536), CATALOGUE, in_parts=True))
    assert one.is_accepted
    assert len(handed) > 5
    assert all(part.continues == 0 for part in handed)
    assert sum(loop.name == "PO1" for part in handed for loop in part.tree.loops) == payload.count(b"~PO1*")
    assert max(part.tree.loops[-1].numbers[-1] - part.tree.loops[0].numbers[0] for part in handed) < 12_000


def test_a_loop_too_large_to_wait_for_is_continued() -> None:
    rows = [["ST", "850", "0001"], ["BEG", "00", "SA", "4711", "", "20261120"], ["PO1", "1", "1", "EA"]]
    rows += [["PID", "F", "", "", "", "Widget"] for _ in range(4 * parts.HELD_SEGMENTS)]
    rows += [["CTT", "1"], ["SE", str(len(rows) + 2), "0001"]]
    payload = interchange_of([rows], "004010")
    ((handed, _),) = _parts_by_set(read(pieces_of(payload, 16_384), CATALOGUE, in_parts=True))
    assert any(part.continues for part in handed)
    longest = max(sum(len(loop.segments) for loop in part.tree.walk()) for part in handed)
    assert longest < 2 * parts.HELD_SEGMENTS
    (whole,) = [e for e in read([payload], CATALOGUE, keep_trees=True) if isinstance(e, TransactionSet)]
    assert plain(joined(handed)) == plain(whole.tree)


def test_parts_come_before_the_set_is_over() -> None:
    payload = _huge(20_000)
    half = payload[: len(payload) // 2]
    events = [e for e in read([half], CATALOGUE, in_parts=True) if isinstance(e, SetPart)]
    assert sum(len(loop.segments) for part in events for loop in part.tree.walk()) > 10_000
