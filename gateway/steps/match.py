"""Match: a partner's 997, 999 or TA1 against what we sent; it closes those documents as accepted or rejected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.states import MOVES, Acknowledgment, DeliveryFact, Event, Kind
from gateway.steps.station import Station
from gateway.steps.wire import ReceivedEnvelope, as_number
from gateway.store import documents, jobs, lookups
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.jobs import Claim
from gateway.store.moves import Outcome, move, parked
from translators.findings import Finding
from translators.x12 import FUNCTIONAL_IDS, GroupAcknowledgment, read_functional_acknowledgment, read_transaction_set

# AK501/AK901 and TA104 → what it means for what we sent. M, W, X: authentication or encryption failed; the partner did not take it.
_MEANS: dict[str, tuple[Event, Acknowledgment, str]] = {
    "A": (Event.ACCEPTED, Acknowledgment.ACCEPTED, "accepted it"),
    "E": (Event.ACCEPTED, Acknowledgment.ACCEPTED_WITH_ERRORS, "accepted it, with errors noted"),
    "P": (Event.ACCEPTED, Acknowledgment.ACCEPTED_WITH_ERRORS, "accepted its group in part"),
    "R": (Event.REJECTED, Acknowledgment.REJECTED, "rejected it"),
    "M": (Event.REJECTED, Acknowledgment.REJECTED, "rejected it: message authentication failed"),
    "W": (Event.REJECTED, Acknowledgment.REJECTED, "rejected it: it failed their assurance checks"),
    "X": (Event.REJECTED, Acknowledgment.REJECTED, "rejected it: they could not decrypt it"),
}


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What an acknowledgment says of one document of ours."""

    document: Document
    code: str
    findings: tuple[Finding, ...]


def match_acknowledgment(document: Document, station: Station, claim: Claim) -> Outcome:  # noqa: ARG001  a leg's signature
    """Find what an acknowledgment answers and carry its verdict there."""
    verdicts, named = _verdicts(document, station)
    if not verdicts:
        return parked(
            "GW-3201",
            f"The {document.set_id} names {', '.join(named) or 'nothing'}, and we sent {_name(document, station)} nothing under that "
            f"number. Ask them which interchange they mean; cancel this when it is settled.",
        )
    unknown = [v.code for v in verdicts if v.code not in _MEANS]
    if unknown:
        return parked(
            "GW-3202",
            f"The {document.set_id} uses the code {unknown[0]!r}, which the standard does not have. Ask {_name(document, station)}.",
        )

    def also(connection: Transaction) -> Mapping[str, Any]:
        for verdict in verdicts:
            _carry(connection, document, verdict, station)
        return {}

    first = verdicts[0]
    words = ", ".join(dict.fromkeys(_MEANS[v.code][2] for v in verdicts))
    what = (
        f"{first.document.kind.label} {first.document.number}"
        if len(verdicts) == 1
        else f"{len(verdicts)} documents of ours"
    )
    return Outcome(
        Event.MATCHED,
        f"The {document.set_id} answers {what}: {_name(document, station)} {words}.",
        facts={"answers": ", ".join(v.document.id for v in verdicts)},
        changes={"answers_id": first.document.id, "order_number": first.document.order_number},
        also=also,
    )


def _verdicts(document: Document, station: Station) -> tuple[list[_Verdict], list[str]]:
    """Return the verdicts of an acknowledgment, and the numbers it names."""
    if document.kind is Kind.INTERCHANGE_ACKNOWLEDGMENT:
        return _ta1_verdicts(document, station)
    with station.database.read() as connection:
        envelope = ReceivedEnvelope.from_held(json.loads(documents.content(connection, document.id)["wire"]))
        one = read_transaction_set(
            station.payload(document),
            envelope.interchange,
            envelope.group,
            station.catalogue,
            offset=document.payload_offset,
        )
        groups = () if one.tree is None else read_functional_acknowledgment(one.tree, envelope.interchange.separators)
        verdicts = [v for group in groups for v in _group_verdicts(connection, document, group)]
    return verdicts, [f"group {as_number(g.control_number)}" for g in groups]


def _group_verdicts(connection: Transaction, document: Document, group: GroupAcknowledgment) -> list[_Verdict]:
    """Return the verdict on each set of ours in a group; a set that is not named follows the group."""
    set_ids = [s for s, functional_id in FUNCTIONAL_IDS.items() if functional_id == group.functional_id]
    sent = lookups.sent_in_group(connection, document.partner, as_number(group.control_number), set_ids)
    by_number = {as_number(s.control_number): s for s in group.sets}
    verdicts = []
    for ours in sent:
        named = by_number.get(as_number(ours.set_number))
        if named is None:
            verdicts.append(_Verdict(ours, group.code, group.findings))
        else:
            verdicts.append(_Verdict(ours, named.code, named.findings or group.findings))
    return verdicts


def _ta1_verdicts(document: Document, station: Station) -> tuple[list[_Verdict], list[str]]:
    with station.database.read() as connection:
        number, _, _, code, note = json.loads(documents.content(connection, document.id)["wire"])
        sent = lookups.sent_in_interchange(connection, document.partner, as_number(number))
    finding = Finding("X12-TA1-NOTE", f"Their note code is {note}.", x12_code=note) if note not in ("", "000") else None
    return [_Verdict(d, code, () if finding is None else (finding,)) for d in sent], [
        f"interchange {as_number(number)}"
    ]


def _carry(connection: Transaction, acknowledgment: Document, verdict: _Verdict, station: Station) -> None:
    """Move one document of ours as the partner says, whatever our own worker is doing with it."""
    now = station.clock.now()
    ours = documents.get(connection, verdict.document.id)
    assert ours is not None  # documents are never deleted  # noqa: S101
    event, fact, words = _MEANS[verdict.code]
    is_ta1_for_set = acknowledgment.kind is Kind.INTERCHANGE_ACKNOWLEDGMENT and event is Event.ACCEPTED
    if (ours.state, event) not in MOVES or is_ta1_for_set:
        # An answer of ours, an accepted envelope, or a document that cannot be moved: worth a line, changes nothing.
        event = Event.ANSWERED
        changes: dict[str, Any] = {"sentence": ours.sentence, "code": ours.code}
    else:
        jobs.drop(connection, ours.id)
        # Whoever answers it has it, even when our own note of that was overtaken.
        delivery = ours.delivery if ours.delivery.has_left else DeliveryFact.SENT
        changes = {"acknowledgment": fact, "acknowledgment_due": None, "delivery": delivery}
    why = " ".join(f.sentence for f in verdict.findings)
    outcome = Outcome(
        event,
        f"{_name(acknowledgment, station)} {words} ({acknowledgment.set_id}).{' ' + why if why else ''}",
        code="GW-3203" if event is Event.REJECTED else "",
        facts={"acknowledgment": acknowledgment.id, "code": verdict.code},
        changes=changes,
        findings=verdict.findings or None,
    )
    move(connection, ours, outcome, now)


def _name(document: Document, station: Station) -> str:
    """Return the partner's name; its id when its file is gone."""
    profile = station.partners.by_id.get(document.partner)
    return document.partner if profile is None else profile.name
