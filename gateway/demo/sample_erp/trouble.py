"""Trouble on request: everything an ERP does to its callers on a bad day.

`TroubleMaker` sits in front of the API. What a request has already booked stays booked, whatever its caller is told.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.demo.sample_erp.clock import Clock
from gateway.demo.sample_erp.requests import ErpModel, Word

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

CONTROL_PATHS = ("/trouble", "/day", "/automatic", "/openapi.json", "/docs")  # these always work
GARBAGE = {
    "text": (b"text/plain", b"OK, thanks"),
    "html": (b"text/html", b"<html><body>Please log in</body></html>"),
    "json": (b"application/json", b'{"number": "SO-1'),
    "wrong-type": (b"application/json", b'{"number": ["SO", 1001], "documents": 7, "complaints": {}}'),
    "empty": (b"application/json", b""),
}
FLOOD_CHUNK = 65_536


class Trouble(ErpModel):
    """What goes wrong from now on; several may be set at once.

    `path_prefix` narrows it to some requests, `times` ends it after so many, `seconds` after so long. `gone_seconds` closes the
    listening socket for so long. `hang_up`, `garbage`, `drip` and `flood_bytes` come after the request has done its work.
    """

    slow_seconds: Annotated[float, Field(ge=0, le=600)] = 0.0
    refuse_status: Literal[429, 500, 502, 503, 504] | None = None
    retry_after_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    gone_seconds: Annotated[float, Field(ge=0, le=600)] = 0.0
    garbage: Literal["text", "html", "json", "wrong-type", "empty"] | None = None
    hang_up: bool = False
    drip: bool = False
    flood_bytes: Annotated[int, Field(ge=0, le=4_000_000_000)] = 0
    book_late_seconds: Annotated[float, Field(ge=0, le=600)] = 0.0
    forget_keys: bool = False
    path_prefix: Word = ""
    times: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    seconds: Annotated[float, Field(gt=0, le=86_400)] | None = None


NO_TROUBLE = Trouble()


class HungUpError(Exception):
    """Ends the connection without the rest of the answer."""


class TroubleMaker:
    """The trouble that is on, and the door through which every request passes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._trouble = NO_TROUBLE
        self._left: int | None = None
        self._until: float | None = None

    @property
    def trouble(self) -> Trouble:
        """Return what is on now."""
        is_over = (self._until is not None and self._clock.monotonic() > self._until) or self._left == 0
        return NO_TROUBLE if is_over else self._trouble

    def begin(self, trouble: Trouble) -> None:
        """Replace whatever was on."""
        self._trouble = trouble
        self._left = trouble.times
        self._until = None if trouble.seconds is None else self._clock.monotonic() + trouble.seconds

    def take(self, path: str) -> Trouble:
        """Return the trouble that a request to `path` gets, and count it."""
        trouble = self.trouble
        if trouble is NO_TROUBLE or path.startswith(CONTROL_PATHS) or not path.startswith(trouble.path_prefix):
            return NO_TROUBLE
        if self._left is not None:
            self._left -= 1
        return trouble

    def wrap(self, app: App) -> App:
        """Return `app` with the trouble in front of it."""

        async def troubled(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
            trouble = self.take(scope["path"]) if scope["type"] == "http" else NO_TROUBLE
            if trouble is NO_TROUBLE:
                await app(scope, receive, send)
                return
            scope["trouble"] = trouble
            if trouble.slow_seconds:
                await asyncio.sleep(trouble.slow_seconds)
            if trouble.refuse_status is not None:
                await _refuse(trouble, trouble.refuse_status, send)
            elif trouble.garbage or trouble.hang_up or trouble.drip or trouble.flood_bytes:
                await _spoil(trouble, await _answer_of(app, scope, receive), send)
            else:
                await app(scope, receive, send)

        return troubled


async def _answer_of(app: App, scope: MutableMapping[str, Any], receive: Receive) -> list[Message]:
    """Let the request do its work; return the answer that the caller will not see."""
    answer: list[Message] = []

    async def keep(message: Message) -> None:
        answer.append(message)

    await app(scope, receive, keep)
    return answer


async def _refuse(trouble: Trouble, status: int, send: Send) -> None:
    headers = [(b"content-type", b"application/problem+json")]
    if trouble.retry_after_seconds is not None:
        headers.append((b"retry-after", str(trouble.retry_after_seconds).encode()))
    problem = {
        "title": "trouble on request",
        "status": status,
        "detail": "The sample ERP refuses everything just now.",
        "code": "down",
    }
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(problem).encode()})


async def _spoil(trouble: Trouble, answer: list[Message], send: Send) -> None:
    if trouble.garbage:
        kind, body = GARBAGE[trouble.garbage]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": body})
        return
    body = b"".join(message.get("body", b"") for message in answer)
    size = len(body) + trouble.flood_bytes + trouble.hang_up
    headers = [(b"content-type", b"application/json"), (b"content-length", str(size).encode())]
    await send({"type": "http.response.start", "status": answer[0]["status"] if answer else 200, "headers": headers})
    if trouble.hang_up:
        await send({"type": "http.response.body", "body": body[:1], "more_body": True})
        raise HungUpError
    for count in range(trouble.flood_bytes // FLOOD_CHUNK + 1):
        chunk = min(FLOOD_CHUNK, trouble.flood_bytes - count * FLOOD_CHUNK)
        await send({"type": "http.response.body", "body": b" " * chunk, "more_body": True})
    step = 1 if trouble.drip else len(body) or 1
    for start in range(0, len(body), step):
        await send({"type": "http.response.body", "body": body[start : start + step], "more_body": True})
        if trouble.drip:
            await asyncio.sleep(1)
    await send({"type": "http.response.body", "body": b""})
