"""The database: what `write` returned is there, a failing writer takes back only itself, a full disk loses nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError

from gateway.errors import GatewayError
from gateway.store import numbers
from gateway.store.columns import UtcTime, metadata
from gateway.store.engine import Database, LostRace
from gateway.store.schema import upgrade
from gateway.store.tables import control_numbers, cursors, payloads

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/var/gateway.db"
    upgrade(url)
    made = Database(url)
    yield made
    made.close()


def add(connection: Connection, name: str) -> str:
    connection.execute(insert(cursors), {"connector": name, "cursor": "1"})
    return name


def names(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(select(cursors.c.connector)).scalars())


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_a_second_upgrade_changes_nothing(database: Database, tmp_path: Path) -> None:
    database.write(lambda c: add(c, "kept"))
    upgrade(f"sqlite:///{tmp_path}/var/gateway.db")
    assert names(database) == {"kept"}


def test_a_commit_survives_power_loss_by_its_settings(database: Database) -> None:
    with database.read() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_writers_that_share_a_commit_fail_alone(database: Database) -> None:
    """The first one holds the writer until all others wait, so that they go into one commit."""
    began, waiting = threading.Event(), threading.Event()

    def first(connection: Connection) -> str:
        began.set()
        waiting.wait(10)
        return add(connection, "first")

    def failing(connection: Connection) -> str:
        add(connection, "half done")
        raise ZeroDivisionError

    with ThreadPoolExecutor(40) as pool:
        one = pool.submit(database.write, first)
        assert began.wait(10)
        good = [pool.submit(database.write, lambda c, n=n: add(c, f"good {n}")) for n in range(30)]
        bad = [pool.submit(database.write, failing) for _ in range(4)]
        taken = [pool.submit(database.write, lambda c: add(c, "wanted by all")) for _ in range(4)]
        give_up = time.monotonic() + 10
        while database._queue.qsize() < 38 and time.monotonic() < give_up:
            time.sleep(0.001)
        waiting.set()
        assert one.result() == "first"
        assert [g.result() for g in good] == [f"good {n}" for n in range(30)]
        assert {type(b.exception()) for b in bad} == {ZeroDivisionError}
        assert sorted(type(t.exception()).__name__ for t in taken) == ["LostRace"] * 3 + ["NoneType"]
    assert names(database) == {"first", "wanted by all", *(f"good {n}" for n in range(30))}


def test_the_writer_goes_on_after_what_no_one_expected(database: Database) -> None:
    def dying(_connection: Connection) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.write(dying)
    assert database.write(lambda c: add(c, "after")) == "after"


def test_only_a_key_that_is_taken_is_a_lost_race(database: Database) -> None:
    """What can never succeed must not be tried again and again."""
    database.write(lambda c: add(c, "taken"))
    with pytest.raises(LostRace):
        database.write(lambda c: add(c, "taken"))
    with pytest.raises(IntegrityError, match="NOT NULL"):
        database.write(lambda c: c.execute(insert(cursors), {"connector": "new"}))
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        database.write(lambda c: numbers.intend(c, "key", "no such document", "post", NOW))
    assert names(database) == {"taken"}


def test_a_full_database_is_retryable_loses_nothing_and_works_again_with_room(database: Database) -> None:
    kept = set()

    def big(connection: Connection, number: int) -> None:
        row = {"sha256": f"{number:064d}", "size_bytes": 1, "content": b"x" * 20_000, "stored_at": NOW}
        connection.execute(insert(payloads), row)

    def limit(pages: int) -> None:
        # The limit belongs to a connection: the writer's is the only one in use here.
        database.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}").fetchall())

    limit(200)
    with ThreadPoolExecutor(8) as pool:
        tries = {n: pool.submit(database.write, lambda c, n=n: big(c, n)) for n in range(100)}
        for number, tried in tries.items():
            error = tried.exception()
            if error is None:
                kept.add(f"{number:064d}")
            else:
                assert isinstance(error, GatewayError), error
                assert (error.code, error.is_retryable) == ("GW-5001", True)
    assert 0 < len(kept) < 100
    with database.read() as connection:
        assert set(connection.execute(select(payloads.c.sha256)).scalars()) == kept
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    limit(10_000)
    database.write(lambda c: big(c, 1000))


def test_nothing_is_written_after_the_close_and_what_was_handed_in_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/gateway.db"
    upgrade(url)
    database = Database(url)
    with ThreadPoolExecutor(8) as pool:
        written = [pool.submit(database.write, lambda c, n=n: add(c, str(n))) for n in range(50)]
        database.write(lambda c: add(c, "last"))
        pool.submit(database.close).result()
        outcomes = {str(n): w.exception() for n, w in enumerate(written)}
    done = {n for n, error in outcomes.items() if error is None}
    assert all(isinstance(e, GatewayError) and e.code == "GW-5002" for e in outcomes.values() if e is not None)
    reopened = Database(url)
    assert names(reopened) == {*done, "last"}
    reopened.close()


def test_control_numbers_have_no_gap_and_no_repeat_whatever_fails_meanwhile(database: Database) -> None:
    def take(connection: Connection, number: int) -> int:
        taken = numbers.next_control_number(connection, "hill-street", "ISA")
        if number % 3 == 0:
            raise ZeroDivisionError  # the leg failed: its number is given to the next one
        return taken

    with ThreadPoolExecutor(8) as pool:
        tries = [pool.submit(database.write, lambda c, n=n: take(c, n)) for n in range(240)]
        given = [t.result() for n, t in enumerate(tries) if n % 3]
    assert sorted(given) == list(range(1, 161))


def test_control_numbers_begin_again_after_nine_digits_and_each_partner_and_scope_has_its_own(
    database: Database,
) -> None:
    last = {"partner": "hill-street", "scope": "ISA", "last": 999_999_998}
    database.write(lambda c: c.execute(insert(control_numbers), last))

    def several(connection: Connection) -> list[int]:
        keys = [("hill-street", "ISA")] * 3 + [("hill-street", "GS"), ("lakeside", "ISA")]
        return [numbers.next_control_number(connection, *key) for key in keys]

    assert database.write(several) == [999_999_999, 1, 2, 1, 1]


@given(
    st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1)),  # noqa: DTZ001  made aware below
    st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
)
def test_the_order_of_times_in_the_database_is_the_order_of_time(one: datetime, other: datetime, minutes: int) -> None:
    class Sqlite:
        name = "sqlite"

    here, there = one.replace(tzinfo=UTC), other.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    column = UtcTime()
    first, second = (column.process_bind_param(t, Sqlite()) for t in (here, there))  # type: ignore[arg-type]
    assert (first < second, first == second) == (here < there, here == there)
    assert column.process_result_value(second, Sqlite()) == there  # type: ignore[arg-type]


def test_a_database_of_another_version_says_to_stop_and_start_the_gateway(database: Database) -> None:
    with pytest.raises(GatewayError, match="another version") as told, database.read() as connection:
        connection.execute(text("SELECT colour FROM cursors"))
    assert told.value.code == "GW-5001"
    assert "migrates the database" in told.value.sentence
