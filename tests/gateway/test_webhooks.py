"""Webhooks: every event reaches a real HTTP receiver on the loopback at least once, signed, whatever happens in between."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from gateway import bootstrap
from gateway.cloud_events import TYPES, strange_types, wanted
from gateway.simulator.papers import HAMMER
from gateway.states import Event, Kind
from gateway.store import feed, webhook_deliveries
from gateway.store.engine import Database
from gateway.store.webhook_deliveries import DELIVERED, DUE, GIVEN_UP, WebhookDelivery
from gateway.webhooks import JITTER, WAITS_SECONDS, Webhooks
from tests.gateway.transports.receiver import Received, Receiver
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import numbered

SECRET = base64.b64encode(b"s" * 32).decode()
NEXT = base64.b64encode(b"n" * 32).decode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


class Scene:
    """A gateway with one webhook, "shop", that leads to a receiver."""

    def __init__(self, gateway: GatewayUnderTest, url: str, more: str = "") -> None:
        self.gateway = gateway
        gateway.reconfigure("")
        path = gateway.home / "gateway.toml"
        path.write_text(
            path.read_text()
            + f'\n[webhooks.shop]\nurl = "{url}"\nsecret = "env:SHOP_SECRET"\nallow_private = true\n{more}\n'
        )
        gateway.settings = bootstrap.Settings(home=gateway.home)
        gateway.restart()
        self.open()
        self.serve()  # from here on

    def open(self) -> None:
        self.webhooks = Webhooks(self.gateway.station, threading.Event())

    def serve(self) -> int:
        return self.webhooks.serve("shop")

    def order(self, number: str) -> None:
        self.gateway.partner("hill-street", first_number=int(number[2:])).send(numbered(number, self.gateway))
        self.gateway.later(3)

    def ledger(self) -> list[str]:
        with self.gateway.station.database.read() as connection:
            page = feed.page(connection, 0, 500)
        return [str(h.id) for h in page.happenings]

    def rows(self, state: str = "") -> list[WebhookDelivery]:
        with self.gateway.station.database.read() as connection:
            return webhook_deliveries.listed(connection, "shop", state, 500)

    def later(self, seconds: float) -> int:
        self.gateway.clock.advance(seconds)
        return self.serve()


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Scene]]:
    """Make scenes on SQLite."""
    yield from made_on("", tmp_path, monkeypatch)


@pytest.fixture
def make_on_each(
    tmp_path: Path, database_setting: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Scene]]:
    """Make scenes on each kind of database."""
    yield from made_on(database_setting, tmp_path, monkeypatch)


def made_on(setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Scene]]:
    monkeypatch.setenv("SHOP_SECRET", f"whsec_{SECRET}")
    monkeypatch.setenv("SHOP_NEXT", f"whsec_{NEXT}")
    gateway = GatewayUnderTest(tmp_path, database=setting)
    made: list[Scene] = []

    def make_it(url: str, more: str = "") -> Scene:
        made.append(Scene(gateway, url, more))
        return made[-1]

    yield make_it
    for scene in made:
        scene.webhooks.close()
    gateway.close()


def signature(secret: str, one: Received) -> str:
    signed = f"{one.headers['webhook-id']}.{one.headers['webhook-timestamp']}.".encode() + one.body
    return "v1," + base64.b64encode(hmac.new(base64.b64decode(secret), signed, hashlib.sha256).digest()).decode()


def test_every_event_of_an_order_is_posted_once_signed_and_without_a_payload(
    make_on_each: Callable[..., Scene], receiver: Receiver
) -> None:
    scene = make_on_each(receiver.url, 'next_secret = "env:SHOP_NEXT"')
    scene.order("A-1")
    scene.serve()

    by_id = {one.headers["webhook-id"]: one for one in receiver.received}
    assert len(by_id) == len(receiver.received)
    assert set(by_id) == set(scene.ledger())
    for one in receiver.received:
        event = json.loads(one.body)
        assert event["id"] == one.headers["webhook-id"]
        assert event["type"] in TYPES
        assert one.headers["content-type"] == "application/cloudevents+json"
        assert one.headers["webhook-signature"].split() == [signature(SECRET, one), signature(NEXT, one)]
        assert abs(int(one.headers["webhook-timestamp"]) - scene.gateway.clock.now().timestamp()) < 5
        assert b"ISA*" not in one.body
        assert HAMMER[1].encode() not in one.body
    types = Counter(json.loads(one.body)["type"] for one in receiver.received)
    assert types["file.received"] == types["order.received"] == types["order.posted"] == types["ack.sent"] == 1
    assert scene.serve() == 0, "nothing is left"


def test_only_the_events_and_partners_that_were_asked_for_are_posted(
    make: Callable[..., Scene], receiver: Receiver
) -> None:
    scene = make(receiver.url, 'types = ["order.posted", "ack.*", "ticket.*"]\npartners = ["hill-street"]')
    scene.order("A-1")
    scene.gateway.drop("lakeside", b"no EDI", "letter.txt")
    scene.gateway.later(3)
    scene.serve()
    events = [json.loads(one.body) for one in receiver.received]
    assert {event["type"].partition(".")[0] for event in events} == {"order", "ack"}
    assert [e["type"] for e in events if e["type"].startswith("order")] == ["order.posted"]
    assert {event["data"]["partner"] for event in events} == {"hill-street"}
    everything = scene.gateway.all()
    assert [d for d in everything if d.partner == "lakeside" and d.kind is Kind.TICKET], "there was one to leave out"


def test_what_fails_is_tried_by_the_published_schedule_and_then_given_up(
    make: Callable[..., Scene], receiver: Receiver
) -> None:
    scene = make(receiver.url, 'types = ["order.posted"]')
    receiver.answers = [(500, {})] * (len(WAITS_SECONDS) + 1)
    scene.order("A-1")
    assert scene.serve() == 1
    assert WAITS_SECONDS == (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    for wait in WAITS_SECONDS:
        assert scene.later(wait - 1) == 0, "not before its time"
        assert scene.later(2 + wait * JITTER) == 1
    [row] = scene.rows()
    assert (row.state, row.tries) == (GIVEN_UP, 10)
    assert scene.later(10**6) == 0
    assert {one.headers["webhook-id"] for one in receiver.refused} == {str(row.event_id)}
    with scene.gateway.station.database.read() as connection:
        attempts = webhook_deliveries.attempts_of(connection, [row.id])[row.id]
    assert [(a.number, a.status) for a in attempts] == [(n, 500) for n in range(1, 11)]

    def again(connection: object) -> int:
        return webhook_deliveries.ask_for(connection, "shop", [row.event_id], scene.gateway.clock.now(), is_again=True)

    assert scene.gateway.station.database.write(again) == 1
    assert scene.serve() == 1
    assert [(r.state, r.attempts) for r in scene.rows()] == [(DELIVERED, 11)]


def test_a_receiver_that_asks_for_time_gets_it(make: Callable[..., Scene], receiver: Receiver) -> None:
    scene = make(receiver.url, 'types = ["order.posted"]')
    receiver.answers = [(429, {"Retry-After": "120"})]
    scene.order("A-1")
    scene.serve()
    assert scene.later(60) == 0
    assert scene.later(61) == 1
    assert [r.state for r in scene.rows()] == [DELIVERED]


def test_a_redirect_is_not_followed(make: Callable[..., Scene], receiver: Receiver) -> None:
    scene = make(receiver.url, 'types = ["order.posted"]')
    receiver.answers = [(307, {"Location": f"http://127.0.0.1:{receiver.port}/elsewhere"})]
    scene.order("A-1")
    scene.serve()
    assert receiver.received == []
    assert [r.state for r in scene.rows()] == [DUE]


def test_gone_disables_and_nothing_is_lost_until_it_is_enabled_again(
    make: Callable[..., Scene], receiver: Receiver
) -> None:
    scene = make(receiver.url, 'types = ["order.posted"]')
    receiver.answers = [(410, {})]
    scene.order("A-1")
    scene.serve()
    scene.order("A-2")
    assert scene.later(10**6) == 0
    database = scene.gateway.station.database
    with database.read() as connection:
        webhook = webhook_deliveries.get(connection, "shop")
    assert webhook is not None
    assert webhook.disabled_at is not None
    assert "410" in webhook.reason

    assert database.write(lambda c: webhook_deliveries.enable(c, "shop"))
    scene.serve()
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 2
    assert [r.state for r in scene.rows()] == [DELIVERED] * 2


def test_a_private_address_is_not_called_unless_allowed(make: Callable[..., Scene], receiver: Receiver) -> None:
    scene = make(receiver.url.replace("127.0.0.1", "localhost"), 'types = ["order.posted"]')
    station = scene.gateway.station
    strict = {"shop": station.settings.webhooks["shop"].model_copy(update={"allow_private": False})}
    settings = station.settings.model_copy(update={"webhooks": strict})
    scene.webhooks = Webhooks(dataclasses.replace(station, settings=settings), threading.Event())
    scene.order("A-1")
    scene.serve()
    assert receiver.received == receiver.refused == []
    [row] = scene.rows()
    with station.database.read() as connection:
        [attempt] = webhook_deliveries.attempts_of(connection, [row.id])[row.id]
    assert attempt.status is None
    assert "allow_private" in attempt.sentence


def test_a_receiver_that_is_away_gets_everything_later(make: Callable[..., Scene], receiver: Receiver) -> None:
    scene = make(receiver.url)
    receiver.stop()
    scene.order("A-1")
    scene.serve()
    assert {r.state for r in scene.rows()} == {DUE}
    receiver.start()
    scene.later(6)
    assert {one.headers["webhook-id"] for one in receiver.received} == set(scene.ledger())


def test_several_processes_share_the_work_and_post_nothing_twice(
    make_on_each: Callable[..., Scene], receiver: Receiver, database_setting: str
) -> None:
    scene = make_on_each(receiver.url)
    for number in range(1, 5):
        scene.order(f"A-{number}")
    station = scene.gateway.station
    databases = [Database(database_setting) for _ in range(3)]
    others = [Webhooks(dataclasses.replace(station, database=database), threading.Event()) for database in databases]
    threads = [threading.Thread(target=partial(one.serve, "shop")) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, database in zip(others, databases, strict=True):
        one.close()
        database.close()
    assert sorted(one.headers["webhook-id"] for one in receiver.received) == sorted(scene.ledger())


def test_a_process_that_dies_holding_a_claim_delays_and_loses_nothing(
    make_on_each: Callable[..., Scene], receiver: Receiver
) -> None:
    scene = make_on_each(receiver.url, 'types = ["order.posted"]')
    scene.order("A-1")
    scene.webhooks.fan_out("shop")
    database, now = scene.gateway.station.database, scene.gateway.clock.now()
    [dead] = database.write(lambda c: webhook_deliveries.claim(c, "shop", "dead", now, 60, 4))
    assert scene.serve() == 0
    assert scene.later(61) == 1
    late = webhook_deliveries.Attempt(1, now, 200, "", 0)
    assert not database.write(lambda c: webhook_deliveries.settle(c, dead, "dead", late, GIVEN_UP, now))
    assert [r.state for r in scene.rows()] == [DELIVERED]


class CrashHere(BaseException):
    """The process is gone: nothing of ours may catch it."""


@pytest.mark.parametrize("is_before", [True, False])
def test_wherever_the_process_ends_every_event_arrives(
    is_before: bool, make_on_each: Callable[..., Scene], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_on_each(receiver.url)
    write = Database.write
    crashes = 0
    for at in (1, 2, 3, 4, 6, 9):
        scene.order(f"A-{at}")
        commits = itertools.count(1)

        def crashing(
            database: Database, work: Callable[..., object], at: int = at, commits: Iterator[int] = commits
        ) -> object:
            is_here = next(commits) == at
            if is_here and is_before:
                raise CrashHere
            result = write(database, work)
            if is_here:
                raise CrashHere
            return result

        with monkeypatch.context() as patched:
            patched.setattr(Database, "write", crashing)
            try:
                scene.serve()
            except CrashHere:
                crashes += 1
        scene.webhooks.close()
        scene.open()
        scene.later(61)  # the leases of the dead run out
    assert crashes == 6
    assert {one.headers["webhook-id"] for one in receiver.received} == set(scene.ledger())
    assert {r.state for r in scene.rows()} == {DELIVERED}


def test_every_event_of_every_kind_has_a_type_and_an_example_of_the_handbook_exists() -> None:
    for told in ("order.received", "order.posted", "document.parked", "ack.overdue", "asn.sent", "invoice.rejected"):
        assert TYPES[told]
    assert {pair for pairs in TYPES.values() for pair in pairs} == {(k, e) for k in Kind for e in Event}
    assert wanted([]) is None
    assert wanted(["order.*"]) == {p for name, pairs in TYPES.items() if name.startswith("order.") for p in pairs}
    assert strange_types(["order.posted", "order.*", "order.psted", "nothing.*", "*"]) == [
        "order.psted",
        "nothing.*",
        "*",
    ]


def test_the_configuration_is_checked(make: Callable[..., Scene], receiver: Receiver) -> None:
    scene = make(receiver.url)
    path = scene.gateway.home / "gateway.toml"
    path.write_text(
        path.read_text()
        + '\n[webhooks.bad]\nurl = "https://example.com/x"\nsecret = "env:NOT_THERE"\ntypes = ["order.psted"]\n'
    )
    wrong = bootstrap.check(bootstrap.Settings(home=scene.gateway.home))
    assert [one for one in wrong if "webhooks.bad" in one and "order.psted" in one]
    assert [one for one in wrong if "webhooks.bad" in one and "NOT_THERE" in one]


def test_waits_are_the_schedule_in_hours() -> None:
    assert timedelta(seconds=sum(WAITS_SECONDS)) == timedelta(hours=75, minutes=35, seconds=5)
