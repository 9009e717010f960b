"""The verdict on every public sample file, reviewed by hand: how many sets are accepted and what refuses the others.

`sample_verdicts.csv` holds one row a file; `why` says, where the verdict is not that of INDEX.csv (which looks at counts, numbers and the
width of the ISA alone), why it is right all the same.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.translators.x12.definitions import CATALOGUE
from tests.translators.x12.reading import all_findings, events_of
from translators.x12 import TransactionSet

_SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
_TABLE = Path(__file__).with_name("sample_verdicts.csv")

with _TABLE.open(newline="", encoding="utf-8") as _table:
    VERDICTS = {row["file"]: row for row in csv.DictReader(_table)}

needs_samples = pytest.mark.skipif(not _SAMPLES.is_dir(), reason="the sample files are not beside the project")


def verdict_of(payload: bytes) -> tuple[str, str]:
    """Return "accepted/all sets" and what refuses something: "X12-SE-COUNT SE01", each once."""
    events = events_of([payload], CATALOGUE)
    sets = [e for e in events if isinstance(e, TransactionSet)]
    refusing = set()
    for found in all_findings(events):
        if found.refuses:
            at = found.position
            place = at.segment_id + (f"{at.element:02d}" if at.element is not None else "")
            refusing.add(f"{found.code} {place}".strip())
    return f"{sum(s.is_accepted for s in sets)}/{len(sets)}", "; ".join(sorted(refusing))


def _index() -> dict[str, dict[str, str]]:
    if not _SAMPLES.is_dir():
        return {}
    with (_SAMPLES / "INDEX.csv").open(newline="") as index:
        return {row["file"]: row for row in csv.DictReader(index)}


@needs_samples
def test_every_sample_has_a_verdict() -> None:
    assert list(VERDICTS) == list(_index())


@needs_samples
@pytest.mark.parametrize("file", VERDICTS)
def test_a_sample_gets_the_verdict_that_was_reviewed(file: str) -> None:
    row = VERDICTS[file]
    assert verdict_of((_SAMPLES / file).read_bytes()) == (row["sets"], row["refused_for"])


@needs_samples
def test_every_verdict_unlike_the_index_has_its_reason() -> None:
    differs = {
        file for file, row in VERDICTS.items() if (row["refused_for"] == "") != (_index()[file]["well_formed"] == "yes")
    }
    assert differs == {file for file, row in VERDICTS.items() if row["why"]}
