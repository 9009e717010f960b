"""Webhooks: every event that somebody wants is posted to their URL, signed, until it was taken.

The ledger is the queue. Each webhook has a place in the feed; what comes after it becomes deliveries (`fan_out`), and deliveries that are
due are posted (`send_due`). Any number of processes may do both. An event comes at least once and perhaps out of order; `webhook-id`
is the event's id, the same on every try, so a receiver that keeps the ids it saw takes each once.

| answer | what follows |
|---|---|
| 2xx | delivered |
| 410 | the webhook is disabled until `gateway webhooks enable` |
| any other, or none | tried again by WAITS_SECONDS, not before Retry-After; given up after the last |

Source: Standard Webhooks 1.0.0, sections "Webhook headers", "Deliverability and reliability" and "Server side request forgery".
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import httpx2
import structlog

from gateway.clock import new_id
from gateway.cloud_events import CONTENT_TYPE, cloud_event, source_of, strange_types, wanted
from gateway.deadline_http import DeadlineBackend, DeadlineTransport, reason
from gateway.errors import ConfigurationError, GatewayError
from gateway.public_addresses import address_of
from gateway.settings import Settings, WebhookSettings, read_secret
from gateway.steps.station import Station
from gateway.store import feed, webhook_deliveries
from gateway.store.engine import LostRace, Transaction
from gateway.store.feed import Happening
from gateway.store.webhook_deliveries import DELIVERED, DUE, GIVEN_UP, Attempt, WebhookDelivery
from gateway.transports.http import retry_after_seconds
from gateway.transports.http_signature import secret_bytes, signature_headers

log = structlog.get_logger("gateway")

# How long after each try the next one comes: the schedule that Standard Webhooks publishes, 76 hours in all.
WAITS_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.1  # each wait is up to this share longer, so that what failed together does not come back together
SENDERS = 4  # posts to one webhook at the same time
LEASE_SECONDS = 60.0  # longer than the longest post, with the commit after it
ANSWER_LIMIT_BYTES = 65_536
GONE = 410


def webhook_complaints(settings: Settings) -> list[str]:
    """Return what is wrong with [webhooks] that the settings cannot see themselves."""
    wrong = []
    for name, webhook in settings.webhooks.items():
        key = f"gateway.toml: webhooks.{name}"
        wrong += [f"{key}.types: there is no event type {one}" for one in strange_types(webhook.types)]
        for reference in _references(webhook):
            try:
                secret_bytes(read_secret(reference))
            except ConfigurationError as missing:
                wrong += [f"{key}: {complaint}" for complaint in missing.complaints]
            except ValueError as broken:
                wrong.append(f"{key}: secret {reference}: {broken}")
    return wrong


@dataclass(frozen=True, slots=True)
class Range:
    """A stretch of time, its end not in it; both aware."""

    since: datetime
    until: datetime


def ask_again(
    station: Station, name: str, event_ids: list[int], stretch: Range | None = None, *, is_given_up: bool = False
) -> int:
    """Have events posted to a webhook again, or for the first time; return how many there were.

    Args:
        event_ids: single ones; those that are not in the ledger are passed over.
        stretch: all that the webhook wants of a time.
        is_given_up: all that were given up.
    """
    settings = station.settings.webhooks[name]
    feed.give_places(station.database)
    newest, asked, position = 0, 0, 0
    with station.database.read() as connection:
        is_begun = webhook_deliveries.get(connection, name) is not None
        newest = feed.head(connection)
    if not is_begun:
        now = station.clock.now()
        station.database.write(lambda c: webhook_deliveries.begin(c, name, newest, now))
    while True:
        with station.database.read() as connection:
            if stretch is not None:
                kinds = wanted(settings.types)
                found = feed.between(
                    connection, stretch.since, stretch.until, position, feed.PAGE_LIMIT, kinds, settings.partners
                )
                position = found[-1].position if found else position
                ids = [happening.id for happening in found]
            elif is_given_up:
                given_up = webhook_deliveries.listed(connection, name, GIVEN_UP, feed.PAGE_LIMIT)
                ids = [delivery.event_id for delivery in given_up]
            else:
                ids = list(feed.of_ids(connection, event_ids))
        asked += station.database.write(
            partial(webhook_deliveries.ask_for, name=name, event_ids=ids, now=station.clock.now(), is_again=True)
        )
        if len(ids) < feed.PAGE_LIMIT or (stretch is None and not is_given_up):
            return asked


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said. `status` is None when nothing was heard."""

    status: int | None
    sentence: str
    retry_after_seconds: float | None
    took_ms: int

    @property
    def is_taken(self) -> bool:
        """Return whether the event is theirs now."""
        return self.status is not None and 200 <= self.status < 300


