"""The kill campaign: workers are ended with SIGKILL at random instants, round after round, while orders keep coming.

    python -m tests.crash.kills --rounds 10000 --database postgresql --workers 2 --erp late

Every round forks workers from a process that has everything imported and nothing open, drops files, and kills the workers after a random
while. At the end one worker finishes what is left, and everything is counted: each order booked once in the ERP, each answered once,
nothing left in progress, the database whole. The same seed kills at the same instants of the campaign, though not of the workers.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import logging
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from gateway import map_shelf
from gateway.bootstrap import build
from gateway.clock import SystemClock
from gateway.ports import OutgoingPage, Posted, Posting
from gateway.runner import Runner
from gateway.settings import load_settings
from gateway.states import Direction, Kind, State
from gateway.steps.station import Station
from tests.databases import KINDS, drop_template, fresh_database
from tests.journeys.gateway_under_test import CATALOGUES, GatewayUnderTest, load_map_once
from tests.journeys.wire import numbered
from translators.findings import Finding

HILL = "hill-street"
FINISH_SECONDS = 240
LONGEST_LIFE_SECONDS = 0.6


@dataclass(frozen=True, slots=True)
class Manners:
    """How an ERP behaves.

    Args:
        honours_keys: whether a second post under one key is answered with the first one's number.
        shows_after_seconds: until then a booking is not found.
        loses: the share of posts that book and answer nothing.
    """

    honours_keys: bool = True
    shows_after_seconds: float = 0.0
    loses: float = 0.0


ERPS = {
    "keys": Manners(),
    "keyless": Manners(honours_keys=False),
    "late": Manners(honours_keys=False, shows_after_seconds=0.5),
    "lossy": Manners(honours_keys=False, shows_after_seconds=0.3, loses=0.1),
}


class FileErp:
    """An ERP whose books are a file, so that they outlive whoever calls it. It books as it is told, twice if told twice."""

    kind = "file"

    def __init__(self, path: Path, manners: Manners) -> None:
        self._path = path
        self._manners = manners
        self.honours_keys = manners.honours_keys
        self.settle_seconds = manners.shows_after_seconds + 0.2

    def check(self, posting: Posting) -> tuple[Finding, ...]:
        return ()

    def post(self, posting: Posting) -> Posted:
        number = getattr(posting.document, "order_number", "")
        with self._books() as books:
            if self.honours_keys and (
                row := books.execute("SELECT id FROM b WHERE key = ?", (posting.key,)).fetchone()
            ):
                return Posted(f"SO-{row[0]}", "The ERP had it.", was_there_already=True)
            visible = time.time() + self._manners.shows_after_seconds
            row_id = books.execute(
                "INSERT INTO b (key, number, visible) VALUES (?, ?, ?)", (posting.key, number, visible)
            ).lastrowid
        if random.random() < self._manners.loses:
            os.kill(os.getpid(), signal.SIGKILL)  # the caller dies with the answer on its way
        return Posted(f"SO-{row_id}", f"The ERP booked it as SO-{row_id}.")

    def find(self, posting: Posting) -> Posted | None:
        number = getattr(posting.document, "order_number", "")
        with self._books() as books:
            row = books.execute("SELECT id FROM b WHERE number = ? AND visible <= ?", (number, time.time())).fetchone()
        return None if row is None else Posted(f"SO-{row[0]}", "The ERP has it.", was_there_already=True)

    def outgoing(self, cursor: str) -> OutgoingPage:
        return OutgoingPage((), cursor)

    def booked(self) -> Counter[str]:
        """Return how often each order was booked."""
        with self._books() as books:
            return Counter(number for (number,) in books.execute("SELECT number FROM b"))

    @contextlib.contextmanager
    def _books(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30)
        try:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS b (id INTEGER PRIMARY KEY, key TEXT, number TEXT, visible REAL)"
            )
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.commit()
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a campaign.

    Args:
        booked_meanwhile: orders that were booked before the last kill: that the kills hit something.
        complaints: everything that is not as it should be.
    """

    orders: int
    kills: int
    booked_meanwhile: int
    seconds: float
    complaints: tuple[str, ...]


