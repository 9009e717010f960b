"""Who holds a document: a worker that was paused past its lease does no harm, and two processes never do one thing twice."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.runner import Runner
from gateway.states import Event, Kind, State
from gateway.store import jobs
from gateway.store.jobs import LeaseLost
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import answers, numbered

HILL = "hill-street"


@pytest.mark.parametrize("call", ["check", "post"])
def test_what_a_worker_did_that_was_paused_past_its_lease_is_taken_back(call: str, gateway: GatewayUnderTest) -> None:
    asked = getattr(gateway.erp, call)
    paused = []

    def pausing(posting):
        if not paused:
            paused.append(posting)
            gateway.clock.advance(gateway.settings.lease_seconds + 1)
            other = Runner(gateway.station)
            other.run_until_idle()
            other.stop()
            assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED, "the other worker went on with it"
        return asked(posting)

    setattr(gateway.erp, call, pausing)
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()

    assert len(paused) == 1
    order = gateway.one(Kind.PURCHASE_ORDER)
    assert order.state is State.POSTED
    events = [e.event for e in gateway.story(order)]
    assert events == [Event.READ, Event.TRANSLATED, Event.CHECKED, Event.POST_INTENDED, Event.POSTED]
    assert len(gateway.erp.booked) == 1


def test_every_write_of_a_claim_that_was_taken_over_is_refused(gateway: GatewayUnderTest) -> None:
    gateway.erp.checks_down = True
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    write, now = gateway.station.database.write, gateway.clock.now
    gateway.clock.advance(60)
    (first,) = write(lambda c: jobs.claim(c, "one.1/a", now(), 30, 8))
    assert write(lambda c: jobs.claim(c, "one.1/b", now(), 30, 8)) == [], "it is held"
    gateway.clock.advance(31)
    (second,) = write(lambda c: jobs.claim(c, "two.2/a", now(), 30, 8))
    assert (first.claims + 1, first.document_id) == (second.claims, second.document_id)

    for refused in (
        lambda c: jobs.finish(c, first),
        lambda c: jobs.release(c, first, now(), 1),
        lambda c: jobs.move_on(c, first, now()),
    ):
        with pytest.raises(LeaseLost):
            write(refused)
    write(lambda c: jobs.renew(c, [first.owner], now()))
    write(lambda c: jobs.give_back(c, [first]))
    assert write(lambda c: jobs.claim(c, "three.3/a", now(), 30, 8)) == [], "it is still the second one's"
    assert write(lambda c: jobs.move_on(c, second, now())).claims == 1


def test_a_lease_that_is_renewed_is_kept(gateway: GatewayUnderTest) -> None:
    gateway.erp.checks_down = True
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    write, clock = gateway.station.database.write, gateway.clock
    clock.advance(60)
    (held,) = write(lambda c: jobs.claim(c, "one.1/a", clock.now(), 30, 8))
    gateway.runner._worker._held.add(held.owner)
    for _ in range(5):
        clock.advance(20)
        gateway.runner._worker.renew_leases()
        assert write(lambda c: jobs.claim(c, "two.2/a", clock.now(), 30, 8)) == []


def test_what_a_dead_process_of_this_machine_held_is_free_at_the_next_start(gateway: GatewayUnderTest) -> None:
    gateway.erp.checks_down = True
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    write, clock = gateway.station.database.write, gateway.clock
    host = gateway.runner._worker._process.rpartition(".")[0]
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    clock.advance(60)
    for owner, is_freed in ((f"{host}.{dead.pid}/a", True), (f"{host}.1/b", False), ("another-machine.7/c", False)):
        assert write(lambda c, owner=owner: jobs.claim(c, owner, clock.now(), 30, 8))
        gateway.runner._worker.free_the_dead()
        freed = bool(write(lambda c: jobs.claim(c, "next.9/z", clock.now(), 30, 8)))
        assert freed is is_freed, owner
        clock.advance(31)


def test_two_processes_on_one_database_do_nothing_twice(tmp_path: Path, database_setting: str) -> None:
    gateway = GatewayUnderTest(tmp_path, database=database_setting)
    partner = gateway.partner(HILL)
    count = 40
    log = tmp_path / "log"
    try:
        program = Path(__file__).with_name("one_of_two.py")
        with log.open("ab") as errors:
            processes = [
                subprocess.Popen([sys.executable, program, tmp_path], stdout=subprocess.PIPE, stderr=errors)
                for _ in range(2)
            ]
        give_up = time.monotonic() + 100  # a busy machine is no failure
        while len(list(tmp_path.glob("ready-*"))) < 2:
            assert [p.poll() for p in processes] == [None, None], log.read_text()[-3000:]
            assert time.monotonic() < give_up, log.read_text()[-3000:]
            time.sleep(0.05)
        for number in range(count):
            partner.send(numbered(f"A-{number}", gateway))
        while True:
            unfinished = [(d.kind, d.state, d.sentence) for d in gateway.in_progress()]
            assert time.monotonic() < give_up, (unfinished, log.read_text()[-3000:])
            done = [d for d in gateway.all() if d.state in (State.POSTED, State.SENT)]
            if len(done) == 2 * count:
                break
            time.sleep(0.1)
        (tmp_path / "stop").touch()
        posted = [json.loads(process.communicate(timeout=30)[0].splitlines()[-1]) for process in processes]
    finally:
        (tmp_path / "stop").touch()
        gateway.close()
    assert sorted(order for orders in posted for order in orders) == sorted(f"A-{n}" for n in range(count))
    assert answers(gateway, HILL) == ["997 A"] * count
