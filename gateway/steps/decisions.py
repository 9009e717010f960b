"""What a person decides about a document: let it go on, or end it. Each is a line in its story, with who and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.errors import GatewayError
from gateway.states import RELEASABLE, STATES, Direction, Event, IllegalMove, Kind, State
from gateway.steps.station import Station
from gateway.store import documents, gates, jobs, ledger, numbers
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.moves import Outcome, move, write


def retry(station: Station, document_id: str, actor: str, reason: str) -> Document:
    """Let a stopped document go on where it stopped, or wake one that waits for its next try.

    Raises:
        GatewayError: GW-6101 no such document; GW-6102 there is nothing to retry.
    """

    def release(connection: Transaction) -> Document:
        now = station.clock.now()
        document = _existing(connection, document_id)
        gates.look_again(connection, _gates_before(document, station), now)
        if document.state not in RELEASABLE:
            if STATES[document.state].is_final:
                raise _nothing_to_retry(document)
            if not jobs.wake(connection, document.id, now):
                raise GatewayError(
                    "GW-6102", f"Document {document.id} is being worked on right now; look again in a moment."
                )
            move(connection, document, Outcome(Event.NOTED, f"Woken before its time: {reason}"), now, actor)
            return _existing(connection, document_id)
        if document.stopped_in is None or (document.state is State.REFUSED and _is_settled(document)):
            raise _nothing_to_retry(document)
        if document.payload_sha256 is None and document.direction is Direction.IN:
            raise _nothing_to_retry(document)
        back = _released_to(station, document)
        outcome = Outcome(Event.RELEASED, f"Goes on: {reason}", changes=back)
        write(connection, document, outcome, document.stopped_in, now, actor)
        # Counted as claimed before: what was stopped in the middle of an effect looks for it before it does it again.
        jobs.add(connection, document.id, documents.tier_of(document.kind), now, claims=1)
        return _existing(connection, document_id)

    return station.database.write(release)


def cancel(station: Station, document_id: str, actor: str, reason: str) -> Document:
    """End a stopped document; its business number is free again.

    Raises:
        GatewayError: GW-6101 no such document; GW-6103 it cannot be cancelled any more.
    """

    def end(connection: Transaction) -> Document:
        document = _existing(connection, document_id)

        def free(inner: Transaction) -> Mapping[str, Any]:
            numbers.free_business_key(inner, document.id)
            return {}

        outcome = Outcome(Event.CANCELLED, f"Cancelled: {reason}", also=free)
        try:
            move(connection, document, outcome, station.clock.now(), actor)
        except IllegalMove:
            raise GatewayError(
                "GW-6103", f"Document {document.id} is {document.state}; only what waits for a person can be cancelled."
            ) from None
        jobs.drop(connection, document.id)
        return _existing(connection, document_id)

    return station.database.write(end)


def existing(station: Station, document_id: str) -> Document:
    """Return a document. Raises GatewayError GW-6101."""
    with station.database.read() as connection:
        return _existing(connection, document_id)


def _gates_before(document: Document, station: Station) -> list[str]:
    """Return the gates that a document may wait at: who says "now" does not want to hear "in five minutes"."""
    profile = station.partners.by_id.get(document.partner)
    connector = [] if profile is None else [gates.of_connector(profile.connector)]
    return [*connector, gates.of_partner(document.partner)]


def _existing(connection: Transaction, document_id: str) -> Document:
    document = documents.get(connection, document_id)
    if document is None:
        raise GatewayError("GW-6101", f"There is no document {document_id}.")
    return document


def _is_settled(document: Document) -> bool:
    """Return whether a refusal stands: of what the standard refused. A map that refused may be mended, an envelope agreed."""
    return document.kind is not Kind.INTERCHANGE and bool(document.interchange_number)


def _nothing_to_retry(document: Document) -> GatewayError:
    """Say why a document that rests cannot go on, and who can do something about it."""
    who = (
        "A document that the partner rejected is mended in the ERP, which then hands out a new one."
        if document.direction is Direction.OUT
        else "What the standard refused has to be sent again by the partner."
    )
    done = STATES[document.state].needs_person
    return GatewayError(
        "GW-6102",
        f"Document {document.id} is {document.state} ({STATES[document.state].words}); there is nothing to retry."
        + (f" {who}" if done else ""),
    )


def _released_to(station: Station, document: Document) -> Mapping[str, Any]:
    """Return the changes that let a document find its partner again, when it had none when it was stopped."""
    if document.partner != "unknown" or document.source_key is None:
        return {}
    name = document.source_key.partition(":")[0]
    with station.database.read() as connection:
        first = next(iter(ledger.timeline(connection, document.id)), None)
    profile = None if first is None else station.partners.account(name, first.facts.get("account", ""))
    if profile is None:
        raise GatewayError(
            "GW-6102", f"There is still no partner with that account for document {document.id}; set it first."
        )
    return {"partner": profile.id}