def campaign(home: Path, database: str, *, rounds: int, workers: int, erp: str, seed: int) -> Result:
    """Run `rounds` rounds on a fresh gateway in `home` and return what came of it."""
    chance = random.Random(seed)
    started = time.monotonic()
    under_test = GatewayUnderTest(home, clock=SystemClock(), database=database)
    under_test.reconfigure("lease_seconds = 1\nsweep_seconds = 0.1\nworker_threads = 2\n")
    partner = under_test.partner(HILL)
    orders = [numbered(f"K-{n:06d}", under_test) for n in range(rounds)]
    under_test.close()  # nothing may be open where others are forked from
    books = FileErp(home / "books.db", ERPS[erp])
    kills = 0
    for number in range(rounds):
        alive = [_forked(home, books, seed * 1_000_003 + number * 11 + n) for n in range(workers)]
        for _, ready in alive:
            ready.result()
        partner.send(orders[number])
        time.sleep(chance.random() * LONGEST_LIFE_SECONDS)
        for pid, _ in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            kills += 1
    booked_meanwhile = len(books.booked())
    complaints = _finish_and_count(home, books, [o.order_number for o in orders])
    return Result(rounds, kills, booked_meanwhile, time.monotonic() - started, tuple(complaints))


def _station(home: Path, books: FileErp) -> Station:
    """Build a station with the maps and definitions that this process has loaded already: a worker begins to work at once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(map_shelf, "load_map", load_map_once)
        built = build(load_settings(home))
    return dataclasses.replace(built, connectors={"erp": books}, catalogue=CATALOGUES["shipped"])


@dataclass(frozen=True, slots=True)
class Ready:
    """The end of a pipe on which a worker says that it has begun to work."""

    end: int

    def result(self) -> None:
        """Wait until it has begun, or is gone."""
        os.read(self.end, 1)
        os.close(self.end)


def _forked(home: Path, books: FileErp, seed: int) -> tuple[int, Ready]:
    """Start a worker; return its process id, and how to wait until it works."""
    heard, said = os.pipe()
    pid = os.fork()
    if pid:
        os.close(said)
        return pid, Ready(heard)
    try:
        random.seed(seed)
        runner = Runner(_station(home, books))
        runner.start()
        os.write(said, b"!")
        signal.pause()
    finally:
        os._exit(1)


def _finish_and_count(home: Path, books: FileErp, expected: list[str]) -> list[str]:
    """Let one worker finish, then return everything that is not as it should be."""
    quiet = FileErp(books._path, dataclasses.replace(books._manners, loses=0.0))
    station = _station(home, quiet)
    runner = Runner(station)
    runner.start()
    give_up = time.monotonic() + FINISH_SECONDS
    try:
        while True:
            with station.database.read() as connection:
                left = connection.execute(text("SELECT count(*) FROM jobs")).scalar_one()
            waiting = list((home / "inbox" / HILL).glob("*.edi"))
            if not left and not waiting:
                break
            if time.monotonic() > give_up:
                return [
                    f"after {FINISH_SECONDS} s {left} documents are in progress and {len(waiting)} files in the inbox"
                ]
            time.sleep(0.05)
    finally:
        runner.stop()
    wrong = []
    booked = quiet.booked()
    wrong += [f"{n} was booked {booked[n]} times" for n in expected if booked[n] != 1]
    with station.database.read() as connection:
        rows = connection.execute(
            text("SELECT direction, kind, state, order_number, sentence FROM documents WHERE kind <> 'interchange'")
        ).all()
        if station.database.is_sqlite:
            check = connection.execute(text("PRAGMA integrity_check")).scalar_one()
            wrong += [] if check == "ok" else [f"integrity_check: {check}"]
    states = Counter((r.direction, r.kind, r.state) for r in rows)
    many = len(expected)
    due = {
        (Direction.IN, Kind.PURCHASE_ORDER, State.POSTED): many,
        (Direction.OUT, Kind.FUNCTIONAL_ACKNOWLEDGMENT, State.SENT): many,
    }
    wrong += [f"{states[key]} of {many}: {' '.join(key)}" for key in due if states[key] != many]
    wrong += [f"{number} {' '.join(key)}" for key, number in states.items() if key not in due]
    numbers = Counter(name.name.split("-")[1] for name in (home / "outbox" / HILL).glob("997-*"))
    wrong += [] if len(numbers) == many and set(numbers.values()) <= {1} else [f"{len(numbers)} answers of {many}"]
    station.database.close()
    return wrong


def main() -> int:
    """Run a campaign by command and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--erp", choices=ERPS, default="keys")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder, fresh_database(asked.database, Path(folder)) as database:
        result = campaign(
            Path(folder), database, rounds=asked.rounds, workers=asked.workers, erp=asked.erp, seed=asked.seed
        )
    drop_template()
    print(
        f"{result.orders} orders, {result.kills} kills, {result.booked_meanwhile} booked meanwhile, {result.seconds:.0f} s"
    )
    for complaint in result.complaints:
        print(f"  {complaint}")
    return 1 if result.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
