"""When a partner is to be looked at by this process: every so many seconds, or at the times of its schedule; by one process of several.

Intervals run on the monotonic clock, which nobody sets. Times of day are compared with the account of what was run, which is in the
database: so they are run once by however many processes, made up for once after a stop, and after the clock was set back neither run
twice nor waited for. A run is noted when it is done: a process that dies in the middle leaves it to the next, and looking twice does
no harm, where not looking until tomorrow would.
"""

from __future__ import annotations

from datetime import datetime

from gateway.clock import Clock
from gateway.ports import Leases
from gateway.transports.schedules import Schedule

SHORTEST_LEASE_SECONDS = 300.0  # longer than a look takes
LOOK_AT_CLOCK_SECONDS = 20.0  # a clock that was set is noticed within


class Timetable:
    """Says when to look.

    Args:
        name: of the job, the same in every process.
        leases: None when this process is alone.
    """

    def __init__(
        self, name: str, interval_seconds: float, clock: Clock, schedule: Schedule | None, leases: Leases | None
    ) -> None:
        self._name = name
        self._interval_seconds = interval_seconds
        self._clock = clock
        self._schedule = schedule
        self._leases = leases
        self._next = clock.monotonic()
        self._running: tuple[datetime, datetime] | None = None  # the run that was last done, and the one that is due

    def is_due(self) -> bool:
        """Return whether to look now. Raises GatewayError GW-5001 when the database cannot be asked."""
        now = self._clock.monotonic()
        if now < self._next:
            return False
        if self._schedule is not None and self._schedule.has_times and self._leases is not None:
            self._next = now + self.seconds_to_time()
            return self._is_time(self._schedule, self._leases)
        self._next = now + self._interval_seconds
        if self._schedule is not None and not self._schedule.is_open(self._clock.now()):
            return False
        return self._holds()

    def done(self) -> None:
        """Note that what was due is done. Raises GatewayError GW-5001."""
        if self._running is not None and self._leases is not None:
            self._leases.claim_run(self._name, *self._running)
            self._running = None

    @property
    def wait_seconds(self) -> float:
        """Return how long to wait before asking again."""
        return max(self._next - self._clock.monotonic(), 0.0)

    def give_up(self) -> None:
        """Let another process look."""
        if self._leases is not None:
            self._leases.release(self._name)

    def seconds_to_time(self) -> float:
        """Return how long until the next time of the schedule, or until the clock is worth another look."""
        upcoming = None if self._schedule is None else self._schedule.next_due(self._clock.now())
        if upcoming is None:
            return LOOK_AT_CLOCK_SECONDS
        return min(max((upcoming - self._clock.now()).total_seconds(), 0.001), LOOK_AT_CLOCK_SECONDS)

    def _is_time(self, schedule: Schedule, leases: Leases) -> bool:
        if not self._holds():
            return False
        now = self._clock.now()
        last = leases.last_run(self._name)
        if last is None:
            leases.claim_run(self._name, None, now)  # the account begins; the past is not made up for
            return False
        due = schedule.due(last, now)
        if due is not None and due.is_run:
            self._running = (last, due.at)
        elif due is not None:
            leases.claim_run(self._name, last, due.at)
        return due is not None and due.is_run

    def _holds(self) -> bool:
        return self._leases is None or self._leases.hold(
            self._name, max(3 * self._interval_seconds, SHORTEST_LEASE_SECONDS)
        )
