"""Commands that look: status, documents, explain, validate, check."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from gateway.api.document_views import DocumentList, FileVerdicts, StatusOfDocument
from gateway.api.order_views import OrderChoice, OrderView
from gateway.cli.exits import Exit
from gateway.states import Direction, Kind, State
from tests.gateway.cli.conftest import Typed
from tests.gateway.scene import CUSTOMER, INVOICE, ORDER, OTHER_CUSTOMER, PARKED_ORDER, SECOND_ORDER, Scene


def test_an_order_is_told_in_words(at_scene: Typed) -> None:
    code, out, err = at_scene("status", INVOICE)
    assert (code, err) == (Exit.DONE, "")
    first, chain, *_ = out.splitlines()
    assert first == f"Order {ORDER} from Hill Street Hardware ({CUSTOMER})"
    assert chain.startswith("  850 received → 997 sent → ERP SO-")
    assert chain.endswith(" → 855 sent, accepted → 856 sent, accepted → 810 sent, rejected")
    assert f"Needs a person: invoice {INVOICE} is rejected" in out
    row = next(row for row in out.splitlines() if "HSH-10010" in row)
    assert " ".join(row.split()) == "1 HSH-10010 24 EA 10 EA 14 EA - 10 EA - 2026-03-09"


@pytest.mark.parametrize("written", [SECOND_ORDER, "hs1002", "HS 1002", "hs-1002", f"0{SECOND_ORDER}"])
def test_a_number_is_found_however_it_is_written(at_scene: Typed, written: str) -> None:
    code, out, _ = at_scene("status", written, "--json")
    assert code == Exit.DONE
    assert OrderView.model_validate_json(out).order_number == SECOND_ORDER


def test_several_orders_are_listed_and_a_partner_decides(at_scene: Typed) -> None:
    code, out, err = at_scene("status", "4711")
    assert code == Exit.DONE
    assert CUSTOMER in out
    assert OTHER_CUSTOMER in out
    assert "--partner" in err
    assert len(OrderChoice.model_validate_json(at_scene("status", "4711", "--json")[1]).orders) == 2
    assert at_scene("status", "4711", "--partner", OTHER_CUSTOMER)[1].startswith(f"Order {ORDER} from Lakeside")


def test_one_document_is_told_with_its_story(scene: Scene, at_scene: Typed) -> None:
    stopped = scene.document(Kind.PURCHASE_ORDER, Direction.IN, PARKED_ORDER)
    code, out, _ = at_scene("status", stopped.id)
    assert code == Exit.DONE
    assert "waiting for a person" in out.splitlines()[0]
    assert "ERP-ITEM-UNKNOWN" in out
    for entry in scene.gateway.story(stopped):
        assert entry.sentence in out
    told = StatusOfDocument.model_validate_json(at_scene("status", stopped.id.lower(), "--json")[1])
    assert told.document.id == stopped.id
    assert [e.event for e in told.timeline] == [e.event for e in scene.gateway.story(stopped)]


def test_a_file_shows_what_it_holds(scene: Scene, at_scene: Typed) -> None:
    order = scene.document(Kind.PURCHASE_ORDER, Direction.IN, SECOND_ORDER)
    assert order.parent_id is not None
    _, out, _ = at_scene("status", order.parent_id)
    assert "Holds" in out
    assert order.id in out
    assert "Answered by" in out


def test_what_a_partner_wrote_cannot_command_the_terminal(scene: Scene, at_scene: Typed) -> None:
    letter = scene.document(Kind.INTERCHANGE, Direction.IN, state=State.REFUSED)
    for arguments in (["status", letter.id], ["documents", "--state", "refused"]):
        _, out, _ = at_scene(*arguments)
        assert "letter ?[2J.txt" in out
        assert "\x1b" not in out
        assert "\x07" not in out


@pytest.mark.parametrize("number", ["nothing-like-it", "", "   ", "\udcff", "01JCZ8K3V7M2Q4R6T8W0X2Y4Z6"])
def test_what_is_not_there_ends_with_3(at_scene: Typed, number: str) -> None:
    code, out, err = at_scene("status", number)
    assert (code, out) == (Exit.NOT_FOUND, "")
    assert err.startswith("GW-6105 ")
    assert err.count("\n") == 1


def test_the_list_goes_on_where_its_cursor_says(scene: Scene, at_scene: Typed) -> None:
    ids: list[str] = []
    cursor: list[str] = []
    while True:
        code, out, err = at_scene("documents", "--limit", "9", "--json", *cursor)
        assert (code, err) == (Exit.DONE, "")
        page = DocumentList.model_validate_json(out)
        ids += [d.id for d in page.documents]
        if page.next is None:
            break
        cursor = ["--cursor", page.next]
    assert ids == sorted((d.id for d in scene.gateway.all()), reverse=True)


def test_the_list_for_people_has_the_same_documents(scene: Scene, at_scene: Typed) -> None:
    _, out, err = at_scene("documents", "--needs-person", "--partner", CUSTOMER)
    assert out.splitlines()[0].split()[:3] == ["id", "received", "partner"]
    expected = [
        d.id for d in scene.gateway.all() if d.partner == CUSTOMER and d.state in ("parked", "rejected", "refused")
    ]
    assert sorted(row.split()[0] for row in out.splitlines()[1:]) == sorted(expected)
    assert err == ""


def test_an_empty_list_is_no_failure(at_scene: Typed) -> None:
    assert at_scene("documents", "--partner", "nobody") == (Exit.DONE, "", "No documents.\n")
    assert json.loads(at_scene("documents", "--partner", "nobody", "--json")[1]) == {"documents": [], "next": None}


def test_a_strange_cursor_is_one_line(at_scene: Typed) -> None:
    code, out, err = at_scene("documents", "--cursor", "abc")
    assert (code, out) == (Exit.FAILED, "")
    assert err.startswith("GW-6106 ")


def test_a_number_of_no_order_lists_the_documents_it_finds(at_scene: Typed) -> None:
    """A number's beginning fits documents of several orders: those are listed, none is picked."""
    code, out, err = at_scene("status", "HS-10", "--json")
    assert (code, err) == (Exit.DONE, "")
    assert {o.order_number for o in OrderChoice.model_validate_json(out).orders} == {
        SECOND_ORDER,
        PARKED_ORDER,
        "HS-1009",
    }


