"""The documents an interchange holds: one for each transaction set and each TA1, with the state its findings give it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from gateway.clock import new_id
from gateway.profiles import PartnerProfile
from gateway.states import STATES, Acknowledgment, DeliveryFact, Direction, Event, Kind, State, Validation
from gateway.steps.interchanges import ReadInterchange
from gateway.steps.wire import ReceivedEnvelope, as_number, set_with_article
from gateway.store.documents import Document, NewDocument
from gateway.store.moves import GATEWAY
from translators.findings import Finding, Severity
from translators.x12 import (
    FunctionalGroup,
    InterchangeAcknowledgment,
    InterchangeHeader,
    Separators,
    TransactionSet,
    text_of,
)

# Which kind of document a transaction set is to us; any other set is acknowledged, parked and shown.
SETS: dict[str, Kind] = {
    "850": Kind.PURCHASE_ORDER,
    "855": Kind.ORDER_ACKNOWLEDGMENT,
    "856": Kind.SHIP_NOTICE,
    "810": Kind.INVOICE,
    "997": Kind.FUNCTIONAL_ACKNOWLEDGMENT,
    "999": Kind.FUNCTIONAL_ACKNOWLEDGMENT,
}

# Where a set says its own number and its order's (segment, element), so that it is found by them even if it is never translated.
NUMBERS: dict[str, tuple[str, int, int]] = {
    "850": ("BEG", 3, 3),
    "855": ("BAK", 3, 3),
    "856": ("BSN", 2, 0),
    "810": ("BIG", 2, 4),
}


def documents_in(
    parent: Document,
    interchange: ReadInterchange,
    profile: PartnerProfile,
    beginning_of: Callable[[TransactionSet], str],
    now: datetime,
    refused_by: Finding | None = None,
) -> list[NewDocument]:
    """Return a document for each transaction set and each TA1 of an interchange.

    Args:
        beginning_of: gives the first few hundred characters of a set.
    """
    created = [
        _set_document(parent, interchange.header, group, one, profile, beginning_of(one), now, refused_by)
        for group in interchange.groups
        for one in group.sets
    ]
    if refused_by is None:
        created += [_ta1_document(parent, interchange.header, ta1, profile, now) for ta1 in interchange.acknowledgments]
    return created


def _set_document(
    parent: Document,
    header: InterchangeHeader,
    group: FunctionalGroup,
    one: TransactionSet,
    profile: PartnerProfile,
    beginning: str,
    now: datetime,
    refused_by: Finding | None,
) -> NewDocument:
    number, order_number = _numbers(one.id, beginning, header.separators)
    kind = SETS.get(one.id, Kind.UNKNOWN)
    group_refusal = next((f for f in group.findings if f.refuses), None)
    refusal = refused_by or group_refusal or next((f for f in one.findings if f.refuses), None)
    name = f"{one.id} {number or 'set ' + one.control_number.strip()}"
    if refusal is not None:
        state, code = State.REFUSED, refusal.code
        how = "TA1" if refused_by is not None else profile.x12.acknowledgment
        more = sum(f.refuses for f in one.findings) - 1
        sentence = f"{name} was refused; the {how} tells {profile.name} why. {refusal.sentence}"
        if more > 0:
            sentence += f" ({more} more mistake{'s' if more > 1 else ''}.)"
    elif kind is Kind.UNKNOWN:
        state, code = State.PARKED, "GW-2108"
        sentence = (
            f"{name}: we have no use for {set_with_article(one.id)} yet. It is acknowledged and kept; hand it on by other means, then "
            f"cancel it here."
        )
    else:
        state, code, sentence = State.READ, "", f"{name} is valid."
    document = Document(
        id=new_id(now),
        partner=profile.id,
        direction=Direction.IN,
        kind=kind,
        state=state,
        state_at=now,
        created_at=now,
        stopped_in=State.READ if STATES[state].needs_person else None,
        validation=validation_of(one.findings + (() if refusal is None else (refusal,))),
        delivery=DeliveryFact.RECEIVED,
        code=code,
        sentence=sentence,
        parent_id=parent.id,
        delivery_id=parent.delivery_id,
        is_test=header.usage == "T",
        acknowledgment=_our_answer(kind, is_refused=refusal is not None),
        number=number or f"set {one.control_number.strip()}"[:64],
        order_number=order_number,
        set_id=one.id[:6],
        release=group.header.release[:12],
        interchange_number=as_number(header.control_number)[:16],
        group_number=as_number(group.header.control_number)[:16],
        set_number=one.control_number.strip()[:16],
        payload_sha256=parent.payload_sha256,
        payload_offset=one.offset,
        payload_size=one.size_bytes,
    )
    event = Event.REFUSED if state is State.REFUSED else Event.PARKED if state is State.PARKED else Event.READ
    found = one.findings if refusal is None or refusal in one.findings else (*one.findings, refusal)
    wire = ReceivedEnvelope(header, group.header).as_json()
    references = (("order", order_number),) if order_number else ()
    lane = profile.lane(Direction.IN) if kind.is_business else None
    return NewDocument(document, event, GATEWAY, wire=wire, findings=found, references=references, lane=lane)


def _numbers(set_id: str, beginning: str, separators: Separators) -> tuple[str, str]:
    """Return a set's own number and its order's, each "" where it does not say."""
    if set_id not in NUMBERS:
        return "", ""
    segment_id, own, order = NUMBERS[set_id]
    for segment in beginning.split(separators.segment):
        elements = segment.strip().split(separators.element)
        if elements[0] == segment_id:
            elements += [""] * 5
            return text_of(elements[own].strip())[:64], text_of(elements[order].strip())[:64] if order else ""
    return "", ""


def _our_answer(kind: Kind, *, is_refused: bool) -> Acknowledgment:
    """Return what our 997 or TA1 says of a set; acknowledgments are not acknowledged."""
    if kind is Kind.FUNCTIONAL_ACKNOWLEDGMENT:
        return Acknowledgment.NONE
    return Acknowledgment.REJECTED if is_refused else Acknowledgment.ACCEPTED


def _ta1_document(
    parent: Document, header: InterchangeHeader, ta1: InterchangeAcknowledgment, profile: PartnerProfile, now: datetime
) -> NewDocument:
    document = Document(
        id=new_id(now),
        partner=profile.id,
        direction=Direction.IN,
        kind=Kind.INTERCHANGE_ACKNOWLEDGMENT,
        state=State.READ,
        state_at=now,
        created_at=now,
        validation=Validation.VALID,
        delivery=DeliveryFact.RECEIVED,
        sentence=f"TA1 from {profile.name} for our interchange {as_number(ta1.control_number)}.",
        parent_id=parent.id,
        delivery_id=parent.delivery_id,
        is_test=header.usage == "T",
        number=as_number(ta1.control_number)[:16],
        set_id="TA1",
        interchange_number=as_number(header.control_number)[:16],
    )
    wire = json.dumps([ta1.control_number, ta1.date, ta1.time, ta1.code, ta1.note])
    return NewDocument(document, Event.READ, GATEWAY, wire=wire)


def validation_of(findings: tuple[Finding, ...]) -> Validation:
    """Return what findings say about the validity of a document."""
    if any(f.refuses for f in findings):
        return Validation.INVALID
    return Validation.WARNINGS if any(f.severity is Severity.WARNING for f in findings) else Validation.VALID
