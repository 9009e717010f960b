"""What the API answers and `--json` prints about documents: one stable shape for both.

A field is added, never renamed or dropped, within /v1. Times are UTC, quantities are strings with a unit beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.states import STATES, Acknowledgment, DeliveryFact, Direction, Event, Kind, State, Validation
from gateway.steps.file_kinds import counted_by
from gateway.store.documents import Document
from gateway.store.ledger import Entry
from gateway.store.queries import DeliveryNote, Match
from translators.findings import Finding, Level, Severity

DocumentId = Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$", examples=["01JCZ8K3V7M2Q4R6T8W0X2Y4Z6"])]
PartnerId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", examples=["acme"])]
Whole = Annotated[int, Field(ge=0, le=2**53 - 1)]


class View(BaseModel):
    """A frozen part of an answer."""

    # A command needs a few of these: each is built when it is first used.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Erp(StrEnum):
    """What the ERP has to do with a document; the fourth fact beside validation, delivery and acknowledgment."""

    NONE = "none"
    PENDING = "pending"
    BOOKED = "booked"
    STOPPED = "stopped"
    SOURCE = "source"


class ErpView(View):
    """The document in the ERP: not there, waiting to be booked, booked, stopped before it was, or where it comes from."""

    status: Erp
    reference: str = Field(description="The number the ERP gave it.", examples=["SO-1001"])


class ControlNumbers(View):
    """The numbers of the envelope, without leading zeros; empty where there is none."""

    interchange: str
    group: str
    set: str


class DocumentView(View):
    """One document: what it is, how far it has come, and the four facts about it."""

    id: DocumentId
    partner: str
    direction: Direction
    kind: Kind
    set_id: str = Field(examples=["850"])
    number: str = Field(description="Its own number; for a file, its name.", examples=["4500012345"])
    order_number: str = Field(description="Of the order it belongs to.")
    state: State
    state_words: str = Field(examples=["booked in the ERP"])
    needs_person: bool
    sentence: str = Field(description="What happened last, and what to do when something must be done.")
    code: str = Field(description="Of what stopped it; empty when nothing did.", examples=["GW-3104"])
    validation: Validation
    delivery: DeliveryFact
    acknowledgment: Acknowledgment
    acknowledgment_due: datetime | None
    erp: ErpView
    is_test: bool
    release: str = Field(examples=["004010"])
    control_numbers: ControlNumbers
    map: str = Field(description="The map it was translated with, and its version.", examples=["x12/850 1.0"])
    parent_id: str | None = Field(description="The file it came in.")
    answers_id: str | None = Field(description="The document it answers.")
    size_bytes: Whole
    sha256: str | None = Field(description="Of the payload it lies in.")
    created_at: datetime
    state_at: datetime


class ReferenceView(View):
    """A number a document can be found by."""

    kind: str = Field(examples=["order"])
    value: str


class DeliveryView(View):
    """How the bytes came or left; `name` is the file's name as the partner wrote it or reads it."""

    transport: str
    name: str
    at: datetime
    size_bytes: Whole


class DocumentDetail(DocumentView):
    """One document with what it is connected with."""

    transfer: DeliveryView | None
    references: tuple[ReferenceView, ...]
    contains: tuple[DocumentView, ...] = Field(description="What came in this file, up to 200.")
    answered_by: tuple[DocumentView, ...] = Field(description="What answers it, up to 200.")


class DocumentList(View):
    """A page of documents, newest first. `next` continues after the last one; null at the end."""

    documents: tuple[DocumentView, ...]
    next: str | None


class EntryView(View):
    """One line of a document's story."""

    at: datetime
    event: Event
    state_before: State | None
    state_after: State
    sentence: str
    code: str
    facts: dict[str, str]
    actor: str


class Timeline(View):
    """A document's story, oldest first, as it was written down when it happened."""

    document_id: DocumentId
    entries: tuple[EntryView, ...]


class PlaceView(View):
    """Where on the wire: segment counted from its ST, element, component, repetition, bytes from the start of the payload."""

    words: str = Field(examples=["segment 12, PO103"])
    segment_number: int | None
    segment_id: str
    loop: str
    element: int | None
    component: int | None
    repetition: int | None
    offset: int | None


class FindingView(View):
    """One mistake in a document."""

    code: str = Field(examples=["X12-ELEMENT-MISSING"])
    severity: Severity
    level: Level
    sentence: str
    position: PlaceView
    value: str = Field(description="As received.")
    x12_code: str = Field(description="The standard's code for it, as the acknowledgment carries it.")
    reference: str


class FindingList(View):
    """What was found wrong with a document."""

    document_id: DocumentId
    findings: tuple[FindingView, ...]


class StatusOfDocument(View):
    """What `gateway status ID --json` prints: one document with its story and its findings."""

    document: DocumentDetail
    timeline: tuple[EntryView, ...]
    findings: tuple[FindingView, ...]