class Webhooks:
    """Serves the webhooks of a station.

    Args:
        stopping: set when nothing more is to be begun.
    """

    def __init__(self, station: Station, stopping: threading.Event) -> None:
        self._station = station
        self._stopping = stopping
        self._source = source_of(station.settings.company.interchange_id)
        self._senders = {name: _Sender(name, settings, station) for name, settings in station.settings.webhooks.items()}
        self._pools: dict[str, ThreadPoolExecutor] = {}

    def names(self) -> list[str]:
        """Return the names of the webhooks."""
        return list(self._senders)

    def serve(self, name: str) -> int:
        """Make deliveries of everything new, post everything that is due, and return how many were posted."""
        posted = 0
        while not self._stopping.is_set():
            try:
                moved = self.fan_out(name)
            except LostRace:  # another process, or a person, was there in the same moment
                continue
            sent = self.send_due(name)
            posted += sent
            if not moved and not sent:
                break
        return posted

    def fan_out(self, name: str) -> bool:
        """Make deliveries of the next events of the feed; return whether there may be more.

        Raises:
            LostRace: somebody else did in the same moment; look again.
        """
        station, settings = self._station, self._station.settings.webhooks[name]
        feed.give_places(station.database)
        with station.database.read() as connection:
            webhook = webhook_deliveries.get(connection, name)
            if webhook is None or webhook.disabled_at is not None:
                newest = feed.head(connection)
                page = None
            else:
                page = feed.page(
                    connection, webhook.position, feed.PAGE_LIMIT, wanted(settings.types), settings.partners
                )
        now = station.clock.now()
        if webhook is None:
            station.database.write(partial(webhook_deliveries.begin, name=name, position=newest, now=now))
            return False
        if page is None or page.position == webhook.position:
            return False
        ids = [happening.id for happening in page.happenings]
        station.database.write(
            partial(
                webhook_deliveries.fan_out,
                name=name,
                before=webhook.position,
                after=page.position,
                event_ids=ids,
                now=now,
            )
        )
        return page.has_more

    def send_due(self, name: str) -> int:
        """Post some of what is due; return how many."""
        station = self._station
        owner = new_id(station.clock.now())
        now = station.clock.now()
        with station.database.read() as connection:
            if not webhook_deliveries.is_any_due(connection, name, now):
                return 0
        claimed = station.database.write(
            lambda c: webhook_deliveries.claim(c, name, owner, now, LEASE_SECONDS, SENDERS)
        )
        if not claimed:
            return 0
        with station.database.read() as connection:
            happenings = feed.of_ids(connection, [one.event_id for one in claimed])
        pool = self._pools.setdefault(name, ThreadPoolExecutor(SENDERS, thread_name_prefix=f"webhook-{name}"))
        list(pool.map(lambda one: self._deliver(one, happenings[one.event_id], owner), claimed))
        return len(claimed)

    def close(self) -> None:
        """Finish what is being posted, and close the connections."""
        for pool in self._pools.values():
            pool.shutdown()
        for sender in self._senders.values():
            sender.close()

    def post_test(self, name: str) -> Answer:
        """Post an event that is none, of the type gateway.test, once."""
        now = self._station.clock.now()
        event = {
            "specversion": "1.0",
            "id": f"test-{new_id(now)}",
            "source": self._source,
            "type": "gateway.test",
            "time": now.isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": {"sentence": "Somebody tries whether this webhook is heard."},
        }
        return self._senders[name].post(str(event["id"]), json.dumps(event).encode())

    def _deliver(self, delivery: WebhookDelivery, happening: Happening, owner: str) -> None:
        body = json.dumps(cloud_event(happening, self._source)).encode()
        started = self._station.clock.now()
        answer = self._senders[delivery.webhook].post(str(happening.id), body)
        attempt = Attempt(delivery.attempts + 1, started, answer.status, answer.sentence, answer.took_ms)
        state, wait = _what_follows(delivery, answer)
        now = self._station.clock.now()

        def settle(connection: Transaction) -> None:
            is_ours = webhook_deliveries.settle(
                connection, delivery, owner, attempt, state, now + timedelta(seconds=wait)
            )
            if is_ours and answer.status == GONE:
                reason_given = "It answered 410: gone."
                webhook_deliveries.disable(connection, delivery.webhook, reason_given, now)

        self._station.database.write(settle)
        if answer.status == GONE:
            log.warning("webhook-disabled", webhook=delivery.webhook)
        log.info(
            "webhook-posted",
            webhook=delivery.webhook,
            event_id=happening.id,
            status=answer.status,
            attempt=attempt.number,
            ms=answer.took_ms,
        )


