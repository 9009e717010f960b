"""What is told of the feed of events."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from gateway.api.document_views import View
from gateway.states import Direction, Event, Kind, State


class Happened(View):
    """What happened, and to which document; `number`, `order_number` and `erp_reference` are the document's as it is now."""

    document: str
    partner: str
    kind: Kind
    direction: Direction
    is_test: bool
    number: str
    order_number: str
    erp_reference: str
    event: Event
    state_before: State | None
    state: State
    code: str
    sentence: str
    actor: str


class CloudEvent(View):
    """A CloudEvent 1.0. `id` never changes and is never used twice: a reader who sees one again knows it by that."""

    specversion: Literal["1.0"]
    id: str = Field(examples=["4711"])
    source: str = Field(examples=["/partner-gateway/ZZ%3AOURCOMPANY"])
    type: str = Field(examples=["order.posted"])
    time: datetime
    subject: str = Field(description="The document's id.")
    datacontenttype: Literal["application/json"]
    data: Happened


class EventPage(View):
    """Some events, oldest first. `next` goes on after them, also when nothing new was there: keep it and ask again."""

    events: tuple[CloudEvent, ...]
    next: str
    has_more: bool
