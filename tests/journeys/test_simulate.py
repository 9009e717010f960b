"""A simulated partner of every behaviour against a whole gateway: what it does ends where such behaviour must end."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import shipped
from gateway.cli.map_trial import going_out
from gateway.deadlines import mark_overdue
from gateway.errors import GatewayError
from gateway.ports import Outgoing
from gateway.simulator.behaviours import BEHAVIOURS, MIX, behaviour_of
from gateway.simulator.papers import HAMMER, KNIFE, SOLD, order
from gateway.simulator.partner import Manners, SimulatedPartner
from gateway.simulator.simulation import Fate, Look, Plan, Report, received, simulate
from gateway.states import STATES, Direction, Kind, State
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import confirmation

X12, ROWS, CXML, SUPPLIER = "hill-street", "prairie-garden", "bayside-campus", "riverside"
PO, ACK, ASN, INV = Kind.PURCHASE_ORDER, Kind.ORDER_ACKNOWLEDGMENT, Kind.SHIP_NOTICE, Kind.INVOICE


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayUnderTest]:
    """Return a gateway on SQLite: what a partner does is the same to every database."""
    under_test = GatewayUnderTest(tmp_path)
    yield under_test
    under_test.close()


def played(
    gateway: GatewayUnderTest, name: str, behaviour: str, count: int = 2, seed: int = 1
) -> tuple[SimulatedPartner, Report]:
    """Play a partner while the gateway goes on by hand: each wait lets a second pass and does what is due."""
    partner = gateway.partner(name, Manners(behaviour, seed, fulfils=name == SUPPLIER))
    plan = Plan(behaviour, count, seed, "SIM", 120)
    gateway.run()
    report = simulate(partner, plan, lambda _: None, now=gateway.clock.monotonic, wait=lambda _: gateway.later(1))
    return partner, report


def states(gateway: GatewayUnderTest, kind: Kind, direction: Direction = Direction.IN) -> Counter[State]:
    return Counter(d.state for d in gateway.all() if d.kind is kind and d.direction is direction)


def confirm_a_1(gateway: GatewayUnderTest, behaviour: str) -> SimulatedPartner:
    """Let a customer send the order A-1, and the ERP confirm it."""
    partner = gateway.partner(X12, Manners(behaviour))
    partner.send(order("A-1", gateway.clock.now(), (HAMMER, 3), buyer_prefix="HSH-"))
    gateway.run()
    gateway.erp.feed.append(Outgoing("1", "C-1001", confirmation(gateway)))
    gateway.run()
    return partner


def buy(gateway: GatewayUnderTest, count: int = 1) -> None:
    """Let the ERP hand out purchase orders for the supplier."""
    for number in range(1, count + 1):
        ordered = order(f"P-{number}", gateway.clock.now(), (HAMMER, 10), (KNIFE, 20))
        gateway.erp.feed.append(Outgoing(f"po-{number}", "V-2001", ordered))


@pytest.mark.parametrize("name", [X12, ROWS, CXML])
def test_a_good_customer_has_every_order_booked_once(name: str, gateway: GatewayUnderTest) -> None:
    _, report = played(gateway, name, "good", count=3)
    assert states(gateway, PO) == {State.POSTED: 3}
    assert len(gateway.erp.booked) == 3
    if name != CXML:  # whose profile asks for no receipt, and nothing was wrong
        assert report.unanswered == []
        assert {tuple(o["got"]) for o in report.orders} <= {("997 A",), ("receipt accepted",)}


@pytest.mark.parametrize("name", [X12, ROWS, CXML])
def test_what_comes_twice_is_booked_once(name: str, gateway: GatewayUnderTest) -> None:
    played(gateway, name, "duplicate")
    assert states(gateway, PO) == {State.POSTED: 2}
    assert states(gateway, Kind.INTERCHANGE) == {State.OPENED: 2, State.DUPLICATE: 2}


@pytest.mark.parametrize("name", [X12, ROWS, CXML])
def test_a_partial_customers_good_orders_are_booked_and_the_broken_ones_refused(
    name: str, gateway: GatewayUnderTest
) -> None:
    _, report = played(gateway, name, "partial")
    assert states(gateway, PO) == {State.POSTED: 2, State.REFUSED: 2}
    if name == X12:
        assert {tuple(o["got"]) for o in report.orders} == {("997 A",), ("997 R",)}


@pytest.mark.parametrize("name", [X12, ROWS, CXML])
@pytest.mark.parametrize("seed", [1, 2])
def test_malformed_files_book_nothing_are_answered_and_wait_for_a_person(
    name: str, seed: int, gateway: GatewayUnderTest
) -> None:
    partner, _ = played(gateway, name, "malformed", count=4, seed=seed)
    gateway.later(10)  # what lacks its IEA is given a while
    partner.take()
    arrived = [d for d in gateway.all() if d.kind is Kind.INTERCHANGE]
    assert len(arrived) == 4
    assert {d.state for d in arrived} == {State.REFUSED}
    assert all(STATES[d.state].needs_person for d in arrived)
    assert gateway.erp.booked == {}
    assert partner.got["ticket"] + partner.got["TA1"] == 4


def test_a_late_customer_is_overdue_and_then_accepts(gateway: GatewayUnderTest) -> None:
    partner = confirm_a_1(gateway, "late")
    partner.take()
    gateway.run()
    assert gateway.one(ACK, Direction.OUT).state is State.SENT
    gateway.clock.advance(25 * 3600)
    mark_overdue(gateway.station)
    assert gateway.one(ACK, Direction.OUT).code == "GW-3204"
    partner.take()
    gateway.run()
    assert gateway.one(ACK, Direction.OUT).state is State.ACCEPTED


def test_a_rejecting_customer_rejects_what_it_gets(gateway: GatewayUnderTest) -> None:
    confirm_a_1(gateway, "rejecting").take()
    gateway.run()
    assert gateway.one(ACK, Direction.OUT).state is State.REJECTED


def test_a_customer_that_notes_errors_has_accepted(gateway: GatewayUnderTest) -> None:
    partner = gateway.partner(X12, Manners("partial"))
    partner.send(order("A-1", gateway.clock.now(), (HAMMER, 3), buyer_prefix="HSH-"))
    gateway.run()
    gateway.erp.feed.append(Outgoing("1", "C-1001", confirmation(gateway)))
    gateway.run()
    partner.take()
    gateway.run()
    sent = gateway.one(ACK, Direction.OUT)
    assert (sent.state, sent.acknowledgment) == (State.ACCEPTED, "accepted-with-errors")


def test_a_rejecting_customer_of_files_closes_what_its_receipt_names(gateway: GatewayUnderTest) -> None:
    partner = gateway.partner(ROWS, Manners("rejecting"))
    partner.send(order("A-1", gateway.clock.now(), (HAMMER, 3)))
    gateway.run()
    gateway.erp.feed.append(Outgoing("1", "C-1006", confirmation(gateway)))
    gateway.run()
    partner.take()
    gateway.run()
    assert gateway.one(ACK, Direction.OUT).state is State.REJECTED


@pytest.mark.parametrize(
    ("behaviour", "answers"),
    [
        ("good", {ACK: 2, ASN: 2, INV: 2}),
        ("late", {ACK: 2, ASN: 2, INV: 2}),
        ("duplicate", {ACK: 2, ASN: 2, INV: 2}),
        ("partial", {ACK: 2, ASN: 2, INV: 2}),
        ("rejecting", {ACK: 2}),
    ],
)
def test_a_suppliers_answers_are_booked_once(
    behaviour: str, answers: dict[Kind, int], gateway: GatewayUnderTest
) -> None:
    buy(gateway, 2)
    _, report = played(gateway, SUPPLIER, behaviour)
    gateway.later(20)
    assert states(gateway, PO, Direction.OUT) == {State.ACCEPTED: 2}
    for kind in (ACK, ASN, INV):
        assert states(gateway, kind) == ({State.POSTED: answers[kind]} if kind in answers else {})
    assert {o["behaviour"] for o in report.orders} == {behaviour}
    confirmed = [p.document for p in gateway.erp.booked.values() if p.document.document_type == "order_acknowledgment"]  # type: ignore[attr-defined]
    wanted = {"partial": "accepted-with-changes", "rejecting": "rejected"}.get(behaviour, "accepted")
    assert {c.status for c in confirmed} == {wanted}  # type: ignore[attr-defined]


def test_a_malformed_suppliers_answers_are_refused_and_its_997_counts(gateway: GatewayUnderTest) -> None:
    buy(gateway)
    played(gateway, SUPPLIER, "malformed", count=1)
    gateway.later(10)
    assert gateway.one(PO, Direction.OUT).state is State.ACCEPTED
    refused = [d for d in gateway.all() if d.kind is Kind.INTERCHANGE and d.state is State.REFUSED]
    assert len(refused) == 3
    assert gateway.erp.booked == {}


def test_a_mix_has_every_behaviour_and_is_the_same_for_the_same_seed(gateway: GatewayUnderTest) -> None:
    drawn = [behaviour_of(MIX, f"SIM-{n:04d}", 5)[0] for n in range(1, 41)]
    assert set(drawn) == set(BEHAVIOURS)
    assert drawn == [behaviour_of(MIX, f"SIM-{n:04d}", 5)[0] for n in range(1, 41)]
    _, report = played(gateway, X12, MIX, count=8, seed=5)
    booked = [o["number"] for o in report.orders if o["sent"] and o["behaviour"] != "malformed"]
    assert len(booked) > 2
    assert states(gateway, PO)[State.POSTED] == len(booked)


def test_what_is_ordered_is_what_the_erp_sells(gateway: GatewayUnderTest) -> None:
    played(gateway, X12, "good", count=1)
    (posting,) = gateway.erp.booked.values()
    sold = {ours for ours, _upc, _price in SOLD}
    assert {i.value for line in posting.document.lines for i in line.item.identifiers if i.scheme == "seller"} <= sold  # type: ignore[attr-defined]


GUIDES = ["harbor-hardware", "summit-outdoor", "valley-grocers"]


def agree_on(gateway: GatewayUnderTest, map_name: str) -> None:
    """Let the X12 customer order by another map."""
    path = gateway.home / "partners" / f"{X12}.toml"
    path.write_text(path.read_text().replace('map = "x12/850"', f'map = "{map_name}"'))
    gateway.restart()


def own_map(gateway: GatewayUnderTest, name: str, text: str) -> None:
    """Put a map of the operator's own beside the shipped ones."""
    path = gateway.settings.path(gateway.settings.maps_dir) / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def good_orders(gateway: GatewayUnderTest, name: str = X12) -> Report:
    partner = gateway.partner(name, Manners(keeps_guide=True))
    plan = Plan("good", 2, 1, "SIM", 30)
    look = looking_at(gateway)
    return simulate(partner, plan, lambda _: None, look, gateway.clock.monotonic, lambda _: gateway.later(1))


