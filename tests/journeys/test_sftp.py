"""An order's whole way over SFTP: fetched from the partner's server or uploaded to ours, answered where the partner looks."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.bootstrap import sftp_host
from gateway.clock import SystemClock
from gateway.runner import Runner
from gateway.settings import SftpServerSettings
from gateway.simulator.papers import HAMMER, order
from gateway.states import Direction, Kind, State
from gateway.steps.receive import receive
from gateway.transports import HOSTED_ROOT
from gateway.transports.folder import FolderHints, FolderRules
from gateway.transports.hosted import HostedTransport
from gateway.transports.hosted_options import HostedOptions
from gateway.transports.sftp import SftpTransport
from gateway.transports.sftp_options import SftpOptions
from tests.gateway.transports.line import Line
from tests.gateway.transports.openssh import OpenSshServer, fingerprint, new_key, program
from tests.journeys.gateway_under_test import GatewayUnderTest

HILL = "hill-street"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayUnderTest]:
    made = GatewayUnderTest(tmp_path, SystemClock())
    yield made
    made.close()


def orders(gateway: GatewayUnderTest, state: State) -> int:
    found = [d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER and d.direction is Direction.IN]
    return len([d for d in found if d.state is state])


def wait_until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    give_up = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_orders_fetched_over_a_line_that_drops_are_posted_once_each_and_answered(
    gateway: GatewayUnderTest, tmp_path: Path
) -> None:
    partner = gateway.partner(HILL)
    with OpenSshServer(tmp_path / "server") as server, Line(server.port) as line:
        out, into = server.folder / "out", server.folder / "in"
        for folder in (out, into):
            folder.mkdir()
        options = SftpOptions(
            host="127.0.0.1",
            port=line.port,
            user=server.user,
            key=f"file:{server.client_key}",
            host_key=fingerprint(server.host_keys["ed25519"]),
            pickup_folder=str(out),
            delivery_folder=str(into),
            complete="rename",
            poll_seconds=0.2,
            connect_seconds=3,
            answer_seconds=3,
        )
        gateway.station.transports[HILL].close()
        gateway.station.transports[HILL] = SftpTransport(HILL, options, gateway.clock, tmp_path / "spool", 10_000_000)
        runner = Runner(gateway.station)
        runner.start()
        for number in range(12):
            content = partner.interchange([order(f"PO-{number}", datetime.now(UTC), (HAMMER, 1))])
            (out / f"{number}.edi.tmp").write_bytes(content)
            (out / f"{number}.edi.tmp").rename(out / f"{number}.edi")
            if number % 3 == 0:
                line.cut_after(down=3000)  # a look or two later
                time.sleep(0.4)
                line.come_up()
        wait_until(lambda: orders(gateway, State.POSTED) == 12)
        wait_until(lambda: len([path for path in into.iterdir() if path.name.startswith("997")]) == 12)
        wait_until(lambda: list(out.iterdir()) == [])
        runner.stop()
        assert len(gateway.erp.booked) == 12
        assert not [path for path in into.iterdir() if path.suffix == ".tmp"]


def test_after_a_crash_between_the_commit_and_the_removal_a_file_is_removed_and_not_taken_again(
    gateway: GatewayUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OpenSshServer(tmp_path / "server") as server:
        out = server.folder / "out"
        out.mkdir()
        options = SftpOptions(
            host="127.0.0.1",
            port=server.port,
            user=server.user,
            key=f"file:{server.client_key}",
            host_key=fingerprint(server.host_keys["ed25519"]),
            pickup_folder=str(out),
            stable_seconds=0,
        )
        (out / "order.edi").write_bytes(
            gateway.partner(HILL).interchange([order("PO-1", datetime.now(UTC), (HAMMER, 1))])
        )

        def transport() -> SftpTransport:
            return SftpTransport(HILL, options, gateway.clock, tmp_path / "spool", 10_000_000)

        first = transport()
        first.arrivals()
        [arrival] = first.arrivals()
        with monkeypatch.context() as dying:
            dying.setattr(first, "settle", lambda _: None)
            assert receive(arrival, first, gateway.station) is not None
        first.close()
        assert len(list(out.iterdir())) == 1
        second = transport()
        second.arrivals()
        [again] = second.arrivals()
        assert again.transport_id == arrival.transport_id
        assert receive(again, second, gateway.station) is None
        assert list(out.iterdir()) == []
        second.close()
    assert len([d for d in gateway.all() if d.kind is Kind.INTERCHANGE]) == 1


def test_an_order_uploaded_to_our_server_is_posted_and_its_997_is_there_to_fetch(
    gateway: GatewayUnderTest, tmp_path: Path
) -> None:
    new_key(tmp_path / "host")
    options = HostedOptions(keys=(new_key(tmp_path / "hill"),))
    root = tmp_path / HOSTED_ROOT / HILL
    transport = HostedTransport(HILL, options, root, gateway.clock, FolderHints(), FolderRules(0, 60))
    gateway.station.transports[HILL].close()
    gateway.station.transports[HILL] = transport
    settings = gateway.station.settings.model_copy(
        update={"sftp_server": SftpServerSettings(port=0, host_keys=(f"file:{tmp_path / 'host'}",))}
    )
    object.__setattr__(gateway.station, "settings", settings)
    host = sftp_host(gateway.station)
    assert host is not None
    host.start()
    runner = Runner(gateway.station)
    runner.start()
    content = gateway.partner(HILL).interchange([order("PO-1", datetime.now(UTC), (HAMMER, 1))])
    (tmp_path / "order.edi").write_bytes(content)
    try:
        sftp(tmp_path, host.port, f"put {tmp_path}/order.edi /in/order.edi")
        wait_until(lambda: orders(gateway, State.POSTED) == 1)
        wait_until(lambda: bool(list((root / "out").glob("997-*"))))
        sftp(tmp_path, host.port, f"get /out/997-* {tmp_path}/")
        assert [path.read_bytes()[:3] for path in tmp_path.glob("997-*")] == [b"ISA"]
    finally:
        runner.stop()
        host.stop()


def sftp(home: Path, port: int, line: str) -> None:
    (home / "batch").write_text(line + "\n")
    options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
    subprocess.run(
        [
            program("sftp"), "-q", "-P", str(port), "-i", str(home / "hill"), *options,
            "-b", str(home / "batch"), f"{HILL}@127.0.0.1",
        ],
        check=True, stdin=subprocess.DEVNULL, timeout=30,
    )  # fmt: skip


def test_without_a_setting_there_is_no_server(gateway: GatewayUnderTest) -> None:
    assert sftp_host(gateway.station) is None
