"""What becomes of what a partner posts. Numbers are those of the cases that AS2 software has to pass."""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.errors import GatewayError
from gateway.ports import Dispatch
from gateway.states import Direction, Kind, State
from gateway.store.engine import Database
from gateway.store.payloads import PayloadStore
from gateway.transports.as2 import write_as2
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.service import As2Service
from gateway.transports.as2.values import Outcome, OutgoingPayload, Sending
from tests.gateway.transports.as2_service.keys import key, pinned
from tests.gateway.transports.as2_service.posting import (
    answered,
    changed,
    mdn_in,
    posted,
    said,
    sealed,
    seller,
    service_of,
    verdict,
)
from tests.gateway.transports.as2_service.two_gateways import BUYER, SELLER, As2Gateway

EDI = b"a purchase order\r\n"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[As2Gateway]:
    made = seller(tmp_path_factory.mktemp("seller"))
    yield made
    made.close()


@pytest.fixture
def service(gateway: As2Gateway) -> As2Service:
    return service_of(gateway)


def files(gateway: As2Gateway) -> list[str]:
    return [d.number for d in gateway.found(Kind.INTERCHANGE, Direction.IN, State.RECEIVED)]


def test_case_19_names_in_quotes_and_the_first_algorithm_we_may_use(gateway: As2Gateway, service: As2Service) -> None:
    what = sealed(EDI, digest_spelling="sha256")
    assert (b"AS2-To", b'"SELLER CO"') in what.headers
    wish = (
        "signed-receipt-micalg=optional, md5, sha1, SHA256, sha-512; signed-receipt-protocol=optional, pkcs7-signature"
    )
    answer = posted(service, what, headers=changed(what.headers, Disposition_Notification_Options=wish))
    assert verdict(answer, what).outcome is Outcome.DELIVERED
    assert str(mdn_in(answer).mic).endswith(", SHA256")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("order 7.edi", "order 7.edi"),
        ("bestellung-ä.edi", "bestellung-ä.edi"),
        ("../../etc/passwd", "as2-1"),
        ("/etc/passwd", "as2-1"),
        ("x" * 300, "as2-1"),
    ],
)
def test_case_20_a_file_name_is_kept_as_a_name_or_refused(
    gateway: As2Gateway, service: As2Service, name: str, kept: str
) -> None:
    before = len(files(gateway))
    assert said(posted(service, sealed(EDI + name.encode(), name))) == "processed"
    assert files(gateway)[before:] == [kept]


@pytest.mark.parametrize("less", [{"sign_with": None}, {"encrypt_to": None}])
def test_case_23_what_is_less_secure_than_agreed_is_refused_and_told(
    gateway: As2Gateway, service: As2Service, less: dict[str, None]
) -> None:
    before = files(gateway)
    what = sealed(EDI, **less)
    assert said(posted(service, what)) == "processed/error: insufficient-message-security"
    assert files(gateway) == before
    message_id = dict(what.headers)[b"Message-ID"].decode()
    [refused] = [d for d in gateway.found(Kind.INTERCHANGE, Direction.IN, State.REFUSED) if d.number == message_id]
    assert refused.code == "GW-2301"
    assert refused.payload_sha256 is None, "nobody proved who it came from"
    assert posted(service, what).status == 200
    again = [d for d in gateway.all() if d.number == message_id]
    assert len(again) == 1, "one entry for the work list, however often it comes"


def test_case_24_a_stranger_who_uses_a_partners_name_is_refused(gateway: As2Gateway, service: As2Service) -> None:
    before = files(gateway)
    assert said(posted(service, sealed(EDI, sign_with=key("mallory")))) == "processed/error: authentication-failed"
    assert files(gateway) == before


