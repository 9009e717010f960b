"""Control numbers by hand: how far each partner's are, and moving them, with a reason that is kept.

Taking the next one is `numbers.next_control_number`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, Text, insert, select, update

from gateway.errors import GatewayError
from gateway.store.columns import UtcTime, metadata
from gateway.store.numbers import HIGHEST_CONTROL_NUMBER
from gateway.store.tables import control_numbers

# Append-only: who moved which number, when and why.
control_number_changes = Table(
    "control_number_changes",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("partner", String(64), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("last_before", BigInteger),  # NULL: there was none yet
    Column("last_after", BigInteger, nullable=False),
)

SCOPES = ("ISA", "GS")


@dataclass(frozen=True, slots=True)
class ControlNumbers:
    """The numbers of one partner and scope: the last that was given out, and the one that comes next."""

    partner: str
    scope: str
    last: int

    @property
    def next(self) -> int:
        """Return the number that is given out next; after the highest comes 1 again."""
        return self.last % HIGHEST_CONTROL_NUMBER + 1


def listed(connection: Connection) -> list[ControlNumbers]:
    """Return how far each partner's numbers are."""
    column = control_numbers.c
    rows = connection.execute(select(control_numbers).order_by(column.partner, column.scope))
    return [ControlNumbers(row.partner, row.scope, row.last) for row in rows]


def set_next(
    connection: Connection, partner: str, scope: str, number: int, reason: str, actor: str, now: datetime
) -> ControlNumbers | None:
    """Have `number` given out next; return how it was before, None when none was given out yet.

    Raises:
        GatewayError: GW-6803, there is no such scope or number.
    """
    if scope not in SCOPES or not 1 <= number <= HIGHEST_CONTROL_NUMBER:
        raise GatewayError(
            "GW-6803", f"A control number is of {' or '.join(SCOPES)}, and from 1 to {HIGHEST_CONTROL_NUMBER}."
        )
    # Nobody takes the number between our look and our write: writing first holds the row.
    mine = (control_numbers.c.partner == partner, control_numbers.c.scope == scope)
    connection.execute(update(control_numbers).where(*mine).values(last=control_numbers.c.last))
    row = connection.execute(select(control_numbers).where(*mine)).first()
    last = (number - 2) % HIGHEST_CONTROL_NUMBER + 1
    if row is None:
        connection.execute(insert(control_numbers), {"partner": partner, "scope": scope, "last": last})
    else:
        connection.execute(update(control_numbers).where(*mine).values(last=last))
    connection.execute(
        insert(control_number_changes),
        {
            "at": now,
            "actor": actor,
            "reason": reason,
            "partner": partner,
            "scope": scope,
            "last_before": None if row is None else row.last,
            "last_after": last,
        },
    )
    return None if row is None else ControlNumbers(partner, scope, row.last)


def jump(connection: Connection, by: int, reason: str, actor: str, now: datetime) -> int:
    """Move all numbers ahead, past those that may have been given out and are not known here; return how many rows there were."""
    there = listed(connection)
    for numbers in there:
        number = (numbers.last + by) % HIGHEST_CONTROL_NUMBER + 1
        set_next(connection, numbers.partner, numbers.scope, number, reason, actor, now)
    return len(there)
