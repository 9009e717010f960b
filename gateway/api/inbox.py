"""Partners' inboxes: a document is posted, made durable, and only then answered 202.

The key that posts must be named in the partner's file: whoever holds it is that partner, whatever the document says. The body is
streamed to the disk and never held in memory as a whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from gateway.api import problems
from gateway.api.access import FromStation, needs
from gateway.api.idempotency import ALWAYS_TOLD, IdempotencyKey, once, request_sha256
from gateway.clock import new_id
from gateway.errors import GatewayError
from gateway.ports import Arrival
from gateway.steps.receive import receive
from gateway.steps.station import Station
from gateway.store import deliveries
from gateway.store.api_keys import ApiKey
from gateway.transports.http import HttpTransport

router = APIRouter(prefix="/v1", tags=["inbox"], responses=problems.told(*problems.ALWAYS))

_NAME_LIMIT = 255


class Taken(BaseModel):
    """A document is safe with us. What becomes of it is at /v1/documents/{document}."""

    document: str = Field(description="Its id.", examples=["01JCZ8K3V7M2Q4R6T8W0X2Y4Z6"])
    sha256: str = Field(description="Of the bytes that were posted.")
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """An inbox whose key the caller holds."""

    partner: str
    transport: HttpTransport
    key: ApiKey


@dataclass(frozen=True, slots=True)
class Posted:
    """A body on our disk."""

    path: FilePath
    sha256: str
    size_bytes: int


Caller = Annotated[ApiKey, Depends(needs("inbox:write"))]


def open_inbox(
    station: FromStation,
    caller: Caller,
    partner: Annotated[
        str, Path(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_-]*$", description="The partner's id.")
    ],
) -> Inbox:
    """Return the partner's inbox. Raises GatewayError GW-6108; a stranger does not learn which partners there are."""
    transport = station.transports.get(partner)
    if not isinstance(transport, HttpTransport) or caller.name not in transport.options.keys:
        raise GatewayError(
            "GW-6108",
            f"The key {caller.name} has no inbox at {partner}: name it in the keys of the partner's [transport], kind http.",
        )
    return Inbox(partner, transport, caller)


async def posted(
    request: Request, station: FromStation, inbox: Annotated[Inbox, Depends(open_inbox)]
) -> AsyncIterator[Posted]:
    """Give the body as a file of ours, and remove it after the answer.

    Raises:
        GatewayError: GW-6006 it ended too early, GW-6111 it is too large, GW-6112 it is compressed, GW-5003 there is no room for it.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise GatewayError("GW-6112", "Post the document as it is, without Content-Encoding.")
    limit = station.settings.payload_limit_bytes
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length[:20]) > limit:
        raise _too_large(limit)
    folder = inbox.transport.spool
    path = folder / f"{new_id(station.clock.now())}.posted"
    digest, size = hashlib.sha256(), 0
    try:
        await run_in_threadpool(folder.mkdir, parents=True, exist_ok=True)
        with path.open("wb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                digest.update(chunk)
                await run_in_threadpool(file.write, chunk)
        yield Posted(path, digest.hexdigest(), size)
    except ClientDisconnect as gone:
        raise GatewayError("GW-6006", "The request ended before its body did.") from gone
    except OSError as full:
        raise GatewayError(
            "GW-5003", f"The document could not be stored: {full.strerror}. Post it again later.", is_retryable=True
        ) from full
    finally:
        path.unlink(missing_ok=True)


@router.post(
    "/partners/{partner}/inbox",
    summary="Post a partner's document",
    status_code=202,
    response_model=Taken,
    responses=problems.told("GW-6108", "GW-6111", "GW-6112", "GW-5003", *ALWAYS_TOLD),
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The document's bytes: an X12 interchange, or a file as agreed.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def post_document(
    station: FromStation,
    inbox: Annotated[Inbox, Depends(open_inbox)],
    body: Annotated[Posted, Depends(posted)],
    idempotency_key: IdempotencyKey,
    content_disposition: Annotated[
        str, Header(max_length=1000, description='What the file is called: attachment; filename="order.edi".')
    ] = "",
) -> Response:
    """Take a document: it is durable before the answer. The same key with the same document is answered the same, and taken once."""
    name = _file_name(content_disposition) or f"{idempotency_key[:100]}.edi"
    scope = f"inbox {inbox.partner} {inbox.key.name}"
    arrival = Arrival(inbox.partner, "http", name, f"{inbox.key.name}:{idempotency_key}:{body.sha256}", body.size_bytes)
    return once(
        station,
        scope,
        idempotency_key,
        request_sha256(inbox.partner, name, body.sha256),
        lambda: _taken(station, inbox, arrival, body),
        status=202,
    )


def _taken(station: Station, inbox: Inbox, arrival: Arrival, body: Posted) -> Taken:
    """Receive the body; one that was received before, whose answer was lost in a crash, keeps its document."""
    if not body.size_bytes:
        raise GatewayError("GW-6006", "The body is empty.")
    inbox.transport.accept(arrival, body.path)
    document = receive(arrival, inbox.transport, station)
    if document is None:
        with station.database.read() as connection:
            document = deliveries.document_of(connection, arrival.partner, arrival.transport, arrival.transport_id)
    assert document is not None  # noqa: S101  a delivery that is known has its document: they are one commit
    return Taken(document=document, sha256=body.sha256, size_bytes=body.size_bytes)


def _file_name(content_disposition: str) -> str:
    """Return the file name of a Content-Disposition as it can be stored and printed; "" when it has none."""
    header = Message()
    header["Content-Disposition"] = "".join(c for c in content_disposition if c.isprintable())
    name = header.get_filename("").replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable())[:_NAME_LIMIT]


def _too_large(limit: int) -> GatewayError:
    return GatewayError("GW-6111", f"The document is larger than {limit} bytes; post it in parts.")
