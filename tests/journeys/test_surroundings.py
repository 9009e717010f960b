"""The machine around the gateway on bad days: folders that disappear, disks that are full, names that no one expected."""

from __future__ import annotations

import os
import shutil

import pytest

from gateway.errors import GatewayError
from gateway.states import Direction, Kind, State
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import answers, numbered, one_order

HILL, LAKE = "hill-street", "lakeside"


def test_an_inbox_that_disappears_comes_back_and_the_order_in_it_is_booked(gateway: GatewayUnderTest) -> None:
    gateway.run()
    shutil.rmtree(gateway.home / "inbox")
    gateway.later(3)
    assert (gateway.home / "inbox" / HILL).is_dir()
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_an_outbox_that_disappears_comes_back_with_the_answer(gateway: GatewayUnderTest) -> None:
    content = one_order(gateway, HILL)
    shutil.rmtree(gateway.home / "outbox", ignore_errors=True)
    gateway.drop(HILL, content)
    gateway.run()
    assert answers(gateway, HILL) == ["997 A"]


def test_an_outbox_that_cannot_be_written_delays_the_answer_and_says_why(gateway: GatewayUnderTest) -> None:
    content = one_order(gateway, HILL)
    (gateway.home / "outbox").mkdir(exist_ok=True)
    (gateway.home / "outbox" / HILL).write_bytes(b"a file in the folder's place")
    gateway.drop(HILL, content)
    gateway.run()
    waiting = gateway.one(Kind.FUNCTIONAL_ACKNOWLEDGMENT, Direction.OUT)
    assert (waiting.state, waiting.code) == (State.SENDING, "GW-4101")
    assert str(gateway.home / "outbox" / HILL) in waiting.sentence
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED

    (gateway.home / "outbox" / HILL).unlink()
    gateway.later(10)
    assert answers(gateway, HILL) == ["997 A"]


def test_while_the_disk_is_full_files_stay_in_the_inbox_and_are_taken_when_there_is_room(
    gateway: GatewayUnderTest,
) -> None:
    gateway.reconfigure("payload_inline_bytes = 100\n")
    folder = gateway.settings.payload_dir
    folder.parent.mkdir(exist_ok=True)
    folder.write_bytes(b"in the way, as a full disk is")
    gateway.drop(HILL, one_order(gateway, HILL))
    gateway.run()
    assert gateway.all() == []
    assert (gateway.home / "inbox" / HILL / "file.edi").exists()

    folder.unlink()
    gateway.run()
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED
    assert answers(gateway, HILL) == ["997 A"]


def test_while_the_database_is_full_nothing_is_lost_and_nothing_is_done_twice(gateway: GatewayUnderTest) -> None:
    """Full at every second write, whatever it is for."""
    write, count = gateway.station.database.write, 0

    def often_full(work):
        nonlocal count
        count += 1
        if count % 2:
            raise GatewayError("GW-5001", "The database or disk is full.", is_retryable=True)
        return write(work)

    gateway.station.database.write = often_full
    gateway.partner(HILL).send(numbered("A-1", gateway), numbered("A-2", gateway), wants_ta1=True)
    for _ in range(100):
        try:
            gateway.later(31)
        except GatewayError as full:
            assert full.code == "GW-5001"  # noqa: PT017  it need not be raised
    gateway.station.database.write = write
    gateway.later(31)
    gateway.later(31)

    assert gateway.in_progress() == []
    assert sorted(p.document.order_number for p in gateway.erp.booked.values()) == ["A-1", "A-2"]
    assert answers(gateway, HILL) == ["997 A", "TA1 A 000"]


def test_a_file_whose_name_is_no_text_is_received_and_shown(gateway: GatewayUnderTest) -> None:
    content = one_order(gateway, HILL)
    folder = gateway.home / "inbox" / HILL
    folder.mkdir(parents=True, exist_ok=True)
    with open(os.fsencode(folder) + b"/Auftr\xe4ge.edi", "wb") as file:  # noqa: PTH123  bytes
        file.write(content)
    gateway.run()
    assert gateway.one(Kind.INTERCHANGE).number == "Auftr\\xe4ge.edi"
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


@pytest.mark.parametrize("call", ["read", "settle"])
def test_an_arrival_that_nobody_can_cope_with_does_not_hold_the_others_back(
    call: str, gateway: GatewayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(_arrival):
        raise ZeroDivisionError

    gateway.partner(HILL).send(numbered("A-1", gateway))
    monkeypatch.setattr(gateway.station.transports[LAKE], call, mistaken)
    gateway.drop(LAKE, b"whatever")
    gateway.run()
    gateway.later(1)
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_one_partner_whose_folder_cannot_be_read_does_not_hold_the_others_back(gateway: GatewayUnderTest) -> None:
    (gateway.home / "inbox").mkdir(exist_ok=True)
    (gateway.home / "inbox" / LAKE).write_bytes(b"a file in the folder's place")
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED
