"""The database: one connection that writes, many that read.

`write` runs a function in a transaction and returns when it is durable. On SQLite all writers of a process share commits: while one
commit waits for the disk, the next functions queue and then go into one transaction together, each behind a savepoint of its own, so
that a failing one takes only itself back. WAL with synchronous=FULL: a commit that returned survives power loss.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.pool import QueuePool

from gateway.errors import GatewayError

T = TypeVar("T")
Transaction = (
    Connection  # the name by which the rest of the gateway knows it, so that only this package knows SQLAlchemy
)

GROUP_LIMIT = 64  # functions in one commit: keeps the longest wait short while a commit still costs little per function


class Database:
    """Transactions on one database.

    Args:
        url: SQLAlchemy URL; "sqlite:///..." or "postgresql+psycopg://...".
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        self.engine = _sqlite_writer(url) if self.is_sqlite else create_engine(url, pool_pre_ping=True)
        self._reader = (
            _sqlite_reader(url) if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        self._queue: queue.SimpleQueue[tuple[Callable[[Connection], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for queries; each sees what is committed when it runs."""
        with translated_errors(), self._reader.connect() as connection:
            yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction and return its result once that is durable.

        Raises:
            GatewayError: GW-5001 the database cannot be reached or written (retryable).
            LostRace: a unique key was taken. Whatever `work` raises, too; it is taken back.
        """
        if not self.is_sqlite:
            with translated_errors(), self.engine.begin() as connection:
                return work(connection)
        future: Future[T] = Future()
        with self._lock:
            if self._is_closed:
                raise GatewayError("GW-5002", "The database was closed because the gateway stops.", is_retryable=True)
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_forever, name="database-writer", daemon=True)
                self._writer.start()
            self._queue.put((work, future))
        return future.result()

    def close(self) -> None:
        """Finish what was handed in, then close every connection."""
        with self._lock:
            self._is_closed = True
            writer, self._writer = self._writer, None
            if writer is not None:
                self._queue.put(None)
        if writer is not None:
            writer.join()
        self.engine.dispose()
        self._reader.dispose()

    def _write_forever(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            is_last = False
            while len(batch) < GROUP_LIMIT and not self._queue.empty():
                item = self._queue.get()
                if item is None:
                    is_last = True
                    break
                batch.append(item)
            self._commit_together(batch)
            if is_last:
                return

    def _commit_together(self, batch: list[tuple[Callable[[Connection], Any], Future[Any]]]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        try:
            with translated_errors(), self.engine.begin() as connection:
                for work, future in batch:
                    try:
                        with translated_errors(), connection.begin_nested() if len(batch) > 1 else nullcontext():
                            done.append((future, work(connection)))
                    except BaseException as refused:
                        # Without a savepoint the whole transaction is its own; with trouble in the database it is everybody's.
                        if len(batch) == 1 or isinstance(refused.__cause__, OperationalError):
                            raise
                        future.set_exception(refused)
        except BaseException as failed:  # noqa: BLE001  handed to whoever asked for the write
            for _, future in batch:
                if not future.done():
                    future.set_exception(failed)
            return
        for future, result in done:
            future.set_result(result)


class LostRace(Exception):  # noqa: N818  not an error: somebody else was first
    """A unique key was taken between our look and our write. Nothing was written; look again."""


# How the drivers say that a unique key is taken: psycopg in SQLSTATE, sqlite3 by name.
_TAKEN = {"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_ROWID"}


def _is_key_taken(broken: IntegrityError) -> bool:
    return not _TAKEN.isdisjoint(
        (getattr(broken.orig, "sqlstate", None), getattr(broken.orig, "sqlite_errorname", None))
    )


# How the drivers say that a column or a table is not there: psycopg in SQLSTATE, sqlite3 in words alone.
_UNDEFINED = {"42703", "42P01"}
_UNDEFINED_WORDS = ("no such column", "no such table", "has no column named")


def _is_other_schema(broken: DBAPIError) -> bool:
    return getattr(broken.orig, "sqlstate", None) in _UNDEFINED or any(w in str(broken.orig) for w in _UNDEFINED_WORDS)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn a unique key that was taken into LostRace, and the driver's trouble into GW-5001."""
    try:
        yield
    except IntegrityError as broken:
        if _is_key_taken(broken):
            raise LostRace(str(broken.orig)) from broken
        raise  # a rule of the tables that no second look can satisfy: our own mistake
    except (OperationalError, ProgrammingError) as trouble:
        is_other_schema = _is_other_schema(trouble)
        if isinstance(trouble, ProgrammingError) and not is_other_schema:
            raise  # a statement of ours that no database takes
        what = (
            f"The database is of another version than this program: {trouble.orig}. Stop every gateway process that runs on it and start "
            f"this version, which migrates the database; nothing was lost."
            if is_other_schema
            else f"The database could not be used: {trouble.orig}. Nothing was lost; the work is tried again."
        )
        raise GatewayError("GW-5001", what, is_retryable=True) from trouble


def _sqlite_writer(url: str) -> Engine:
    """Return an engine whose transactions take the write lock when they begin, so that none fails half-way for want of it."""
    engine = create_engine(url, poolclass=QueuePool, pool_size=1, connect_args=_SQLITE)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions behind our back
        _set_up(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _sqlite_reader(url: str) -> Engine:
    """Return an engine for queries: no transaction around them, which would cost more than the query."""
    engine = create_engine(url, poolclass=QueuePool, isolation_level="AUTOCOMMIT", connect_args=_SQLITE)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        _set_up(connection)

    return engine


_SQLITE = {"timeout": 30, "check_same_thread": False}  # seconds to wait for another process that writes


def _set_up(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.close()
