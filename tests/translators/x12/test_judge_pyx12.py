"""pyx12 as judge: it and we agree on every generated set and every single mutation.

Where we differ on the malformed table, EXPLAINED says why.

pyx12's maps are made from our own definitions, so it judges the engine, not the facts.
"""

from __future__ import annotations

import logging
import random

import pytest

from tests.translators.x12.definitions import CATALOGUE
from tests.translators.x12.generation import Generator, interchange_of
from tests.translators.x12.pyx12_judge import VERSIONS, Judge
from tests.translators.x12.reading import all_findings, events_of
from tests.translators.x12.test_acknowledgments import groups_in, written
from tests.translators.x12.test_generated_sets import MUTATIONS
from tests.translators.x12.test_malformed_interchanges import CASES, _interchange
from translators.x12 import functional_acknowledgment

SET_IDS = ("810", "850", "855", "856", "997")

# Case of the malformed table → why pyx12 says otherwise. Nothing else may differ.
EXPLAINED = {
    "IEA02 equals ISA13 as a number": "pyx12 compares as text; we warn, because real senders pad one and not the other",
    "GE02 equals GS06 as a number": "as above",
    "ISA01 is no qualifier": "its control map has no list, because the shipped one lacks most partners' values",
    "ISA03 is no qualifier": "as above",
    "ISA05 is empty": "as above; two blanks are two characters to it",
    "ISA07 is empty": "as above",
    "ISA06 is empty": "fifteen blanks are fifteen characters to it",
    "ISA08 is empty": "as above",
    "ISA14 is neither 0 nor 1": "no list in the control map",
    "ISA15 is none of P, T, I": "no list in the control map",
    "GS07 is no agency": "no list in the control map",
    "ISA06 is too narrow": "we count sixteen separators and warn; it slices",
    "a segment stands between ISA and GS": "it walks on without a word",
    "GS04 has six digits": "a warning of ours: every field of the interchange can still be read",
    "GS01 is unknown": "it stops with EngineError instead of a verdict",
    "GS08 is no release we have": "it stops with EngineError instead of a verdict",
    "GS08 has a suffix": "it stops with EngineError; VICS is 004010 with a suffix",
    "ST01 is no set": "it never looks at ST01 when the group has one map",
    "ST01 is not of the group": "as above",
    "a code is padded with blanks": "a warning of ours: everyday traffic",
    "there are too many components": "it stops with IndexError instead of a verdict",
    "a text holds the component separator": "a warning of ours: 9:00 in a note where ':' is the separator",
    "CTT01 is not the number of lines": "it never checks CTT",
    "HL01 skips": "a warning of ours: the standard asks for unique numbers, not for consecutive ones",
}


@pytest.fixture(scope="module", params=sorted(VERSIONS))
def release_and_judge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Judge]:
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    return request.param, Judge(tmp_path_factory.mktemp(request.param), request.param, SET_IDS)


def _verdict(judge: Judge, interchange: bytes) -> bool | None:
    """Return what pyx12 says; its own crash is no verdict."""
    try:
        return judge.accepts(interchange)[0]
    except Exception:  # noqa: BLE001  whatever it raises
        return None


def _accepts(interchange: bytes) -> bool:
    return not any(f.refuses for f in all_findings(events_of([interchange], CATALOGUE)))


@pytest.mark.parametrize("set_id", SET_IDS)
def test_both_say_the_same_of_right_sets_and_of_every_mutation(
    set_id: str, release_and_judge: tuple[str, Judge]
) -> None:
    release, judge = release_and_judge
    differ = []
    for seed in range(2 + 2 * len(MUTATIONS)):
        rng = random.Random(seed)
        generator = Generator(CATALOGUE, release, set_id, rng, 0.05 if seed % 2 else 0.2)
        segments = generator.segments()
        if seed >= 2:
            MUTATIONS[(seed - 2) // 2](segments, rng, generator)
        interchange = interchange_of([segments], release, line_end="\n")
        if _accepts(interchange) != _verdict(judge, interchange):
            differ.append(seed)
    assert differ == []


def test_where_we_differ_on_malformed_interchanges_is_explained(release_and_judge: tuple[str, Judge]) -> None:
    release, judge = release_and_judge
    cases = [c for c in CASES if c.version == VERSIONS[release]]
    differ = {c.name for c in cases if _accepts(_interchange(c)) != _verdict(judge, _interchange(c))}
    assert differ == {c.name for c in cases} & set(EXPLAINED)


def test_the_997_we_write_is_right_for_pyx12(release_and_judge: tuple[str, Judge]) -> None:
    release, judge = release_and_judge
    for seed in range(40):
        rng = random.Random(seed)
        generator = Generator(CATALOGUE, release, rng.choice(SET_IDS[:-1]), rng, 0.1)
        segments = generator.segments()
        MUTATIONS[seed % len(MUTATIONS)](segments, rng, generator)
        for group in groups_in(interchange_of([segments], release)):
            answer = written(functional_acknowledgment(group, CATALOGUE, release=release), release, "997")
            assert _verdict(judge, answer), seed
