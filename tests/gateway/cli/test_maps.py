"""Map work from the command line, on shipped maps and on a gateway's own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.cli.map_folders import map_folders
from gateway.cli.map_rules import asked_for, layers_of, rule_view, told_rules
from gateway.clock import SystemClock
from gateway.map_shelf import MapShelf
from gateway.shipped import maps_dir
from gateway.simulator.papers import GLOVES, HAMMER, order
from gateway.states import Kind, State
from tests.gateway.cli.conftest import Typed
from tests.journeys.gateway_under_test import GatewayUnderTest
from translators.canonical import Invoice, InvoiceLine, Money

HILL = "hill-street"
GUIDE = """\
[map]
extends = "x12/850"
title = "Purchase order of Hill Street"

[header]
ship_not_before = "DTM[01=064]02"

[[guide]]
page = "page 3, REF"
require = "REF[01=DP]02"

[[guide]]
page = "page 7, PO1"
each = "PO1"
codes = { PO103 = ["EA", "CA"] }
"""


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayUnderTest]:
    home = tmp_path / "home"
    home.mkdir()
    under_test = GatewayUnderTest(home, SystemClock())  # as the commands have it
    monkeypatch.setenv("GATEWAY_HOME", str(home))
    yield under_test
    under_test.close()


@pytest.fixture
def own(gateway: GatewayUnderTest) -> Path:
    """The operator's maps: a guide of Hill Street's."""
    folder = gateway.home / "maps" / "hill"
    folder.mkdir(parents=True)
    (folder / "850.toml").write_text(GUIDE)
    return folder.parent


def send(gateway: GatewayUnderTest) -> str:
    """Let Hill Street send an order; return the document's id."""
    gateway.partner(HILL).send(order("A-1", gateway.clock.now(), (HAMMER, 3), (GLOVES, 2), buyer_prefix="HSH-"))
    gateway.run()
    return gateway.one(Kind.PURCHASE_ORDER).id


def test_every_shipped_map_is_right_and_its_samples_come_out_as_they_say(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path))  # no gateway: the shipped maps
    code, out, err = typed("maps", "check")
    assert (code, out) == (Exit.DONE, "")
    assert "no mistakes" in err
    code, out, _ = typed("maps", "test", "--json")
    tested = json.loads(out)
    assert [s for s in tested["samples"] if not s["is_right"]] == []
    assert tested["without_samples"] == []
    assert code == Exit.DONE
    listed = json.loads(typed("maps", "list", "--json")[1])["maps"]
    names = {p.relative_to(maps_dir()).as_posix().removesuffix(".toml") for p in maps_dir().rglob("*.toml")}
    assert {m["name"] for m in listed} == {n for n in names if not n.startswith("tables/")}
    assert len({s["map"] for s in tested["samples"]}) == len(listed)


def test_the_list_says_whose_a_map_is_and_who_uses_it(typed: Typed, own: Path) -> None:
    (own / "bad").mkdir()
    (own / "bad" / "850.toml").write_text("[map]\n")
    by_name = {m["name"]: m for m in json.loads(typed("maps", "list", "--json")[1])["maps"]}
    assert by_name["hill/850"]["is_own"]
    assert by_name["hill/850"]["extends"] == "x12/850"
    assert not by_name["x12/850"]["is_own"]
    assert HILL in by_name["x12/850"]["used_by"]
    assert by_name["bad/850"]["complaints"]
    assert by_name["bad/850"]["version"] == ""


