"""`gateway events` and `gateway webhooks` as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.gateway.cli.conftest import Typed
from tests.gateway.transports.receiver import Receiver
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import numbered


def test_events_are_printed_a_line_each_and_a_cursor_goes_on(at_scene: Typed) -> None:
    code, out, err = at_scene("events", "--limit", "5")
    assert code == 0
    first = [json.loads(line) for line in out.splitlines()]
    assert len(first) == 5
    cursor = err.split()[-1]
    _, out, _ = at_scene("events", "--after", cursor, "--limit", "1")
    assert int(json.loads(out)["id"]) > int(first[-1]["id"])
    code, _, err = at_scene("events", "--type", "order.psted")
    assert (code, err.split()[0]) == (1, "GW-6130")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHOP_SECRET", "whsec_" + "c" * 44)
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path))
    return tmp_path


def test_webhooks_are_listed_tried_and_posted_again(typed: Typed, home: Path) -> None:
    with Receiver() as receiver:
        gateway = GatewayUnderTest(home)
        (home / "gateway.toml").write_text(
            (home / "gateway.toml").read_text()
            + f'\n[webhooks.shop]\nurl = "{receiver.url}"\nsecret = "env:SHOP_SECRET"\nallow_private = true\n'
        )
        gateway.partner("hill-street").send(numbered("A-1", gateway))
        gateway.later(3)
        gateway.close()

        assert typed("webhooks", "test", "shop")[0] == 0
        assert json.loads(receiver.received[0].body)["type"] == "gateway.test"
        receiver.answers = [(500, {})]
        assert typed("webhooks", "test", "shop")[0] == 5
        code, _, err = typed("webhooks", "test", "shp")
        assert (code, err.split()[0]) == (3, "GW-6801")

        _, out, _ = typed("webhooks", "list", "--json")
        [listed] = json.loads(out)["webhooks"]
        assert (listed["name"], listed["due"], listed["since"]) == ("shop", 0, None)
        assert "SHOP_SECRET" not in out

        code, _, err = typed("webhooks", "redeliver", "shop", "--since", "2020-01-01")
        assert code == 0
        _, out, _ = typed("events")
        ids = [int(json.loads(line)["id"]) for line in out.splitlines()]
        assert err.startswith(f"{len(ids)} events")
        _, out, _ = typed("webhooks", "deliveries", "shop", "--limit", "1000", "--json")
        due = json.loads(out)["deliveries"]
        assert [d["event"] for d in due] == sorted(ids, reverse=True)
        assert {d["state"] for d in due} == {"due"}
        assert typed("webhooks", "redeliver", "shop", str(ids[0]))[2].startswith("1 event ")
        assert typed("webhooks", "redeliver", "shop", "99999999")[0] == 3
        assert typed("webhooks", "redeliver", "shop")[0] == 2
        assert typed("webhooks", "enable", "shop")[0] == 0
