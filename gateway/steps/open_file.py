"""Open a file that carries no X12 envelope: each document in it gets a state of its own, and the partner a receipt where one is due.

A document that the map refuses is refused by itself; the others go on. A file that cannot be read at all is answered with a ticket,
as no receipt can say anything about what is in it. Sent again, a file of which nothing was refused is a repeat: nothing is done twice,
and its receipt goes out again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from gateway.clock import new_id
from gateway.process.business_numbers import BusinessNumbers, business_numbers
from gateway.profiles import PartnerProfile
from gateway.states import Acknowledgment, DeliveryFact, Direction, Event, Kind, State, Validation
from gateway.steps.acknowledge import answer_file, printable, repeat_answers, ticket
from gateway.steps.as_file import ReceivedFile, kept_tree, read_context
from gateway.steps.contained import validation_of
from gateway.steps.file_kinds import FileKind, file_kind, is_test
from gateway.steps.files import FILE_LIMIT_BYTES, Candidate, FileDocument, ReadFile, read_file
from gateway.steps.receipt import Judged, Receipt
from gateway.steps.station import Station
from gateway.store import documents, numbers
from gateway.store.documents import Document, NewDocument
from gateway.store.engine import Transaction
from gateway.store.moves import GATEWAY, Outcome
from translators.findings import Finding
from translators.mapping import Map

# What a partner is told of a file that cannot be read, by the finding that says why.
_REASONS = {
    "FLAT-EMPTY": "the file holds no rows",
    "FLAT-ENCODING": "the file is not in the character encoding that was agreed",
    "FLAT-QUOTING": "the quotes around values are not closed, or stand where they must not",
    "FLAT-COLUMN-MISSING": "a column that was agreed is missing",
    "XML-SYNTAX": "the file is no well-formed XML; it may be cut off",
    "XML-DOCTYPE": "the file declares entities or elements of its own, which are not read",
    "XML-ROOT": "the file is another kind of document than was agreed",
}
_OTHER_REASON = "the file is none of those that were agreed"


def open_file(
    document: Document, profile: PartnerProfile, candidates: Sequence[Candidate], station: Station, now: datetime
) -> Outcome:
    """Return the outcome of opening a file by the agreements with the partner whose channel it came through."""
    if document.payload_size > FILE_LIMIT_BYTES:
        sentence = (
            f"{printable(document.number)} has {document.payload_size} bytes, and a file without X12 envelopes may have "
            f"{FILE_LIMIT_BYTES}. {profile.name} got a ticket; ask for it in smaller parts."
        )
        return _refused(document, "GW-2202", sentence, "the file is larger than we accept", (), station, now)
    payload = station.payload(document)
    with station.database.read() as connection:
        earlier = numbers.known_interchange(connection, *_key(document))
    if earlier is not None and earlier.document_id != document.id:
        sentence = (
            f"{printable(document.number)} from {profile.name} came before, with the same content ({earlier.document_id}). Nothing was "
            f"done twice; if it was answered by a receipt, the same one went out again."
        )
        return Outcome(
            Event.FOUND_DUPLICATE,
            sentence,
            "GW-2106",
            also=repeat_answers(earlier.document_id, document, now),
        )
    found = read_file(payload, document.number, candidates, read_context(document, profile, None))
    if found.by is None:
        agreed = ", ".join(by.name for _, by in candidates)
        sentence = (
            f"{printable(document.number)} fits nothing that is agreed with {profile.name} ({agreed}). They got a ticket. If it should be "
            f"read, add an agreement in partners/{profile.id}.toml, then retry."
        )
        return _refused(document, "GW-2201", sentence, _OTHER_REASON, found.findings, station, now)
    refusal = found.refusal
    if refusal is not None or not found.documents:
        why = found.findings[0].sentence if found.findings else "There is no document in it."
        code = "GW-2201" if refusal is None else refusal.code
        sentence = (
            f"{printable(document.number)} from {profile.name} was refused as a whole: "
            f"{why if refusal is None else refusal.sentence} They got a ticket."
        )
        reason = _REASONS.get(code, _OTHER_REASON)
        return _refused(document, code, sentence, reason, found.findings, station, now)
    return _opened(document, profile, found, found.by, station, now)


def _refused(
    document: Document,
    code: str,
    sentence: str,
    reason: str,
    found: tuple[Finding, ...],
    station: Station,
    now: datetime,
) -> Outcome:
    return Outcome(
        Event.REFUSED,
        sentence,
        code,
        changes={"validation": Validation.INVALID},
        findings=found,
        also=ticket(document, reason, station, now),
    )


def _opened(
    document: Document, profile: PartnerProfile, found: ReadFile, by: Map, station: Station, now: datetime
) -> Outcome:
    kind = file_kind(by)
    is_answered = profile.files.receipt or not all(one.reading.is_accepted for one in found.documents)
    created = [
        _document(document, profile, found, one, by, kind, now, is_answered=is_answered) for one in found.documents
    ]
    refused = sum(new.document.state is State.REFUSED for new in created)
    answer = _receipt(document, profile, kind, created, station, now) if is_answered else None

    def write(connection: Transaction) -> None:
        for new in created:
            documents.create(connection, new)
        if answer is not None:
            answer(connection)
        if not refused:
            numbers.hold_interchange(connection, *_key(document), document.id, document.payload_sha256 or "")

    many = "1 document" if len(created) == 1 else f"{len(created)} documents"
    sentence = f"{printable(document.number)} from {profile.name} is {kind.name} and holds {many}"
    return Outcome(
        Event.OPENED,
        sentence + (f", {refused} of them refused." if refused else "."),
        facts={"map": by.name, "map_version": by.version},
        changes={
            "validation": validation_of(found.findings),
            "is_test": profile.files.usage == "T",
            "set_id": kind.name,
            "map_name": by.name,
            "map_version": by.version,
        },
        findings=found.findings,
        also=write,
    )


def _key(document: Document) -> tuple[str, str, str]:
    """Return the key under which the content of a file is remembered, in the columns that hold an interchange's addresses and number."""
    partner = hashlib.sha256(f"file:{document.partner}".encode()).hexdigest()
    content = document.payload_sha256 or ""
    return content[:32], partner[:32], content[32:48]