@pytest.mark.parametrize(
    ("wrong", "status", "disposition"),
    [
        ({"AS2_From": "NOBODY"}, 200, "processed/error: unknown-trading-relationship"),
        ({"AS2_To": "NOBODY"}, 200, "processed/error: unknown-trading-relationship"),
        ({"AS2_To": None}, 200, "processed/error: unexpected-processing-error"),
        ({"AS2_From": None}, 200, "processed/error: unexpected-processing-error"),
        ({"Message_ID": None}, 200, "processed/error: unexpected-processing-error"),
        ({"Content_Type": None}, 200, "processed/error: unexpected-processing-error"),
        ({"AS2_From": "B\xdcYER"}, 200, "processed/error: unexpected-processing-error"),
        ({"Message_ID": "<\x01\xff>"}, 200, "processed/error: unexpected-processing-error"),
        ({"AS2_From": "NOBODY", "Disposition_Notification_To": None}, 403, ""),
        ({"Message_ID": None, "Disposition_Notification_To": None}, 400, ""),
        ({"AS2_From": "NOBODY", "Receipt_Delivery_Option": "http://169.254.169.254/"}, 403, ""),
        (
            {"Content_Type": "application/pkcs7-mime; smime-type=\xff\x00"},
            200,
            "processed/error: insufficient-message-security",
        ),
        ({"Content_Type": "multipart/signed"}, 200, "processed/error: insufficient-message-security"),
    ],
)
def test_case_28_unknown_names_and_broken_headers_have_a_defined_answer(
    gateway: As2Gateway, service: As2Service, wrong: dict[str, str | None], status: int, disposition: str
) -> None:
    before = files(gateway)
    what = sealed(EDI)
    headers = changed(what.headers, Disposition_Notification_Options=None, **wrong)  # an unsigned receipt will do
    answer = posted(service, what, headers=headers)
    assert answer.status == status
    if disposition:
        assert said(answer) == disposition
    assert files(gateway) == before


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "ftp://x/",
        "gopher://[::1]:70/",
        "x",
    ],
)
def test_case_29_a_receipt_never_goes_where_the_sender_says(gateway: As2Gateway, service: As2Service, url: str) -> None:
    what = sealed(EDI + url.encode(), receipt_url=url)
    assert posted(service, what).status == 200
    [receipt] = [d for d in gateway.all() if d.kind is Kind.RECEIPT and d.direction is Direction.OUT][-1:]
    assert receipt.state is State.ENVELOPED
    dispatch = Dispatch(receipt.id, gateway.partner, "mdn.txt", gateway.station.payload(receipt))
    with pytest.raises(GatewayError) as refused:
        gateway.channel.send(dispatch)
    # Nobody listens there, and that is where it was tried: at the partner's own address.
    assert refused.value.sentence.startswith(urlsplit(gateway.channel.options.mdn_url).netloc)


def test_case_30_a_repeat_gets_the_same_receipt_and_does_nothing(gateway: As2Gateway, service: As2Service) -> None:
    what = sealed(EDI + b"30")
    first = posted(service, what)
    before = files(gateway)
    assert posted(service, what) == first
    assert files(gateway) == before


