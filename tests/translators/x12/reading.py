"""Ways of reading that the tests share: in any chunking, fast or exact, and comparable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from translators.findings import Finding
from translators.x12 import Catalogue, Event, Loop, Pause, Policy, Reader, TransactionSet, findings_of


def events_of(
    pieces: Iterable[bytes], catalogue: Catalogue, policy: Policy | None = None, **options: bool
) -> list[Event]:
    reader = Reader(catalogue, policy or Policy(), **options)
    events: list[Event] = []
    for piece in pieces:
        reader.feed(piece)
        _drain(reader, events)
    reader.close()
    _drain(reader, events)
    return events


def _drain(reader: Reader, events: list[Event]) -> None:
    while not isinstance(event := reader.next_event(), Pause):
        events.append(event)


def pieces_of(payload: bytes, size: int) -> list[bytes]:
    return [payload[i : i + size] for i in range(0, len(payload), size)]


def comparable(events: Iterable[Event]) -> list[Any]:
    """Return events with trees as plain lists, which compare by value."""
    return [
        (e.id, e.control_number, e.offset, e.size_bytes, e.segment_count, e.is_known, plain(e.tree), e.findings)
        if isinstance(e, TransactionSet)
        else e
        for e in events
    ]


def plain(loop: Loop | None) -> Any:
    return None if loop is None else (loop.name, loop.segments, loop.numbers, [plain(inner) for inner in loop.loops])


def all_findings(events: Iterable[Event]) -> list[Finding]:
    return [f for e in events for f in findings_of(e)]
