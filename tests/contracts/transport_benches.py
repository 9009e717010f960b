"""One bench per transport: the partner at its other end. A new transport needs a row in BENCHES."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from gateway.clock import SystemClock
from gateway.ports import Arrival, Transport
from gateway.transports.folder import FolderHints, FolderRules, FolderTransport
from gateway.transports.hosted import HostedTransport
from gateway.transports.hosted_options import HostedOptions
from gateway.transports.http import HttpTransport
from gateway.transports.http_options import HttpOptions
from gateway.transports.sftp import SftpTransport
from gateway.transports.sftp_options import SftpOptions
from tests.contracts.transport_contract import SECRET, TransportBench
from tests.fakes import HandClock
from tests.gateway.transports.as2_service.bench import as2_bench
from tests.gateway.transports.line import Line
from tests.gateway.transports.openssh import OpenSshServer, fingerprint
from tests.gateway.transports.receiver import Receiver

_END = b"IEA*0*000000001~"


class InFolders:
    """A partner that sees two folders.

    Args:
        theirs: where it puts files for us.
        ours: where it finds what we sent.
    """

    receives = True
    transport: Transport
    clock: HandClock

    def __init__(self, theirs: Path, ours: Path) -> None:
        self._theirs, self._ours = theirs, ours

    def drop(self, name: str, content: bytes) -> None:
        (self._theirs / name).write_bytes(content)
        # Files of one second are told apart by their names; a partner's clock is not ours.
        os.utime(self._theirs / name, (1_700_000_000, 1_700_000_000))

    def begin(self, name: str, content: bytes) -> Callable[[], None]:
        file = (self._theirs / name).open("wb")
        file.write(content)
        file.flush()

        def finish() -> None:
            with file:
                file.write(_END)

        return finish

    def later(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def looked(self) -> list[Arrival]:
        self.transport.arrivals()
        self.later(2)
        return list(self.transport.arrivals())

    def waiting(self) -> int:
        return len([path for path in self._theirs.iterdir() if path.is_file()])

    def delivered(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self._ours.iterdir()} if self._ours.exists() else {}


class FolderBench(InFolders):
    """Folders of this machine."""

    def __init__(self, home: Path) -> None:
        super().__init__(home / "inbox", home / "outbox")
        self._theirs.mkdir()
        self.restart()

    def restart(self) -> None:
        self.clock = HandClock()
        self.transport = FolderTransport(
            "contract", self._theirs, self._ours, self.clock, FolderHints(), FolderRules(2, 60)
        )

    def go_down(self) -> None:
        for folder in (self._theirs, self._ours):
            if folder.exists():
                folder.rename(folder.with_suffix(".gone"))
            folder.write_bytes(b"no folder")

    def recover(self) -> None:
        for folder in (self._theirs, self._ours):
            if folder.is_file():
                folder.unlink()
            if folder.with_suffix(".gone").exists():
                folder.with_suffix(".gone").rename(folder)


class HostedBench(FolderBench):
    """The folders of an account on our SFTP server; the server itself has tests of its own."""

    def __init__(self, home: Path) -> None:
        InFolders.__init__(self, home / "in", home / "out")
        self._home = home
        self._theirs.mkdir()
        self.restart()

    def restart(self) -> None:
        self.clock = HandClock()
        options = HostedOptions(
            keys=("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPLcuH7jM6p8vH2fM4y0wJ1l5h7Jx8x7mG4vE0h0l0aA",)
        )
        rules = FolderRules(2, 60)
        self.transport = HostedTransport("contract", options, self._home, self.clock, FolderHints(), rules)


class SftpBench(InFolders):
    """An OpenSSH server behind a line."""

    def __init__(self, home: Path, server: OpenSshServer, line: Line) -> None:
        super().__init__(home / "theirs", home / "ours")
        for folder in (self._theirs, self._ours):
            folder.mkdir()
        self._line = line
        self._spool = home / "spool"
        self._made: list[SftpTransport] = []
        self._options = SftpOptions(
            host="127.0.0.1",
            port=line.port,
            user=server.user,
            key=f"file:{server.client_key}",
            host_key=fingerprint(server.host_keys["ed25519"]),
            pickup_folder=str(self._theirs),
            delivery_folder=str(self._ours),
            stable_seconds=2,
            trailer_seconds=60,
            poll_seconds=0.2,
            answer_seconds=10,
        )
        self.restart()

    def restart(self) -> None:
        self.clock = HandClock()
        transport = SftpTransport("contract", self._options, self.clock, self._spool, 1_000_000_000)
        self._made.append(transport)
        self.transport = transport

    def go_down(self) -> None:
        self._line.go_down()

    def recover(self) -> None:
        self._line.come_up()

    def close(self) -> None:
        for transport in self._made:
            transport.close()


class HttpBench:
    """A partner's web server. Nothing arrives by looking: what a partner posts is received by the API."""

    receives = False

    def __init__(self, partner: Receiver, secret: Path) -> None:
        self._partner = partner
        self._options = HttpOptions(
            url=partner.url, secret=f"file:{secret}", allow_http=True, allow_private=True, timeout_seconds=10
        )
        self._made: list[HttpTransport] = []
        self._spool = secret.parent / "spool"
        self.restart()

    def restart(self) -> None:
        transport = HttpTransport("contract", self._options, SystemClock(), self._spool)
        self._made.append(transport)
        self.transport: Transport = transport

    def drop(self, name: str, content: bytes) -> None:
        raise NotImplementedError

    def begin(self, name: str, content: bytes) -> Callable[[], None]:
        raise NotImplementedError

    def looked(self) -> list[Arrival]:
        return list(self.transport.arrivals())

    def later(self, seconds: float) -> None:
        raise NotImplementedError

    def waiting(self) -> int:
        return 0

    def delivered(self) -> dict[str, bytes]:
        return self._partner.files()

    def go_down(self) -> None:
        self._partner.stop()
        for transport in self._made:
            transport.close()  # its connections outlive the server otherwise

    def recover(self) -> None:
        if not self._partner.is_running:
            self._partner.start()

    def close(self) -> None:
        for transport in self._made:
            transport.close()


