"""The process ends at each commit of a whole day, before it and after it, and starts again: the day comes out the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.ports import Outgoing
from gateway.simulator.papers import HAMMER, order
from gateway.simulator.partner import Manners
from gateway.states import Direction, State
from gateway.steps.send import leaves_as
from gateway.store.engine import Database
from tests.databases import KINDS, fresh_database
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import confirmation, numbered

HILL, RIVER = "hill-street", "riverside"


class CrashHere(BaseException):
    """The process is gone: nothing of ours may catch it."""


@dataclass
class Crash:
    """Ends the process at the `at`-th commit, before it is made or just after; never for 0."""

    at: int = 0
    is_before: bool = True
    commits: int = 0

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write = Database.write

        def crashing(database: Database, work: Callable[..., object]) -> object:
            self.commits += 1
            if self.commits == self.at and self.is_before:
                raise CrashHere
            result = write(database, work)
            if self.commits == self.at:
                raise CrashHere
            return result

        monkeypatch.setattr(Database, "write", crashing)


def run(gateway: GatewayUnderTest) -> None:
    """Let everything happen that is due; when the process ends, start it again."""
    for _ in range(3):
        try:
            gateway.later(3)
        except CrashHere:
            gateway.restart()
            gateway.runner._worker.free_the_dead()  # as `start` does


def the_day(home: Path, kind: str, crash: Crash, monkeypatch: pytest.MonkeyPatch) -> tuple[object, ...]:
    """Play a day that touches every leg on a database of a kind, and return what came of it, without what chance decides."""
    home.mkdir()
    with fresh_database(kind, home) as database:
        return _the_day(GatewayUnderTest(home, database=database), crash, monkeypatch)


def _the_day(gateway: GatewayUnderTest, crash: Crash, monkeypatch: pytest.MonkeyPatch) -> tuple[object, ...]:
    hill, river = gateway.partner(HILL), gateway.partner(RIVER, Manners(fulfils=True))
    ours = order("PO-1", gateway.clock.now(), (HAMMER, 10))
    confirmed = confirmation(gateway)
    with monkeypatch.context() as patched:
        crash.install(patched)
        hill.send(numbered("A-1", gateway), numbered("A-2", gateway), wants_ta1=True)
        hill.drop(b"no EDI", "letter.txt")
        run(gateway)
        gateway.erp.feed += [Outgoing("o-1", "C-1001", confirmed), Outgoing("o-2", "V-2001", ours)]
        run(gateway)
        hill.take()
        river.take()
        run(gateway)
    result = outcome(gateway)
    gateway.close()
    return result


def outcome(gateway: GatewayUnderTest) -> tuple[object, ...]:
    documents = gateway.all()
    assert gateway.in_progress() == []
    states = Counter((d.partner, d.direction, d.kind, d.state, d.order_number, d.set_id) for d in documents)
    bookings = Counter(
        (type(p.document).__name__, getattr(p.document, "order_number", "")) for p in gateway.erp.booked.values()
    )
    sent = [d for d in documents if d.direction is Direction.OUT]
    for partner in (HILL, RIVER):
        folder = gateway.home / "outbox" / partner
        there = {p.name: p.read_bytes() for p in (*folder.glob("[!.]*"), *folder.glob(".taken/*"))}
        assert there == {leaves_as(d, None).name: gateway.station.payload(d) for d in sent if d.partner == partner}
        for numbers in (
            sorted(int(d.interchange_number) for d in sent if d.partner == partner and d.interchange_number),
            sorted(int(d.group_number) for d in sent if d.partner == partner and d.group_number),
        ):
            assert numbers == list(range(1, len(numbers) + 1)), "control numbers without a gap"
    bodies = Counter((d.partner, body(gateway.station.payload(d))) for d in sent)
    return states, bookings, bodies


def body(content: bytes) -> bytes:
    """Return what is between the envelopes; a ticket without what is ours alone."""
    if content.startswith(b"ISA"):
        inner = re.search(rb"(?:ST\*.*SE\*\d+|TA1\*\d+)", content, re.DOTALL)
        assert inner is not None, content
        return inner[0]
    return re.sub(rb"(?m)^(Received|Reference): .*$", rb"\1:", content)


def before_or_after(at: int) -> tuple[bool, ...]:
    """Return the sides of a commit that the short form looks at: one of them, in turns."""
    return (at % 2 == 0,)


def both(_at: int) -> tuple[bool, ...]:
    return (True, False)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sides", [before_or_after, pytest.param(both, marks=pytest.mark.slow)])
def test_wherever_the_process_ends_the_day_comes_out_the_same(
    sides: Callable[[int], tuple[bool, ...]], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = Crash()
    expected = the_day(tmp_path / "undisturbed", kind, undisturbed, monkeypatch)
    states, bookings, _ = expected
    assert {key[3] for key in states} == {  # the day is worth playing
        State.OPENED, State.REFUSED, State.POSTED, State.SENT, State.ACCEPTED, State.MATCHED,
    }  # fmt: skip
    assert set(bookings.values()) == {1}
    assert len(bookings) == 5
    assert undisturbed.commits > 60

    for at in range(1, undisturbed.commits + 1):
        for is_before in sides(at):
            crash = Crash(at, is_before)
            result = the_day(tmp_path / f"{at}-{is_before}", kind, crash, monkeypatch)
            assert result == expected, f"crash {'before' if is_before else 'after'} commit {at}"
            assert crash.commits > at, "it ended there and went on"
