"""Gates: what stands between the gateway and one system outside, shared by all processes.

A gate shuts when calls keep failing, so that hundreds of documents do not each find out anew that an ERP is down; when it may have come
back, one call is let through to see. It paces calls where a system takes only so many, and holds everybody back for as long as a system
asked to be left alone. Waiting at a gate is no failed try of a document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from gateway.store.statements import Statement
from gateway.store.tables import gates, jobs

CONNECTOR, PARTNER = "connector", "partner"
PROBE_SECONDS = 60.0  # how long the one call that looks whether the system is back may take, before another one looks


@dataclass(frozen=True, slots=True)
class Gate:
    """How one system outside fares.

    Args:
        name: "connector:erp", "partner:acme".
        failures: calls in a row that failed.
        shut_at: since when it is shut; None while it is open.
        until: when the next call may look; None while it is open.
        code, sentence: of the last failure.
        paced_until: when all calls that were let through are over, at the agreed pace.
    """

    name: str
    failures: int = 0
    shut_at: datetime | None = None
    until: datetime | None = None
    code: str = ""
    sentence: str = ""
    paced_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How many calls a system takes; None for any number.

    Args:
        seconds_between: from one call to the next.
        at_once: calls at the same time, over all processes.
    """

    seconds_between: float | None = None
    at_once: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """When a gate shuts: after `failures` in a row, for `first_seconds`, twice as long with each further one, at most `most_seconds`."""

    failures: int
    first_seconds: float
    most_seconds: float

    def shut_for(self, failures: int) -> float:
        """Return for how many seconds a gate is shut after that many failures in a row; 0 while it stays open."""
        beyond = failures - self.failures
        return 0 if beyond < 0 else min(self.most_seconds, self.first_seconds * 2.0 ** min(beyond, 30))


_COLUMNS = (gates.c.name, gates.c.failures, gates.c.shut_at, gates.c.until, gates.c.code, gates.c.sentence)
_GET = Statement(select(*_COLUMNS, gates.c.paced_until).where(gates.c.name == bindparam("wanted")))
_LOCK = Statement(select(gates.c.paced_until).where(gates.c.name == bindparam("wanted")).with_for_update())
_INSERT = Statement(insert(gates))
_PROBE = Statement(
    update(gates)
    .where(gates.c.name == bindparam("wanted"), gates.c.until <= bindparam("now"))
    .values(until=bindparam("later"))
)
_LOOK_AGAIN = Statement(
    update(gates)
    .where(gates.c.name == bindparam("wanted"), gates.c.until > bindparam("now"))
    .values(until=bindparam("now"))
)
_PACE = Statement(update(gates).where(gates.c.name == bindparam("wanted")).values(paced_until=bindparam("later")))
_CHANGE = Statement(update(gates).where(gates.c.name == bindparam("wanted")))
_AT_WORK = Statement(
    select(func.count())
    .select_from(jobs)
    .where(jobs.c.gate == bindparam("wanted"), jobs.c.owner.is_not(None), jobs.c.lease_until >= bindparam("now"))
)
_PASS = Statement(
    update(jobs)
    .where(jobs.c.document_id == bindparam("of"), jobs.c.owner.is_not(None))
    .values(gate=bindparam("wanted"))
)
_NOT_WELL = select(*_COLUMNS, gates.c.paced_until).where(or_(gates.c.failures > 0, gates.c.until.is_not(None)))


def of_connector(name: str) -> str:
    """Return the name of the gate before a system of [connectors]."""
    return f"{CONNECTOR}:{name}"


def of_partner(partner: str) -> str:
    """Return the name of the gate before a partner's channel."""
    return f"{PARTNER}:{partner}"


def get(connection: Connection, name: str) -> Gate:
    """Return a gate; one that was never written down is open."""
    row = _GET.first(connection, {"wanted": name})
    return Gate(name) if row is None else Gate(*row)


def not_well(connection: Connection) -> list[Gate]:
    """Return the gates that are shut, or whose last call failed."""
    return [Gate(*row) for row in connection.execute(_NOT_WELL.order_by(gates.c.name))]


def probe(connection: Connection, gate: Gate, now: datetime) -> bool:
    """Be the one call that looks whether a system is back; return whether we are."""
    later = now + timedelta(seconds=PROBE_SECONDS)
    return _PROBE.run(connection, {"wanted": gate.name, "now": now, "later": later}) == 1


def pass_through(connection: Connection, gate: Gate, document_id: str, pace: Pace, now: datetime) -> float:
    """Let a document's call through, at the pace that was agreed; return 0, or how many seconds to wait instead."""
    row = _LOCK.first(connection, {"wanted": gate.name})
    if row is None:
        _INSERT.run(connection, {"name": gate.name, "failures": 0, "code": "", "sentence": ""})
    if pace.at_once is not None:
        if _AT_WORK.scalar(connection, {"wanted": gate.name, "now": now}) >= pace.at_once:
            return 1.0
        _PASS.run(connection, {"of": document_id, "wanted": gate.name})
    if pace.seconds_between is not None:
        earliest = now if row is None or row.paced_until is None else max(row.paced_until, now)
        if earliest > now:
            return (earliest - now).total_seconds()
        _PACE.run(connection, {"wanted": gate.name, "later": now + timedelta(seconds=pace.seconds_between)})
    return 0.0


def went_well(connection: Connection, name: str) -> None:
    """Open a gate: a call went well."""
    opened = {"failures": 0, "shut_at": None, "until": None, "code": "", "sentence": ""}
    _CHANGE.run(connection, {"wanted": name, **opened})


def failed(connection: Connection, name: str, code: str, sentence: str, patience: Patience, now: datetime) -> Gate:
    """Count a call that failed, shut the gate when there were enough, and return it as it is now."""
    before = get(connection, name)
    failures = before.failures + 1
    shut_for = patience.shut_for(failures)
    shut_at = before.shut_at or (now if shut_for else None)
    until = now + timedelta(seconds=shut_for) if shut_for else before.until
    after = Gate(name, failures, shut_at, until, code, sentence, before.paced_until)
    _write(connection, after)
    return after


def look_again(connection: Connection, names: Sequence[str], now: datetime) -> None:
    """Let the next call through the gates in `names`, however long they were to stay shut."""
    for name in names:
        _LOOK_AGAIN.run(connection, {"wanted": name, "now": now})


def left_alone(connection: Connection, name: str, code: str, sentence: str, until: datetime) -> None:
    """Keep everybody away until then: the system asked for it."""
    before = get(connection, name)
    later = until if before.until is None else max(until, before.until)
    _write(connection, Gate(name, before.failures, before.shut_at, later, code, sentence, before.paced_until))


def _write(connection: Connection, gate: Gate) -> None:
    values = {
        "failures": gate.failures,
        "shut_at": gate.shut_at,
        "until": gate.until,
        "code": gate.code,
        "sentence": gate.sentence,
    }
    if _CHANGE.run(connection, {"wanted": gate.name, **values}) == 0:
        _INSERT.run(connection, {"name": gate.name, **values})
