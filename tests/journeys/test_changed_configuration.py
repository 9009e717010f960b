"""Partners and maps that change while the gateway runs are taken up; broken ones never replace good ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.bootstrap import ConfigurationWatch
from gateway.demo.answers import HAMMER, order
from gateway.errors import ConfigurationError
from gateway.shipped import maps_dir
from gateway.states import Kind, State
from gateway.steps.decisions import retry
from tests.journeys.gateway_under_test import GatewayUnderTest

HILL = "hill-street"


@pytest.fixture
def watch(gateway: GatewayUnderTest) -> ConfigurationWatch:
    return ConfigurationWatch(gateway.station)


def rewrite(gateway: GatewayUnderTest, partner: str, old: str, new: str) -> None:
    path = gateway.home / "partners" / f"{partner}.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def send_order(gateway: GatewayUnderTest, partner: str = HILL) -> None:
    gateway.partner(partner).send(order("A-1", datetime.now(UTC), (HAMMER, 1)))


def test_an_agreement_that_is_added_lets_the_parked_order_go_on(
    gateway: GatewayUnderTest, watch: ConfigurationWatch
) -> None:
    rewrite(gateway, HILL, '"purchase_order"\ndirection = "in"', '"invoice"\ndirection = "in"')
    rewrite(gateway, HILL, 'map = "x12/850"', 'map = "x12/810"')
    assert watch.look() == []
    send_order(gateway)
    gateway.run()
    parked = gateway.one(Kind.PURCHASE_ORDER)
    assert (parked.state, parked.code) == (State.PARKED, "GW-3101")

    rewrite(gateway, HILL, '"invoice"\ndirection = "in"', '"purchase_order"\ndirection = "in"')
    rewrite(
        gateway,
        HILL,
        'map = "x12/810"\n\n[[agreements]]\ndocument = "order',
        'map = "x12/850"\n\n[[agreements]]\ndocument = "order',
    )
    watch.look()
    retry(gateway.station, parked.id, "test", "the agreement was added")
    gateway.run()

    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_a_new_partner_is_read_without_a_restart(gateway: GatewayUnderTest, watch: ConfigurationWatch) -> None:
    source = (gateway.home / "partners" / f"{HILL}.toml").read_text()
    new = source.replace("HILLSTREET", "OAKAVENUE").replace("C-1001", "C-1009").replace("Hill Street", "Oak Avenue")
    (gateway.home / "partners" / "oak-avenue.toml").write_text(new)

    added = watch.look()
    for transport in added:
        transport._clock = gateway.clock
    send_order(gateway, "oak-avenue")
    gateway.run()

    assert [t.partner for t in added] == ["oak-avenue"]
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_a_broken_file_never_replaces_a_good_one(gateway: GatewayUnderTest, watch: ConfigurationWatch) -> None:
    send_order(gateway, "lakeside")
    send_order(gateway, HILL)
    rewrite(gateway, HILL, 'role = "customer"', 'role = "custmer"')
    with pytest.raises(ConfigurationError, match=r"partners/hill-street\.toml: role"):
        watch.look()
    gateway.run()

    assert {d.state for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER} == {State.POSTED}


def test_a_partner_that_is_taken_away_is_read_no_more(gateway: GatewayUnderTest, watch: ConfigurationWatch) -> None:
    (gateway.home / "partners" / f"{HILL}.toml").rename(gateway.home / "hill-street.toml")
    watch.look()
    gateway.drop(HILL, b"ISA")
    gateway.run()

    assert gateway.all() == []
    assert (gateway.home / "inbox" / HILL / "file.edi").exists()


def test_a_map_that_changes_is_used_from_the_next_document_on(
    gateway: GatewayUnderTest, watch: ConfigurationWatch
) -> None:
    before = gateway.station.map_named("x12/850").version
    shipped = gateway.station.settings.path(gateway.settings.maps_dir) / "x12"
    shipped.mkdir(parents=True)
    text = (maps_dir() / "x12" / "850.toml").read_text()
    (shipped / "850.toml").write_text(text.replace('title = "', 'title = "Our own '))
    watch.look()

    assert gateway.station.map_named("x12/850").version != before
