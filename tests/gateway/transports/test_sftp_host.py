"""Our SFTP server, judged by OpenSSH's own client: uploads count when they are closed, and there is nothing else to be had."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest

from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.settings import SftpServerSettings
from gateway.transports import sftp_host
from gateway.transports.folder import FolderHints, FolderRules
from gateway.transports.hosted import HostedTransport
from gateway.transports.hosted_options import HostedOptions
from gateway.transports.sftp_host import SftpHost
from tests.gateway.transports.line import Line
from tests.gateway.transports.openssh import new_key, program
from tests.gateway.transports.sftp_bench import dispatch, interchange

LIMIT_BYTES = 2_000_000


class Hosted:
    """The server, with two partners; `hill`'s key is at home/hill."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.accounts: dict[str, HostedTransport] = {}
        for partner in ("hill", "lake"):
            options = HostedOptions(keys=(new_key(home / partner),))
            root = home / "sftp" / partner
            self.accounts[partner] = HostedTransport(
                partner, options, root, SystemClock(), FolderHints(), FolderRules(0, 60)
            )
        new_key(home / "host")
        settings = SftpServerSettings(port=0, host_keys=(f"file:{home / 'host'}",))
        (home / "sftp" / "hill" / "in").mkdir(parents=True)
        (home / "sftp" / "hill" / "in" / ".01JCZ8K3V7M2Q4R6T8W0X2Y4Z6.upload").write_bytes(
            b"of a server that was killed"
        )
        self.host = SftpHost(settings, self.accounts.get, home / "sftp", SystemClock(), LIMIT_BYTES)
        self.host.start()

    @property
    def root(self) -> Path:
        return self.home / "sftp" / "hill"

    def options(self, key: str = "hill", port: int | None = None) -> list[str]:
        return [
            "-i", str(self.home / key), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            "-o", f"Port={port or self.host.port}",
        ]  # fmt: skip

    def sftp(
        self, *lines: str, user: str = "hill", key: str = "hill", port: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run OpenSSH's sftp with a batch of commands."""
        (self.home / "batch").write_text("\n".join(lines) + "\n")
        command = [program("sftp"), "-q", *self.options(key, port), "-b", str(self.home / "batch"), f"{user}@127.0.0.1"]
        return subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False
        )

    def ssh(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [program("ssh"), *self.options(), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=20, check=False
        )

    def file(self, content: bytes, name: str = "local") -> Path:
        (self.home / name).write_bytes(content)
        return self.home / name

    def close(self) -> None:
        self.host.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    made = Hosted(tmp_path_factory.mktemp("hosted"))
    yield made
    made.close()


@pytest.fixture
def hosted(running: Hosted) -> Iterator[Hosted]:
    yield running
    for folder in (running.root / "in", running.root / "out"):
        for name in names(folder):
            (folder / name).unlink()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.exists() else []


# ---- up and down


def test_what_a_server_that_was_killed_left_unfinished_is_gone(running: Hosted) -> None:
    assert not list((running.root / "in").glob(".*.upload"))


def test_what_a_partner_uploads_arrives_and_what_we_send_is_there(hosted: Hosted) -> None:
    content = interchange()
    transport = hosted.accounts["hill"]
    transport.send(dispatch())
    done = hosted.sftp(
        f"put {hosted.file(content)} /in/order.edi",
        f"get /out/850-000000001.edi {hosted.home}/got",
        "rm /out/850-000000001.edi",
    )
    assert done.returncode == 0, done.stderr
    transport.arrivals()
    [arrival] = transport.arrivals()
    assert (arrival.name, arrival.transport, b"".join(transport.read(arrival))) == ("order.edi", "hosted-sftp", content)
    transport.settle(arrival)
    assert names(hosted.root / "in") == []
    assert (hosted.home / "got").read_bytes() == dispatch().payload
    assert names(hosted.root / "out") == []


def test_row_39_a_file_is_not_there_until_it_is_closed(hosted: Hosted) -> None:
    async def upload() -> list[list[str]]:
        seen = []
        async with (
            asyncssh.connect(
                "127.0.0.1",
                hosted.host.port,
                username="hill",
                client_keys=[str(hosted.home / "hill")],
                known_hosts=None,
            ) as connection,
            connection.start_sftp_client() as sftp,
        ):
            async with sftp.open("/in/slow.edi", "wb") as file:
                await file.write(b"ISA*half")
                seen.append([str(one.filename) for one in await sftp.readdir("/in")])
                seen.append([name for name in names(hosted.root / "in") if not name.startswith(".")])
                await file.write(b" and the rest", 8)
            seen.append([name for name in names(hosted.root / "in") if not name.startswith(".")])
        return seen

    assert asyncio.run(upload()) == [[], [], ["slow.edi"]]
    assert (hosted.root / "in" / "slow.edi").read_bytes() == b"ISA*half and the rest"


def test_row_39_a_line_that_drops_in_the_middle_of_an_upload_leaves_nothing(hosted: Hosted) -> None:
    with Line(hosted.host.port) as line:
        line.cut_after(up=600_000)
        done = hosted.sftp(f"put {hosted.file(os.urandom(1_500_000))} /in/order.edi", port=line.port)
        assert done.returncode != 0
        _wait_until(lambda: names(hosted.root / "in") == [])
        line.come_up()
        content = hosted.home.joinpath("local").read_bytes()
        assert hosted.sftp(f"put {hosted.home}/local /in/order.edi", port=line.port).returncode == 0
    assert (hosted.root / "in" / "order.edi").read_bytes() == content


def test_a_client_that_goes_without_closing_leaves_nothing(hosted: Hosted) -> None:
    async def leave() -> None:
        connection = await asyncssh.connect(
            "127.0.0.1", hosted.host.port, username="hill", client_keys=[str(hosted.home / "hill")], known_hosts=None
        )
        sftp = await connection.start_sftp_client()
        file = await sftp.open("/in/half.edi", "wb")
        await file.write(b"ISA*half")
        sftp.exit()
        await sftp.wait_closed()
        connection.close()
        await connection.wait_closed()

    asyncio.run(leave())
    _wait_until(lambda: names(hosted.root / "in") == [])


def test_a_name_that_still_waits_is_not_replaced(hosted: Hosted) -> None:
    first, second = interchange(), interchange()
    hosted.sftp(f"put {hosted.file(first)} /in/order.edi")
    done = hosted.sftp(f"put {hosted.file(second)} /in/order.edi")
    assert done.returncode == 0, done.stderr
    found = [path.read_bytes() for path in (hosted.root / "in").glob("*.edi")]
    assert sorted(found) == sorted([first, second])


def test_a_client_may_upload_under_a_temporary_name_and_rename(hosted: Hosted) -> None:
    done = hosted.sftp(
        f"put {hosted.file(b'ISA*x~')} /in/order.edi.filepart", "rename /in/order.edi.filepart /in/order.edi"
    )
    assert done.returncode == 0, done.stderr
    assert names(hosted.root / "in") == ["order.edi"]


def test_what_a_client_sets_makes_nothing_executable(hosted: Hosted) -> None:
    local = hosted.file(b"#!/bin/sh\n", "script")
    local.chmod(0o4777)
    done = hosted.sftp(f"put -p {local} /in/script.sh", "chmod 4777 /in/script.sh")
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE((hosted.root / "in" / "script.sh").stat().st_mode) == 0o600


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(hosted: Hosted) -> None:
    done = hosted.sftp(f"put {hosted.file(bytes(LIMIT_BYTES + 1))} /in/huge.edi")
    assert done.returncode != 0
    assert names(hosted.root / "in") == []


def test_row_34_a_disk_that_is_full_keeps_nothing_of_an_upload(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    written = os.pwrite

    def full(descriptor: int, data: bytes, offset: int) -> int:
        if offset > 100_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return written(descriptor, data, offset)

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        assert hosted.sftp(f"put {hosted.file(bytes(300_000))} /in/order.edi").returncode != 0
    assert names(hosted.root / "in") == []


# ---- nothing else


@pytest.mark.parametrize(
    "command",
    [
        "mkdir /new", "mkdir /in/new", "rmdir /in", "symlink /etc/passwd /in/link", "ln /out/x /in/y", "rm /in/order.edi",
        "rename /in/order.edi /in/other.edi", "rename /in/order.edi /out/order.edi", "put LOCAL /out/order.edi",
        "put LOCAL /order.edi", "put LOCAL /in/.hidden", "put LOCAL /in/deep/order.edi", "put LOCAL /../../in/../order.edi",
        "get /etc/passwd", "get /../../../etc/passwd", "get /in/../../../../etc/passwd", "get /in/.archive", "ls /etc", "ls /in/.archive",
    ],
)  # fmt: skip
def test_what_is_not_up_or_down_is_refused(hosted: Hosted, command: str) -> None:
    hosted.sftp(f"put {hosted.file(b'ISA*x~')} /in/order.edi")
    before = sorted(path for path in hosted.home.rglob("*") if path.name not in ("batch", "local"))
    done = hosted.sftp(command.replace("LOCAL", str(hosted.home / "local")))
    assert done.returncode != 0, done.stdout
    assert sorted(path for path in hosted.home.rglob("*") if path.name not in ("batch", "local")) == before
    assert not Path("passwd").exists()


def test_a_link_that_somebody_else_made_is_not_followed(hosted: Hosted) -> None:
    hosted.sftp("ls /")
    (hosted.root / "out" / "link").symlink_to("/etc/passwd")
    assert hosted.sftp(f"get /out/link {hosted.home}/got-link").returncode != 0
    assert not (hosted.home / "got-link").exists()
    assert "link" not in hosted.sftp("ls /out").stdout


def test_there_is_no_shell_no_command_and_no_forwarding(hosted: Hosted, tmp_path: Path) -> None:
    for arguments in (["hill@127.0.0.1", "id"], ["-tt", "hill@127.0.0.1"], ["-s", "hill@127.0.0.1", "shell"]):
        done = hosted.ssh(*arguments)
        assert done.returncode != 0
        assert "uid=" not in done.stdout
    forwarded = hosted.ssh("-o", "ExitOnForwardFailure=yes", "-N", "-R", "0:127.0.0.1:22", "hill@127.0.0.1")
    assert forwarded.returncode != 0
    through = hosted.ssh("-W", f"127.0.0.1:{hosted.host.port}", "hill@127.0.0.1")
    assert through.returncode != 0
    assert "SSH-2.0" not in through.stdout
    copied = subprocess.run(
        [program("scp"), "-O", *hosted.options(), str(hosted.file(b"x")), "hill@127.0.0.1:/in/scp"],
        capture_output=True, timeout=20, check=False,
    )  # fmt: skip
    assert copied.returncode != 0


def test_only_the_keys_of_a_partners_file_open_and_only_its_own_root(hosted: Hosted, tmp_path: Path) -> None:
    assert hosted.sftp("ls /", user="hill", key="lake").returncode != 0
    assert hosted.sftp("ls /", user="nobody").returncode != 0
    hosted.sftp(f"put {hosted.file(b'ISA*x~')} /in/order.edi")
    listed = hosted.sftp("ls /in", user="lake", key="lake")
    assert (listed.returncode, "order" in listed.stdout) == (0, False)
    account = hosted.accounts["hill"]
    try:
        new_key(hosted.home / "next")
        both = (*account.options.keys, (hosted.home / "next.pub").read_text())
        account.options = HostedOptions(keys=both)
        assert hosted.sftp("ls /", key="next").returncode == 0, "two keys while it changes one"
        assert hosted.sftp("ls /", key="hill").returncode == 0
        del hosted.accounts["hill"]
        assert hosted.sftp("ls /").returncode != 0, "its file was deleted"
    finally:
        hosted.accounts["hill"] = account


def test_names_of_every_kind_come_and_go(hosted: Hosted) -> None:
    for name in ("two words.edi", "ümläut €.edi", "quo'te;`id`.edi"):
        done = hosted.sftp(f'put {hosted.file(b"x")} "/in/{name}"')
        assert done.returncode == 0, done.stderr
        assert (hosted.root / "in" / name).exists()


def test_stopping_ends_the_connections_that_are_open(tmp_path: Path) -> None:
    hosted = Hosted(tmp_path)

    async def stay() -> None:
        async with (
            asyncssh.connect(
                "127.0.0.1", hosted.host.port, username="hill", client_keys=[str(tmp_path / "hill")], known_hosts=None
            ) as connection,
            connection.start_sftp_client() as sftp,
        ):
            file = await sftp.open("/in/half.edi", "wb")
            await file.write(b"ISA*half")
            await asyncio.to_thread(hosted.close)
            await asyncio.wait_for(connection.wait_closed(), 5)

    with contextlib.suppress(asyncssh.Error, OSError):
        asyncio.run(stay())
    assert names(hosted.root / "in") == []


def test_more_connections_than_anybody_needs_are_closed_unheard(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp_host, "MOST_CONNECTIONS", 3)
    _wait_until(lambda: not hosted.host._connections)
    lines = [socket.create_connection(("127.0.0.1", hosted.host.port)) for _ in range(3)]
    assert [line.recv(4) for line in lines] == [b"SSH-"] * 3
    assert hosted.sftp("ls /").returncode != 0
    for line in lines:
        line.close()
    _wait_until(lambda: not hosted.host._connections)
    assert hosted.sftp("ls /").returncode == 0


def test_a_port_that_is_taken_is_told(hosted: Hosted) -> None:
    settings = SftpServerSettings(port=hosted.host.port, host_keys=(f"file:{hosted.home / 'host'}",))
    with pytest.raises(GatewayError) as caught:
        SftpHost(settings, hosted.accounts.get, hosted.home / "sftp", SystemClock(), LIMIT_BYTES).start()
    assert caught.value.code == "GW-6209"


def test_a_host_key_that_is_none_is_told_without_it(hosted: Hosted) -> None:
    for reference in (f"file:{hosted.file(b'no key')}", "env:ACME_NOT_SET"):
        with pytest.raises(GatewayError) as caught:
            SftpHost(
                SftpServerSettings(port=0, host_keys=(reference,)), hosted.accounts.get, hosted.home, SystemClock(), 1
            ).start()
        assert caught.value.code == "GW-1001"


def _wait_until(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.02)
