"""Commands that change something: init, keys, retry, cancel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.simulator.papers import GLOVES, order
from gateway.states import Direction, Kind, State
from gateway.store import api_keys
from gateway.store.engine import Database
from tests.gateway.cli.conftest import Typed
from tests.journeys.gateway_under_test import GatewayUnderTest
from translators.findings import Finding


@pytest.fixture
def fresh(typed: Typed, tmp_path: Path) -> Path:
    home = tmp_path / "new"
    assert typed("init", str(home))[0] == Exit.DONE
    return home


def test_a_new_gateway_is_complete_and_right(typed: Typed, tmp_path: Path) -> None:
    home = tmp_path / "deep" / "new"
    code, out, err = typed("init", str(home))
    assert code == Exit.DONE
    assert api_keys.is_well_formed(out.strip())
    assert "only now" in err
    for name in ("gateway.toml", "partners/example.toml", "maps", "inbox/example", "outbox/example", "var/gateway.db"):
        assert (home / name).exists(), name
    assert typed("check", "--home", str(home))[0] == Exit.DONE
    assert typed("documents", "--home", str(home))[:2] == (Exit.DONE, "")


def test_making_it_again_changes_nothing(typed: Typed, fresh: Path) -> None:
    (fresh / "gateway.toml").write_text('[company]\nname = "Mine"\n')
    (fresh / "partners" / "example.toml").rename(fresh / "partners" / "mine.toml")
    code, out, _ = typed("init", str(fresh))
    assert (code, out) == (Exit.DONE, "")  # no second key
    assert "Mine" in (fresh / "gateway.toml").read_text()
    assert [p.name for p in (fresh / "partners").iterdir()] == ["mine.toml"]


def test_a_key_is_shown_once_and_listed_without_itself(typed: Typed, fresh: Path) -> None:
    code, out, err = typed("keys", "create", "console", "--scope", "raw:read", "--home", str(fresh))
    secret = out.strip()
    assert code == Exit.DONE
    assert "raw:read" in err
    listed = typed("keys", "list", "--home", str(fresh))[1]
    assert "console" in listed
    assert secret not in listed
    assert secret not in typed("keys", "list", "--json", "--home", str(fresh))[1]
    database = Database(f"sqlite:///{fresh}/var/gateway.db")
    with database.read() as connection:
        (key,) = [k for k in api_keys.listed(connection) if k.name == "console"]
        assert api_keys.authenticated(connection, secret, key.created_at) == key
    database.close()
    assert key.scopes == ("raw:read",)
    assert key.expires_at is not None


def test_a_key_for_ever_as_json(typed: Typed, fresh: Path) -> None:
    made = json.loads(typed("keys", "create", "robot", "--days", "0", "--json", "--home", str(fresh))[1])
    assert made["expires_at"] is None
    assert made["scopes"] == ["documents:read"]
    assert api_keys.is_well_formed(made["key"])


def test_a_revoked_key_is_gone_and_a_second_time_not_found(typed: Typed, fresh: Path) -> None:
    assert typed("keys", "revoke", "first", "--home", str(fresh))[0] == Exit.DONE
    assert typed("keys", "list", "--home", str(fresh))[1] == ""
    code, _, err = typed("keys", "revoke", "first", "--home", str(fresh))
    assert code == Exit.NOT_FOUND
    assert err.startswith("GW-6303 ")


@pytest.mark.parametrize(
    ("arguments", "code"), [(["create", "first"], "GW-6301"), (["create", "x", "--scope", "all"], "GW-6302")]
)
def test_a_key_that_cannot_be_made_is_one_line(typed: Typed, fresh: Path, arguments: list[str], code: str) -> None:
    ended, out, err = typed("keys", *arguments, "--home", str(fresh))
    assert (ended, out) == (Exit.FAILED, "")
    assert err.startswith(code)


@pytest.fixture
def parked(tmp_path: Path) -> Iterator[GatewayUnderTest]:
    """A gateway with an order that the ERP refused."""
    gateway = GatewayUnderTest(tmp_path)
    gateway.erp.obstacles.append(Finding("ERP-ITEM-UNKNOWN", "The ERP has no such item."))
    gateway.partner("hill-street").send(order("HS-1", gateway.clock.now(), (GLOVES, 1), buyer_prefix="HSH-"))
    gateway.later(60)
    yield gateway
    gateway.close()


def test_retry_lets_a_parked_order_go_on_and_says_who_and_why(typed: Typed, parked: GatewayUnderTest) -> None:
    stopped = parked.one(Kind.PURCHASE_ORDER, state=State.PARKED)
    code, out, _ = typed("retry", stopped.id.lower(), "--reason", "item \x1b[31madded", "--home", str(parked.home))
    assert code == Exit.DONE
    assert out == f"{stopped.id} goes on.\n"
    last = parked.story(stopped)[-1]
    assert last.actor.startswith("cli")
    assert "item ?[31madded" in last.sentence
    parked.erp.obstacles.clear()
    parked.clock.advance(10**9)  # the command used the machine's clock
    parked.run()
    assert parked.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_cancel_ends_it_and_json_shows_it(typed: Typed, parked: GatewayUnderTest) -> None:
    stopped = parked.one(Kind.PURCHASE_ORDER, state=State.PARKED)
    code, out, _ = typed("cancel", stopped.id, "--reason", "mistake", "--json", "--home", str(parked.home))
    assert code == Exit.DONE
    assert [(d["id"], d["state"]) for d in json.loads(out)["documents"]] == [(stopped.id, "cancelled")]


def test_one_that_cannot_be_decided_does_not_hold_the_others(typed: Typed, parked: GatewayUnderTest) -> None:
    stopped = parked.one(Kind.PURCHASE_ORDER, state=State.PARKED)
    sent = parked.one(Kind.FUNCTIONAL_ACKNOWLEDGMENT, Direction.OUT)
    unknown = "01JCZ8K3V7M2Q4R6T8W0X2Y4Z6"
    code, out, err = typed("cancel", sent.id, stopped.id, unknown, "--reason", "x", "--home", str(parked.home))
    assert code == Exit.PARTLY
    assert out.count("\n") == 1
    assert [line[:7] for line in err.splitlines()] == ["GW-6103", "GW-6101"]
    assert typed("retry", unknown, "--reason", "x", "--home", str(parked.home))[0] == Exit.NOT_FOUND


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_decision_needs_a_reason(typed: Typed, parked: GatewayUnderTest, reason: str) -> None:
    stopped = parked.one(Kind.PURCHASE_ORDER, state=State.PARKED)
    before = parked.story(stopped)
    assert typed("cancel", stopped.id, "--reason", reason, "--home", str(parked.home))[0] == Exit.USAGE
    assert parked.story(stopped) == before
