"""Answers to requests that have effects, kept by the caller's key, so that asking again gives the same answer and no second effect.

A row is written before the work begins and completed when it is done. One whose process died in between is taken over after
IN_FLIGHT_SECONDS, so the work behind it must be able to find out what it did already.

Source: draft-ietf-httpapi-idempotency-key-header-08.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from gateway.errors import GatewayError
from gateway.store.tables import idempotency_keys as keys

KEPT_DAYS = 30
IN_FLIGHT_SECONDS = 300

_INSERT = insert(keys)
_THIS = (keys.c.scope == bindparam("in_scope"), keys.c.key == bindparam("wanted"))
_GET = select(keys).where(*_THIS)
_TAKE_OVER = update(keys).where(*_THIS, keys.c.begun_at == bindparam("seen")).values(begun_at=bindparam("now"))
_FINISH = update(keys).where(*_THIS).values(status=bindparam("answered"), body=bindparam("said"))
_FORGET = delete(keys).where(*_THIS, keys.c.status.is_(None))
_PRUNE = delete(keys).where(keys.c.expires_at < bindparam("now"))


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What the first request was answered. `body` is JSON."""

    status: int
    body: str


def begin(connection: Connection, scope: str, key: str, request_sha256: str, now: datetime) -> KeptAnswer | None:
    """Return the answer that is kept, or None when the work is to be done now.

    Args:
        scope: whose key it is, and for what.
        request_sha256: of everything that the answer depends on.

    Raises:
        GatewayError: GW-6109 the first request is still worked on; GW-6110 the key was used for another request.
        LostRace: another request began at the same moment.
    """
    connection.execute(_PRUNE, {"now": now})
    row = connection.execute(_GET, {"in_scope": scope, "wanted": key}).first()
    if row is None:
        connection.execute(
            _INSERT,
            {
                "scope": scope,
                "key": key,
                "request_sha256": request_sha256,
                "status": None,
                "body": "",
                "begun_at": now,
                "expires_at": now + timedelta(days=KEPT_DAYS),
            },
        )
        return None
    if row.request_sha256 != request_sha256:
        raise GatewayError(
            "GW-6110", "This Idempotency-Key was used for another request; take a new one for every request."
        )
    if row.status is not None:
        return KeptAnswer(row.status, row.body)
    is_given_up = row.begun_at + timedelta(seconds=IN_FLIGHT_SECONDS) <= now
    seen = {"in_scope": scope, "wanted": key, "seen": row.begun_at, "now": now}
    if not is_given_up or connection.execute(_TAKE_OVER, seen).rowcount == 0:
        raise GatewayError(
            "GW-6109", "The first request with this Idempotency-Key is still worked on; ask again in a moment."
        )
    return None


def finish(connection: Connection, scope: str, key: str, answer: KeptAnswer) -> None:
    """Keep the answer."""
    connection.execute(_FINISH, {"in_scope": scope, "wanted": key, "answered": answer.status, "said": answer.body})


def forget(connection: Connection, scope: str, key: str) -> None:
    """Let the next request with this key begin anew: this one had no effect."""
    connection.execute(_FORGET, {"in_scope": scope, "wanted": key})
