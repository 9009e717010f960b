"""What the engine does at its limits: it stops listing, it stops walking, and its memory stays flat."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.x12.corpus import Corpus
from tests.translators.x12.definitions import CATALOGUE
from tests.translators.x12.generation import interchange_of
from tests.translators.x12.reading import all_findings, events_of
from translators.x12 import Catalogue, SetPart, TransactionSet, read, set_reading
from translators.x12.tokens import SEGMENT_LIMIT_BYTES
from translators.x12.walk import FINDINGS_LIMIT

_ORDER = [["ST", "850", "0001"], ["BEG", "00", "SA", "4711", "", "20261120"], ["PO1", "1", "10", "EA"]]


def test_findings_are_listed_up_to_a_limit() -> None:
    rows = [*_ORDER, *([["QQQ", "1"]] * (FINDINGS_LIMIT + 500))]
    rows.append(["SE", str(len(rows) + 1), "0001"])
    (transaction_set,) = [
        e for e in events_of([interchange_of([rows], "004010")], CATALOGUE) if isinstance(e, TransactionSet)
    ]
    assert len(transaction_set.findings) == FINDINGS_LIMIT + 1
    assert transaction_set.findings[-1].code == "X12-FINDINGS-CUT"
    assert transaction_set.segment_count == len(rows)


def test_a_segment_that_never_ends_is_told_and_cut() -> None:
    rows = [*_ORDER, ["MSG", "x" * (SEGMENT_LIMIT_BYTES + 10)], ["SE", "5", "0001"]]
    codes = {f.code for f in all_findings(events_of([interchange_of([rows], "004010")], CATALOGUE))}
    assert {"X12-SEGMENT-TOO-LONG", "X12-ELEMENT-TOO-LONG"} <= codes


def test_a_set_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_reading, "SET_LIMIT_BYTES", 5_000)
    rows = [*_ORDER, *([["PID", "F", "", "", "", "Widget"]] * 500)]
    rows.append(["SE", str(len(rows) + 1), "0001"])
    payload = interchange_of([rows], "004010")
    for pieces in ([payload], [payload[i : i + 100] for i in range(0, len(payload), 100)]):
        (found,) = [e for e in events_of(pieces, CATALOGUE) if isinstance(e, TransactionSet)]
        assert [f.code for f in found.findings] == ["X12-SET-TOO-LARGE"]
        assert found.segment_count == len(rows)


def _small_sets(size_bytes: int) -> Iterator[bytes]:
    order = Corpus().small()
    head, rest = order.split(b"GS*", 1)
    body = rest[rest.index(b"ST*") : rest.index(b"GE*")]
    yield head
    size = groups = 0
    while size < size_bytes:
        groups += 1
        sets = b"".join(body.replace(b"*0001~", b"*%09d~" % n) for n in range(1, 501))
        size += len(sets)
        yield b"GS*PO*SENDER*RECEIVER*20260721*1010*%d*X*004010~%sGE*500*%d~" % (groups, sets, groups)
    yield b"IEA*%d*000000001~" % groups


def _one_set(size_bytes: int) -> Iterator[bytes]:
    yield _HEAD
    size, lines, segments, total = 0, 0, 2, 0
    while size < size_bytes:
        lines += 1
        segments += 51
        total += lines % 500 + 1
        text = b"PO1*%d*%d*EA*9.25~" % (lines, lines % 500 + 1) + b"PID*F****A line of description~" * 50
        size += len(text)
        yield text
    yield b"CTT*%d*%d~SE*%d*0001~GE*1*1~IEA*1*000000001~" % (lines, total, segments + 2)


_HEAD = (
    b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260721*1010*U*00401*000000001*0*P*>~"
    b"GS*PO*SENDER*RECEIVER*20260721*1010*1*X*004010~ST*850*0001~BEG*00*SA*1**20260721~"
)
FORMS = {"small": _small_sets, "one": _one_set}


def _measure(form: str, megabytes: int, *, in_parts: bool = False) -> int:
    """Return the megabytes that a process of its own has at most while it reads the form."""
    command = [
        sys.executable,
        "-c",
        f"from tests.translators.x12.test_limits import report; report({form!r}, {megabytes}, in_parts={in_parts})",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    return int(done.stdout)


def report(form: str, megabytes: int, *, in_parts: bool) -> None:
    """Read the form and print the most memory it took; runs in a process of its own."""
    chunks = FORMS[form](megabytes * 1_000_000)
    loops = 0
    for event in read(chunks, CATALOGUE, in_parts=in_parts):
        assert not getattr(event, "findings", ())
        if isinstance(event, SetPart):
            loops += len(event.tree.loops)
    assert (loops > 0) == in_parts
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


@pytest.mark.parametrize("in_parts", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_memory_does_not_grow_with_the_file(form: str, in_parts: bool) -> None:
    assert _measure(form, 20, in_parts=in_parts) < _measure(form, 2, in_parts=in_parts) + 10


@pytest.mark.slow
@pytest.mark.parametrize(("form", "megabytes"), [("small", 1000), ("one", 100)])
@pytest.mark.parametrize("in_parts", [False, True])
def test_large_files_stay_within_200_megabytes(form: str, megabytes: int, in_parts: bool) -> None:
    assert _measure(form, megabytes, in_parts=in_parts) < 200


def test_files_that_ask_for_every_release_and_separator_leave_little_behind() -> None:
    catalogue = Catalogue(CATALOGUE.load)
    payload = interchange_of([[*_ORDER, ["SE", "4", "0001"]]], "004010")
    for number in range(6_000):
        events_of([payload.replace(b"X*004010", b"X*%06d" % number)], catalogue)
    assert len(catalogue.cache) < 5_200  # the limit, and what exists
    for component in range(0x80, 0xFF):
        other = payload.replace(b"*T*>~", b"*T*%c~" % component).replace(b"*10*EA", b"*10*EA**" + bytes([component]))
        assert len(all_findings(events_of([other], catalogue))) > 0
    assert all_findings(events_of([payload], catalogue)) == []


def test_one_850_loads_one_set_of_one_release() -> None:
    """Starting stays as quick as it is however many releases and sets there are."""
    asked = []

    def load(name: str) -> bytes | None:
        asked.append(name)
        return CATALOGUE.load(name)

    assert all_findings(read([Corpus().small()], Catalogue(load))) == []
    assert sorted(asked) == ["004010/850.json", "004010/codes.json", "004010/segments.json"]
