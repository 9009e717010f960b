"""The feed over HTTP: CloudEvents, page by page, from any place."""

from __future__ import annotations

from datetime import datetime

import pytest
from starlette.testclient import TestClient

from gateway.cloud_events import TYPES
from tests.gateway.api.conftest import Caller, secret_of
from tests.gateway.scene import Scene


@pytest.fixture(scope="module")
def events_key(scene: Scene) -> str:
    return secret_of(scene, "events", "events:read")


@pytest.fixture
def caller(app_client: TestClient, events_key: str) -> Caller:
    return Caller(app_client, events_key)


def everything(caller: Caller, limit: int, **query: object) -> list[dict]:
    found: list[dict] = []
    after, has_more = "", True
    while has_more:
        page = caller.get("/v1/events", after=after, limit=limit, **query).json()
        found += page["events"]
        after, has_more = page["next"], page["has_more"]
    return found


def test_pages_of_any_size_tell_the_same_once_and_in_order(caller: Caller) -> None:
    whole = everything(caller, 500)
    assert len(whole) > 20
    assert everything(caller, 7) == whole
    ids = [int(event["id"]) for event in whole]
    assert ids == sorted(set(ids))


def test_an_event_is_a_cloud_event_without_payload(caller: Caller) -> None:
    for event in everything(caller, 500):
        assert set(event) == {"specversion", "id", "source", "type", "time", "subject", "datacontenttype", "data"}
        assert event["specversion"] == "1.0"
        assert event["type"] in TYPES
        assert datetime.fromisoformat(event["time"]).tzinfo is not None
        assert event["subject"] == event["data"]["document"]
        assert "ISA*" not in str(event)


def test_types_and_partners_narrow_it(caller: Caller) -> None:
    whole = everything(caller, 500)
    orders = everything(caller, 3, type="order.*")
    assert orders == [event for event in whole if event["type"].startswith("order.")]
    assert orders
    partner = whole[0]["data"]["partner"]
    assert everything(caller, 9, partner=partner) == [e for e in whole if e["data"]["partner"] == partner]


def test_now_begins_with_what_is_to_come(caller: Caller) -> None:
    page = caller.get("/v1/events", after="now").json()
    assert page["events"] == []
    assert caller.get("/v1/events", after=page["next"]).json() == page


@pytest.mark.parametrize(
    ("query", "code"), [({"type": "order.psted"}, "GW-6130"), ({"after": "bm90aGluZw"}, "GW-6106")]
)
def test_what_cannot_be_asked_is_refused(caller: Caller, query: dict[str, str], code: str) -> None:
    answer = caller.get("/v1/events", **query)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
