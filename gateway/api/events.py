"""The route of events: the ledger as a feed that replays from any place."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from gateway.api import problems
from gateway.api.access import FromStation, needs
from gateway.api.event_views import CloudEvent, EventPage
from gateway.cloud_events import cloud_event, source_of, strange_types, wanted
from gateway.errors import GatewayError
from gateway.steps.station import Station
from gateway.store import feed

NOW = "now"

router = APIRouter(
    prefix="/v1",
    tags=["events"],
    dependencies=[Depends(needs("events:read"))],
    responses=problems.told(*problems.ALWAYS),
)


@router.get("/events", summary="Everything that happened, oldest first")
def list_events(
    station: FromStation,
    after: Annotated[
        str,
        Query(
            max_length=64,
            pattern=r"^[A-Za-z0-9_-]*$",
            description="`next` of the page before; empty begins with the first event, `now` with those to come.",
        ),
    ] = "",
    limit: Annotated[int, Query(ge=1, le=feed.PAGE_LIMIT)] = 100,
    type: Annotated[  # noqa: A002  the attribute's name in CloudEvents
        list[str] | None, Query(max_length=50, description="Only these: order.posted, or order.* for all of orders.")
    ] = None,
    partner: Annotated[list[str] | None, Query(max_length=200, description="Only documents of these partners.")] = None,
) -> EventPage:
    """Return the events after a place. Nothing is skipped and nothing comes twice; the order never changes."""
    return events_after(station, after, limit, type or [], partner or [])


def events_after(station: Station, after: str, limit: int, types: list[str], partners: list[str]) -> EventPage:
    """Return a page of the feed.

    Raises:
        GatewayError: GW-6106 the cursor was not handed out; GW-6130 there is no such type.
    """
    if strange := strange_types(types):
        raise GatewayError(
            "GW-6130", f"There is no event type {strange[0][:64]}; the handbook's page of events lists them."
        )
    feed.give_places(station.database)
    source = source_of(station.settings.company.interchange_id)
    with station.database.read() as connection:
        if after == NOW:
            return EventPage(events=(), next=feed.cursor_of(feed.head(connection)), has_more=False)
        found = feed.page(connection, feed.position_of(after), limit, wanted(types), partners)
    return EventPage(
        events=tuple(CloudEvent.model_validate(cloud_event(h, source)) for h in found.happenings),
        next=feed.cursor_of(found.position),
        has_more=found.has_more,
    )
