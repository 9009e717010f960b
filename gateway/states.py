"""Every state a document can be in and every legal move between them.

MOVES is the one table: the worker assigns a state only through `moved`, the console draws its badges from STATES, the handbook its
diagram from `diagram()`, and the tests walk it. Three facts that people ask about are kept apart from the state, because one mixed
status answers none of them: was it valid, did it get there, did they accept it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Seen from us."""

    IN = "in"
    OUT = "out"


class Kind(StrEnum):
    """What a document is. An interchange is a document too: the story of the envelope, and of what could not be opened."""

    INTERCHANGE = "interchange"
    PURCHASE_ORDER = "purchase_order"
    ORDER_ACKNOWLEDGMENT = "order_acknowledgment"
    SHIP_NOTICE = "ship_notice"
    INVOICE = "invoice"
    FUNCTIONAL_ACKNOWLEDGMENT = "functional_acknowledgment"
    INTERCHANGE_ACKNOWLEDGMENT = "interchange_acknowledgment"
    TICKET = "ticket"
    RECEIPT = "receipt"
    UNKNOWN = "unknown"

    @property
    def is_business(self) -> bool:
        """Return whether it is an order, an answer to one, a ship notice or an invoice."""
        return self in _BUSINESS

    @property
    def label(self) -> str:
        """Return what people call it."""
        return LABELS[self]

    @property
    def with_article(self) -> str:
        """Return what people call one of them: "an invoice"."""
        return f"{'an' if self.label[0] in 'aeiou' else 'a'} {self.label}"

    @property
    def heading(self) -> str:
        """Return what people call it, at the beginning of a sentence."""
        return self.label[0].upper() + self.label[1:]


_BUSINESS = frozenset({Kind.PURCHASE_ORDER, Kind.ORDER_ACKNOWLEDGMENT, Kind.SHIP_NOTICE, Kind.INVOICE})

LABELS: dict[Kind, str] = {
    Kind.INTERCHANGE: "file",
    Kind.PURCHASE_ORDER: "purchase order",
    Kind.ORDER_ACKNOWLEDGMENT: "order acknowledgment",
    Kind.SHIP_NOTICE: "ship notice (ASN)",
    Kind.INVOICE: "invoice",
    Kind.FUNCTIONAL_ACKNOWLEDGMENT: "functional acknowledgment",
    Kind.INTERCHANGE_ACKNOWLEDGMENT: "interchange acknowledgment",
    Kind.TICKET: "ticket",
    Kind.RECEIPT: "receipt",
    Kind.UNKNOWN: "document of a kind we do not handle",
}


class State(StrEnum):
    """Where a document is on its way."""

    RECEIVED = "received"
    READ = "read"
    OPENED = "opened"
    TRANSLATED = "translated"
    CHECKED = "checked"
    POSTING = "posting"
    POSTED = "posted"
    MATCHED = "matched"
    COLLECTED = "collected"
    ENVELOPED = "enveloped"
    SENDING = "sending"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    PARKED = "parked"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    NOT_WANTED = "not-wanted"


