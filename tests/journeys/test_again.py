"""Made again: read once more by today's map, from edited bytes, or sent once more. The origin stays as it was; the ERP books once."""

from __future__ import annotations

import re

import pytest

from gateway.errors import GatewayError
from gateway.ports import Outgoing
from gateway.simulator.papers import HAMMER, order
from gateway.states import Acknowledgment, Direction, Event, Kind, State
from gateway.steps.again import Numbers, carry_out, plan_reprocessing, plan_resending
from gateway.store import documents
from gateway.store.documents import Document
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import numbered

HILL, RIVER = "hill-street", "riverside"


def reprocess(gateway: GatewayUnderTest, document: Document, edited: bytes | None = None) -> Document:
    made = carry_out(
        gateway.station, plan_reprocessing(gateway.station, document.id, edited), "cli:maria", "map mended"
    )
    gateway.run()
    return again(gateway, made)


def resend(gateway: GatewayUnderTest, document: Document, under: Numbers) -> Document:
    made = carry_out(gateway.station, plan_resending(gateway.station, document.id, under), "cli:maria", "they lost it")
    gateway.run()
    return again(gateway, made)


def again(gateway: GatewayUnderTest, document: Document) -> Document:
    return next(d for d in gateway.all() if d.id == document.id)


def booked_order(gateway: GatewayUnderTest) -> Document:
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    return gateway.one(Kind.PURCHASE_ORDER)


def sent_order(gateway: GatewayUnderTest) -> Document:
    gateway.erp.feed.append(Outgoing("o-1", "V-2001", order("PO-1", gateway.clock.now(), (HAMMER, 10))))
    gateway.run()
    return gateway.one(Kind.PURCHASE_ORDER, Direction.OUT)


def test_an_order_that_no_map_could_read_goes_through_after_the_map_was_agreed(gateway: GatewayUnderTest) -> None:
    profile = gateway.home / "partners" / f"{HILL}.toml"
    content = profile.read_text()
    profile.write_text(
        re.sub(r'(?m)^map = "x12/850"$', 'map = "x12/850"\nrequired_tables = ["item"]', content, count=1)
    )
    gateway.restart()
    parked = booked_order(gateway)
    assert parked.state is State.PARKED
    profile.write_text(content)
    gateway.restart()

    made = reprocess(gateway, parked)
    before = again(gateway, parked)
    assert (made.state, made.origin_id) == (State.POSTED, parked.id)
    assert before.state is State.REPLACED
    assert gateway.story(before)[-1].actor == "cli:maria"
    assert gateway.station.payload(before) == gateway.station.payload(made)
    assert len(gateway.erp.booked) == 1


@pytest.mark.parametrize("keys", [True, False])
def test_what_was_booked_is_found_and_not_booked_again(keys: bool, gateway: GatewayUnderTest) -> None:
    gateway.erp.honours_keys = keys
    first = booked_order(gateway)
    made = reprocess(gateway, first)
    third = reprocess(gateway, made)
    assert (made.state, third.state) == (State.POSTED, State.POSTED)
    assert {first.erp_reference} == {again(gateway, made).erp_reference, third.erp_reference}
    assert third.origin_id == first.id
    assert len(gateway.erp.booked) == 1


