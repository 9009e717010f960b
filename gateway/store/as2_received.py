"""What came by AS2: one row for each Message-ID of a partner, with everything that proves it and what we answered."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from gateway.states import STATES, State
from gateway.store.as2_tables import as2_received
from gateway.store.statements import Statement
from gateway.store.tables import documents
from gateway.transmissions import Headers, KnownTransmission, ReceivedTransmission, StoredMdn

_OF = as2_received.c
_KNOWN = Statement(select(as2_received).where(_OF.key == bindparam("wanted")))
_INSERT = Statement(insert(as2_received))
_FORGET_REFUSED = Statement(delete(as2_received).where(_OF.key == bindparam("wanted"), _OF.is_accepted.is_(False)))
_MDN = Statement(select(_OF.mdn_headers, _OF.mdn_body).where(_OF.mdn_document_id == bindparam("wanted")))
_MDN_STATE = Statement(
    select(documents.c.state)
    .join(as2_received, _OF.mdn_document_id == documents.c.id)
    .where(_OF.key == bindparam("wanted"))
)
_MDN_DOCUMENT = Statement(
    update(as2_received).where(_OF.key == bindparam("wanted")).values(mdn_document_id=bindparam("document"))
)


def known(connection: Connection, key: str) -> KnownTransmission | None:
    """Return what was received under a key, or None."""
    row = _KNOWN.first(connection, {"wanted": key})
    if row is None:
        return None
    return KnownTransmission(
        key=row.key,
        body_sha256=row.body_sha256,
        content_sha256=row.content_sha256,
        is_accepted=row.is_accepted,
        mdn=_mdn(row),
        is_mdn_posted=row.mdn_document_id is not None,
        document_id=row.document_id,
    )


def record(
    connection: Connection,
    transmission: ReceivedTransmission,
    now: datetime,
    *,
    content_sha256: str,
    document_id: str | None,
    mdn_document_id: str | None,
) -> None:
    """Write a transmission down. One that was refused before gives way.

    Raises:
        LostRace: another one with this key was accepted meanwhile.
    """
    is_accepted = not transmission.code
    mdn = transmission.mdn
    _FORGET_REFUSED.run(connection, {"wanted": transmission.key})
    _INSERT.run(
        connection,
        {
            "key": transmission.key,
            "partner": transmission.partner,
            "as2_from": transmission.as2_from,
            "as2_to": transmission.as2_to,
            "message_id": transmission.message_id,
            "at": now,
            "is_accepted": is_accepted,
            "body_sha256": transmission.body_sha256,
            "payload_sha256": transmission.body_sha256 if is_accepted else None,
            "content_sha256": content_sha256,
            "headers": headers_as_json(transmission.headers),
            "evidence": json.dumps(dict(transmission.evidence)),
            "certificate": transmission.certificate,
            "mdn_headers": None if mdn is None else headers_as_json(mdn.headers),
            "mdn_body": None if mdn is None else mdn.body,
            "mdn_document_id": mdn_document_id,
            "document_id": document_id,
        },
    )


def mdn_of(connection: Connection, document_id: str) -> StoredMdn | None:
    """Return the receipt that a document of ours is, or None when it is none."""
    row = _MDN.first(connection, {"wanted": document_id})
    return None if row is None else _mdn(row)


def is_mdn_on_its_way(connection: Connection, key: str) -> bool:
    """Return whether the receipt of a transmission is about to be posted."""
    state = _MDN_STATE.scalar(connection, {"wanted": key})
    return state is not None and not STATES[State(state)].is_final


def set_mdn_document(connection: Connection, key: str, document_id: str) -> None:
    """Have a receipt leave as another document than before."""
    _MDN_DOCUMENT.run(connection, {"wanted": key, "document": document_id})


def headers_as_json(headers: Headers) -> str:
    """Return headers as they are kept."""
    return json.dumps([[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers])


def headers_of(kept: str) -> Headers:
    """Return headers as they came or go out."""
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(kept))


def _mdn(row: Any) -> StoredMdn | None:
    return None if row.mdn_headers is None else StoredMdn(headers_of(row.mdn_headers), bytes(row.mdn_body))
