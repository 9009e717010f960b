"""Posting to a partner: signed, once by its id, and never into somebody's private network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.public_addresses import address_of, is_public
from gateway.transports.http import HttpTransport
from gateway.transports.http_options import HttpOptions
from gateway.transports.http_signature import secret_bytes, signature_headers
from tests.gateway.transports.certificates import server_tls
from tests.gateway.transports.receiver import Receiver
from tests.gateway.transports.sftp_bench import dispatch

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret of 24 bytes").decode()

Make = Callable[..., HttpTransport]


@pytest.fixture
def partner() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def make(partner: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setenv("ACME_SECRET", SECRET)
    monkeypatch.setenv("ACME_NEXT", OTHER)
    monkeypatch.setenv("ACME_TOKEN", "Bearer canary-token")
    made: list[HttpTransport] = []

    def transport(**options: Any) -> HttpTransport:
        given = {"url": partner.url, "secret": "env:ACME_SECRET", "allow_http": True, "allow_private": True} | options
        made.append(HttpTransport("acme", HttpOptions.model_validate(given), SystemClock(), tmp_path))
        return made[-1]

    yield transport
    for one in made:
        one.close()


def failure(call: Callable[[], object]) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        call()
    return caught.value


# ---- what is posted


def test_the_bytes_are_posted_with_their_name_id_and_kind(make: Make, partner: Receiver) -> None:
    receipt = make(authorization="env:ACME_TOKEN").send(dispatch())
    [got] = partner.received
    assert (got.path, got.body) == ("/edi", dispatch().payload)
    assert got.headers["content-type"] == "application/edi-x12"
    assert got.headers["idempotency-key"] == got.headers["webhook-id"] == dispatch().delivery_id
    assert got.headers["authorization"] == "Bearer canary-token"
    assert "850-000000001.edi" in got.headers["content-disposition"]
    assert receipt.facts["status"] == "202"


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signature_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', at, [secret_bytes(SECRET)])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_changed_both_sign(make: Make, partner: Receiver) -> None:
    make(next_secret="env:ACME_NEXT").send(dispatch())
    [got] = partner.received
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    wanted = [
        "v1," + base64.b64encode(hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest()).decode()
        for secret in (SECRET, OTHER)
    ]
    assert got.headers["webhook-signature"].split(" ") == wanted
    assert abs(int(got.headers["webhook-timestamp"]) - time.time()) < 60


def test_every_try_has_the_same_id_and_the_same_bytes(make: Make, partner: Receiver) -> None:
    transport = make()
    partner.answers = [(503, {})]
    failure(lambda: transport.send(dispatch()))
    transport.send(dispatch())
    [first], [second] = partner.refused, partner.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


@pytest.mark.parametrize("secret", ["", "whsec_", "not base64!", "c2hvcnQ="])
def test_a_secret_that_is_none_is_told_without_it(make: Make, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("ACME_SECRET", secret)
    error = failure(lambda: make().send(dispatch()))
    assert error.code == "GW-1001"
    assert "env:ACME_SECRET" in error.sentence
    assert not secret or secret not in error.sentence.replace("whsec_ and", "")


# ---- what the partner answers


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504])
def test_row_35_a_partner_that_cannot_now_is_tried_again(make: Make, partner: Receiver, status: int) -> None:
    partner.answers = [(status, {})]
    error = failure(lambda: make().send(dispatch()))
    assert (error.code, error.is_retryable, error.retry_after_seconds) == ("GW-4101", True, None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 415, 422])
def test_row_35_a_refusal_waits_for_a_person(make: Make, partner: Receiver, status: int) -> None:
    partner.answers = [(status, {})]
    error = failure(lambda: make().send(dispatch()))
    assert (error.code, error.is_retryable) == ("GW-4113", False)


def test_row_35_a_redirect_is_not_followed(make: Make, partner: Receiver) -> None:
    with Receiver() as elsewhere:
        partner.answers = [(308, {"Location": elsewhere.url})]
        error = failure(lambda: make().send(dispatch()))
        assert (error.code, error.is_retryable) == ("GW-4113", False)
        assert not elsewhere.received + elsewhere.refused


@pytest.mark.parametrize(
    ("value", "seconds"), [("17", 17), ("999999999999", 86_400), ("soon", None), ("-1", None), ("1.5", None)]
)
def test_retry_after_is_obeyed_where_it_is_one(
    make: Make, partner: Receiver, value: str, seconds: float | None
) -> None:
    partner.answers = [(429, {"Retry-After": value})]
    assert failure(lambda: make().send(dispatch())).retry_after_seconds == seconds


def test_retry_after_may_be_a_date(make: Make, partner: Receiver) -> None:
    at = datetime.now(UTC) + timedelta(seconds=90)
    partner.answers = [(503, {"Retry-After": at.strftime("%a, %d %b %Y %H:%M:%S GMT")})]
    wait = failure(lambda: make().send(dispatch())).retry_after_seconds
    assert wait is not None
    assert 80 < wait <= 90


def test_row_35_a_partner_that_never_answers_is_given_up_after_its_time(make: Make, partner: Receiver) -> None:
    partner.pause_seconds = 2
    started = time.monotonic()
    error = failure(lambda: make(timeout_seconds=0.4).send(dispatch()))
    assert time.monotonic() - started < 1.5
    assert (error.code, error.is_retryable) == ("GW-4101", True)


def test_a_partner_that_is_not_there_is_tried_again(make: Make, partner: Receiver) -> None:
    partner.stop()
    error = failure(lambda: make().send(dispatch()))
    assert (error.code, error.is_retryable) == ("GW-4101", True)


def test_errors_keep_the_secrets(make: Make, partner: Receiver) -> None:
    partner.stop()
    error = failure(lambda: make(authorization="env:ACME_TOKEN").send(dispatch()))
    assert "canary" not in f"{error}{error.facts}"
    assert SECRET not in f"{error}{error.facts}"


# ---- TLS


@pytest.fixture
def certified(tmp_path: Path) -> ssl.SSLContext:
    """Return a server's TLS with a certificate of its own for 127.0.0.1, which is at tmp_path/ca.pem."""
    return server_tls(tmp_path)


