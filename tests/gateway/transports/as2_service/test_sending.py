"""What becomes of what we post. Numbers are those of the cases that AS2 software has to pass."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gateway.deadlines import mark_overdue
from gateway.ports import Outgoing
from gateway.simulator.papers import HAMMER, order
from gateway.states import DeliveryFact, Direction, Event, Kind, State
from gateway.steps.decisions import retry
from gateway.store.documents import Document
from gateway.transports.as2 import read_as2, read_headers, write_mdn
from gateway.transports.as2.client import _retry_after
from gateway.transports.as2.dispositions import AUTHENTICATION_FAILED, PROCESSED, Disposition
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.values import Answering, Evidence, Mic, Opened, RawHeaders, Receiving
from tests.gateway.transports.as2_service.keys import key, pinned
from tests.gateway.transports.as2_service.posting import answered, changed, service_of
from tests.gateway.transports.as2_service.two_gateways import BUYER, SELLER, As2Gateway, free_port, until

OUT = Direction.OUT
Posted = tuple[RawHeaders, bytes]
Answer = tuple[int, RawHeaders, bytes]
Manner = Callable[[RawHeaders, bytes], Answer]


def receipt(
    headers: RawHeaders, body: bytes, *, signer: str = SELLER, signed: bool = True, **wrong: object
) -> tuple[RawHeaders, bytes]:
    """Return a receipt of the seller for what was posted, or a wrong one."""
    read = read_headers(headers)
    receiving = Receiving((key(SELLER),), (pinned(key(BUYER)),), datetime.now(UTC), io.BytesIO)
    opened = read_as2(read, Octets.of(body), receiving)
    assert opened.is_accepted
    disposition = wrong.get("disposition", PROCESSED)
    assert isinstance(disposition, Disposition)
    opened = Opened((), disposition, wrong.get("mic", opened.mic), Evidence())  # type: ignore[arg-type]
    if "message_id" in wrong:
        read = read_headers(changed(headers, Message_ID=str(wrong["message_id"])))
    written = write_mdn(read, opened, Answering("<mdn@seller>", datetime.now(UTC), key(signer) if signed else None))
    assert written is not None
    return written.headers, written.body


def good(headers: RawHeaders, body: bytes) -> Answer:
    return 200, *receipt(headers, body)


def wrong(**how: object) -> Manner:
    return lambda headers, body: (200, *receipt(headers, body, **how))  # type: ignore[arg-type]


def status(code: int, **headers: str) -> Manner:
    named = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    return lambda _headers, _body: (code, named, b"")


@dataclass
class Seller:
    """The partner's server: keeps what is posted and answers as it is told, then as it should."""

    port: int
    manners: list[Manner] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)

    def __enter__(self) -> Seller:
        seller = self

        class Page(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = tuple((name.encode(), value.encode("latin-1")) for name, value in self.headers.items())
                seller.posted.append((headers, body))
                manner = seller.manners.pop(0) if seller.manners else good
                code, more, answer = manner(headers, body)
                if code == 0:
                    self.close_connection = True
                    return
                self.send_response(code)
                for name, value in (*more, (b"Content-Length", str(len(answer)).encode())):
                    self.send_header(name.decode(), value.decode("latin-1"))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Page)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def options() -> str:
    return ""


@pytest.fixture
def pair(tmp_path: Path, options: str) -> Iterator[tuple[As2Gateway, Seller]]:
    ports = {BUYER: free_port(), SELLER: free_port()}
    buyer = As2Gateway(tmp_path / "buyer", BUYER, SELLER, ports, options)
    with Seller(ports[SELLER]) as seller:
        yield buyer, seller
        buyer.close()


def ordered(buyer: As2Gateway, rests: Callable[[Document], bool] | None = None) -> Document:
    """Let the buyer's ERP order something; return the document when it rests."""
    buyer.erp.feed.append(Outgoing("o-1", "A-1", order("PO-1", datetime.now(UTC), (HAMMER, 10))))
    return rested(buyer, rests)


def rested(buyer: As2Gateway, rests: Callable[[Document], bool] | None = None) -> Document:
    def is_so() -> bool:
        mark_overdue(buyer.station)
        buyer.run()
        found = buyer.found(Kind.PURCHASE_ORDER, OUT)
        return bool(found) and (not buyer.in_progress() if rests is None else rests(found[0]))

    until(is_so)
    return buyer.one(Kind.PURCHASE_ORDER, OUT)


def is_awaiting(document: Document) -> bool:
    return document.state is State.SENDING and document.delivery is DeliveryFact.SENT


def the_same(posted: list[Posted]) -> bool:
    kept = {(tuple(p for p in headers if p[0] != b"Host"), body) for headers, body in posted}
    return len(kept) == 1


