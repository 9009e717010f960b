"""Of several processes one looks, at every due time once, whatever happens to it or to the clock."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.store.engine import Database
from gateway.store.leases import StoreLeases
from gateway.transports.polling import Polling
from gateway.transports.schedule_options import ScheduleOptions
from gateway.transports.schedules import Schedule
from gateway.transports.timetable import Timetable
from tests.databases import KINDS, fresh_database
from tests.fakes import HandClock

QUARTERS = Schedule(ScheduleOptions(times=("*/15 * * * *",)))


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with fresh_database(request.param, tmp_path) as url:
        made = Database(url)
        yield made
        made.close()


class Process:
    """A process of the gateway with one job."""

    def __init__(self, database: Database, clock: HandClock, name: str, schedule: Schedule | None = QUARTERS) -> None:
        self.leases = StoreLeases(name)
        self.leases.use(database, clock)
        self.timetable = Timetable("sftp-acme", 10, clock, schedule, self.leases)
        self.runs = 0

    def tick(self, *, dies: bool = False) -> bool:
        """Look at the timetable and run what is due; a process that dies runs and does not say so."""
        if not self.timetable.is_due():
            return False
        self.runs += 1
        if not dies:
            self.timetable.done()
        return True


def test_of_several_processes_one_runs_each_time(database: Database) -> None:
    clock = HandClock()
    processes = [Process(database, clock, f"host.{number}.x") for number in range(4)]
    for _ in range(4 * 60 * 3 + 1):  # four hours in steps of 20 seconds
        for process in processes:
            process.tick()
        clock.advance(20)
    assert sum(process.runs for process in processes) == 16
    assert sorted(process.runs for process in processes) == [0, 0, 0, 16]


def test_processes_at_the_same_moment_run_once(database: Database) -> None:
    clock = HandClock()
    processes = [Process(database, clock, f"host.{number}.x") for number in range(8)]
    for process in processes:
        process.tick()
    for _ in range(20):
        clock.advance(15 * 60)
        threads = [threading.Thread(target=process.tick) for process in processes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(process.runs for process in processes) == 20


def test_the_past_before_the_first_start_is_not_made_up_for(database: Database) -> None:
    clock = HandClock()
    process = Process(database, clock, "host.1.x")
    assert not process.tick()
    clock.advance(60)
    assert not process.tick()


def test_what_was_due_while_nobody_ran_is_made_up_for_once(database: Database) -> None:
    clock = HandClock()
    Process(database, clock, "host.1.x").tick()
    clock.advance(5 * 3600)
    after = Process(database, clock, "host.2.x")
    assert after.tick()
    clock.advance(30)
    assert not after.tick()


def test_a_process_that_dies_in_its_run_leaves_it_to_the_next(database: Database) -> None:
    clock = HandClock()
    first, second = Process(database, clock, "host.1.x"), Process(database, clock, "host.2.x")
    first.tick()
    clock.advance(15 * 60)
    assert first.tick(dies=True)
    clock.advance(30)
    assert not second.tick(), "the lease still holds"
    clock.advance(300)
    assert second.tick()
    clock.advance(30)
    assert not second.tick()


def test_a_process_that_stops_gives_its_lease_back_at_once(database: Database) -> None:
    clock = HandClock()
    first, second = (Process(database, clock, f"host.{number}.x", schedule=None) for number in (1, 2))
    assert first.tick()
    assert not second.tick()
    first.timetable.give_up()
    clock.advance(10)
    assert second.tick()


def test_the_lease_of_a_dead_process_of_this_machine_is_free(database: Database) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    clock = HandClock()
    assert Process(database, clock, f"{socket.gethostname()}.{int(ended.stdout)}.x", schedule=None).tick()
    assert Process(database, clock, "host.2.x", schedule=None).tick()


def test_intervals_do_not_care_about_the_wall_clock(database: Database) -> None:
    clock = HandClock()
    process = Process(database, clock, "host.1.x", schedule=None)
    assert process.tick()
    for step in (-86_400, 86_400, -3600):
        clock._now += timedelta(seconds=step)
        assert not process.tick()
        clock.advance(10)
        assert process.tick()


def test_a_lease_taken_by_a_clock_far_ahead_does_not_last(database: Database) -> None:
    ahead, right = HandClock(), HandClock()
    ahead.advance(86_400)
    assert Process(database, ahead, "host.1.x", schedule=None).tick()
    assert Process(database, right, "host.2.x", schedule=None).tick()


def test_when_the_clock_is_set_back_a_day_runs_go_on_within_a_period(database: Database) -> None:
    clock = HandClock()
    process = Process(database, clock, "host.1.x")
    process.tick()
    clock.advance(15 * 60)
    assert process.tick()
    clock._now -= timedelta(days=1)
    runs = 0
    for _ in range(45 * 3):
        clock.advance(20)
        runs += process.tick()
    assert runs == 3


def test_outside_its_windows_a_partner_is_not_looked_at(database: Database) -> None:
    clock = HandClock()  # Monday 08:00
    process = Process(database, clock, "host.1.x", Schedule(ScheduleOptions(windows=("mon 08:00-09:00",))))
    assert process.tick()
    clock.advance(3600)
    assert not process.tick()


def test_a_look_that_fails_is_tried_again_sooner_than_its_next_time() -> None:
    turns: list[bool] = []
    went_well = threading.Event()

    def turn(is_due: bool) -> None:
        turns.append(is_due)
        if len(turns) < 3:
            raise GatewayError("GW-4101", "No.", is_retryable=True)
        went_well.set()

    clock = SystemClock()
    polling = Polling("test", turn, Timetable("test", 3600, clock, None, None), 0.02, clock)
    polling.start()
    assert went_well.wait(5)
    polling.stop()
    assert turns == [True, True, True]
    assert polling.trouble is None


def test_a_mistake_of_ours_does_not_end_the_looking(capsys: pytest.CaptureFixture[str]) -> None:
    went_well = threading.Event()
    turns: list[bool] = []

    def turn(is_due: bool) -> None:
        turns.append(is_due)
        if len(turns) == 1:
            raise ZeroDivisionError
        went_well.set()

    clock = SystemClock()
    polling = Polling("test", turn, Timetable("test", 3600, clock, None, None), 0.02, clock)
    polling.start()
    assert went_well.wait(5)
    polling.stop()
    assert "look-failed" in capsys.readouterr().out


def test_a_nudge_is_not_a_look_and_does_not_put_one_off() -> None:
    looks: list[bool] = []
    enough = threading.Event()

    def turn(is_due: bool) -> None:
        looks.append(is_due)
        if looks.count(True) == 3:
            enough.set()

    clock = SystemClock()
    polling = Polling("test", turn, Timetable("test", 0.2, clock, None, None), 0.02, clock)
    polling.start()
    while not enough.wait(0.01):
        polling.nudge()
    polling.stop()
    assert looks.count(False) > 3
