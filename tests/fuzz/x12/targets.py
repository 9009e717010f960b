"""What the campaigns throw bytes at: the reader, the validation, the acknowledgments both ways, the explanation.

A target raises where a contract is broken; anything else that it raises is a defect too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from tests.translators.x12.definitions import CATALOGUE, SETS
from tests.translators.x12.generation import interchange_of
from tests.translators.x12.reading import comparable, events_of, pieces_of
from translators.x12 import (
    FUNCTIONAL_IDS,
    FunctionalGroup,
    GroupEnd,
    InterchangeEnd,
    Separators,
    TransactionSet,
    explain,
    functional_acknowledgment,
    interchange_acknowledgment,
    read_functional_acknowledgment,
)

RELEASES = sorted({release for release, _ in SETS})
SET_IDS = sorted({set_id for _, set_id in SETS if set_id in FUNCTIONAL_IDS})

_NOW = datetime(2026, 11, 21, 4, 5, tzinfo=UTC)


class BrokenContractError(AssertionError):
    """Two ways of reading the same bytes say different things."""


def reader(payload: bytes) -> None:
    """Fast and exact walk, whole and in pieces, say the same."""
    fast = comparable(events_of([payload], CATALOGUE, keep_trees=True))
    if fast != comparable(events_of([payload], CATALOGUE, keep_trees=True, is_exact=True)):
        raise BrokenContractError("fast and exact differ")
    if fast != comparable(events_of(pieces_of(payload, 13), CATALOGUE, keep_trees=True)):
        raise BrokenContractError("whole and cut differ")


def validation(payload: bytes) -> None:
    """The segments of one set in a right envelope: fast and exact walk say the same, whatever stands between ST and SE."""
    if len(payload) < 2:
        return
    release, set_id = RELEASES[payload[0] % len(RELEASES)], SET_IDS[payload[1] % len(SET_IDS)]
    rows = [row.split("*") for row in payload[2:].decode("latin-1").split("~") if row]
    reader(interchange_of([[["ST", set_id, "0001"], *rows, ["SE", str(len(rows) + 2), "0001"]]], release))


def acknowledgments(payload: bytes) -> None:
    """Whatever came is answered, and an inbound acknowledgment is read, however wrong it is."""
    sets: list[TransactionSet] = []
    for event in events_of([payload], CATALOGUE, keep_trees=True):
        if isinstance(event, TransactionSet):
            sets.append(event)
            if event.tree is not None:
                read_functional_acknowledgment(event.tree, Separators())
        elif isinstance(event, GroupEnd):
            group = FunctionalGroup(event.header, tuple(sets), event.sets_included, event.findings)
            functional_acknowledgment(group, CATALOGUE, release="004010")
            functional_acknowledgment(group, CATALOGUE, release="005010", kind="999")
            sets = []
        elif isinstance(event, InterchangeEnd):
            interchange_acknowledgment(event.header, event.findings, _NOW)


def explanation(payload: bytes) -> None:
    """Anything can be explained, and no byte of it becomes markup."""
    explained = explain([payload], CATALOGUE)
    explained.text()
    if "<script" in explained.html():
        raise BrokenContractError("markup from a payload")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "reader": reader,
    "validation": validation,
    "acknowledgments": acknowledgments,
    "explanation": explanation,
}
