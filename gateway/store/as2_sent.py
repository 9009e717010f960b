"""What we sent by AS2: kept before the first byte leaves, posted the same on every try, settled by one receipt and once.

A receipt that arrives wakes its document in the commit that keeps it. One that arrives while the document's worker is between looking and
resting wakes nobody; `wake_settled` finds it a moment later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from gateway.clock import Clock, new_id
from gateway.errors import GatewayError
from gateway.states import STATES, DeliveryFact, Event
from gateway.store import as2_received, documents, jobs, wake_ups
from gateway.store.as2_received import headers_as_json, headers_of
from gateway.store.as2_tables import as2_sent
from gateway.store.engine import Database
from gateway.store.moves import Outcome, move
from gateway.store.payloads import PayloadStore
from gateway.store.statements import Statement
from gateway.store.tables import jobs as jobs_table
from gateway.store.tables import ledger as ledger_table
from gateway.transmissions import SentStatus, SentTransmission, Settlement, StoredMdn

SETTLED_LOOK_HOURS = 24  # further back nobody can still be missed: the sweep runs every half minute

_OF = as2_sent.c
_LATEST = Statement(
    select(as2_sent).where(_OF.document_id == bindparam("wanted")).order_by(_OF.sealed_at.desc()).limit(1)
)
_NAMED = Statement(select(as2_sent).where(_OF.message_id == bindparam("wanted"), _OF.partner == bindparam("of")))
_INSERT = Statement(insert(as2_sent))
_POSTED = Statement(
    update(as2_sent)
    .where(_OF.message_id == bindparam("wanted"), _OF.settled_at.is_(None))
    .values(status=SentStatus.POSTED, posted_at=bindparam("now"), due_at=bindparam("due"), posts=_OF.posts + 1)
)
_SETTLED = Statement(
    update(as2_sent)
    .where(_OF.message_id == bindparam("wanted"), _OF.settled_at.is_(None))
    .values(
        status=bindparam("now_is"),
        settled_at=bindparam("now"),
        sentence=bindparam("says"),
        evidence=bindparam("proves"),
        mdn_headers=bindparam("came_with"),
        mdn_body=bindparam("came"),
        mdn_certificate=bindparam("signed_by"),
    )
)
_ASLEEP = Statement(
    select(_OF.document_id)
    .join(jobs_table, jobs_table.c.document_id == _OF.document_id)
    .where(
        _OF.settled_at >= bindparam("since"),
        jobs_table.c.owner.is_(None),
        jobs_table.c.next_at > bindparam("now"),
        jobs_table.c.tries == 0,
    )
)
_RELEASED = Statement(
    select(ledger_table.c.id)
    .where(
        ledger_table.c.document_id == bindparam("wanted"),
        ledger_table.c.event == Event.RELEASED,
        ledger_table.c.at >= bindparam("since"),
    )
    .limit(1)
)


class StoreSentTransmissions:
    """Our transmissions in the database, and their bytes in the payload store.

    Made before there is a database, as the channels are that use it; `use` gives it one before anything runs.
    """

    def __init__(self) -> None:
        self._parts: tuple[Database, PayloadStore, Clock] | None = None

    def use(self, database: Database, payloads: PayloadStore, clock: Clock) -> None:
        """Work with these from now on."""
        self._parts = database, payloads, clock

    def latest(self, document_id: str) -> SentTransmission | None:
        """Return the last transmission of a document, or None."""
        with self._ready[0].read() as connection:
            row = _LATEST.first(connection, {"wanted": document_id})
        return None if row is None else _sent(row)

    def named(self, partner: str, message_id: str) -> SentTransmission | None:
        """Return our transmission to a partner with this Message-ID, or None."""
        bare = message_id.strip().removeprefix("<").removesuffix(">")
        with self._ready[0].read() as connection:
            row = _NAMED.first(connection, {"wanted": f"<{bare}>", "of": partner})
        return None if row is None else _sent(row)

    def keep(self, sent: SentTransmission, body: Iterable[bytes]) -> None:
        """Make a transmission durable. Raises GatewayError GW-5001, GW-5003 (retryable)."""
        database, payloads, clock = self._ready
        payload = payloads.take(body, new_id(clock.now()))

        def record(connection: Connection) -> None:
            now = clock.now()
            payloads.put(connection, payload, now)
            _INSERT.run(
                connection,
                {
                    "message_id": sent.message_id,
                    "document_id": sent.document_id,
                    "partner": sent.partner,
                    "as2_from": sent.as2_from,
                    "as2_to": sent.as2_to,
                    "headers": headers_as_json(sent.headers),
                    "body_sha256": payload.sha256,
                    "body_bytes": payload.size_bytes,
                    "mic_digest": sent.mic_digest,
                    "mic_algorithm": sent.mic_algorithm,
                    "payload_header": sent.payload_header,
                    "is_receipt_signed": sent.is_receipt_signed,
                    "status": SentStatus.SEALED,
                    "posts": 0,
                    "sealed_at": now,
                    "sentence": "",
                    "evidence": json.dumps(dict(sent.evidence)),
                },
            )

        database.write(record)

    def body(self, sent: SentTransmission) -> Iterator[bytes]:
        """Yield the bytes to post. Raises GatewayError GW-5004."""
        database, payloads, _ = self._ready
        with database.read() as connection:
            yield from payloads.chunks(connection, sent.body_sha256)

    def content(self, sent: SentTransmission) -> bytes:
        """Return the bytes of the document that a transmission carries; b"" when there are none. Raises GatewayError GW-5004."""
        database, payloads, _ = self._ready
        with database.read() as connection:
            document = documents.get(connection, sent.document_id)
            if document is None or document.payload_sha256 is None:
                return b""
            return payloads.slice(connection, document.payload_sha256, document.payload_offset, document.payload_size)

    def posted(self, sent: SentTransmission, at: datetime, due_at: datetime | None) -> SentTransmission:
        """Note that the partner's server took it, unless it is settled already; return it as it is now."""
        values = {"wanted": sent.message_id, "now": at, "due": due_at}
        self._ready[0].write(lambda c: _POSTED.run(c, values))
        return self.named(sent.partner, sent.message_id) or sent

    def settle(self, sent: SentTransmission, settlement: Settlement) -> bool:
        """Note the receipt and wake the document; return whether it is the first one."""
        database, _, clock = self._ready

        def note(connection: Connection) -> bool:
            now = clock.now()
            values = {
                "wanted": sent.message_id,
                "now_is": settlement.status,
                "now": now,
                "says": settlement.sentence,
                "proves": json.dumps({**sent.evidence, **settlement.evidence}),
                "came_with": headers_as_json(settlement.headers),
                "came": settlement.body,
                "signed_by": settlement.certificate,
            }
            if _SETTLED.run(connection, values) != 1:
                return False
            _tell(connection, sent, settlement, now)
            return True

        return database.write(note)

    def is_released_since(self, document_id: str, at: datetime) -> bool:
        """Return whether a person let the document go on after `at`."""
        with self._ready[0].read() as connection:
            return _RELEASED.first(connection, {"wanted": document_id, "since": at}) is not None

    def mdn_to_post(self, document_id: str) -> StoredMdn | None:
        """Return the receipt that a document of ours is, or None when it is none."""
        with self._ready[0].read() as connection:
            return as2_received.mdn_of(connection, document_id)

    @property
    def _ready(self) -> tuple[Database, PayloadStore, Clock]:
        if self._parts is None:
            raise GatewayError("GW-5001", "The database is not open yet.", is_retryable=True)
        return self._parts


