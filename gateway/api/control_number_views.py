"""What is told of control numbers."""

from __future__ import annotations

from gateway.api.document_views import View


class ControlNumberView(View):
    """One partner's numbers of a scope, "ISA" or "GS": the last that was given out, and the next."""

    partner: str
    scope: str
    last: int
    next: int


class ControlNumberList(View):
    """Everybody's."""

    control_numbers: tuple[ControlNumberView, ...]