def looking_at(gateway: GatewayUnderTest) -> Look:
    def look(number: str) -> Fate | None:
        found = [d for d in gateway.all() if d.kind is PO and d.number == number]
        return (
            Fate(found[0].state.value, found[0].code or "", is_final=True, is_accepted=found[0].state is State.POSTED)
            if found
            else None
        )

    return look


@pytest.mark.parametrize("guide", GUIDES)
def test_good_orders_keep_to_the_partners_guide(guide: str, gateway: GatewayUnderTest) -> None:
    agree_on(gateway, f"guides/{guide}/850")
    good_orders(gateway)
    orders = [d for d in gateway.all() if d.kind is PO]
    assert len(orders) == 2
    found = [f.sentence for d in orders for f in gateway.findings(d) if f.code == "MAP-GUIDE"]
    assert found == []
    assert {d.code for d in orders} & {"GW-3001", "GW-2102"} == set(), [d.sentence for d in orders]


def test_a_clause_that_nothing_plausible_meets_is_named_with_its_page(gateway: GatewayUnderTest) -> None:
    own_map(
        gateway,
        "own/850",
        '[map]\nextends = "x12/850"\n[[guide]]\npage = "page 77"\neach = "PO1"\nrequire = "CTP"\n',
    )
    agree_on(gateway, "own/850")
    with pytest.raises(GatewayError, match="page 77") as refused:
        good_orders(gateway)
    assert refused.value.code == "GW-6208"


