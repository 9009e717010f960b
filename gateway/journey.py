"""One document's journey. Read this first.

A *delivery* is one payload that came or went over one transport. A *document* is one business document, or one envelope, with a
state of its own, so that one bad transaction set never holds the good ones back. `advance` runs one leg; the worker commits what
came of it, the ledger entry and the next wake-up in ONE transaction (gateway/worker.py), so that a crash between any two lines
loses nothing and repeats nothing but the leg.

    in:   receive → open (partner, interchange, 997/999/TA1 for everything, even for what cannot be read) → translate (to canonical)
          → check (the order it belongs to; partner, item, price, credit in the ERP) → post (once)
    out:  collect (from the ERP) → check (against its order) → translate → envelope (control numbers) → send (same bytes on every
          try) → the partner's 997 comes in → match → accepted or rejected; or its deadline passes and the acknowledgment is overdue

Which state leads where is in gateway/states.py; each leg is one file in gateway/steps/.
To add a leg: a state and its moves in states.py, a file in steps/, a row here.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.states import Direction, Kind, State
from gateway.steps.check import check_against_order, check_in_erp
from gateway.steps.match import match_acknowledgment
from gateway.steps.open import open_arrival
from gateway.steps.post import intend_to_post, post
from gateway.steps.send import intend_to_send, send
from gateway.steps.station import Station
from gateway.steps.translate import put_in_envelope, translate_from_wire, translate_to_wire
from gateway.store import gates
from gateway.store.documents import Document
from gateway.store.jobs import Claim
from gateway.store.moves import Outcome

Leg = Callable[[Document, Station, Claim], Outcome]

INTERCHANGE_IN: dict[State, Leg] = {
    State.RECEIVED: open_arrival,
}
BUSINESS_IN: dict[State, Leg] = {
    State.READ: translate_from_wire,
    State.TRANSLATED: check_in_erp,
    State.CHECKED: intend_to_post,
    State.POSTING: post,
}
ACKNOWLEDGMENT_IN: dict[State, Leg] = {
    State.READ: match_acknowledgment,
}
OUT: dict[State, Leg] = {
    State.COLLECTED: check_against_order,
    State.CHECKED: translate_to_wire,
    State.TRANSLATED: put_in_envelope,
    State.ENVELOPED: intend_to_send,
    State.SENDING: send,
}

# Legs that only write down what is about to happen. They are taken in the commit that leads to them: one wait for the disk less.
INTENTS: frozenset[Leg] = frozenset({intend_to_post, intend_to_send})

# Legs that call a system outside, and how its gate is named: one that is down is not asked by every document anew.
OUTSIDE: dict[Leg, Callable[[Document, Station], str]] = {
    check_in_erp: lambda document, station: gates.of_connector(station.partner(document).connector),
    post: lambda document, station: gates.of_connector(station.partner(document).connector),
    send: lambda document, station: gates.of_partner(document.partner),
}


def route(document: Document) -> dict[State, Leg]:
    """Return the legs a document like this one goes through."""
    if document.direction is Direction.OUT:
        return OUT
    if document.kind is Kind.INTERCHANGE:
        return INTERCHANGE_IN
    return BUSINESS_IN if document.kind.is_business else ACKNOWLEDGMENT_IN


def advance(document: Document, station: Station, claim: Claim) -> Outcome:
    """Run the leg that `document` is at, and return what came of it. Nothing is written here.

    Raises:
        GatewayError: the world did not do what it should; the worker waits and tries again, or parks the document.
        TranslationError: a map or definition cannot be used; the worker parks the document.
    """
    return route(document)[document.state](document, station, claim)


def gate_of(document: Document, station: Station) -> str | None:
    """Return the name of the gate before the system that the next leg of `document` calls, None when it calls none."""
    name = OUTSIDE.get(route(document)[document.state])
    return None if name is None else name(document, station)


def intent_of(document: Document) -> Leg | None:
    """Return the leg `document` is at when it only writes down an intent, else None."""
    leg = route(document).get(document.state)
    return leg if leg in INTENTS else None
