"""The ledger: append-only, one entry for each thing that happened to a document. Nothing here is ever changed or deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from gateway.states import Event, State
from gateway.store.statements import Statement
from gateway.store.tables import ledger


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a document's story.

    Args:
        state_before: None for its first entry.
        code: of an error or a finding, "" when it went well.
        facts: the values in the sentence, for machines.
        actor: who did it: "gateway", "cli:<user>", "api:<key name>".
    """

    document_id: str
    at: datetime
    event: Event
    state_before: State | None
    state_after: State
    code: str
    sentence: str
    facts: Mapping[str, str]
    actor: str
    id: int = 0


_INSERT = Statement(insert(ledger))
_TIMELINE = Statement(select(ledger).where(ledger.c.document_id == bindparam("wanted")).order_by(ledger.c.id))


def record(connection: Connection, entry: Entry) -> None:
    """Append one entry."""
    _INSERT.run(
        connection,
        {
            "document_id": entry.document_id,
            "at": entry.at,
            "event": entry.event,
            "state_before": entry.state_before,
            "state_after": entry.state_after,
            "code": entry.code,
            "sentence": entry.sentence,
            "facts": json.dumps(dict(entry.facts)),
            "actor": entry.actor,
        },
    )


def timeline(connection: Connection, document_id: str) -> list[Entry]:
    """Return a document's story, oldest first."""
    return [
        Entry(
            document_id=row.document_id,
            at=row.at,
            event=Event(row.event),
            state_before=None if row.state_before is None else State(row.state_before),
            state_after=State(row.state_after),
            code=row.code,
            sentence=row.sentence,
            facts=json.loads(row.facts),
            actor=row.actor,
            id=row.id,
        )
        for row in _TIMELINE.all(connection, {"wanted": document_id})
    ]
