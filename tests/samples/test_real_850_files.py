"""Every real 850 file beside the project, dropped into an inbox: none lost, none crashes a leg, each ends in a state with a sentence.

The folder is not part of the project; without it there is nothing to test here.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gateway.states import STATES, Direction, Kind, State
from gateway.steps.wire import plain_id
from tests.journeys.gateway_under_test import GatewayUnderTest
from translators.x12 import Catalogue, InterchangeHeader, read

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "850"
FILES = sorted(SAMPLES.iterdir()) if SAMPLES.is_dir() else []

pytestmark = pytest.mark.skipif(not FILES, reason="the sample files are not beside the project")

PROFILE = """\
name = "Sender {number}"
account = "C-{number}"
connector = "erp"
[x12]
interchange_id = '{qualifier}:{sender}'
company_interchange_id = '{receiver_qualifier}:{receiver}'
usage = "{usage}"
[[agreements]]
document = "purchase_order"
direction = "in"
map = "x12/850"
"""


def stories(gateway: GatewayUnderTest) -> Counter[tuple[str, str, str]]:
    """Return how many documents of each kind came in and ended in each state, by code; fail when one is not at rest."""
    assert gateway.in_progress() == []
    found: Counter[tuple[str, str, str]] = Counter()
    for document in gateway.all():
        assert STATES[document.state].is_final, document
        assert document.sentence
        assert gateway.story(document)
        if document.direction is Direction.IN:
            found[document.kind, document.state, document.code] += 1
    return found


def test_files_of_strangers_are_refused_with_a_ta1_and_none_is_lost(gateway: GatewayUnderTest) -> None:
    for path in FILES:
        gateway.drop("hill-street", path.read_bytes(), path.name)
    gateway.run()
    gateway.later(100)

    found = stories(gateway)

    assert {d.number for d in gateway.all() if d.kind is Kind.INTERCHANGE} == {p.name for p in FILES}
    assert set(found) == {(Kind.INTERCHANGE, State.REFUSED, "GW-2103")}
    assert len(gateway.outbox("hill-street")) == sum(found.values())


def test_files_of_partners_are_booked_refused_or_parked_and_none_is_lost(tmp_path: Path) -> None:
    total: Counter[tuple[str, str, str]] = Counter()
    for number, files in enumerate(rounds(), 1):
        home = tmp_path / str(number)
        home.mkdir()
        gateway = GatewayUnderTest(home)
        folder_of = write_profiles(gateway, files)
        gateway.restart()
        for path in files:
            gateway.drop(folder_of[path.name], path.read_bytes(), path.name)
        gateway.run()
        gateway.later(100)
        total += stories(gateway)
        assert {d.number for d in gateway.all() if d.kind is Kind.INTERCHANGE} == {p.name for p in files}
        booked = [d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER and d.state is State.POSTED]
        assert len(booked) == len(gateway.erp.booked)
        gateway.close()
    for row, count in sorted(total.items()):
        print(count, *row)
    assert sum(n for (kind, _, _), n in total.items() if kind == Kind.INTERCHANGE) >= len(FILES)
    assert not any(code == "GW-3301" for _, _, code in total), "a leg crashed"
    assert total[Kind.PURCHASE_ORDER, State.POSTED, ""] >= 25  # the others break the standard; each says where


def first_header(path: Path, catalogue: Catalogue) -> InterchangeHeader:
    return next(e for e in read([path.read_bytes()], catalogue) if isinstance(e, InterchangeHeader))


def address(header: InterchangeHeader) -> tuple[str, str]:
    """Return who sends, and to whom and how; a partner has one of the second for each of the first."""
    usage = "T" if header.usage == "T" else "P"
    sender = f"{header.sender_qualifier}:{plain_id(header.sender)}"
    return sender, f"{header.receiver_qualifier}:{header.receiver}/{usage}/{header.control_number}"


def rounds() -> list[list[Path]]:
    """Return the files in as many lots as it takes for each sender to be one partner, and no control number to be used twice, in a lot."""
    lots: list[dict[str, tuple[str, list[Path]]]] = []
    catalogue = Catalogue(lambda _: None)
    for path in FILES:
        sender, rest = address(first_header(path, catalogue))
        lot = next((lot for lot in lots if sender not in lot), None)
        if lot is None:
            lots.append(lot := {})
        lot[sender] = (rest, [path])
    return [[p for _, files in lot.values() for p in files] for lot in lots]


def write_profiles(gateway: GatewayUnderTest, files: list[Path]) -> dict[str, str]:
    """Make every sender of `files` a partner, and nobody else; return file name → partner."""
    for path in gateway.home.glob("partners/*.toml"):
        path.unlink()
    folder_of: dict[str, str] = {}
    for number, path in enumerate(files, 1):
        header = first_header(path, gateway.station.catalogue)
        text = PROFILE.format(
            number=number,
            qualifier=header.sender_qualifier,
            sender=plain_id(header.sender),
            receiver_qualifier=header.receiver_qualifier,
            receiver=plain_id(header.receiver),
            usage="T" if header.usage == "T" else "P",
        )
        (gateway.home / "partners" / f"sender-{number}.toml").write_text(text, encoding="utf-8")
        folder_of[path.name] = f"sender-{number}"
    return folder_of
