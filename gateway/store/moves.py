"""Move a document: its row and its ledger entry, together. Nothing else assigns a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.states import Event, State, moved
from gateway.store import documents, ledger
from gateway.store.documents import Document
from translators.findings import Finding

GATEWAY = "gateway"  # the actor of everything that no person did


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one leg, or of a person's decision.

    Args:
        sentence: for the timeline; says what happened, and what to do when something must be done.
        code: of the error or finding that stopped it, else "".
        facts: the values in the sentence, for machines.
        changes: further columns of the document's row.
        findings: what was found wrong; None leaves what was stored.
        also: runs in the same transaction; what it returns are further changes.
        wait_seconds: how long to leave the document alone; None goes on at once.
        tries: how many failed ones are counted from now on; None counts one more.
    """

    event: Event
    sentence: str
    code: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] | None = None
    also: Callable[[Connection], Mapping[str, Any] | None] | None = None
    wait_seconds: float | None = None
    tries: int | None = None


def parked(code: str, sentence: str, **facts: str) -> Outcome:
    """Return the outcome of a leg that needs a person before it can go on."""
    return Outcome(Event.PARKED, sentence, code=code, facts=facts)


def move(connection: Connection, document: Document, outcome: Outcome, now: datetime, actor: str = GATEWAY) -> Document:
    """Write `outcome` to the document's row and to the ledger; return the document as it is now.

    Raises:
        IllegalMove: the table of moves does not have it.
    """
    return write(connection, document, outcome, moved(document.state, outcome.event), now, actor)


def write(
    connection: Connection, document: Document, outcome: Outcome, after: State, now: datetime, actor: str
) -> Document:
    """Write the row and the ledger entry of a move that was found legal; return the document as it is now."""
    further = outcome.also(connection) if outcome.also is not None else None
    changes: dict[str, Any] = {**outcome.changes, **(further or {})}
    if outcome.event is not Event.NOTED:
        changes |= {"sentence": outcome.sentence, "code": outcome.code}
    if after is not document.state:
        changes |= {"state": after, "state_at": now}
        if outcome.event in (Event.PARKED, Event.REFUSED):
            changes["stopped_in"] = document.state
    if changes:
        documents.change(connection, document.id, document.state, changes)
    if outcome.findings is not None:
        documents.replace_findings(connection, document.id, outcome.findings)
    ledger.record(
        connection,
        ledger.Entry(
            document.id, now, outcome.event, document.state, after, outcome.code, outcome.sentence, outcome.facts, actor
        ),
    )
    return replace(document, **changes)
