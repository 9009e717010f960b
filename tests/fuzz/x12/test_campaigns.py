"""The same targets without atheris: mutated interchanges, for a second each in every run, a minute each in the long form."""

from __future__ import annotations

import random
import time

import pytest

from tests.fuzz.x12.targets import TARGETS
from tests.translators.x12.definitions import CATALOGUE, SETS
from tests.translators.x12.generation import Generator, interchange_of
from tests.translators.x12.test_generated_sets import mutated
from translators.x12 import read

_SLOWEST_SECONDS = 1.0


def _campaign(target: str, seconds: float, seed: int) -> int:
    rng = random.Random(seed)
    ends = time.monotonic() + seconds
    runs = 0
    while time.monotonic() < ends:
        release, set_id = rng.choice(SETS)
        segments = Generator(CATALOGUE, release, set_id, rng, 0.05).segments()
        payload = mutated(interchange_of([segments], release, line_end=rng.choice(["", "\n"])), rng)
        began = time.process_time()
        TARGETS[target](payload)
        assert time.process_time() - began < _SLOWEST_SECONDS, payload
        runs += 1
    return runs


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_nothing_a_file_holds_breaks_the_engine(target: str) -> None:
    assert _campaign(target, 1.5, seed=20261121) > 5


@pytest.mark.slow
@pytest.mark.parametrize("target", sorted(TARGETS))
def test_nothing_a_file_holds_breaks_the_engine_in_the_long_form(target: str) -> None:
    assert _campaign(target, 60, seed=time.time_ns()) > 200


HOSTILE = {
    "a million ST and nothing else": b"ST*850*0001~" * 20_000,
    "a million GS and nothing else": b"GS*PO*A*B*20261121*0405*1*X*004010~" * 10_000,
    "no terminator at all": b"A" * 1_000_000,
    "nothing but separators": b"*" * 1_000_000,
    "nothing but terminators": b"~" * 1_000_000,
    "one segment of many elements": b"ST*850*0001~PO1" + b"*1" * 400_000 + b"~",
    "one element of many components": b"ST*850*0001~MEA*PD*WT*1*LB" + b">1" * 400_000 + b"~",
    "a million unknown segments": b"ST*850*0001~" + b"QQ*1~" * 40_000,
    "a million levels": b"ST*856*0001~BSN*00*1*20261121*0405~" + b"HL*1*1*S~" * 20_000,
    "a number of a million digits": b"ST*850*0001~BEG*00*SA*1**20261121~PO1*1*"
    + b"9" * 1_000_000
    + b"~CTT*1*5~SE*5*0001~",
    "a number of a million digits and a letter": b"ST*850*0001~BEG*00*SA*1**20261121~PO1*1*"
    + b"9" * 900_000
    + b"x~SE*4*0001~",
    "a count of a million digits": b"ST*850*0001~SE*" + b"9" * 1_000_000 + b"*0001~",
    "a million ISA": b"ISA*" * 50_000,
}
_ISA = b"ISA*00*          *00*          *ZZ*ACME           *ZZ*US             *261121*0405*U*00401*000000001*0*T*>~"
_GS = b"GS*PO*ACME*US*20261121*0405*1*X*004010~"


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_takes_time_in_proportion(hostile: bytes) -> None:
    """Four times the bytes take about four times the time, and not sixteen: nothing is tried again and again."""
    # The best of up to three: a busy machine makes one run slow, what is tried again and again is slow in each.
    ratios = []
    for _ in range(3):
        quarter = _seconds(_ISA + _GS + hostile[: len(hostile) // 4])
        whole = _seconds(_ISA + _GS + hostile)
        ratios.append(whole / max(quarter, 0.05))
        if ratios[-1] < 10:
            return
    pytest.fail(f"four times the bytes took {ratios} times as long")


def _seconds(payload: bytes) -> float:
    began = time.process_time()
    for _ in read((payload[i : i + 65536] for i in range(0, len(payload), 65536)), CATALOGUE):
        pass
    return time.process_time() - began
