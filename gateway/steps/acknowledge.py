"""Acknowledge: a 997 or 999 for each group, a TA1 where the envelope asks for one or is refused, a ticket for what is no EDI.

The answers are documents of their own, created in the commit that opens the interchange: what was opened is answered, always.
A ticket is plain text for the partner; like every answer it carries a code and general words, never our inner facts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from gateway.clock import new_id
from gateway.profiles import PartnerProfile
from gateway.states import Direction, Event, Kind, State, Validation
from gateway.steps.as_file import FileToSend
from gateway.steps.station import Station
from gateway.steps.wire import as_number, back_to_sender, held_wire
from gateway.store import documents, lookups
from gateway.store.documents import Document, NewDocument
from gateway.store.engine import Transaction
from gateway.store.moves import GATEWAY
from gateway.store.payloads import Payload
from translators.findings import Finding
from translators.x12 import (
    FunctionalGroup,
    InterchangeHeader,
    functional_acknowledgment,
    interchange_acknowledgment,
)

_TICKET_BEGINS = "We could not process a file that you sent."

_WORDS = {"A": "accepted", "E": "accepted, with errors noted", "P": "partly accepted", "R": "rejected"}


def acknowledge_group(
    interchange: Document,
    header: InterchangeHeader,
    group: FunctionalGroup,
    profile: PartnerProfile,
    station: Station,
    now: datetime,
) -> NewDocument:
    """Return the 997 (or 999) that answers one functional group, of the release the group came in."""
    set_id = profile.x12.acknowledgment
    release = group.header.release if group.header.release[:6].isdigit() else profile.x12.release
    body = functional_acknowledgment(group, station.catalogue, release=release, kind=set_id)
    verdict = next((s[1] for s in reversed(body) if s[0] == "AK9"), "")
    wire = back_to_sender(header, group.header, profile, set_id, release, body)
    accepted = sum(s.is_accepted for s in group.sets)
    document = _answer(
        interchange,
        Kind.FUNCTIONAL_ACKNOWLEDGMENT,
        now,
        partner=profile.id,
        sentence=f"{set_id} for group {as_number(group.header.control_number)}: {_WORDS.get(verdict, verdict)}, "
        f"{accepted} of {len(group.sets)} documents.",
        is_test=header.usage == "T",
        set_id=set_id,
        release=release,
        number=as_number(group.header.control_number),
    )
    return NewDocument(document, Event.CREATED, GATEWAY, wire=wire.as_json(), facts={"verdict": verdict})


def acknowledge_interchange(
    interchange: Document,
    header: InterchangeHeader,
    findings: tuple[Finding, ...],
    profile: PartnerProfile | None,
    now: datetime,
) -> NewDocument:
    """Return the TA1 that answers an envelope; addressed back to whoever sent it, known or not."""
    segment = interchange_acknowledgment(header, findings, now)
    wire = back_to_sender(header, None, profile, "TA1", header.version.ljust(5, "0") + "0", [segment])
    document = _answer(
        interchange,
        Kind.INTERCHANGE_ACKNOWLEDGMENT,
        now,
        sentence=f"TA1 for interchange {as_number(header.control_number)}: {_WORDS.get(segment[4], segment[4])}, note {segment[5]}.",
        is_test=header.usage == "T",
        set_id="TA1",
        number=as_number(header.control_number),
    )
    return NewDocument(
        document, Event.CREATED, GATEWAY, wire=wire.as_json(), facts={"verdict": segment[4], "note": segment[5]}
    )


def ticket(interchange: Document, reason: str, station: Station, now: datetime) -> Callable[[Transaction], None]:
    """Return the write that creates a ticket: the answer to bytes that no EDI acknowledgment can answer.

    Args:
        reason: for the partner, in general words, lower case ("the file is empty").
    """
    text = (
        f"{_TICKET_BEGINS}\r\n\r\n"
        f"File:      {printable(interchange.number)}\r\n"
        f"Size:      {interchange.payload_size} bytes\r\n"
        f"Received:  {interchange.created_at:%Y-%m-%d %H:%M:%S} UTC\r\n"
        f"Reason:    {reason}\r\n"
        f"Reference: {interchange.id}\r\n\r\n"
        "Nothing in it was processed. Please correct it and send it again.\r\n"
    )
    return answer_file(
        interchange,
        Kind.TICKET,
        text.encode(),
        ("text/plain", "txt"),
        f"Ticket for {printable(interchange.number)}: {reason}.",
        station,
        now,
    )


def answer_file(
    interchange: Document,
    kind: Kind,
    content: bytes,
    form: tuple[str, str],
    sentence: str,
    station: Station,
    now: datetime,
    **more: Any,
) -> Callable[[Transaction], None]:
    """Return the write that creates an answer whose bytes are known already: a ticket or a receipt.

    Args:
        form: content type and ending of its file.
        more: further columns of its document.
    """

    def create(connection: Transaction) -> None:
        payload: Payload = station.payloads.take([content], f"{kind.value}-{interchange.id}")
        station.payloads.put(connection, payload, now)
        document = _answer(
            interchange,
            kind,
            now,
            state=State.ENVELOPED,
            sentence=sentence,
            number=interchange.id,
            payload_sha256=payload.sha256,
            payload_size=payload.size_bytes,
            **more,
        )
        wire = _leaves_as(document, *form).as_json()
        documents.create(connection, NewDocument(document, Event.CREATED, GATEWAY, wire=wire))

    return create


def _answer(answered: Document, kind: Kind, now: datetime, **known: Any) -> Document:
    """Return a document of ours that answers what came in; `known` are its further columns."""
    standard: dict[str, Any] = {
        "partner": answered.partner,
        "state": State.TRANSLATED,
        "validation": Validation.VALID,
        "answers_id": answered.id,
    }
    return Document(
        id=new_id(now), direction=Direction.OUT, kind=kind, state_at=now, created_at=now, **(standard | known)
    )


def is_ticket(beginning: bytes) -> bool:
    """Return whether what arrived begins as a ticket like ours: answering it with another would never end."""
    return beginning.startswith(_TICKET_BEGINS.encode())


def repeat_answers(original_id: str, repeat: Document, now: datetime) -> Callable[[Transaction], None]:
    """Return the write that sends the answers to `original_id` again, the same bytes, because the same content came again."""

    def create(connection: Transaction) -> None:
        for answer in lookups.answers_that_went_out(connection, original_id):
            again = _answer(
                repeat,
                answer.kind,
                now,
                partner=answer.partner,
                state=State.ENVELOPED,
                validation=answer.validation,
                sentence="The same answer as the first time, byte for byte.",
                is_test=answer.is_test,
                set_id=answer.set_id,
                release=answer.release,
                number=answer.number,
                interchange_number=answer.interchange_number,
                group_number=answer.group_number,
                set_number=answer.set_number,
                payload_sha256=answer.payload_sha256,
                payload_size=answer.payload_size,
            )
            wire = _renamed(again, documents.content(connection, answer.id).get("wire"))
            documents.create(
                connection, NewDocument(again, Event.CREATED, GATEWAY, wire=wire, facts={"repeats": answer.id})
            )

    return create


def _leaves_as(document: Document, content_type: str, ending: str) -> FileToSend:
    """Return how an answer that is a file of its own leaves: its name holds our id, so that no two are called alike."""
    return FileToSend(f"{document.kind.value}-{document.id}.{ending}", content_type)


def _renamed(again: Document, wire: str | None) -> str | None:
    """Return how an answer leaves the second time: the same, under a name of its own."""
    format_name, held = ("x12", {}) if wire is None else held_wire(wire)
    if format_name == "x12":
        return wire
    return _leaves_as(again, held["content_type"], held["name"].rpartition(".")[2]).as_json()


def printable(name: str) -> str:
    """Return a partner's file name without what could break a line or a terminal, at most 120 characters."""
    return "".join(c if c.isprintable() else "?" for c in name)[:120]
