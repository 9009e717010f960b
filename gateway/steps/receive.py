"""Receive: bytes durable, then a document, then, and only then, the arrival is taken out of the way."""

from __future__ import annotations

from gateway.clock import new_id
from gateway.errors import GatewayError
from gateway.ports import Arrival, Transport
from gateway.states import DeliveryFact, Direction, Event, Kind, State
from gateway.steps.acknowledge import ticket
from gateway.steps.station import Station
from gateway.store import deliveries, documents
from gateway.store.deliveries import Delivery
from gateway.store.documents import Document, NewDocument
from gateway.store.engine import Transaction
from gateway.store.moves import GATEWAY
from gateway.store.payloads import Payload

_TOO_LARGE = "GW-2002"


def receive(arrival: Arrival, transport: Transport, station: Station) -> str | None:
    """Take one arrival and return the id of its document, or None when it had been taken before.

    Order: read and make durable → commit delivery, payload and document → settle. A crash before the commit leaves the arrival where
    it is; a crash after it lists the arrival again, and its transport id says that it is known.

    Raises:
        GatewayError: the arrival went away, or nothing can be stored now; it stays where it is.
    """
    with station.database.read() as connection:
        is_known = deliveries.is_received(connection, arrival.partner, arrival.transport, arrival.transport_id)
    if is_known:
        transport.settle(arrival)
        return None
    delivery_id = new_id(station.clock.now())
    too_large: GatewayError | None = None
    payload: Payload | None = None
    try:
        payload = station.payloads.take(transport.read(arrival), delivery_id)
    except GatewayError as refused:
        if refused.code != _TOO_LARGE:
            raise
        too_large = refused
    document_id = new_id(station.clock.now())
    profile = station.partners.by_id.get(arrival.partner)

    def record(connection: Transaction) -> None:
        now = station.clock.now()
        if payload is not None:
            station.payloads.put(connection, payload, now)
        delivery = Delivery(
            id=delivery_id,
            direction=Direction.IN,
            partner=arrival.partner,
            transport=arrival.transport,
            transport_id=arrival.transport_id,
            name=arrival.name,
            payload_sha256=None if payload is None else payload.sha256,
            size_bytes=arrival.size_bytes if payload is None else payload.size_bytes,
            at=now,
        )
        deliveries.record(connection, delivery)
        document = Document(
            id=document_id,
            partner=arrival.partner,
            direction=Direction.IN,
            kind=Kind.INTERCHANGE,
            state=State.RECEIVED if too_large is None else State.REFUSED,
            state_at=now,
            created_at=now,
            delivery=DeliveryFact.RECEIVED,
            code="" if too_large is None else too_large.code,
            sentence=f"{arrival.name} came by {arrival.transport}; its bytes are safe."
            if too_large is None
            else f"{arrival.name}: {too_large.sentence} Ask for it in smaller parts, or raise the limit.",
            delivery_id=delivery_id,
            number=arrival.name,
            payload_sha256=None if payload is None else payload.sha256,
            payload_size=delivery.size_bytes,
        )
        facts = {"name": arrival.name, "transport": arrival.transport, "bytes": str(document.payload_size)}
        lane = None if too_large is not None or profile is None else profile.lane(Direction.IN)
        documents.create(connection, NewDocument(document, Event.ARRIVED, GATEWAY, facts=facts, lane=lane))
        if too_large is not None:
            ticket(document, "the file is larger than we accept", station, now)(connection)

    station.database.write(record)
    transport.settle(arrival)
    return document_id
