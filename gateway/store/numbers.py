"""Numbers that must be unique: control numbers we give out, business keys and interchange numbers we were given."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from gateway.states import Direction, Kind
from gateway.store.tables import business_keys, control_numbers, cursors, intents, received_interchanges

KEY_LENGTH = 64  # longer than any number X12 allows in BEG03, BIG02 or BSN02 (35 at most)
HIGHEST_CONTROL_NUMBER = 999_999_999  # ISA13 and GS06 have nine digits; the next one is 1 again

_NEXT = (
    update(control_numbers)
    .where(control_numbers.c.partner == bindparam("of"), control_numbers.c.scope == bindparam("in_scope"))
    .values(last=control_numbers.c.last % HIGHEST_CONTROL_NUMBER + 1)
    .returning(control_numbers.c.last)
)


def next_control_number(connection: Connection, partner: str, scope: str) -> int:
    """Return the next control number for what we send to `partner`; gap-free, as it is taken back with the transaction.

    Args:
        scope: "ISA" or "GS".
    """
    row = connection.execute(_NEXT, {"of": partner, "in_scope": scope}).first()
    if row is not None:
        return int(row.last)
    connection.execute(insert(control_numbers), {"partner": partner, "scope": scope, "last": 1})
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
    key = business_keys.c
    row = connection.execute(
        select(key.document_id, key.content_sha256).where(
            key.partner == partner,
            key.direction == direction,
            key.kind == kind,
            key.number == number[:KEY_LENGTH],
            key.change_sequence == change_sequence,
        )
    ).first()
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
    connection.execute(
        insert(business_keys),
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


def free_business_key(connection: Connection, document_id: str) -> None:
    """Give up the keys that a cancelled document held, so that the number can be used again."""
    connection.execute(business_keys.delete().where(business_keys.c.document_id == document_id))


def known_interchange(connection: Connection, sender: str, receiver: str, control_number: str) -> Known | None:
    """Return the interchange that used this control number, or None."""
    key = received_interchanges.c
    row = connection.execute(
        select(key.document_id, key.content_sha256).where(
            key.sender == sender, key.receiver == receiver, key.control_number == control_number
        )
    ).first()
    return None if row is None else Known(row.document_id, row.content_sha256)


def hold_interchange(
    connection: Connection, sender: str, receiver: str, control_number: str, document_id: str, sha256: str
) -> None:
    """Remember that this control number was used. The primary key stops a second one in a race."""
    connection.execute(
        insert(received_interchanges),
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
    again = update(intents).where(intents.c.key == key).values(called_at=now)
    if connection.execute(again).rowcount == 0:
        connection.execute(
            insert(intents),
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
    return connection.execute(select(intents.c.called_at).where(intents.c.key == key)).scalar()


def fulfil(connection: Connection, key: str, now: datetime, result: dict[str, str]) -> None:
    """Write down that the effect took place, and what came of it."""
    connection.execute(update(intents).where(intents.c.key == key).values(done_at=now, result=json.dumps(result)))
