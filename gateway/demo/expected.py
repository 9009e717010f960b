"""What must be there when the demo's day is over."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.states import Direction, Kind, State


@dataclass(frozen=True, slots=True)
class Expected:
    """Documents that must exist when the day is over.

    Args:
        kind, direction, state: of the documents.
        order: the order number they carry; "" for those that have none.
        count: how many of them.
        code: of what stopped them; "" for any.
    """

    kind: Kind
    direction: Direction
    state: State
    order: str = ""
    count: int = 1
    code: str = ""