@pytest.mark.parametrize(
    "manner",
    [status(503), status(408), status(425), status(429), status(0), status(200)],
    ids=["503", "408", "425", "429", "no answer", "no receipt"],
)
def test_case_35_what_may_pass_is_tried_again_with_the_same_bytes(
    pair: tuple[As2Gateway, Seller], manner: Manner
) -> None:
    buyer, seller = pair
    seller.manners += [manner, manner]
    document = ordered(buyer)
    assert (document.state, document.delivery) == (State.SENT, DeliveryFact.RECEIPTED)
    assert len(seller.posted) == 3
    assert the_same(seller.posted)


@pytest.mark.parametrize("code", [301, 307, 400, 403, 404, 409])
def test_case_35_what_does_not_pass_stops_and_no_redirect_is_followed(
    pair: tuple[As2Gateway, Seller], code: int
) -> None:
    buyer, seller = pair
    seller.manners.append(status(code, Location=f"http://127.0.0.1:{seller.port}/elsewhere"))
    document = ordered(buyer)
    assert (document.state, document.code) == (State.PARKED, "GW-4116")
    assert len(seller.posted) == 1
    retry(buyer.station, document.id, "test", "they mended it")
    assert rested(buyer).state is State.SENT
    assert the_same(seller.posted), "whether they took it is not known: the same Message-ID"


def test_case_35_a_signed_refusal_stops_and_a_retry_goes_out_anew(pair: tuple[As2Gateway, Seller]) -> None:
    buyer, seller = pair
    seller.manners.append(wrong(disposition=AUTHENTICATION_FAILED))
    document = ordered(buyer)
    assert (document.state, document.code) == (State.PARKED, "GW-4118")
    assert "authentication-failed" in document.sentence
    assert len(seller.posted) == 1
    retry(buyer.station, document.id, "test", "they have our certificate now")
    assert rested(buyer).state is State.SENT
    ids = {dict(headers)[b"Message-ID"] for headers, _ in seller.posted}
    assert len(ids) == 2, "the partner has the first one as refused"


@pytest.mark.parametrize(
    "manner",
    [
        wrong(signed=False),
        wrong(signer="mallory"),
        wrong(message_id="<other@buyer>"),
        wrong(signed=False, disposition=AUTHENTICATION_FAILED),
        wrong(signer="mallory", disposition=AUTHENTICATION_FAILED),
    ],
    ids=["unsigned", "forged", "unknown id", "unsigned refusal", "forged refusal"],
)
def test_case_36_a_receipt_that_is_not_believed_changes_nothing(
    pair: tuple[As2Gateway, Seller], manner: Manner
) -> None:
    buyer, seller = pair
    seller.manners.append(manner)
    document = ordered(buyer)
    assert document.state is State.SENT, "the next one was good"
    assert len(seller.posted) == 2
    assert the_same(seller.posted)
    assert "GW-4117" in {entry.code for entry in buyer.story(document)}


@pytest.mark.parametrize("mic", [Mic(b"x" * 32, "sha-256"), None], ids=["wrong", "none"])
def test_case_36_a_receipt_of_other_bytes_is_an_alert(pair: tuple[As2Gateway, Seller], mic: Mic | None) -> None:
    buyer, seller = pair
    seller.manners.append(wrong(mic=mic))
    document = ordered(buyer)
    assert (document.state, document.code) == (State.PARKED, "GW-4119")
    assert len(seller.posted) == 1


def test_case_36_a_warning_is_shown_and_counts_as_delivered(pair: tuple[As2Gateway, Seller]) -> None:
    buyer, seller = pair
    seller.manners.append(wrong(disposition=Disposition("processed", "warning", "duplicate-document")))
    document = ordered(buyer)
    assert document.delivery is DeliveryFact.RECEIPTED
    assert "duplicate-document" in document.sentence


@pytest.mark.parametrize("options", ["# short"])
def test_case_35_a_server_that_never_answers_is_left_in_time_and_tried_again(pair: tuple[As2Gateway, Seller]) -> None:
    buyer, seller = pair
    buyer.close()
    path = buyer.home / "partners" / "seller.toml"
    path.write_text(path.read_text().replace("timeout_seconds = 20", "timeout_seconds = 0.5"))
    buyer.open()

    def late(headers: RawHeaders, body: bytes) -> Answer:
        time.sleep(1.5)
        return good(headers, body)

    seller.manners.append(late)
    document = ordered(buyer)
    assert document.delivery is DeliveryFact.RECEIPTED
    assert len(seller.posted) == 2
    assert the_same(seller.posted)


ASYNC = 'mdn = "async"'


