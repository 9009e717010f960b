"""Change the cross references, and let everything go on that waited for just that, in the same commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.states import Event, State
from gateway.store import cross_references, documents, jobs
from gateway.store.cross_references import Change, Entry, same_values
from gateway.store.engine import Transaction
from gateway.store.moves import Outcome, write

# What parks a document over a table; only such a document is let go by a change of one.
WAITING = frozenset({"GW-3111", "GW-3112"})


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a change: the lines of the tables' history, and the documents that go on."""

    changes: tuple[Change, ...] = ()
    released: tuple[str, ...] = ()


def change_tables(
    connection: Transaction,
    entries: Sequence[Entry],
    removed: Sequence[Entry],
    now: datetime,
    actor: str,
    reason: str,
) -> Changed:
    """Write `entries`, take away what has the key of one of `removed`, and release what waited for it.

    What is there already, just so, is no change; but whoever still waits for it goes on.
    """
    cross_references.take_turn(connection)
    waited = cross_references.waited_values(connection)  # mostly few or none; what nobody waits for releases nothing
    gone = cross_references.remove_entries(connection, removed, now, actor, reason)
    done = cross_references.set_entries(connection, entries, now, actor, reason)
    released: list[str] = []
    for change in gone:
        if _is_waited_for(change.entry, waited):
            released += _released(connection, change.entry, now, actor, f"{spoken(change.entry)} was removed")
    for entry in entries:
        if _is_waited_for(entry, waited):
            released += _released(connection, entry, now, actor, f"{spoken(entry)} is {entry.ours} now")
    return Changed((*gone, *done), tuple(released))


def _is_waited_for(entry: Entry, waited: set[tuple[str, str]]) -> bool:
    values = (*same_values(entry.scheme, entry.theirs), entry.ours)
    return any((entry.table, value) in waited for value in values)


def spoken(entry: Entry) -> str:
    """Return what an entry is about: "item BUYER-123 of acme"."""
    scheme = f" ({entry.scheme})" if entry.scheme else ""
    return f"{entry.table} {entry.theirs}{scheme} of {entry.partner or 'all partners'}"


def _released(connection: Transaction, entry: Entry, now: datetime, actor: str, why: str) -> list[str]:
    released = []
    for document_id in cross_references.met_by(connection, entry):
        document = documents.get(connection, document_id)
        # A person may have decided about it meanwhile.
        if document is None or document.state is not State.PARKED or document.code not in WAITING:
            continue
        if document.stopped_in is None:
            continue
        write(connection, document, Outcome(Event.RELEASED, f"Goes on: {why}."), document.stopped_in, now, actor)
        jobs.add(connection, document.id, documents.tier_of(document.kind), now)
        released.append(document.id)
    return released
