"""`gateway validate` judges as the gateway would: the standard, then the agreed map and guide."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gateway import shipped
from gateway.cli import judge
from gateway.cli.exits import Exit
from gateway.simulator.papers import GLOVES, order
from tests.gateway.cli.conftest import Typed
from tests.gateway.scene import CUSTOMER, Scene

GUIDE = """
[[guide]]
page = "Orders, page 3"
require = "REF[01=DP]02"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A gateway with the sample partners and its own map for orders, which has a guide."""
    home = tmp_path / "home"
    (home / "maps" / "x12").mkdir(parents=True)
    (home / "gateway.toml").write_text("")
    shutil.copytree(shipped.partners_dir(), home / "partners")
    shipped_map = (shipped.maps_dir() / "x12" / "850.toml").read_text()
    (home / "maps" / "x12" / "850.toml").write_text(shipped_map + GUIDE)
    return home


@pytest.fixture
def bought(scene: Scene, tmp_path: Path) -> Path:
    """An order from a customer that keeps to the standard."""
    file = tmp_path / "order.edi"
    file.write_bytes(
        scene.gateway.partner(CUSTOMER).interchange([order("HS-77", scene.gateway.clock.now(), (GLOVES, 2))])
    )
    return file


def test_what_the_agreed_maps_guide_demands_refuses_the_file(typed: Typed, home: Path, bought: Path) -> None:
    code, out, err = typed("validate", str(bought), "--home", str(home))
    assert (code, err) == (Exit.REFUSED, "")
    assert out.splitlines()[0].endswith("acknowledged, but would be parked, 1 transaction set, 1 finding")
    assert "Orders, page 3" in out
    told = json.loads(typed("validate", str(bought), "--home", str(home), "--json")[1])["files"][0]
    assert told["is_refused"]
    assert [f["severity"] for f in told["findings"]] == ["error"]
    assert "by the map x12/850" in told["remarks"][0]


PARKED = "acknowledged, but would be parked"


def test_explain_and_maps_try_say_what_validate_says(typed: Typed, home: Path, bought: Path) -> None:
    """What the guide finds stands in its place, and the words are the same."""
    code, text, err = typed("explain", str(bought), "--home", str(home))
    assert (code, err) == (Exit.REFUSED, "")
    title = next(line for line in text.splitlines() if " 850 purchase order " in line)
    assert title.endswith(f": {PARKED}")
    assert (
        "MAP-GUIDE [IK403 I9] The department (REF[01=DP]02) is missing, and the guide asks for it. (Orders, page 3)"
        in text
    )
    assert "Judged by the standard, then as from Hill Street Hardware by the map x12/850" in " ".join(text.split())
    page = typed("explain", str(bought), "--html", "--home", str(home))[1]
    assert PARKED in page
    assert "Orders, page 3" in page
    assert "as from Hill Street Hardware" in page
    told = json.loads(typed("explain", str(bought), "--json", "--home", str(home))[1])
    (one,) = told["interchanges"][0]["groups"][0]["sets"]
    assert (one["verdict"], [f["code"] for f in one["findings"]]) == (PARKED, ["MAP-GUIDE"])
    tried = typed("maps", "try", str(bought), "--partner", "hill-street", "--home", str(home))
    assert (tried[0], tried[1].splitlines()[0].endswith(f": {PARKED}")) == (Exit.REFUSED, True)


def test_what_breaks_the_standard_is_refused_in_every_command(typed: Typed, home: Path, bought: Path) -> None:
    bought.write_bytes(bought.read_bytes().replace(b"*EA*", b"*Q?*"))
    for command in (("validate",), ("explain",), ("maps", "try", "--partner", "hill-street")):
        code, out, _ = typed(*command, str(bought), "--home", str(home))
        assert code == Exit.REFUSED
        assert ": refused" in out
        assert PARKED not in out


def test_an_accepted_file_is_accepted_in_every_command(typed: Typed, home: Path, bought: Path) -> None:
    (home / "maps" / "x12" / "850.toml").unlink()
    for command in (("validate",), ("explain",), ("maps", "try", "--partner", "hill-street")):
        code, out, _ = typed(*command, str(bought), "--home", str(home))
        assert (code, ": accepted" in out) == (Exit.DONE, True)


def test_with_the_shipped_map_the_same_file_is_accepted(typed: Typed, home: Path, bought: Path) -> None:
    (home / "maps" / "x12" / "850.toml").unlink()
    code, out, _ = typed("validate", str(bought), "--home", str(home))
    assert code == Exit.DONE
    assert "as from Hill Street Hardware by the map x12/850" in out


def test_without_a_gateway_only_the_standard_is_judged_and_that_is_said(
    typed: Typed, tmp_path: Path, bought: Path
) -> None:
    code, out, _ = typed("validate", str(bought), "--home", str(tmp_path / "nowhere"))
    assert code == Exit.DONE
    assert "standard only: there is no gateway in" in out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('interchange_id = "ZZ:HILLSTREET"', 'interchange_id = "ZZ:ANOTHER"', "no partner file has ZZ:HILLSTREET"),
        ('name = "', 'nam = "', "the partner files do not load"),
        ('map = "x12/850"', 'map = "x12/85O"', "the map x12/85O does not load"),
    ],
)
def test_a_profile_that_cannot_be_used_is_said_in_one_line(
    typed: Typed, home: Path, bought: Path, old: str, new: str, said: str
) -> None:
    profile = home / "partners" / f"{CUSTOMER}.toml"
    text = profile.read_text()
    assert old in text
    profile.write_text(text.replace(old, new, 1))
    code, out, _ = typed("validate", str(bought), "--home", str(home))
    assert code == Exit.DONE
    (remark,) = [line for line in out.splitlines() if "standard only" in line]
    assert said in remark


def test_what_nobody_agreed_on_is_said(typed: Typed, home: Path, bought: Path) -> None:
    profile = home / "partners" / f"{CUSTOMER}.toml"
    profile.write_text(profile.read_text().split("[[agreements]]")[0])
    _, out, _ = typed("validate", str(bought), "--home", str(home))
    assert "nothing is agreed with Hill Street Hardware about an 850" in out


def test_a_test_from_a_partner_in_production_is_said_to_wait(typed: Typed, home: Path, bought: Path) -> None:
    bought.write_bytes(bought.read_bytes().replace(b"*0*P*>", b"*0*T*>"))
    _, out, _ = typed("validate", str(bought), "--home", str(home))
    assert "the envelope says test (ISA15)" in out


def test_a_set_too_large_for_a_map_is_judged_by_the_standard_and_that_is_said(
    typed: Typed, home: Path, bought: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "MAPPED_PARTS_LIMIT", 0)
    code, out, _ = typed("validate", str(bought), "--home", str(home))
    assert code == Exit.DONE  # the guide, which would refuse it, is the map's
    assert "standard only: no map is tried here on an 850 of" in out


def test_several_processors_find_what_one_finds(typed: Typed, home: Path, scene: Scene, tmp_path: Path) -> None:
    """Many sets, some wrong, in one file: of a known sender (so that its map and guide are asked), and of a stranger."""
    sets = [order(f"HS-{n}", scene.gateway.clock.now(), (GLOVES, n % 5 + 1)) for n in range(40)]
    payload = scene.gateway.partner(CUSTOMER).interchange(sets)
    wrong = payload.replace(b"HS-7~", b"HS-7*~", 1).replace(b"*EA*", b"*QQ*", 3)
    stranger = wrong.replace(b"HILLSTREET", b"NOBODYHERE")
    file = tmp_path / "many.edi"
    file.write_bytes(wrong + stranger)
    told = [
        typed("validate", str(file), "--home", str(home), "--json", "--processors", str(processors))
        for processors in (1, 2)
    ]
    assert told[0] == told[1]
    assert json.loads(told[0][1])["files"][0]["transaction_sets"] == 80
    assert len(json.loads(told[0][1])["files"][0]["findings"]) > 40
