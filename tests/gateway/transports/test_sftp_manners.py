"""Servers with other manners than OpenSSH's: passwords, questions at the keyboard, answers that are none, files that will not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.transports.schedule_options import ScheduleOptions
from gateway.transports.schedules import Schedule
from gateway.transports.sftp import SftpTransport
from gateway.transports.sftp_options import SftpOptions
from tests.fakes import HandClock
from tests.gateway.transports.odd_server import OddServer
from tests.gateway.transports.openssh import new_key
from tests.gateway.transports.sftp_bench import dispatch, interchange

Make = Callable[..., SftpTransport]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("out", "in"):
        (tmp_path / "root" / name).mkdir(parents=True)
    return tmp_path / "root"


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setenv("ACME_PASSWORD", OddServer.PASSWORD)
    made: list[SftpTransport] = []

    def transport(server: OddServer, schedule: Schedule | None = None, **options: Any) -> SftpTransport:
        given = {
            "host": "127.0.0.1",
            "port": server.port,
            "user": "partner",
            "password": "env:ACME_PASSWORD",
            "host_key": server.host_key,
            "pickup_folder": "/out",
            "delivery_folder": "/in",
            "complete": "rename",
            "answer_seconds": 5,
            **options,
        }
        checked = SftpOptions.model_validate(given)
        clock = HandClock() if schedule is not None else SystemClock()
        made.append(SftpTransport("acme", checked, clock, tmp_path / "spool", 10_000_000, schedule))
        return made[-1]

    yield transport
    for one in made:
        one.close()


def failure(call: Callable[[], object]) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        call()
    return caught.value


# ---- signing in


@pytest.mark.parametrize("asks", [("password",), ("keyboard",)])
def test_a_password_opens_whichever_way_it_is_asked_for(make: Make, root: Path, asks: tuple[str, ...]) -> None:
    with OddServer(root, asks=asks) as server:
        content = interchange()
        (root / "out" / "a.edi").write_bytes(content)
        transport = make(server)
        [arrival] = transport.arrivals()
        assert b"".join(transport.read(arrival)) == content
        transport.settle(arrival)
        assert list((root / "out").iterdir()) == []


def test_a_wrong_password_is_told_without_it(make: Make, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with OddServer(root) as server:
        monkeypatch.setenv("ACME_PASSWORD", "canary-wrong")
        error = failure(make(server).arrivals)
        assert (error.code, error.is_retryable) == ("GW-4111", True)
        assert "canary" not in f"{error}{error.facts}"


def test_a_key_where_only_a_password_is_asked_for_is_told(make: Make, root: Path, tmp_path: Path) -> None:
    new_key(tmp_path / "client")
    with OddServer(root) as server:
        error = failure(make(server, key=f"file:{tmp_path / 'client'}", password="").arrivals)
        assert error.code == "GW-4111"
        assert "password" in error.sentence


# ---- what a server may do to files


class _NoRemoval(asyncssh.SFTPServer):
    def remove(self, path: bytes) -> None:
        raise asyncssh.SFTPFailure("not today")

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPFailure("not today")


def test_row_39_a_server_that_says_only_failure_to_removals_takes_nothing_twice(make: Make, root: Path) -> None:
    with OddServer(root, files=_NoRemoval) as server:
        (root / "out" / "a.edi").write_bytes(interchange())
        transport = make(server)
        [arrival] = transport.arrivals()
        assert failure(lambda: transport.settle(arrival)).code == "GW-4106"
        for _ in range(3):
            assert failure(transport.arrivals).code == "GW-4106"


class _NoReading(asyncssh.SFTPServer):
    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        if path.endswith(b"secret.edi") or b".secret.edi." in path:
            raise asyncssh.SFTPPermissionDenied("not for you")
        return super().open(path, pflags, attrs)


def test_a_file_that_will_not_be_read_does_not_hold_the_others_back(make: Make, root: Path) -> None:
    with OddServer(root, files=_NoReading) as server:
        for name in ("a.edi", "secret.edi", "z.edi"):
            (root / "out" / name).write_bytes(interchange())
        transport = make(server, claim=False)
        found = {arrival.name for arrival in transport.arrivals()}
        assert found == {"a.edi", "z.edi"}
        for arrival in transport.arrivals():
            transport.settle(arrival)
        error = failure(transport.arrivals)
        assert (error.code, "secret.edi" in error.sentence) == ("GW-4105", True)


class _Liar(asyncssh.SFTPServer):
    """Lists sizes that are not so."""

    async def scandir(self, path: bytes) -> Any:
        async for name in super().scandir(path):
            if name.attrs.size:
                name.attrs.size += 7
            yield name


def test_row_39_a_size_that_is_not_so_is_never_taken(make: Make, root: Path) -> None:
    with OddServer(root, files=_Liar) as server:
        (root / "out" / "a.edi").write_bytes(interchange())
        transport = make(server)
        for _ in range(3):
            assert transport.arrivals() == []


class _ShortReads(asyncssh.SFTPServer):
    """Gives a thousand bytes at a time, whatever is asked for."""

    def read(self, file_obj: Any, offset: int, size: int) -> Any:
        return super().read(file_obj, offset, min(size, 1000))


def test_row_39_reads_that_are_cut_short_are_asked_for_again(make: Make, root: Path) -> None:
    with OddServer(root, files=_ShortReads) as server:
        contents = {"large.csv": bytes(range(256)) * 1600, "small.csv": bytes(range(256)) * 20}
        for name, content in contents.items():
            (root / "out" / name).write_bytes(content)
        transport = make(server)
        assert {one.name: b"".join(transport.read(one)) for one in transport.arrivals()} == contents


def test_a_server_without_extensions_is_served_too(make: Make, root: Path) -> None:
    class Plain(asyncssh.SFTPServer):
        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            raise asyncssh.SFTPOpUnsupported("no")

        def fsync(self, file_obj: object) -> None:
            raise asyncssh.SFTPOpUnsupported("no")

    with OddServer(root, files=Plain) as server:
        error = failure(lambda: make(server).send(dispatch()))
        assert error.code == "GW-4112", "it offers what it cannot do: told, and not sent half"


# ---- times


def test_outside_its_window_nothing_is_sent_and_no_try_is_counted(make: Make, root: Path) -> None:
    with OddServer(root) as server:
        closed = Schedule(ScheduleOptions(windows=("mon 09:00-10:00",)))  # the clock stands at Monday 08:00
        error = failure(lambda: make(server, schedule=closed).send(dispatch()))
        assert (error.code, error.is_retryable, error.retry_after_seconds) == ("GW-4115", True, 3600)
        make(server, schedule=Schedule(ScheduleOptions(windows=("mon 07:00-10:00",)))).send(dispatch())
        assert [path.name for path in (root / "in").iterdir()] == [dispatch().name]