@contextmanager
def http_bench(home: Path) -> Iterator[Callable[[Path], HttpBench]]:
    (home / "secret").write_text(f"whsec_{b64encode(SECRET.encode()).decode()}")
    benches: list[HttpBench] = []
    with Receiver() as partner:

        def made(own: Path) -> HttpBench:
            if not partner.is_running:
                partner.start()
            partner.received.clear()
            benches.append(HttpBench(partner, home / "secret"))
            return benches[-1]

        yield made
        for bench in benches:
            bench.close()


@contextmanager
def folder_bench(home: Path) -> Iterator[Callable[[Path], FolderBench]]:
    yield FolderBench


@contextmanager
def hosted_bench(home: Path) -> Iterator[Callable[[Path], HostedBench]]:
    yield HostedBench


@contextmanager
def sftp_bench(home: Path) -> Iterator[Callable[[Path], SftpBench]]:
    benches: list[SftpBench] = []
    with OpenSshServer(home / "server") as server, Line(server.port) as line:

        def made(own: Path) -> SftpBench:
            line.come_up()
            benches.append(SftpBench(own, server, line))
            return benches[-1]

        yield made
        for bench in benches:
            bench.close()


# Kind → what gives the function that makes a bench in a folder of its own; the server behind it lives as long as the module's tests.
BENCHES: dict[str, Callable[[Path], AbstractContextManager[Callable[[Path], TransportBench]]]] = {
    "as2": as2_bench,
    "folder": folder_bench,
    "hosted-sftp": hosted_bench,
    "http": http_bench,
    "sftp": sftp_bench,
}
