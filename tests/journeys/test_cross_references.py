"""Cross references in the journey: our numbers for the ERP, the partner's for the partner, and documents that wait for an entry."""

from __future__ import annotations

import json
import threading
import time

import pytest

from gateway.ports import Outgoing
from gateway.profiles import CrossReferenceTable
from gateway.simulator.papers import HAMMER, TAPE_MEASURE, order
from gateway.states import Direction, Event, Kind, State
from gateway.steps import cross_referencing
from gateway.steps.decisions import cancel, retry
from gateway.steps.table_changes import Changed, change_tables
from gateway.store import cross_references, documents
from gateway.store.cross_references import Entry
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import confirmation, numbered
from translators.canonical import Identifier, PurchaseOrder

HILL, RIVER, LAKE = "hill-street", "riverside", "lakeside"
ITEM, UNIT, LOCATION = CrossReferenceTable.ITEM, CrossReferenceTable.UNIT, CrossReferenceTable.LOCATION
HAMMER_OF_HILL = "HSH-10010"


def require(gateway: GatewayUnderTest, partner: str, document: str, *tables: str) -> None:
    """Let an agreement require tables, and start the gateway again."""
    path = gateway.home / "partners" / f"{partner}.toml"
    content = path.read_text()
    line = f'document = "{document}"\n'
    assert line in content
    path.write_text(content.replace(line, f"{line}required_tables = {json.dumps(tables)}\n"))
    gateway.restart()


def say(gateway: GatewayUnderTest, *entries: Entry, removed: tuple[Entry, ...] = ()) -> Changed:
    now = gateway.clock.now()
    return gateway.station.database.write(
        lambda c: change_tables(c, entries, removed, now, "cli:maria", "from their catalogue")
    )


def item(theirs: str, ours: str, partner: str = HILL, scheme: str = "") -> Entry:
    return Entry(ITEM, partner, scheme, theirs, ours)


def content(gateway: GatewayUnderTest, document: Document, what: str = "canonical") -> PurchaseOrder:
    with gateway.station.database.read() as connection:
        return PurchaseOrder.model_validate_json(documents.content(connection, document.id)[what])


def booked(gateway: GatewayUnderTest) -> PurchaseOrder:
    (posting,) = gateway.erp.booked.values()
    return posting.document


def test_the_erp_gets_our_numbers_and_the_partners_words_are_kept(gateway: GatewayUnderTest) -> None:
    say(
        gateway,
        item(HAMMER_OF_HILL, "OUR-9"),
        Entry(UNIT, "", "", "EA", "PCE"),
        Entry(LOCATION, HILL, "", "0012", "D-7"),
    )
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()

    ours = booked(gateway).lines[0]
    assert ours.item.identifier("seller") == "OUR-9"
    assert ours.item.identifier("buyer") == HAMMER_OF_HILL
    assert ours.quantity.unit == "PCE"
    assert booked(gateway).party("ship-to").identifier == Identifier(scheme="seller", value="D-7")
    received = gateway.one(Kind.PURCHASE_ORDER)
    theirs = content(gateway, received)
    assert theirs.lines[0].item.identifier("seller") == ""
    assert theirs.lines[0].quantity.unit == "EA"
    assert theirs.party("ship-to").identifier == Identifier(scheme="buyer", value="0012")
    (checked,) = [e for e in gateway.story(received) if e.event is Event.CHECKED]
    assert f"item {HAMMER_OF_HILL} → OUR-9" in checked.facts["cross_references"]


