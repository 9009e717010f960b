"""How fast the engine is, beside the floor (two splits) and beside pyx12 fed with the same definitions.

Run by `make bench`. Peers that are no dependency of ours are measured by `peers.py`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.benchmarks.x12.corpus import Corpus
from tests.benchmarks.x12.measuring import medians, rate
from tests.translators.x12.definitions import CATALOGUE
from tests.translators.x12.pyx12_judge import Judge
from tests.translators.x12.reading import events_of
from translators.x12 import Event, TransactionSet, read

pytestmark = pytest.mark.benchmark
_CHUNK = 64 * 1024


def _chunks(payload: bytes) -> Iterator[bytes]:
    return (payload[i : i + _CHUNK] for i in range(0, len(payload), _CHUNK))


def _sets(events: Iterable[Event]) -> int:
    sets = findings = 0
    for event in events:
        if isinstance(event, TransactionSet):
            sets += 1
            findings += len(event.findings)
    assert findings == 0
    return sets


def _floor(payload: bytes) -> int:
    return len([s.split("*") for s in payload.decode("latin-1").split("~")])


@pytest.mark.parametrize("form", ["mixed", "huge 850", "huge 856", "small 850"])
def test_speed_of_reading(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = Corpus()
    kind = form[-3:]
    payload = {"mixed": lambda: corpus.mixed(4_000_000), "small 850": corpus.small}.get(
        form, lambda: corpus.huge(4_000_000, kind)
    )()
    times = 500 if form == "small 850" else 1
    engines = {
        "floor: two splits": lambda: [_floor(payload) for _ in range(times)],
        "validate": lambda: [_sets(read(_chunks(payload), CATALOGUE)) for _ in range(times)],
        "validate, with trees": lambda: [
            _sets(read(_chunks(payload), CATALOGUE, keep_trees=True)) for _ in range(times)
        ],
        "exact walk alone": lambda: [
            _sets(events_of(_chunks(payload), CATALOGUE, is_exact=True)) for _ in range(times)
        ],
    }
    seconds = medians(engines, 5)
    with capsys.disabled():
        print(f"\n{form}, {len(payload):,} bytes")
        for name, taken in seconds.items():
            print(f"  {name:24} {rate(len(payload) * times, taken):7.1f} MB/s  {taken / times * 1000:9.3f} ms")
    # A measure of the machine is no verdict; that the fast walk is several times the exact one is.
    assert seconds["validate"] * 2 < seconds["exact walk alone"]


def test_speed_beside_pyx12(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    judge = Judge(tmp_path, "004010", ("810", "850", "855", "856"))
    payload = Corpus().mixed(100_000)
    seconds = medians(
        {
            "ours": lambda: _sets(read(_chunks(payload), CATALOGUE)),
            "pyx12, maps cached": lambda: judge.accepts(payload.replace(b"~", b"~\n")),
        },
        3,
    )
    with capsys.disabled():
        print(f"\nmixed, {len(payload):,} bytes")
        for name, taken in seconds.items():
            print(f"  {name:24} {rate(len(payload), taken):7.2f} MB/s")
    assert seconds["ours"] * 20 < seconds["pyx12, maps cached"]


def test_speed_when_every_set_has_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    """The exact walk as it runs in production: from the batch with the mistake on, believing compiled checks for right segments."""
    payload = Corpus().mixed(2_000_000)
    wrong = re.sub(rb"(~ST\*.*?~N1\*)..", rb"\1??", payload, flags=re.DOTALL)

    def findings() -> int:
        return sum(len(e.findings) for e in read(_chunks(wrong), CATALOGUE) if isinstance(e, TransactionSet))

    assert findings() == payload.count(b"~ST*")
    seconds = medians({"every set wrong": findings}, 5)["every set wrong"]
    with capsys.disabled():
        print(f"\nmixed, a mistake in every set: {rate(len(wrong), seconds):.1f} MB/s")
