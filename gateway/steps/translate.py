"""Translate: wire to canonical for what came in, canonical to wire for what goes out, by the map the agreement names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.process.business_numbers import business_numbers, content_sha256
from gateway.profiles import PartnerProfile
from gateway.states import Direction, Event, State, Validation
from gateway.steps.station import Station
from gateway.steps.wire import ReceivedEnvelope, set_with_article, to_partner
from gateway.store import documents, numbers
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.jobs import Claim
from gateway.store.moves import Outcome, parked
from translators.canonical import Source, parse_canonical
from translators.canonical.document import BusinessDocument
from translators.findings import Finding, Severity
from translators.mapping import Map, ReadContext, WriteContext
from translators.x12 import read_transaction_set, write_transaction_set
from translators.x12.finding_codes import CODES


def translate_from_wire(document: Document, station: Station, claim: Claim) -> Outcome:  # noqa: ARG001  a leg's signature
    """Read the set again by itself, map it, and hold its business number: the same order twice goes no further than here."""
    profile = station.partner(document)
    agreement = profile.agreement(document.kind, Direction.IN)
    if agreement is None:
        return _no_agreement(document, profile)
    if document.is_test != (profile.x12.usage == "T"):
        return _wrong_usage(document, profile)
    with station.database.read() as connection:
        envelope = ReceivedEnvelope.from_json(documents.content(connection, document.id)["wire"])
    payload = station.payload(document)
    one = read_transaction_set(
        payload,
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
    by = station.map_named(agreement.map)
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
    context = ReadContext(
        partner=profile.id,
        is_test=document.is_test,
        source=source,
        separators=envelope.interchange.separators,
        release=document.release,
    )
    reading = by.read(one.tree, context)
    found = one.findings + reading.findings
    refusal = next((f for f in reading.findings if f.refuses), None)
    if reading.document is None or refusal is not None:
        sentence = refusal.sentence if refusal is not None else "The map made no document of it."
        return _stopped(
            "GW-3102",
            f"The {document.set_id} keeps to the standard, but cannot be understood as {document.kind.with_article}: {sentence} Ask "
            f"{profile.name}, or mend the map {by.name}, then retry.",
            found,
        )
    return _identified(document, reading.document, by, found, profile, station)


def _identified(
    document: Document,
    canonical: BusinessDocument,
    by: Map,
    found: tuple[Finding, ...],
    profile: PartnerProfile,
    station: Station,
) -> Outcome:
    """Return the outcome for a translated document: translated, a duplicate, or a conflict, as its number is free or not."""
    named = business_numbers(canonical)
    sha256 = content_sha256(canonical)
    key = (document.partner, document.direction, document.kind, named.number, named.change_sequence)
    with station.database.read() as connection:
        known = numbers.known_business_key(connection, *key)
        first = None if known is None else documents.get(connection, known.document_id)

    def also(connection: Transaction) -> Mapping[str, Any]:
        documents.set_content(connection, document.id, canonical=canonical.model_dump_json(), canonical_sha256=sha256)
        documents.add_references(connection, document.id, named.references)
        if known is None:
            numbers.hold_business_key(connection, *key, document.id, sha256)
        return {}

    facts = {"number": named.number, "map": by.name, "map_version": by.version}
    changes = {
        "number": named.number,
        "order_number": named.order_number,
        "map_name": by.name,
        "map_version": by.version,
        "validation": Validation.WARNINGS if any(f.severity is Severity.WARNING for f in found) else Validation.VALID,
    }
    what = f"{document.kind.heading} {named.number} from {profile.name}"
    if known is None or first is None or first.id == document.id:
        return Outcome(
            Event.TRANSLATED, f"{what} was translated.", facts=facts, changes=changes, findings=found, also=also
        )
    facts["first"] = first.id
    if known.content_sha256 == sha256:
        sentence = (
            f"{what} came before with the same content ({first.id}). It was acknowledged again and not booked again."
        )
        return Outcome(Event.FOUND_DUPLICATE, sentence, "GW-3103", facts, changes, found, also)
    sentence = f"{what} came before with other content ({first.id}). Ask them which one is meant. {_instead_of(first)}"
    return Outcome(Event.PARKED, sentence, "GW-3104", facts, changes, found, also)


def _instead_of(first: Document) -> str:
    """Return what a person can do when a conflicting document replaces the first one."""
    if first.state is State.POSTED:
        return f"The first is booked as {first.erp_reference}: if this one replaces it, change that in the ERP, then cancel this one."
    return "Nothing of this one was booked: if it replaces the first, cancel the first, then retry this one."


def translate_to_wire(document: Document, station: Station, claim: Claim) -> Outcome:  # noqa: ARG001  a leg's signature
    """Map a canonical document to the segments of its set, validated as the partner will validate them."""
    profile = station.partner(document)
    agreement = profile.agreement(document.kind, Direction.OUT)
    if agreement is None:
        return _no_agreement(document, profile)
    by = station.map_named(agreement.map)
    with station.database.read() as connection:
        canonical = parse_canonical(document.kind, documents.content(connection, document.id)["canonical"])
    identity = profile.x12
    writing = by.write(canonical, WriteContext(release=identity.release, separators=identity.wire_separators))
    body, wrong = write_transaction_set(writing.tree, by.set_id, identity.release, station.catalogue)
    found = writing.findings + tuple(_as_ours(f) for f in wrong)
    refusal = next((f for f in found if f.refuses), None)
    if refusal is not None:
        sentence = (
            f"{document.kind.heading} {document.number} for {profile.name} would break the standard and was not sent: "
            f"{refusal.sentence} Mend it in the ERP or in the map {by.name}, then retry."
        )
        return _stopped("GW-3107", sentence, found)
    wire = to_partner(profile, station.settings.company, by.set_id, body)

    def also(connection: Transaction) -> Mapping[str, Any]:
        documents.set_content(connection, document.id, wire=wire.as_json())
        return {}

    return Outcome(
        Event.TRANSLATED,
        f"{document.kind.heading} {document.number} was translated to {set_with_article(by.set_id)} for {profile.name}.",
        facts={"map": by.name, "map_version": by.version},
        changes={
            "set_id": by.set_id,
            "release": identity.release,
            "map_name": by.name,
            "map_version": by.version,
            "is_test": identity.usage == "T",
            "validation": Validation.WARNINGS
            if any(f.severity is Severity.WARNING for f in found)
            else Validation.VALID,
        },
        findings=found,
        also=also,
    )


def _as_ours(finding: Finding) -> Finding:
    """Return a finding in a document of ours without what a partner would have to do about it."""
    row = CODES.get(finding.code)
    return finding if row is None else replace(finding, sentence=finding.sentence.removesuffix(f" {row.remedy}"))


def _no_agreement(document: Document, profile: PartnerProfile) -> Outcome:
    return parked(
        "GW-3101",
        f"Nothing is agreed with {profile.name} about {document.kind.with_article} {_WAYS[document.direction]}. Add it under "
        f"[[agreements]] in partners/{profile.id}.toml, then retry; or cancel.",
        partner=profile.id,
    )


def _wrong_usage(document: Document, profile: PartnerProfile) -> Outcome:
    meant = "test" if document.is_test else "production"
    return parked(
        "GW-3105",
        f"The envelope says {meant} (ISA15), but {profile.name} is set to usage {profile.x12.usage}. Nothing was booked. Ask what "
        f"they meant; to go live or back to test, change usage in partners/{profile.id}.toml, then retry.",
        partner=profile.id,
    )


def _stopped(code: str, sentence: str, found: tuple[Finding, ...]) -> Outcome:
    return Outcome(Event.PARKED, sentence, code=code, changes={"validation": Validation.INVALID}, findings=found)


_WAYS = {Direction.IN: "coming in", Direction.OUT: "going out"}