def test_an_edited_order_is_read_as_edited_and_the_difference_is_kept(gateway: GatewayUnderTest) -> None:
    partner = gateway.partner(HILL)
    content = partner.interchange([numbered("A-1", gateway)])
    gateway.drop(HILL, content.replace(b"*EA*", b"*QQ*"))
    gateway.run()
    refused = gateway.one(Kind.PURCHASE_ORDER)
    assert refused.state is State.REFUSED

    edited = gateway.station.payload(refused).replace(b"*QQ*", b"*EA*")
    made = reprocess(gateway, refused, edited)
    assert made.state is State.POSTED, made.sentence
    assert gateway.station.payload(made) == edited
    assert b"QQ" in gateway.station.payload(again(gateway, refused)), "the original untouched"
    with gateway.station.database.read() as connection:
        difference = documents.content(connection, made.id)["edit"]
    changed = [line for line in difference.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert [line[:5] for line in changed] == ["-PO1*", "+PO1*"]


def test_an_edited_order_that_is_still_wrong_waits_for_a_person(gateway: GatewayUnderTest) -> None:
    first = booked_order(gateway)
    edited = gateway.station.payload(first).replace(b"BEG*00", b"BEG*??")
    made = reprocess(gateway, first, edited)
    assert (made.state, made.code) == (State.PARKED, "GW-3102")
    assert len(gateway.erp.booked) == 1


def test_a_plan_changes_nothing_and_says_what_it_passes(gateway: GatewayUnderTest) -> None:
    first = booked_order(gateway)
    before = gateway.all()
    told = " ".join(plan_reprocessing(gateway.station, first.id).sentences)
    assert "x12/850" in told
    assert first.erp_reference in told
    assert "books nothing a second time" in told
    assert gateway.all() == before


def test_what_the_partner_lost_goes_again_byte_for_byte_and_their_answer_closes_it(gateway: GatewayUnderTest) -> None:
    first = sent_order(gateway)
    content = gateway.station.payload(first)
    partner = gateway.partner(RIVER)
    made = resend(gateway, first, Numbers.SAME)
    assert made.state is State.SENT
    assert gateway.station.payload(made) == content
    assert list(gateway.outbox(RIVER).values()) == [content, content]
    assert (made.acknowledgment, again(gateway, first).state) == (Acknowledgment.AWAITED, State.REPLACED)
    partner.take()
    gateway.run()
    assert again(gateway, made).state is State.ACCEPTED
    assert again(gateway, first).state is State.REPLACED


def test_what_was_rejected_goes_again_under_new_numbers(gateway: GatewayUnderTest) -> None:
    first = sent_order(gateway)
    made = resend(gateway, first, Numbers.NEW)
    assert int(made.interchange_number) == int(first.interchange_number) + 1
    assert int(made.group_number) == int(first.group_number) + 1

    def body(document: Document) -> bytes:
        return gateway.station.payload(document).partition(b"ST*")[2].partition(b"SE*")[0]

    assert body(made) == body(first) != b""
    gateway.partner(RIVER).take()
    gateway.run()
    assert again(gateway, made).state is State.ACCEPTED
    events = [e.event for e in gateway.story(again(gateway, first))]
    assert events[-2:] == [Event.REPLACED, Event.ANSWERED], "their answer to the first is a line in its story"


def test_a_997_of_ours_goes_again_too(gateway: GatewayUnderTest) -> None:
    booked_order(gateway)
    answer = gateway.one(Kind.FUNCTIONAL_ACKNOWLEDGMENT, Direction.OUT)
    made = resend(gateway, answer, Numbers.SAME)
    assert made.state is State.SENT
    assert len(gateway.outbox(HILL)) == 2


def test_what_cannot_be_made_again_says_why(gateway: GatewayUnderTest) -> None:
    station = gateway.station
    bought, ours = booked_order(gateway), sent_order(gateway)
    for why, impossible in (
        ("only what went out", lambda: plan_resending(station, bought.id, Numbers.SAME)),
        ("that came in", lambda: plan_reprocessing(station, ours.id)),
        ("empty", lambda: plan_reprocessing(station, bought.id, b" \n")),
        ("is what it was", lambda: plan_reprocessing(station, bought.id, station.payload(bought))),
    ):
        with pytest.raises(GatewayError, match=f"GW-6113.*{why}"):
            impossible()
    reprocess(gateway, bought)
    with pytest.raises(GatewayError, match=r"GW-6113.*replaced"):
        plan_reprocessing(station, bought.id)
    with pytest.raises(GatewayError, match="GW-6101"):
        plan_reprocessing(station, "01JCZ8K3V7M2Q4R6T8W0X2Y4Z6")


def test_two_people_who_decide_at_once_make_one_successor(gateway: GatewayUnderTest) -> None:
    first = booked_order(gateway)
    plans = [plan_reprocessing(gateway.station, first.id) for _ in range(2)]
    carry_out(gateway.station, plans[0], "cli:maria", "one")
    with pytest.raises(GatewayError, match="GW-6113"):
        carry_out(gateway.station, plans[1], "cli:otto", "two")
    gateway.run()
    assert len(gateway.erp.booked) == 1
    assert len([d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER]) == 2
