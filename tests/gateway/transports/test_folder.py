"""The folder transport: what is complete is taken once, what is still being written never, whatever it is called."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.ports import Arrival, Dispatch
from gateway.transports.folder import ARCHIVE, FolderHints, FolderRules, FolderTransport
from tests.fakes import HandClock

WHOLE = (
    b"ISA*00*          *00*          *ZZ*HILLSTREET     *ZZ*OURCOMPANY     *260302*0800*U*00401*000000001*0*P*>~"
    b"GS*PO*H*O*20260302*0800*1*X*004010~GE*0*1~IEA*1*000000001~"
)


SLOW = FolderRules(stable_seconds=2, trailer_seconds=60)


class Bench:
    """A transport on folders of its own and a clock that stands still."""

    def __init__(self, home: Path, rules: FolderRules = SLOW) -> None:
        self.inbox, self.outbox = home / "inbox" / "acme", home / "outbox" / "acme"
        self.inbox.mkdir(parents=True)
        self.clock, self.hints = HandClock(), FolderHints()
        self.transport = FolderTransport("acme", self.inbox, self.outbox, self.clock, self.hints, rules)

    def names(self) -> list[str]:
        return [a.name for a in self.transport.arrivals()]

    def names_later(self, seconds: float = 2) -> list[str]:
        self.names()
        self.clock.advance(seconds)
        return self.names()

    def take(self, arrival: Arrival) -> bytes:
        content = b"".join(self.transport.read(arrival))
        self.transport.settle(arrival)
        return content


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.transport.close()


def test_a_file_is_taken_only_when_it_stayed_the_same(bench: Bench) -> None:
    (bench.inbox / "a.edi").write_bytes(WHOLE)
    assert bench.names() == []
    bench.clock.advance(1)
    with (bench.inbox / "a.edi").open("ab") as file:
        file.write(WHOLE)
    bench.clock.advance(1)
    assert bench.names() == []
    bench.clock.advance(1)
    assert bench.names() == []
    bench.clock.advance(1)
    assert bench.names() == ["a.edi"]


def test_a_file_whose_writer_closed_it_is_taken_at_once(bench: Bench) -> None:
    notified = threading.Event()
    bench.transport.watch(notified.set)
    (bench.inbox / "a.edi").write_bytes(WHOLE)
    assert notified.wait(5)
    assert bench.names() == ["a.edi"]


def test_a_file_that_is_renamed_into_place_is_taken_at_once(bench: Bench) -> None:
    notified = threading.Event()
    bench.transport.watch(notified.set)
    (bench.inbox / "a.edi.tmp").write_bytes(WHOLE)
    (bench.inbox / "a.edi.tmp").replace(bench.inbox / "a.edi")
    give_up = time.monotonic() + 5
    while bench.names() != ["a.edi"]:
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_on_a_network_share_a_close_that_is_seen_proves_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, FolderRules(2, 60, is_share=True))
    notified = threading.Event()
    bench.transport.watch(notified.set)
    (bench.inbox / "a.edi").write_bytes(WHOLE)
    assert notified.wait(5)
    assert bench.names() == []
    assert bench.names_later() == ["a.edi"]
    bench.transport.close()


def test_a_partner_whose_files_are_deleted_keeps_no_archive(tmp_path: Path) -> None:
    bench = Bench(tmp_path, FolderRules(0, 60, deletes=True))
    (bench.inbox / "a.edi").write_bytes(WHOLE)
    bench.names()
    [arrival] = bench.transport.arrivals()
    assert bench.take(arrival) == WHOLE
    bench.transport.settle(arrival)
    assert list(bench.inbox.iterdir()) == []


@pytest.mark.parametrize("cut", range(len(b"IEA*1*000000001~") + 1))
def test_wherever_its_end_is_missing_an_x12_file_is_given_longer(cut: int, bench: Bench) -> None:
    (bench.inbox / "a.edi").write_bytes(WHOLE[: len(WHOLE) - cut] if cut else WHOLE)
    is_whole = cut == 0
    assert bench.names_later(10) == (["a.edi"] if is_whole else [])
    assert bench.names_later(60) == ["a.edi"], "it may be all there ever will be"


def test_what_is_no_x12_has_no_end_to_wait_for(bench: Bench) -> None:
    (bench.inbox / "a.csv").write_bytes(b"order;item\n1;2\n")
    (bench.inbox / "empty").write_bytes(b"")
    assert sorted(bench.names_later()) == ["a.csv", "empty"]


@pytest.mark.parametrize(
    "name", [".hidden", "a.tmp", "a.TMP", "a.part", "a.filepart", "a.partial", "a.crdownload", "a~"]
)
def test_names_of_files_in_the_making_are_left_alone(name: str, bench: Bench) -> None:
    (bench.inbox / name).write_bytes(WHOLE)
    assert bench.names_later(1000) == []
    assert (bench.inbox / name).exists()


def test_links_folders_and_pipes_are_never_read(bench: Bench, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"root:x")
    (bench.inbox / "link.edi").symlink_to(secret)
    (bench.inbox / "nowhere.edi").symlink_to(tmp_path / "nowhere")
    (bench.inbox / "folder.edi").mkdir()
    os.mkfifo(bench.inbox / "pipe.edi")
    assert bench.names_later(1000) == []


def test_a_file_that_becomes_a_link_after_it_was_listed_is_not_followed(bench: Bench, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"root:x")
    (bench.inbox / "a.csv").write_bytes(b"order;item")
    bench.names_later()
    (arrival,) = bench.transport.arrivals()
    (bench.inbox / "a.csv").unlink()
    (bench.inbox / "a.csv").symlink_to(secret)
    with pytest.raises(GatewayError, match="GW-4105"):
        list(bench.transport.read(arrival))
    bench.transport.settle(arrival)
    assert secret.exists()
    assert (bench.inbox / "a.csv").is_symlink()


NAMES = [
    b"with blanks and 'quotes'.edi",
    b"line\nbreak\tand\x1b[31mcolour.edi",
    "Bestellung-Größe-注文.edi".encode(),
    b"latin-1-Gr\xf6\xdfe.edi",
    b"\xff\xfe",
    b"-rf",
    b"a" * 255,
    "ö".encode() * 127,
    b"%2e%2e%2f..\\..\\windows.edi",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_file_is_taken_once_whatever_it_is_called(name: bytes, bench: Bench) -> None:
    path = os.path.join(os.fsencode(bench.inbox), name)  # noqa: PTH118  bytes
    with open(path, "wb") as file:  # noqa: PTH123  bytes
        file.write(WHOLE)
    bench.names_later()
    (arrival,) = bench.transport.arrivals()
    assert arrival.name.encode(), "it can be stored and printed"
    assert arrival.transport_id.encode()
    assert bench.take(arrival) == WHOLE
    assert bench.transport.arrivals() == []
    (archived,) = (bench.inbox / ARCHIVE).iterdir()
    assert archived.read_bytes() == WHOLE


def test_long_names_do_not_displace_each_other_in_the_archive(bench: Bench) -> None:
    for number in range(3):
        (bench.inbox / ("a" * 255)).write_bytes(WHOLE + b"%d" % number)
        bench.names_later()
        (arrival,) = bench.transport.arrivals()
        bench.take(arrival)
    assert len(list((bench.inbox / ARCHIVE).iterdir())) == 3


def test_an_arrival_is_the_same_however_often_it_is_listed_and_another_one_when_it_came_anew(bench: Bench) -> None:
    (bench.inbox / "a.edi").write_bytes(WHOLE)
    bench.names_later()
    first, again = bench.transport.arrivals(), bench.transport.arrivals()
    assert first == again
    bench.take(first[0])
    (bench.inbox / "a.edi").write_bytes(WHOLE)
    bench.names_later()
    assert bench.transport.arrivals()[0].transport_id != first[0].transport_id


def test_a_file_that_changes_while_it_is_read_is_not_taken(bench: Bench) -> None:
    (bench.inbox / "a.edi").write_bytes(WHOLE)
    bench.names_later()
    (arrival,) = bench.transport.arrivals()
    with (bench.inbox / "a.edi").open("ab") as file:
        file.write(WHOLE)
    with pytest.raises(GatewayError) as changed:
        list(bench.transport.read(arrival))
    assert (changed.value.code, changed.value.is_retryable) == ("GW-4105", True)
    bench.transport.settle(arrival)
    assert (bench.inbox / "a.edi").exists(), "what came after is not moved away unread"


def test_settling_twice_or_after_the_file_went_away_is_harmless(bench: Bench) -> None:
    (bench.inbox / "a.edi").write_bytes(WHOLE)
    bench.names_later()
    (arrival,) = bench.transport.arrivals()
    bench.transport.settle(arrival)
    bench.transport.settle(arrival)
    with pytest.raises(GatewayError, match="GW-4105"):
        list(bench.transport.read(arrival))


def test_an_inbox_that_disappears_is_made_again_and_watched_again(bench: Bench) -> None:
    notified = threading.Event()
    bench.transport.watch(notified.set)
    bench.inbox.rmdir()
    assert bench.names() == []
    assert bench.inbox.is_dir()
    notified.clear()
    (bench.inbox / "a.edi").write_bytes(WHOLE)
    assert notified.wait(5), "it is told about what comes"
    assert bench.names() == ["a.edi"]


def test_an_inbox_that_cannot_be_read_is_told_with_its_path(bench: Bench) -> None:
    bench.inbox.rmdir()
    bench.inbox.write_bytes(b"a file in the folder's place")
    with pytest.raises(GatewayError) as gone:
        bench.transport.arrivals()
    assert (gone.value.code, gone.value.is_retryable) == ("GW-4104", True)
    assert str(bench.inbox) in gone.value.sentence


def dispatch(number: int = 1, payload: bytes = WHOLE) -> Dispatch:
    return Dispatch(f"id-{number}", "acme", f"850-{number}.edi", payload)


def test_what_is_sent_twice_under_one_id_lies_there_once(bench: Bench) -> None:
    for _ in range(3):
        bench.transport.send(dispatch())
    assert [p.name for p in bench.outbox.iterdir()] == ["850-1.edi"]


def test_an_outbox_that_disappears_is_made_again(bench: Bench) -> None:
    bench.transport.send(dispatch(1))
    (bench.outbox / "850-1.edi").unlink()
    bench.outbox.rmdir()
    bench.outbox.parent.rmdir()
    bench.transport.send(dispatch(2))
    assert (bench.outbox / "850-2.edi").read_bytes() == WHOLE


@pytest.mark.parametrize("call", ["replace", "open"])
def test_a_full_disk_leaves_nothing_half_in_the_outbox(
    call: str, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    bench.transport.send(dispatch(1))
    monkeypatch.setattr(Path, call, full)
    with pytest.raises(GatewayError) as refused:
        bench.transport.send(dispatch(2))
    assert (refused.value.code, refused.value.is_retryable) == ("GW-4101", True)
    assert "No space left" in refused.value.sentence
    monkeypatch.undo()
    assert [p.name for p in bench.outbox.iterdir()] == ["850-1.edi"]


def test_whoever_looks_into_the_outbox_never_sees_half_a_file(bench: Bench) -> None:
    payload = WHOLE + b"x" * 2_000_000
    seen: set[int] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            for path in bench.outbox.glob("[!.]*") if bench.outbox.is_dir() else []:
                seen.add(path.stat().st_size)

    watcher = threading.Thread(target=look)
    watcher.start()
    for number in range(20):
        bench.transport.send(dispatch(number, payload))
    over.set()
    watcher.join()
    assert seen <= {len(payload)}


def test_none_of_two_thousand_files_that_come_at_once_is_missed_or_taken_twice(tmp_path: Path) -> None:
    bench = Bench(tmp_path, FolderRules(0, 60))
    bench.transport.watch(lambda: None)

    def burst(worker: int) -> None:
        for number in range(500):
            (bench.inbox / f"{worker}-{number}.edi").write_bytes(WHOLE + b"%d-%d" % (worker, number))

    writers = [threading.Thread(target=burst, args=(worker,)) for worker in range(4)]
    for writer in writers:
        writer.start()
    taken: list[str] = []
    give_up = time.monotonic() + 60
    while len(taken) < 2000 and time.monotonic() < give_up:
        for arrival in bench.transport.arrivals():
            # A writer may be between opening and writing: that one comes again.
            try:
                content = b"".join(bench.transport.read(arrival))
            except GatewayError:
                continue
            if content:
                assert content == WHOLE + arrival.name.removesuffix(".edi").encode()
                bench.transport.settle(arrival)
                taken.append(arrival.name)
    for writer in writers:
        writer.join()
    bench.transport.close()
    assert len(taken) == len(set(taken)) == 2000
    assert bench.transport.arrivals() == []


def test_a_slow_writer_is_never_read_half(tmp_path: Path) -> None:
    """Ten writers with pauses, on the real clock, while the folder is looked at without a rest."""
    bench = Bench(tmp_path, FolderRules(0.5, 30))
    bench.transport._clock = RealClock()
    bench.transport.watch(lambda: None)

    def write(number: int) -> None:
        step = 7 + number * 11
        with (bench.inbox / f"{number}.edi").open("wb", buffering=0) as file:
            for start in range(0, len(WHOLE), step):
                file.write(WHOLE[start : start + step])
                time.sleep(0.01 if start % 3 else 0.03)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(10)]
    for writer in writers:
        writer.start()
    taken = []
    give_up = time.monotonic() + 30
    while len(taken) < 10 and time.monotonic() < give_up:
        taken += [bench.take(arrival) for arrival in bench.transport.arrivals()]
        time.sleep(0.002)
    for writer in writers:
        writer.join()
    bench.transport.close()
    assert taken == [WHOLE] * 10


class RealClock:
    def now(self):
        raise AssertionError("only intervals matter here")

    def monotonic(self) -> float:
        return time.monotonic()
