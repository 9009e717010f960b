"""Files that should not have come: each ends in a defined state, in the same list as the good ones, with a sentence that says what to
do, and with the answer that the standard has for it in the partner's outbox."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from gateway.simulator.papers import GLOVES, HAMMER, order
from gateway.states import STATES, Direction, Kind, State
from gateway.store.documents import Document
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import answers, numbered, one_order

HILL = "hill-street"


@dataclass(frozen=True)
class Bad:
    """A file and what must become of it.

    Args:
        change: (what, instead) pairs of bytes, applied to a good interchange with one order; or the whole content.
        answer: what the outbox holds: set ids with their verdicts, "TA1 R 006", "997 P", or "ticket".
        says: a word of what to do that the sentence must hold.
        about: the kind of the document that tells it.
    """

    state: State
    code: str
    answer: str
    says: str
    change: tuple[tuple[bytes, bytes], ...] = ()
    content: bytes | None = None
    about: Kind = Kind.INTERCHANGE


ADDRESS = b"ZZ*HILLSTREET     *"
BAD: dict[str, Bad] = {
    "an empty file": Bad(State.REFUSED, "GW-2101", "ticket", "send it again", content=b""),
    "only blanks and line ends": Bad(State.REFUSED, "GW-2101", "ticket", "send it again", content=b" \r\n\r\n "),
    "a letter": Bad(
        State.REFUSED, "GW-2102", "ticket", "ticket", content=b"Dear team, please find our order attached."
    ),
    "a PDF": Bad(State.REFUSED, "GW-2102", "ticket", "ticket", content=b"%PDF-1.7\n\x00\x01\xff\xfe" * 300),
    "an XML order": Bad(State.REFUSED, "GW-2102", "ticket", "ticket", content=b"<?xml version='1.0'?><Order/>"),
    "an unknown sender by ISA": Bad(
        State.REFUSED, "GW-2103", "TA1 R 006", "add the ids", ((ADDRESS, b"ZZ*NOBODYWEKNOW   *"),)
    ),
    "an unknown qualifier in the ISA": Bad(
        State.REFUSED, "GW-2103", "TA1 R 006", "add the ids", ((ADDRESS, b"01*HILLSTREET     *"),)
    ),
    "an unknown sender by GS": Bad(
        State.REFUSED, "GW-2103", "TA1 R 006", "add the ids", ((b"GS*PO*HILLSTREET*", b"GS*PO*HILLCREST*"),)
    ),
    "another partner's channel": Bad(
        State.REFUSED,
        "GW-2104",
        "TA1 R 006",
        "Ask",
        ((ADDRESS, b"12*3095550101     *"), (b"PO*HILLSTREET*", b"PO*RIVERSIDE*")),
    ),
    "another receiver": Bad(
        State.REFUSED,
        "GW-2105",
        "TA1 R 009",
        "company_interchange_id",
        ((b"ZZ*OURCOMPANY     *", b"ZZ*THEIRCOMPANY   *"),),
    ),
    "no IEA": Bad(State.REFUSED, "X12-IEA-MISSING", "TA1 R 023", "", ((b"IEA*1*000000001~\n", b""),)),
    "a control number in IEA that is not the one in ISA": Bad(
        State.REFUSED, "X12-IEA-CONTROL-NUMBER", "TA1 R 001", "", ((b"IEA*1*000000001", b"IEA*1*000000002"),)
    ),
    "a group count in IEA that is wrong": Bad(
        State.REFUSED, "X12-IEA-COUNT", "TA1 R 021", "", ((b"IEA*1*", b"IEA*2*"),)
    ),
    "a transaction set that nobody uses here": Bad(
        State.PARKED,
        "GW-2108",
        "997 A",
        "hand it on",
        ((b"GS*PO*", b"GS*OG*"), (b"ST*850*", b"ST*875*")),
        about=Kind.UNKNOWN,
    ),
    "a set that the standard does not have": Bad(
        State.REFUSED, "X12-ST-ID", "997 R", "", ((b"ST*850*", b"ST*999X*"),), about=Kind.UNKNOWN
    ),
    "an order without its date": Bad(
        State.REFUSED, "X12-ELEMENT-MISSING", "997 R", "", ((b"**20260302", b""),), about=Kind.PURCHASE_ORDER
    ),
    "a wrong segment count in SE": Bad(
        State.REFUSED, "X12-SE-COUNT", "997 R", "", ((b"SE*", b"SE*9"),), about=Kind.PURCHASE_ORDER
    ),
    "a test order in production": Bad(
        State.PARKED, "GW-3105", "997 A", "usage", ((b"*0*P*>", b"*0*T*>"),), about=Kind.PURCHASE_ORDER
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_ends_in_its_state_says_what_to_do_and_is_answered(what: str, gateway: GatewayUnderTest) -> None:
    bad = BAD[what]
    content = one_order(gateway, HILL) if bad.content is None else bad.content
    for old, new in bad.change:
        assert old in content, f"{old!r} is not in the file"
        content = content.replace(old, new)
    gateway.drop(HILL, content)
    gateway.run()
    gateway.later(10)  # what lacks its IEA is given a while

    told = gateway.one(bad.about)
    assert (told.state, told.code) == (bad.state, bad.code), told.sentence
    assert STATES[told.state].needs_person
    assert told.sentence.endswith((".", ")"))
    assert bad.says in told.sentence
    assert [e.code for e in gateway.story(told)][-1] == bad.code
    assert answers(gateway, HILL) == [bad.answer]
    assert gateway.erp.booked == {}
    assert gateway.in_progress() == []


def test_what_is_refused_with_findings_shows_each_with_its_place(gateway: GatewayUnderTest) -> None:
    gateway.drop(HILL, one_order(gateway, HILL).replace(b"**20260302", b"").replace(b"PO1*1*3*EA", b"PO1*1*x*EA"))
    gateway.run()

    refused = gateway.one(Kind.PURCHASE_ORDER)
    found = {(f.code, f.position.segment_id): f.sentence for f in gateway.findings(refused)}
    assert {segment for _, segment in found} == {"BEG", "PO1"}
    assert "(1 more mistake.)" in refused.sentence


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97])
def test_wherever_an_interchange_is_cut_off_it_is_refused_as_a_whole(share: float, gateway: GatewayUnderTest) -> None:
    content = one_order(gateway, HILL)
    gateway.drop(HILL, content[: int(len(content) * share)])
    gateway.run()
    assert gateway.all() == [], "it may still be written"
    gateway.later(10)

    told = gateway.one(Kind.INTERCHANGE)
    assert told.state is State.REFUSED
    assert len(answers(gateway, HILL)) == 1
    assert gateway.erp.booked == {}


def test_one_bad_order_does_not_hold_the_good_one_in_its_group_back(gateway: GatewayUnderTest) -> None:
    content = gateway.partner(HILL).interchange([numbered("A-1", gateway), numbered("A-2", gateway)])
    gateway.drop(HILL, content.replace(b"BEG*00*SA*A-2**20260302", b"BEG*00*SA*A-2"))
    gateway.run()

    assert gateway.one(Kind.PURCHASE_ORDER, state=State.POSTED).number == "A-1"
    assert gateway.one(Kind.PURCHASE_ORDER, state=State.REFUSED).code == "X12-ELEMENT-MISSING"
    assert answers(gateway, HILL) == ["997 P"]


def test_an_interchange_that_asks_for_a_ta1_gets_one_beside_the_997(gateway: GatewayUnderTest) -> None:
    partner = gateway.partner(HILL)
    partner.send(numbered("A-1", gateway), wants_ta1=True)
    gateway.run()

    assert answers(gateway, HILL) == ["997 A", "TA1 A 000"]
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_several_interchanges_in_one_file_each_have_their_story(gateway: GatewayUnderTest) -> None:
    partner = gateway.partner(HILL)
    first, second, third = (partner.interchange([numbered(f"A-{n}", gateway)]) for n in (1, 2, 3))
    broken = second.replace(b"IEA*1*000000002", b"IEA*1*000000009")
    gateway.drop(HILL, first + b"\r\n" + broken + b"\n\n" + third)
    gateway.run()

    stories = {d.interchange_number: d for d in gateway.all() if d.kind is Kind.INTERCHANGE}
    assert {n: d.state for n, d in stories.items()} == {"1": State.OPENED, "2": State.REFUSED, "3": State.OPENED}
    assert {p.document.order_number for p in gateway.erp.booked.values()} == {"A-1", "A-3"}
    assert answers(gateway, HILL) == ["997 A", "997 A", "TA1 R 001"]


def test_an_interchange_twice_in_one_file_is_booked_once(gateway: GatewayUnderTest) -> None:
    content = one_order(gateway, HILL)
    gateway.drop(HILL, content + content)
    gateway.run()

    states = sorted(d.state for d in gateway.all() if d.kind is Kind.INTERCHANGE)
    assert states == [State.DUPLICATE, State.OPENED]
    assert len(gateway.erp.booked) == 1


def test_a_control_number_twice_in_one_file_with_other_content_parks_the_second(gateway: GatewayUnderTest) -> None:
    content = one_order(gateway, HILL)
    gateway.drop(HILL, content + content.replace(b"*A-1*", b"*A-2*"))
    gateway.run()

    assert gateway.one(Kind.INTERCHANGE, state=State.PARKED).code == "GW-2107"
    assert answers(gateway, HILL) == ["997 A", "TA1 R 025"]
    assert len(gateway.erp.booked) == 1


def test_junk_around_interchanges_is_left_out_and_told(gateway: GatewayUnderTest) -> None:
    partner = gateway.partner(HILL)
    first, second = (partner.interchange([numbered(f"A-{n}", gateway)]) for n in (1, 2))
    gateway.drop(HILL, b"-- begin of file --\n" + first + b"-- page 2 --\n" + second + b"EOF\x1a\n")
    gateway.run()

    assert len(gateway.erp.booked) == 2
    told = next(
        d for d in gateway.all() if d.kind is Kind.INTERCHANGE and d.number == "file.edi" and "left out" in d.sentence
    )
    assert "3 pieces" in told.sentence
    assert len(gateway.findings(told)) == 3


@pytest.mark.parametrize("name", ["again.edi", "file.edi"])
def test_the_same_file_again_is_known_and_gets_the_same_answers(name: str, gateway: GatewayUnderTest) -> None:
    content = one_order(gateway, HILL)
    gateway.drop(HILL, content)
    gateway.run()
    before = gateway.outbox(HILL)
    gateway.drop(HILL, content, name)
    gateway.later(1)

    told = gateway.one(Kind.INTERCHANGE, state=State.DUPLICATE)
    assert told.code == "GW-2106"
    after = gateway.outbox(HILL)
    assert len(after) == 2 * len(before)
    assert set(after.values()) == set(before.values()), "the same answer, byte for byte"
    assert len(gateway.erp.booked) == 1
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_a_used_control_number_with_other_content_is_parked_and_not_merged(gateway: GatewayUnderTest) -> None:
    content = one_order(gateway, HILL)
    gateway.drop(HILL, content)
    gateway.run()
    gateway.drop(HILL, content.replace(b"PO1*1*3*", b"PO1*1*4*"), "changed.edi")
    gateway.later(1)

    told = gateway.one(Kind.INTERCHANGE, state=State.PARKED)
    assert told.code == "GW-2107"
    assert "new control number" in told.sentence
    assert answers(gateway, HILL) == ["997 A", "TA1 R 025"]
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_the_same_order_in_a_new_envelope_is_acknowledged_again_and_booked_once(gateway: GatewayUnderTest) -> None:
    partner = gateway.partner(HILL)
    for _ in range(2):
        partner.send(numbered("A-1", gateway))
        gateway.later(1)

    assert gateway.one(Kind.PURCHASE_ORDER, state=State.DUPLICATE).code == "GW-3103"
    assert answers(gateway, HILL) == ["997 A", "997 A"]
    assert len(gateway.erp.booked) == 1


def test_the_same_order_number_with_other_content_waits_for_a_person(gateway: GatewayUnderTest) -> None:
    partner = gateway.partner(HILL)
    partner.send(numbered("A-1", gateway))
    gateway.later(1)
    partner.send(order("A-1", gateway.clock.now(), (GLOVES, 7), buyer_prefix="HSH-"))
    gateway.later(1)

    assert gateway.one(Kind.PURCHASE_ORDER, state=State.PARKED).code == "GW-3104"
    assert len(gateway.erp.booked) == 1


def test_two_orders_of_one_number_in_one_group_are_told_apart(gateway: GatewayUnderTest) -> None:
    same, other = numbered("A-1", gateway), order("A-1", gateway.clock.now(), (HAMMER, 99), buyer_prefix="HSH-")
    gateway.partner(HILL).send(same, same, other)
    gateway.run()
    gateway.later(1)

    states = sorted(d.state for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER)
    # Whichever of them is looked at first is booked; the one with other content is never merged with it.
    assert states in (
        [State.DUPLICATE, State.PARKED, State.POSTED],
        [State.PARKED, State.PARKED, State.POSTED],
    )
    assert len(gateway.erp.booked) == 1


def test_a_file_that_is_too_large_is_refused_with_a_ticket_and_its_size(gateway: GatewayUnderTest) -> None:
    limited(gateway, payload_limit_bytes=300)
    content = one_order(gateway, HILL)
    assert len(content) > 300
    gateway.drop(HILL, content)
    gateway.run()

    told = gateway.one(Kind.INTERCHANGE)
    assert (told.state, told.code) == (State.REFUSED, "GW-2002")
    assert "smaller parts" in told.sentence
    (ticket,) = gateway.outbox(HILL).values()
    assert f"Size:      {len(content)} bytes".encode() in ticket
    assert gateway.in_progress() == []
    gateway.later(5)
    assert len(gateway.all()) == 2, "it is not received again"


def limited(gateway: GatewayUnderTest, **settings: object) -> None:
    """Give the gateway other settings and start it again."""
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    gateway.reconfigure(lines)


def test_a_ticket_is_never_answered_with_a_ticket(gateway: GatewayUnderTest) -> None:
    """Two gateways that face each other would send each other tickets about tickets for ever."""
    gateway.drop(HILL, b"no EDI")
    gateway.run()
    (ticket,) = gateway.outbox(HILL).values()
    gateway.drop(HILL, ticket, "ticket-from-them.txt")
    gateway.later(1)

    assert len(gateway.outbox(HILL)) == 1
    told = next(d for d in gateway.all() if d.number == "ticket-from-them.txt")
    assert STATES[told.state].needs_person
    assert "ticket" in told.sentence


@pytest.mark.parametrize("change", [(ADDRESS, b"ZZ*NOBODYWEKNOW   *"), (b"IEA*0*000000001", b"IEA*0*000000002")])
def test_a_ta1_is_never_answered_with_a_ta1(change: tuple[bytes, bytes], gateway: GatewayUnderTest) -> None:
    content = gateway.partner(HILL).interchange([numbered("A-1", gateway)])
    isa, iea = content[: content.index(b"GS*")], b"IEA*0*000000001~\n"
    only = isa + b"TA1*000000001*260302*0800*A*000~\n" + iea
    assert change[0] in only
    gateway.drop(HILL, only.replace(*change))
    gateway.later(10)

    assert gateway.outbox(HILL) == {}
    assert STATES[gateway.one(Kind.INTERCHANGE).state].needs_person
    assert "was sent" not in gateway.one(Kind.INTERCHANGE).sentence


def test_names_of_files_are_shown_but_cannot_break_a_line(gateway: GatewayUnderTest) -> None:
    gateway.drop(HILL, b"no EDI", "or\x1b[31mder\n.txt")
    gateway.run()

    sentences = [d.sentence for d in gateway.all()]
    assert not any(re.search(r"[\x00-\x1f]", s) for s in sentences), sentences
    (ticket,) = gateway.outbox(HILL).values()
    assert b"\x1b" not in ticket


def test_a_document_in_the_list_for_every_file_that_came(gateway: GatewayUnderTest) -> None:
    for number, bad in enumerate(BAD.values()):
        content = b"ISA" if bad.content is None else bad.content
        gateway.drop(HILL, content, f"{number}.edi")
    gateway.run()
    gateway.later(10)

    arrived: list[Document] = [d for d in gateway.all() if d.kind is Kind.INTERCHANGE and d.direction is Direction.IN]
    assert {d.number for d in arrived} == {f"{n}.edi" for n in range(len(BAD))}
    assert all(d.state is State.REFUSED for d in arrived)
