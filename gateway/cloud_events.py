"""What the ledger tells the outside: each entry as a CloudEvent, its type made of what the document is and what happened.

A type is "subject.word": SUBJECTS says what a kind of document is called, WORDS what an event is called, and WHATEVER_IT_IS holds the
events whose type does not depend on the kind. An event carries no payload, no secret and no trace: who may not read documents learns
from it only which one to ask for.

Source: CloudEvents 1.0.2, required and optional attributes; JSON event format 1.0.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from gateway.states import Event, Kind
from gateway.store.feed import Happening, Wanted

CONTENT_TYPE = "application/cloudevents+json"

SUBJECTS: Mapping[Kind, str] = {
    Kind.INTERCHANGE: "file",
    Kind.PURCHASE_ORDER: "order",
    Kind.ORDER_ACKNOWLEDGMENT: "confirmation",
    Kind.SHIP_NOTICE: "asn",
    Kind.INVOICE: "invoice",
    Kind.FUNCTIONAL_ACKNOWLEDGMENT: "ack",
    Kind.INTERCHANGE_ACKNOWLEDGMENT: "ack",
    Kind.TICKET: "ticket",
    Kind.RECEIPT: "receipt",
    Kind.UNKNOWN: "unknown",
}

WORDS: Mapping[Event, str] = {
    Event.ARRIVED: "received",
    Event.READ: "received",
    Event.OPENED: "opened",
    Event.REFUSED: "refused",
    Event.FOUND_DUPLICATE: "duplicate",
    Event.TRANSLATED: "translated",
    Event.CHECKED: "checked",
    Event.POST_INTENDED: "posting",
    Event.POSTED: "posted",
    Event.MATCHED: "matched",
    Event.COLLECTED: "collected",
    Event.CREATED: "created",
    Event.ENVELOPED: "enveloped",
    Event.SEND_INTENDED: "sending",
    Event.SENT: "sent",
    Event.ACCEPTED: "accepted",
    Event.REJECTED: "rejected",
    Event.ANSWERED: "answered",
    Event.NOT_WANTED: "not-wanted",
}

WHATEVER_IT_IS: Mapping[Event, str] = {
    Event.TRY_FAILED: "document.delayed",
    Event.OVERDUE: "ack.overdue",
    Event.NOTED: "document.noted",
    Event.PARKED: "document.parked",
    Event.RELEASED: "document.released",
    Event.CANCELLED: "document.cancelled",
    Event.REPLACED: "document.replaced",
}


def type_of(kind: Kind, event: Event) -> str:
    """Return the type of what happened: "order.posted"."""
    return WHATEVER_IT_IS.get(event) or f"{SUBJECTS[kind]}.{WORDS[event]}"


TYPES: Mapping[str, frozenset[tuple[Kind, Event]]] = {
    name: frozenset((k, e) for k in Kind for e in Event if type_of(k, e) == name)
    for name in sorted({type_of(kind, event) for kind in Kind for event in Event})
}


def strange_types(types: Iterable[str]) -> list[str]:
    """Return which of `types` are neither a type nor "subject.*"."""
    return [one for one in types if not _named(one)]


def wanted(types: Iterable[str]) -> Wanted | None:
    """Return the (kind, event) pairs of types, where "order.*" stands for all of a subject; None, which is all, for no types."""
    names = {name for one in types for name in _named(one)}
    return {pair for name in names for pair in TYPES[name]} if names else None


def _named(one: str) -> list[str]:
    if one.endswith(".*"):
        return [name for name in TYPES if name.startswith(one[:-1])]
    return [one] if one in TYPES else []


def source_of(interchange_id: str) -> str:
    """Return what identifies a gateway among others, from our own interchange id."""
    return f"/partner-gateway/{quote(interchange_id, safe='')}"


def cloud_event(happening: Happening, source: str) -> dict[str, Any]:
    """Return an entry of the ledger as a CloudEvent in JSON's types. `id` is the entry's, so a second copy is known by it."""
    return {
        "specversion": "1.0",
        "id": str(happening.id),
        "source": source,
        "type": type_of(happening.kind, happening.event),
        "time": happening.at.isoformat().replace("+00:00", "Z"),
        "subject": happening.document_id,
        "datacontenttype": "application/json",
        "data": {
            "document": happening.document_id,
            "partner": happening.partner,
            "kind": happening.kind.value,
            "direction": happening.direction.value,
            "is_test": happening.is_test,
            "number": happening.number,
            "order_number": happening.order_number,
            "erp_reference": happening.erp_reference,
            "event": happening.event.value,
            "state_before": None if happening.state_before is None else happening.state_before.value,
            "state": happening.state_after.value,
            "code": happening.code,
            "sentence": happening.sentence,
            "actor": happening.actor,
        },
    }
