"""What we sent, and what the partner says of it: accepted, rejected, late, or not to be found."""

from __future__ import annotations

import pytest

from gateway.deadlines import mark_overdue
from gateway.ports import Outgoing
from gateway.simulator.papers import HAMMER, order
from gateway.simulator.partner import Manners
from gateway.states import Acknowledgment, DeliveryFact, Direction, Event, Kind, State
from gateway.steps.decisions import retry
from gateway.store.documents import Document
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import answers, confirmation, numbered

RIVER = "riverside"


def send_ours(gateway: GatewayUnderTest, *numbers: str) -> None:
    gateway.erp.feed += [
        Outgoing(f"o-{n}", "V-2001", order(n, gateway.clock.now(), (HAMMER, 10))) for n in numbers or ("PO-1",)
    ]
    gateway.run()


def ours(gateway: GatewayUnderTest) -> Document:
    return gateway.one(Kind.PURCHASE_ORDER, Direction.OUT)


def answer(gateway: GatewayUnderTest, *body: list[str], name: str = "997.edi") -> None:
    partner = gateway.partner(RIVER, first_number=1 + len(gateway.all()))  # a number of its own
    gateway.drop(RIVER, partner.acknowledgment(list(body)), name)
    gateway.run()


def ta1(gateway: GatewayUnderTest, code: str, note: str, number: str = "000000001") -> None:
    content = gateway.partner(RIVER).acknowledgment_of("PO", 1)
    isa = content[: content.index(b"GS*")]
    gateway.drop(RIVER, isa + f"TA1*{number}*260302*0800*{code}*{note}~\nIEA*0*000000001~\n".encode())
    gateway.run()


SET = ["AK2", "850", "0001"]


@pytest.mark.parametrize(
    ("body", "state", "fact"),
    [
        ([["AK1", "PO", "1"], SET, ["AK5", "A"], ["AK9", "A", "1", "1", "1"]], State.ACCEPTED, Acknowledgment.ACCEPTED),
        ([["AK1", "PO", "1"], ["AK9", "A", "1", "1", "1"]], State.ACCEPTED, Acknowledgment.ACCEPTED),
        (
            [["AK1", "PO", "1"], SET, ["AK3", "PO1", "5", "", "8"], ["AK4", "2", "330", "7"], ["AK5", "E"], ["AK9", "E", "1", "1", "1"]],
            State.ACCEPTED, Acknowledgment.ACCEPTED_WITH_ERRORS,
        ),
        ([["AK1", "PO", "1"], ["AK9", "P", "1", "1", "0"]], State.ACCEPTED, Acknowledgment.ACCEPTED_WITH_ERRORS),
        (
            [["AK1", "PO", "1"], SET, ["AK3", "BEG", "2", "", "8"], ["AK5", "R", "5"], ["AK9", "P", "1", "1", "0"]],
            State.REJECTED, Acknowledgment.REJECTED,
        ),
        ([["AK1", "PO", "1"], ["AK9", "R", "1", "1", "0"]], State.REJECTED, Acknowledgment.REJECTED),
    ],
)  # fmt: skip
def test_a_997_closes_what_it_answers(
    body: list[list[str]], state: State, fact: Acknowledgment, gateway: GatewayUnderTest
) -> None:
    send_ours(gateway)
    assert (ours(gateway).state, ours(gateway).acknowledgment) == (State.SENT, Acknowledgment.AWAITED)
    answer(gateway, *body)

    sent = ours(gateway)
    assert (sent.state, sent.acknowledgment, sent.acknowledgment_due) == (state, fact, None)
    assert gateway.one(Kind.FUNCTIONAL_ACKNOWLEDGMENT).state is State.MATCHED
    assert answers(gateway, RIVER) == ["850"], "an answer is not answered"


def test_a_rejection_says_where_and_why(gateway: GatewayUnderTest) -> None:
    send_ours(gateway)
    body = ["AK1", "PO", "1"], SET, ["AK3", "BEG", "2", "", "8"], ["AK4", "3", "324", "7", "PO-1"], ["AK5", "R", "5"]
    answer(gateway, *body, ["AK9", "R", "1", "1", "0"])
    rejected = ours(gateway)
    assert rejected.code == "GW-3203"
    assert "BEG" in rejected.sentence
    assert gateway.findings(rejected)


def test_a_997_for_an_unknown_control_number_parks_it(gateway: GatewayUnderTest) -> None:
    send_ours(gateway)
    answer(gateway, ["AK1", "PO", "4711"], ["AK9", "A", "1", "1", "1"])
    parked = gateway.one(Kind.FUNCTIONAL_ACKNOWLEDGMENT)
    assert (parked.state, parked.code) == (State.PARKED, "GW-3201")
    assert "group 4711" in parked.sentence
    assert ours(gateway).state is State.SENT


def test_a_997_for_another_kind_of_document_parks_it(gateway: GatewayUnderTest) -> None:
    send_ours(gateway)
    answer(gateway, ["AK1", "IN", "1"], ["AK9", "R", "1", "1", "0"])
    assert gateway.one(Kind.FUNCTIONAL_ACKNOWLEDGMENT).code == "GW-3201"
    assert ours(gateway).state is State.SENT


