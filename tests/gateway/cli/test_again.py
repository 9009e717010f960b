"""`gateway reprocess` and `gateway resend`, by ids and by filters, and what they would do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.api.document_views import DocumentList
from gateway.cli.exits import Exit
from gateway.clock import SystemClock
from gateway.states import Direction, Kind, State
from tests.gateway.cli.conftest import Typed
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import numbered

HILL = "hill-street"


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayUnderTest]:
    under_test = GatewayUnderTest(tmp_path, clock=SystemClock())  # the commands look at the real one
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path))
    partner = under_test.partner(HILL)
    for number in range(3):
        partner.send(numbered(f"A-{number}", under_test))
    under_test.run()
    yield under_test
    under_test.close()


def orders(gateway: GatewayUnderTest, state: State) -> list[str]:
    return sorted(d.order_number for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER and d.state is state)


def test_a_dry_run_tells_each_document_and_changes_none(gateway: GatewayUnderTest, typed: Typed) -> None:
    before = gateway.all()
    code, out, err = typed("reprocess", "--partner", HILL, "--state", "posted", "--reason", "new map", "--dry-run")
    assert (code, out) == (Exit.DONE, "")
    assert err.count("The map x12/850") == 3
    assert err.endswith("Nothing was changed. 3 documents would be.\n")
    assert gateway.all() == before


def test_all_that_filters_choose_is_read_again_oldest_first(gateway: GatewayUnderTest, typed: Typed) -> None:
    code, out, _ = typed("reprocess", "--kind", "purchase_order", "--state", "posted", "--reason", "new map")
    assert code == Exit.DONE
    assert out.count("is read again as") == 3
    gateway.run()
    assert orders(gateway, State.REPLACED) == ["A-0", "A-1", "A-2"] == orders(gateway, State.POSTED)
    assert len(gateway.erp.booked) == 3


def test_one_is_sent_again_by_its_id(gateway: GatewayUnderTest, typed: Typed) -> None:
    answer = next(d for d in gateway.all() if d.direction is Direction.OUT)
    code, out, _ = typed("resend", answer.id.lower(), "--numbers", "same", "--reason", "they lost it", "--json")
    assert code == Exit.DONE
    (made,) = DocumentList.model_validate_json(out).documents
    assert made.id != answer.id
    gateway.run()
    assert len(gateway.outbox(HILL)) == 4


def test_an_edited_file_replaces_one_document(gateway: GatewayUnderTest, typed: Typed, tmp_path: Path) -> None:
    order = next(d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER)
    edited = tmp_path / "edited.edi"
    edited.write_bytes(gateway.station.payload(order).replace(b"*A-0*", b"*A-9*"))
    assert typed("reprocess", "--partner", HILL, "--edited", str(edited), "--reason", "x")[0] == Exit.USAGE
    assert typed("reprocess", order.id, "--edited", str(edited), "--reason", "x")[0] == Exit.DONE
    gateway.run()
    assert orders(gateway, State.REPLACED) == ["A-0"]


@pytest.mark.parametrize("command", ["retry", "cancel", "reprocess"])
def test_nothing_is_decided_about_everything_by_mistake(command: str, gateway: GatewayUnderTest, typed: Typed) -> None:
    code, _, err = typed(command, "--reason", "oops")
    assert code == Exit.USAGE
    assert "at least one filter" in err


def test_how_numbers_are_given_is_asked_for(gateway: GatewayUnderTest, typed: Typed) -> None:
    code, _, err = typed("resend", "--partner", HILL, "--reason", "x")
    assert code == Exit.USAGE
    assert "--numbers" in err


def test_what_cannot_be_is_told_and_the_others_go_on(gateway: GatewayUnderTest, typed: Typed) -> None:
    order = next(d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER)
    answer = next(d for d in gateway.all() if d.direction is Direction.OUT)
    code, out, err = typed("resend", order.id, answer.id, "--numbers", "new", "--reason", "x")
    assert code == Exit.PARTLY
    assert out.startswith(answer.id)
    assert "GW-6113" in err
