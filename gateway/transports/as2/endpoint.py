"""The AS2 endpoint: an application of its own, on a port of its own, that knows one thing: to take a body and answer it.

A body is written to the disk while it is hashed, never held in memory as a whole; how large it may be and how long its sender may be
silent is bounded. What it says is the service's.
"""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import structlog

from gateway.transmissions import Headers
from gateway.transports.as2.scratch import scratch_file
from gateway.transports.as2.service import Answer, As2Service, Body, busy

log = structlog.get_logger("gateway.as2")

PATH = "/as2"
MDN_PATH = "/as2/mdn"
WRITE_BYTES = 1_048_576  # collected before the disk is asked, so that the loop is not
_SERVER = (b"Server", b"Partner Gateway")


class _TooLargeError(Exception):
    """The body is larger than what is taken."""


class _GoneError(Exception):
    """The sender went away, or was silent for too long."""


class As2Endpoint:
    """The application, as ASGI has it.

    Args:
        spool: where bodies lie until they are answered.
        limit_bytes: larger bodies are refused.
        body_seconds: how long a sender may be silent within a body.
        threads: how many transmissions are opened at the same time.
    """

    def __init__(self, service: As2Service, spool: Path, limit_bytes: int, body_seconds: float, threads: int) -> None:
        self._service = service
        self._spool = spool
        self._limit_bytes = limit_bytes
        self._body_seconds = body_seconds
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="as2")

    def close(self) -> None:
        """Finish what is being opened."""
        self._threads.shutdown()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        try:
            answer = await self._answer(scope, receive)
        except _GoneError:
            answer = Answer(408, (), b"")
        except Exception:
            log.exception("as2-broke")
            answer = Answer(500)
        headers = [(name.lower(), value) for name, value in (*answer.headers, _SERVER)]
        headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Any, receive: Any) -> Answer:
        if scope["path"] not in (PATH, MDN_PATH):
            return Answer(404)
        if scope["method"] != "POST":
            return Answer(405, ((b"Allow", b"POST"),))
        raw: Headers = tuple((bytes(name), bytes(value)) for name, value in scope["headers"])
        length = next((value for name, value in raw if name.lower() == b"content-length"), b"")
        if length.isdigit() and int(length[:20]) > self._limit_bytes:
            return Answer(413)
        peer = (scope.get("client") or ("",))[0]
        loop = asyncio.get_running_loop()
        try:
            file = await loop.run_in_executor(self._threads, self._spool_file)
        except OSError as full:
            return _unstored(full)
        try:
            body = await self._body(file, receive, loop)
            return await loop.run_in_executor(
                self._threads,
                lambda: self._service.answer(raw, body, str(peer), is_mdn=scope["path"] == MDN_PATH),
            )
        except _TooLargeError:
            return Answer(413)
        except OSError as full:
            return _unstored(full)
        finally:
            file.close()

    def _spool_file(self) -> BinaryIO:
        self._spool.mkdir(parents=True, exist_ok=True)
        return scratch_file(self._spool)

    async def _body(self, file: BinaryIO, receive: Any, loop: asyncio.AbstractEventLoop) -> Body:
        """Return the request's body. Raises _TooLargeError, _GoneError, OSError."""
        digest, size, held = hashlib.sha256(), 0, bytearray()
        while True:
            try:
                event = await asyncio.wait_for(receive(), self._body_seconds)
            except TimeoutError:
                raise _GoneError from None
            if event["type"] == "http.disconnect":
                raise _GoneError
            chunk = event.get("body", b"")
            size += len(chunk)
            if size > self._limit_bytes:
                raise _TooLargeError
            held += chunk
            if len(held) >= WRITE_BYTES:
                taken, held = bytes(held), bytearray()
                await loop.run_in_executor(self._threads, _written, file, taken, digest)
            if not event.get("more_body", False):
                break
        _written(file, bytes(held), digest)
        return Body(file, digest.hexdigest(), size)


def _written(file: BinaryIO, chunk: bytes, digest: Any) -> None:
    digest.update(chunk)
    file.write(chunk)


def _unstored(full: OSError) -> Answer:
    log.warning("as2-unavailable", code="GW-5003", sentence=f"A body could not be stored: {full.strerror}.")
    return busy()


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