def test_case_30_fifty_at_once_are_one_delivery(gateway: As2Gateway, service: As2Service) -> None:
    what = sealed(EDI + b"30 x 50")
    body = what.body.read()
    before = len(files(gateway))
    barrier = threading.Barrier(50)

    def post(_: int) -> tuple[int, bytes]:
        barrier.wait()
        answer = answered(service, what.headers, body)
        return answer.status, answer.body

    with ThreadPoolExecutor(50) as together:
        answers = set(together.map(post, range(50)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 200
    assert len(files(gateway)) == before + 1


def test_case_31_the_same_id_for_something_else_is_refused_and_told(gateway: As2Gateway, service: As2Service) -> None:
    first = sealed(EDI + b"31")
    message_id = dict(first.headers)[b"Message-ID"].decode()
    receipt = posted(service, first)
    other = sealed(b"something else", message_id=message_id)
    before = files(gateway)
    for _ in range(2):
        assert said(posted(service, other)) == "processed/error: unexpected-processing-error"
    assert files(gateway) == before
    [alert] = [d for d in gateway.all() if d.code == "GW-2302"]
    assert alert.state is State.REFUSED
    assert posted(service, first) == receipt, "the first one stands"


def test_case_31_the_same_content_sealed_anew_under_the_same_id_is_a_repeat(
    gateway: As2Gateway, service: As2Service
) -> None:
    first = sealed(EDI + b"31 again")
    message_id = dict(first.headers)[b"Message-ID"].decode()
    receipt = posted(service, first)
    before = files(gateway)
    assert posted(service, sealed(EDI + b"31 again", message_id=message_id)) == receipt
    assert files(gateway) == before


def test_what_was_refused_is_taken_once_the_cause_is_gone(tmp_path: Path) -> None:
    gateway = seller(tmp_path / "g", theirs=key("the old one"))
    service = service_of(gateway)
    what = sealed(EDI)
    assert said(posted(service, what)) == "processed/error: authentication-failed"
    shutil.copy(_own_certificate(tmp_path), gateway.home / "certs" / "theirs.pem")
    gateway.close()
    gateway.open()
    assert verdict(posted(service_of(gateway), what), what).outcome is Outcome.DELIVERED
    assert files(gateway) == ["order.edi"]
    gateway.close()


def _own_certificate(folder: Path) -> Path:
    path = folder / "buyer.pem"
    path.write_bytes(key(BUYER).certificate.public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize("broken", ["database", "payloads", "spool"])
def test_case_34_when_nothing_can_be_stored_there_is_no_receipt(
    gateway: As2Gateway, service: As2Service, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = sealed(EDI + broken.encode())
    before = files(gateway)

    def fails(*_: object, **__: object) -> object:
        if broken == "spool":
            raise OSError(30, "Read-only file system")
        code = "GW-5001" if broken == "database" else "GW-5003"
        raise GatewayError(code, "It is away.", is_retryable=True)

    with monkeypatch.context() as patched:
        if broken == "database":
            patched.setattr(Database, "write", fails)
        elif broken == "payloads":
            patched.setattr(PayloadStore, "take", fails)
        else:
            patched.setattr("tempfile.SpooledTemporaryFile", fails)
        if broken == "spool":
            with pytest.raises(OSError, match="Read-only"):  # the endpoint answers 503 to it
                posted(service, what)
        else:
            answer = posted(service, what)
            assert answer.status == 503
            assert b"disposition" not in answer.body
    assert files(gateway) == before
    assert verdict(posted(service, what), what).outcome is Outcome.DELIVERED


@pytest.mark.parametrize("days", [-1, 1])
def test_case_38_a_partner_whose_clock_is_a_day_off_is_served(
    gateway: As2Gateway, service: As2Service, days: int
) -> None:
    what = sealed(EDI + str(days).encode(), now=datetime.now(UTC) + timedelta(days=days))
    assert verdict(posted(service, what), what).outcome is Outcome.DELIVERED
    row = gateway.rows("as2_received")[-1]
    assert "signed_at" in str(row["evidence"])


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\\x1b[2J", "' OR 1=1 --", "%s%n"])
def test_case_40_what_a_stranger_writes_is_inert(gateway: As2Gateway, service: As2Service, text: str) -> None:
    what = sealed(EDI)
    for name in ("Subject", "AS2_From", "Message_ID", "Disposition_Notification_To", "User_Agent"):
        answer = posted(service, what, headers=changed(what.headers, **{name: text}))
        assert answer.status in (200, 400, 403)
    for one in gateway.all():
        assert one.sentence.isprintable()


def test_several_payloads_are_several_documents(gateway: As2Gateway, service: As2Service) -> None:
    """Case 21 at the service: every part is delivered, one MIC."""
    parts = [OutgoingPayload(Octets.of(b"part %d" % n), filename=f"part-{n}.edi") for n in (1, 2)]
    sending = Sending(
        BUYER,
        SELLER,
        "<parts@buyer>",
        datetime.now(UTC),
        io.BytesIO,
        sign_with=key(BUYER),
        encrypt_to=pinned(key(SELLER)),
    )
    what = write_as2(parts, sending)
    before = len(files(gateway))
    assert verdict(posted(service, what), what).outcome is Outcome.DELIVERED
    assert sorted(files(gateway)[before:]) == ["part-1.edi", "part-2.edi"]  # of one moment, so in any order