@pytest.mark.parametrize("command", ["status", "documents", "retry", "keys"])
def test_a_folder_without_a_gateway_is_said_to_be_one(typed: Typed, tmp_path: Path, command: str) -> None:
    more = {"status": ["1"], "retry": ["X", "--reason", "y"], "keys": ["list"]}.get(command, [])
    code, out, err = typed(command, *more, "--home", str(tmp_path))
    assert (code, out) == (Exit.FAILED, "")
    assert err.startswith("GW-6201 ")
    assert "gateway init" in err
    assert not list(tmp_path.iterdir())


def test_a_gateway_that_never_ran_has_no_database(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text("")
    code, _, err = typed("documents", "--home", str(tmp_path))
    assert code == Exit.FAILED
    assert err.startswith("GW-6202 ")


def test_check_names_every_mistake(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text("")
    (tmp_path / "partners").mkdir()
    (tmp_path / "partners" / "one.toml").write_text('nam = "x"\n')
    (tmp_path / "partners" / "two.toml").write_text("= broken\n")
    code, out, err = typed("check", "--home", str(tmp_path))
    assert code == Exit.FAILED
    assert "partners/one.toml" in out
    assert "partners/two.toml" in out
    assert "mistakes" in err
    listed = json.loads(typed("check", "--home", str(tmp_path), "--json")[1])["complaints"]
    assert listed == out.splitlines()


def test_check_calls_no_folder_strange_whose_partners_file_has_a_mistake(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text("")
    (tmp_path / "partners").mkdir()
    (tmp_path / "partners" / "one.toml").write_text('nam = "x"\n')
    for folder in ("one", "stranger"):
        (tmp_path / "inbox" / folder).mkdir(parents=True)
    out = typed("check", "--home", str(tmp_path))[1]
    assert "inbox/one" not in out
    assert "inbox/stranger: no partner has this folder" in out


def test_check_is_silent_on_stdout_when_all_is_right(at_scene: Typed) -> None:
    assert at_scene("check") == (Exit.DONE, "", "The configuration is right.\n")


def test_settings_with_a_mistake_fail_with_a_sentence(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text("api_port = 0\nnonsense = true\n")
    code, _, err = typed("documents", "--home", str(tmp_path))
    assert code == Exit.FAILED
    assert err.startswith("GW-1001 ")
    assert "api_port" in err
    assert "nonsense" in err


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("api_prt = 8401\n", "gateway.toml: api_prt: there is no such key; did you mean api_port?"),
        ('[company]\nnme = "x"\n', "gateway.toml: company.nme: there is no such key; did you mean name?"),
        ("zzz = 1\n", "gateway.toml: zzz: there is no such key; leave it out"),
    ],
)
def test_a_typo_in_the_settings_gets_a_hint(typed: Typed, tmp_path: Path, written: str, hint: str) -> None:
    (tmp_path / "gateway.toml").write_text(written)
    code, out, err = typed("check", "--home", str(tmp_path))
    assert (code, out.splitlines(), err) == (Exit.FAILED, [hint], "1 mistake.\n")


@pytest.fixture
def edi(scene: Scene, tmp_path: Path) -> dict[str, Path]:
    """A good file, a cut one, and one that is no EDI."""
    invoice = scene.gateway.station.payload(scene.document(Kind.INVOICE, Direction.OUT))
    contents = {
        "good": invoice,
        "cut": invoice[: len(invoice) // 2],
        "letter": b"Dear colleagues, \x1b[2J",
        "empty": b"",
    }
    for name, content in contents.items():
        (tmp_path / f"{name}.edi").write_bytes(content)
    return {name: tmp_path / f"{name}.edi" for name in contents}


@pytest.mark.parametrize(("name", "expected"), [("good", 0), ("cut", 4), ("letter", 4), ("empty", 4)])
def test_a_file_is_accepted_or_refused(typed: Typed, edi: dict[str, Path], name: str, expected: int) -> None:
    code, out, err = typed("validate", str(edi[name]))
    assert (code, err) == (expected, "")
    assert f": {'accepted' if expected == 0 else 'refused'}, " in out.splitlines()[0]
    assert "\x1b" not in out
    code, out, _ = typed("explain", str(edi[name]))
    assert code == expected
    assert "\x1b" not in out


def test_some_refused_is_partly(typed: Typed, edi: dict[str, Path]) -> None:
    code, out, _ = typed("validate", str(edi["good"]), str(edi["cut"]), "--json")
    assert code == Exit.PARTLY
    assert [f.is_refused for f in FileVerdicts.model_validate_json(out).files] == [False, True]


def test_a_file_that_is_not_there_ends_with_3(typed: Typed, tmp_path: Path) -> None:
    for command in ("validate", "explain"):
        code, _, err = typed(command, str(tmp_path / "none.edi"))
        assert code == Exit.NOT_FOUND
        assert err.startswith("GW-6203 ")


def test_an_explanation_puts_the_mistake_under_its_segment(typed: Typed, edi: dict[str, Path]) -> None:
    broken = edi["good"].read_bytes().replace(b"BIG*20260302*", b"BIG*20269999*")
    edi["good"].write_bytes(broken)
    code, out, _ = typed("explain", str(edi["good"]))
    assert code == Exit.REFUSED
    lines = out.splitlines()
    place = next(n for n, line in enumerate(lines) if " BIG " in line)
    assert "X12-ELEMENT-DATE" in lines[place + 1]
    assert json.loads(typed("explain", str(edi["good"]), "--json")[1])


def test_standard_input_is_a_file_too(typed: Typed, edi: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    for command in ("validate", "explain"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(edi["good"].read_bytes())))
        assert typed(command, "-")[0] == Exit.DONE


def test_a_stored_document_is_printed_as_it_is(scene: Scene, at_scene: Typed) -> None:
    document = scene.document(Kind.INVOICE, Direction.OUT)
    code, out, err = at_scene("status", document.id, "--raw")
    assert (code, err) == (Exit.DONE, "")
    assert out.encode("ascii") == scene.gateway.station.payload(document)


def test_a_documents_canonical_json_is_printed(scene: Scene, at_scene: Typed) -> None:
    document = scene.document(Kind.INVOICE, Direction.OUT)
    code, out, _ = at_scene("status", document.id.lower(), "--canonical")
    assert code == Exit.DONE
    assert json.loads(out)["invoice_number"] == INVOICE


def test_a_document_without_a_canonical_form_says_so(scene: Scene, at_scene: Typed) -> None:
    letter = scene.document(Kind.INTERCHANGE, Direction.IN, state=State.REFUSED)
    code, out, err = at_scene("status", letter.id, "--canonical")
    assert (code, out) == (Exit.NOT_FOUND, "")
    assert err.startswith("GW-6104 ")


def test_only_one_document_is_printed(at_scene: Typed) -> None:
    code, out, err = at_scene("status", ORDER, "--canonical")
    assert code == Exit.FAILED
    assert "name one by its id" in err
    assert "schema_version" not in out
    assert at_scene("status", ORDER, "--canonical", "--raw")[0] == Exit.USAGE


def test_a_stored_document_is_explained_with_its_envelope(scene: Scene, at_scene: Typed) -> None:
    document = scene.document(Kind.INVOICE, Direction.OUT)
    code, out, _ = at_scene("explain", document.id.lower())
    assert code == Exit.DONE
    assert out.startswith("Interchange ")
    assert INVOICE in out
    code, out, err = at_scene("explain", "01JCZ8K3V7M2Q4R6T8W0X2Y4Z6")
    assert (code, out) == (Exit.NOT_FOUND, "")
    assert err.startswith("GW-6101 ")
