"""`gateway validate`, `explain` and `convert` on files that are no X12: by the partner, by the folder they lie in, or by a map."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gateway import shipped
from gateway.cli.exits import Exit
from tests.gateway.cli.conftest import Typed

ROWS = "maps/csv/samples/order-two.csv"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A gateway with the sample partners."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "gateway.toml").write_text("")
    shutil.copytree(shipped.partners_dir(), home / "partners")
    return home


def put(path: Path, *changes: tuple[bytes, bytes]) -> str:
    """Return the name of a copy of the sample order file, changed."""
    content = (ROOT / ROWS).read_bytes()
    for old, new in changes:
        assert old in content
        content = content.replace(old, new)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize("by", [("--partner", "Prairie Garden Centers"), ("--map", "csv/order")])
def test_a_file_is_judged_by_its_partner_or_by_a_map(by: tuple[str, str], typed: Typed, home: Path) -> None:
    code, out, err = typed("validate", str(ROOT / ROWS), *by, "--home", str(home))
    assert (code, err) == (Exit.DONE, "")
    assert "accepted, 2 documents, 0 findings" in out
    assert "Judged as CSV by the map csv/order" in out


def test_a_file_in_a_partners_folder_is_judged_as_the_partners(typed: Typed, home: Path) -> None:
    file = put(home / "inbox" / "prairie-garden" / "orders.csv", (b'm",24,EA', b'm",many,EA'))
    code, out, _ = typed("validate", file, "--home", str(home))
    assert code == Exit.REFUSED
    assert "refused, 2 documents, 1 finding" in out
    assert "Row 2, line.Quantity: 'many' is no number" in out
    assert "has no value" not in out  # the number that is none is not missing as well
    assert "row 2, line.Quantity" in out
    assert "segment" not in out


def test_a_file_that_nobody_can_tell_is_refused_and_says_how_to_tell(typed: Typed, home: Path) -> None:
    code, out, _ = typed("validate", str(ROOT / ROWS), "--home", str(home))
    assert code == Exit.REFUSED
    assert "--partner" in out
    assert typed("validate", str(ROOT / ROWS), "--partner", "bayside-campus", "--home", str(home))[0] == Exit.REFUSED


def test_an_unknown_partner_and_an_unknown_map_are_told(typed: Typed, home: Path) -> None:
    assert "GW-6205" in typed("validate", ROWS, "--partner", "nobody", "--home", str(home))[2]
    assert "GW-6207" in typed("convert", str(ROOT / ROWS), "--map", "csv/oder", "--home", str(home))[2]
    sample = next((ROOT / "maps" / "x12" / "samples").glob("856*.edi"))
    told = " ".join(typed("convert", str(sample), "--home", str(home))[2].split())
    assert "Nothing that is agreed reads an 856. Name a map that does with --map, such as --map x12/856." in told


def test_explain_tells_each_value_and_its_place(typed: Typed, home: Path) -> None:
    code, out, _ = typed("explain", str(ROOT / ROWS), "--map", "csv/order", "--home", str(home))
    assert code == Exit.DONE
    line = next(line for line in out.splitlines() if "lines/0/quantity/value" in line)
    assert line.split() == ["lines/0/quantity/value", "24", "row", "2,", "line.Quantity"]
    told = json.loads(typed("explain", str(ROOT / ROWS), "--map", "csv/order", "--home", str(home), "--json")[1])
    assert [d["document"]["order_number"] for d in told["documents"]] == ["NS-4711", "NS-4712"]


def test_explain_writes_a_page_in_which_nothing_of_the_file_is_markup(typed: Typed, home: Path, tmp_path: Path) -> None:
    file = put(tmp_path / "<b>orders.csv", (b'm",24,EA', b'm",<script>,EA'))
    code, page, _ = typed("explain", file, "--map", "csv/order", "--home", str(home), "--html")
    assert code == Exit.REFUSED
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<b>" not in page
    assert "MAP-VALUE" in page
    assert "<td>NS-4712</td>" in page


def test_explain_writes_x12_as_a_page(typed: Typed, home: Path) -> None:
    file = str(ROOT / "maps/x12/samples/850-retail.edi")
    code, page, _ = typed("explain", file, "--home", str(home), "--html")
    assert code == Exit.DONE
    assert page.startswith("<!doctype html>")
    assert '<article class="x12">' in page
    assert "beginning of the order" in page


@pytest.mark.parametrize(
    ("file", "by", "to"),
    [
        ("maps/cxml/samples/order-two-lines.xml", "cxml/order", "csv/order"),
        ("maps/x12/samples/850-retail.edi", "x12/850", "ubl/order"),
        (ROWS, "csv/order", "cxml/order"),
    ],
)
def test_convert_writes_another_format_that_reads_back_as_the_same_order(
    file: str, by: str, to: str, typed: Typed, home: Path, tmp_path: Path
) -> None:
    first = json.loads(typed("convert", str(ROOT / file), "--map", by, "--home", str(home))[1])
    code, written, _ = typed("convert", str(ROOT / file), "--map", by, "--to", to, "--home", str(home))
    assert code == Exit.DONE
    again = tmp_path / "again"
    # Of several documents XML makes several files, one after the other; the first is read again.
    again.write_bytes((written.partition("</cXML>")[0] + "</cXML>" if to == "cxml/order" else written).encode())
    second = json.loads(typed("convert", str(again), "--map", to, "--home", str(home))[1])
    assert second[0]["order_number"] == first[0]["order_number"]
    assert [line["quantity"] for line in second[0]["lines"]] == [line["quantity"] for line in first[0]["lines"]]


def test_convert_prints_the_good_documents_and_ends_with_4_for_a_bad_one(
    typed: Typed, home: Path, tmp_path: Path
) -> None:
    file = put(tmp_path / "orders.csv", (b'm",24,EA', b'm",many,EA'))
    code, out, err = typed("convert", file, "--partner", "prairie-garden", "--home", str(home))
    assert code == Exit.REFUSED
    assert [d["order_number"] for d in json.loads(out)] == ["NS-4712"]
    assert "MAP-VALUE Row 2, line.Quantity" in err


def test_what_a_map_only_kept_comes_last(typed: Typed, home: Path) -> None:
    order = str(next((ROOT / "maps" / "cxml" / "samples").glob("order*.xml")))
    out = typed("explain", order, "--map", "cxml/order", "--home", str(home))[1]
    kept = [line.strip().startswith("extensions/") or "/extensions/" in line for line in out.splitlines()[2:]]
    assert any(kept)
    assert kept == sorted(kept)
    (document,) = json.loads(typed("convert", order, "--map", "cxml/order", "--home", str(home))[1])
    assert list(document)[-1] == "extensions"
