"""Calls end in time and in size, whatever the other side does."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from gateway.clock import SystemClock
from gateway.connectors.bounded_http import BoundedHttp
from gateway.demo.sample_erp.process import free_port
from gateway.errors import GatewayError
from tests.gateway.connectors.raw_server import (
    Conduct,
    answer,
    drip,
    flood,
    hang_up,
    raw_server,
    read_request,
    say_nothing,
)

LIMIT = 1_000_000
TIMEOUT_SECONDS = 0.6
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def calls_to(url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> Iterator[BoundedHttp]:
    http = BoundedHttp("The ERP test", url, "secret", timeout_seconds, SystemClock())
    try:
        yield http
    finally:
        http.close()


def post_error(conduct: Conduct) -> tuple[GatewayError, float]:
    """Return the error of a posting, and how long it took."""
    with raw_server(conduct) as url, calls_to(url) as http:
        start = time.monotonic()
        with pytest.raises(GatewayError) as caught:
            http.post("/orders", b"{}", "key", LIMIT)
        return caught.value, time.monotonic() - start


@pytest.mark.parametrize(
    "conduct",
    [
        pytest.param(say_nothing, id="never an answer"),
        pytest.param(drip(OK + b"X-Long: " + b"a" * 1000, 0.05), id="headers byte by byte"),
        pytest.param(drip(OK + b"Content-Length: 1000\r\n\r\n" + b"{" * 1000, 0.005), id="body byte by byte"),
        pytest.param(
            drip(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n{\r\n" * 500, 0.005), id="chunks without end"
        ),
    ],
)
def test_a_call_ends_in_time_and_its_outcome_is_unknown(conduct: Conduct) -> None:
    error, seconds = post_error(conduct)
    assert (error.code, error.is_retryable, error.is_outcome_unknown) == ("GW-4204", True, True)
    assert TIMEOUT_SECONDS * 0.8 < seconds < TIMEOUT_SECONDS + 1


def test_a_late_sign_of_life_does_not_buy_another_time_out() -> None:
    def one_byte_late(connection: socket.socket) -> None:
        read_request(connection)
        time.sleep(0.9)
        connection.sendall(b"H")
        time.sleep(5)

    with raw_server(one_byte_late) as url, calls_to(url, timeout_seconds=1) as http:
        start = time.monotonic()
        with pytest.raises(GatewayError):
            http.post("/orders", b"{}", "key", LIMIT)
        assert time.monotonic() - start < 1.6


@pytest.mark.parametrize(
    ("conduct", "code"),
    [
        pytest.param(hang_up, "GW-4204", id="connection closed instead of an answer"),
        pytest.param(answer(OK + b"Content-Length: 100\r\n\r\n{"), "GW-4204", id="connection closed in the answer"),
        pytest.param(answer(b"220 mail.example ESMTP\r\n"), "GW-4204", id="not HTTP"),
        pytest.param(answer(OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"), "GW-4205", id="compressed"),
    ],
)
def test_a_posting_without_a_whole_answer_is_in_doubt(conduct: Conduct, code: str) -> None:
    error, seconds = post_error(conduct)
    assert (error.code, error.is_retryable, error.is_outcome_unknown) == (code, True, True)
    assert seconds < TIMEOUT_SECONDS


def test_a_question_without_an_answer_is_simply_asked_again() -> None:
    with raw_server(hang_up) as url, calls_to(url) as http, pytest.raises(GatewayError) as caught:
        http.ask("/orders", {}, LIMIT)
    assert (caught.value.code, caught.value.is_outcome_unknown) == ("GW-4201", False)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(OK + b"Content-Length: 1000000000\r\n\r\n", id="a gigabyte, announced"),
        pytest.param(OK + b"Connection: close\r\n\r\n", id="without end, unannounced"),
    ],
)
def test_an_answer_over_its_limit_is_not_read(head: bytes) -> None:
    sent = [0]
    tracemalloc.start()
    error, seconds = post_error(flood(head, sent))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (error.code, error.is_outcome_unknown) == ("GW-4205", True)
    assert seconds < TIMEOUT_SECONDS
    assert peak < 8 * LIMIT
    assert sent[0] < 30 * LIMIT  # what the sockets buffered; not a gigabyte


def test_a_port_where_nobody_listens_is_known_not_to_have_booked() -> None:
    with calls_to(f"http://127.0.0.1:{free_port()}") as http, pytest.raises(GatewayError) as caught:
        http.post("/orders", b"{}", "key", LIMIT)
    assert (caught.value.code, caught.value.is_retryable, caught.value.is_outcome_unknown) == ("GW-4201", True, False)


def test_a_redirect_is_not_followed() -> None:
    seen = threading.Event()
    with raw_server(lambda connection: seen.set()) as elsewhere:
        away = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {elsewhere}/\r\nContent-Length: 0\r\n\r\n".encode()
        with raw_server(answer(away)) as url, calls_to(url) as http:
            assert http.post("/orders", b"{}", "key", LIMIT).status == 307
    assert not seen.is_set()


def test_the_deadline_of_one_thread_is_not_that_of_another() -> None:
    slow = drip(OK + b"Connection: close\r\nContent-Length: 20\r\n\r\n" + b" " * 20, 0.003)
    with raw_server(slow) as url, calls_to(url, timeout_seconds=5) as http, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: http.ask("/", {}, LIMIT), range(24)))
    assert {len(answer.body) for answer in answers} == {20}


def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with raw_server(answer(OK + b"Content-Length: 2\r\n\r\n{}")) as url, calls_to(url) as http:
        assert http.ask("/", {}, LIMIT).body == b"{}"