def _what_follows(delivery: WebhookDelivery, answer: Answer) -> tuple[str, float]:
    """Return the delivery's state after an answer, and the seconds to its next try."""
    if answer.is_taken:
        return DELIVERED, 0
    if answer.status == GONE:
        return DUE, 0  # it waits for the webhook to be enabled again
    if delivery.tries >= len(WAITS_SECONDS):
        return GIVEN_UP, 0
    wait = WAITS_SECONDS[delivery.tries] * (1 + JITTER * random.random())  # noqa: S311  jitter
    return DUE, max(wait, answer.retry_after_seconds or 0)


class _Sender:
    """Posts to one URL."""

    def __init__(self, name: str, settings: WebhookSettings, station: Station) -> None:
        self._name = name
        self._settings = settings
        self._clock = station.clock
        self._backend = DeadlineBackend(self._clock, self._address)
        self._client: httpx2.Client | None = None
        self._making = threading.Lock()

    def post(self, event_id: str, body: bytes) -> Answer:
        """Post one event, and return what came of it; never raises for what the receiver does."""
        settings = self._settings
        started = self._clock.monotonic()
        status: int | None = None
        retry_after: float | None = None
        self._backend.deadline.at = started + settings.timeout_seconds
        try:
            with self._connected().stream(
                "POST", settings.url, content=body, headers=self._headers(event_id, body)
            ) as heard:
                status, sentence = heard.status_code, f"It answered {heard.status_code}."
                retry_after = retry_after_seconds(heard.headers, self._clock.now())
                size = 0
                for part in heard.iter_raw():  # read to its end, so that the connection can be used again
                    size += len(part)
                    if size > ANSWER_LIMIT_BYTES:
                        break
        except GatewayError as refused:
            sentence = refused.sentence
        except (httpx2.HTTPError, OSError) as lost:
            if status is None:
                sentence = f"{urlsplit(settings.url).netloc} could not be reached, or did not answer: {reason(lost)}."
        finally:
            self._backend.deadline.at = None
        return Answer(status, sentence, retry_after, round((self._clock.monotonic() - started) * 1000))

    def close(self) -> None:
        """Close the connections."""
        with self._making:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _headers(self, event_id: str, body: bytes) -> Mapping[str, str]:
        # Read anew each time: a secret in a file is changed without a restart.
        secrets = [secret_bytes(read_secret(reference)) for reference in _references(self._settings)]
        return {"Content-Type": CONTENT_TYPE, **signature_headers(event_id, body, self._clock.now(), secrets)}

    def _address(self, host: str, port: int) -> str:
        try:
            return address_of(host, port, allows_private=self._settings.allow_private)
        except GatewayError as inside:
            raise GatewayError(
                "GW-4131",
                f"The webhook {self._name}: {host} leads to {inside.facts.get('address')}, which is no address in the public internet, so "
                f"nothing was sent. If the receiver really is there, set allow_private = true under [webhooks.{self._name}].",
            ) from inside

    def _connected(self) -> httpx2.Client:
        """Return the client, made when it is first needed."""
        with self._making:
            if self._client is None:
                self._client = httpx2.Client(
                    transport=DeadlineTransport(self._backend, httpx2.create_ssl_context()),
                    timeout=self._settings.timeout_seconds,
                    trust_env=False,  # no proxy of the environment: it would resolve the name for us
                    follow_redirects=False,
                    headers={"User-Agent": "partner-gateway", "Accept-Encoding": "identity"},
                )
            return self._client


def _references(webhook: WebhookSettings) -> list[str]:
    return [reference for reference in (webhook.secret, webhook.next_secret) if reference]
