"""What is overdue: acknowledgments that were agreed and did not come in time; and what will end: certificates."""

from __future__ import annotations

import structlog

from gateway.states import Acknowledgment, Event
from gateway.steps.station import Station
from gateway.store import as2_sent, lookups
from gateway.store.engine import Transaction
from gateway.store.leases import StoreLeases
from gateway.store.moves import Outcome, move
from gateway.transports.as2.channel import As2Transport

CERTIFICATE_DAYS = (60, 30, 14, 7, 1)  # before its end; told once at each

log = structlog.get_logger("gateway")


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


def warn_of_certificates(station: Station) -> int:
    """Log every certificate of AS2 that ends within a threshold, once for each threshold over all processes; return how many there were."""
    leases = StoreLeases()
    leases.use(station.database, station.clock)
    now = station.clock.now()
    told = 0
    listed = {
        one.pinned.fingerprint: one
        for channel in list(station.transports.values())
        if isinstance(channel, As2Transport)
        for one in channel.ring.certificates
    }
    for fingerprint, one in listed.items():
        ends = one.pinned.certificate.not_valid_after_utc
        days = (ends - now).total_seconds() / 86_400
        passed = [threshold for threshold in CERTIFICATE_DAYS if days <= threshold]
        if passed and leases.claim_run(f"certificate {fingerprint} {passed[-1]}", None, now):
            told += 1
            log.warning(
                "certificate-expires",
                whose=one.owner,
                file=one.file,
                roles=list(one.roles),
                ends=ends.isoformat(),
                days=int(days),
                fingerprint=fingerprint,
            )
    return told
