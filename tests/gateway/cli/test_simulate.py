"""`gateway simulate`: what it says and how it ends; what becomes of its files is in tests/journeys/test_simulate.py."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gateway import shipped
from gateway.cli.exits import Exit
from tests.gateway.cli.conftest import Typed


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A gateway with the sample partners that nobody runs."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "gateway.toml").write_text("")
    shutil.copytree(shipped.partners_dir(), home / "partners")
    return home


def test_orders_that_nobody_answers_end_with_4_and_are_named(typed: Typed, home: Path) -> None:
    arguments = (
        "simulate",
        "Hill Street Hardware",
        "--count",
        "2",
        "--seconds",
        "1",
        "--prefix",
        "T",
        "--home",
        str(home),
    )
    code, out, err = typed(*arguments, "--json")
    assert code == Exit.REFUSED
    told = json.loads(out)
    assert (told["partner"], told["behaviour"], told["unanswered"]) == ("hill-street", "good", ["T-0001", "T-0002"])
    assert "T-0001: order sent, good" in err
    files = sorted((home / "inbox" / "hill-street").iterdir())
    assert len(files) == 2
    assert all(file.read_bytes().startswith(b"ISA*") for file in files)


def test_what_is_ordered_may_be_said_in_a_file(typed: Typed, home: Path, tmp_path: Path) -> None:
    items = tmp_path / "items.csv"
    items.write_text("A-1,036000291452,12.00\n")
    arguments = ("simulate", "prairie-garden", "--count", "1", "--seconds", "1", "--home", str(home))
    typed(*arguments, "--items", str(items))
    (file,) = (home / "inbox" / "prairie-garden").iterdir()
    assert b",036000291452," in file.read_bytes()
    items.write_text("A-1,036000291452\n")
    code, _, err = typed(*arguments, "--items", str(items))
    assert code == Exit.NOT_FOUND
    assert "GW-6203" in err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nobody",), Exit.NOT_FOUND, "GW-6205"),
        (("hill-street", "--behaviour", "rude"), Exit.USAGE, "good, late, duplicate"),
    ],
)
def test_mistakes_in_typing_are_told(
    arguments: tuple[str, ...], code: Exit, says: str, typed: Typed, home: Path
) -> None:
    ended, _, err = typed("simulate", *arguments, "--home", str(home))
    assert ended == code
    assert says in err


def test_a_partner_that_is_reached_otherwise_cannot_be_simulated(typed: Typed, home: Path) -> None:
    profile = home / "partners" / "hill-street.toml"
    profile.write_text(profile.read_text().replace('kind = "folder"', 'kind = "sftp"'))
    code, _, err = typed("simulate", "hill-street", "--home", str(home))
    assert code == Exit.FAILED
    assert "GW-6206" in err
