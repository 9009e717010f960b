"""The endpoint over raw sockets: how requests may be written, what is too much, and who goes away. Numbers are those of the cases."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.states import Direction, Kind
from gateway.transports.as2.service import Answer
from gateway.transports.as2.values import Outcome, Sealed
from tests.gateway.transports.as2_service.posting import posted, sealed, seller, service_of, verdict
from tests.gateway.transports.as2_service.two_gateways import As2Gateway, until


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[As2Gateway]:
    made = seller(tmp_path_factory.mktemp("seller"))
    made.listen()
    yield made
    made.close()


def lines(what: Sealed, **more: str) -> bytes:
    pairs = [*what.headers, *((name.replace("_", "-").encode(), value.encode()) for name, value in more.items())]
    return b"".join(name + b": " + value + b"\r\n" for name, value in pairs)


def exchanged(gateway: As2Gateway, *parts: bytes, path: str = "/as2", version: str = "1.1") -> Answer:
    """Send a request in these parts and return the answer."""
    with socket.create_connection(("127.0.0.1", gateway.port), 20) as line:
        line.sendall(f"POST {path} HTTP/{version}\r\nHost: x\r\nConnection: close\r\n".encode())
        for part in parts:
            line.sendall(part)
        read = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := line.recv(65_536):
                read += piece
    while read.startswith(b"HTTP/1.1 100"):
        read = read.partition(b"\r\n\r\n")[2]
    head, _, body = read.partition(b"\r\n\r\n")
    status, *fields = head.split(b"\r\n")
    named = tuple(tuple(field.split(b": ", 1)) for field in fields)
    if any(value == b"chunked" for _, value in named):
        body = re.sub(rb"^[0-9a-f]+\r\n|\r\n0\r\n\r\n$", b"", body)
    return Answer(int(status.split()[1]), named, body)  # type: ignore[arg-type]


def chunks(body: bytes, size: int) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("manner", ["length", "chunked", "expect", "lower case", "http/1.0", "byte by byte"])
def test_case_18_a_request_may_be_written_in_every_way(gateway: As2Gateway, manner: str) -> None:
    what = sealed(b"order " + manner.encode() * 200)
    body = what.body.read()
    length = str(len(body))
    head = lines(what, Content_Length=length) + b"\r\n"
    ways = {
        "length": (head, body),
        "chunked": (lines(what, Transfer_Encoding="chunked") + b"\r\n", chunks(body, 777)),
        "expect": (lines(what, Content_Length=length, Expect="100-continue") + b"\r\n", body),
        "lower case": (re.sub(rb"(?m)^[A-Za-z0-9-]+:", lambda m: m[0].lower(), head), body),
        "http/1.0": (head, body),
        "byte by byte": (head, *(body[at : at + 1] for at in range(len(body)))),
    }
    answer = exchanged(gateway, *ways[manner], version="1.0" if manner == "http/1.0" else "1.1")
    assert answer.status == 200
    assert verdict(answer, what).outcome is Outcome.DELIVERED


def test_case_22_a_large_one_goes_over_the_disk(gateway: As2Gateway) -> None:
    content = bytes(range(256)) * 40_000  # 10 MB
    what = sealed(content, "large.edi")
    body = what.body.read()
    answer = exchanged(gateway, lines(what, Content_Length=str(len(body))) + b"\r\n", body)
    assert verdict(answer, what).outcome is Outcome.DELIVERED
    [large] = [d for d in gateway.found(Kind.INTERCHANGE, Direction.IN) if d.number == "large.edi"]
    assert gateway.station.payload(large) == content


@pytest.mark.parametrize(("path", "status"), [("/", 404), ("/v1/documents", 404), ("/as2/", 404), ("/AS2", 404)])
def test_nothing_else_is_there(gateway: As2Gateway, path: str, status: int) -> None:
    assert exchanged(gateway, b"Content-Length: 0\r\n\r\n", path=path).status == status


def test_a_body_that_says_it_is_too_large_is_not_read(gateway: As2Gateway) -> None:
    what = sealed(b"x")
    assert exchanged(gateway, lines(what, Content_Length="99999999999999") + b"\r\n").status == 413


def test_case_27_a_megabyte_of_headers_is_refused_and_the_server_lives(gateway: As2Gateway) -> None:
    began = time.monotonic()
    with contextlib.suppress(OSError, IndexError, ValueError):
        exchanged(gateway, b"X-Long: " + b"a" * 1_048_576 + b"\r\n", b"Content-Length: 0\r\n\r\n")
    assert time.monotonic() - began < 5
    what = sealed(b"after it")
    body = what.body.read()
    assert exchanged(gateway, lines(what, Content_Length=str(len(body))) + b"\r\n", body).status == 200


def test_case_32_a_partner_that_goes_away_in_the_middle_leaves_nothing(gateway: As2Gateway) -> None:
    before = len(gateway.all())
    what = sealed(b"half of it")
    body = what.body.read()
    with socket.create_connection(("127.0.0.1", gateway.port)) as line:
        line.sendall(
            b"POST /as2 HTTP/1.1\r\nHost: x\r\n" + lines(what, Content_Length=str(len(body))) + b"\r\n" + body[:500]
        )
    time.sleep(0.3)
    assert len(gateway.all()) == before


def test_case_32_a_partner_that_does_not_wait_gets_the_stored_receipt(gateway: As2Gateway) -> None:
    before = len(gateway.rows("as2_received"))
    what = sealed(b"does not wait")
    body = what.body.read()
    request = lines(what, Content_Length=str(len(body))) + b"\r\n"
    with socket.create_connection(("127.0.0.1", gateway.port)) as line:
        line.sendall(b"POST /as2 HTTP/1.1\r\nHost: x\r\n" + request + body)
        until(lambda: len(gateway.rows("as2_received")) > before)
    again = exchanged(gateway, request, body)
    assert verdict(again, what).outcome is Outcome.DELIVERED
    assert again.body == gateway.rows("as2_received")[-1]["mdn_body"]
    assert posted(service_of(gateway), what, body).body == again.body


def test_case_34_a_spool_that_cannot_be_written_is_503_without_a_receipt(gateway: As2Gateway) -> None:
    spool: Path = gateway.home / "var" / "spool" / "as2"
    for file in spool.glob("*"):
        file.unlink()
    spool.rmdir()
    spool.write_bytes(b"no folder")
    what = sealed(b"no room")
    body = what.body.read()
    request = (lines(what, Content_Length=str(len(body))) + b"\r\n", body)
    answer = exchanged(gateway, *request)
    assert answer.status == 503
    assert b"disposition" not in answer.body
    spool.unlink()
    assert verdict(exchanged(gateway, *request), what).outcome is Outcome.DELIVERED