def test_every_mistake_of_every_map_and_table_is_told_at_once(typed: Typed, own: Path) -> None:
    (own / "hill" / "850.toml").write_text(
        GUIDE.replace("REF[01=DP]02", "RFE[01=DP]02").replace('page = "page 7', 'pge = "page 7')
    )
    (own / "tables").mkdir()
    (own / "tables" / "our_units.toml").write_text('titel = "Units"\n[codes]\nEA = 1\n')
    code, out, err = typed("maps", "check")
    assert code == Exit.FAILED
    for told in (
        "maps/hill/850.toml: guide[0].require",
        "guide[1].pge",
        "maps/tables/our_units.toml: titel",
        "codes.EA",
    ):
        assert told in out
    assert "mistakes." in err
    assert json.loads(typed("maps", "check", "hill/850", "--json")[1])["tables"] == 0
    code, _, err = typed("maps", "check", "hill/85O")
    assert code == Exit.NOT_FOUND
    assert "GW-6501" in err
    assert "did you mean hill/850?" in err


def test_a_changed_map_fails_its_samples_and_says_where(typed: Typed, own: Path) -> None:
    (own / "x12").mkdir()
    text = (maps_dir() / "x12" / "850.toml").read_text()
    changed = text.replace('release_number = "BEG04"\n', "").replace('order_type = "BEG02"', 'order_type = "BEG04"')
    (own / "x12" / "850.toml").write_text(changed)
    code, out, err = typed("maps", "test", "x12/850")
    assert code == Exit.FAILED
    assert "x12/samples/850-retail.edi, map x12/850:" in out
    assert "[0].order_type: expected SA, got nothing" in out
    assert "not as it says" in err


def test_a_sample_without_its_json_is_no_sample_and_broken_json_is_told(typed: Typed, own: Path) -> None:
    samples = own / "hill" / "samples"
    samples.mkdir()
    shutil.copy(maps_dir() / "x12/samples/850-retail.edi", samples / "850-one.edi")
    assert "Without a sample: hill/850." in typed("maps", "test", "hill/850")[2]
    (samples / "850-one.json").write_text("{")
    assert typed("maps", "test", "hill/850")[2].startswith("GW-6502")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("BEG03", ["order_number  ↔  BEG03", "said in maps/x12/850.toml"]),
        ("order_number", ["order_number  ↔  BEG03"]),
        ("ship_not_before", ["ship_not_before  ↔  DTM[01=064]02", "said in maps/hill/850.toml"]),
        (
            "PO103",
            ["lines.quantity.unit", "table units: EA = EA", "The guide: PO103 in each PO1 is one of EA, CA (page 7"],
        ),
        ("PO109", ["lines.item.identifiers  ↔  PO1/PO106", "up to 10 pairs"]),
        ("REF", ["references  ↔  REF", "The guide: REF[01=DP]02 has to be there (page 3, REF)"]),
        ("PO1", ["lines  ↔  PO1", "one for each PO1"]),
        ("lines.price", ["lines.price  ↔  PO1/PO104"]),
        ("parties.address", ["parties.address.city  ↔  N1/N401"]),
        ("CTT01", ["(total)  ↔  CTT01", "the number of lines"]),
        ("lines.deliveries.quantity.value", ["PO1/SDQ/SDQ04", "SCH01", "every 2 elements"]),
        ("CUR02", ["CUR01 = BY is written beside it", "not written when it is USD"]),
    ],
)
def test_a_map_explains_itself_both_ways(typed: Typed, own: Path, path: str, words: list[str]) -> None:
    code, out, err = typed("maps", "explain", "hill/850", path)
    assert (code, err) == (Exit.DONE, "")
    for word in words:
        assert word in out
    told = json.loads(typed("maps", "explain", "hill/850", path, "--json")[1])
    assert told["rules"]
    assert told["map"] == "hill/850"


def test_what_a_map_says_nothing_about_is_told_with_what_was_meant(typed: Typed, own: Path) -> None:
    code, _, err = typed("maps", "explain", "hill/850", "order_nmber")
    assert code == Exit.NOT_FOUND
    assert "Did you mean order_number?" in err
    assert "kept among the document's extensions" in typed("maps", "explain", "hill/850", "AMT02")[2]


