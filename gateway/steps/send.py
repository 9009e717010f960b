"""Send: hand the bytes to the partner's channel; the same bytes under the same name on every try."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gateway.clock import new_id
from gateway.errors import GatewayError
from gateway.ports import Dispatch, Receipt
from gateway.profiles import PartnerProfile
from gateway.states import Acknowledgment, DeliveryFact, Direction, Event, Kind
from gateway.steps.as_file import FileToSend, leaving_bytes
from gateway.steps.station import Station
from gateway.steps.wire import held_wire
from gateway.store import deliveries, documents, numbers
from gateway.store.deliveries import Delivery
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.jobs import Claim
from gateway.store.moves import Outcome


def intend_to_send(document: Document, station: Station, claim: Claim) -> Outcome:  # noqa: ARG001  a leg's signature
    """Write down that the document is about to leave."""

    def also(connection: Transaction) -> Mapping[str, Any]:
        numbers.intend(connection, f"send-{document.id}", document.id, "send", station.clock.now())
        return {}

    return Outcome(Event.SEND_INTENDED, "About to be sent.", also=also)


def send(document: Document, station: Station, claim: Claim) -> Outcome:  # noqa: ARG001  a leg's signature
    """Hand the bytes over; from then on the partner's acknowledgment is awaited, when one was agreed."""
    transport = station.transports.get(document.partner)
    if transport is None:
        raise GatewayError(
            "GW-4103", f"There is no channel to {document.partner}: no such file in partners/. Put it back, then retry."
        )
    with station.database.read() as connection:
        leaves = leaves_as(document, documents.content(connection, document.id).get("wire"))
    name = leaves.name
    content = leaving_bytes(station.payload(document), leaves.secret)
    receipt = transport.send(Dispatch(document.id, document.partner, name, content, leaves.content_type))
    if not receipt.is_final:
        return _awaiting(receipt, document, station)
    due_hours = _due_hours(document, station.partners.by_id.get(document.partner))

    def also(connection: Transaction) -> Mapping[str, Any]:
        now = station.clock.now()
        delivery_id = new_id(now)
        delivery = Delivery(
            id=delivery_id,
            direction=Direction.OUT,
            partner=document.partner,
            transport=transport.kind,
            transport_id=document.id,
            name=name,
            payload_sha256=document.payload_sha256,
            size_bytes=document.payload_size,
            at=now,
        )
        deliveries.record(connection, delivery)
        numbers.fulfil(connection, f"send-{document.id}", now, dict(receipt.facts))
        changes: dict[str, Any] = {
            "delivery_id": delivery_id,
            "delivery": DeliveryFact.RECEIPTED if receipt.is_proven else DeliveryFact.SENT,
        }
        if due_hours is not None:
            changes |= {
                "acknowledgment": Acknowledgment.AWAITED,
                "acknowledgment_due": now + timedelta(hours=due_hours),
            }
        return changes

    return Outcome(Event.SENT, receipt.sentence, facts=dict(receipt.facts), also=also)


def _awaiting(receipt: Receipt, document: Document, station: Station) -> Outcome:
    """Rest until the partner's receipt comes, which wakes the document, or is due."""
    assert receipt.awaited_until is not None  # noqa: S101  what is not final says until when
    seconds = (receipt.awaited_until - station.clock.now()).total_seconds()
    is_told = document.delivery is DeliveryFact.SENT and not receipt.is_overdue

    def also(connection: Transaction) -> Mapping[str, Any]:
        known = documents.get(connection, document.id)
        is_there = known is not None and known.delivery.has_left  # the receipt may have come since
        return {} if is_there else {"delivery": DeliveryFact.SENT}

    return Outcome(
        Event.OVERDUE if receipt.is_overdue else Event.NOTED,
        receipt.sentence if not is_told else "Woken before its time; the receipt is still awaited.",
        code="GW-3205" if receipt.is_overdue else "",
        facts=dict(receipt.facts),
        changes={"sentence": receipt.sentence},
        also=also,
        wait_seconds=max(seconds, 1.0),
        tries=0,
    )


def leaves_as(document: Document, wire: str | None) -> FileToSend:
    """Return the name and type under which a document of ours leaves.

    Of X12 the name says what it is, its control number, and our id, which makes it unique.

    Args:
        wire: of its contents; a file says there what it is called.
    """
    format_name, held = ("x12", {}) if wire is None else held_wire(wire)
    if format_name != "x12":
        return FileToSend(**held)
    if document.kind is Kind.TICKET:  # of a version that kept nothing beside a ticket
        return FileToSend(f"ticket-{document.id}.txt", "text/plain")
    name = f"{document.set_id}-{document.interchange_number.zfill(9)}-{document.id}.edi"
    return FileToSend(name, "application/edi-x12")


def _due_hours(document: Document, profile: PartnerProfile | None) -> float | None:
    """Return how long their acknowledgment may take, or None when none was agreed."""
    if not document.interchange_number:
        return None  # only X12 has an acknowledgment that can be relied on; a receipt is taken when it comes
    agreement = None if profile is None else profile.agreement(document.kind, Direction.OUT)
    return agreement.acknowledgment_due_hours if agreement is not None and agreement.acknowledged else None