@pytest.mark.parametrize("verdict", ["A", "R"])
def test_a_997_that_overtakes_our_own_note_of_having_sent_closes_the_document(
    verdict: str, gateway: GatewayUnderTest
) -> None:
    transport = gateway.station.transports[RIVER]
    send = transport.send

    def sent_and_answered_at_once(dispatch):
        receipt = send(dispatch)
        if dispatch.name.startswith("850"):
            transport.send = send
            gateway.clock.advance(1)
            answer(gateway, ["AK1", "PO", "1"], ["AK9", verdict, "1", "1", "1"])
        return receipt

    transport.send = sent_and_answered_at_once
    send_ours(gateway)
    gateway.later(60)

    closed = ours(gateway)
    assert closed.state is (State.ACCEPTED if verdict == "A" else State.REJECTED)
    assert closed.delivery is DeliveryFact.SENT, "who answers it has it"
    assert gateway.in_progress() == []
    assert answers(gateway, RIVER) == ["850"]


def test_a_refused_envelope_rejects_what_was_in_it(gateway: GatewayUnderTest) -> None:
    send_ours(gateway)
    ta1(gateway, "R", "006")
    rejected = ours(gateway)
    assert (rejected.state, rejected.acknowledgment) == (State.REJECTED, Acknowledgment.REJECTED)
    assert "006" in rejected.sentence
    assert gateway.one(Kind.INTERCHANGE_ACKNOWLEDGMENT).state is State.MATCHED


def test_an_accepted_envelope_is_noted_and_the_997_still_awaited(gateway: GatewayUnderTest) -> None:
    send_ours(gateway)
    ta1(gateway, "A", "000")
    sent = ours(gateway)
    assert (sent.state, sent.acknowledgment) == (State.SENT, Acknowledgment.AWAITED)
    assert gateway.story(sent)[-1].event is Event.ANSWERED


def test_a_ta1_for_an_unknown_interchange_parks_it(gateway: GatewayUnderTest) -> None:
    ta1(gateway, "R", "006", "000004711")
    parked = gateway.one(Kind.INTERCHANGE_ACKNOWLEDGMENT)
    assert (parked.state, parked.code) == (State.PARKED, "GW-3201")


def test_a_missing_acknowledgment_is_marked_once_when_it_is_due_and_may_still_come(gateway: GatewayUnderTest) -> None:
    send_ours(gateway)
    gateway.clock.advance(24 * 3600 - 1)
    assert mark_overdue(gateway.station) == 0
    gateway.clock.advance(1)
    assert mark_overdue(gateway.station) == 1
    assert mark_overdue(gateway.station) == 0
    late = ours(gateway)
    assert (late.state, late.acknowledgment, late.code) == (State.SENT, Acknowledgment.OVERDUE, "GW-3204")
    assert "24 hours" in late.sentence

    answer(gateway, ["AK1", "PO", "1"], ["AK9", "A", "1", "1", "1"])
    assert (ours(gateway).state, ours(gateway).acknowledgment) == (State.ACCEPTED, Acknowledgment.ACCEPTED)
    assert ours(gateway).code == ""


def test_a_partner_may_correct_its_verdict(gateway: GatewayUnderTest) -> None:
    send_ours(gateway)
    for name, verdict, state in (("1", "R", State.REJECTED), ("2", "A", State.ACCEPTED), ("3", "R", State.REJECTED)):
        answer(gateway, ["AK1", "PO", "1"], ["AK9", verdict, "1", "1", "1"], name=name)
        assert ours(gateway).state is state


def test_a_supplier_order_goes_through_to_its_booked_invoice(gateway: GatewayUnderTest) -> None:
    send_ours(gateway, "PO-1", "PO-2")
    gateway.partner(RIVER, Manners(fulfils=True)).take()
    gateway.run()
    gateway.later(60)

    for kind in (Kind.ORDER_ACKNOWLEDGMENT, Kind.SHIP_NOTICE, Kind.INVOICE):
        found = [d for d in gateway.all() if d.kind is kind and d.direction is Direction.IN]
        assert [d.state for d in found] == [State.POSTED] * 2, [d.sentence for d in found]
        assert {d.order_number for d in found} == {"PO-1", "PO-2"}
        orders = {d.id: d.order_number for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER}
        assert {orders[d.answers_id or ""] for d in found} == {"PO-1", "PO-2"}
    assert len(gateway.erp.booked) == 6
    sent = [d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER]
    assert {d.state for d in sent} == {State.ACCEPTED}


def test_an_answer_to_an_order_that_we_never_sent_waits_for_a_person(gateway: GatewayUnderTest) -> None:
    gateway.partner(RIVER).fulfil(order("PO-77", gateway.clock.now(), (HAMMER, 10)))
    gateway.run()
    parked = [d for d in gateway.all() if d.kind.is_business]
    assert {(d.state, d.code) for d in parked} == {(State.PARKED, "GW-3108")}
    assert len(parked) == 3
    assert gateway.erp.booked == {}


def test_an_answer_of_the_erp_to_an_order_that_never_came_waits_for_a_person(gateway: GatewayUnderTest) -> None:
    gateway.erp.feed.append(Outgoing("o-1", "C-1001", confirmation(gateway)))
    gateway.run()
    parked = gateway.one(Kind.ORDER_ACKNOWLEDGMENT, Direction.OUT)
    assert (parked.state, parked.code) == (State.PARKED, "GW-3108")
    gateway.partner("hill-street").send(numbered("A-1", gateway))
    gateway.run()
    retry(gateway.station, parked.id, "cli:maria", "the order is there now")
    gateway.run()
    assert gateway.one(Kind.ORDER_ACKNOWLEDGMENT, Direction.OUT).state is State.SENT
    assert answers(gateway, "hill-street") == ["855", "997 A"]