def test_every_rule_of_every_shipped_map_can_be_asked_for(typed: Typed, tmp_path: Path) -> None:
    folders = map_folders(tmp_path)
    shelf = MapShelf(folders.load)
    for name in folders.names():
        rules = told_rules(shelf(name))
        layers = layers_of(name, folders.load)
        assert rules
        for rule in rules:
            assert rule in asked_for(rules, rule.key)
            assert all(rule in asked_for(rules, place) for place in rule.wire), (name, rule)
            view = rule_view(rule, shelf(name), layers)
            assert (maps_dir().parent / view.file).is_file()


def test_a_file_is_tried_with_its_answer_and_nothing_is_booked(
    typed: Typed, gateway: GatewayUnderTest, tmp_path: Path
) -> None:
    typed("tables", "set", "item", "HSH-10010", "OUR-9", "--partner", HILL)
    file = tmp_path / "order.edi"
    file.write_bytes(
        gateway.partner(HILL).interchange([order("A-1", gateway.clock.now(), (HAMMER, 3), buyer_prefix="HSH-")])
    )
    code, out, _ = typed("maps", "try", str(file), "--partner", HILL)
    assert code == Exit.DONE
    for word in ('"order_number": "A-1"', "by x12/850", "In our words", "OUR-9", "What would go out:", "AK9*A*1*1*1"):
        assert word in out
    assert gateway.all() == []
    tried = json.loads(typed("maps", "try", str(file), "--partner", "lakeside", "--json")[1])
    assert any("from Hill Street Hardware" in remark for remark in tried["remarks"])
    code, _, err = typed("maps", "try", str(file), "--partner", "hil-street")
    assert code == Exit.NOT_FOUND
    assert "did you mean hill-street?" in err


def test_whose_file_it_is_is_found_when_nobody_says(typed: Typed, gateway: GatewayUnderTest, tmp_path: Path) -> None:
    file = tmp_path / "order.edi"
    file.write_bytes(gateway.partner(HILL).interchange([order("A-1", gateway.clock.now(), (HAMMER, 3))]))
    tried = json.loads(typed("maps", "try", str(file), "--json")[1])
    assert tried["partner"] == HILL
    document = tried["documents"][0]["document"]
    assert document["lines"][0]["quantity"] == {"value": "3", "unit": "EA"}  # a default is a value, and is shown
    assert "notes" not in document
    rows = tmp_path / "order.csv"
    rows.write_text("PO Number\nA-1\n")
    code, _, err = typed("maps", "try", str(rows))
    assert (code, err[:7]) == (Exit.NOT_FOUND, "GW-6505")
    assert "--partner" in err


def test_a_file_that_would_be_refused_ends_with_4(
    typed: Typed, gateway: GatewayUnderTest, own: Path, tmp_path: Path
) -> None:
    file = tmp_path / "order.edi"
    file.write_bytes(gateway.partner(HILL).interchange([order("A-1", gateway.clock.now(), (HAMMER, 3))]))
    code, out, _ = typed("maps", "try", str(file), "--partner", HILL, "--map", "hill/850")
    assert code == Exit.REFUSED
    assert "page 3, REF" in out
    file.write_bytes(file.read_bytes().replace(b"BEG*00*", b"BEG*XX*"))
    tried = json.loads(typed("maps", "try", str(file), "--partner", HILL, "--json")[1])
    assert "AK9*R*1*1*0" in tried["goes_out"]
    assert not tried["documents"] or not tried["documents"][0]["is_accepted"]


def test_rows_are_tried_by_the_map_that_is_named(typed: Typed, gateway: GatewayUnderTest) -> None:
    file = maps_dir() / "csv/samples/order-two.csv"
    tried = json.loads(typed("maps", "try", str(file), "--partner", HILL, "--map", "csv/order", "--json")[1])
    assert [d["document"]["order_number"] for d in tried["documents"]] == ["NS-4711", "NS-4712"]


