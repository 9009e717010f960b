"""The ERP is down, busy, refuses, times out, or does not know whether it booked: no order is lost, none is booked twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.errors import GatewayError
from gateway.states import Event, Kind, State
from gateway.steps.decisions import cancel, retry
from gateway.worker import backoff_seconds
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import answers, numbered
from translators.findings import Finding, Severity

HILL = "hill-street"


def down(retry_after_seconds: float | None = None) -> GatewayError:
    return GatewayError(
        "GW-4201", "The ERP erp could not be reached.", is_retryable=True, retry_after_seconds=retry_after_seconds
    )


def unknown() -> GatewayError:
    """A time-out: the ERP in memory books all the same."""
    return GatewayError("GW-4204", "The ERP erp did not answer in time.", is_retryable=True, is_outcome_unknown=True)


def send(gateway: GatewayUnderTest, number: str = "A-1") -> None:
    gateway.partner(HILL).send(numbered(number, gateway))
    gateway.run()


def test_an_order_waits_while_the_erp_is_down_and_is_booked_once_when_it_is_up(gateway: GatewayUnderTest) -> None:
    gateway.erp.troubles = [down() for _ in range(5)]
    send(gateway)
    assert answers(gateway, HILL) == ["997 A"], "the partner's answer does not wait for the ERP"
    waiting = gateway.one(Kind.PURCHASE_ORDER)
    assert (waiting.state, waiting.code) == (State.POSTING, "GW-4201")
    assert "Next try at" in waiting.sentence
    for _ in range(10):
        gateway.later(60)

    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED
    assert len(gateway.erp.booked) == 1
    assert sum(call.startswith("post") for call in gateway.erp.calls) == 6


def test_the_wait_doubles_up_to_the_longest_and_is_spread() -> None:
    assert [backoff_seconds(n, 2, 300, 1.0) for n in (1, 2, 3, 8, 9, 1000)] == [2, 4, 8, 256, 300, 300]
    assert backoff_seconds(3, 2, 300, 0.0) == 4


def test_a_try_is_never_made_before_the_time_that_the_erp_asked_for(gateway: GatewayUnderTest) -> None:
    gateway.erp.troubles = [down(retry_after_seconds=120)]
    send(gateway)
    for _ in range(11):
        gateway.later(10)
        assert gateway.erp.booked == {}
    gateway.later(11)
    assert len(gateway.erp.booked) == 1


def test_an_order_is_parked_after_the_last_try_and_goes_on_when_a_person_says_so(gateway: GatewayUnderTest) -> None:
    gateway.erp.troubles = [down() for _ in range(30)]
    send(gateway)
    for _ in range(40):
        gateway.later(301)

    parked = gateway.one(Kind.PURCHASE_ORDER)
    assert (parked.state, parked.code) == (State.PARKED, "GW-4201")
    assert "tried 30 times" in parked.sentence
    assert gateway.in_progress() == []
    retry(gateway.station, parked.id, "cli:maria", "the ERP is up again")
    gateway.run()
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED
    assert [e.actor for e in gateway.story(parked) if e.event is Event.RELEASED] == ["cli:maria"]


def test_waiting_for_the_erp_can_be_cut_short_by_a_person(gateway: GatewayUnderTest) -> None:
    gateway.erp.troubles = [down(retry_after_seconds=3600)]
    send(gateway)
    retry(gateway.station, gateway.one(Kind.PURCHASE_ORDER).id, "cli:maria", "it is up again")
    gateway.run()
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_an_erp_that_cannot_even_be_asked_delays_and_does_not_park(gateway: GatewayUnderTest) -> None:
    gateway.erp.checks_down = True
    send(gateway)
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.TRANSLATED
    gateway.erp.checks_down = False
    gateway.later(10)
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_an_order_that_the_erp_refuses_is_parked_with_its_reason(gateway: GatewayUnderTest) -> None:
    gateway.erp.troubles = [GatewayError("GW-4203", "The ERP refuses it: the period is closed. Then retry.")]
    send(gateway)
    parked = gateway.one(Kind.PURCHASE_ORDER)
    assert (parked.state, parked.code) == (State.PARKED, "GW-4203")
    assert "the period is closed" in parked.sentence


def test_everything_that_stops_an_order_in_the_erp_is_listed_and_it_goes_on_after_the_fix(
    gateway: GatewayUnderTest,
) -> None:
    gateway.erp.obstacles = [
        Finding("ERP-ITEM-UNKNOWN", "The ERP has no item HSH-10010.", value="HSH-10010"),
        Finding("ERP-CREDIT-EXCEEDED", "The order is over the credit limit."),
        Finding("ERP-PRICE-DIFFERS", "The price is 12.50, ours is 12.40.", Severity.WARNING),
    ]
    send(gateway)
    parked = gateway.one(Kind.PURCHASE_ORDER)
    assert (parked.state, parked.code) == (State.PARKED, "ERP-ITEM-UNKNOWN")
    assert "no item HSH-10010" in parked.sentence
    assert "(1 more problem.)" in parked.sentence
    assert [f.code for f in gateway.findings(parked)] == [f.code for f in gateway.erp.obstacles]

    gateway.erp.obstacles = gateway.erp.obstacles[2:]
    retry(gateway.station, parked.id, "cli:maria", "the item is there now")
    gateway.run()
    booked = gateway.one(Kind.PURCHASE_ORDER)
    assert booked.state is State.POSTED
    assert [f.code for f in gateway.findings(booked)] == ["ERP-PRICE-DIFFERS"]


def test_an_order_that_was_booked_although_the_call_timed_out_is_found_and_not_booked_again(
    gateway: GatewayUnderTest,
) -> None:
    gateway.erp.troubles = [unknown()]
    send(gateway)
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTING
    gateway.later(10)

    booked = gateway.one(Kind.PURCHASE_ORDER)
    assert (booked.state, booked.erp_reference) == (State.POSTED, "SO-1001")
    assert "An earlier try had booked it" in booked.sentence
    assert sum(call.startswith("post") for call in gateway.erp.calls) == 1


@pytest.fixture
def keyless(gateway: GatewayUnderTest) -> GatewayUnderTest:
    """A gateway with an ERP that books every call, whatever its key."""
    gateway.erp.honours_keys = False
    return gateway


def test_without_keys_nothing_is_repeated_before_a_late_booking_must_have_shown(keyless: GatewayUnderTest) -> None:
    keyless.erp.troubles = [down()]  # not booked, but the gateway cannot be sure
    send(keyless)
    began = keyless.clock.now()
    while not keyless.erp.booked:
        assert keyless.clock.now() - began < timedelta(seconds=keyless.erp.settle_seconds + 20)
        keyless.later(1)

    assert keyless.clock.now() - began >= timedelta(seconds=keyless.erp.settle_seconds)
    assert len(keyless.erp.booked) == 1
    assert keyless.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_without_keys_a_booking_that_shows_late_is_found_and_not_repeated(keyless: GatewayUnderTest) -> None:
    keyless.erp.troubles = [unknown()]
    keyless.erp.shows_after = keyless.clock.now() + timedelta(seconds=20)
    send(keyless)
    for _ in range(60):
        keyless.later(1)

    assert keyless.one(Kind.PURCHASE_ORDER).state is State.POSTED
    assert len(keyless.erp.booked) == 1


def test_without_keys_a_retry_by_a_person_looks_before_it_books_again(keyless: GatewayUnderTest) -> None:
    """The calls timed out until the order was parked; one of them had booked it."""
    keyless.reconfigure("retry_limit = 1\n")
    keyless.erp.troubles = [unknown()]
    send(keyless)
    parked = keyless.one(Kind.PURCHASE_ORDER)
    assert parked.state is State.PARKED

    retry(keyless.station, parked.id, "cli:maria", "it answers again")
    keyless.later(60)
    assert keyless.one(Kind.PURCHASE_ORDER).state is State.POSTED
    assert len(keyless.erp.booked) == 1


def test_without_keys_an_order_whose_result_could_not_be_stored_is_looked_up_after_a_stop(
    keyless: GatewayUnderTest,
) -> None:
    """The ERP booked, the database was full, and the gateway was stopped: the claim is given back with the ones never begun."""
    first, second = (numbered(f"A-{n}", keyless) for n in (1, 2))
    keyless.partner(HILL).send(first, second)
    write, runner = keyless.station.database.write, keyless.runner

    def full_once_booked(work):
        if keyless.erp.booked and not runner._stopping.is_set():
            runner._stopping.set()
            raise GatewayError("GW-5001", "The database is full.", is_retryable=True)
        return write(work)

    keyless.station.database.write = full_once_booked
    keyless.run()
    assert keyless.erp.booked
    keyless.station.database.write = write
    keyless.restart()
    for _ in range(10):
        keyless.later(31)

    assert sorted(p.document.order_number for p in keyless.erp.booked.values()) == ["A-1", "A-2"]


def test_a_cancelled_order_frees_its_number_for_the_one_that_replaces_it(gateway: GatewayUnderTest) -> None:
    gateway.erp.obstacles = [Finding("ERP-ITEM-UNKNOWN", "The ERP has no item.")]
    send(gateway)
    first = gateway.one(Kind.PURCHASE_ORDER)
    gateway.erp.obstacles = []
    gateway.partner(HILL).inbox.mkdir(exist_ok=True)
    partner = gateway.partner(HILL)
    partner.interchange([numbered("unused", gateway)])  # its control number 1 was used above
    partner.send(numbered("A-1", gateway, quantity=50))
    gateway.later(1)
    second = (
        gateway.one(Kind.PURCHASE_ORDER, state=State.PARKED)
        if first.state is not State.PARKED
        else next(d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER and d.id != first.id)
    )
    assert (second.state, second.code) == (State.PARKED, "GW-3104")
    assert "cancel the first, then retry this one" in second.sentence

    retry(gateway.station, second.id, "cli:maria", "too early")
    gateway.run()
    assert gateway.erp.booked == {}
    cancel(gateway.station, first.id, "cli:maria", "they corrected it")
    retry(gateway.station, second.id, "cli:maria", "this one counts")
    gateway.run()
    (booked,) = gateway.erp.booked.values()
    assert booked.document.lines[0].quantity.value == 50
    states = {d.id: d.state for d in gateway.all()}
    assert (states[first.id], states[second.id]) == (State.CANCELLED, State.POSTED)


def test_a_conflict_with_a_booked_order_says_what_can_be_done_and_it_can(gateway: GatewayUnderTest) -> None:
    send(gateway)
    first = gateway.one(Kind.PURCHASE_ORDER)
    partner = gateway.partner(HILL)
    partner.interchange([numbered("unused", gateway)])
    partner.send(numbered("A-1", gateway, quantity=50))
    gateway.later(1)
    second = gateway.one(Kind.PURCHASE_ORDER, state=State.PARKED)

    assert first.erp_reference in second.sentence
    assert "cancel the first" not in second.sentence, "what is booked cannot be cancelled here"
    with pytest.raises(GatewayError, match="GW-6103"):
        cancel(gateway.station, first.id, "cli:maria", "try")
    cancel(gateway.station, second.id, "cli:maria", "changed in the ERP")
    assert len(gateway.erp.booked) == 1


@pytest.mark.parametrize("decide", [retry, cancel])
def test_what_is_finished_cannot_be_decided_again(decide, gateway: GatewayUnderTest) -> None:
    send(gateway)
    with pytest.raises(GatewayError, match=r"GW-610[23]"):
        decide(gateway.station, gateway.one(Kind.PURCHASE_ORDER).id, "cli:maria", "why not")
    with pytest.raises(GatewayError, match="GW-6101"):
        decide(gateway.station, "01NOSUCHDOCUMENT", "cli:maria", "why not")
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_what_the_standard_refused_cannot_be_retried(gateway: GatewayUnderTest) -> None:
    content = gateway.partner(HILL).interchange([numbered("A-1", gateway)]).replace(b"**20260302", b"")
    gateway.drop(HILL, content)
    gateway.run()
    with pytest.raises(GatewayError, match="GW-6102"):
        retry(gateway.station, gateway.one(Kind.PURCHASE_ORDER).id, "cli:maria", "please")
