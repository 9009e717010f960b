"""The feed: every entry of the ledger once, in one order, however its transactions commit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import Connection, insert, text

from gateway.clock import new_id
from gateway.errors import GatewayError
from gateway.states import Event, Kind, State
from gateway.store import feed, ledger
from gateway.store.engine import Database
from gateway.store.ledger import Entry
from gateway.store.tables import documents

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def database(database_setting: str) -> Iterator[Database]:
    made = Database(database_setting)
    yield made
    made.close()


def add_document(connection: Connection, partner: str = "acme", kind: Kind = Kind.PURCHASE_ORDER) -> str:
    document_id = new_id(NOW)
    texts = "code sentence number order_number set_id release interchange_number group_number set_number map_name map_version erp_reference"
    row = dict.fromkeys(texts.split(), "") | {
        "id": document_id,
        "partner": partner,
        "direction": "in",
        "kind": kind,
        "state": State.RECEIVED,
        "state_at": NOW,
        "validation": "pending",
        "delivery": "received",
        "acknowledgment": "none",
        "is_test": False,
        "payload_offset": 0,
        "payload_size": 0,
        "created_at": NOW,
    }
    connection.execute(insert(documents), row)
    return document_id


def note(connection: Connection, document_id: str, sentence: str, event: Event = Event.NOTED) -> None:
    ledger.record(
        connection, Entry(document_id, NOW, event, State.RECEIVED, State.RECEIVED, "", sentence, {}, "gateway")
    )


def follow(database: Database, position: int, limit: int = 7) -> tuple[list[str], int]:
    """Read on to the end; return the sentences and the place."""
    told: list[str] = []
    while True:
        feed.give_places(database)
        with database.read() as connection:
            page = feed.page(connection, position, limit)
        told += [happening.sentence for happening in page.happenings]
        position = page.position
        if not page.has_more:
            return told, position


def test_what_commits_late_is_told_late_and_not_passed_over(database: Database) -> None:
    """The first transaction takes the lower id and commits after the second one was read."""
    if database.is_sqlite:
        pytest.skip("on SQLite one transaction writes at a time")
    one, other = database.write(add_document), database.write(add_document)
    slow = database.engine.connect()
    begun = slow.begin()
    note(slow, one, "late")
    database.write(lambda c: note(c, other, "early"))
    told, position = follow(database, 0)
    assert told == ["early"]

    begun.commit()
    slow.close()
    told, position = follow(database, position)
    assert told == ["late"]
    assert follow(database, position) == ([], position)
    assert follow(database, 0)[0] == ["early", "late"], "a replay tells the same in the same order"


class Crowd:
    """Writers that each note things about several documents, and readers that follow them."""

    def __init__(self, database: Database, writers: int, entries: int) -> None:
        self.database, self.writers, self.entries = database, writers, entries
        self.ids = [database.write(add_document) for _ in range(3)]
        self.done = threading.Event()
        self.told: list[list[str]] = [[] for _ in range(3)]
        self.failed: list[Exception] = []

    def note_two(self, connection: Connection, writer: int, number: int) -> None:
        which = (writer + number) % len(self.ids)
        note(connection, self.ids[(which + 1) % len(self.ids)], f"{writer}.{number}.other")
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_sleep(:s)"), {"s": 0.004 * ((writer * number) % 3)})
        # Two transactions about one document follow each other: the row is held.
        held = documents.update().where(documents.c.id == self.ids[which])
        connection.execute(held.values(number=f"{writer}.{number}"))
        note(connection, self.ids[which], f"{writer}.{number}.held")

    def write(self, writer: int) -> None:
        try:
            for number in range(self.entries):
                self.database.write(partial(self.note_two, writer=writer, number=number))
        except Exception as wrong:  # noqa: BLE001  told by the test
            self.failed.append(wrong)

    def read(self, which: int) -> None:
        try:
            position = 0
            while True:
                was_done = self.done.is_set()
                more, position = follow(self.database, position, limit=5 + which)
                self.told[which] += more
                if was_done:
                    return
        except Exception as wrong:  # noqa: BLE001  told by the test
            self.failed.append(wrong)


def test_many_writers_and_many_readers_tell_everything_once_and_in_order(database: Database) -> None:
    writers, entries = 6, 30
    crowd = Crowd(database, writers, entries)
    done, told, failed, read, write = crowd.done, crowd.told, crowd.failed, crowd.read, crowd.write
    readers = [threading.Thread(target=read, args=(which,)) for which in range(3)]
    working = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in (*readers, *working):
        thread.start()
    for thread in working:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()

    assert failed == []
    assert len(told[0]) == writers * entries * 2
    assert len(set(told[0])) == len(told[0]), "nothing twice"
    assert told[1] == told[0] == told[2], "everybody was told the same in the same order"
    assert follow(database, 0, limit=500)[0] == told[0], "a replay, too"
    for writer in range(writers):
        mine = [one for one in told[0] if one.startswith(f"{writer}.") and one.endswith("held")]
        assert mine == [f"{writer}.{number}.held" for number in range(entries)], "in the order it happened"


def test_entries_of_one_document_keep_their_order_though_the_later_transaction_began_first(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("on SQLite one transaction writes at a time")
    one, other = database.write(add_document), database.write(add_document)
    first = database.engine.connect()
    begun = first.begin()
    note(first, other, "began first")  # it has its transaction id, and an entry, from here on
    database.write(lambda c: note(c, one, "sent"))
    note(first, one, "accepted")
    begun.commit()
    first.close()
    told, _ = follow(database, 0)
    assert told.index("sent") < told.index("accepted")


def test_pages_are_narrowed_by_what_happened_and_to_whom(database: Database) -> None:
    def fill(connection: Connection) -> None:
        acme, other = add_document(connection), add_document(connection, "other", Kind.INVOICE)
        for number in range(20):
            note(connection, acme, f"acme {number}", Event.POSTED if number % 5 == 0 else Event.NOTED)
            note(connection, other, f"other {number}", Event.POSTED)

    database.write(fill)
    feed.give_places(database)
    with database.read() as connection:
        orders = feed.page(connection, 0, 3, {(Kind.PURCHASE_ORDER, Event.POSTED)})
        assert [h.sentence for h in orders.happenings] == ["acme 0", "acme 5", "acme 10"]
        assert orders.has_more
        rest = feed.page(connection, orders.position, 3, {(Kind.PURCHASE_ORDER, Event.POSTED)})
        assert [h.sentence for h in rest.happenings] == ["acme 15"]
        assert not rest.has_more
        assert rest.position == feed.head(connection), "what nobody asked for is not looked at again"
        assert {h.partner for h in feed.page(connection, 0, 100, None, ["other"]).happenings} == {"other"}
        assert len(feed.page(connection, 0, 100).happenings) == 40


def test_a_rare_event_far_on_is_reached_page_by_page(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "SCAN_LIMIT", 10)

    def fill(connection: Connection) -> None:
        acme = add_document(connection)
        for number in range(35):
            note(connection, acme, str(number), Event.POSTED if number == 34 else Event.NOTED)

    database.write(fill)
    feed.give_places(database)
    position, found, pages, has_more = 0, [], 0, True
    with database.read() as connection:
        while has_more:
            page = feed.page(connection, position, 5, {(Kind.PURCHASE_ORDER, Event.POSTED)})
            found += [h.sentence for h in page.happenings]
            position, has_more, pages = page.position, page.has_more, pages + 1
    assert (found, pages) == (["34"], 4)


@pytest.mark.parametrize("cursor", ["x", "ZTE6", "MTp4", "ZTE6LTE", "ZTE6MTIzNDU2Nzg5MDEyMzQ1Njc4OTA"])
def test_a_cursor_that_was_made_up_is_refused(cursor: str) -> None:
    with pytest.raises(GatewayError) as wrong:
        feed.position_of(cursor)
    assert wrong.value.code == "GW-6106"


@pytest.mark.parametrize("position", [0, 1, 4711, 10**15])
def test_a_cursor_stands_for_its_place(position: int) -> None:
    assert feed.position_of(feed.cursor_of(position)) == position
