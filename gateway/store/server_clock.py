"""The database server's clock: what leases and due times mean when several machines share one PostgreSQL.

Asked once a minute; in between the machine's monotonic clock counts on, so that a machine whose own clock is wrong, or is set while the
gateway runs, neither takes a lease too early nor sleeps through a due time.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select

from gateway.errors import GatewayError
from gateway.store.engine import Database

ASK_AGAIN_SECONDS = 60  # quartz drifts by some microseconds a second: far below anything that a lease would notice

log = structlog.get_logger("gateway")
_NOW = select(func.clock_timestamp())


class ServerClock:
    """The time of the server of `database`. Making one raises GatewayError GW-5001 when the server cannot be asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asking = threading.Lock()
        self._anchor = self._ask()  # the server's time, and our monotonic time when it was that

    def now(self) -> datetime:
        """Return the server's time in UTC, aware; while the server is away, what it would be."""
        if time.monotonic() - self._anchor[1] > ASK_AGAIN_SECONDS and self._asking.acquire(blocking=False):
            try:
                self._anchor = self._ask()
            except GatewayError as away:
                log.warning("trouble", code=away.code, sentence=away.sentence)
                self._anchor = self._counted_on()
            finally:
                self._asking.release()
        return self._counted_on()[0]

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def _counted_on(self) -> tuple[datetime, float]:
        was, asked_at = self._anchor
        now = time.monotonic()
        return was + timedelta(seconds=now - asked_at), now

    def _ask(self) -> tuple[datetime, float]:
        with self._database.read() as connection:
            before = time.monotonic()
            said: datetime = connection.execute(_NOW).scalar_one()
            # It was asked somewhere in between; half the way is the best guess.
            return said, (before + time.monotonic()) / 2
