"""Requests that have effects: each carries an Idempotency-Key, and asking again with the same one has no second effect.

Every such route takes `IdempotencyKey` as a parameter, adds `ALWAYS_TOLD` to its problems, and answers by `once`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Response
from pydantic import BaseModel

from gateway.errors import GatewayError
from gateway.steps.station import Station
from gateway.store import idempotency
from gateway.store.engine import LostRace
from gateway.store.idempotency import KeptAnswer

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="A new one for every request, the same when it is sent again; its answer is kept for 30 days.",
    ),
]
ALWAYS_TOLD = ("GW-6109", "GW-6110")


def request_sha256(*parts: str) -> str:
    """Return what tells one request from another: the digest of everything its answer depends on."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()


def once(
    station: Station, scope: str, key: str, request: str, work: Callable[[], BaseModel], status: int = 200
) -> Response:
    """Return the answer that was given to this key before, or do the work and keep what it returns.

    Args:
        scope: the route and the caller: two callers may use the same key.
        request: from `request_sha256`.
        work: raises GatewayError when it had no effect; then the key is free again.

    Raises:
        GatewayError: GW-6109 in flight, GW-6110 used for another request; whatever `work` raises.
    """
    try:
        kept = station.database.write(lambda c: idempotency.begin(c, scope, key, request, station.clock.now()))
    except LostRace as race:
        raise GatewayError(
            "GW-6109", "The first request with this Idempotency-Key has just begun; ask again in a moment."
        ) from race
    if kept is not None:
        return _response(kept, {"Idempotency-Replayed": "true"})
    try:
        answer = KeptAnswer(status, work().model_dump_json())
    except BaseException:
        station.database.write(lambda c: idempotency.forget(c, scope, key))
        raise
    station.database.write(lambda c: idempotency.finish(c, scope, key, answer))
    return _response(answer, {})


def _response(answer: KeptAnswer, headers: dict[str, str]) -> Response:
    return Response(answer.body, answer.status, headers, "application/json")
