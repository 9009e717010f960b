"""Two gateways trade orders by AS2, over real sockets, with signed receipts both ways."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.deadlines import mark_overdue
from gateway.ports import Outgoing
from gateway.simulator.papers import HAMMER, order
from gateway.states import Acknowledgment, DeliveryFact, Direction, Kind, State
from tests.databases import fresh_database
from tests.gateway.transports.as2_service.two_gateways import As2Gateway, two_gateways, until

OUT = Direction.OUT


def trade(buyer: As2Gateway, seller: As2Gateway, number: str = "PO-1") -> None:
    """Let the buyer's ERP order something, and everything happen that follows."""
    buyer.erp.feed.append(Outgoing(f"o-{number}", "A-1", order(number, datetime.now(UTC), (HAMMER, 10))))

    def is_done() -> bool:
        for one in (buyer, seller):
            mark_overdue(one.station)
            one.run()
        return not buyer.in_progress() and not seller.in_progress()

    until(is_done)


@pytest.mark.parametrize("mdn", ["sync", "async"])
@pytest.mark.parametrize(
    "options",
    [
        "",
        'sign = "sha-512"\nsignature = "rsa-pss"\nencrypt = "aes-256-gcm"\nkey_transport = "rsa-oaep-sha-256"\ncompress = "before-signing"',
    ],
    ids=["usual", "strong"],
)
def test_an_order_and_its_acknowledgment_go_over_with_signed_receipts(mdn: str, options: str, tmp_path: Path) -> None:
    lines = f'mdn = "{mdn}"\n{options}'
    with two_gateways(tmp_path, lines, lines) as (buyer, seller):
        trade(buyer, seller)
        sent = buyer.one(Kind.PURCHASE_ORDER, OUT, State.ACCEPTED)
        assert sent.acknowledgment is Acknowledgment.ACCEPTED
        assert sent.delivery is DeliveryFact.RECEIPTED
        came = seller.one(Kind.PURCHASE_ORDER, Direction.IN, State.POSTED)
        assert came.number == "PO-1"
        assert list(seller.erp.booked) == ["SO-1001"]
        answer = seller.one(Kind.FUNCTIONAL_ACKNOWLEDGMENT, OUT, State.SENT)
        assert answer.delivery is DeliveryFact.RECEIPTED
        # Both sides keep the same bytes, and proof of it.
        arrived = seller.one(Kind.INTERCHANGE)
        assert arrived.payload_sha256 == sent.payload_sha256
        [left], [received] = buyer.rows("as2_sent"), seller.rows("as2_received")
        assert left["status"] == "delivered"
        assert "signed_by" in str(left["evidence"])
        assert left["mdn_body"] == received["mdn_body"]
        assert "BEGIN CERTIFICATE" in str(left["mdn_certificate"])
        assert "BEGIN CERTIFICATE" in str(received["certificate"])
        if mdn == "async":
            assert len(seller.found(Kind.RECEIPT, OUT, State.SENT)) == 1


def test_they_trade_on_postgresql_too(tmp_path: Path) -> None:
    options = 'mdn = "async"'
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with (
        fresh_database("postgresql", tmp_path / "a") as one,
        fresh_database("postgresql", tmp_path / "b") as other,
        two_gateways(tmp_path, options, options, databases=(one, other)) as (buyer, seller),
    ):
        trade(buyer, seller)
        assert buyer.one(Kind.PURCHASE_ORDER, OUT, State.ACCEPTED).delivery is DeliveryFact.RECEIPTED
        assert list(seller.erp.booked) == ["SO-1001"]
