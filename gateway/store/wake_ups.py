"""Wake-ups on PostgreSQL: a Procrastinate job per document that has something to do, deferred in the transaction that gave it that.

The row in `jobs` stays the truth: a wake-up only says "look at this document now". One that comes twice finds the document claimed or
done; one that is lost costs the time until the next sweep over `jobs`. So of Procrastinate only what it does best is used: transactional
deferral, priorities, LISTEN/NOTIFY and scheduled jobs; not its locks, retries and results. Decision 0008.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Connection

if TYPE_CHECKING:
    from procrastinate import App

QUEUE = "documents"
TASK = "advance"
POLL_SECONDS = 5.0  # Procrastinate's own look when no notification came
RECONNECT_SECONDS = 1.0
CLEAR_SECONDS = 60.0

log = structlog.get_logger("gateway")


def wake(connection: Connection, document_id: str, tier: int) -> None:
    """Have a document looked at as soon as this transaction commits. On SQLite nothing: its one process wakes itself.

    Args:
        tier: service tier, 0 first.
    """
    if connection.dialect.name == "postgresql":
        _defer(connection, document_id, priority=-tier)


def wake_later(connection: Connection, document_id: str, tier: int, due: datetime) -> None:
    """Have a document looked at when it is due, if this transaction commits. On SQLite nothing."""
    if connection.dialect.name == "postgresql":
        _defer(connection, document_id, priority=-tier, schedule_at=due)


def _defer(connection: Connection, document_id: str, **how: Any) -> None:
    # The transaction's own connection, so that the wake-up is there when the work is, and only then.
    driver = connection.connection.dbapi_connection
    task = _deferring().configure_task(TASK, allow_unknown=True, queue=QUEUE, connection=driver, **how)
    task.defer(document_id=document_id)


@cache
def _deferring() -> App:
    """Return an app that only defers, on connections that are handed to it."""
    from procrastinate import App, SyncPsycopgConnector  # noqa: PLC0415  an extra: SQLite needs none of it

    return App(connector=SyncPsycopgConnector())


class WakeUps:
    """Listens for wake-ups and has each looked at, several at a time, until it is stopped.

    Args:
        url: the database's, as in the settings.
        look: advances one document, called in a thread of its own; catches everything.
        threads: how many are looked at at the same time.
    """

    def __init__(self, url: str, look: Callable[[str], None], threads: int) -> None:
        self._address = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._look = look
        self._threads = threads
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listening: asyncio.Task[None] | None = None

    def listen(self) -> None:
        """Listen until `stop`; while the server is away, try again every second."""
        asyncio.run(self._listen())

    def stop(self) -> None:
        """End `listen` after the documents that are being looked at."""
        self._stopping.set()
        loop, listening = self._loop, self._listening
        if loop is not None and listening is not None:
            loop.call_soon_threadsafe(listening.cancel)

    async def _listen(self) -> None:
        from procrastinate import App, PsycopgConnector  # noqa: PLC0415  an extra

        self._loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(self._threads, thread_name_prefix="worker") as pool:
            while not self._stopping.is_set():
                app = App(connector=PsycopgConnector(conninfo=self._address, min_size=1, max_size=self._threads + 2))

                @app.task(name=TASK, queue=QUEUE)
                async def advance(document_id: str) -> None:
                    await asyncio.get_running_loop().run_in_executor(pool, self._look, document_id)

                self._listening = asyncio.create_task(self._work(app))
                if self._stopping.is_set():  # between the question and the answer
                    self._listening.cancel()
                try:
                    await self._listening
                except asyncio.CancelledError:
                    return
                except Exception as away:  # noqa: BLE001  whatever it was: the sweep goes on, and listening begins again
                    log.warning("trouble", code="GW-5005", sentence=f"Wake-ups are not heard: {away!r}.")
                    await asyncio.sleep(RECONNECT_SECONDS)

    async def _work(self, app: App) -> None:
        options: dict[str, Any] = {
            "queues": [QUEUE],
            "concurrency": self._threads,
            "fetch_job_polling_interval": POLL_SECONDS,
            "install_signal_handlers": False,
            "delete_jobs": "always",
        }
        async with app.open_async():
            clearing = asyncio.create_task(_clear_abandoned(app))
            try:
                await app.run_worker_async(**options)
            finally:
                clearing.cancel()


async def _clear_abandoned(app: App) -> None:
    """Remove the wake-ups that a process took and died with; the sweep over `jobs` finds their documents."""
    from procrastinate.jobs import Status  # noqa: PLC0415  an extra

    while True:
        for job in await app.job_manager.get_stalled_jobs(queue=QUEUE):
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
        await asyncio.sleep(CLEAR_SECONDS)
