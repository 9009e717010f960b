"""Documents that a partner wants one after the other: only the first of them is at work, and its end lets the next one begin."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from gateway.errors import GatewayError
from gateway.states import Kind, State
from gateway.store import jobs
from gateway.store.tables import jobs as rows
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import numbered

HILL = "hill-street"


@pytest.fixture
def ordered(gateway: GatewayUnderTest) -> GatewayUnderTest:
    profile = gateway.home / "partners" / f"{HILL}.toml"
    profile.write_text("in_order = true\n" + profile.read_text())
    gateway.restart()
    return gateway


def states(gateway: GatewayUnderTest) -> dict[str, State]:
    return {d.order_number: d.state for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER}


def down(times: int) -> list[GatewayError]:
    return [GatewayError("GW-4201", "The ERP could not be reached.", is_retryable=True) for _ in range(times)]


def test_orders_are_booked_in_the_order_in_which_they_came(ordered: GatewayUnderTest) -> None:
    partner = ordered.partner(HILL)
    partner.send(*(numbered(f"A-{n}", ordered) for n in (3, 1, 2)))
    partner.send(numbered("A-0", ordered))
    ordered.erp.troubles += down(1)
    ordered.run()
    assert states(ordered) == {"A-3": State.POSTING, "A-1": State.READ, "A-2": State.READ, "A-0": State.READ}
    ordered.later(60)
    assert set(states(ordered).values()) == {State.POSTED}
    assert [p.document.order_number for p in ordered.erp.booked.values()] == ["A-3", "A-1", "A-2", "A-0"]


def test_without_the_wish_an_order_that_waits_holds_no_other_up(gateway: GatewayUnderTest) -> None:
    gateway.partner(HILL).send(*(numbered(f"A-{n}", gateway) for n in (1, 2)))
    gateway.erp.troubles += down(1)
    gateway.run()
    assert sorted(states(gateway).values()) == [State.POSTED, State.POSTING]


def test_an_order_that_is_parked_or_cancelled_lets_the_next_one_begin(ordered: GatewayUnderTest) -> None:
    ordered.erp.troubles.append(GatewayError("GW-4205", "The ERP refuses it."))
    ordered.partner(HILL).send(*(numbered(f"A-{n}", ordered) for n in (1, 2)))
    ordered.run()
    assert states(ordered) == {"A-1": State.PARKED, "A-2": State.POSTED}


def test_lanes_of_other_partners_and_of_what_we_send_are_others(ordered: GatewayUnderTest) -> None:
    ordered.erp.troubles += down(1)
    ordered.partner(HILL).send(numbered("A-1", ordered))
    ordered.run()
    ordered.partner("lakeside").send(numbered("L-1", ordered))
    ordered.run()
    assert states(ordered) == {"A-1": State.POSTING, "L-1": State.POSTED}


def test_only_the_head_of_a_lane_is_claimed_and_a_restart_forgets_nothing(ordered: GatewayUnderTest) -> None:
    ordered.erp.checks_down = True
    ordered.partner(HILL).send(*(numbered(f"A-{n}", ordered) for n in range(1, 6)))
    ordered.run()
    ordered.restart()
    ordered.clock.advance(60)
    write, now = ordered.station.database.write, ordered.clock.now
    with ordered.station.database.read() as connection:
        queue = connection.execute(
            select(rows.c.document_id, rows.c.is_ready).where(rows.c.lane.is_not(None)).order_by(rows.c.lane_position)
        ).all()
    assert [row.is_ready for row in queue] == [True, False, False, False, False]
    for number in range(5):
        (held,) = write(lambda c: jobs.claim(c, "one.1/a", now(), 30, 8))
        assert held.document_id == queue[number].document_id
        assert (
            write(lambda c, n=number: jobs.claim_one(c, queue[min(n + 1, 4)].document_id, "x.1/y", now(), 30)) is None
        )
        write(lambda c, held=held: jobs.finish(c, held))
