"""Who of several processes does what only one should do, and when it was last done.

A lease is for saving work: two processes that hold it for a moment do harm nobody. What must not happen twice is decided by `claim_run`:
a due time is taken in one statement, by one of them.
"""

from __future__ import annotations

import os
import secrets
import socket
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from gateway.clock import Clock
from gateway.store.engine import Database, LostRace
from gateway.store.tables import leases, scheduled_runs

_LEASE = select(leases).where(leases.c.name == bindparam("wanted"))
_NEW_LEASE = insert(leases)
_TAKE = (
    update(leases)
    .where(leases.c.name == bindparam("wanted"), leases.c.owner == bindparam("was"), leases.c.until == bindparam("ran"))
    .values(owner=bindparam("mine"), until=bindparam("ends"))
)
_RELEASE = delete(leases).where(leases.c.name == bindparam("wanted"), leases.c.owner == bindparam("mine"))
_RUN = select(scheduled_runs.c.last_due).where(scheduled_runs.c.name == bindparam("wanted"))
_NEW_RUN = insert(scheduled_runs)
_CLAIM_RUN = (
    update(scheduled_runs)
    .where(scheduled_runs.c.name == bindparam("wanted"), scheduled_runs.c.last_due == bindparam("seen"))
    .values(last_due=bindparam("due"))
)


PROCESS = f"{socket.gethostname()}.{os.getpid()}.{secrets.token_hex(4)}"


class StoreLeases:
    """Leases and runs in the database.

    Made before there is a database, as the channels are that use it; `use` gives it one before anything runs.

    Args:
        owner: who holds them; this process.
    """

    def __init__(self, owner: str = PROCESS) -> None:
        self._owner = owner
        self._database: Database | None = None
        self._clock: Clock | None = None

    def use(self, database: Database, clock: Clock) -> None:
        """Work with this database from now on."""
        self._database, self._clock = database, clock

    def hold(self, name: str, seconds: float) -> bool:
        """Take or renew a lease; return whether it is ours for so many seconds. Raises GatewayError GW-5001."""
        database, clock = self._ready()

        def take(connection: Connection) -> bool:
            now = clock.now()
            ends = now + timedelta(seconds=seconds)
            row = connection.execute(_LEASE, {"wanted": name}).first()
            if row is None:
                connection.execute(_NEW_LEASE, {"name": name, "owner": self._owner, "until": ends})
                return True
            is_too_far = row.until > now + timedelta(seconds=2 * seconds)  # taken by a clock that was wrong
            if row.owner != self._owner and row.until > now and not is_too_far and not _is_dead(row.owner):
                return False
            taken = {"wanted": name, "was": row.owner, "ran": row.until, "mine": self._owner, "ends": ends}
            return connection.execute(_TAKE, taken).rowcount == 1

        try:
            return database.write(take)
        except LostRace:
            return False

    def release(self, name: str) -> None:
        """Give a lease back, so that another process need not wait for its end."""
        database, _ = self._ready()
        database.write(lambda c: c.execute(_RELEASE, {"wanted": name, "mine": self._owner}))

    def last_run(self, name: str) -> datetime | None:
        """Return the due time that was last claimed, or None."""
        database, _ = self._ready()
        with database.read() as connection:
            found: datetime | None = connection.execute(_RUN, {"wanted": name}).scalar()
            return found

    def claim_run(self, name: str, seen: datetime | None, due: datetime) -> bool:
        """Note that the run of `due` is ours, unless another process noted one since `seen` was the last; return whether it is."""
        database, _ = self._ready()

        def claim(connection: Connection) -> bool:
            if seen is None:
                connection.execute(_NEW_RUN, {"name": name, "last_due": due})
                return True
            return connection.execute(_CLAIM_RUN, {"wanted": name, "seen": seen, "due": due}).rowcount == 1

        try:
            return database.write(claim)
        except LostRace:
            return False

    def _ready(self) -> tuple[Database, Clock]:
        assert self._database is not None  # noqa: S101  bootstrap gives it before anything runs
        assert self._clock is not None  # noqa: S101
        return self._database, self._clock


def _is_dead(owner: str) -> bool:
    """Return whether the owner was a process of this machine that is no more."""
    host, _, pid = owner.rpartition(".")[0].rpartition(".")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
