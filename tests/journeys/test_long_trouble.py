"""Trouble that lasts: an ERP that throttles for hours, a channel that loses its answers."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.errors import GatewayError
from gateway.ports import Dispatch, Outgoing, Receipt
from gateway.simulator.papers import HAMMER, order
from gateway.states import Direction, Kind, State
from tests.journeys.gateway_under_test import GatewayUnderTest


def test_an_erp_that_throttles_for_long_never_parks_an_order(gateway: GatewayUnderTest) -> None:
    limit = gateway.settings.retry_limit
    busy = GatewayError("GW-4202", "The ERP is busy.", is_retryable=True, retry_after_seconds=60)
    gateway.erp.troubles = [busy] * (limit + 5)
    gateway.partner("hill-street").send(order("A-1", datetime.now(UTC), (HAMMER, 1)))
    gateway.run()
    for _ in range(limit + 5):
        assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTING
        gateway.later(61)

    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED
    assert len(gateway.erp.booked) == 1


def test_what_was_parked_unsent_is_closed_when_the_partner_answers_it_all_the_same(gateway: GatewayUnderTest) -> None:
    """Every try to send failed after the bytes had left: the partner's 997 proves that they did."""
    transport = gateway.station.transports["riverside"]
    send = transport.send

    def lost(dispatch: Dispatch) -> Receipt:
        send(dispatch)
        raise GatewayError("GW-4101", "The connection broke.", is_retryable=True)

    transport.send = lost  # type: ignore[method-assign]
    gateway.erp.feed.append(Outgoing("o-1", "V-2001", order("PO-1", datetime.now(UTC), (HAMMER, 10))))
    gateway.run()
    for _ in range(gateway.settings.retry_limit):
        gateway.later(gateway.settings.retry_max_seconds)
    assert gateway.one(Kind.PURCHASE_ORDER, Direction.OUT).state is State.PARKED

    partner = gateway.partner("riverside")
    partner.take()
    gateway.run()

    assert gateway.one(Kind.PURCHASE_ORDER, Direction.OUT).state is State.ACCEPTED
