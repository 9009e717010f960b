"""The sample ERP itself, at its HTTP API and at its parts."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.demo.sample_erp import booking, cartons, catalog, day, feed, fulfilment
from gateway.demo.sample_erp.database import Database
from gateway.demo.sample_erp.process import SampleErpProcess
from gateway.demo.sample_erp.requests import PartnerNumber, SalesOrderLine, SalesOrderRequest

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def order_json(customer_order: str, quantity: str = "1", upc: str = "614141000012") -> dict[str, Any]:
    line = {"line_id": "1", "quantity": quantity, "unit": "EA", "numbers": [{"scheme": "gtin", "value": upc}]}
    return {
        "customer": "C-1001",
        "customer_order": customer_order,
        "customer_order_date": "2026-11-20",
        "lines": [line],
    }


def status_of(erp: SampleErpProcess, method: str, path: str, body: dict[str, Any] | None = None, key: str = "") -> int:
    try:
        erp.call(method, path, body, key)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    return 200


def wait_for(erp: SampleErpProcess, number: str, count: int, after: str) -> list[str]:
    """Return the kinds of what is carried out for one order, in order, once there are `count`."""
    give_up = time.monotonic() + 10
    while True:
        documents, cursor = [], after
        while (page := erp.call("GET", f"/outgoing?after={cursor}&limit=500"))["documents"]:
            documents += [d["kind"] for d in page["documents"] if d["document"].get("sales_order") == number]
            cursor = page["cursor"]
        if len(documents) >= count or time.monotonic() > give_up:
            return documents
        time.sleep(0.05)


def end_of(erp: SampleErpProcess) -> str:
    cursor = ""
    while (page := erp.call("GET", f"/outgoing?after={cursor}&limit=500"))["documents"]:
        cursor = page["cursor"]
    return cursor


def test_the_api_describes_itself_and_asks_for_the_token(erp: SampleErpProcess) -> None:
    paths = erp.call("GET", "/openapi.json")["paths"]
    assert {"/sales-orders", "/sales-orders/check", "/outgoing", "/trouble", "/vendor-invoices"} <= set(paths)
    for path in ("/outgoing", "/sales-orders?key=x", "/accounts/C-1001"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(erp.url + path, timeout=5)
        assert caught.value.code == 401
        caught.value.close()


def test_every_refusal_is_a_problem_with_a_code(erp: SampleErpProcess) -> None:
    cases = [
        ("GET", "/items/none", None, 404),
        ("POST", "/sales-orders/SO-9/confirm", None, 404),
        ("POST", "/sales-orders", {}, 422),
    ]
    for method, path, body, status in cases:
        with pytest.raises(urllib.error.HTTPError) as caught:
            erp.call(method, path, body)
        with caught.value as answer:
            assert answer.code == status
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert json.loads(answer.read())["code"]


def test_an_order_goes_through_its_steps_in_order_only(erp: SampleErpProcess) -> None:
    number = erp.call("POST", "/sales-orders", order_json("STEPS"))["number"]
    path = f"/sales-orders/{number}"
    assert status_of(erp, "POST", f"{path}/ship") == 409
    assert status_of(erp, "POST", f"{path}/invoice") == 409
    for step in ("confirm", "ship", "invoice"):
        assert status_of(erp, "POST", f"{path}/{step}") == 200
        assert status_of(erp, "POST", f"{path}/{step}") == 409
    assert status_of(erp, "POST", f"{path}/reject") == 409


def test_an_order_is_carried_through_by_itself(erp: SampleErpProcess) -> None:
    after = end_of(erp)
    erp.call("PUT", "/automatic", {"confirm_seconds": 0, "ship_seconds": 0, "invoice_seconds": 0})
    number = erp.call("POST", "/sales-orders", order_json("AUTO"))["number"]
    assert wait_for(erp, number, 3, after) == ["order-confirmation", "shipment", "invoice"]


def test_orders_that_lie_there_are_taken_over_when_the_automatic_mode_is_turned_on(erp: SampleErpProcess) -> None:
    after = end_of(erp)
    confirmed, booked = (erp.call("POST", "/sales-orders", order_json(f"LATER-{n}"))["number"] for n in range(2))
    erp.call("POST", f"/sales-orders/{confirmed}/confirm")
    erp.call("PUT", "/automatic", {"confirm_seconds": 0, "ship_seconds": 0, "invoice_seconds": 0})
    for number in (confirmed, booked):
        assert wait_for(erp, number, 3, after) == ["order-confirmation", "shipment", "invoice"]


def test_a_late_booking_survives_the_death_of_the_erp_and_is_booked_once(erp: SampleErpProcess) -> None:
    erp.call("POST", "/trouble", {"book_late_seconds": 0.5})
    assert status_of(erp, "POST", "/sales-orders", order_json("LATE"), "late-key") == 504
    erp.kill()
    erp.start()
    give_up = time.monotonic() + 10
    while not erp.call("GET", "/sales-orders?key=late-key")["sales_orders"] and time.monotonic() < give_up:
        time.sleep(0.05)
    assert status_of(erp, "POST", "/sales-orders", order_json("LATE"), "late-key") == 200
    assert len(erp.call("GET", "/sales-orders?customer=C-1001&customer_order=LATE")["sales_orders"]) == 1


def test_what_was_answered_is_there_after_a_kill(erp: SampleErpProcess) -> None:
    answered: list[str] = []

    def post(count: int) -> None:
        for index in range(count):
            try:
                answered.append(erp.call("POST", "/sales-orders", order_json(f"KILL-{id(answered)}-{index}"))["number"])
            except OSError:
                return

    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(post, 10_000)
        while len(answered) < 20:
            time.sleep(0.01)
        erp.kill()
        running.result()
    erp.start()
    assert [number for number in answered if status_of(erp, "GET", f"/sales-orders/{number}") != 200] == []


def test_a_reader_of_the_feed_never_misses_what_is_committed_meanwhile(erp: SampleErpProcess) -> None:
    after = end_of(erp)
    line = {"item": "10010", "quantity": "1"}

    def raise_some(_: int) -> list[str]:
        return [
            erp.call("POST", "/purchase-orders", {"vendor": "V-2001", "lines": [line]})["number"] for _ in range(25)
        ]

    with ThreadPoolExecutor(5) as threads:
        writers = [threads.submit(raise_some, n) for n in range(4)]
        seen: list[str] = []
        while True:
            are_done = all(writer.done() for writer in writers)
            page = erp.call("GET", f"/outgoing?after={after}&limit=7")
            seen += [d["document"]["purchase_order"] for d in page["documents"]]
            after = page["cursor"]
            if are_done and not page["documents"]:
                break
        raised = [number for writer in writers for number in writer.result()]
    assert sorted(seen) == sorted(raised)
    assert len(set(seen)) == 100


def test_trouble_can_be_narrowed_to_a_path_and_a_number_of_calls(erp: SampleErpProcess) -> None:
    erp.call("POST", "/trouble", {"refuse_status": 503, "path_prefix": "/sales-orders", "times": 2})
    assert status_of(erp, "GET", "/outgoing") == 200
    seen = [status_of(erp, "GET", "/sales-orders?key=x") for _ in range(3)]
    assert seen == [503, 503, 200]
    assert erp.call("GET", "/trouble")["refuse_status"] is None


def test_trouble_ends_by_itself(erp: SampleErpProcess) -> None:
    erp.call("POST", "/trouble", {"refuse_status": 500, "seconds": 0.3})
    assert status_of(erp, "GET", "/outgoing") == 500
    time.sleep(0.4)
    assert status_of(erp, "GET", "/outgoing") == 200


def test_it_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys; from gateway.demo.sample_erp.process import SampleErpProcess as Erp; "
        "erp = Erp(pathlib.Path(sys.argv[1])); erp.start(); print(erp.port, flush=True); os._exit(9)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    killed = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    give_up = time.monotonic() + 10
    while listens(int(killed.stdout)) and time.monotonic() < give_up:
        time.sleep(0.1)
    assert not listens(int(killed.stdout))


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_second_erp_on_the_same_port_says_so_and_ends(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "gateway.demo.sample_erp", "--home", str(tmp_path), "--port"]
        ended = subprocess.run(
            [*command, str(taken.getsockname()[1])], capture_output=True, text=True, timeout=30, check=False
        )
    assert ended.returncode == 1
    assert "in use" in ended.stderr


# --- its parts, without HTTP -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Any:
    database = Database(tmp_path_factory.mktemp("parts") / "erp.sqlite")
    with database.commit():
        day.seed(database)
    yield database
    database.close()


def test_commits_are_durable(db: Database) -> None:
    modes = [db.one(f"PRAGMA {name}")[0] for name in ("journal_mode", "synchronous")]  # type: ignore[index]
    assert modes == ["wal", 2]


def test_the_day_is_the_same_every_time_and_leaves_stock_alone(db: Database) -> None:
    def master_data() -> list[list[tuple[Any, ...]]]:
        tables = ("accounts", "items", "item_units", "prices", "item_cross_references", "stock")
        return [[tuple(row) for row in db.all(f"SELECT * FROM {table} ORDER BY 1, 2")] for table in tables]

    before = master_data()
    with db.commit():
        day.seed(db)
    assert master_data() == before
    assert len(before[4]) == len(day.CROSS_REFERENCES)


@pytest.mark.parametrize("given_as", ["614141000012", "0614141000012", "00614141000012", "6-14141-00001-2"])
def test_an_item_is_found_by_upc_ean_and_gtin_14(db: Database, given_as: str) -> None:
    assert catalog.find_items(db, "C-1003", [PartnerNumber(scheme="gtin", value=given_as)], "seller") == ["10010"]


def test_numbers_that_mean_different_items_are_all_returned(db: Database) -> None:
    numbers = [PartnerNumber(scheme="seller", value="10020"), PartnerNumber(scheme="buyer", value="HSH-10010")]
    assert catalog.find_items(db, "C-1001", numbers, "seller") == ["10020", "10010"]
    assert catalog.find_items(db, "C-1003", numbers, "seller") == ["10020"]  # not that customer's number


def test_every_upc_of_the_day_has_its_check_digit() -> None:
    for item in day.ITEMS:
        digits = [int(digit) for digit in item.upc]
        assert len(digits) == 12
        assert (sum(digits[0::2]) * 3 + sum(digits[1::2])) % 10 == 0


@given(
    quantities=st.lists(st.integers(1, 400), min_size=1, max_size=6),
    cases=st.lists(st.booleans(), min_size=6, max_size=6),
    stock=st.integers(0, 600),
)
def test_what_is_shipped_and_invoiced_adds_up_and_is_never_more_than_ordered(
    db: Database, quantities: list[int], cases: list[bool], stock: int
) -> None:
    """Whatever is ordered and whatever is on the shelf: promised + backordered = ordered, cartons = shipped = invoiced."""
    with db.commit():
        db.run("UPDATE stock SET on_hand = '0', reserved = '0'")
        for item in day.ITEMS[:3]:
            db.run("UPDATE stock SET on_hand = ? WHERE item = ?", str(stock), item.number)
        lines = [
            SalesOrderLine(
                line_id=str(index),
                quantity=Decimal(quantity),
                unit="CS" if cases[index] else "EA",
                numbers=[PartnerNumber(scheme="seller", value=day.ITEMS[index % 3].number)],
            )
            for index, quantity in enumerate(quantities)
        ]
        request = SalesOrderRequest(customer="C-1001", customer_order="P", customer_order_date=NOW.date(), lines=lines)
        number = str(booking.book(db, request, None, NOW, None)["number"])
        cursor = latest(db)
        fulfilment.confirm(db, number, NOW)
        shipment = fulfilment.ship(db, number, NOW)["shipment"]
        if shipment is not None:
            fulfilment.invoice(db, str(shipment), NOW)
        documents = [d["document"] for d in feed.page(db, cursor, 10)["documents"]]  # type: ignore[attr-defined]
    ordered = {str(index): Decimal(quantity) for index, quantity in enumerate(quantities)}
    promised: dict[str, Decimal] = {}
    for line in documents[0]["lines"]:
        answers = {a["answer"]: Decimal(a["quantity"]) for a in line["answers"]}
        assert sum(answers.values()) == ordered[line["line_id"]]
        promised[line["line_id"]] = answers.get("accepted", Decimal(0))
    left = [catalog.available(db, item.number) for item in day.ITEMS[:3]]
    assert all(quantity >= 0 for quantity in left)
    if shipment is None:
        assert set(promised.values()) == {0}
        return
    shipped: dict[str, Decimal] = {}
    for carton in documents[1]["cartons"]:
        for line in carton["lines"]:
            shipped[line["line_id"]] = shipped.get(line["line_id"], Decimal(0)) + Decimal(line["quantity"])
    assert shipped == {line_id: quantity for line_id, quantity in promised.items() if quantity}
    assert {line["line_id"]: Decimal(line["quantity"]) for line in documents[2]["lines"]} == shipped
    amounts = [Decimal(line["quantity"]) * Decimal(line["price"]) for line in documents[2]["lines"]]
    assert Decimal(documents[2]["total"]) == sum(amounts)


def latest(db: Database) -> str:
    row = db.one("SELECT coalesce(max(sequence), 0) AS last FROM outgoing")
    return f"{db.instance}.{row['last']}" if row else ""


@given(quantity=st.integers(1, 10**7), per_carton=st.integers(1, 48))
def test_cartons_hold_what_is_packed_and_are_not_too_many(quantity: int, per_carton: int) -> None:
    inside = list(cartons.split(Decimal(quantity), per_carton))
    assert sum(inside) == quantity
    assert min(inside) > 0
    assert len(inside) <= cartons.MOST_CARTONS_PER_LINE
    assert all(a == b for a, b in pairwise(inside[:-1]))


@given(st.integers(1, 10**9 - 1))
def test_every_sscc_has_its_check_digit(serial: int) -> None:
    digits = [int(digit) for digit in cartons.sscc(serial)]
    assert len(digits) == 18
    assert (sum(digits[0::2]) * 3 + sum(digits[1::2])) % 10 == 0
