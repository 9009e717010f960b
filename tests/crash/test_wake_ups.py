"""Wake-ups on PostgreSQL: heard at once, missed without harm, and heard again after the server was away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway import runner as runners
from gateway.clock import SystemClock
from gateway.runner import Runner
from gateway.states import Kind, State
from tests.databases import fresh_database
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import numbered

HILL = "hill-street"
PATIENCE_SECONDS = 60  # a busy machine is no failure


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayUnderTest]:
    with fresh_database("postgresql", tmp_path) as database:
        under_test = GatewayUnderTest(tmp_path, clock=SystemClock(), database=database)
        yield under_test
        under_test.close()


def wait_for(what: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def posted(gateway: GatewayUnderTest) -> int:
    return len([d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER and d.state is State.POSTED])


def waiting(gateway: GatewayUnderTest) -> int:
    with gateway.station.database.read() as connection:
        return connection.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one()


def test_a_document_is_looked_at_because_it_was_announced(
    gateway: GatewayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "UNHEARD_SECONDS", 10_000.0)  # nothing but the announcement leads to it
    runner = Runner(gateway.station)
    runner.start()
    try:
        partner = gateway.partner(HILL)
        for number in range(3):
            partner.send(numbered(f"A-{number}", gateway))
        wait_for(lambda: posted(gateway) == 3 and not gateway.in_progress())
        wait_for(lambda: waiting(gateway) == 0)
    finally:
        runner.stop()


def test_announcements_that_nobody_heard_cost_a_delay_and_no_document(gateway: GatewayUnderTest) -> None:
    partner = gateway.partner(HILL)
    for number in range(3):
        partner.send(numbered(f"A-{number}", gateway))
    assert gateway.runner.sweep() == 3
    gateway.station.database.write(lambda c: c.execute(text("DELETE FROM procrastinate_jobs")))
    runner = Runner(gateway.station)
    runner.start()
    try:
        wait_for(lambda: posted(gateway) == 3 and not gateway.in_progress())
    finally:
        runner.stop()


def test_a_document_that_is_rolled_back_is_not_announced(gateway: GatewayUnderTest) -> None:
    gateway.partner(HILL).send(numbered("A-1", gateway))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gateway.steps.receive.deliveries.record", _fails)
        assert gateway.runner.sweep() == 0
    assert waiting(gateway) == 0
    assert gateway.runner.sweep() == 1
    assert waiting(gateway) == 1


def _fails(*_: object) -> None:
    raise ZeroDivisionError


def test_a_server_that_drops_every_connection_is_listened_to_again(gateway: GatewayUnderTest) -> None:
    runner = Runner(gateway.station)
    runner.start()
    partner = gateway.partner(HILL)
    drop = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    try:
        for number in range(12):
            partner.send(numbered(f"A-{number}", gateway))
            if number % 3 == 1:
                with gateway.station.database.engine.connect() as connection:
                    connection.execute(drop)
            time.sleep(0.2)
        wait_for(lambda: posted(gateway) == 12 and not gateway.in_progress())
    finally:
        runner.stop()
    assert len(gateway.erp.booked) == 12


def test_the_wake_ups_of_a_process_that_died_are_cleared(gateway: GatewayUnderTest) -> None:
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    gateway.station.database.write(lambda c: c.execute(text("UPDATE procrastinate_jobs SET status = 'doing'")))
    assert waiting(gateway) > 0
    runner = Runner(gateway.station)
    runner.start()
    try:
        wait_for(lambda: waiting(gateway) == 0)
    finally:
        runner.stop()
