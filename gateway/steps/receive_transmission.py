"""Receive by AS2: payloads, proof, receipt and documents in one commit; only then may anything be answered.

The bytes as they came are kept beside the payloads taken from them: a signature proves nothing without what it was made over. Of what is
refused only headers, findings and receipt are kept, since nobody proved who it came from.
"""

from __future__ import annotations

from gateway.clock import new_id
from gateway.states import DeliveryFact, Direction, Event, Kind, State, Validation
from gateway.steps.as_file import FileToSend
from gateway.steps.station import Station
from gateway.store import as2_received, deliveries, documents
from gateway.store.deliveries import Delivery
from gateway.store.documents import Document, NewDocument
from gateway.store.engine import LostRace, Transaction
from gateway.store.moves import GATEWAY
from gateway.store.payloads import Payload
from gateway.transmissions import KnownTransmission, ReceivedTransmission, StoredMdn, content_key

TRANSPORT = "as2"
MDN_SET = "MDN"  # where a document's X12 set would stand: what kind of receipt it is
_CONTENT_TYPE = b"content-type"


class StationReceptions:
    """Keeps received transmissions in a station's database."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def known(self, key: str) -> KnownTransmission | None:
        """Return the transmission that was received under `key`, or None. Raises GatewayError GW-5001."""
        with self._station.database.read() as connection:
            return as2_received.known(connection, key)

    def take(self, transmission: ReceivedTransmission) -> KnownTransmission:
        """Keep a transmission; when another one with its key was accepted meanwhile, keep nothing and return that one.

        Raises:
            GatewayError: GW-2002, GW-5001, GW-5003; nothing was kept.
        """
        station = self._station
        now = station.clock.now()
        body = station.payloads.take(transmission.body(), new_id(now)) if not transmission.code else None
        payloads = [station.payloads.take(one.chunks(), new_id(now)) for one in transmission.payloads]

        def record(connection: Transaction) -> None:
            if body is not None:
                station.payloads.put(connection, body, now)
            created = self._received_documents(connection, transmission, payloads)
            mdn_document_id = None
            if transmission.mdn is not None and transmission.is_mdn_posted:
                mdn_document_id = self._mdn_document(connection, transmission, created, transmission.mdn)
            as2_received.record(
                connection,
                transmission,
                now,
                content_sha256="" if transmission.code else content_key(one.sha256 for one in payloads),
                document_id=created.id,
                mdn_document_id=mdn_document_id,
            )

        try:
            station.database.write(record)
        except LostRace:
            known = self.known(transmission.key)
            if known is None:
                raise
            return known
        return KnownTransmission(
            transmission.key,
            transmission.body_sha256,
            content_key(one.sha256 for one in payloads),
            not transmission.code,
            transmission.mdn,
            transmission.is_mdn_posted,
            None,
        )

    def post_again(self, known: KnownTransmission) -> None:
        """Have a receipt posted once more, unless that is about to happen anyway."""
        mdn, document_id = known.mdn, known.document_id
        if mdn is None or document_id is None:
            return

        def again(connection: Transaction) -> None:
            if as2_received.is_mdn_on_its_way(connection, known.key):
                return
            answered = documents.get(connection, document_id)
            assert answered is not None  # noqa: S101  a foreign key says so
            created = self._created_mdn(connection, answered, mdn)
            as2_received.set_mdn_document(connection, known.key, created)

        self._station.database.write(again)

    def _received_documents(
        self, connection: Transaction, transmission: ReceivedTransmission, payloads: list[Payload]
    ) -> Document:
        """Write deliveries and documents; return the first document."""
        if transmission.code:
            return self._refused_document(connection, transmission)
        created = []
        for number, (one, payload) in enumerate(zip(transmission.payloads, payloads, strict=True), 1):
            self._station.payloads.put(connection, payload, self._station.clock.now())
            document = self._document(transmission, one.name, payload, number, connection)
            facts = {"name": one.name, "transport": TRANSPORT, "bytes": str(payload.size_bytes)}
            new = NewDocument(document, Event.ARRIVED, GATEWAY, facts={**facts, **transmission.evidence})
            documents.create(connection, new)
            created.append(document)
        return created[0]

    def _document(
        self,
        transmission: ReceivedTransmission,
        name: str,
        payload: Payload | None,
        number: int,
        connection: Transaction,
    ) -> Document:
        """Return the document of one payload, its delivery written down; of a refused one when there is no payload."""
        now = self._station.clock.now()
        delivery_id = new_id(now)
        transport_id = f"{transmission.key}#{number}" if payload is not None else f"{transmission.key}!{delivery_id}"
        size = transmission.body_bytes if payload is None else payload.size_bytes
        sha256 = None if payload is None else payload.sha256
        deliveries.record(
            connection,
            Delivery(delivery_id, Direction.IN, transmission.partner, TRANSPORT, transport_id, name, sha256, size, now),
        )
        return Document(
            id=new_id(now),
            partner=transmission.partner,
            direction=Direction.IN,
            kind=Kind.INTERCHANGE,
            state=State.REFUSED if transmission.code else State.RECEIVED,
            state_at=now,
            created_at=now,
            validation=Validation.INVALID if transmission.code else Validation.PENDING,
            delivery=DeliveryFact.RECEIVED,
            code=transmission.code,
            sentence=transmission.sentence or f"{name} came by AS2; its bytes are safe.",
            delivery_id=delivery_id,
            is_test=transmission.is_test,
            number=name,
            payload_sha256=sha256,
            payload_size=size,
        )

    def _refused_document(self, connection: Transaction, transmission: ReceivedTransmission) -> Document:
        """Write down what was refused, for the work list; one entry for a transmission, however often it is tried."""
        before = as2_received.known(connection, transmission.key)
        if before is not None and before.is_accepted:
            raise LostRace
        if before is not None and before.document_id is not None:
            document = documents.get(connection, before.document_id)
            assert document is not None  # noqa: S101  a foreign key says so
            if document.state is State.REFUSED:
                return document
        document = self._document(transmission, transmission.message_id, None, 1, connection)
        new = NewDocument(
            document, Event.ARRIVED, GATEWAY, findings=transmission.findings, facts=dict(transmission.evidence)
        )
        documents.create(connection, new)
        return document

    def _mdn_document(
        self, connection: Transaction, transmission: ReceivedTransmission, answered: Document, mdn: StoredMdn
    ) -> str:
        """Return the id of the document that carries a receipt to the partner's URL; one that is on its way already stays."""
        if as2_received.is_mdn_on_its_way(connection, transmission.key):
            raise LostRace
        return self._created_mdn(connection, answered, mdn)

    def _created_mdn(self, connection: Transaction, answered: Document, mdn: StoredMdn) -> str:
        station = self._station
        now = station.clock.now()
        payload = station.payloads.take([mdn.body], new_id(now))
        station.payloads.put(connection, payload, now)
        content_type = next((v.decode("latin-1") for n, v in mdn.headers if n.lower() == _CONTENT_TYPE), "")
        document = Document(
            id=new_id(now),
            partner=answered.partner,
            direction=Direction.OUT,
            kind=Kind.RECEIPT,
            state=State.ENVELOPED,
            state_at=now,
            created_at=now,
            validation=Validation.VALID,
            sentence="The AS2 receipt for what came, about to be posted to the address agreed upon.",
            answers_id=answered.id,
            set_id=MDN_SET,
            number=answered.number,
            is_test=answered.is_test,
            payload_sha256=payload.sha256,
            payload_size=payload.size_bytes,
        )
        wire = FileToSend(f"mdn-{document.id}.txt", content_type).as_json()
        documents.create(connection, NewDocument(document, Event.CREATED, GATEWAY, wire=wire))
        return document.id
