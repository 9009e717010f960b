"""`gateway events`: everything that happened, one CloudEvent on each line."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from gateway.api.event_views import EventPage
from gateway.api.events import NOW, events_after
from gateway.cli.exits import Exit
from gateway.cli.home import Home
from gateway.cli.printing import say
from gateway.cli.station import built_station
from gateway.store.feed import PAGE_LIMIT

FOLLOW_SECONDS = 0.5


def events(
    after: Annotated[
        str, typer.Option(help="Begin after this cursor; `now` for what is to come.", show_default="the first event")
    ] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what happens, until Ctrl-C.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="Stop after so many events; 0 for all.")] = 0,
    type_: Annotated[
        list[str] | None, typer.Option("--type", help="Only these: order.posted, or order.* for all of orders.")
    ] = None,
    partner: Annotated[list[str] | None, typer.Option(help="Only documents of this partner.")] = None,
    home: Home = None,
) -> Exit:
    """Print what happened as CloudEvents, one JSON object a line, oldest first.

    At the end the cursor from which to go on is written to stderr.
    """
    left = limit
    cursor = after
    with built_station(home) as station:
        try:
            while True:
                size = min(left, PAGE_LIMIT) if limit else PAGE_LIMIT
                page = events_after(station, cursor, size, type_ or [], partner or [])
                _print(page)
                left -= len(page.events)
                cursor = page.next
                if limit and left <= 0:
                    break
                if not page.has_more:
                    if not follow:
                        break
                    time.sleep(FOLLOW_SECONDS)
        finally:
            if cursor and cursor != NOW:
                say(f"Go on with --after {cursor}")
    return Exit.DONE


def _print(page: EventPage) -> None:
    for event in page.events:
        print(event.model_dump_json(), flush=True)
