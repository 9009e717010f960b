"""Cross references from the command line: one at a time, in a file, and what waits for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.clock import SystemClock
from gateway.states import Kind, State
from tests.gateway.cli.conftest import Typed
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import numbered

HILL = "hill-street"


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayUnderTest]:
    home = tmp_path / "home"
    home.mkdir()
    under_test = GatewayUnderTest(home, SystemClock())  # as the commands have it
    monkeypatch.setenv("GATEWAY_HOME", str(home))
    yield under_test
    under_test.close()


def test_an_entry_is_set_shown_changed_removed_and_remembered(typed: Typed, gateway: GatewayUnderTest) -> None:
    assert typed("tables", "list")[2].startswith("No entries.")
    key = ("item", "B-1", "--partner", HILL)
    code, out, _ = typed("tables", "set", "item", "B-1", "OUR-8", "--partner", HILL, "--reason", "catalogue")
    assert (code, out) == (Exit.DONE, f"item B-1 of {HILL}: (none) → OUR-8\n")
    assert typed("tables", "set", "item", "B-1", "OUR-9", "--partner", HILL)[1].endswith(": OUR-8 → OUR-9\n")
    assert typed("tables", "set", "item", "B-1", "OUR-9", "--partner", HILL)[2] == "It was so already.\n"
    assert "OUR-9" in typed("tables", "show", "item")[1]
    assert typed("tables", "show", "item", "--find", "nothing")[1] == ""
    assert typed("tables", "remove", *key, "--reason", "gone")[1] == f"item B-1 of {HILL}: OUR-9 → (none)\n"
    code, out, err = typed("tables", "remove", *key)
    assert (code, out) == (Exit.NOT_FOUND, "")
    assert err.startswith("GW-6402")
    history = json.loads(typed("tables", "show", "item", "--history", "--json")[1])["changes"]
    assert [(c["before"], c["after"], c["reason"]) for c in history] == [
        ("OUR-9", None, "gone"),
        ("OUR-8", "OUR-9", ""),
        (None, "OUR-8", "catalogue"),
    ]
    assert all(c["by"].startswith("cli") for c in history)
    assert "catalogue" in typed("tables", "show", "item", "--history")[1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["item", "A", "B", "--partner", "hil-street"], "did you mean hill-street?"),
        (["item", " ", "B"], "theirs is empty"),
        (["item", "A", "1.2E+13"], "a spreadsheet made that"),
        (["item", "A", "B", "--scheme", "UPC!"], "is no scheme"),
    ],
)
def test_what_cannot_be_an_entry_is_told(
    typed: Typed, gateway: GatewayUnderTest, arguments: list[str], told: str
) -> None:
    code, _, err = typed("tables", "set", *arguments)
    assert code == Exit.FAILED
    assert "GW-6401" in err
    assert told in err


def test_a_table_that_there_is_not_is_a_mistake_in_typing(typed: Typed, gateway: GatewayUnderTest) -> None:
    assert typed("tables", "set", "itm", "A", "B")[0] == Exit.USAGE


def test_what_is_missing_is_listed_and_a_file_lets_it_go_on(
    typed: Typed, gateway: GatewayUnderTest, tmp_path: Path
) -> None:
    path = gateway.home / "partners" / f"{HILL}.toml"
    path.write_text(path.read_text().replace('map = "x12/850"', 'map = "x12/850"\nrequired_tables = ["item"]'))
    gateway.restart()
    gateway.drop(HILL, gateway.partner(HILL).interchange([numbered(f"A-{n}", gateway) for n in range(3)]))
    gateway.run()
    missing = typed("tables", "missing")[1]
    assert f"gateway tables set item --partner {HILL} HSH-10010 OUR-ITEM" in missing  # as the parked document says it
    found = json.loads(typed("tables", "missing", "--json")[1])["missing"]
    assert {(m["value"], m["documents"]) for m in found} == {("HSH-10010", 3), ("614141000012", 3)}

    file = tmp_path / "items.csv"
    file.write_text("theirs;ours\nHSH-10010;OUR-9\nHSH-10020;OUR-10\n")
    given = ("tables", "import", str(file), "--table", "item", "--partner", HILL)
    code, out, err = typed(*given, "--dry-run")
    assert code == Exit.DONE
    assert out.splitlines()[0] == f"+ item HSH-10010 of {HILL}: (none) → OUR-9"
    assert "Would be: 2 new, 0 changed, 0 removed, 0 as before; 3 documents that waited would go on." in err
    assert {d.state for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER} == {State.PARKED}
    assert typed("tables", "list")[1] == ""
    assert "3 documents that waited went on." in typed(*given)[2]
    assert "0 new, 0 changed, 0 removed, 2 as before." in typed(*given)[2]
    gateway.run()
    orders = [d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER]
    assert {d.state for d in orders} == {State.POSTED}
    assert "OUR-9" in typed("status", orders[0].id, "--ours")[1]
    assert "OUR-9" not in typed("status", orders[0].id, "--canonical")[1]
    assert typed("status", orders[0].id, "--ours", "--raw")[0] == Exit.USAGE


def test_an_export_is_imported_elsewhere_and_replaces_what_it_does_not_have(
    typed: Typed, gateway: GatewayUnderTest, tmp_path: Path
) -> None:
    for theirs, ours in (("=B-1", "OUR-1"), ("B-2", "OUR-2")):
        typed("tables", "set", "item", theirs, ours, "--partner", HILL)
    typed("tables", "set", "unit", "XCS", "CS")
    file = tmp_path / "tables.csv"
    assert typed("tables", "export", "item", "--output", str(file))[0] == Exit.DONE
    assert "'=B-1" in file.read_text("utf-8-sig")
    exported = file.read_text("utf-8-sig").replace("B-2,OUR-2", "B-3,OUR-3")
    file.write_text(exported)
    code, out, err = typed("tables", "import", str(file), "--replace")
    assert code == Exit.DONE
    assert [line[0] for line in out.splitlines()] == ["-", "+"]
    assert "1 new, 0 changed, 1 removed, 1 as before" in err
    listed = json.loads(typed("tables", "show", "item", "--json")[1])["entries"]
    assert [e["theirs"] for e in listed] == ["=B-1", "B-3"]
    assert "XCS" in typed("tables", "show", "unit")[1]  # the file is not about units


def test_a_file_with_a_bad_row_changes_nothing(typed: Typed, gateway: GatewayUnderTest, tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text("table,partner,theirs,ours\nitem,,A,1\nitem,nobody,B,2\nitem,,C,\n")
    code, out, err = typed("tables", "import", str(file))
    assert code == Exit.FAILED
    assert [line.split(":")[0] for line in out.splitlines()] == ["Line 3", "Line 4"]
    assert "GW-6403" in err
    assert json.loads(typed("tables", "import", str(file), "--json")[1])["complaints"]
    assert typed("tables", "list")[1] == ""
    assert typed("tables", "import", str(tmp_path / "none.csv"))[2].startswith("GW-6203")


def test_a_large_file_is_taken_at_once_and_tells_only_what_changed(
    typed: Typed, gateway: GatewayUnderTest, tmp_path: Path
) -> None:
    file = tmp_path / "items.csv"
    rows = [f"item,{HILL},,B-{n},OUR-{n}" for n in range(1500)]  # more than one query can ask for
    file.write_text("\n".join(["table,partner,scheme,theirs,ours", *rows]))
    assert "1500 new, 0 changed, 0 removed, 0 as before." in typed("tables", "import", str(file))[2]
    rows[700] = f"item,{HILL},,B-700,OUR-0"
    file.write_text("\n".join(["table,partner,scheme,theirs,ours", *rows[:-1]]))
    changed = json.loads(typed("tables", "import", str(file), "--replace", "--json")[1])
    assert [(c["theirs"], c["before"], c["after"]) for c in changed["changes"]] == [
        ("B-1499", "OUR-1499", None),
        ("B-700", "OUR-700", "OUR-0"),
    ]
    assert changed["unchanged"] == 1498
    assert f"{HILL}  1499" in " ".join(typed("tables", "list")[1].split(" "))
