"""`gateway flow`: what waits, and which systems outside are down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.api.flow_views import FlowView
from gateway.cli.exits import Exit
from gateway.errors import GatewayError
from gateway.states import Direction, Kind
from tests.gateway.cli.conftest import Typed
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import numbered


@pytest.fixture
def gateway(tmp_path: Path, database_setting: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayUnderTest]:
    under_test = GatewayUnderTest(tmp_path, database=database_setting)
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path))
    yield under_test
    under_test.close()


def test_a_quiet_gateway_says_so(gateway: GatewayUnderTest, typed: Typed) -> None:
    assert typed("flow") == (Exit.DONE, "Nothing waits.\n", "")


def test_an_erp_that_is_down_is_named_with_what_waits_for_it(gateway: GatewayUnderTest, typed: Typed) -> None:
    gateway.erp.checks_down = True
    gateway.partner("hill-street").send(*(numbered(f"A-{n}", gateway) for n in range(7)))
    gateway.run()
    code, out, _ = typed("flow")
    assert code == Exit.DONE
    first, why, *_ = out.splitlines()
    assert first.startswith("The system erp is down since 20")
    assert ", 7 documents waiting; next look at " in first
    assert why == "  GW-4201 The ERP erp could not be reached."
    view = FlowView.model_validate_json(typed("flow", "--json")[1])
    (row,) = view.waiting
    assert (row.direction, row.kind, row.at_work + row.due + row.later + row.in_lane) == (
        Direction.IN,
        Kind.PURCHASE_ORDER,
        7,
    )


def test_a_channel_that_is_down_is_named_with_what_waits_for_it(gateway: GatewayUnderTest, typed: Typed) -> None:
    gateway.station.transports["hill-street"].send = _broken  # type: ignore[method-assign]
    for number in range(6):
        gateway.partner("hill-street").send(numbered(f"A-{number}", gateway))
        gateway.run()
    assert typed("flow")[1].startswith("The channel of hill-street ")


def _broken(*_: object) -> None:
    raise GatewayError("GW-4101", "The connection broke.", is_retryable=True)
