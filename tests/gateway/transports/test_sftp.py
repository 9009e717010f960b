"""SFTP against a real OpenSSH server: nothing half-read, nothing twice, nothing missed, and never a word to a stranger.

The tests whose names hold row_39 are that row of the cases to pass: growing file, rename-in, truncated, zero byte, changed host key,
MaxSessions 1, drop mid-get and mid-put, delete denied, same name new content, many files, 40 ms round trip.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import GatewayError
from tests.gateway.transports.openssh import OpenSshServer, fingerprint, new_key
from tests.gateway.transports.sftp_bench import SftpBench, dispatch, interchange
from tests.gateway.transports.sftp_flood import flood

Make = Callable[..., SftpBench]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSshServer]:
    with OpenSshServer(tmp_path_factory.mktemp("openssh"), ("ed25519", "rsa")) as running:
        yield running


@pytest.fixture
def make(tmp_path: Path, server: OpenSshServer) -> Iterator[Make]:
    """Return the function that makes a bench, on the server of all tests or on one of its own."""
    benches: list[SftpBench] = []

    def made(own: OpenSshServer | None = None, **options: Any) -> SftpBench:
        home = tmp_path / f"{tmp_path.name}-{len(benches)}"
        home.mkdir()
        benches.append(SftpBench(home, own or server, **options))
        return benches[-1]

    yield made
    for bench in benches:
        bench.close()


def failure(call: Callable[[], object]) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        call()
    return caught.value


# ---- when a file is taken


def test_row_39_a_growing_file_is_taken_only_when_it_stays_the_same_and_has_its_end(make: Make) -> None:
    bench = make()
    whole = interchange()
    for end in range(20, len(whole), 40):
        (bench.out / "a.edi").write_bytes(whole[:end])
        assert bench.look() == []
        bench.clock.advance(2)
        assert bench.look() == [], "the same on two looks, and no IEA"
        bench.clock.advance(2)
    (bench.out / "a.edi").write_bytes(whole)
    assert bench.look() == []
    bench.clock.advance(1)
    assert bench.look() == [], "not the same for long enough"
    bench.clock.advance(1)
    assert bench.look() == ["a.edi"]
    assert bench.take(bench.transport.arrivals()[0]) == whole
    assert bench.names() == []


def test_row_39_a_file_that_grows_between_the_fetch_and_the_claim_is_not_taken(make: Make) -> None:
    bench = make()
    bench.drop("a.csv", b"order;item\n1;2\n")
    bench.look()
    bench.clock.advance(2)
    pickup = bench.transport._pickup
    claimed = pickup._claimed_after

    def grown(channel: Any, fetched: Any) -> Any:
        with (bench.out / "a.csv").open("ab") as file:
            file.write(b"3;4\n")
        pickup._claimed_after = claimed
        return claimed(channel, fetched)

    pickup._claimed_after = grown  # type: ignore[method-assign]
    assert bench.look() == []
    assert bench.look() == []
    bench.clock.advance(2)
    [arrival] = bench.transport.arrivals()
    assert (arrival.name, bench.take(arrival)) == ("a.csv", b"order;item\n1;2\n3;4\n")
    assert bench.names() == []


@pytest.mark.parametrize("claim", [True, False])
def test_row_39_a_file_renamed_into_place_is_taken_at_once_where_that_is_agreed(make: Make, claim: bool) -> None:
    bench = make(complete="rename", claim=claim)
    content = interchange()
    (bench.out / "a.edi.tmp").write_bytes(content)
    assert bench.look() == []
    (bench.out / "a.edi.tmp").rename(bench.out / "a.edi")
    [arrival] = bench.transport.arrivals()
    assert bench.take(arrival) == content
    assert bench.names() == []


@pytest.mark.parametrize("marker", ["a.edi.done", "a.done"])
def test_row_39_a_marker_says_what_is_complete_and_goes_with_its_file(make: Make, marker: str) -> None:
    bench = make(complete="marker")
    content = bench.drop("a.edi")
    bench.drop("b.edi")
    assert bench.looked_twice(100) == []
    bench.drop(marker, b"")
    [arrival] = bench.transport.arrivals()
    assert (arrival.name, bench.take(arrival)) == ("a.edi", content)
    assert bench.names() == ["b.edi"]


def test_row_39_a_truncated_interchange_is_given_longer_and_then_taken_as_it_is(make: Make) -> None:
    bench = make()
    bench.drop("a.edi", interchange()[:-20])
    assert bench.looked_twice(30) == []
    bench.clock.advance(31)
    assert bench.look() == ["a.edi"], "the journey refuses it with a reason; left there, nobody would know"


def test_row_39_a_file_of_zero_bytes_may_be_the_beginning_of_one(make: Make) -> None:
    bench = make()
    bench.drop("a.edi", b"")
    assert bench.looked_twice(30) == []
    content = bench.drop("a.edi")
    assert bench.taken() == {"a.edi": content}
    bench.drop("b.edi", b"")
    assert bench.looked_twice(30) == []
    bench.clock.advance(31)
    assert bench.look() == ["b.edi"]


@pytest.mark.parametrize("name", [".hidden", "a.tmp", "a.TMP", "a.part", "a.filepart", "a.crdownload", "a~"])
def test_row_39_names_of_files_in_the_making_are_left_alone(make: Make, name: str) -> None:
    bench = make(complete="rename")
    bench.drop(name)
    assert bench.looked_twice(1000) == []
    assert bench.names() == [name]


def test_only_files_that_are_called_so_are_fetched(make: Make) -> None:
    bench = make(files="*.edi")
    bench.drop("a.edi")
    bench.drop("readme.txt")
    assert [arrival.name for arrival in bench.looked_twice()] == ["a.edi"]


def test_links_folders_and_pipes_are_never_read(make: Make, tmp_path: Path) -> None:
    bench = make(complete="rename")
    (tmp_path / "secret").write_bytes(b"root:x")
    (bench.out / "link.edi").symlink_to(tmp_path / "secret")
    (bench.out / "folder.edi").mkdir()
    os.mkfifo(bench.out / "pipe.edi")
    assert bench.looked_twice() == []
    assert len(bench.names()) == 3


@pytest.mark.parametrize(
    "name", [b"two words.edi", "ümläut €.edi".encode(), b"latin-\xe4.edi", b"a\nb;`c`.edi", b"x" * 230]
)
def test_row_40_whatever_a_file_is_called_it_is_taken_once_and_its_name_is_only_shown(make: Make, name: bytes) -> None:
    bench = make()
    content = bench.drop(name)
    [arrival] = bench.looked_twice()
    arrival.name.encode()
    assert bench.take(arrival) == content
    assert bench.names() == []


# ---- once, and not lost


def test_row_39_the_same_name_with_new_content_is_a_new_arrival_and_neither_is_lost(make: Make) -> None:
    bench = make()
    first = bench.drop("order.edi")
    [old] = bench.looked_twice()
    second = bench.drop("order.edi")  # before the first one was received
    assert bench.take(old) == first
    assert bench.taken() == {"order.edi": second}
    assert bench.names() == []


def test_row_39_without_claims_a_file_that_was_replaced_is_not_removed_unread(make: Make) -> None:
    bench = make(claim=False)
    first = bench.drop("order.edi")
    [old] = bench.looked_twice()
    second = bench.drop("order.edi", interchange() + b"\n")
    assert bench.take(old) == first
    assert bench.names() == ["order.edi"]
    assert bench.taken() == {"order.edi": second}


@pytest.mark.parametrize("claim", [True, False])
def test_after_a_crash_before_the_commit_the_file_arrives_again_as_the_same(make: Make, claim: bool) -> None:
    bench = make(claim=claim)
    content = bench.drop("a.edi")
    [before] = bench.looked_twice()
    bench.restarted()
    [after] = bench.looked_twice()
    assert after.transport_id == before.transport_id
    assert after.name == "a.edi"
    assert bench.take(after) == content
    assert bench.names() == []


def test_row_39_a_file_that_cannot_be_removed_is_tried_again_and_not_taken_again(make: Make, tmp_path: Path) -> None:
    with OpenSshServer(tmp_path / "denying", deny=["remove", "rename", "posix-rename"]) as denying:
        bench = make(denying)
        bench.drop("a.edi")
        [arrival] = bench.looked_twice()
        assert b"".join(bench.transport.read(arrival))
        stuck = failure(lambda: bench.transport.settle(arrival))
        assert (stuck.code, stuck.is_retryable) == ("GW-4106", True)
        for _ in range(5):
            bench.clock.advance(10)
            assert failure(bench.transport.arrivals).code == "GW-4106"
        assert bench.names() == ["a.edi"]
        again = interchange()
        (bench.out / "a.edi").write_bytes(again)
        os.utime(bench.out / "a.edi", (arrival_time(arrival.transport_id),) * 2)  # in the same second as the first
        bench.restarted()
        [other] = bench.looked_twice()
        assert other.transport_id != arrival.transport_id
        assert b"".join(bench.transport.read(other)) == again


def arrival_time(transport_id: str) -> int:
    return int(transport_id.split("|")[-2])


def test_row_39_what_cannot_be_removed_and_changes_within_the_same_second_is_seen(make: Make, tmp_path: Path) -> None:
    with OpenSshServer(tmp_path / "denying", deny=["remove", "rename", "posix-rename"]) as denying:
        bench = make(denying, complete="rename")
        bench.drop("a.edi")
        [arrival] = bench.transport.arrivals()
        failure(lambda: bench.transport.settle(arrival))
        other = bench.drop("a.edi")
        os.utime(bench.out / "a.edi", (arrival_time(arrival.transport_id),) * 2)
        failure(bench.transport.arrivals)
        bench.clock.advance(3)
        [changed] = bench.transport.arrivals()
        assert b"".join(bench.transport.read(changed)) == other


def test_row_39_when_removing_is_allowed_again_what_was_left_goes(make: Make, tmp_path: Path) -> None:
    with OpenSshServer(tmp_path / "denying", deny=["remove", "rename", "posix-rename"]) as denying:
        bench = make(denying)
        bench.drop("a.edi")
        [arrival] = bench.looked_twice()
        failure(lambda: bench.transport.settle(arrival))
        denying.stop()
        denying.deny = ()
        denying.start()
        bench.line.go_down()
        bench.line.come_up()
        _wait_until(lambda: _looks_well(bench))
        assert bench.names() == []


def _looks_well(bench: SftpBench) -> bool:
    try:
        return bench.transport.arrivals() == []
    except GatewayError:  # the connection that was cut
        return False


def test_a_file_is_archived_where_that_is_agreed(make: Make) -> None:
    bench = make()
    bench.restarted(after="archive", archive_folder=str(bench.archive))
    content = bench.drop("a.edi")
    assert bench.taken() == {"a.edi": content}
    bench.drop("a.edi", content)
    assert bench.taken() == {"a.edi": content}, "the same again is a new arrival"
    other = bench.drop("a.edi")
    assert bench.taken() == {"a.edi": other}
    kept = [(bench.archive / name).read_bytes() for name in bench.names(bench.archive)]
    assert sorted(kept) == sorted([content, other])
    assert bench.names() == []


def test_two_gateways_at_one_folder_take_every_file_once(make: Make) -> None:
    bench = make(complete="rename")
    other = make()
    other.restarted(complete="rename", pickup_folder=str(bench.out))
    for number in range(150):
        bench.drop(f"{number}.edi")
    taken: list[str] = []

    def take_all(one: SftpBench) -> None:
        for arrival in one.transport.arrivals():
            taken.append(arrival.name)
            one.take(arrival)

    threads = [threading.Thread(target=take_all, args=(one,)) for one in (bench, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 150
    assert bench.names() == []


# ---- a bad line


@pytest.mark.parametrize("size", [200_000, 3_000_000])
def test_row_39_a_line_that_drops_in_the_middle_of_a_get_costs_a_look_and_nothing_else(make: Make, size: int) -> None:
    bench = make()
    content = bench.drop("big.csv", os.urandom(size))
    bench.look()
    bench.clock.advance(2)
    bench.line.cut_after(down=size // 2)
    error = failure(bench.transport.arrivals)
    assert (error.code, error.is_retryable) == ("GW-4101", True)
    bench.line.come_up()
    assert bench.taken() == {"big.csv": content}
    assert bench.names() == []
    assert not list((bench.home / "spool").glob("*"))


@pytest.mark.parametrize("size", [10_000, 3_000_000])
def test_row_39_a_line_that_drops_in_the_middle_of_a_put_shows_the_partner_nothing(make: Make, size: int) -> None:
    bench = make()
    payload = os.urandom(size)
    bench.transport.arrivals()  # connected
    bench.line.cut_after(up=size // 2)
    error = failure(lambda: bench.transport.send(dispatch(payload=payload)))
    assert (error.code, error.is_retryable) == ("GW-4101", True)
    assert [name for name in bench.names(bench.into) if not name.endswith(".tmp")] == []
    bench.line.come_up()
    bench.transport.send(dispatch(payload=payload))
    assert bench.names(bench.into) == ["850-000000001.edi"]
    assert (bench.into / "850-000000001.edi").read_bytes() == payload


def test_row_35_a_server_that_falls_silent_is_given_up_after_its_time(make: Make, server: OpenSshServer) -> None:
    bench = make(answer_seconds=0.5)
    bench.transport.arrivals()
    bench.line._delay_seconds = 3
    started = time.monotonic()
    error = failure(bench.transport.arrivals)
    assert time.monotonic() - started < 2.5
    assert (error.code, error.is_retryable) == ("GW-4101", True)
    assert "no answer in time" in error.sentence


def test_a_server_that_is_no_ssh_server_is_told_as_unreachable(make: Make) -> None:
    bench = make(connect_seconds=1)
    web = threading.Thread(target=_answer_once, args=(listener := _listener(),))
    web.start()
    bench.restarted(port=listener.getsockname()[1])
    error = failure(bench.transport.arrivals)
    web.join()
    listener.close()
    assert (error.code, error.is_retryable) == ("GW-4101", True)


def _listener() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def _answer_once(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        time.sleep(0.1)


def test_row_39_a_server_that_allows_one_session_serves_fetching_and_sending(make: Make, tmp_path: Path) -> None:
    with OpenSshServer(tmp_path / "narrow", max_sessions=1) as narrow:
        bench = make(narrow, channels=4, complete="rename", round_trip_seconds=0.02)
        for number in range(20):
            bench.drop(f"{number:03}.edi")
        sent = [threading.Thread(target=bench.transport.send, args=(dispatch(f"{number}.edi"),)) for number in range(8)]
        for thread in sent:
            thread.start()
        arrivals = bench.transport.arrivals()
        for thread in sent:
            thread.join()
        for arrival in arrivals:
            bench.transport.settle(arrival)
        assert len(arrivals) == 20
        assert len(bench.names(bench.into)) == 8
        assert bench.line.connections == 1


def test_row_39_one_connection_serves_all_channels(make: Make) -> None:
    bench = make(channels=4, round_trip_seconds=0.02)
    threads = [threading.Thread(target=bench.transport.send, args=(dispatch(f"{n}.edi"),)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bench.names(bench.into)) == 12
    assert bench.line.connections == 1


def test_row_39_at_40_ms_a_round_trip_files_are_fetched_together(make: Make) -> None:
    bench = make(complete="rename", round_trip_seconds=0.04)
    contents = {f"{number:04}.edi": bench.drop(f"{number:04}.edi") for number in range(150)}
    bench.transport.connection.fingerprint()
    started = time.monotonic()
    arrivals = bench.transport.arrivals()
    seconds = time.monotonic() - started
    assert {a.name: b"".join(bench.transport.read(a)) for a in arrivals} == contents
    # One by one a file costs at least three round trips: 150 files 18 s. Six rounds of 96 files take under a second.
    assert seconds < 4


# ---- whom we talk to


def test_row_39_a_changed_host_key_is_a_hard_stop(make: Make, tmp_path: Path) -> None:
    with OpenSshServer(tmp_path / "changing") as changing:
        bench = make(changing)
        bench.drop("a.edi")
        changing.stop()
        changing.show("ed25519-new")
        changing.start()
        error = failure(bench.transport.arrivals)
        assert (error.code, error.is_retryable) == ("GW-4110", False)
        assert fingerprint(changing.host_keys["ed25519-new"]) in error.sentence
        connections = bench.line.connections
        assert failure(lambda: bench.transport.send(dispatch())).code == "GW-4110"
        assert bench.line.connections == connections, "nobody connects again"
        assert "Accepted" not in (changing.home / "sshd.log").read_text(), "we never said who we are"
        bench.restarted(host_key=fingerprint(changing.host_keys["ed25519-new"]))
        assert len(bench.looked_twice()) == 1


def test_row_39_two_keys_overlap_while_the_partner_changes_its_own(make: Make, tmp_path: Path) -> None:
    with OpenSshServer(tmp_path / "changing") as changing:
        changing.show("ed25519-new")
        new = changing.host_keys["ed25519-new"]
        changing.show("ed25519")
        bench = make(changing, next_host_key=new, host_key_until="2026-03-02")
        assert bench.look() == []
        changing.stop()
        changing.show("ed25519-new")
        changing.start()
        bench.restarted()
        assert bench.look() == [], "the next one counts before the change"
        changing.stop()
        changing.show("ed25519")
        changing.start()
        bench.restarted()
        assert bench.look() == [], "the old one counts on its last day"
        bench.clock.advance(86_400)
        bench.restarted()
        assert failure(bench.transport.arrivals).code == "GW-4110"


def test_a_server_with_several_keys_shows_the_one_that_is_pinned(make: Make, server: OpenSshServer) -> None:
    bench = make()
    for key in server.host_keys.values():
        bench.restarted(host_key=fingerprint(key))
        assert bench.look() == []
        bench.restarted(host_key=key)
        assert bench.look() == []


def test_a_key_that_the_server_does_not_know_is_told_without_the_key(make: Make, tmp_path: Path) -> None:
    bench = make()
    stranger = tmp_path / "stranger"
    new_key(stranger)
    bench.restarted(key=f"file:{stranger}")
    error = failure(bench.transport.arrivals)
    assert (error.code, error.is_retryable) == ("GW-4111", True)
    assert "PRIVATE" not in f"{error} {error.facts}"


def test_a_key_with_a_passphrase_opens_with_it_and_with_nothing_else(
    make: Make, server: OpenSshServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked"
    public = new_key(locked, passphrase="correct horse")
    with (server.home / "keys" / "authorized").open("a") as known:
        known.write(public + "\n")
    bench = make()
    monkeypatch.setenv("ACME_PASSPHRASE", "correct horse")
    bench.restarted(key=f"file:{locked}", key_passphrase="env:ACME_PASSPHRASE")
    assert bench.look() == []
    monkeypatch.setenv("ACME_PASSPHRASE", "wrong")
    bench.restarted()
    error = failure(bench.transport.arrivals)
    assert error.code == "GW-4111"
    assert "wrong" not in error.sentence


def test_a_secret_that_is_not_there_is_told_with_its_reference(make: Make) -> None:
    bench = make()
    bench.restarted(key="env:ACME_NOT_SET")
    assert "ACME_NOT_SET" in failure(bench.transport.arrivals).sentence


# ---- sending


def test_what_is_sent_twice_is_there_once_and_whole(make: Make) -> None:
    bench = make()
    for _ in range(2):
        receipt = bench.transport.send(dispatch())
    assert receipt.facts["file"] == "850-000000001.edi"
    assert bench.names(bench.into) == ["850-000000001.edi"]
    assert (bench.into / "850-000000001.edi").read_bytes() == dispatch().payload


def test_a_server_that_cannot_replace_by_a_rename_gets_one_whole_file_too(make: Make, tmp_path: Path) -> None:
    with OpenSshServer(tmp_path / "old", deny=["posix-rename"]) as old:
        bench = make(old)
        (bench.into / "850-000000001.edi").write_bytes(b"half of an earlier try")
        for _ in range(2):
            bench.transport.send(dispatch())
        assert bench.names(bench.into) == ["850-000000001.edi"]
        assert (bench.into / "850-000000001.edi").read_bytes() == dispatch().payload


def test_a_mailbox_without_rename_gets_files_directly_and_a_marker_where_it_wants_one(
    make: Make, tmp_path: Path
) -> None:
    with OpenSshServer(tmp_path / "mailbox", deny=["rename", "posix-rename", "remove"]) as mailbox:
        bench = make(mailbox)
        assert failure(lambda: bench.transport.send(dispatch())).code == "GW-4112"
        bench.restarted(direct=True, delivered_marker=".ok")
        bench.transport.send(dispatch())
        assert (bench.into / "850-000000001.edi").read_bytes() == dispatch().payload
        assert (bench.into / "850-000000001.edi.ok").read_bytes() == b""


def test_a_folder_that_is_not_there_is_told_and_tried_again(make: Make) -> None:
    bench = make()
    bench.restarted(delivery_folder="/nowhere", pickup_folder="/nowhere")
    error = failure(lambda: bench.transport.send(dispatch()))
    assert (error.code, error.is_retryable) == ("GW-4112", True)
    assert "no such file or folder" in error.sentence
    assert failure(bench.transport.arrivals).code == "GW-4104"


def test_a_partner_without_a_delivery_folder_gets_nothing(make: Make) -> None:
    bench = make()
    bench.restarted(delivery_folder="")
    error = failure(lambda: bench.transport.send(dispatch()))
    assert (error.code, error.is_retryable) == ("GW-4103", False)


# ---- watched


def test_a_watched_server_is_looked_at_by_itself_and_emptied(make: Make) -> None:
    bench = make(complete="rename")
    arrived = threading.Event()
    bench.transport.watch(arrived.set)
    content = bench.drop("a.edi")
    assert arrived.wait(10)
    [arrival] = bench.transport.arrivals()
    assert bench.take(arrival) == content
    assert bench.transport.arrivals() == []
    _wait_until(lambda: bench.names() == [])


def test_what_was_received_is_removed_before_the_gateway_stops(make: Make) -> None:
    bench = make(complete="rename", poll_seconds=60)
    for number in range(40):
        bench.drop(f"{number}.edi")
    arrived = threading.Event()
    bench.transport.watch(arrived.set)
    assert arrived.wait(10)
    for arrival in bench.transport.arrivals():
        bench.take(arrival)
    bench.transport.close()
    assert bench.names() == []


def test_a_watched_server_that_was_away_is_fetched_from_when_it_is_back(make: Make) -> None:
    bench = make(complete="rename")
    bench.line.go_down()
    arrived = threading.Event()
    bench.transport.watch(arrived.set)
    bench.drop("a.edi")
    _wait_until(lambda: bench.transport._polling.trouble is not None)
    assert failure(bench.transport.arrivals).code == "GW-4101"
    bench.line.come_up()
    assert arrived.wait(10)
    bench.transport.close()
    bench.transport.close()


def _wait_until(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_a_file_over_the_limit_is_not_fetched_and_its_refusal_can_be_written_down(make: Make) -> None:
    bench = make()
    with (bench.out / "huge.csv").open("wb") as file:
        file.truncate(50_000_001)
    [arrival] = bench.looked_twice()
    assert failure(lambda: list(bench.transport.read(arrival))).code == "GW-2002"
    assert not (bench.home / "spool").exists()
    bench.transport.settle(arrival)
    assert bench.names() == []


def test_row_39_of_many_files_at_40_ms_none_is_half_read_none_missed_none_taken_twice(
    server: OpenSshServer, tmp_path: Path
) -> None:
    """The short form of tests/benchmarks/test_sftp.py."""
    home = tmp_path / "flood"
    home.mkdir()
    found = flood(home, server, files=400, slow_files=24, round_trip_seconds=0.04)
    assert (found.half_read, found.twice, found.missed, found.left_there) == ([], [], [], 0)
    assert found.files_per_second > 40, "one by one it would be five"