def test_an_order_that_is_parked_is_told_and_not_taken_for_good(gateway: GatewayUnderTest) -> None:
    path = gateway.home / "partners" / f"{X12}.toml"
    path.write_text(path.read_text().replace('map = "x12/850"', 'map = "x12/850"\nrequired_tables = ["location"]'))
    gateway.restart()
    report = good_orders(gateway)
    assert report.not_accepted == ["SIM-0001", "SIM-0002"]
    assert {o["became"].split()[0] for o in report.orders} == {"parked"}
    assert {o["became"].split()[1][:3] for o in report.orders} == {"GW-"}


def test_a_map_that_knows_only_the_buyers_numbers_is_ordered_by_these(gateway: GatewayUnderTest) -> None:
    text = (shipped.maps_dir() / "csv" / "order.toml").read_text()
    own = text.replace('gtin = "line.UPC", ', "").replace(', seller = "line.Vendor Item"', "")
    assert own != text
    own_map(gateway, "own/order", own)
    path = gateway.home / "partners" / f"{ROWS}.toml"
    path.write_text(path.read_text().replace('map = "csv/order"', 'map = "own/order"'))
    gateway.restart()
    partner = gateway.partner(ROWS)
    assert partner.agreed_items() == frozenset({"buyer"})
    simulate(partner, Plan("good", 1, 1, "SIM", 3), lambda _: None, now=gateway.clock.monotonic, wait=gateway.later)
    (row, *_) = csv.DictReader(io.StringIO(next(partner.inbox.rglob("*.csv")).read_text()))
    assert row["Buyer Item"] in {ours for ours, _upc, _price in SOLD}