def test_a_certificate_nobody_vouches_for_is_not_trusted(make: Make, certified: ssl.SSLContext, tmp_path: Path) -> None:
    with Receiver(certified) as secure:
        error = failure(lambda: make(url=secure.url, allow_http=False).send(dispatch()))
        assert (error.code, error.is_retryable) == ("GW-4101", True)
        assert not secure.received
        make(url=secure.url, allow_http=False, ca_file=str(tmp_path / "ca.pem")).send(dispatch())
        assert len(secure.received) == 1


def test_a_file_of_certificates_that_is_none_is_told(make: Make, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    for path in (tmp_path / "no.pem", tmp_path / "missing.pem"):
        assert "ca_file" in failure(lambda path=path: make(ca_file=str(path)).send(dispatch())).sentence


# ---- where we connect to


PRIVATE = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0.0.0.0", "localhost", "10.1.2.3", "172.16.0.1",
    "192.168.0.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::1", "::",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fc00::1", "ff02::1", "2002:7f00:1::", "64:ff9b::7f00:1", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_row_29_no_connection_is_made_into_a_private_network(make: Make, host: str) -> None:
    spelled = f"[{host}]" if ":" in host else host
    error = failure(lambda: make(url=f"http://{spelled}:9/", allow_private=False, timeout_seconds=2).send(dispatch()))
    assert (error.code, error.is_retryable) == ("GW-4114", False)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_row_29_a_name_is_resolved_once_and_one_private_address_condemns_it(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [["8.8.8.8"], ["127.0.0.1"], ["8.8.8.8", "10.0.0.1"]]

    def resolved(host: str, port: int, **_: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answers.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    assert address_of("rebinding.example", 443) == "8.8.8.8"
    assert len(answers) == 2
    for _ in range(2):
        assert failure(lambda: address_of("rebinding.example", 443)).code == "GW-4114"


def test_row_29_the_address_that_was_looked_at_is_the_one_that_is_connected_to(
    make: Make, partner: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = socket.getaddrinfo, []

    def resolved(host: Any, port: Any, *more: Any, **options: Any) -> list[Any]:
        if host == "acme.example":
            asked.append(host)
            host = "127.0.0.1"
        return real(host, port, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    make(url=f"http://acme.example:{partner.port}/edi").send(dispatch())
    assert asked == ["acme.example"], "asked once"
    assert partner.received[0].headers["host"] == f"acme.example:{partner.port}"


# ---- the partner's file


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"url": "https://acme.example/"},
        {"url": "http://acme.example/", "secret": "env:X"},
        {"url": "ftp://acme.example/", "secret": "env:X"},
        {"url": "https://user:pw@acme.example/", "secret": "env:X"},
        {"url": "https://acme.example/#part", "secret": "env:X"},
        {"url": "https://acme.example:99999/", "secret": "env:X"},
        {"url": "https://acme.example/", "secret": "whsec_in-the-open"},
        {"url": "/inbox", "secret": "env:X"},
    ],
)
def test_options_that_cannot_work_are_refused_at_load(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HttpOptions.model_validate(options)


def test_a_partner_without_a_url_gets_nothing(tmp_path: Path) -> None:
    transport = HttpTransport("acme", HttpOptions(keys=("acme",)), SystemClock(), tmp_path)
    error = failure(lambda: transport.send(dispatch()))
    assert (error.code, error.is_retryable) == ("GW-4103", False)
