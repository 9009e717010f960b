"""Open: look at what arrived and give every document in it a state of its own; whatever it is, it is answered.

X12 is opened by its own reader, which finds an interchange wherever it begins; any other file by the maps that are agreed with the
partner whose channel it came through. An answer to a file of ours is never answered, or two gateways would never end.
"""

from __future__ import annotations

from datetime import datetime

from gateway.states import Event, Validation
from gateway.steps.acknowledge import is_ticket, printable, ticket
from gateway.steps.files import FILE_LIMIT_BYTES, file_agreements, is_x12
from gateway.steps.open_file import open_file
from gateway.steps.open_interchange import open_interchange
from gateway.steps.receipt import received_receipt
from gateway.steps.received_receipt import take_receipt
from gateway.steps.station import Station
from gateway.store.documents import Document
from gateway.store.jobs import Claim
from gateway.store.moves import Outcome, parked
from translators.x12 import NotInterchange

BEGINNING_BYTES = 4096


def open_arrival(document: Document, station: Station, claim: Claim) -> Outcome:  # noqa: ARG001  a leg's signature
    """Return the outcome of opening what arrived."""
    now = station.clock.now()
    beginning = _beginning(document, station)
    if is_ticket(beginning):
        return parked(
            "GW-2109",
            f"{printable(document.number)} is a ticket: {document.partner} could not process a file that we sent. Read which one and "
            f"why, mend it and send it again, then cancel this.",
        )
    profile = station.partners.by_id.get(document.partner)
    candidates = [] if profile is None else file_agreements(profile, station.map_named)
    if profile is not None and beginning.strip() and not is_x12(beginning):
        if document.payload_size <= FILE_LIMIT_BYTES:
            receipt = received_receipt(station.payload(document))
            if receipt is not None:
                return take_receipt(document, receipt, profile, station)
        if candidates:
            return open_file(document, profile, candidates, station, now)
    opened = open_interchange(document, station, now)
    return opened if isinstance(opened, Outcome) else _refuse_unreadable(document, opened, station, now)


def _beginning(document: Document, station: Station) -> bytes:
    assert document.payload_sha256 is not None  # an arrival without bytes is refused where it is received  # noqa: S101
    with station.database.read() as connection:
        size = min(document.payload_size, BEGINNING_BYTES)
        return station.payloads.slice(connection, document.payload_sha256, document.payload_offset, size)


def _refuse_unreadable(document: Document, found: NotInterchange | None, station: Station, now: datetime) -> Outcome:
    """Answer what is no interchange at all with a ticket."""
    name = printable(document.number)
    if found is None or found.finding.code == "X12-EMPTY":
        code, reason = "GW-2101", "the file is empty"
        sentence = f"{name} is empty. {document.partner} got a ticket; ask them to send it again."
    else:
        code, reason = "GW-2102", "the file is not an X12 interchange: it does not start with an ISA segment"
        sentence = f"{name} is not EDI that we can read: {found.finding.sentence} {document.partner} got a ticket."
    findings = () if found is None else (found.finding,)
    return Outcome(
        Event.REFUSED,
        sentence,
        code=code,
        changes={"validation": Validation.INVALID},
        findings=findings,
        also=ticket(document, reason, station, now),
    )