def test_a_malformed_file_is_told_with_the_ticket_that_it_got(gateway: GatewayUnderTest) -> None:
    _, report = played(gateway, ROWS, "malformed", count=2)
    assert [o["got"] for o in report.orders] == [["ticket"], ["ticket"]]


def test_a_cxml_receipt_is_an_answer_to_the_order_it_names(gateway: GatewayUnderTest) -> None:
    path = gateway.home / "partners" / f"{CXML}.toml"
    path.write_text(path.read_text().replace("[transport]", "[files]\nreceipt = true\n\n[transport]"))
    gateway.restart()
    _, report = played(gateway, CXML, "good")
    assert report.unanswered == []
    assert [o["got"] for o in report.orders] == [["receipt accepted"]] * 2


def test_a_second_run_leaves_what_an_earlier_one_was_answered_alone(gateway: GatewayUnderTest) -> None:
    partner = gateway.partner(X12)
    partner.send(order("OLD-1", gateway.clock.now(), (HAMMER, 3), buyer_prefix="HSH-"))
    gateway.run()
    (older,) = [p for p in partner.outbox.iterdir() if p.is_file()]
    second = gateway.partner(X12, first_number=500)
    plan = Plan("good", 1, 1, "SIM", 30)
    simulate(second, plan, lambda _: None, now=gateway.clock.monotonic, wait=lambda _: gateway.later(1))
    assert dict(second.got) == {"997": 1}
    assert older.is_file()


def test_what_was_received_is_told_in_words_with_plurals() -> None:
    told = received({"997": 2, "ticket": 1, "receipt": 2, "order_acknowledgment": 2})
    assert told == "2 × 997, 2 order acknowledgments, 2 receipts, 1 ticket"


def test_what_is_written_is_checked_with_the_partners_own_separators(gateway: GatewayUnderTest) -> None:
    path = gateway.home / "partners" / f"{X12}.toml"
    path.write_text(path.read_text().replace('separators = "*>~"', 'separators = "|^~"'))
    gateway.restart()
    partner = gateway.partner(X12)
    starred = order("A*1", gateway.clock.now(), (HAMMER, 3), ship_to="Store *12>")
    (written,) = partner.written(starred)
    assert b"Store *12>" in written
    station = gateway.station
    text, found = going_out(station.map_named("x12/850"), starred, partner.profile, station.catalogue)
    assert "Store *12>" in text
    assert [f.code for f in found if f.refuses] == []
