"""Numbers that must be unique: control numbers we give out, business keys and interchange numbers we were given."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from gateway.states import Direction, Kind
from gateway.store.statements import Statement
from gateway.store.tables import business_keys, control_numbers, cursors, intents, received_interchanges

KEY_LENGTH = 64  # longer than any number X12 allows in BEG03, BIG02 or BSN02 (35 at most)
HIGHEST_CONTROL_NUMBER = 999_999_999  # ISA13 and GS06 have nine digits; the next one is 1 again

_key = business_keys.c
_envelope = received_interchanges.c
_intent = intents.c

_NEXT = Statement(
    update(control_numbers)
    .where(control_numbers.c.partner == bindparam("of"), control_numbers.c.scope == bindparam("in_scope"))
    .values(last=control_numbers.c.last % HIGHEST_CONTROL_NUMBER + 1)
    .returning(control_numbers.c.last)
)
_FIRST_NUMBER = Statement(insert(control_numbers))
_KNOWN_KEY = Statement(
    select(_key.document_id, _key.content_sha256).where(
        _key.partner == bindparam("of"),
        _key.direction == bindparam("way"),
        _key.kind == bindparam("kind_of"),
        _key.number == bindparam("numbered"),
        _key.change_sequence == bindparam("change"),
    )
)
_HOLD_KEY = Statement(insert(business_keys))
_KNOWN_INTERCHANGE = Statement(
    select(_envelope.document_id, _envelope.content_sha256).where(
        _envelope.sender == bindparam("from_"),
        _envelope.receiver == bindparam("to"),
        _envelope.control_number == bindparam("numbered"),
    )
)
_HOLD_INTERCHANGE = Statement(insert(received_interchanges))
_INTEND_AGAIN = Statement(update(intents).where(_intent.key == bindparam("wanted")).values(called_at=bindparam("now")))
_INTEND = Statement(insert(intents))
_LAST_CALL = Statement(select(_intent.called_at).where(_intent.key == bindparam("wanted")))
_CALLS = Statement(select(_intent.intended_at, _intent.called_at).where(_intent.key == bindparam("wanted")))
_FULFIL = Statement(
    update(intents)
    .where(_intent.key == bindparam("wanted"))
    .values(done_at=bindparam("now"), result=bindparam("what_came"))
)


def next_control_number(connection: Connection, partner: str, scope: str) -> int:
    """Return the next control number for what we send to `partner`; gap-free, as it is taken back with the transaction.

    Args:
        scope: "ISA" or "GS".
    """
    row = _NEXT.first(connection, {"of": partner, "in_scope": scope})
    if row is not None:
        return int(row.last)
    _FIRST_NUMBER.run(connection, {"partner": partner, "scope": scope, "last": 1})
    return 1


@dataclass(frozen=True, slots=True)
class Known:
    """Who holds a key already, and with which content."""

    document_id: str
    content_sha256: str


def known_business_key(
    connection: Connection, partner: str, direction: Direction, kind: Kind, number: str, change_sequence: int
) -> Known | None:
    """Return the document that holds a business key, or None."""
    wanted = {
        "of": partner,
        "way": direction,
        "kind_of": kind,
        "numbered": number[:KEY_LENGTH],
        "change": change_sequence,
    }
    row = _KNOWN_KEY.first(connection, wanted)
    return None if row is None else Known(row.document_id, row.content_sha256)


def hold_business_key(
    connection: Connection,
    partner: str,
    direction: Direction,
    kind: Kind,
    number: str,
    change_sequence: int,
    document_id: str,
    sha256: str,
) -> None:
    """Hold a business key for a document. The primary key stops a second one in a race (IntegrityError: the leg runs again)."""
    _HOLD_KEY.run(
        connection,
        {
            "partner": partner,
            "direction": direction,
            "kind": kind,
            "number": number[:KEY_LENGTH],
            "change_sequence": change_sequence,
            "document_id": document_id,
            "content_sha256": sha256,
        },
    )


def pass_on(connection: Connection, document_id: str, successor_id: str) -> None:
    """Let the successor of a document hold the business keys that the document held."""
    held = business_keys.update().where(business_keys.c.document_id == document_id)
    connection.execute(held.values(document_id=successor_id))


def change_content(connection: Connection, document_id: str, sha256: str) -> None:
    """Remember what a document that was read again says under the keys it holds."""
    held = business_keys.update().where(business_keys.c.document_id == document_id)
    connection.execute(held.values(content_sha256=sha256))


def free_business_key(connection: Connection, document_id: str) -> None:
    """Give up the keys that a cancelled document held, so that the number can be used again."""
    connection.execute(business_keys.delete().where(business_keys.c.document_id == document_id))


def known_interchange(connection: Connection, sender: str, receiver: str, control_number: str) -> Known | None:
    """Return the interchange that used this control number, or None."""
    row = _KNOWN_INTERCHANGE.first(connection, {"from_": sender, "to": receiver, "numbered": control_number})
    return None if row is None else Known(row.document_id, row.content_sha256)


def hold_interchange(
    connection: Connection, sender: str, receiver: str, control_number: str, document_id: str, sha256: str
) -> None:
    """Remember that this control number was used. The primary key stops a second one in a race."""
    _HOLD_INTERCHANGE.run(
        connection,
        {
            "sender": sender,
            "receiver": receiver,
            "control_number": control_number,
            "document_id": document_id,
            "content_sha256": sha256,
        },
    )


def cursor_of(connection: Connection, connector: str) -> str:
    """Return how far a connector's outgoing documents were collected; "" for nothing yet."""
    return connection.execute(select(cursors.c.cursor).where(cursors.c.connector == connector)).scalar() or ""


def set_cursor(connection: Connection, connector: str, cursor: str) -> None:
    """Remember how far a connector's outgoing documents were collected."""
    if connection.execute(update(cursors).where(cursors.c.connector == connector).values(cursor=cursor)).rowcount == 0:
        connection.execute(insert(cursors), {"connector": connector, "cursor": cursor})


def intend(connection: Connection, key: str, document_id: str, effect: str, now: datetime) -> None:
    """Write down, before the call, that an effect is about to be tried; a second time only moves `called_at`."""
    if _INTEND_AGAIN.run(connection, {"wanted": key, "now": now}) == 0:
        _INTEND.run(
            connection,
            {
                "key": key,
                "document_id": document_id,
                "effect": effect,
                "intended_at": now,
                "called_at": now,
                "result": "",
            },
        )


def last_call(connection: Connection, key: str) -> datetime | None:
    """Return when the effect under `key` was last about to be tried."""
    called_at: datetime | None = _LAST_CALL.scalar(connection, {"wanted": key})
    return called_at


def is_intended_again(connection: Connection, key: str) -> bool:
    """Return whether the effect under `key` was intended more than once, so that an earlier time may have had it."""
    row = _CALLS.first(connection, {"wanted": key})
    return row is not None and row.called_at > row.intended_at


def fulfil(connection: Connection, key: str, now: datetime, result: dict[str, str]) -> None:
    """Write down that the effect took place, and what came of it."""
    _FULFIL.run(connection, {"wanted": key, "now": now, "what_came": json.dumps(result)})