def test_a_canonical_document_is_tried_as_it_would_go_out(
    typed: Typed, gateway: GatewayUnderTest, tmp_path: Path
) -> None:
    bought = order("A-1", gateway.clock.now(), (HAMMER, 3)).lines[0]
    line = InvoiceLine(line_id="1", quantity=bought.quantity, price=bought.price, item=bought.item)
    invoice = Invoice(
        invoice_number="INV-1",
        invoice_date=date(2026, 3, 2),
        order_number="A-1",
        lines=(line,),
        total=Money(amount="37.50"),
    )
    file = tmp_path / "invoice.json"
    file.write_text(invoice.model_dump_json())
    code, out, _ = typed("maps", "try", str(file), "--partner", HILL)
    assert code == Exit.DONE
    assert "BIG*20260302*INV-1" in out
    assert "TDS*3750" in out
    file.write_text(invoice.model_dump_json(exclude={"lines"}))
    assert typed("maps", "try", str(file), "--partner", HILL)[2].startswith("GW-6504")
    file.write_text("no JSON")
    assert typed("maps", "try", str(file), "--partner", HILL)[2].startswith("GW-6504")


def candidate(gateway: GatewayUnderTest, old: str, new: str) -> Path:
    """Return a folder of changed maps beside the live one."""
    folder = gateway.home / "maps-next"
    (folder / "x12").mkdir(parents=True, exist_ok=True)
    text = (maps_dir() / "x12" / "850.toml").read_text()
    assert old in text
    (folder / "x12" / "850.toml").write_text(text.replace(old, new, 1))
    return folder


def test_a_change_is_seen_in_the_last_documents_before_it_takes_effect(typed: Typed, gateway: GatewayUnderTest) -> None:
    first = send(gateway)
    assert typed("maps", "diff")[2] == "1 document translated again: 0 would be different.\n"
    folder = candidate(gateway, 'order_type = "BEG02"\n', "")
    code, out, err = typed("maps", "diff", "--candidate", str(folder))
    assert code == Exit.DONE
    assert out.startswith(f"{first}  {HILL}  purchase order A-1")
    assert "  order_type: SA → (none)\n" in out
    assert "  extensions[0].path: (none) → BEG02\n" in out
    assert "1 would be different." in err
    assert typed("maps", "diff", "--candidate", folder.name) == (code, out, err)
    changed = json.loads(typed("maps", "diff", "--candidate", str(folder), "--json")[1])
    (document,) = changed["documents"]
    assert document["before"] != document["after"]
    assert typed("maps", "diff", "x12/810", "--candidate", str(folder))[2].startswith("0 documents")
    assert gateway.one(Kind.PURCHASE_ORDER).map_version == document["before"]


def test_a_change_that_would_refuse_good_documents_ends_with_4(typed: Typed, gateway: GatewayUnderTest) -> None:
    send(gateway)
    folder = candidate(gateway, "[totals]", '[[guide]]\npage = "page 9"\nforbid = "DTM"\n\n[totals]')
    code, out, err = typed("maps", "diff", "--candidate", str(folder))
    assert code == Exit.REFUSED
    assert "would be refused" in out
    assert "+ MAP-GUIDE" in out
    assert "1 of them refused" in err


