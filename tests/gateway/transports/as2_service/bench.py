"""A partner by AS2 at the other end of the contract: a gateway whose endpoint takes what is posted, and nothing works on it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from gateway.clock import SystemClock
from gateway.ports import Arrival, Transport
from gateway.states import Direction, Kind, State
from gateway.steps.receive_transmission import StationReceptions
from gateway.store import documents
from gateway.store.as2_sent import StoreSentTransmissions
from gateway.store.documents import Document
from gateway.store.engine import Database, LostRace
from gateway.store.payloads import PayloadStore
from gateway.store.schema import upgrade
from gateway.transmissions import SentTransmission
from gateway.transports.as2.channel import As2Transport, Surroundings
from gateway.transports.as2.key_ring import KeyRing, Listed
from gateway.transports.as2.options import As2Options, PartnerCertificate
from gateway.transports.as2.service import As2Service
from tests.gateway.transports.as2_service.keys import key, pinned
from tests.gateway.transports.as2_service.posting import answered
from tests.gateway.transports.as2_service.two_gateways import BUYER, SELLER, As2Gateway, free_port


class OverHttp:
    """Serves a service by the standard library, so that a test can end and begin it at once."""

    def __init__(self, service: As2Service, port: int) -> None:
        self._service, self._port = service, port
        self._server: ThreadingHTTPServer | None = None

    @property
    def is_running(self) -> bool:
        return self._server is not None

    def start(self) -> None:
        service = self._service

        class Page(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                answer = answered(
                    service,
                    tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()),
                    self.rfile.read(int(self.headers["Content-Length"])),
                )
                self.send_response(answer.status)
                for name, value in (*answer.headers, (b"Content-Length", str(len(answer.body)).encode())):
                    self.send_header(name.decode(), value.decode())
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

        self._server = Server(("127.0.0.1", self._port), Page)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None


class Sent(StoreSentTransmissions):
    """Keeps what is sent for documents that the contract makes up."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        home.mkdir(exist_ok=True)
        url = f"sqlite:///{home / 'sent.db'}"
        upgrade(url)
        self.database = Database(url)
        self.use(self.database, PayloadStore(home / "payloads", 65_536, 1_000_000_000), SystemClock())

    def keep(self, sent: SentTransmission, body) -> None:
        now = datetime.now(UTC)
        document = Document(
            sent.document_id, sent.partner, Direction.OUT, Kind.TICKET, State.SENT, state_at=now, created_at=now
        )
        with contextlib.suppress(LostRace):
            self.database.write(
                lambda c: documents.create(c, documents.NewDocument(document, documents.Event.CREATED, "test"))
            )
        super().keep(sent, body)


class As2Bench:
    """A partner's AS2 server; nothing arrives by looking."""

    receives = False

    def __init__(self, home: Path, partner: As2Gateway, server: OverHttp, sent: Sent) -> None:
        self._home, self._partner, self._server, self._sent = home, partner, server, sent
        self._seen = {d.id for d in partner.all()}
        self._options = As2Options(
            as2_id=SELLER,
            company_as2_id=BUYER,
            url=f"http://127.0.0.1:{partner.port}/as2",
            certificates=(PartnerCertificate(file="unused"),),
            allow_http=True,
            allow_private=True,
            timeout_seconds=10,
        )
        self._made: list[As2Transport] = []
        self.restart()

    def restart(self) -> None:
        own = key(BUYER)
        listed = [
            Listed("own.pem", "us", ("sign", "decrypt"), own, private_key=lambda: own.private_key),
            Listed("theirs.pem", "contract", ("encrypt", "verify", "mdn"), pinned(key(SELLER))),
        ]
        ring = KeyRing("contract", listed, "production", BUYER, accepts_expired=False)
        around = Surroundings(SystemClock(), self._sent, "", self._home / "spool")
        transport = As2Transport("contract", self._options, ring, around)
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
        new = [d for d in self._partner.all() if d.id not in self._seen]
        assert len({d.number for d in new}) == len(new)
        return {d.number: self._partner.station.payload(d) for d in new}

    def go_down(self) -> None:
        self._server.stop()
        for transport in self._made:
            transport.close()  # its connections outlive the server otherwise

    def recover(self) -> None:
        if not self._server.is_running:
            self._server.start()

    def close(self) -> None:
        for transport in self._made:
            transport.close()


@contextmanager
def as2_bench(home: Path) -> Iterator[Callable[[Path], As2Bench]]:
    """Give what makes a bench; the partner behind all of them is one gateway."""
    ports = {BUYER: free_port(), SELLER: free_port()}
    partner = As2Gateway(home / "partner", SELLER, BUYER, ports)
    service = As2Service(
        partner.station.transports, StationReceptions(partner.station), SystemClock(), home / "partner" / "spool"
    )
    server = OverHttp(service, partner.port)
    made: list[tuple[As2Bench, Sent]] = []

    def bench(own: Path) -> As2Bench:
        if not server.is_running:
            server.start()
        sent = Sent(own / "kept")
        made.append((As2Bench(own, partner, server, sent), sent))
        return made[-1][0]

    try:
        yield bench
    finally:
        for one, sent in made:
            one.close()
            sent.database.close()
        server.stop()
        partner.close()
