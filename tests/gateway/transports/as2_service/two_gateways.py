"""Two gateways that trade by AS2 over real sockets: a buyer that sends orders, a seller that takes them."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from granian.constants import Interfaces
from granian.server.embed import Server

from gateway import bootstrap, map_shelf
from gateway.runner import Runner
from gateway.settings import load_settings
from gateway.states import Direction, Kind, State
from gateway.steps.station import Station
from gateway.store import documents, ledger, lookups
from gateway.store.documents import Document
from gateway.transports.as2.certificates import OwnKey
from gateway.transports.as2.channel import As2Transport
from gateway.transports.as2.endpoint import As2Endpoint
from tests.fakes import FakeErp
from tests.gateway.transports.as2_service.keys import PASSPHRASE, PASSPHRASE_NAME, key, lay_down
from tests.journeys.gateway_under_test import CATALOGUES, load_map_once

BUYER, SELLER = "BUYER", "SELLER CO"  # a name with a space goes in quotes
IDS = {BUYER: "ZZ:BUYER", SELLER: "ZZ:SELLER"}

CONFIGURATION = """\
database = "{database}"
retry_base_seconds = 0.05
retry_max_seconds = 0.2
gate_failures = 1000

[company]
name = "{name}"
interchange_id = "{interchange_id}"
group_id = "{group_id}"

[connectors.erp]
kind = "sample-erp"
base_url = "http://127.0.0.1:9"
token = "env:SAMPLE_ERP_TOKEN"

[as2]
port = {port}
url = "http://127.0.0.1:{port}/as2"

[[as2.keys]]
certificate = "certs/own.pem"
key = "certs/own.key"
passphrase = "env:{passphrase}"
"""

PARTNER = """\
name = "{name}"
role = "{role}"
account = "A-1"
connector = "erp"

[x12]
interchange_id = "{interchange_id}"
release = "004010"

[transport]
kind = "as2"
as2_id = "{name}"
company_as2_id = "{company}"
url = "http://127.0.0.1:{port}/as2"
mdn_url = "http://127.0.0.1:{port}/as2/mdn"
allow_http = true
allow_private = true
timeout_seconds = 20
{options}

[[transport.certificates]]
file = "{certificate}"

[[agreements]]
document = "purchase_order"
direction = "{direction}"
map = "x12/850"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """An application on a port, by the server that production uses."""

    def __init__(self, app: object, port: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._server = Server(
            app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, websockets=False, log_enabled=False
        )
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._server.serve()), daemon=True)
        self._thread.start()
        until(lambda: _listens(port))

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(10)
        self._loop.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(is_so: Callable[[], object], seconds: float = 20) -> None:
    give_up = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up, "it did not come to that"
        time.sleep(0.01)


class As2Gateway:
    """One of the two.

    Args:
        name: its AS2 name.
        other: the partner's.
        ports: AS2 name → where it listens.
        options: further lines of the partner's [transport].
    """

    def __init__(
        self,
        home: Path,
        name: str,
        other: str,
        ports: dict[str, int],
        options: str = "",
        own: OwnKey | None = None,
        theirs: OwnKey | None = None,
        database: str = "",
    ) -> None:
        home.mkdir(exist_ok=True)
        (home / "partners").mkdir()
        os.environ.setdefault("SAMPLE_ERP_TOKEN", "unused")
        os.environ[PASSPHRASE_NAME] = PASSPHRASE
        lay_down(home, "own", own or key(name), with_key=True)
        certificate = lay_down(home, "theirs", theirs or key(other))
        company = IDS[name]
        (home / "gateway.toml").write_text(
            CONFIGURATION.format(
                name=name,
                database=database,
                interchange_id=company,
                group_id=company[3:],
                port=ports[name],
                passphrase=PASSPHRASE_NAME,
            )
        )
        self.partner = other.split(maxsplit=1)[0].lower()
        (home / "partners" / f"{self.partner}.toml").write_text(
            PARTNER.format(
                name=other,
                role="supplier" if name == BUYER else "customer",
                company=name,
                interchange_id=IDS[other],
                port=ports[other],
                options=options,
                certificate=certificate,
                direction="out" if name == BUYER else "in",
            )
        )
        self.home, self.name, self.port = home, name, ports[name]
        self.erp = FakeErp()
        self.served: Served | None = None
        self.open()

    def open(self) -> None:
        """Build everything from the configuration as it is now."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(map_shelf, "load_map", load_map_once)
            built = bootstrap.build(load_settings(self.home))
        self.station: Station = dataclasses.replace(
            built, connectors={"erp": self.erp}, catalogue=CATALOGUES.setdefault("shipped", built.catalogue)
        )
        self.runner = Runner(self.station)

    def listen(self) -> None:
        """Serve the endpoint."""
        endpoint = bootstrap.as2_endpoint(self.station)
        assert isinstance(endpoint, As2Endpoint)
        self.endpoint = endpoint
        self.served = Served(endpoint, self.port)

    def deaf(self) -> None:
        """Stop serving."""
        if self.served is not None:
            self.served.stop()
            self.endpoint.close()
            self.served = None

    def close(self) -> None:
        self.deaf()
        self.runner.stop()
        self.station.database.close()

    @property
    def channel(self) -> As2Transport:
        channel = self.station.transports[self.partner]
        assert isinstance(channel, As2Transport)
        return channel

    def run(self) -> None:
        self.runner.run_until_idle()

    def all(self) -> list[Document]:
        with self.station.database.read() as connection:
            return documents.find(connection)

    def found(self, kind: Kind, direction: Direction, state: State | None = None) -> list[Document]:
        return [
            d for d in self.all() if d.kind is kind and d.direction is direction and (state is None or d.state is state)
        ]

    def one(self, kind: Kind, direction: Direction = Direction.IN, state: State | None = None) -> Document:
        found = self.found(kind, direction, state)
        assert len(found) == 1, [(d.kind, d.direction, d.state, d.code, d.sentence) for d in self.all()]
        return found[0]

    def story(self, document: Document) -> list[ledger.Entry]:
        with self.station.database.read() as connection:
            return ledger.timeline(connection, document.id)

    def in_progress(self) -> list[Document]:
        with self.station.database.read() as connection:
            return lookups.in_progress(connection)

    def rows(self, table: str) -> list[dict[str, object]]:
        """Return every row of one of our tables."""
        with self.station.database.read() as connection:
            return [dict(row._mapping) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]


@contextmanager
def two_gateways(
    home: Path, buyer_options: str = "", seller_options: str = "", databases: tuple[str, str] = ("", "")
) -> Iterator[tuple[As2Gateway, As2Gateway]]:
    """Give a buyer and a seller that listen."""
    ports = {BUYER: free_port(), SELLER: free_port()}
    buyer = As2Gateway(home / "buyer", BUYER, SELLER, ports, buyer_options, database=databases[0])
    seller = As2Gateway(home / "seller", SELLER, BUYER, ports, seller_options, database=databases[1])
    for one in (buyer, seller):
        one.listen()
    try:
        yield buyer, seller
    finally:
        for one in (buyer, seller):
            one.close()