class Event(StrEnum):
    """What happened to a document; the ledger is a list of these."""

    ARRIVED = "arrived"
    READ = "read"
    OPENED = "opened"
    REFUSED = "refused"
    FOUND_DUPLICATE = "found-duplicate"
    TRANSLATED = "translated"
    CHECKED = "checked"
    POST_INTENDED = "post-intended"
    POSTED = "posted"
    MATCHED = "matched"
    COLLECTED = "collected"
    CREATED = "created"
    ENVELOPED = "enveloped"
    SEND_INTENDED = "send-intended"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TRY_FAILED = "try-failed"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    NOTED = "noted"
    PARKED = "parked"
    RELEASED = "released"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    NOT_WANTED = "not-wanted"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a state means to a reader. `needs_person` puts it on the work list; `is_final` ends the journey by itself."""

    words: str
    is_final: bool = False
    needs_person: bool = False


STATES: dict[State, Meaning] = {
    State.RECEIVED: Meaning("received; its bytes are safe, nobody has looked inside yet"),
    State.OPENED: Meaning("opened; everything in it has its own entry", is_final=True),
    State.READ: Meaning("read and valid; waiting to be translated"),
    State.TRANSLATED: Meaning("translated"),
    State.CHECKED: Meaning("checked"),
    State.POSTING: Meaning("being booked in the ERP"),
    State.POSTED: Meaning("booked in the ERP", is_final=True),
    State.MATCHED: Meaning("matched to what we sent", is_final=True),
    State.COLLECTED: Meaning("collected from the ERP"),
    State.ENVELOPED: Meaning("in its envelope, ready to send"),
    State.SENDING: Meaning("being sent"),
    State.SENT: Meaning("sent", is_final=True),
    State.ACCEPTED: Meaning("accepted by the partner", is_final=True),
    State.REJECTED: Meaning("rejected by the partner", is_final=True, needs_person=True),
    State.DUPLICATE: Meaning("received before; nothing was done twice", is_final=True),
    State.REFUSED: Meaning("refused; the partner was told why", is_final=True, needs_person=True),
    State.PARKED: Meaning("waiting for a person", is_final=True, needs_person=True),
    State.CANCELLED: Meaning("cancelled by a person", is_final=True),
    State.REPLACED: Meaning("replaced: it was made or sent again", is_final=True),
    State.NOT_WANTED: Meaning("not wanted by the partner; nothing was sent", is_final=True),
}

_WORKING = (
    State.RECEIVED,
    State.READ,
    State.TRANSLATED,
    State.CHECKED,
    State.POSTING,
    State.COLLECTED,
    State.ENVELOPED,
    State.SENDING,
)

MOVES: dict[tuple[State, Event], State] = {
    # in: the envelope
    (State.RECEIVED, Event.OPENED): State.OPENED,
    (State.RECEIVED, Event.REFUSED): State.REFUSED,
    (State.RECEIVED, Event.FOUND_DUPLICATE): State.DUPLICATE,
    # in: a business document
    (State.READ, Event.TRANSLATED): State.TRANSLATED,
    (State.READ, Event.FOUND_DUPLICATE): State.DUPLICATE,
    (State.TRANSLATED, Event.CHECKED): State.CHECKED,
    (State.CHECKED, Event.POST_INTENDED): State.POSTING,
    (State.POSTING, Event.POSTED): State.POSTED,
    # in: an acknowledgment
    (State.READ, Event.MATCHED): State.MATCHED,
    # out
    (State.COLLECTED, Event.CHECKED): State.CHECKED,
    (State.COLLECTED, Event.NOT_WANTED): State.NOT_WANTED,
    (State.CHECKED, Event.TRANSLATED): State.TRANSLATED,
    (State.TRANSLATED, Event.ENVELOPED): State.ENVELOPED,
    (State.ENVELOPED, Event.SEND_INTENDED): State.SENDING,
    (State.SENDING, Event.SENT): State.SENT,
    # the partner's answer may overtake our own note that the bytes left
    (State.SENDING, Event.ACCEPTED): State.ACCEPTED,
    (State.SENDING, Event.REJECTED): State.REJECTED,
    (State.SENT, Event.ACCEPTED): State.ACCEPTED,
    (State.SENT, Event.REJECTED): State.REJECTED,
    # what was parked because nobody knew whether it had left did leave, when the partner answers it
    (State.PARKED, Event.ACCEPTED): State.ACCEPTED,
    (State.PARKED, Event.REJECTED): State.REJECTED,
    # a 997 may follow a TA1, and a partner may correct itself
    (State.ACCEPTED, Event.REJECTED): State.REJECTED,
    (State.ACCEPTED, Event.ACCEPTED): State.ACCEPTED,
    (State.REJECTED, Event.REJECTED): State.REJECTED,
    (State.REJECTED, Event.ACCEPTED): State.ACCEPTED,
    # stays where it is, but has something to tell
    **{(state, Event.TRY_FAILED): state for state in _WORKING},
    **{(state, Event.ANSWERED): state for state in State},
    **{(state, Event.NOTED): state for state in State},
    **{(state, Event.OVERDUE): state for state in (State.SENT, State.SENDING)},
    # a person is needed, and decides
    **{(state, Event.PARKED): State.PARKED for state in _WORKING},
    (State.PARKED, Event.CANCELLED): State.CANCELLED,
    (State.REFUSED, Event.CANCELLED): State.CANCELLED,
    (State.REJECTED, Event.CANCELLED): State.CANCELLED,
    # made again, or sent again: its successor stands for it from now on
    **{
        (state, Event.REPLACED): State.REPLACED
        for state in (
            State.POSTED,
            State.SENT,
            State.ACCEPTED,
            State.REJECTED,
            State.REFUSED,
            State.PARKED,
            State.CANCELLED,
        )
    },
}

# Where a document goes on after a person said "retry": where it stopped. Only envelopes are opened again after a refusal.
RELEASABLE = frozenset({State.PARKED, State.REFUSED})


class IllegalMove(Exception):  # noqa: N818  it is our own mistake, not an error of the world
    """A step asked for a move that is not in MOVES."""


def moved(state: State, event: Event) -> State:
    """Return the state that `event` leads to from `state`.

    Raises:
        IllegalMove: MOVES has no such move.
    """
    try:
        return MOVES[state, event]
    except KeyError:
        raise IllegalMove(f"a document that is {state} cannot be {event}") from None


class Validation(StrEnum):
    """Was it valid?"""

    PENDING = "pending"
    VALID = "valid"
    WARNINGS = "valid-with-warnings"
    INVALID = "invalid"


class DeliveryFact(StrEnum):
    """Did it get there?"""

    RECEIVED = "received"
    PENDING = "pending"
    SENT = "sent"
    RECEIPTED = "receipted"  # the partner's own receipt says that it has our bytes
    FAILED = "failed"

    @property
    def has_left(self) -> bool:
        """Return whether it is at the partner."""
        return self in (DeliveryFact.SENT, DeliveryFact.RECEIPTED)


class Acknowledgment(StrEnum):
    """Did they accept it (out), did we (in)?"""

    NONE = "none"
    AWAITED = "awaited"
    OVERDUE = "overdue"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_ERRORS = "accepted-with-errors"
    REJECTED = "rejected"


def diagram() -> str:
    """Return MOVES as a Mermaid state diagram; self-moves are left out, as they change nothing."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {before} --> {after}: {event}" for (before, event), after in MOVES.items() if before is not after]
    return "\n".join(lines)
