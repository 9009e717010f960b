"""pyx12 as judge: it and we agree on every generated set and every single mutation.

Where we differ on the malformed table, EXPLAINED says why.

pyx12's maps are made from our own definitions, so it judges the engine, not the facts.
"""

from __future__ import annotations

import logging
import random
import re

import pytest

from tests.translators.x12.definitions import CATALOGUE
from tests.translators.x12.generation import Generator, interchange_of
from tests.translators.x12.pyx12_judge import VERSIONS, Judge
from tests.translators.x12.reading import all_findings, events_of
from tests.translators.x12.test_acknowledgments import groups_in, read_back, written
from tests.translators.x12.test_generated_sets import MUTATIONS
from tests.translators.x12.test_malformed_interchanges import CASES, _interchange
from tests.translators.x12.test_malformed_structure import CASES as STRUCTURE
from translators.x12 import functional_acknowledgment
from translators.x12.functional_ids import KNOWN_GROUPS

SET_ID = re.compile(r"[0-9]{3}\Z")
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


# The same for the table of bytes. Where pyx12 stops with an exception it gives no verdict; we always give one.
EXPLAINED_BYTES = {
    "TA104 is none of A, E and R": "it does not read TA1",
    "TA105 is no note": "as above",
    "TA1 after GE": "a warning of ours: some senders put it there, and it is read",
    "ISA11 is T in 00401": "no list in the control map",
    "ISA11 is a digit in 00401": "as above",
    "ISA11 is a separator in 00401": "everyday slip of newer software; nothing repeats in 00401",
    "ISA11 is the component separator": "it never compares the separators",
    "ISA11 is a letter": "as above",
    "ISA11 is blank": "as above",
    "ISA05 unknown": "no list in the control map",
    "ISA07 unknown": "as above",
    "ISA13 8 digits": "equal as numbers: a warning of ours",
    "ISA06 too wide": "we count sixteen separators; it slices",
    "GS02 has one character": "a warning of ours: it can be answered",
    "terminator letter": "it cuts by the letter and finds nothing wrong with what is left; nobody's data survives that",
    "last terminator missing": "a warning of ours: the IEA is whole",
    "empty interchange": "it counts nothing; we ask what was to be sent",
    "empty elements at the end": "a note of ours: X12.6 leaves them out, most senders do not",
    "leading blank tag": "files indented for people",
    "a line break in a value": "files wrapped by old programs",
    "a number with an exponent": "X12.6 allows it for R; its pattern does not",
    "HL01 counts down": "the standard asks for unique numbers, not for consecutive ones",
    "a code is blank": "a warning of ours: an optional element of blanks is an empty one",
    "a required element is blank": "blanks are a value to it; X12.6 wants a character",
    "CTT01 negative": "it never checks CTT",
    "text repeats in 5010": "it does not look for repetitions in an element that has none",
}
NO_VERDICT = {
    "a bare SE among segments of no set",
    "junk between",
    "two IEA",
    "two GE",
    "two SE",
    "GS missing",
    "ST missing",
    "IEA before GE",
    "GE before SE",
    "IEA in set",
    "TA102 is no date",
    "gs in lower case",
    "st in lower case",
    "a byte order mark",
    "UTF-16 with a byte order mark",
    "UTF-16, big end first",
    "EBCDIC",
    "gzip",
    "the terminator is the element separator",
    "ISA16 is the element separator",
    "terminator blank",
    "ISA 15 elements",
    "ISA 17 elements",
    "GS01 blank",
    "GS01 long",
    "GS01 in lower case",
    "GS08 blank",
    "GS08 cut",
    "GS08 garbage",
    "GS08 is newer than ISA12",
    "GE alone",
    "another element separator in ST",
    "ISA11 is the element separator",
    "ISA11 is the terminator",
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


def test_where_we_differ_on_malformed_bytes_is_explained(release_and_judge: tuple[str, Judge]) -> None:
    release, judge = release_and_judge
    cases = [(n, p) for n, p, _ in STRUCTURE if (b"005010" in p) == (release == "005010")]
    verdicts = {n: (_accepts(p), _verdict(judge, p)) for n, p in cases}
    names = {n for n, _ in cases}
    assert {n for n, (ours, its) in verdicts.items() if its not in (None, ours)} == names & set(EXPLAINED_BYTES)
    assert {n for n, (_, its) in verdicts.items() if its is None} == names & NO_VERDICT


def test_what_we_answer_to_anything_malformed_is_right_for_pyx12(release_and_judge: tuple[str, Judge]) -> None:
    release, judge = release_and_judge
    payloads = [_interchange(c) for c in CASES] + [p for _, p, _ in STRUCTURE]
    answered = 0
    for payload in payloads:
        for group in groups_in(payload):
            answer = written(functional_acknowledgment(group, CATALOGUE, release=release), release, "997")
            _, said = read_back(answer)
            assert [s.code == "R" for s in said.sets] == [not s.is_accepted for s in group.sets]
            known = group.header.functional_id in KNOWN_GROUPS and all(SET_ID.match(s.id) for s in group.sets)
            if known:
                # AK1 and AK2 name group and set as they were sent; where those are no codes, the answer holds none either.
                assert _verdict(judge, answer), payload
                answered += 1
    assert answered > 200


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
