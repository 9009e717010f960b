"""Sets set aside and read by somebody else: the same events as a serial read, whatever stands in the file."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.benchmarks.x12.corpus import Corpus
from tests.translators.x12.definitions import CATALOGUE, SETS
from tests.translators.x12.generation import Generator, interchange_of
from tests.translators.x12.reading import comparable, events_of, pieces_of
from tests.translators.x12.test_generated_sets import mutated
from translators.x12 import Event, UnreadSet, read, read_unread


def _read_by_others(events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        yield read_unread(event, CATALOGUE) if isinstance(event, UnreadSet) else event


@settings(max_examples=250)
@given(
    seed=st.integers(0, 2**48),
    choice=st.sampled_from(SETS),
    line_end=st.sampled_from(["", "\n", "\r\n"]),
    size=st.sampled_from([50, 700, 1_000_000]),
)
def test_read_by_others_the_events_are_those_of_a_serial_read(
    seed: int, choice: tuple[str, str], line_end: str, size: int
) -> None:
    release, set_id = choice
    rng = random.Random(seed)
    sets = [Generator(CATALOGUE, release, set_id, rng, 0.15).segments() for _ in range(3)]
    sets[2][0][2] = sets[2][-1][2] = "0002"
    payload = mutated(interchange_of(sets, release, line_end=line_end), rng)
    aside = events_of(pieces_of(payload, size), CATALOGUE, sets_aside=True)
    assert comparable(_read_by_others(aside)) == comparable(events_of([payload], CATALOGUE))


def test_most_sets_of_a_plain_file_are_set_aside() -> None:
    payload = Corpus().mixed(2_000_000)
    aside = [e for e in read(pieces_of(payload, 500_000), CATALOGUE, sets_aside=True) if isinstance(e, UnreadSet)]
    assert len(aside) > 0.95 * payload.count(b"~ST*")


def test_a_set_whose_end_is_not_certain_is_read_on_the_spot() -> None:
    payload = Corpus().small()
    for odd in (
        payload.replace(b"~CTT", b"~ SE*1*0001~CTT"),
        payload.replace(b"~CTT", b"~GE*1*1~CTT"),
        payload.replace(b"~CTT", b"~\nCTT"),
        payload.replace(b"~CTT", b"~ST~CTT"),
        payload.replace(b"Ground", b"Gro\x00und"),
    ):
        assert odd != payload
        aside = events_of([odd], CATALOGUE, sets_aside=True)
        assert not any(isinstance(e, UnreadSet) for e in aside)
        assert comparable(aside) == comparable(events_of([odd], CATALOGUE))
