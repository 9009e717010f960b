"""The outside world in memory, for tests that need it to behave badly on request. The sample ERP is the real thing; this is not."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.errors import GatewayError
from gateway.ports import Outgoing, OutgoingPage, Posted, Posting
from translators.findings import Finding


@dataclass
class FakeErp:
    """An ERP that books in a dictionary.

    `troubles` is a list of what the next calls of `post` raise, in order; a trouble with `is_outcome_unknown` books first.
    Until `shows_after` (by the clock `now`) nothing that it booked is found.
    """

    kind: str = "fake"
    honours_keys: bool = True
    settle_seconds: float = 30.0
    booked: dict[str, Posting] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    troubles: list[GatewayError] = field(default_factory=list)
    obstacles: list[Finding] = field(default_factory=list)
    feed: list[Outgoing] = field(default_factory=list)
    checks_down: bool = False
    shows_after: datetime | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _numbers: itertools.count = field(default_factory=lambda: itertools.count(1001))
    _given: dict[str, str] = field(default_factory=dict)

    def check(self, posting: Posting) -> tuple[Finding, ...]:
        self.calls.append(f"check {posting.key}")
        if self.checks_down:
            raise GatewayError("GW-4201", "The ERP erp could not be reached.", is_retryable=True)
        return tuple(self.obstacles)

    def post(self, posting: Posting) -> Posted:
        self.calls.append(f"post {posting.key}")
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None and not trouble.is_outcome_unknown:
            raise trouble
        again = posting.key in self._given and self.honours_keys
        if not again:
            self._given[posting.key] = f"SO-{next(self._numbers)}"
            self.booked[self._given[posting.key]] = posting
        if trouble is not None:
            raise trouble
        number = self._given[posting.key]
        return Posted(number, f"The ERP booked it as order {number}.", again)

    def find(self, posting: Posting) -> Posted | None:
        self.calls.append(f"find {posting.key}")
        number = self._given.get(posting.key)
        if self.shows_after is not None and self.now() < self.shows_after:
            return None
        return None if number is None else Posted(number, f"The ERP has it as order {number}.", was_there_already=True)

    def outgoing(self, cursor: str) -> OutgoingPage:
        start = int(cursor or 0)
        return OutgoingPage(
            tuple(self.feed[start : start + 2]), str(min(start + 2, len(self.feed))) if self.feed[start:] else cursor
        )


class HandClock:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        self._ticks = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._ticks

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._ticks += seconds