def _document(
    parent: Document,
    profile: PartnerProfile,
    found: ReadFile,
    one: FileDocument,
    by: Map,
    kind: FileKind,
    now: datetime,
    *,
    is_answered: bool,
) -> NewDocument:
    """Return the document for one order, invoice and the like in a file."""
    canonical = one.reading.document
    named = BusinessNumbers("", "", 0, ()) if canonical is None else business_numbers(canonical)
    business = Kind(by.document_type)
    refusal = next((f for f in one.reading.findings if f.refuses), None)
    place = f"document {one.place}" if len(found.documents) > 1 else "document"
    name = f"{kind.name} {business.label} {named.number}" if named.number else f"{kind.name} {business.label} ({place})"
    if one.reading.is_accepted:
        state, code, sentence = State.READ, "", f"{name} is valid."
    else:
        state, code = State.REFUSED, "GW-2203" if refusal is None else refusal.code
        why = "The map made no document of it." if refusal is None else refusal.sentence
        more = sum(f.refuses for f in one.reading.findings) - 1
        sentence = f"{name} was refused; the receipt tells {profile.name} why. {why}"
        if more > 0:
            sentence += f" ({more} more mistake{'s' if more > 1 else ''}.)"
    by_profile = profile.files.usage == "T"
    says_test = by_profile if canonical is None else is_test(canonical, by, default=by_profile)
    verdict = Acknowledgment.ACCEPTED if state is State.READ else Acknowledgment.REJECTED
    document = Document(
        id=new_id(now),
        partner=profile.id,
        direction=Direction.IN,
        kind=business,
        state=state,
        state_at=now,
        created_at=now,
        stopped_in=State.READ if state is State.REFUSED else None,
        validation=validation_of(one.reading.findings) if state is State.READ else Validation.INVALID,
        delivery=DeliveryFact.RECEIVED,
        acknowledgment=verdict if is_answered else Acknowledgment.NONE,
        code=code,
        sentence=sentence,
        parent_id=parent.id,
        delivery_id=parent.delivery_id,
        is_test=says_test,
        number=named.number[:64] or place,
        order_number=named.order_number,
        set_id=kind.name,
        payload_sha256=parent.payload_sha256,
        payload_offset=parent.payload_offset,
        payload_size=parent.payload_size,
    )
    tree = kept_tree(one.tree) if len(found.documents) > 1 else None
    return NewDocument(
        document,
        Event.READ if state is State.READ else Event.REFUSED,
        GATEWAY,
        wire=ReceivedFile(by.name, by.version, one.place, tree).as_json(),
        findings=one.reading.findings,
        references=named.references,
        lane=profile.lane(Direction.IN),
    )


def _receipt(
    document: Document,
    profile: PartnerProfile,
    kind: FileKind,
    created: Sequence[NewDocument],
    station: Station,
    now: datetime,
) -> Callable[[Transaction], None]:
    """Return the write that creates the receipt for a file."""
    receipt = Receipt(
        id=new_id(now),
        file=printable(document.number),
        sender=station.settings.company.name,
        receiver=profile.name,
        at=now,
        documents=tuple(
            Judged(new.document.number, new.document.state is not State.REFUSED, new.findings) for new in created
        ),
    )
    refused = sum(not one.is_accepted for one in receipt.documents)
    verdict = "all accepted" if not refused else f"{refused} of {len(receipt.documents)} refused"
    return answer_file(
        document,
        Kind.RECEIPT,
        kind.receipt(receipt),
        kind.receipt_form,
        f"Receipt for {printable(document.number)}: {verdict}.",
        station,
        now,
        set_id=kind.name,
    )
