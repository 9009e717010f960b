"""Again: make a document anew from what is kept of it, or send it once more. Each is a person's decision, with who and why.

The document it is made from keeps its bytes, its translation and its story, and is replaced: from then on its successor stands for it.
Both have one origin, and one origin is one booking: whatever is made again, the ERP is called under the key of the first.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from gateway.clock import new_id
from gateway.errors import GatewayError
from gateway.states import MOVES, STATES, Acknowledgment, DeliveryFact, Direction, Event, State, Validation
from gateway.steps.station import Station
from gateway.steps.translate import FORMATS
from gateway.steps.wire import held_wire
from gateway.store import documents, numbers
from gateway.store.documents import Document, NewDocument
from gateway.store.engine import Transaction
from gateway.store.moves import Outcome, move
from translators.errors import TranslationError


class Numbers(StrEnum):
    """Under which control numbers a document is sent again."""

    SAME = "same"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Plan:
    """What would come of it.

    Args:
        successor: the document that would be made.
        sentences: what it would do, and which checks for repeats it passes knowingly.
    """

    original: Document
    successor: Document
    sentences: tuple[str, ...]
    wire: str | None = None
    content: Mapping[str, Any] | None = None
    edited: bytes | None = None


def plan_reprocessing(station: Station, document_id: str, edited: bytes | None = None) -> Plan:
    """Return what reading a document again, by today's map and profile, would come to. Writes nothing.

    Args:
        edited: its bytes as they should have been; of X12 one transaction set, from ST to SE.

    Raises:
        GatewayError: GW-6101 no such document; GW-6113 it cannot be made again.
    """
    original, held = _existing(station, document_id)
    if original.direction is not Direction.IN or not original.kind.is_business:
        raise _impossible(original, "only a business document that came in is read again; use resend for what went out")
    if (original.state, Event.REPLACED) not in MOVES:
        raise _impossible(original, "let it come to rest first")
    if held.get("wire") is None or original.payload_sha256 is None:
        raise _impossible(original, "nothing is kept that it could be read from")
    now = station.clock.now()
    successor = replace(
        original,
        id=new_id(now),
        state=State.READ,
        state_at=now,
        created_at=now,
        stopped_in=None,
        validation=Validation.PENDING,
        acknowledgment=Acknowledgment.NONE,
        code="",
        erp_reference="",
        map_name="",
        map_version="",
        source_key=None,
        origin_id=original.origin_id or original.id,
        sentence=f"Read again, in place of {original.id}.",
    )
    if edited is not None:
        if held_wire(held["wire"])[1].get("tree") is not None:
            raise _impossible(original, "its file holds more documents than this one; ask the partner for a new file")
        if not edited.strip():
            raise _impossible(original, "the edited document is empty")
        if edited == station.payload(original):
            raise _impossible(original, "the edited document is what it was; use reprocess without it")
        successor = replace(
            successor,
            payload_offset=0,
            payload_size=len(edited),
            sentence=f"Read as edited, in place of {original.id}.",
        )
    source = "edited" if edited is not None else "stored"
    sentences = [
        f"A new {original.kind.label} would be read from the {source} bytes of {original.id}, which it replaces.",
        *_reading_would_say(station, successor, held, edited),
        *_repeats_passed(original),
    ]
    return Plan(original, successor, tuple(sentences), wire=held["wire"], edited=edited)


def plan_resending(station: Station, document_id: str, under: Numbers) -> Plan:
    """Return what sending a document again would come to. Writes nothing.

    Raises:
        GatewayError: GW-6101 no such document; GW-6113 it cannot be sent again.
    """
    original, held = _existing(station, document_id)
    if original.direction is not Direction.OUT:
        raise _impossible(original, "it came in; only what went out is sent again")
    if (original.state, Event.REPLACED) not in MOVES:
        raise _impossible(original, "it has not come to rest; retry goes on with it")
    if original.payload_sha256 is None or held.get("wire") is None:
        raise _impossible(original, "it was never ready to leave; retry goes on with it")
    now = station.clock.now()
    keeps = under is Numbers.SAME
    named = f"{original.set_id or original.kind.label} {original.number}".strip()
    successor = replace(
        original,
        id=new_id(now),
        state=State.ENVELOPED if keeps else State.TRANSLATED,
        state_at=now,
        created_at=now,
        stopped_in=None,
        delivery=DeliveryFact.PENDING,
        acknowledgment=Acknowledgment.NONE,
        acknowledgment_due=None,
        code="",
        source_key=None,
        delivery_id=None,
        origin_id=original.origin_id or original.id,
        sentence=f"Sent again under {under} numbers, in place of {original.id}.",
    )
    if not keeps:
        successor = replace(
            successor, payload_sha256=None, payload_size=0, interchange_number="", group_number="", set_number=""
        )
    how = (
        "with the same bytes and control numbers; a partner that has it will see a repeat"
        if keeps
        else "with the same content under new control numbers; a partner that has it will see a second document"
    )
    sentences = (
        f"{named} would go to {original.partner} again {how}.",
        "Its acknowledgment would be awaited anew.",
    )
    kept = ("canonical", "canonical_sha256", "in_our_words")
    return Plan(original, successor, sentences, wire=held["wire"], content={k: held.get(k) for k in kept})


def carry_out(station: Station, plan: Plan, actor: str, reason: str) -> Document:
    """Make the successor of a plan and return it.

    Raises:
        GatewayError: GW-6113 the original was moved meanwhile.
    """
    successor = plan.successor
    if plan.edited is not None:
        payload = station.payloads.take([plan.edited], successor.id)
        successor = replace(successor, payload_sha256=payload.sha256)

    def make(connection: Transaction) -> Document:
        now = station.clock.now()
        original = documents.get(connection, plan.original.id)
        if original is None or original.state is not plan.original.state:
            raise _impossible(plan.original, "it was moved meanwhile; look again")
        if plan.edited is not None:
            station.payloads.put(connection, payload, now)
        facts = {"origin": successor.origin_id or "", "instead_of": original.id, "reason": reason}
        new = NewDocument(
            replace(successor, sentence=f"{successor.sentence} Why: {reason}"),
            Event.CREATED,
            actor,
            wire=plan.wire,
            references=documents.references_of(connection, original.id),
            facts=facts,
        )
        documents.create(connection, new)
        content = dict(plan.content or {})
        if plan.edited is not None:
            content["edit"] = difference(station.payload(original), plan.edited)
        if content:
            documents.set_content(connection, successor.id, **content)
        numbers.pass_on(connection, original.id, successor.id)
        outcome = Outcome(Event.REPLACED, f"Replaced by {successor.id}: {reason}", facts={"successor": successor.id})
        move(connection, original, outcome, now, actor)
        return new.document

    return station.database.write(make)


def difference(before: bytes, after: bytes) -> str:
    """Return what an edit changed, as a unified diff of segments or lines."""
    old, new = (_lines(content) for content in (before, after))
    return "\n".join(difflib.unified_diff(old, new, "as received", "as edited", lineterm="", n=1))


def _lines(content: bytes) -> list[str]:
    text = content.decode("utf-8", errors="replace")
    if text.startswith("ST") and "\n" not in text.strip() and len(text) > 2:
        terminator = text.rstrip()[-1]
        return [f"{segment}{terminator}" for segment in text.split(terminator) if segment.strip()]
    return text.splitlines()


def _reading_would_say(
    station: Station, successor: Document, held: Mapping[str, Any], edited: bytes | None
) -> list[str]:
    """Return what today's map makes of it; of edited bytes nothing is known before they are stored."""
    if edited is not None:
        return []
    profile = station.partner(successor)
    format_name, wire = held_wire(held["wire"])
    try:
        again = FORMATS[format_name].read_again(successor, profile, wire, station)
    except (TranslationError, LookupError) as unusable:
        return [f"It would be parked: {unusable}"]
    if again is None:
        return [f"It would be parked: nothing is agreed with {profile.name} about {successor.kind.with_article}."]
    found = again.findings + (() if again.reading is None else again.reading.findings)
    refusal = next((f for f in found if f.refuses), None)
    by = f"The map {again.by.name} {again.by.version}"
    if refusal is not None:
        return [f"{by} would refuse it: {refusal.sentence}"]
    return [f"{by} would translate it" + (f", with {len(found)} findings." if found else ".")]


def _repeats_passed(original: Document) -> Sequence[str]:
    """Return which checks for repeats are passed knowingly."""
    told = [f"Its number {original.number} would pass from {original.id} to it, so it is no repeat of its own origin."]
    if original.erp_reference:
        told.append(
            f"The ERP has it as {original.erp_reference}: it is called under the same key and books nothing a second time. To change what "
            f"is booked, change it in the ERP."
        )
    if original.state is State.REFUSED:
        told.append("The partner was told that it is refused, and is not told otherwise by this.")
    return told


def _existing(station: Station, document_id: str) -> tuple[Document, Mapping[str, Any]]:
    with station.database.read() as connection:
        document = documents.get(connection, document_id)
        if document is None:
            raise GatewayError("GW-6101", f"There is no document {document_id}.")
        return document, documents.content(connection, document_id)


def _impossible(document: Document, why: str) -> GatewayError:
    return GatewayError(
        "GW-6113",
        f"Document {document.id} is {document.state} ({STATES[document.state].words}) and is not made again: {why}.",
    )
