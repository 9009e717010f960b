"""What is told of the flow: what waits, and which systems outside are not well."""

from __future__ import annotations

from datetime import datetime

from gateway.api.document_views import View
from gateway.states import Direction, Kind


class WaitingView(View):
    """What one kind of document has in the queue, one way; in the order in which they are served."""

    direction: Direction
    kind: Kind
    at_work: int
    due: int
    later: int
    in_lane: int
    oldest: datetime


class GateView(View):
    """A system outside whose last call failed, or that is left alone: "connector:erp", "partner:acme"."""

    name: str
    failures: int
    down_since: datetime | None
    next_look: datetime | None
    code: str
    sentence: str
    waiting: int


class FlowView(View):
    """What waits, and for whom."""

    waiting: tuple[WaitingView, ...]
    gates: tuple[GateView, ...]
