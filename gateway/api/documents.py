"""Routes about documents: lists, one document, its story, findings, canonical JSON and bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from gateway.api import problems
from gateway.api.access import FromStation, needs
from gateway.api.document_views import (
    DocumentDetail,
    DocumentList,
    FindingList,
    MatchList,
    Timeline,
    document_detail,
    document_view,
    finding_list,
    match_list,
    timeline_view,
)
from gateway.errors import GatewayError
from gateway.states import Acknowledgment, Direction, Kind, State
from gateway.steps.file_kinds import form_of
from gateway.steps.station import Station
from gateway.store import documents, ledger, queries
from gateway.store.documents import Document
from gateway.store.payloads import CHUNK_BYTES

router = APIRouter(
    prefix="/v1",
    tags=["documents"],
    dependencies=[Depends(needs("documents:read"))],
    responses=problems.told(*problems.ALWAYS),
)
raw_router = APIRouter(
    prefix="/v1",
    tags=["documents"],
    dependencies=[Depends(needs("raw:read"))],
    responses=problems.told(*problems.ALWAYS),
)

DocumentId = Annotated[
    str,
    Path(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$", description="As lists name it.", examples=["01JCZ8K3V7M2Q4R6T8W0X2Y4Z6"]),
]
Partner = Annotated[
    str | None, Query(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="The partner's id.", examples=["acme"])
]
_NOT_THERE = problems.told("GW-6101")
_NO_PART = problems.told("GW-6101", "GW-6104")


@router.get("/documents", summary="List documents, newest first")
def list_documents(  # noqa: PLR0913, PLR0917  one parameter for each filter
    request: Request,
    response: Response,
    station: FromStation,
    partner: Partner = None,
    kind: Annotated[Kind | None, Query()] = None,
    direction: Annotated[Direction | None, Query(description="in: from partners; out: to them.")] = None,
    state: Annotated[State | None, Query()] = None,
    acknowledgment: Annotated[Acknowledgment | None, Query()] = None,
    needs_person: Annotated[
        bool | None, Query(description="Only what waits for a person, or only what does not.")
    ] = None,
    order_number: Annotated[str, Query(max_length=128, description="Exactly as the order writes it.")] = "",
    parent_id: Annotated[
        str, Query(pattern=r"^([0-9A-HJKMNP-TV-Z]{26})?$", description="Only what came in this file.")
    ] = "",
    since: Annotated[datetime | None, Query(description="From then on; UTC when no zone is named.")] = None,
    until: Annotated[datetime | None, Query(description="Before then.")] = None,
    limit: Annotated[int, Query(ge=1, le=queries.PAGE_LIMIT)] = 50,
    cursor: Annotated[
        str, Query(max_length=64, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before.")
    ] = "",
) -> DocumentList:
    """Return a page of documents. Good ones and bad ones are in the same list."""
    filters = queries.Filters(
        partner=partner or "",
        kind=kind,
        direction=direction,
        state=state,
        acknowledgment=acknowledgment,
        needs_person=needs_person,
        order_number=order_number,
        parent_id=parent_id,
        since=since,
        until=until,
    )
    with station.database.read() as connection:
        found = queries.page(connection, filters, limit, cursor)
    if found.cursor:
        asked = {**request.query_params, "cursor": found.cursor}
        response.headers["Link"] = f'<{request.url.path}?{urlencode(asked)}>; rel="next"'
    return DocumentList(documents=tuple(document_view(d) for d in found.documents), next=found.cursor or None)


@router.get("/search", summary="Find documents by any number")
def search(
    station: FromStation,
    q: Annotated[str, Query(min_length=1, max_length=128, examples=["4500012345"])],
    limit: Annotated[int, Query(ge=1, le=queries.PAGE_LIMIT)] = 50,
) -> MatchList:
    """Return what goes by a number: of an order, invoice, shipment, container, the ERP. Zeros in front, dashes and spaces do not count."""
    with station.database.read() as connection:
        return match_list(queries.search(connection, q, limit))


@router.get("/documents/{document_id}", summary="One document", responses=_NOT_THERE)
def get_document(station: FromStation, document_id: DocumentId) -> DocumentDetail:
    """Return one document with the numbers it goes by, what came in it and what answers it."""
    with station.database.read() as connection:
        document = documents.get(connection, document_id)
        if document is None:
            raise _no_document(document_id)
        return document_detail(
            document,
            queries.delivery_of(connection, document),
            queries.references_of(connection, document_id),
            queries.contained_in(connection, document_id),
            queries.answers_to(connection, document_id),
        )


@router.get("/documents/{document_id}/timeline", summary="A document's story", responses=_NOT_THERE)
def get_timeline(station: FromStation, document_id: DocumentId) -> Timeline:
    """Return everything that happened to a document, oldest first."""
    with station.database.read() as connection:
        _existing(station, document_id)
        return timeline_view(document_id, ledger.timeline(connection, document_id))


@router.get("/documents/{document_id}/findings", summary="What is wrong with a document", responses=_NOT_THERE)
def get_findings(station: FromStation, document_id: DocumentId) -> FindingList:
    """Return every mistake that was found, each with its place on the wire."""
    with station.database.read() as connection:
        document = _existing(station, document_id)
        return finding_list(document, documents.findings_of(connection, document_id))


@router.get(
    "/documents/{document_id}/canonical",
    summary="A document in canonical form",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}, **_NO_PART},
)
def get_canonical(station: FromStation, document_id: DocumentId) -> Response:
    """Return the canonical JSON that a document was translated to or from."""
    with station.database.read() as connection:
        _existing(station, document_id)
        canonical = documents.content(connection, document_id).get("canonical")
    if canonical is None:
        raise GatewayError(
            "GW-6104",
            f"Document {document_id} has no canonical form; it is no business document, or was not translated.",
        )
    return Response(canonical, media_type="application/json")


@raw_router.get(
    "/documents/{document_id}/raw",
    summary="A document's bytes",
    response_class=Response,
    responses={
        200: {
            "description": "Exactly as they came or left; of one transaction set only its own part.",
            "content": {
                name: {"schema": {"type": "string", "format": "binary"}}
                for name in ("application/edi-x12", "text/plain", "application/octet-stream")
            },
        },
        **_NO_PART,
    },
)
def get_raw(station: FromStation, document_id: DocumentId) -> Response:
    """Return a document's bytes. The whole file of a document that came is its parent's."""
    document = _existing(station, document_id)
    if document.payload_sha256 is None or document.payload_size == 0:
        raise GatewayError(
            "GW-6104", f"Document {document_id} has no bytes: it was empty, too large, or is not in its envelope yet."
        )
    pieces = _pieces(station, document)
    first = next(pieces)  # so that a payload that is gone is a problem, not a body that breaks off
    media_type, ending = _form(document)

    def body() -> Iterator[bytes]:
        yield first
        yield from pieces

    name = f"{document.set_id or document.kind}-{document.id}.{ending}"
    return StreamingResponse(
        body(),
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(document.payload_size)},
    )


def _pieces(station: Station, document: Document) -> Iterator[bytes]:
    """Yield a document's bytes piece by piece, each in a read of its own: a slow caller holds no connection."""
    assert document.payload_sha256 is not None  # noqa: S101
    end = document.payload_offset + document.payload_size
    for offset in range(document.payload_offset, end, CHUNK_BYTES):
        with station.database.read() as connection:
            yield station.payloads.slice(connection, document.payload_sha256, offset, min(CHUNK_BYTES, end - offset))


def _form(document: Document) -> tuple[str, str]:
    """Return the media type and the ending of a document's bytes."""
    if document.kind is Kind.TICKET:
        return "text/plain; charset=utf-8", "txt"
    form = form_of(document.set_id, is_receipt=document.kind is Kind.RECEIPT)
    if form is not None:
        return form
    if document.interchange_number:
        return "application/edi-x12", "edi"
    return "application/octet-stream", "bin"


def _existing(station: Station, document_id: str) -> Document:
    with station.database.read() as connection:
        document = documents.get(connection, document_id)
    if document is None:
        raise _no_document(document_id)
    return document


def _no_document(document_id: str) -> GatewayError:
    return GatewayError("GW-6101", f"There is no document {document_id}.")
