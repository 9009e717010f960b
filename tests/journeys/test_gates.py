"""A system outside that is down, slow or asks to be left alone: documents wait for it together, and lose no tries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.errors import GatewayError
from gateway.gatekeeping import Gatekeeper
from gateway.states import Event, Kind, State
from gateway.steps.decisions import retry
from gateway.store import gates, jobs
from gateway.store.gates import Gate, Pace, Patience
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import numbered

HILL = "hill-street"
ERP = "connector:erp"


def orders(gateway: GatewayUnderTest) -> list[State]:
    return sorted(d.state for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER)


def gate(gateway: GatewayUnderTest, name: str = ERP) -> Gate:
    with gateway.station.database.read() as connection:
        return gates.get(connection, name)


def calls(gateway: GatewayUnderTest) -> int:
    return len(gateway.erp.calls)


def test_an_erp_that_is_down_is_asked_a_few_times_and_then_left_alone(gateway: GatewayUnderTest) -> None:
    gateway.erp.checks_down = True
    gateway.partner(HILL).send(*(numbered(f"A-{n}", gateway) for n in range(40)))
    began = gateway.clock.now()
    gateway.run()
    limit = gateway.settings.gate_failures
    assert calls(gateway) == limit
    assert (gate(gateway).failures, gate(gateway).shut_at) == (limit, began)

    told = [d for d in gateway.all() if d.code == "GW-4210"]
    assert len(told) == 40 - limit
    assert "has not answered since 2026-03-02 08:00 UTC" in told[0].sentence
    for _ in range(20):
        gateway.later(30)
    assert calls(gateway) < limit + 20
    assert orders(gateway) == [State.TRANSLATED] * 40, "waiting is no failed try: none is parked"
    lines = [e for d in told for e in gateway.story(d) if e.event is Event.TRY_FAILED]
    assert len(lines) < 2 * len(told), "told once, not at every look"

    gateway.erp.checks_down = False
    gateway.later(gateway.settings.gate_max_seconds + 60)
    gateway.later(60)
    assert orders(gateway) == [State.POSTED] * 40
    assert gate(gateway) == Gate(ERP)


def test_what_an_erp_refuses_shuts_no_gate(gateway: GatewayUnderTest) -> None:
    gateway.erp.troubles += [GatewayError("GW-4205", "The ERP refuses it.") for _ in range(9)]
    gateway.partner(HILL).send(*(numbered(f"A-{n}", gateway) for n in range(10)))
    gateway.run()
    assert orders(gateway) == [State.PARKED] * 9 + [State.POSTED]
    assert gate(gateway).failures == 0


def test_trouble_of_our_own_database_shuts_no_gate(gateway: GatewayUnderTest) -> None:
    gateway.erp.troubles += [GatewayError("GW-5001", "The database is away.", is_retryable=True) for _ in range(9)]
    gateway.partner(HILL).send(*(numbered(f"A-{n}", gateway) for n in range(9)))
    gateway.run()
    assert gate(gateway) == Gate(ERP)


def test_what_the_erp_booked_is_kept_when_its_gate_cannot_be_told(
    gateway: GatewayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise GatewayError("GW-5001", "The database is away.", is_retryable=True)

    gateway.erp.troubles.append(GatewayError("GW-4201", "Down.", is_retryable=True))
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    monkeypatch.setattr(gates, "went_well", away)
    gateway.later(30)
    assert orders(gateway) == [State.POSTED]
    assert len(gateway.erp.booked) == 1


def test_a_system_that_asks_to_be_left_alone_is_left_alone_by_all(gateway: GatewayUnderTest) -> None:
    gateway.erp.troubles.append(GatewayError("GW-4202", "The ERP is busy.", is_retryable=True, retry_after_seconds=120))
    gateway.partner(HILL).send(*(numbered(f"A-{n}", gateway) for n in range(5)))
    gateway.run()
    before = calls(gateway)
    gateway.later(100)
    assert calls(gateway) == before, "never earlier than it said"
    gateway.later(30)
    gateway.later(60)
    assert orders(gateway) == [State.POSTED] * 5


def test_a_channel_that_is_down_holds_up_no_other_partner(gateway: GatewayUnderTest) -> None:
    def broken(*_: object) -> None:
        raise GatewayError("GW-4101", "The connection broke.", is_retryable=True)

    gateway.station.transports[HILL].send = broken  # type: ignore[method-assign]
    for number in range(12):
        gateway.partner(HILL).send(numbered(f"A-{number}", gateway), wants_ta1=True)
        gateway.run()
    gateway.partner("lakeside").send(numbered("L-1", gateway))
    gateway.run()
    assert gate(gateway, f"partner:{HILL}").shut_at is not None
    assert gate(gateway, "partner:lakeside") == Gate("partner:lakeside")
    assert [name for name in gateway.outbox("lakeside") if name.startswith("997")]


def test_a_person_who_says_now_is_not_told_to_wait(gateway: GatewayUnderTest) -> None:
    gateway.erp.checks_down = True
    gateway.partner(HILL).send(*(numbered(f"A-{n}", gateway) for n in range(8)))
    gateway.run()
    gateway.erp.checks_down = False
    waiting = next(d for d in gateway.all() if d.code == "GW-4210")
    retry(gateway.station, waiting.id, "cli:test", "it is back")
    gateway.run()
    assert next(d for d in gateway.all() if d.id == waiting.id).state is State.POSTED
    assert gate(gateway) == Gate(ERP)


def test_only_one_call_looks_whether_a_system_is_back(gateway: GatewayUnderTest) -> None:
    write, now = gateway.station.database.write, gateway.clock.now()
    patience = Patience(1, 10, 300)
    shut = write(lambda c: gates.failed(c, ERP, "GW-4201", "Down.", patience, now))
    later = now + timedelta(seconds=11)
    assert [write(lambda c: gates.probe(c, shut, later)) for _ in range(3)] == [True, False, False]
    assert write(lambda c: gates.probe(c, shut, later + timedelta(seconds=gates.PROBE_SECONDS))), "it may have died"


@pytest.mark.parametrize(("failures", "seconds"), [(1, 0), (4, 0), (5, 10), (6, 20), (9, 160), (10, 300), (5000, 300)])
def test_a_gate_stays_shut_longer_with_each_failure(failures: int, seconds: float) -> None:
    assert Patience(5, 10, 300).shut_for(failures) == seconds


def test_calls_are_paced_over_all_processes(gateway: GatewayUnderTest) -> None:
    write, now = gateway.station.database.write, gateway.clock.now()
    pace = Pace(seconds_between=0.5)

    def ask(seconds: float) -> float:
        return write(lambda c: gates.pass_through(c, Gate(ERP), "d", pace, now + timedelta(seconds=seconds)))

    assert [ask(0), ask(0), ask(0.3), ask(0.5), ask(0.5), ask(9), ask(9)] == [0, 0.5, 0.2, 0, 0.5, 0, 0.5]


def test_a_system_gets_only_so_many_calls_at_once(gateway: GatewayUnderTest) -> None:
    gateway.erp.checks_down = True
    gateway.partner(HILL).send(*(numbered(f"A-{n}", gateway) for n in range(3)))
    gateway.run()
    gateway.clock.advance(3600)
    write, now = gateway.station.database.write, gateway.clock.now()
    held = write(lambda c: jobs.claim(c, "one.1/a", now, 30, 3))
    waits = [
        write(lambda c, h=h: gates.pass_through(c, Gate("connector:x"), h.document_id, Pace(at_once=2), now))
        for h in held
    ]
    assert waits == [0, 0, 1]
    write(lambda c: jobs.release(c, held[0], now, 0))
    assert write(lambda c: gates.pass_through(c, Gate("connector:x"), held[2].document_id, Pace(at_once=2), now)) == 0
    late = now + timedelta(seconds=31)
    assert write(lambda c: gates.pass_through(c, Gate("connector:x"), "another", Pace(at_once=1), late)) == 0, (
        "what died with its lease holds nothing"
    )


def test_the_pace_of_a_partner_and_of_a_system_comes_from_their_files(gateway: GatewayUnderTest) -> None:
    profile = gateway.home / "partners" / f"{HILL}.toml"
    profile.write_text("sends_per_minute = 30\nsends_at_once = 2\n" + profile.read_text())
    text = (gateway.home / "gateway.toml").read_text()
    (gateway.home / "gateway.toml").write_text(
        text.replace('kind = "sample-erp"', 'kind = "sample-erp"\ncalls_per_second = 4')
    )
    gateway.reconfigure("")
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    order = next(d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER)
    keeper = Gatekeeper(gateway.station)
    assert keeper._pace(f"partner:{HILL}", order) == Pace(2.0, 2)
    assert keeper._pace(ERP, order) == Pace(0.25, None)
    assert orders(gateway) != [State.POSTED], "check and post are two calls"
    gateway.later(1)
    gateway.later(1)
    assert orders(gateway) == [State.POSTED]