@pytest.mark.parametrize("options", [ASYNC])
def test_case_36_only_the_first_valid_receipt_counts(pair: tuple[As2Gateway, Seller]) -> None:
    buyer, seller = pair
    seller.manners.append(status(202))
    document = ordered(buyer, is_awaiting)
    assert "receipt is awaited" in document.sentence
    [(headers, body)] = seller.posted
    url = dict(headers)[b"Receipt-Delivery-Option"].decode()
    assert url == f"http://127.0.0.1:{buyer.port}/as2/mdn"
    service = service_of(buyer)
    for how in ({"signed": False}, {"signer": "mallory"}, {"message_id": "<other@buyer>"}):
        assert answered(service, *receipt(headers, body, **how), is_mdn=True).status == 400  # type: ignore[arg-type]
    stranger = receipt(headers, body)
    assert answered(service, changed(stranger[0], AS2_From="SOMEBODY"), stranger[1]).status == 400
    buyer.run()
    assert buyer.one(Kind.PURCHASE_ORDER, OUT).state is State.SENDING
    assert answered(service, *receipt(headers, body)).status == 200
    assert rested(buyer).delivery is DeliveryFact.RECEIPTED
    kept = buyer.rows("as2_sent")
    assert answered(service, *receipt(headers, body)).status == 200, "a second one"
    assert answered(service, *receipt(headers, body, disposition=AUTHENTICATION_FAILED)).status == 200
    assert buyer.rows("as2_sent") == kept


@pytest.mark.parametrize("options", [ASYNC])
def test_case_36_a_receipt_may_come_before_the_answer(pair: tuple[As2Gateway, Seller]) -> None:
    buyer, seller = pair
    service = service_of(buyer)

    def fast(headers: RawHeaders, body: bytes) -> Answer:
        assert answered(service, *receipt(headers, body)).status == 200
        return 200, (), b""

    seller.manners.append(fast)
    document = ordered(buyer)
    assert (document.state, document.delivery) == (State.SENT, DeliveryFact.RECEIPTED)


@pytest.mark.parametrize("options", [ASYNC + "\nmdn_due_minutes = 0.001"])
def test_case_36_a_receipt_that_is_overdue_is_asked_for_and_may_come_late(pair: tuple[As2Gateway, Seller]) -> None:
    buyer, seller = pair
    seller.manners += [status(200)] * 3
    document = ordered(buyer)
    assert (document.state, document.code) == (State.PARKED, "GW-4122")
    assert len(seller.posted) == 3
    assert the_same(seller.posted)
    story = buyer.story(document)
    assert [entry.code for entry in story if entry.event is Event.OVERDUE] == ["GW-3205", "GW-3205"]
    assert answered(service_of(buyer), *receipt(*seller.posted[0])).status == 200
    assert "receipt came" in buyer.story(document)[-1].sentence
    retry(buyer.station, document.id, "test", "the receipt came")
    assert rested(buyer).delivery is DeliveryFact.RECEIPTED
    assert len(seller.posted) == 3, "nothing is posted for what is proven"


@pytest.mark.parametrize("options", [ASYNC])
def test_a_receipt_that_wakes_nobody_is_found_by_the_sweep(pair: tuple[As2Gateway, Seller]) -> None:
    buyer, seller = pair
    seller.manners.append(status(200))
    document = ordered(buyer, is_awaiting)
    with buyer.station.database.read() as connection:
        asleep = connection.exec_driver_sql("SELECT next_at FROM jobs").scalar()
    answered(service_of(buyer), *receipt(*seller.posted[0]))

    def sleep_again(connection) -> None:
        connection.exec_driver_sql("UPDATE jobs SET next_at = ?", (asleep,))

    buyer.station.database.write(sleep_again)
    buyer.run()
    assert buyer.one(Kind.PURCHASE_ORDER, OUT).state is State.SENDING
    mark_overdue(buyer.station)
    buyer.run()
    assert buyer.one(Kind.PURCHASE_ORDER, OUT).state is State.SENT
    assert document.id == buyer.one(Kind.PURCHASE_ORDER, OUT).id


@pytest.mark.parametrize("options", ['mdn = "none"'])
def test_without_a_receipt_agreed_a_200_is_all_there_is(pair: tuple[As2Gateway, Seller]) -> None:
    buyer, seller = pair
    seller.manners.append(status(200))
    document = ordered(buyer)
    assert (document.state, document.delivery) == (State.SENT, DeliveryFact.SENT)
    assert b"Disposition-Notification-To" not in dict(seller.posted[0][0])


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(b"120", 120.0), (b"Mon, 02 Mar 2026 08:01:00 GMT", 60.0), (b"soon", None), (b"99999999999", 86_400.0)],
)
def test_case_35_a_server_that_says_when_is_believed_in_either_form(said: bytes, seconds: float | None) -> None:
    assert _retry_after(((b"Retry-After", said),), datetime(2026, 3, 2, 8, 0, tzinfo=UTC)) == seconds
