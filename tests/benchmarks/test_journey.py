"""How many small 850s a second go from a file in an inbox to a posted order, durably, on SQLite; and where the time goes.

Run by `make bench`. The figures are printed, never asserted: machines differ. Compare the ratio to the floor, measured in the same run:
how many one-row transactions a second the same disk makes durable one after the other.
"""

from __future__ import annotations

import cProfile
import logging
import pstats
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway.clock import SystemClock
from gateway.runner import Runner
from gateway.simulator.papers import HAMMER, KNIFE, TAPE_MEASURE, order
from gateway.states import Direction, Kind, State
from gateway.store import lookups
from gateway.store.engine import Database, Transaction
from tests.journeys.gateway_under_test import GatewayUnderTest

FILES = 1000
PROFILED = 300

# A function belongs to the first part whose mark is in its file name.
PARTS = {
    "X12 and maps": ("/translators/x12/", "/translators/mapping/"),
    "canonical documents": ("/pydantic/", "/translators/canonical/", "/gateway/process/"),
    "SQL statements": ("/sqlalchemy/",),
    "legs and worker": ("/gateway/",),
}


@pytest.fixture
def quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def fill_inbox(gateway: GatewayUnderTest, files: int) -> int:
    """Put `files` small 850s of ten lines in an inbox; return the size of one."""
    partner = gateway.partner("hill-street")
    lines = [(item, quantity) for quantity in (1, 2, 3) for item in (HAMMER, TAPE_MEASURE, KNIFE)] + [(HAMMER, 9)]
    size = 0
    for number in range(files):
        content = partner.interchange([order(f"PO-{number:06d}", datetime.now(UTC), *lines)])
        partner.drop(content, f"{number:06d}.edi")
        size = len(content)
    return size


def posted(gateway: GatewayUnderTest) -> int:
    with gateway.station.database.read() as connection:
        rows = lookups.census(connection)
    return sum(
        n for _, way, kind, state, n in rows if (way, kind, state) == (Direction.IN, Kind.PURCHASE_ORDER, State.POSTED)
    )


def floor_commits_a_second(folder: Path) -> float:
    database = sqlite3.connect(folder / "floor.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)")
    started = time.perf_counter()
    for _ in range(2000):
        database.execute("INSERT INTO rows (text) VALUES (?)", ("x" * 200,))
    return 2000 / (time.perf_counter() - started)


@pytest.mark.benchmark
def test_files_to_posted_orders(tmp_path: Path, quiet: None, capsys: pytest.CaptureFixture[str]) -> None:
    gateway = GatewayUnderTest(tmp_path, clock=SystemClock())
    size = fill_inbox(gateway, FILES)
    floor = floor_commits_a_second(tmp_path)
    runner = Runner(gateway.station)
    started, cpu = time.perf_counter(), time.process_time()
    runner.start()
    while posted(gateway) < FILES or gateway.in_progress():
        time.sleep(0.05)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    runner.stop()
    with capsys.disabled():
        print(
            f"\n{FILES} files of {size} bytes to posted orders and sent 997s: {FILES / seconds:.0f} orders/s, "
            f"{cpu / FILES * 1000:.1f} ms CPU each; floor: {floor:.0f} durable commits/s; ratio 1 to {floor / (FILES / seconds):.0f}"
        )
    assert len(gateway.erp.booked) == FILES
    gateway.close()


def write_in_this_thread(database: Database) -> None:
    """Commit where the profiler looks, without the writer's thread."""

    def write(work: Callable[[Transaction], Any]) -> Any:
        future: Future[Any] = Future()
        database._commit_together([(work, future)])
        return future.result()

    database.write = write  # type: ignore[method-assign]


@pytest.mark.benchmark
def test_where_the_time_goes(tmp_path: Path, quiet: None, capsys: pytest.CaptureFixture[str]) -> None:
    gateway = GatewayUnderTest(tmp_path, clock=SystemClock())
    write_in_this_thread(gateway.station.database)
    fill_inbox(gateway, PROFILED)
    profile = cProfile.Profile()
    profile.runcall(gateway.run)
    spent = dict.fromkeys([*PARTS, "SQLite and the disk", "files", "everything else"], 0.0)
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        part = next((part for part, marks in PARTS.items() if any(mark in file for mark in marks)), "everything else")
        if "sqlite3" in name:
            part = "SQLite and the disk"
        elif "posix" in name or "_io" in name:
            part = "files"
        spent[part] += own
    total = sum(spent.values())
    with capsys.disabled():
        print(f"\n{total / PROFILED * 1000:.1f} ms for each file under the profiler, one thread:")
        for part, seconds in sorted(spent.items(), key=lambda pair: -pair[1]):
            print(f"  {seconds / total:5.0%}  {part}")
    assert posted(gateway) == PROFILED
    gateway.close()