def test_what_went_out_is_written_again_line_by_line(
    typed: Typed, scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GATEWAY_HOME", str(scene.gateway.home))
    (tmp_path / "x12").mkdir()
    text = (maps_dir() / "x12" / "810.toml").read_text()
    swapped = text.replace('order_number = "BIG04"', 'order_number = "BIG02"')
    swapped = swapped.replace('invoice_number = "BIG02"', 'invoice_number = "BIG04"')
    (tmp_path / "x12" / "810.toml").write_text(swapped)
    code, out, _ = typed("maps", "diff", "--candidate", str(tmp_path), "--partner", HILL, "x12/810")
    assert code == Exit.DONE
    assert "  - BIG*20260302*INV-815*" in out
    assert "  + BIG*20260302*0004711*" in out
    assert "- BIG" in typed("maps", "diff", "--candidate", str(tmp_path), "--against", str(maps_dir()), "x12/810")[1]


def test_revisions_of_the_maps_repository_are_compared(typed: Typed, gateway: GatewayUnderTest, own: Path) -> None:
    def git(*arguments: str) -> None:
        names = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", "-C", str(gateway.home), *names, *arguments], check=True, capture_output=True)

    path = gateway.home / "partners" / f"{HILL}.toml"
    path.write_text(path.read_text().replace('map = "x12/850"', 'map = "branch/850"'))
    (own / "hill").rename(own / "branch")
    lenient = GUIDE.partition("[[guide]]")[0]
    (own / "branch" / "850.toml").write_text(lenient)
    gateway.restart()
    send(gateway)
    git("init", "-q")
    git("add", "maps")
    git("commit", "-qm", "lenient")
    git("checkout", "-qb", "strict")
    (own / "branch" / "850.toml").write_text(GUIDE)
    git("commit", "-qam", "strict")
    git("checkout", "-q", "-")
    code, out, _ = typed("maps", "diff", "--candidate", "strict")
    assert code == Exit.REFUSED
    assert "page 3, REF" in out
    assert typed("maps", "diff", "--candidate", "strict", "--against", "strict")[0] == Exit.DONE
    code, _, err = typed("maps", "diff", "--candidate", "nowhere")
    assert code == Exit.FAILED
    assert "GW-6506" in err
    assert "GW-6506" in typed("maps", "diff", "--candidate", "--output=x")[2]


def test_a_document_is_pinned_and_tests_its_map_from_then_on(typed: Typed, gateway: GatewayUnderTest) -> None:
    first = send(gateway)
    code, out, err = typed("maps", "pin", first, "--name", "two-lines")
    assert code == Exit.DONE
    assert "own data" in err
    samples = gateway.home / "maps" / "x12" / "samples"
    assert out.splitlines() == [str(samples / "850-two-lines.edi"), str(samples / "850-two-lines.json")]
    assert json.loads((samples / "850-two-lines.json").read_text())["order_number"] == "A-1"
    assert (samples / "850-two-lines.edi").read_bytes().count(b"ST*850") == 1
    code, _, err = typed("maps", "test", "x12/850")
    assert code == Exit.DONE
    assert "all as they say" in err
    own = gateway.home / "maps" / "x12" / "850.toml"
    own.write_text(
        (maps_dir() / "x12" / "850.toml").read_text().replace('requested_delivery = "DTM[01=002]02"\n', "", 1)
    )
    assert "850-two-lines.edi" in typed("maps", "test", "x12/850")[1]
    assert typed("maps", "pin", first, "--name", "two-lines")[2].startswith("GW-6509")


def test_a_pin_can_be_redacted_and_still_tests_its_map(typed: Typed, gateway: GatewayUnderTest) -> None:
    first = send(gateway)
    assert typed("maps", "pin", first, "--name", "redacted", "--redact")[0] == Exit.DONE
    samples = gateway.home / "maps" / "x12" / "samples"
    for file in samples.iterdir():
        for private in (b"HILLSTREET", b"Store 12", b"Elm", b"Dayton", b"45402", b"Purchasing", b"hill-street"):
            assert private not in file.read_bytes(), (file, private)
    kept = (samples / "850-redacted.edi").read_bytes()
    assert b"HSH-10010" in kept
    assert b"XXXXX 99" in kept.upper()
    assert typed("maps", "test", "x12/850")[0] == Exit.DONE


def test_a_refused_document_is_pinned_with_what_was_found(typed: Typed, gateway: GatewayUnderTest, own: Path) -> None:
    (own / "hill").rename(own / "strict")
    path = gateway.home / "partners" / f"{HILL}.toml"
    path.write_text(path.read_text().replace('map = "x12/850"', 'map = "strict/850"'))
    gateway.restart()
    send(gateway)  # without a department, which the guide asks for
    parked = gateway.one(Kind.PURCHASE_ORDER)
    assert (parked.state, parked.code) == (State.PARKED, "GW-3102")
    code, out, _ = typed("maps", "pin", parked.id, "--name", "no-department")
    assert code == Exit.DONE
    assert out.splitlines()[2].endswith("850-no-department.findings.json")
    assert typed("maps", "test", "strict/850")[0] == Exit.DONE
    (own / "strict" / "850.toml").write_text(GUIDE.replace("page 3, REF", "page 4, REF"))
    assert "findings[0]: expected MAP-GUIDE" in typed("maps", "test", "strict/850")[1]


def test_only_a_business_document_that_came_in_is_pinned(typed: Typed, scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_HOME", str(scene.gateway.home))
    envelope = next(d for d in scene.gateway.all() if d.kind is Kind.INTERCHANGE)
    assert typed("maps", "pin", envelope.id)[2].startswith("GW-6508")
    assert typed("maps", "pin", "0" * 26)[2].startswith("GW-6101")
    assert typed("maps", "pin", envelope.id, "--name", "../x")[0] == Exit.USAGE


@pytest.mark.parametrize(
    ("partner", "map_name", "file"),
    [
        ("prairie-garden", "csv/order", "csv/samples/order-two.csv"),
        ("bayside-campus", "cxml/order", "cxml/samples/order-two-lines.xml"),
    ],
)
def test_files_without_envelopes_are_tried_compared_and_pinned_like_x12(
    typed: Typed, gateway: GatewayUnderTest, partner: str, map_name: str, file: str
) -> None:
    content = (maps_dir() / file).read_bytes()
    content = content.replace(
        b"</Credential>\n      <UserAgent>",
        b"<SharedSecret>hunter2</SharedSecret></Credential><UserAgent>",
    )
    assert (b"hunter2" in content) is (map_name == "cxml/order")
    path = gateway.home / Path(file).name
    path.write_bytes(content)
    tried = json.loads(typed("maps", "try", str(path), "--partner", partner, "--json")[1])
    assert {d["map"] for d in tried["documents"]} == {map_name}
    assert all(d["is_accepted"] for d in tried["documents"])

    gateway.drop(partner, content, path.name)
    gateway.run()
    orders = [d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER]
    assert {d.state for d in orders} == {State.POSTED}
    assert "0 would be different" in typed("maps", "diff", map_name)[2]
    folder = gateway.home / "maps-next" / Path(map_name).parent
    folder.mkdir(parents=True)
    text = (maps_dir() / f"{map_name}.toml").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("requested_delivery =")]
    (folder / f"{Path(map_name).name}.toml").write_text("\n".join(lines))
    _, out, err = typed("maps", "diff", map_name, "--candidate", str(folder.parent))
    assert "requested_delivery: " in out
    assert " 0 would be different" not in err

    for name, option in (("whole", ()), ("masked", ("--redact",))):
        code, out, _ = typed("maps", "pin", orders[0].id, "--name", name, *option)
        assert code == Exit.DONE
        pinned = Path(out.splitlines()[0]).read_bytes()
        assert b"hunter2" not in pinned
        parties = [p for d in tried["documents"] for p in d["document"]["parties"] if p.get("name")]
        assert parties
        words = {word for party in parties for word in re.findall(r"[A-Z][a-z]{4,}", party["name"])}
        assert all((word.encode() in pinned) is (name == "whole") for word in words)
    assert typed("maps", "test", map_name)[0] == Exit.DONE


def test_what_cannot_be_taken_out_is_not_pinned(
    typed: Typed, gateway: GatewayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = send(gateway)
    monkeypatch.setattr("gateway.cli.maps_pin.redacted_x12", lambda content, *_: content.replace(b"Dayton", b"Xxxxxx"))
    code, out, err = typed("maps", "pin", first, "--redact")
    assert (code, out) == (Exit.FAILED, "")
    assert err.startswith("GW-6510")
    assert not (gateway.home / "maps" / "x12").exists()
