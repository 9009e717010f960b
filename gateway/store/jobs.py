"""What is still to be done: one row for each document that is not at rest.

Documents that must go one after the other share a lane: only its head is ready, and finishing the head makes the next one ready in the
same commit. Looking for an earlier one at each claim instead would cost a walk over all that wait.

A claim is a lease: owner = process + a token new for each claim. Every write of a leg goes through `fence`, so a worker that was
paused past its lease can do no harm: its commit fails and takes everything of the leg back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, text, true, update

from gateway.store import wake_ups
from gateway.store.statements import Statement
from gateway.store.tables import jobs


class LeaseLost(Exception):  # noqa: N818  not an error: somebody else has the document now
    """The claim a leg was run under is no longer ours; nothing of the leg was written."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to advance one document.

    Args:
        claims: how often it was claimed since its state last changed; more than 1 means that an earlier worker may have got far.
        tries: how often a leg failed since the state last changed.
    """

    document_id: str
    owner: str
    claims: int
    tries: int


TIERS = range(6)  # service tiers, 0 first; gateway.store.documents says which kind is in which

_INSERT = Statement(insert(jobs))
_FREE = or_(jobs.c.owner.is_(None), jobs.c.lease_until < bindparam("now"))
_READY = text("jobs.is_ready")  # spelled as in the index, or SQLite does not use it
# One tier at a time: within it the index is in the order of `next_at`, so the look ends at the first that is not due. Over all tiers at
# once, 100,000 documents that wait for an ERP would be passed on the way to one invoice that is due.
_DUE = Statement(
    select(jobs.c.document_id)
    .where(_READY, jobs.c.tier == bindparam("of_tier"), jobs.c.next_at <= bindparam("now"), _FREE)
    .order_by(jobs.c.next_at, jobs.c.document_id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)  # ignored by SQLite, where one writer at a time is the rule
)
_CLAIM_ONE = Statement(
    update(jobs)
    .where(_READY, jobs.c.document_id == bindparam("wanted"), jobs.c.next_at <= bindparam("now"), _FREE)
    .values(owner=bindparam("token"), lease_until=bindparam("until"), claims=jobs.c.claims + 1)
    .returning(jobs.c.document_id, jobs.c.claims, jobs.c.tries)
)
_MINE = (jobs.c.document_id == bindparam("wanted")) & (jobs.c.owner == bindparam("mine"))
_MOVED_ON = Statement(update(jobs).where(_MINE).values(claims=1, tries=0, lease_until=bindparam("until"), gate=None))
_RELEASED = Statement(
    update(jobs)
    .where(_MINE)
    .values(owner=None, lease_until=None, gate=None, next_at=bindparam("due"), tries=bindparam("failed"))
)
_FINISHED = Statement(delete(jobs).where(_MINE).returning(jobs.c.lane))
_WAKE = Statement(update(jobs).where(jobs.c.document_id == bindparam("wanted"), _FREE).values(next_at=bindparam("now")))
_DELETE = Statement(delete(jobs).where(jobs.c.document_id == bindparam("wanted")).returning(jobs.c.lane))
_LAST_IN_LANE = Statement(select(func.max(jobs.c.lane_position)).where(jobs.c.lane == bindparam("in_lane")))
_NEXT_IN_LANE = (
    select(jobs.c.document_id)
    .where(jobs.c.lane == bindparam("in_lane"))
    .order_by(jobs.c.lane_position)
    .limit(1)
    .scalar_subquery()
)
_PROMOTE = Statement(
    update(jobs)
    .where(jobs.c.document_id == _NEXT_IN_LANE, text("NOT jobs.is_ready"))
    .values(is_ready=true())
    .returning(jobs.c.document_id, jobs.c.tier)
)
# Held until the transaction ends: two that join or leave a lane do so one after the other. SQLite has one writer anyway.
_LOCK_LANE = Statement(select(func.pg_advisory_xact_lock(func.hashtext(bindparam("in_lane")))))
_RENEW = Statement(update(jobs).where(jobs.c.owner == bindparam("mine")).values(lease_until=bindparam("until")))
_GIVE_BACK = Statement(update(jobs).where(_MINE).values(owner=None, lease_until=None, claims=jobs.c.claims - 1))
_OWNERS = select(jobs.c.owner).where(jobs.c.owner.is_not(None)).distinct()
_FREE_OLD = Statement(update(jobs).where(jobs.c.owner.like(bindparam("process"))).values(owner=None, lease_until=None))
_NEXT_AT = select(func.min(jobs.c.next_at))


def add(
    connection: Connection, document_id: str, tier: int, due: datetime, claims: int = 0, lane: str | None = None
) -> None:
    """Give a document something to do, from `due` on, which is now or earlier.

    Args:
        claims: how often it was claimed before in the state it is in; 1 where an earlier life of it may have got far.
        lane: of documents that go one after the other, in the order in which they were added.
    """
    position: int | None = None
    is_head = True
    if lane is not None:
        _lock(connection, lane)
        last: int | None = _LAST_IN_LANE.scalar(connection, {"in_lane": lane})
        is_head, position = last is None, (last or 0) + 1
    row = {"document_id": document_id, "tier": tier, "next_at": due, "claims": claims, "tries": 0}
    _INSERT.run(connection, row | {"lane": lane, "lane_position": position, "is_ready": is_head})
    if is_head:
        wake_ups.wake(connection, document_id, tier)


def claim(connection: Connection, owner: str, now: datetime, lease_seconds: float, most: int) -> list[Claim]:
    """Claim up to `most` documents that are due and free, lowest tier first, within a tier the longest due first."""
    claimed: list[Claim] = []
    for tier in TIERS:
        wanted = {"of_tier": tier, "now": now, "most": most - len(claimed)}
        for row in _DUE.all(connection, wanted):
            held = claim_one(connection, row.document_id, owner, now, lease_seconds)
            if held is not None:
                claimed.append(held)
        if len(claimed) >= most:
            break
    return claimed


def claim_one(
    connection: Connection, document_id: str, owner: str, now: datetime, lease_seconds: float
) -> Claim | None:
    """Claim one document if it is due and free, else return None."""
    until = now + timedelta(seconds=lease_seconds)
    row = _CLAIM_ONE.first(connection, {"wanted": document_id, "now": now, "token": owner, "until": until})
    return None if row is None else Claim(row.document_id, owner, row.claims, row.tries)


def move_on(connection: Connection, held: Claim, until: datetime) -> Claim:
    """Keep the claim for the next leg after the state changed.

    Raises:
        LeaseLost: the claim is no longer ours.
    """
    _fenced(_MOVED_ON.run(connection, {"wanted": held.document_id, "mine": held.owner, "until": until}))
    return Claim(held.document_id, held.owner, 1, 0)


def release(connection: Connection, held: Claim, due: datetime, tries: int) -> None:
    """Give the claim up; the document is due again at `due`. Raises LeaseLost."""
    values = {"wanted": held.document_id, "mine": held.owner, "due": due, "failed": tries}
    _fenced(_RELEASED.run(connection, values))


def finish(connection: Connection, held: Claim) -> None:
    """Nothing is left to do for the document. Raises LeaseLost."""
    row = _FINISHED.first(connection, {"wanted": held.document_id, "mine": held.owner})
    if row is None:
        raise LeaseLost
    _promote_next(connection, row.lane)


def wake(connection: Connection, document_id: str, now: datetime) -> bool:
    """Make a waiting job due now; return whether there was one that nobody holds."""
    return _WAKE.run(connection, {"wanted": document_id, "now": now}) == 1


def drop(connection: Connection, document_id: str) -> None:
    """Take the document's job away, whoever holds it: what is moved from outside needs its worker no more."""
    row = _DELETE.first(connection, {"wanted": document_id})
    if row is not None:
        _promote_next(connection, row.lane)