def test_an_answer_in_our_numbers_goes_out_in_the_partners(gateway: GatewayUnderTest) -> None:
    say(gateway, item(HAMMER_OF_HILL, "OUR-9"), Entry(UNIT, HILL, "", "EA", "PCE"))
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    answer = confirmation(gateway)
    (line,) = answer.lines
    spoken = line.item.model_copy(update={"identifiers": (Identifier(scheme="seller", value="OUR-9"),)})
    quantity = line.quantity.model_copy(update={"unit": "PCE"})
    # The ERP numbers its lines as it likes: only the item tells which line of the order is meant.
    line = line.model_copy(update={"line_id": "700", "item": spoken, "quantity": quantity, "responses": ()})
    gateway.erp.feed.append(Outgoing("o-1", "C-1001", answer.model_copy(update={"lines": (line,)})))
    gateway.later(60)

    (sent,) = [c.decode() for c in gateway.outbox(HILL).values() if b"ST*855" in c]
    assert f"BP*{HAMMER_OF_HILL}" in sent or f"IN*{HAMMER_OF_HILL}" in sent
    assert "PO1*1*3*EA*" in sent
    assert "PCE" not in sent
    given = gateway.one(Kind.ORDER_ACKNOWLEDGMENT, Direction.OUT)
    with gateway.station.database.read() as connection:
        assert "PCE" in documents.content(connection, given.id)["in_our_words"]


def test_what_a_required_table_does_not_know_parks_the_order_until_it_does(gateway: GatewayUnderTest) -> None:
    require(gateway, HILL, "purchase_order", "item")
    gateway.partner(HILL).send(order("A-1", gateway.clock.now(), (HAMMER, 3), (TAPE_MEASURE, 1), buyer_prefix="HSH-"))
    gateway.run()
    parked = gateway.one(Kind.PURCHASE_ORDER)
    assert (parked.state, parked.code) == (State.PARKED, "GW-3111")
    assert f"`gateway tables set item --partner {HILL} {HAMMER_OF_HILL} OUR-ITEM`" in parked.sentence
    assert "(line 1)" in parked.sentence
    assert [f.value for f in gateway.findings(parked)] == [HAMMER_OF_HILL, "HSH-10030"]
    assert not any(call.startswith("check") for call in gateway.erp.calls)

    assert say(gateway, item(HAMMER_OF_HILL, "OUR-9")).released == ()  # the other line's item is still not known
    assert say(gateway, item("614141000036", "OUR-10", scheme="gtin", partner="")).released == (parked.id,)
    gateway.run()
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED
    assert [line.item.identifier("seller") for line in booked(gateway).lines] == ["OUR-9", "OUR-10"]
    assert gateway.findings(parked) == ()
    (released,) = [e for e in gateway.story(parked) if e.event is Event.RELEASED]
    assert (released.actor, released.sentence) == (
        "cli:maria",
        "Goes on: item 614141000036 (gtin) of all partners is OUR-10 now.",
    )


def test_one_entry_lets_a_hundred_orders_go_on_in_one_commit(gateway: GatewayUnderTest) -> None:
    require(gateway, HILL, "purchase_order", "item")
    partner = gateway.partner(HILL)
    orders = [numbered(f"A-{n}", gateway) for n in range(100)]
    gateway.drop(HILL, partner.interchange(orders))
    gateway.run()
    with gateway.station.database.read() as connection:
        waiting = cross_references.missing(connection)
    assert sorted((m.value, m.scheme, m.documents) for m in waiting) == [
        ("614141000012", "gtin", 100),
        (HAMMER_OF_HILL, "buyer", 100),
    ]

    done = say(gateway, item(HAMMER_OF_HILL, "OUR-9"))
    assert len(done.released) == 100
    assert len(done.changes) == 1
    gateway.run()
    assert {d.state for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER} == {State.POSTED}
    assert len(gateway.erp.booked) == 100
    with gateway.station.database.read() as connection:
        assert cross_references.missing(connection) == []


def test_an_order_of_ours_waits_for_the_suppliers_number(gateway: GatewayUnderTest) -> None:
    require(gateway, RIVER, "purchase_order", "item")
    ours = order("PO-1", gateway.clock.now(), (HAMMER, 100))
    gateway.erp.feed.append(Outgoing("o-1", "V-2001", ours))
    gateway.run()
    parked = gateway.one(Kind.PURCHASE_ORDER, Direction.OUT)
    assert (parked.state, parked.code) == (State.PARKED, "GW-3111")
    assert f"`gateway tables set item --partner {RIVER} THEIR-ITEM 10010`" in parked.sentence

    assert say(gateway, item("RTW-55", "10010", RIVER)).released == (parked.id,)
    gateway.run()
    assert gateway.one(Kind.PURCHASE_ORDER, Direction.OUT).state is State.SENT
    (sent,) = gateway.outbox(RIVER).values()
    assert b"RTW-55" in sent
    assert b"10010" in sent


