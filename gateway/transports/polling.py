"""Looking again and again: a loop of our own, whose waits a wall clock that is set does not disturb.

A look that fails is tried again later and later, spread by chance so that a hundred partners behind one broken line do not all come back
in the same second.
"""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable

import structlog

from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.transports.timetable import Timetable

log = structlog.get_logger("gateway.polling")

LONGEST_BACKOFF_SECONDS = 600.0
GATHER_SECONDS = 0.01  # after a nudge: more of them come in the same moment, and one round trip serves all


class Polling:
    """A thread that takes a turn when its timetable says so, or when it is nudged.

    Args:
        turn: gets whether a look is due, or only what the nudge was about; returns in how many seconds it wants to look again, when
            that is sooner than the timetable has it.
        retry_seconds: the wait after the first failure; it doubles.
    """

    def __init__(
        self, name: str, turn: Callable[[bool], float | None], timetable: Timetable, retry_seconds: float, clock: Clock
    ) -> None:
        self._name = name
        self._turn = turn
        self._timetable = timetable
        self._retry_seconds = retry_seconds
        self._clock = clock
        self._nudge = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._sooner: float | None = None  # when the turn wants to look again, monotonic
        self.trouble: GatewayError | None = None

    @property
    def is_running(self) -> bool:
        """Return whether the thread was started."""
        return self._thread is not None

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; returns when its turn is over, and another process may look."""
        was_running = self._thread is not None and not self._stopping.is_set()
        self._stopping.set()
        self._nudge.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        if was_running:
            with contextlib.suppress(GatewayError):  # the database is away: the lease ends by itself
                self._timetable.give_up()

    def nudge(self) -> None:
        """Have it take a turn soon, except while it waits after a failure."""
        self._nudge.set()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            if self._is_well(is_retry=failures > 0):
                failures = 0
                if self._nudge.wait(self._wait_seconds()):
                    self._stopping.wait(GATHER_SECONDS)
            else:
                failures += 1
                wait = _backoff_seconds(failures, self._retry_seconds, random.random())  # noqa: S311  jitter
                self._stopping.wait(wait)
            self._nudge.clear()

    def _is_well(self, *, is_retry: bool) -> bool:
        """Take a turn and return whether it went well; what the world did is kept for whoever asks."""
        try:
            wants = self._sooner is not None and self._clock.monotonic() >= self._sooner
            is_due = self._timetable.is_due() or is_retry or wants
            seconds = self._turn(is_due)
            if is_due:
                self._timetable.done()
                self._sooner = None
            if seconds is not None:
                self._sooner = self._clock.monotonic() + seconds
        except GatewayError as trouble:
            self.trouble = trouble
            return False
        except Exception:
            # A mistake of ours with this partner must not end looking for good.
            log.exception("look-failed", loop=self._name)
            return False
        self.trouble = None
        return True

    def _wait_seconds(self) -> float:
        wait = self._timetable.wait_seconds
        return wait if self._sooner is None else max(min(wait, self._sooner - self._clock.monotonic()), 0.0)


def _backoff_seconds(failures: int, retry_seconds: float, chance: float) -> float:
    """Return the wait after the `failures`-th failure in a row: doubling, spread over its upper half."""
    most = max(LONGEST_BACKOFF_SECONDS, retry_seconds)
    return min(most, retry_seconds * 2.0 ** min(failures - 1, 30)) * (0.5 + chance / 2)