class FileVerdict(View):
    """What `gateway validate` found in one file."""

    file: str
    is_refused: bool
    transaction_sets: Whole
    findings: tuple[FindingView, ...]
    remarks: tuple[str, ...] = Field(description="By what it was judged, and why not by more.")


class FileVerdicts(View):
    """What `gateway validate --json` prints."""

    files: tuple[FileVerdict, ...]


class MatchView(View):
    """A document that was found, and the number it was found by."""

    document: DocumentView
    found_by: ReferenceView
    is_exact: bool = Field(description="Whether the whole number fits, or only how it begins.")


class MatchList(View):
    """What a search found, newest first."""

    matches: tuple[MatchView, ...]


def document_fields(document: Document) -> dict[str, object]:
    """Return the fields that every view of a document has."""
    meaning = STATES[document.state]
    return {
        "id": document.id,
        "partner": document.partner,
        "direction": document.direction,
        "kind": document.kind,
        "set_id": document.set_id,
        "number": document.number,
        "order_number": document.order_number,
        "state": document.state,
        "state_words": meaning.words,
        "needs_person": meaning.needs_person,
        "sentence": document.sentence,
        "code": document.code,
        "validation": document.validation,
        "delivery": document.delivery,
        "acknowledgment": document.acknowledgment,
        "acknowledgment_due": document.acknowledgment_due,
        "erp": ErpView(status=erp_status(document), reference=document.erp_reference),
        "is_test": document.is_test,
        "release": document.release,
        "control_numbers": ControlNumbers(
            interchange=document.interchange_number, group=document.group_number, set=document.set_number
        ),
        "map": f"{document.map_name} {document.map_version}".strip(),
        "parent_id": document.parent_id,
        "answers_id": document.answers_id,
        "size_bytes": document.payload_size,
        "sha256": document.payload_sha256,
        "created_at": document.created_at,
        "state_at": document.state_at,
    }


def document_view(document: Document) -> DocumentView:
    """Return a document as lists show it."""
    return DocumentView.model_validate(document_fields(document))


def document_detail(
    document: Document,
    transfer: DeliveryNote | None,
    references: Sequence[tuple[str, str]],
    contains: Sequence[Document],
    answered_by: Sequence[Document],
) -> DocumentDetail:
    """Return a document as its own page shows it."""
    connected = {
        "transfer": None if transfer is None else _delivery_view(transfer),
        "references": tuple(ReferenceView(kind=kind, value=value) for kind, value in references),
        "contains": tuple(document_view(d) for d in contains),
        "answered_by": tuple(document_view(d) for d in answered_by),
    }
    return DocumentDetail.model_validate({**document_fields(document), **connected})


def erp_status(document: Document) -> Erp:
    """Return what the ERP has to do with a document."""
    if document.source_key is not None:
        return Erp.SOURCE
    if document.direction is Direction.OUT or not document.kind.is_business:
        return Erp.NONE
    if document.state is State.POSTED:
        return Erp.BOOKED
    if document.state in (State.PARKED, State.CANCELLED):
        return Erp.STOPPED
    return Erp.NONE if STATES[document.state].is_final else Erp.PENDING


def _delivery_view(note: DeliveryNote) -> DeliveryView:
    return DeliveryView(transport=note.transport, name=note.name, at=note.at, size_bytes=note.size_bytes)


def timeline_view(document_id: str, entries: Sequence[Entry]) -> Timeline:
    """Return a document's story."""
    return Timeline(
        document_id=document_id,
        entries=tuple(
            EntryView(
                at=e.at,
                event=e.event,
                state_before=e.state_before,
                state_after=e.state_after,
                sentence=e.sentence,
                code=e.code,
                facts=dict(e.facts),
                actor=e.actor,
            )
            for e in entries
        ),
    )


def finding_list(document: Document, findings: Sequence[Finding]) -> FindingList:
    """Return what was found wrong with a document."""
    noun = counted_by(document.set_id)
    return FindingList(document_id=document.id, findings=tuple(finding_view(f, noun) for f in findings))


def finding_view(finding: Finding, noun: str = "segment") -> FindingView:
    """Return one mistake with its place.

    Args:
        noun: what the format's places are counted in: segment, row or line; see `counted_by`.
    """
    place = finding.position
    words = str(place)
    if place.segment_number is not None:
        words = noun + words.removeprefix("segment")
    return FindingView(
        code=finding.code,
        severity=finding.severity,
        level=finding.level,
        sentence=finding.sentence,
        position=PlaceView(
            words=words,
            segment_number=place.segment_number,
            segment_id=place.segment_id,
            loop=place.loop,
            element=place.element,
            component=place.component,
            repetition=place.repetition,
            offset=place.offset,
        ),
        value=finding.value,
        x12_code=finding.x12_code,
        reference=finding.reference,
    )


def match_list(matches: Sequence[Match]) -> MatchList:
    """Return what a search found."""
    return MatchList(
        matches=tuple(
            MatchView(
                document=document_view(m.document),
                found_by=ReferenceView(kind=m.kind, value=m.value),
                is_exact=m.is_exact,
            )
            for m in matches
        )
    )
