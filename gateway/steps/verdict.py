"""The verdict on one interchange: who sent it, whether it is whole, whether it came before, and what answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.profiles import PartnerProfile
from gateway.states import Event, State
from gateway.steps.acknowledge import acknowledge_group, acknowledge_interchange, repeat_answers
from gateway.steps.contained import documents_in
from gateway.steps.interchanges import ReadInterchange, beginning_of, interchange_sha256
from gateway.steps.station import Station
from gateway.steps.wire import as_number, plain_id, sender_of
from gateway.store import numbers
from gateway.store.documents import Document, NewDocument
from gateway.store.engine import Transaction
from translators.findings import Finding, Level, Severity
from translators.x12 import TransactionSet

Write = Callable[[Transaction], object]

InterchangeKey = tuple[str, str, str]  # sender, receiver, control number
Held = dict[InterchangeKey, numbers.Known]  # by the interchanges that stand before this one in the same payload


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one interchange: the outcome of its document, and everything that is written with it."""

    event: Event
    sentence: str
    code: str = ""
    partner: str = ""
    findings: tuple[Finding, ...] = ()
    created: tuple[NewDocument, ...] = ()
    writes: tuple[Write, ...] = ()


def judge(
    document: Document,
    interchange: ReadInterchange,
    station: Station,
    now: datetime,
    held: Held,
) -> Verdict:
    """Decide what becomes of one interchange."""
    header = interchange.header
    number = as_number(header.control_number)
    profile = _sender(interchange, station)
    refusal = _stranger(document, interchange, profile, station)
    if refusal is not None:
        ta1 = _ta1(document, interchange, (refusal,), None, now)
        return Verdict(Event.REFUSED, refusal.sentence, refusal.code, findings=(refusal,), created=ta1)
    assert profile is not None and interchange.end is not None  # noqa: S101, PT018
    envelope = interchange.end.findings

    def beginning(one: TransactionSet) -> str:
        return beginning_of(document, one, station)

    wrong = next((f for f in envelope if f.refuses), None)
    if wrong is not None:
        sentence = f"Interchange {number} from {profile.name} was refused as a whole. {_told(interchange, wrong)} {wrong.sentence}"
        ta1 = _ta1(document, interchange, envelope, profile, now)
        sets = documents_in(document, interchange, profile, beginning, now, refused_by=wrong)
        return Verdict(Event.REFUSED, sentence, wrong.code, profile.id, envelope, (*sets, *ta1))
    key = (
        _address(header.sender_qualifier, header.sender),
        _address(header.receiver_qualifier, header.receiver),
        number,
    )
    sha256 = interchange_sha256(document, interchange, station)
    earlier = _held(key, station, held)
    if earlier is not None:
        return _repeated(document, interchange, profile, earlier, sha256, now)
    held[key] = numbers.Known(document.id, sha256)
    answers = [
        acknowledge_group(document, header, group, profile, station, now)
        for group in interchange.groups
        if group.header.functional_id != "FA"
    ]
    if header.acknowledgment_requested and not interchange.is_only_acknowledgment:
        answers.append(acknowledge_interchange(document, header, envelope, profile, now))
    created = documents_in(document, interchange, profile, beginning, now)
    refused = sum(new.document.state is State.REFUSED for new in created)
    sentence = f"Interchange {number} from {profile.name} holds {_counted(len(created))}" + (
        f", {refused} of them refused." if refused else "."
    )
    writes: tuple[Write, ...] = (lambda c: numbers.hold_interchange(c, *key, document.id, sha256),)
    return Verdict(Event.OPENED, sentence, "", profile.id, envelope, (*created, *answers), writes)


def _counted(count: int) -> str:
    return f"{count} document" if count == 1 else f"{count} documents"


def _sender(interchange: ReadInterchange, station: Station) -> PartnerProfile | None:
    """Return the partner by ISA and, where there is a group, GS."""
    header = interchange.header
    if not interchange.groups:
        return station.partners.knows_interchange(header.sender_qualifier, plain_id(header.sender))
    return sender_of(station.partners, header, interchange.groups[0].header)


