"""`gateway webhooks`: who is told what happens, what was posted, and posting it again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.api.webhook_views import AttemptView, DeliveryList, DeliveryView, WebhookList, WebhookView
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home
from gateway.cli.printing import counted, print_columns, print_json, say, shown, when
from gateway.cli.station import built_station
from gateway.errors import GatewayError
from gateway.steps.station import Station
from gateway.store import webhook_deliveries
from gateway.store.webhook_deliveries import DELIVERED, DUE, GIVEN_UP
from gateway.webhooks import Answer, Range, Webhooks, ask_again

Name = Annotated[str, typer.Argument(help="The webhook, as [webhooks.NAME] names it.")]


def list_webhooks(home: Home = None, as_json: AsJson = False) -> Exit:
    """List the webhooks: where each leads, how far it is, and whether it is disabled."""
    with built_station(home) as station:
        found = _webhooks(station)
    if as_json:
        print_json(WebhookList(webhooks=tuple(found)))
        return Exit.DONE
    if not found:
        say("No webhooks. Add [webhooks.NAME] to gateway.toml.")
        return Exit.DONE
    rows = [(w.name, str(w.due), str(w.delivered), str(w.given_up), _how(w), w.url) for w in found]
    print_columns(("name", "due", "delivered", "given up", "state", "url"), rows)
    return Exit.DONE


def post_test(name: Name, home: Home = None) -> Exit:
    """Post one event of the type gateway.test, once, and tell what came of it."""
    with built_station(home) as station:
        _known(station, name)
        webhooks = Webhooks(station, threading.Event())
        try:
            answer: Answer = webhooks.post_test(name)
        finally:
            webhooks.close()
    say(f"{shown(answer.sentence)} It took {answer.took_ms} ms.")
    return Exit.DONE if answer.is_taken else Exit.OUTSIDE


def deliveries(
    name: Name,
    state: Annotated[str, typer.Option(help=f"Only these: {DUE}, {DELIVERED}, {GIVEN_UP}.", show_default="all")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """List what was posted to a webhook and what waits, newest first, with every attempt."""
    if state not in ("", DUE, DELIVERED, GIVEN_UP):
        raise typer.BadParameter(f"{DUE}, {DELIVERED} or {GIVEN_UP}", param_hint="--state")
    with built_station(home) as station:
        _known(station, name)
        found = _deliveries(station, name, state, limit)
    if as_json:
        print_json(DeliveryList(deliveries=tuple(found)))
        return Exit.DONE
    rows = [
        (
            str(d.event),
            d.state,
            str(len(d.attempts)),
            when(d.next_at) if d.state == DUE else "",
            d.attempts[-1].sentence if d.attempts else "not posted yet",
        )
        for d in found
    ]
    print_columns(("event", "state", "attempts", "next try", "last answer"), rows)
    return Exit.DONE


def redeliver(
    name: Name,
    event: Annotated[list[int] | None, typer.Argument(help="Ids of events.", show_default=False)] = None,
    since: Annotated[datetime | None, typer.Option(help="All that it wants from then on; UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before then; UTC.", show_default="now")] = None,
    given_up: Annotated[bool, typer.Option("--given-up", help="All that were given up.")] = False,
    home: Home = None,
) -> Exit:
    """Post events again, under the same ids: single ones, those of a stretch of time, or all that were given up."""
    if bool(event) + (since is not None) + given_up != 1:
        raise typer.BadParameter("name events, or --since, or --given-up", param_hint="EVENT")
    with built_station(home) as station:
        _known(station, name)
        stretch = None
        if since is not None:
            stretch = Range(since.replace(tzinfo=UTC), until.replace(tzinfo=UTC) if until else station.clock.now())
        asked = ask_again(station, name, event or [], stretch, is_given_up=given_up)
    say(f"{counted(asked, 'event')} will be posted again.")
    return Exit.DONE if asked else Exit.NOT_FOUND


def enable(name: Name, home: Home = None) -> Exit:
    """Serve a webhook again that was disabled; it goes on where it stopped."""
    with built_station(home) as station:
        _known(station, name)
        is_there = station.database.write(lambda c: webhook_deliveries.enable(c, name))
    say(f"The webhook {name} is served." if is_there else f"The webhook {name} has not run yet.")
    return Exit.DONE


def _known(station: Station, name: str) -> None:
    if name not in station.settings.webhooks:
        known = ", ".join(station.settings.webhooks) or "none"
        raise GatewayError("GW-6801", f"gateway.toml has no [webhooks.{shown(name)[:64]}]; it has {known}.")


def _how(webhook: WebhookView) -> str:
    if webhook.disabled_at is not None:
        return f"disabled since {when(webhook.disabled_at)}"
    return "served" if webhook.since is not None else "not begun"


def _webhooks(station: Station) -> list[WebhookView]:
    with station.database.read() as connection:
        counts = webhook_deliveries.counts(connection)
        stored = {name: webhook_deliveries.get(connection, name) for name in station.settings.webhooks}
    found = []
    for name, settings in station.settings.webhooks.items():
        known = stored[name]
        found.append(
            WebhookView(
                name=name,
                url=settings.url,
                types=settings.types,
                partners=settings.partners,
                since=None if known is None else known.since,
                disabled_at=None if known is None else known.disabled_at,
                reason="" if known is None else known.reason,
                due=counts.get((name, DUE), 0),
                delivered=counts.get((name, DELIVERED), 0),
                given_up=counts.get((name, GIVEN_UP), 0),
            )
        )
    return found


def _deliveries(station: Station, name: str, state: str, limit: int) -> list[DeliveryView]:
    with station.database.read() as connection:
        found = webhook_deliveries.listed(connection, name, state, limit)
        attempts = webhook_deliveries.attempts_of(connection, [one.id for one in found])
    return [
        DeliveryView(
            event=one.event_id,
            state=one.state,
            next_at=one.next_at,
            attempts=tuple(
                AttemptView.model_validate(attempt, from_attributes=True) for attempt in attempts.get(one.id, [])
            ),
        )
        for one in found
    ]
