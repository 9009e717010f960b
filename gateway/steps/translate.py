"""Translate: wire to canonical for what came in, canonical to wire for what goes out, by the map the agreement names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.process.business_numbers import business_numbers, content_sha256
from gateway.profiles import PartnerProfile
from gateway.states import Direction, Event, State, Validation
from gateway.steps.as_file import FORMAT as FILE
from gateway.steps.as_file import name_file, read_again, write_file
from gateway.steps.as_x12 import enclose, read_set_again, write_set
from gateway.steps.file_kinds import business_extensions
from gateway.steps.formats import WireFormat
from gateway.steps.station import Station
from gateway.steps.wire import held_wire
from gateway.store import documents, numbers
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.jobs import Claim
from gateway.store.moves import Outcome, parked
from translators.canonical import parse_canonical
from translators.canonical.document import BusinessDocument
from translators.findings import Finding, Severity
from translators.mapping import Map
from translators.mapping.guide import CODE as GUIDE

# What the journey does differently for a wire format; to add one: a module beside as_file.py, a row here.
FORMATS: dict[str, WireFormat] = {
    "x12": WireFormat(read_set_again, write_set, enclose),
    FILE: WireFormat(read_again, write_file, name_file),
}


def format_of(by: Map) -> WireFormat:
    """Return the format that a map's documents travel in: X12 has envelopes, every other is a file."""
    return FORMATS.get(by.wire, FORMATS[FILE])


def translate_from_wire(document: Document, station: Station, claim: Claim) -> Outcome:  # noqa: ARG001  a leg's signature
    """Read the document again by itself, map it, and hold its business number: the same order twice goes no further than here."""
    profile = station.partner(document)
    with station.database.read() as connection:
        format_name, held = held_wire(documents.content(connection, document.id)["wire"])
    if profile.agreement(document.kind, Direction.IN) is None:
        return _no_agreement(document, profile)
    usage = profile.x12.usage if format_name == "x12" else profile.files.usage
    if document.is_test != (usage == "T"):
        return _wrong_usage(document, profile, usage)
    again = FORMATS[format_name].read_again(document, profile, held, station)
    if again is None:
        return _no_agreement(document, profile)
    by, reading = again.by, again.reading
    found = again.findings + (() if reading is None else reading.findings)
    refusal = next((f for f in found if f.refuses), None)
    if reading is None or reading.document is None or refusal is not None:
        sentence = f"{_stopping(document, found, profile, is_x12=format_name == 'x12')} Ask {profile.name}, or mend the map {by.name}, "
        return _stopped("GW-3102", f"{sentence}then retry.", found)
    return _identified(document, reading.document, by, found, profile, station)


def _stopping(document: Document, found: tuple[Finding, ...], profile: PartnerProfile, *, is_x12: bool) -> str:
    """Return what keeps a document from being used: a rule of the partner's guide, or what the map could not make of it."""
    refusing = [f for f in found if f.refuses]
    # What cannot be understood matters more than a rule that is broken.
    first = next((f for f in refusing if f.code != GUIDE), refusing[0] if refusing else None)
    if first is not None and first.code == GUIDE:
        broken = f"breaks a rule of {profile.name}'s guide"
        what = f"The {document.set_id} keeps to the standard, but {broken}" if is_x12 else f"It {broken}"
    else:
        failed = f"cannot be understood as {document.kind.with_article}"
        what = f"The {document.set_id} keeps to the standard, but {failed}" if is_x12 else f"It {failed}"
    said = "The map made no document of it." if first is None else first.sentence
    more = len(refusing) - 1
    return f"{what}: {said}" + (f" ({more} more mistake{'s' if more > 1 else ''}.)" if more > 0 else "")


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
    sha256 = content_sha256(business_extensions(canonical, by))
    key = (document.partner, document.direction, document.kind, named.number, named.change_sequence)
    with station.database.read() as connection:
        known = numbers.known_business_key(connection, *key)
        first = None if known is None else documents.get(connection, known.document_id)

    def also(connection: Transaction) -> Mapping[str, Any]:
        documents.set_content(connection, document.id, canonical=canonical.model_dump_json(), canonical_sha256=sha256)
        documents.add_references(connection, document.id, named.references)
        if known is None:
            numbers.hold_business_key(connection, *key, document.id, sha256)
        elif document.origin_id is not None and known.document_id == document.id:
            numbers.change_content(connection, document.id, sha256)
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
    if known is None or first is None or (first.origin_id or first.id) == (document.origin_id or document.id):
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
    """Map a canonical document to its wire format, validated as the partner will validate it."""
    profile = station.partner(document)
    agreement = profile.agreement(document.kind, Direction.OUT)
    if agreement is None:
        return _no_agreement(document, profile)
    by = station.map_named(agreement.map)
    with station.database.read() as connection:
        canonical = parse_canonical(document.kind, documents.content(connection, document.id)["canonical"])
    written = format_of(by).write(document, canonical, by, profile, station)
    found = written.findings
    refusal = next((f for f in found if f.refuses), None)
    if refusal is not None:
        broken = "the standard" if by.wire == "x12" else "what was agreed"
        sentence = (
            f"{document.kind.heading} {document.number} for {profile.name} would break {broken} and was not sent: "
            f"{refusal.sentence} Mend it in the ERP or in the map {by.name}, then retry."
        )
        return _stopped("GW-3107", sentence, found)

    def also(connection: Transaction) -> Mapping[str, Any]:
        documents.set_content(connection, document.id, wire=written.wire)
        return written.also(connection)

    has_warnings = any(f.severity is Severity.WARNING for f in found)
    return Outcome(
        Event.TRANSLATED,
        f"{document.kind.heading} {document.number} was translated to {written.words} for {profile.name}.",
        facts={"map": by.name, "map_version": by.version},
        changes={
            **written.changes,
            "map_name": by.name,
            "map_version": by.version,
            "validation": Validation.WARNINGS if has_warnings else Validation.VALID,
        },
        findings=found,
        also=also,
    )


def put_in_envelope(document: Document, station: Station, claim: Claim) -> Outcome:  # noqa: ARG001  a leg's signature
    """Make what was translated ready to leave: the bytes that every try to send will use."""
    with station.database.read() as connection:
        format_name, held = held_wire(documents.content(connection, document.id)["wire"])
    return FORMATS[format_name].envelope(document, held, station)


def _no_agreement(document: Document, profile: PartnerProfile) -> Outcome:
    return parked(
        "GW-3101",
        f"Nothing is agreed with {profile.name} about {document.kind.with_article} {_WAYS[document.direction]}. Add it under "
        f"[[agreements]] in partners/{profile.id}.toml, then retry; or cancel.",
        partner=profile.id,
    )


def _wrong_usage(document: Document, profile: PartnerProfile, usage: str) -> Outcome:
    meant = "test" if document.is_test else "production"
    says = f"The envelope says {meant} (ISA15)" if document.interchange_number else f"The file says {meant}"
    return parked(
        "GW-3105",
        f"{says}, but {profile.name} is set to usage {usage}. Nothing was booked. Ask what "
        f"they meant; to go live or back to test, change usage in partners/{profile.id}.toml, then retry.",
        partner=profile.id,
    )


def _stopped(code: str, sentence: str, found: tuple[Finding, ...]) -> Outcome:
    return Outcome(Event.PARKED, sentence, code=code, changes={"validation": Validation.INVALID}, findings=found)


_WAYS = {Direction.IN: "coming in", Direction.OUT: "going out"}
