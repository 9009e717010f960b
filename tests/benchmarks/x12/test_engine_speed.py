"""How fast the engine is: the tables of `side_by_side`, and the one ratio that is a promise."""

from __future__ import annotations

import pytest

from tests.benchmarks.x12 import side_by_side
from tests.benchmarks.x12.corpus import Corpus
from tests.benchmarks.x12.measuring import medians

pytestmark = pytest.mark.benchmark


def test_engine_beside_its_floor_and_its_peers(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        for table in (side_by_side.side_by_side, side_by_side.start, side_by_side.shapes):
            for line in table():
                print(line)
    # A measure of the machine is no verdict; that the fast walk is several times the exact one is.
    measured = side_by_side.engines(Corpus().mixed(1_000_000))
    names = ("validate", "exact walk without compiled checks")
    seconds = medians({name: measured[name] for name in names}, 3)
    assert seconds[names[0]] * 4 < seconds[names[1]]