def renew(connection: Connection, owners: Sequence[str], until: datetime) -> None:
    """Prolong the leases of the claims in `owners`."""
    for owner in owners:
        _RENEW.run(connection, {"mine": owner, "until": until})


def give_back(connection: Connection, never_begun: Sequence[Claim]) -> None:
    """Free claims under which no leg was run: they do not count."""
    for held in never_begun:
        _GIVE_BACK.run(connection, {"wanted": held.document_id, "mine": held.owner})


def processes(connection: Connection) -> set[str]:
    """Return the processes that hold claims."""
    return {owner.partition("/")[0] for owner in connection.execute(_OWNERS).scalars()}


def free_process(connection: Connection, process: str) -> int:
    """Free the claims of an earlier life of `process`; return how many there were."""
    return _FREE_OLD.run(connection, {"process": f"{process}/%"})


def next_due(connection: Connection) -> datetime | None:
    """Return when the next job is due, or None when there is none."""
    return connection.execute(_NEXT_AT).scalar()


def _lock(connection: Connection, lane: str) -> None:
    if connection.dialect.name == "postgresql":
        _LOCK_LANE.first(connection, {"in_lane": lane})


def _promote_next(connection: Connection, lane: str | None) -> None:
    """Make the first of a lane ready, after one of it went away."""
    if lane is None:
        return
    _lock(connection, lane)
    head = _PROMOTE.first(connection, {"in_lane": lane})
    if head is not None:
        wake_ups.wake(connection, head.document_id, head.tier)


def _fenced(rows: int) -> None:
    if rows != 1:
        raise LeaseLost
