"""Looking again and again: our own loop on the monotonic clock, which a wall clock that is set does not disturb.

A look that fails is tried again later and later, spread by chance so that a hundred partners behind one broken line do not all come back
in the same second.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import structlog

from gateway.clock import Clock
from gateway.errors import GatewayError

log = structlog.get_logger("gateway.polling")

LONGEST_BACKOFF_SECONDS = 600.0
GATHER_SECONDS = 0.01  # after a nudge: more of them come in the same moment, and one round trip serves all


class Polling:
    """A thread that takes a turn every `interval_seconds`, or when it is nudged.

    Args:
        turn: gets whether a look is due, or only what the nudge was about; returns in how many seconds it wants to look again, when
            that is sooner than usual.
    """

    def __init__(self, name: str, turn: Callable[[bool], float | None], interval_seconds: float, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._turn = turn
        self._interval_seconds = interval_seconds
        self._nudge = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._sooner_seconds: float | None = None
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
        """End the thread; returns when its turn is over."""
        self._stopping.set()
        self._nudge.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def nudge(self) -> None:
        """Have it take a turn soon, except while it waits after a failure."""
        self._nudge.set()

    def _run(self) -> None:
        failures = 0
        due = self._clock.monotonic()
        while not self._stopping.is_set():
            now = self._clock.monotonic()
            is_due = now >= due
            if is_due:
                due = now + self._interval_seconds
            if self._is_well(is_due):
                failures = 0
                if self._sooner_seconds is not None:
                    due = min(due, now + self._sooner_seconds)
                if self._nudge.wait(due - self._clock.monotonic()):
                    self._stopping.wait(GATHER_SECONDS)
            else:
                failures += 1
                wait = _backoff_seconds(failures, self._interval_seconds, random.random())  # noqa: S311  jitter
                self._stopping.wait(wait)
                due = self._clock.monotonic()
            self._nudge.clear()

    def _is_well(self, is_due: bool) -> bool:
        """Take a turn and return whether it went well; what the world did is kept for whoever asks."""
        try:
            self._sooner_seconds = self._turn(is_due)
        except GatewayError as trouble:
            self.trouble = trouble
            return False
        except Exception:
            # A mistake of ours with this partner must not end looking for good.
            log.exception("look-failed", loop=self._name)
            return False
        self.trouble = None
        return True


def _backoff_seconds(failures: int, interval_seconds: float, chance: float) -> float:
    """Return the wait after the `failures`-th failure in a row: doubling from the interval, spread over its upper half."""
    most = max(LONGEST_BACKOFF_SECONDS, interval_seconds)
    return min(most, interval_seconds * 2.0 ** min(failures - 1, 30)) * (0.5 + chance / 2)
