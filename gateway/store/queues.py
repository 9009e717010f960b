"""What waits, and for whom: the journey's queue by service tier, and before each gate that is not well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from gateway.states import Direction, Kind, State
from gateway.store.gates import CONNECTOR
from gateway.store.tables import documents, jobs

_OF, _JOB = documents.c, jobs.c


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one kind of document has in the queue, one way.

    Args:
        at_work: held by a worker.
        due: could go on now.
        later: wait for a next try, or for a system outside.
        in_lane: wait for another document before them.
        oldest: when the longest waiting one was created.
    """

    direction: Direction
    kind: Kind
    at_work: int
    due: int
    later: int
    in_lane: int
    oldest: datetime


def waiting(connection: Connection, now: datetime) -> list[Waiting]:
    """Return what is not at rest, in the order of its service tiers."""
    held = and_(_JOB.owner.is_not(None), _JOB.lease_until >= now)
    free = ~held

    def many(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    rows = connection.execute(
        select(
            _OF.direction,
            _OF.kind,
            many(held).label("at_work"),
            many(and_(free, _JOB.is_ready, _JOB.next_at <= now)).label("due"),
            many(and_(free, _JOB.is_ready, _JOB.next_at > now)).label("later"),
            many(and_(free, ~_JOB.is_ready)).label("in_lane"),
            func.min(_OF.created_at).label("oldest"),
        )
        .join_from(jobs, documents, _JOB.document_id == _OF.id)
        .group_by(_OF.direction, _OF.kind)
        .order_by(func.min(_JOB.tier), _OF.direction, _OF.kind)
    )
    return [Waiting(Direction(r.direction), Kind(r.kind), r.at_work, r.due, r.later, r.in_lane, r.oldest) for r in rows]


def before_gate(connection: Connection, name: str, partners: list[str]) -> int:
    """Return how many documents wait to pass a gate.

    Args:
        partners: whose documents go to the system behind it.
    """
    kind, _, of = name.partition(":")
    at_system = and_(_OF.direction == Direction.IN, _OF.state.in_((State.TRANSLATED, State.CHECKED, State.POSTING)))
    at_channel = and_(_OF.direction == Direction.OUT, _OF.state.in_((State.ENVELOPED, State.SENDING)))
    there = and_(at_system, _OF.partner.in_(partners)) if kind == CONNECTOR else and_(at_channel, _OF.partner == of)
    asked = select(func.count()).select_from(jobs).join(documents, _JOB.document_id == _OF.id).where(there)
    return connection.execute(asked).scalar_one()
