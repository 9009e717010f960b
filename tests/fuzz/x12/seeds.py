"""What the X12 campaigns begin with: sets made from the definitions, whole, without envelope, and the answers to them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.fuzz.x12.targets import RELEASES, SET_IDS
from tests.translators.x12.definitions import CATALOGUE, SETS
from tests.translators.x12.generation import Generator, interchange_of
from tests.translators.x12.test_acknowledgments import groups_in, written
from tests.translators.x12.test_generated_sets import mutated
from translators.x12 import functional_acknowledgment
from translators.x12.model import Segment

_COUNT = 60


def interchanges() -> Iterator[bytes]:
    rng = random.Random(1)
    for _ in range(_COUNT):
        release, _, segments = _a_set(rng)
        yield interchange_of([segments], release, line_end=rng.choice(["", "\n"]))


def bodies() -> Iterator[bytes]:
    """Yield what `targets.validation` takes: two bytes that choose release and set, then the segments between ST and SE."""
    rng = random.Random(2)
    for _ in range(_COUNT):
        release, set_id, segments = _a_set(rng)
        choice = bytes([RELEASES.index(release), SET_IDS.index(set_id)])
        yield choice + "".join("*".join(s) + "~" for s in segments[1:-1]).encode("latin-1")


def answers() -> Iterator[bytes]:
    rng = random.Random(3)
    for number in range(_COUNT):
        release, _, segments = _a_set(rng)
        kind = "999" if number % 2 else "997"
        for group in groups_in(mutated(interchange_of([segments], release), rng)):
            body = functional_acknowledgment(group, CATALOGUE, release="005010", kind="999" if number % 2 else "997")
            yield written(body, "005010", kind)


def _a_set(rng: random.Random) -> tuple[str, str, list[Segment]]:
    release, set_id = rng.choice(SETS)
    return release, set_id, Generator(CATALOGUE, release, set_id, rng, 0.03).segments()
