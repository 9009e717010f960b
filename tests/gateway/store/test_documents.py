"""Documents and their story: the ledger only grows, and every number that people know finds what it belongs to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.states import STATES, Direction, Event, State
from gateway.steps.decisions import cancel
from gateway.store.documents import fold
from gateway.store.jobs import LeaseLost
from gateway.store.moves import Outcome, move
from gateway.store.tables import ledger
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import numbered


def entries(gateway: GatewayUnderTest) -> list[tuple[object, ...]]:
    with gateway.station.database.read() as connection:
        return [tuple(row) for row in connection.execute(select(ledger).order_by(ledger.c.id))]


@pytest.fixture
def gateway(tmp_path):
    under_test = GatewayUnderTest(tmp_path)
    yield under_test
    under_test.close()


def test_the_ledger_only_ever_grows_and_its_last_line_is_where_the_document_is(gateway: GatewayUnderTest) -> None:
    partner = gateway.partner("hill-street")
    before: list[tuple[object, ...]] = []
    for act in (
        lambda: partner.send(numbered("A-1", gateway)),
        lambda: partner.send(numbered("A-1", gateway, quantity=9)),
        lambda: gateway.drop("hill-street", b"no EDI"),
        lambda: cancel(gateway.station, next(d.id for d in gateway.all() if d.code == "GW-3104"), "cli:maria", "no"),
        lambda: gateway.partner("riverside").fulfil(numbered("PO-1", gateway)),
    ):
        act()
        gateway.later(60)
        after = entries(gateway)
        assert after[: len(before)] == before, "what was written stays as it is"
        assert len(after) > len(before)
        before = after

    for document in gateway.all():
        story = gateway.story(document)
        assert story[0].state_before is None
        assert story[-1].state_after is document.state
        assert [e.state_before for e in story[1:]] == [e.state_after for e in story[:-1]], "no move is missing"
        assert all(e.sentence and e.actor for e in story)
        assert [e.at for e in story] == sorted(e.at for e in story)
        assert STATES[document.state].is_final
        assert document.direction is Direction.OUT or document.delivery_id


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("0004711", "4711"),
        ("PO-4711/B", "po4711b"),
        ("po 4711.b", "PO4711B"),
        ("00-04711", "4711"),
        ("Ärger-1", "äRGER 1"),
        ("000", "0000"[:3]),
    ],
)
def test_a_number_is_found_however_it_is_spelled(written: str, asked: str) -> None:
    assert fold(written) == fold(asked) != ""


@pytest.mark.parametrize(("one", "other"), [("4711", "47110"), ("4711", "4712"), ("A1", "1A"), ("10", "1")])
def test_numbers_that_differ_are_not_the_same(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(max_size=40), st.integers(0, 5))
def test_folding_again_or_with_more_zeros_in_front_changes_nothing(text: str, zeros: int) -> None:
    once = fold(text)
    assert fold(once) == once
    if once.strip("0"):
        assert fold("0" * zeros + text) == once


def test_a_move_of_a_document_that_was_moved_meanwhile_is_refused_and_leaves_no_trace(
    gateway: GatewayUnderTest,
) -> None:
    gateway.drop("hill-street", b"ISA")
    gateway.later(0)
    gateway.later(10)
    stale = replace(gateway.all()[0], state=State.RECEIVED)
    before = gateway.story(stale)

    with pytest.raises(LeaseLost):
        gateway.station.database.write(
            lambda c: move(c, stale, Outcome(Event.OPENED, "once more"), gateway.clock.now())
        )

    assert gateway.story(stale) == before
