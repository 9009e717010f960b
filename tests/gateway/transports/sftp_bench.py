"""A real OpenSSH server, a line to it, and our transport at this end."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

from gateway.ports import Arrival, Dispatch
from gateway.transports.sftp import SftpTransport
from gateway.transports.sftp_options import SftpOptions
from tests.fakes import HandClock
from tests.gateway.transports.line import Line
from tests.gateway.transports.openssh import OpenSshServer, fingerprint

ISA = (
    b"ISA*00*          *00*          *ZZ*HILLSTREET     *ZZ*OURCOMPANY     *260302*0800*U*00401*%09d*0*P*>~"
    b"GS*PO*H*O*20260302*0800*1*X*004010~GE*0*1~"
)
NUMBERS = itertools.count(1)


def interchange() -> bytes:
    """Return a whole interchange, another one at each call."""
    number = next(NUMBERS)
    return ISA % number + b"IEA*1*%09d~" % number


class SftpBench:
    """The partner's server and our channel to it; looks are taken by hand, with a clock that stands still.

    Args:
        options: over those that fit the server.
    """

    def __init__(self, home: Path, server: OpenSshServer, round_trip_seconds: float = 0.0, **options: Any) -> None:
        self.home = home
        self.server = server
        self.line = Line(server.port, round_trip_seconds)
        self.clock = HandClock()
        place = server.folder / home.name
        self.out, self.into, self.archive = place / "out", place / "in", place / "archive"
        for folder in (self.out, self.into, self.archive):
            folder.mkdir(parents=True)
        self.given = {
            "host": "127.0.0.1",
            "port": self.line.port,
            "user": server.user,
            "key": f"file:{server.client_key}",
            "host_key": fingerprint(next(iter(server.host_keys.values()))),
            "pickup_folder": str(self.out),
            "delivery_folder": str(self.into),
            "stable_seconds": 2,
            "trailer_seconds": 60,
            "poll_seconds": 0.1,
            "answer_seconds": 5,
            **options,
        }
        self.transports: list[SftpTransport] = []
        self.transport = self.restarted()

    def restarted(self, **options: Any) -> SftpTransport:
        """Return a new transport, as after a crash of ours: it knows nothing."""
        self.given |= options
        made = SftpTransport(
            "acme", SftpOptions.model_validate(self.given), self.clock, self.home / "spool", limit_bytes=50_000_000
        )
        self.transports.append(made)
        self.transport = made
        return made

    def drop(self, name: str | bytes, content: bytes | None = None) -> bytes:
        """Have the partner put a whole file there at once."""
        content = interchange() if content is None else content
        (self.out / os.fsdecode(name)).write_bytes(content)
        return content

    def look(self) -> list[str]:
        return [arrival.name for arrival in self.transport.arrivals()]

    def looked_twice(self, seconds: float = 2) -> list[Arrival]:
        """Look, wait, look again."""
        self.transport.arrivals()
        self.clock.advance(seconds)
        return self.transport.arrivals()

    def take(self, arrival: Arrival) -> bytes:
        content = b"".join(self.transport.read(arrival))
        self.transport.settle(arrival)
        return content

    def taken(self) -> dict[str, bytes]:
        """Take everything that two looks find."""
        return {arrival.name: self.take(arrival) for arrival in self.looked_twice()}

    def names(self, folder: Path | None = None) -> list[str]:
        """Return what the partner sees in a folder of its server."""
        return sorted(path.name for path in (folder or self.out).iterdir())

    def close(self) -> None:
        for transport in self.transports:
            transport.close()
        self.line.close()


def dispatch(name: str = "850-000000001.edi", payload: bytes = b"ISA*our order~" * 1000) -> Dispatch:
    return Dispatch("01JCZ8K3V7M2Q4R6T8W0X2Y4Z6", "acme", name, payload)
