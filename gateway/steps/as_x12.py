"""Documents that travel as X12: a set read again from its interchange, a set written for its envelope, the envelope around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.profiles import PartnerProfile
from gateway.states import Direction, Event, Kind
from gateway.steps.formats import Again, Written
from gateway.steps.station import Station
from gateway.steps.wire import AddressedSet, ReceivedEnvelope, set_with_article, to_partner
from gateway.store import numbers
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.moves import Outcome
from translators.canonical import Source
from translators.canonical.document import BusinessDocument
from translators.findings import Finding
from translators.mapping import Map, ReadContext, WriteContext
from translators.x12 import (
    EnvelopeToWrite,
    GroupHeader,
    GroupToWrite,
    InterchangeHeader,
    SetToWrite,
    read_transaction_set,
    write_interchange,
    write_transaction_set,
)
from translators.x12.finding_codes import CODES

NOWHERE = Source()
SET_NUMBER = "0001"  # one set in each group we write; ST02 is unique within its group


def read_set_again(
    document: Document, profile: PartnerProfile, held: Mapping[str, Any], station: Station
) -> Again | None:
    """Read a transaction set again by itself, and map it."""
    by = set_map(profile, document.kind, station.map_named)
    if by is None:
        return None
    envelope = ReceivedEnvelope.from_held(held)
    one = read_transaction_set(
        station.payload(document),
        envelope.interchange,
        envelope.group,
        station.catalogue,
        profile.x12.policy,
        offset=document.payload_offset,
    )
    if one.tree is None:
        raise LookupError(
            f"set {document.set_id} of release {document.release} was known when it was read and is not now"
        )
    source = Source(
        standard="X12",
        release=document.release,
        document=document.set_id,
        interchange_control_number=document.interchange_number,
        group_control_number=document.group_number,
        set_control_number=document.set_number,
        payload_sha256=document.payload_sha256 or "",
        map_name=by.name,
        map_version=by.version,
    )
    context = set_context(profile, envelope.interchange, envelope.group, source)
    return Again(by, one.findings, by.read(one.tree, context))


def set_map(profile: PartnerProfile, kind: Kind, map_named: Callable[[str], Map]) -> Map | None:
    """Return the map by which a partner's transaction sets of a kind are read, or None when nothing is agreed about them.

    Raises:
        TranslationError: an agreed map does not load.
    """
    agreed = (a for a in profile.agreements if a.document is kind and a.direction is Direction.IN)
    return next((by for by in (map_named(a.map) for a in agreed) if by.wire == "x12"), None)


def set_context(
    profile: PartnerProfile, interchange: InterchangeHeader, group: GroupHeader, source: Source = NOWHERE
) -> ReadContext:
    """Return what a map is told of a transaction set besides its content."""
    return ReadContext(
        partner=profile.id,
        is_test=interchange.usage == "T",
        source=source,
        separators=interchange.separators,
        release=group.release[:12],
    )


def write_set(
    _document: Document, canonical: BusinessDocument, by: Map, profile: PartnerProfile, station: Station
) -> Written:
    """Write a document of ours as a transaction set, validated as the partner will validate it."""
    identity = profile.x12
    writing = by.write(canonical, WriteContext(release=identity.release, separators=identity.wire_separators))
    body, wrong = write_transaction_set(
        writing.tree,
        by.set_id,
        identity.release,
        station.catalogue,
        separators=identity.wire_separators,
        policy=identity.policy,
    )
    return Written(
        wire=to_partner(profile, station.settings.company, by.set_id, body).as_json(),
        findings=writing.findings + tuple(_as_ours(f) for f in wrong),
        words=set_with_article(by.set_id),
        changes={"set_id": by.set_id, "release": identity.release, "is_test": identity.usage == "T"},
    )


def _as_ours(finding: Finding) -> Finding:
    """Return a finding in a document of ours without what a partner would have to do about it."""
    row = CODES.get(finding.code)
    return finding if row is None else replace(finding, sentence=finding.sentence.removesuffix(f" {row.remedy}"))


def enclose(document: Document, held: Mapping[str, Any], station: Station) -> Outcome:
    """Give the set its control numbers and its envelope, and store the bytes that every try to send will use."""
    addressed = AddressedSet.from_held(held)

    def also(connection: Transaction) -> Mapping[str, Any]:
        now = station.clock.now()
        interchange_number = numbers.next_control_number(connection, document.partner, "ISA")
        is_ta1 = addressed.set_id == "TA1"
        group_number = 0 if is_ta1 else numbers.next_control_number(connection, document.partner, "GS")
        content = write_interchange(_envelope(addressed, interchange_number, group_number), now)
        payload = station.payloads.take([content], document.id)
        station.payloads.put(connection, payload, now)
        return {
            "payload_sha256": payload.sha256,
            "payload_size": payload.size_bytes,
            "interchange_number": str(interchange_number),
            "group_number": "" if is_ta1 else str(group_number),
            "set_number": "" if is_ta1 else SET_NUMBER,
        }

    return Outcome(Event.ENVELOPED, "It has its control numbers and its envelope.", also=also)


def _envelope(addressed: AddressedSet, interchange_number: int, group_number: int) -> EnvelopeToWrite:
    """Return the interchange around one set, or around one TA1."""
    sender_qualifier, _, sender = addressed.sender.partition(":")
    receiver_qualifier, _, receiver = addressed.receiver.partition(":")
    groups: tuple[GroupToWrite, ...] = ()
    if addressed.set_id != "TA1":
        one = SetToWrite(addressed.set_id, SET_NUMBER, addressed.body)
        groups = (
            GroupToWrite(
                functional_id=addressed.functional_id,
                sender=addressed.group_sender,
                receiver=addressed.group_receiver,
                release=addressed.release,
                control_number=group_number,
                sets=(one,),
            ),
        )
    return EnvelopeToWrite(
        separators=addressed.separators,
        sender_qualifier=sender_qualifier,
        sender=sender,
        receiver_qualifier=receiver_qualifier,
        receiver=receiver,
        version=addressed.release[:5],
        usage=addressed.usage,
        control_number=interchange_number,
        acknowledgment_requested=False,
        groups=groups,
        ta1s=() if groups else (addressed.body[0],),
        line_end=addressed.line_end,
    )