def wake_settled(connection: Connection, now: datetime) -> int:
    """Wake the documents whose receipt came and that still sleep; return how many there were."""
    asleep = _ASLEEP.all(connection, {"since": now - timedelta(hours=SETTLED_LOOK_HOURS), "now": now})
    for row in asleep:
        _wake(connection, row.document_id, now)
    return len(asleep)


def _tell(connection: Connection, sent: SentTransmission, settlement: Settlement, now: datetime) -> None:
    """Wake the document that waits for its receipt; one that rests already, because its 997 was faster, is told by a line."""
    document = documents.get(connection, sent.document_id)
    if document is None:
        return
    is_delivered = settlement.status is SentStatus.DELIVERED
    proven = {"delivery": DeliveryFact.RECEIPTED} if is_delivered else {}
    if not STATES[document.state].is_final:
        if proven:  # at once: a 997 may end the document before its worker comes to it
            documents.change(connection, document.id, document.state, proven)
        _wake(connection, document.id, now)
        return
    words = "says that the partner has our bytes" if is_delivered else f"says otherwise: {settlement.sentence}"
    changes = proven if document.delivery.has_left else {}
    move(connection, document, Outcome(Event.NOTED, f"Its AS2 receipt came and {words}.", changes=changes), now)


def _wake(connection: Connection, document_id: str, now: datetime) -> None:
    document = documents.get(connection, document_id)
    if document is not None and jobs.wake(connection, document_id, now):
        wake_ups.wake(connection, document_id, documents.tier_of(document.kind))


def _sent(row: Any) -> SentTransmission:
    named = {name: getattr(row, name) for name in row._fields if name in SentTransmission.__dataclass_fields__}
    sent = SentTransmission(**named)
    return replace(
        sent,
        headers=headers_of(row.headers),
        evidence=json.loads(row.evidence),
        status=SentStatus(row.status),
        mic_digest=bytes(row.mic_digest),
        payload_header=bytes(row.payload_header),
    )