def test_an_entry_of_another_partner_or_scheme_releases_nothing(gateway: GatewayUnderTest) -> None:
    require(gateway, HILL, "purchase_order", "item")
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    assert say(gateway, item(HAMMER_OF_HILL, "OUR-9", LAKE)).released == ()
    assert say(gateway, item(HAMMER_OF_HILL, "OUR-9", HILL, "manufacturer")).released == ()
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.PARKED


def test_two_entries_that_disagree_about_one_item_park_the_order(gateway: GatewayUnderTest) -> None:
    say(gateway, item(HAMMER_OF_HILL, "OUR-9"), item("614141000012", "OUR-8", "", "gtin"))
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    parked = gateway.one(Kind.PURCHASE_ORDER)
    assert (parked.state, parked.code) == (State.PARKED, "GW-3112")

    assert say(gateway, removed=(item("614141000012", "", "", "gtin"),)).released == (parked.id,)
    gateway.run()
    assert booked(gateway).lines[0].item.identifier("seller") == "OUR-9"


def test_a_person_may_decide_before_the_tables_do(gateway: GatewayUnderTest) -> None:
    require(gateway, HILL, "purchase_order", "item")
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    parked = gateway.one(Kind.PURCHASE_ORDER)
    retry(gateway.station, parked.id, "cli:maria", "see whether it goes")
    gateway.run()
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.PARKED  # nothing had changed
    cancel(gateway.station, parked.id, "cli:maria", "not wanted")
    assert say(gateway, item(HAMMER_OF_HILL, "OUR-9")).released == ()
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.CANCELLED


def test_an_entry_that_is_set_while_the_document_is_being_parked_is_not_missed(
    gateway: GatewayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    require(gateway, HILL, "purchase_order", "item")
    really = cross_referencing.unsettled
    meanwhile = iter([True])

    def slow(*given):
        parks = really(*given)
        if parks is not None and next(meanwhile, False):
            say(gateway, item(HAMMER_OF_HILL, "OUR-9"))
        return parks

    monkeypatch.setattr("gateway.steps.check.unsettled", slow)
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    gateway.later(1)
    order_in = gateway.one(Kind.PURCHASE_ORDER)
    assert order_in.state is State.POSTED
    assert Event.PARKED not in [e.event for e in gateway.story(order_in)]


def test_a_document_is_not_parked_past_an_entry_that_another_transaction_is_about_to_commit(
    gateway: GatewayUnderTest,
) -> None:
    require(gateway, HILL, "purchase_order", "item")
    gateway.partner(HILL).send(numbered("A-1", gateway))
    is_written = threading.Event()

    def set_slowly(connection: Transaction) -> None:
        change_tables(connection, [item(HAMMER_OF_HILL, "OUR-9")], [], gateway.clock.now(), "cli:maria", "")
        is_written.set()
        time.sleep(0.3)  # not committed yet: nobody else sees the entry, and it sees no document that waits

    setting = threading.Thread(target=gateway.station.database.write, args=(set_slowly,))
    setting.start()
    assert is_written.wait(10)
    gateway.run()
    setting.join()
    gateway.later(1)
    order_in = gateway.one(Kind.PURCHASE_ORDER)
    assert order_in.state is State.POSTED
    assert Event.PARKED not in [e.event for e in gateway.story(order_in)]


def test_our_own_number_needs_no_entry(gateway: GatewayUnderTest) -> None:
    require(gateway, HILL, "purchase_order", "item")
    sent = numbered("A-1", gateway)
    (line,) = sent.lines
    known = line.item.model_copy(
        update={"identifiers": (*line.item.identifiers, Identifier(scheme="seller", value="10010"))}
    )
    gateway.partner(HILL).send(sent.model_copy(update={"lines": (line.model_copy(update={"item": known}),)}))
    gateway.run()
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED
