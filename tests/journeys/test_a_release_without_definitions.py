"""A partner's guide may be of a release that no definitions are shipped for: its file says which one serves, and all else is as ever."""

from __future__ import annotations

from gateway import shipped
from gateway.states import Kind, State
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import answers

HARBOR = "harbor-hardware"
SAMPLES = shipped.maps_dir() / "guides" / HARBOR / "samples"
PROFILE = """
name = "Harbor Hardware"
role = "customer"
account = "C-1010"
connector = "erp"

[x12]
interchange_id = "ZZ:NORTHWINDSTORES"
release = "004060"
separators = "*>~^"
usage = "T"
{releases}

[transport]
kind = "folder"

[[agreements]]
document = "purchase_order"
direction = "in"
map = "guides/harbor-hardware/850"
"""
SERVES = 'releases = { "004060" = "004050" }'


def sent(gateway: GatewayUnderTest, releases: str) -> None:
    """Let the partner send the order of its guide's samples; its file has `releases`."""
    (gateway.home / "partners" / f"{HARBOR}.toml").write_text(PROFILE.format(releases=releases))
    gateway.restart()
    gateway.drop(HARBOR, (SAMPLES / "850-stores.edi").read_bytes().replace(b"SAMPLEDIST", b"OURCOMPANY"))
    gateway.run()


def test_an_order_of_that_release_is_acknowledged_and_read(gateway: GatewayUnderTest) -> None:
    sent(gateway, SERVES)
    order = gateway.one(Kind.PURCHASE_ORDER)
    assert (order.release, order.map_name, order.number) == ("004060", "guides/harbor-hardware/850", "HH-88120")
    assert order.state not in (State.REFUSED, State.PARKED), order.sentence
    assert answers(gateway, HARBOR) == ["997 A"]


def test_without_a_release_that_serves_it_is_refused_and_the_setting_is_named(gateway: GatewayUnderTest) -> None:
    sent(gateway, "")
    order = gateway.one(Kind.PURCHASE_ORDER)
    assert (order.state, order.code) == (State.REFUSED, "X12-RELEASE-UNKNOWN")
    assert "releases, under [x12]" in order.sentence
