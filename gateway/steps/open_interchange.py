"""Open an X12 arrival: find who sent it, answer it, and give every transaction set in it a document of its own.

One commit holds all of it: the verdict on each envelope, the documents, and the acknowledgments. A payload may hold several
interchanges; the first one's story is told by the document that arrived, each further one gets a document beside it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.clock import new_id
from gateway.states import Event, State
from gateway.steps.contained import validation_of
from gateway.steps.interchanges import ReadInterchange, read_parts, size_bytes
from gateway.steps.station import Station
from gateway.steps.verdict import Held, Verdict, judge
from gateway.steps.wire import as_number
from gateway.store import documents
from gateway.store.documents import Document, NewDocument
from gateway.store.engine import Transaction
from gateway.store.moves import GATEWAY, Outcome
from translators.x12 import NotInterchange


def open_interchange(document: Document, station: Station, now: datetime) -> Outcome | NotInterchange | None:
    """Return the outcome of opening the interchanges that arrived; what was found instead, when there is none."""
    parts = [part for part in read_parts(document, station) if _is_of(document, part)]
    interchanges = [p for p in parts if isinstance(p, ReadInterchange)]
    junk = [p for p in parts if isinstance(p, NotInterchange)]
    if not interchanges:
        return junk[0] if junk else None
    first, *others = interchanges
    # A second interchange of this payload may carry a number that the first one uses: each sees what those before it hold.
    held: Held = {}
    verdict = judge(document, first, station, now, held)
    beside = [_beside(document, other, station, now, held) for other in others]
    notes = tuple(j.finding for j in junk)

    def write(connection: Transaction) -> None:
        for sibling, one in beside:
            documents.create(connection, NewDocument(sibling, one.event, GATEWAY, findings=one.findings))
        for one in (verdict, *(v for _, v in beside)):
            for new in one.created:
                documents.create(connection, new)
            for extra in one.writes:
                extra(connection)

    more = f" {len(others)} more interchanges follow in the same file." if others else ""
    strange = f" {len(junk)} pieces of the file belong to no interchange and were left out." if junk else ""
    return Outcome(
        verdict.event,
        verdict.sentence + more + strange,
        code=verdict.code,
        facts={"interchange": as_number(first.header.control_number), "sender": first.header.sender},
        changes={
            "partner": verdict.partner or document.partner,
            "validation": validation_of(verdict.findings + notes),
            "is_test": first.header.usage == "T",
            "interchange_number": as_number(first.header.control_number)[:16],
            "payload_offset": first.header.offset,
            "payload_size": size_bytes(first),
        },
        findings=verdict.findings + notes,
        also=write,
    )


def _is_of(document: Document, part: ReadInterchange | NotInterchange) -> bool:
    """Return whether `part` lies in the document's own bytes: all of what arrived, one interchange of it when it is opened again."""
    offset = part.header.offset if isinstance(part, ReadInterchange) else part.offset
    return document.payload_offset <= offset < document.payload_offset + document.payload_size


def _beside(
    document: Document,
    interchange: ReadInterchange,
    station: Station,
    now: datetime,
    held: Held,
) -> tuple[Document, Verdict]:
    """Return the document and the verdict of a further interchange of the same payload."""
    header = interchange.header
    base = replace(document, id=new_id(now), created_at=now, state_at=now)
    verdict = judge(base, interchange, station, now, held)
    state = {Event.OPENED: State.OPENED, Event.REFUSED: State.REFUSED, Event.FOUND_DUPLICATE: State.DUPLICATE}.get(
        verdict.event, State.PARKED
    )
    sibling = replace(
        base,
        partner=verdict.partner or document.partner,
        state=state,
        stopped_in=None if state in (State.OPENED, State.DUPLICATE) else State.RECEIVED,
        sentence=verdict.sentence,
        code=verdict.code,
        validation=validation_of(verdict.findings),
        is_test=header.usage == "T",
        interchange_number=as_number(header.control_number)[:16],
        payload_offset=header.offset,
        payload_size=size_bytes(interchange),
    )
    return sibling, verdict
