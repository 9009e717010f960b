"""What is told of webhooks."""

from __future__ import annotations

from datetime import datetime

from gateway.api.document_views import View


class WebhookView(View):
    """One webhook, without its secret. `since` is null until it first ran."""

    name: str
    url: str
    types: tuple[str, ...]
    partners: tuple[str, ...]
    since: datetime | None
    disabled_at: datetime | None
    reason: str
    due: int
    delivered: int
    given_up: int


class WebhookList(View):
    """Every webhook."""

    webhooks: tuple[WebhookView, ...]


class AttemptView(View):
    """One post. `status` is null when there was no answer."""

    number: int
    at: datetime
    status: int | None
    sentence: str
    took_ms: int


class DeliveryView(View):
    """One event for one webhook: "due", "delivered" or "given-up"."""

    event: int
    state: str
    next_at: datetime
    attempts: tuple[AttemptView, ...]


class DeliveryList(View):
    """Deliveries of a webhook, newest event first."""

    deliveries: tuple[DeliveryView, ...]
