"""What is overdue: acknowledgments that were agreed and did not come in time."""

from __future__ import annotations

from gateway.states import Acknowledgment, Event
from gateway.steps.station import Station
from gateway.store import as2_sent, lookups
from gateway.store.engine import Transaction
from gateway.store.moves import Outcome, move


def mark_overdue(station: Station) -> int:
    """Mark every sent document whose acknowledgment is late; return how many there were. Each is marked once."""
    now = station.clock.now()
    station.database.write(lambda c: as2_sent.wake_settled(c, now))
    with station.database.read() as connection:
        if not lookups.unacknowledged(connection, now, limit=1):
            return 0

    def mark(connection: Transaction) -> int:
        found = lookups.unacknowledged(connection, now)
        for document in found:
            waited = now - document.state_at
            hours = waited.total_seconds() / 3600
            outcome = Outcome(
                Event.OVERDUE,
                f"{document.partner} has not acknowledged it after {hours:.0f} hours. Ask their EDI team whether interchange "
                f"{document.interchange_number} arrived.",
                code="GW-3204",
                changes={"acknowledgment": Acknowledgment.OVERDUE},
            )
            move(connection, document, outcome, now)
        return len(found)

    return station.database.write(mark)