def _address(qualifier: str, interchange_id: str) -> str:
    return f"{qualifier}:{plain_id(interchange_id)}"


def _stranger(
    document: Document, interchange: ReadInterchange, profile: PartnerProfile | None, station: Station
) -> Finding | None:
    """Return why the addresses of an envelope are refused, or None when they are right."""
    header = interchange.header

    def refusal(code: str, what: str, to_do: str, ta1: str, value: str) -> Finding:
        bare = Finding(code, "", Severity.ERROR, Level.INTERCHANGE, value=value, x12_code=ta1, reference="X12.5, TA105")
        return replace(bare, sentence=f"{what} {_told(interchange, bare)} {to_do}")

    sender = _address(header.sender_qualifier, header.sender)
    number = as_number(header.control_number)
    if profile is None:
        return refusal(
            "GW-2103",
            f"Interchange {number} names a sender that no partner file has: {sender}, or its group id.",
            "If they are a partner, add the ids to their file in partners/, then retry this document.",
            "006",
            sender,
        )
    if profile.id != document.partner:
        return refusal(
            "GW-2104",
            f"Interchange {number} says it is from {profile.name} ({sender}), but it came through the channel of {document.partner}.",
            f"Ask {document.partner} what they sent.",
            "006",
            sender,
        )
    receiver = _address(header.receiver_qualifier, header.receiver)
    ours = profile.x12.company_interchange_id or station.settings.company.interchange_id
    if receiver != ours:
        return refusal(
            "GW-2105",
            f"Interchange {number} from {profile.name} is addressed to {receiver}; we are {ours}.",
            f"If they know us by that id, set company_interchange_id in partners/{profile.id}.toml, then retry.",
            "009",
            receiver,
        )
    return None


def _held(key: InterchangeKey, station: Station, held: Held) -> numbers.Known | None:
    if key in held:
        return held[key]
    with station.database.read() as connection:
        return numbers.known_interchange(connection, *key)


def _told(interchange: ReadInterchange, refusal: Finding) -> str:
    """Return whether the sender learns of a refusal, as a sentence."""
    if interchange.is_only_ta1:
        return "It holds only a TA1, and an answer is not answered: they were not told."
    return f"TA1 {refusal.x12_code} was sent."


def _ta1(
    document: Document,
    interchange: ReadInterchange,
    found: tuple[Finding, ...],
    profile: PartnerProfile | None,
    now: datetime,
) -> tuple[NewDocument, ...]:
    """Return the TA1 for an interchange that is refused, unless it is an answer itself."""
    return (
        () if interchange.is_only_ta1 else (acknowledge_interchange(document, interchange.header, found, profile, now),)
    )


def _repeated(
    document: Document,
    interchange: ReadInterchange,
    profile: PartnerProfile,
    earlier: numbers.Known,
    sha256: str,
    now: datetime,
) -> Verdict:
    """Judge an interchange whose control number was used before: the same content is a repeat, other content a conflict."""
    header = interchange.header
    number = as_number(header.control_number)
    original = earlier.document_id
    if sha256 == earlier.content_sha256:
        sentence = (
            f"Interchange {number} from {profile.name} came before, with the same content ({original}). Nothing was done twice; the "
            f"same answers went out again."
        )
        writes: tuple[Write, ...] = (repeat_answers(original, document, now),)
        return Verdict(Event.FOUND_DUPLICATE, sentence, "GW-2106", profile.id, writes=writes)
    bare = Finding(
        "GW-2107",
        "",
        Severity.ERROR,
        Level.INTERCHANGE,
        value=header.control_number,
        x12_code="025",
        reference="X12.5, TA105",
    )
    sentence = (
        f"Interchange {number} from {profile.name} has the control number of an earlier one ({original}) and other content. Nothing in it "
        f"was processed. {_told(interchange, bare)} Ask them to send it under a new control number."
    )
    finding = replace(bare, sentence=sentence)
    return Verdict(
        Event.PARKED, sentence, "GW-2107", profile.id, (finding,), _ta1(document, interchange, (finding,), profile, now)
    )
