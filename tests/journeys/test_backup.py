"""A drill: back up while business goes on, lose the machine, restore elsewhere, and go on."""

from __future__ import annotations

import json
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.cli.app import run
from gateway.errors import GatewayError
from gateway.settings import load_settings
from gateway.states import Direction, Kind, State
from gateway.store import control_numbers
from tests.databases import KINDS, fresh_database, fresh_postgresql
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import numbered

HILL = "hill-street"


@pytest.fixture(params=KINDS)
def two_databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Give the setting of a database for the gateway, and of an empty one for its successor."""
    if request.param == "sqlite":
        yield "", ""
        return
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed")
    with ExitStack() as stack:
        one = stack.enter_context(fresh_database("postgresql", tmp_path))
        yield one, stack.enter_context(fresh_postgresql(migrated=False))


@pytest.fixture
def homes(tmp_path: Path) -> tuple[Path, Path, Path]:
    (tmp_path / "old").mkdir()
    return tmp_path / "old", tmp_path / "backup", tmp_path / "new"


def send(gateway: GatewayUnderTest, number: int) -> None:
    gateway.partner(HILL, first_number=number).send(numbered(f"A-{number}", gateway))
    gateway.later(3)


def reopened(home: Path, old: GatewayUnderTest) -> GatewayUnderTest:
    """Open what was restored, against the same ERP."""
    new = object.__new__(GatewayUnderTest)
    new.home, new.settings, new.erp, new.clock = home, load_settings(home), old.erp, old.clock
    new._open()
    return new


def booked(gateway: GatewayUnderTest) -> Counter[str]:
    return Counter(posting.document.order_number for posting in gateway.erp.booked.values())


def numbers_of(gateway: GatewayUnderTest) -> dict[tuple[str, str], int]:
    with gateway.station.database.read() as connection:
        return {(n.partner, n.scope): n.last for n in control_numbers.listed(connection)}


@pytest.mark.parametrize("honours_keys", [True, False])
def test_what_was_acknowledged_before_the_backup_is_there_and_nothing_is_booked_twice(
    honours_keys: bool, two_databases: tuple[str, str], homes: tuple[Path, Path, Path]
) -> None:
    old_home, backup, new_home = homes
    old = GatewayUnderTest(old_home, database=two_databases[0])
    old.reconfigure("payload_inline_bytes = 100\n")
    old.erp.honours_keys = honours_keys
    for number in range(1, 4):
        send(old, number)
    # One is on its way to the ERP when the backup is made, and gets there afterwards.
    old.erp.troubles = [GatewayError("GW-4201", "The ERP is down.", is_retryable=True)]
    send(old, 4)
    assert booked(old)["A-4"] == 0
    acknowledged = {d.id: old.station.payload(d) for d in old.all() if d.kind is Kind.INTERCHANGE}

    going_on = threading.Event()
    failed: list[BaseException] = []

    def business() -> None:
        try:
            for number in range(5, 30):
                gateway_number = number
                old.drop(HILL, old.partner(HILL, first_number=number).interchange([numbered(f"A-{number}", old)]))
                old.run()
                if gateway_number == 6:
                    going_on.set()
        except BaseException as wrong:  # noqa: BLE001  told by the test
            failed.append(wrong)
        finally:
            going_on.set()

    working = threading.Thread(target=business)
    working.start()
    going_on.wait(30)
    assert run(["backup", str(backup), "--home", str(old_home)]) == 0
    working.join()
    assert failed == []
    old.later(60)
    assert booked(old)["A-4"] == 1
    last_sent = max(int(d.interchange_number) for d in old.all() if d.direction is Direction.OUT)
    numbers_before = numbers_of(old)
    old.close()

    database = ["--database", two_databases[1]] if two_databases[1] else []
    assert run(["restore", str(backup), "--home", str(new_home), *database]) == 0
    new = reopened(new_home, old)
    numbers_after = numbers_of(new)
    assert set(numbers_after) == set(numbers_before)
    assert all(numbers_after[key] > numbers_before[key] for key in numbers_after)

    there = {d.id: d for d in new.all()}
    for document_id, payload in acknowledged.items():
        assert new.station.payload(there[document_id]) == payload
    for _ in range(4):
        new.later(40)
    assert new.in_progress() == []
    waiting = [d for d in new.all() if d.state is State.PARKED]
    assert {(d.kind, d.code) for d in waiting} <= {(Kind.INTERCHANGE, "GW-5007")}, "what may have been opened since"
    assert set(booked(new).values()) == {1}, "nothing is booked twice"
    assert {d.state for d in new.all() if d.kind is Kind.PURCHASE_ORDER} == {State.POSTED}

    send(new, 4711)
    assert booked(new)["A-4711"] == 1
    newest = max(new.all(), key=lambda d: int(d.interchange_number or 0) if d.direction is Direction.OUT else 0)
    assert int(newest.interchange_number) > last_sent
    new.close()


def test_what_was_not_opened_at_the_backup_waits_for_a_person_and_goes_on_when_told(
    homes: tuple[Path, Path, Path], capsys: pytest.CaptureFixture
) -> None:
    old_home, backup, new_home = homes
    old = GatewayUnderTest(old_home)
    old.drop(HILL, old.partner(HILL).interchange([numbered("A-1", old)]))
    old.runner.sweep()
    assert run(["backup", str(backup), "--home", str(old_home)]) == 0
    old.run()
    old.close()
    assert run(["restore", str(backup), "--home", str(new_home)]) == 0
    new = reopened(new_home, old)
    new.later(60)
    [document] = new.all()
    assert (document.state, document.code) == (State.PARKED, "GW-5007")
    assert booked(new)["A-1"] == 1
    new.close()

    assert run(["retry", document.id, "--reason", "the ERP does not have it", "--home", str(new_home)]) == 0
    again = reopened(new_home, old)
    again.later(366 * 86_400)  # the command has the real clock
    assert again.one(Kind.INTERCHANGE).state is State.OPENED
    again.close()


def test_a_backup_goes_nowhere_where_something_is(
    homes: tuple[Path, Path, Path], capsys: pytest.CaptureFixture
) -> None:
    old_home, backup, new_home = homes
    gateway = GatewayUnderTest(old_home)
    send(gateway, 1)
    gateway.close()
    assert run(["backup", str(backup), "--home", str(old_home)]) == 0
    assert run(["backup", str(backup), "--home", str(old_home)]) == 1
    assert "GW-5202" in capsys.readouterr().err
    assert run(["restore", str(backup), "--home", str(old_home)]) == 1
    assert "GW-5202" in capsys.readouterr().err
    assert run(["restore", str(old_home), "--home", str(new_home)]) == 1
    assert "GW-5203" in capsys.readouterr().err
    with (backup / "gateway.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"damage")
    assert run(["restore", str(backup), "--home", str(new_home)]) == 1
    assert "GW-5203" in capsys.readouterr().err
    assert not new_home.exists()


def test_a_damaged_payload_is_told_and_makes_no_backup(
    homes: tuple[Path, Path, Path], capsys: pytest.CaptureFixture
) -> None:
    old_home, backup, _ = homes
    gateway = GatewayUnderTest(old_home)
    gateway.reconfigure("payload_inline_bytes = 100\n")
    send(gateway, 1)
    gateway.close()
    payload = next(p for p in (old_home / "var" / "payloads").rglob("*") if p.is_file())
    payload.write_bytes(payload.read_bytes()[:-1] + b"!")
    assert run(["backup", str(backup), "--home", str(old_home)]) == 1
    assert "GW-5006" in capsys.readouterr().err
    assert not backup.exists()


def test_control_numbers_are_set_with_a_reason_and_wrap(
    homes: tuple[Path, Path, Path], capsys: pytest.CaptureFixture
) -> None:
    old_home, _, _ = homes
    gateway = GatewayUnderTest(old_home)
    send(gateway, 1)
    at = ["--home", str(old_home)]
    assert run(["control-numbers", "set", HILL, "ISA", "999999999", "--reason", "as they asked", *at]) == 0
    assert run(["control-numbers", "set", HILL, "ISA", "1000000000", "--reason", "x", *at]) == 1
    assert run(["control-numbers", "set", "nobody", "ISA", "1", "--reason", "x", *at]) == 3
    capsys.readouterr()
    send(gateway, 2)
    send(gateway, 3)
    sent = [d.interchange_number.lstrip("0") for d in gateway.all() if d.direction is Direction.OUT]
    assert sent == ["1", "999999999", "1"]
    assert run(["control-numbers", "list", "--json", *at]) == 0
    printed = capsys.readouterr().out
    listed = json.loads(printed[printed.index("{\n") :])["control_numbers"]  # below the lines of the log
    assert {"partner": HILL, "scope": "ISA", "last": 1, "next": 2} in listed
    with gateway.station.database.read() as connection:
        [change] = connection.execute(control_numbers.control_number_changes.select()).all()
    assert (change.reason, change.last_before, change.last_after) == ("as they asked", 1, 999999998)
    gateway.close()
