"""Webhooks and what is to be posted to each: one row for each webhook and event, which many processes may work on.

How far the ledger was looked at and the deliveries that follow from it are written in one transaction, so no event is lost between the
two and none becomes two rows. A delivery is claimed under a lease before it is posted, and its result is written only by who holds the
claim: after a crash it is posted again, with the same id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, or_, select, update

from gateway.store.event_tables import webhook_attempts, webhook_deliveries, webhooks

DUE, DELIVERED, GIVEN_UP = "due", "delivered", "given-up"

_delivery = webhook_deliveries.c


@dataclass(frozen=True, slots=True)
class Webhook:
    """How far a webhook got; `disabled_at` is None while it is served."""

    name: str
    position: int
    since: datetime
    disabled_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One event for one webhook.

    Args:
        tries: since it was asked for, by the feed or by hand.
        attempts: ever.
    """

    id: int
    webhook: str
    event_id: int
    state: str
    tries: int
    attempts: int
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One post. `status` is None when there was no answer."""

    number: int
    at: datetime
    status: int | None
    sentence: str
    took_ms: int


def get(connection: Connection, name: str) -> Webhook | None:
    """Return a webhook, or None when it never ran."""
    row = connection.execute(select(webhooks).where(webhooks.c.name == name)).first()
    return None if row is None else Webhook(row.name, row.position, row.since, row.disabled_at, row.reason)


def begin(connection: Connection, name: str, position: int, now: datetime) -> None:
    """Begin to serve a webhook after a place of the feed. Raises LostRace when somebody else began."""
    connection.execute(
        insert(webhooks), {"name": name, "position": position, "since": now, "disabled_at": None, "reason": ""}
    )


def fan_out(
    connection: Connection, name: str, before: int, after: int, event_ids: Sequence[int], now: datetime
) -> bool:
    """Make deliveries of the events between two places; return False, having done nothing, when somebody else did.

    Raises:
        LostRace: one of them was asked for by hand in this moment; look again.
    """
    moved = (
        update(webhooks)
        .where(webhooks.c.name == name, webhooks.c.position == before, webhooks.c.disabled_at.is_(None))
        .values(position=after)
    )
    if connection.execute(moved).rowcount != 1:
        return False
    ask_for(connection, name, event_ids, now, is_again=False)
    return True


def ask_for(connection: Connection, name: str, event_ids: Sequence[int], now: datetime, *, is_again: bool) -> int:
    """Have events posted now; return how many.

    Args:
        is_again: also those that were delivered or given up before.
    """
    if not event_ids:
        return 0
    mine = (_delivery.webhook == name, _delivery.event_id.in_(list(event_ids)))
    known = set(connection.execute(select(_delivery.event_id).where(*mine)).scalars())
    new = [event_id for event_id in dict.fromkeys(event_ids) if event_id not in known]
    if new:
        row = {"webhook": name, "state": DUE, "tries": 0, "attempts": 0, "next_at": now}
        connection.execute(insert(webhook_deliveries), [{**row, "event_id": event_id} for event_id in new])
    if not is_again:
        return len(new)
    again = update(webhook_deliveries).where(*mine, _delivery.event_id.not_in(new))
    connection.execute(again.values(state=DUE, tries=0, next_at=now, owner=None, lease_until=None))
    return len(new) + len(known)


def claim(
    connection: Connection, name: str, owner: str, now: datetime, lease_seconds: float, limit: int
) -> list[WebhookDelivery]:
    """Claim deliveries that are due, the longest due first; none while the webhook is disabled.

    Args:
        owner: new for each claim.
    """
    is_served = select(webhooks.c.name).where(webhooks.c.name == name, webhooks.c.disabled_at.is_(None)).exists()
    due = (
        select(webhook_deliveries)
        .where(
            is_served,
            _delivery.webhook == name,
            _delivery.state == DUE,
            _delivery.next_at <= now,
            or_(_delivery.lease_until.is_(None), _delivery.lease_until <= now),
        )
        .order_by(_delivery.next_at, _delivery.id)
        .limit(limit)
        .with_for_update(
            skip_locked=True, of=webhook_deliveries
        )  # left out on SQLite, where one transaction writes at a time
    )
    rows = connection.execute(due).all()
    if rows:
        taken = update(webhook_deliveries).where(_delivery.id.in_([row.id for row in rows]))
        connection.execute(taken.values(owner=owner, lease_until=now + timedelta(seconds=lease_seconds)))
    return [_read(row) for row in rows]


def is_any_due(connection: Connection, name: str, now: datetime) -> bool:
    """Return whether there is anything to claim; costs no write."""
    due = select(_delivery.id).where(_delivery.webhook == name, _delivery.state == DUE, _delivery.next_at <= now)
    return connection.execute(due.limit(1)).first() is not None


def settle(
    connection: Connection, delivery: WebhookDelivery, owner: str, attempt: Attempt, state: str, next_at: datetime
) -> bool:
    """Write down what came of a try; return False, having written nothing, when the claim is not ours any more."""
    settled = (
        update(webhook_deliveries)
        .where(_delivery.id == delivery.id, _delivery.owner == owner)
        .values(
            state=state,
            tries=delivery.tries + 1,
            attempts=attempt.number,
            next_at=next_at,
            owner=None,
            lease_until=None,
        )
    )
    if connection.execute(settled).rowcount != 1:
        return False
    connection.execute(
        insert(webhook_attempts),
        {
            "delivery_id": delivery.id,
            "number": attempt.number,
            "at": attempt.at,
            "status": attempt.status,
            "sentence": attempt.sentence,
            "took_ms": attempt.took_ms,
        },
    )
    return True


def disable(connection: Connection, name: str, reason: str, now: datetime) -> None:
    """Stop serving a webhook; what is due stays due."""
    is_served = (webhooks.c.name == name, webhooks.c.disabled_at.is_(None))
    connection.execute(update(webhooks).where(*is_served).values(disabled_at=now, reason=reason))


def enable(connection: Connection, name: str) -> bool:
    """Serve a webhook again from where it was; return whether there is such a one."""
    served = update(webhooks).where(webhooks.c.name == name).values(disabled_at=None, reason="")
    return connection.execute(served).rowcount == 1


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """Return how many deliveries each webhook has in each state."""
    query = select(_delivery.webhook, _delivery.state, func.count()).group_by(_delivery.webhook, _delivery.state)
    return {(name, state): number for name, state, number in connection.execute(query)}


def listed(connection: Connection, name: str, state: str, limit: int) -> list[WebhookDelivery]:
    """Return deliveries, newest event first. `state` "": all."""
    query = select(webhook_deliveries).where(_delivery.webhook == name)
    if state:
        query = query.where(_delivery.state == state)
    return [_read(row) for row in connection.execute(query.order_by(_delivery.event_id.desc()).limit(limit))]


def attempts_of(connection: Connection, ids: Iterable[int]) -> dict[int, list[Attempt]]:
    """Return the attempts of deliveries, oldest first: delivery id → attempts."""
    found: dict[int, list[Attempt]] = {}
    query = select(webhook_attempts).where(webhook_attempts.c.delivery_id.in_(list(ids)))
    for row in connection.execute(query.order_by(webhook_attempts.c.delivery_id, webhook_attempts.c.number)):
        found.setdefault(row.delivery_id, []).append(Attempt(row.number, row.at, row.status, row.sentence, row.took_ms))
    return found


def _read(row: object) -> WebhookDelivery:
    return WebhookDelivery(**{name: getattr(row, name) for name in WebhookDelivery.__dataclass_fields__})
