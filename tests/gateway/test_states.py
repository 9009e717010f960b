"""The table of moves: nothing in it leads nowhere, every state says what it means, and the diagram shows all of it."""

from __future__ import annotations

import pytest

from gateway.journey import ACKNOWLEDGMENT_IN, BUSINESS_IN, INTERCHANGE_IN, OUT
from gateway.states import (
    LABELS,
    MOVES,
    RELEASABLE,
    STATES,
    Event,
    IllegalMove,
    Kind,
    State,
    diagram,
    moved,
)

BEGINNINGS = {State.RECEIVED, State.READ, State.COLLECTED, State.TRANSLATED, State.ENVELOPED, State.PARKED}
ROUTES = {"interchange": INTERCHANGE_IN, "business": BUSINESS_IN, "acknowledgment": ACKNOWLEDGMENT_IN, "out": OUT}


def test_every_state_and_kind_says_what_it_means() -> None:
    assert set(STATES) == set(State)
    assert set(LABELS) == set(Kind)
    words = [meaning.words for meaning in STATES.values()]
    assert all(words)
    assert len(set(words)) == len(words)
    assert all(kind.heading[0].isupper() and kind.heading[1:] == kind.label[1:] for kind in Kind)


def test_every_state_is_reached_from_a_beginning() -> None:
    reached = set(BEGINNINGS)
    while more := {after for (before, _), after in MOVES.items() if before in reached} - reached:
        reached |= more
    assert reached == set(State)


def test_every_working_state_can_be_finished_and_can_be_stopped() -> None:
    for state in State:
        if STATES[state].is_final:
            continue
        assert MOVES[state, Event.PARKED] is State.PARKED
        assert MOVES[state, Event.TRY_FAILED] is state
        reached = {state}
        while (
            more := {
                after for (before, event), after in MOVES.items() if before in reached and event is not Event.PARKED
            }
            - reached
        ):
            reached |= more
        assert any(STATES[s].is_final for s in reached), f"{state} goes on for ever"


def test_what_waits_for_a_person_can_be_ended_by_one() -> None:
    waiting = {state for state, meaning in STATES.items() if meaning.needs_person}
    assert {state for state in waiting if (state, Event.CANCELLED) in MOVES} == waiting
    assert waiting >= RELEASABLE


@pytest.mark.parametrize("name", ROUTES)
def test_every_leg_belongs_to_a_state_that_is_not_final(name: str) -> None:
    assert not [state for state in ROUTES[name] if STATES[state].is_final]


def test_every_working_state_has_a_leg_on_some_route() -> None:
    assert {state for route in ROUTES.values() for state in route} == {s for s in State if not STATES[s].is_final}


def test_a_move_that_the_table_does_not_have_is_refused() -> None:
    illegal = [(state, event) for state in State for event in Event if (state, event) not in MOVES]
    assert (State.POSTED, Event.POST_INTENDED) in illegal
    for state, event in illegal:
        with pytest.raises(IllegalMove, match=state):
            moved(state, event)


def test_nothing_that_is_booked_or_cancelled_moves_on_by_itself() -> None:
    """A person may replace what is booked or cancelled by a new document; nothing else moves."""
    for state, replaced in (
        (State.POSTED, {State.REPLACED}),
        (State.CANCELLED, {State.REPLACED}),
        (State.REPLACED, set()),
        (State.MATCHED, set()),
        (State.DUPLICATE, set()),
        (State.OPENED, set()),
    ):
        assert {after for (before, _), after in MOVES.items() if before is state} == {state} | replaced


def test_the_diagram_shows_every_move_that_changes_something() -> None:
    lines = diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    shown = {tuple(line.strip().replace(": ", " --> ").split(" --> ")) for line in lines[1:]}
    assert shown == {(str(b), str(a), str(e)) for (b, e), a in MOVES.items() if b is not a}
