"""A server on a bare socket that misbehaves below HTTP: what no framework lets one do."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Conduct = Callable[[socket.socket], None]


def read_request(connection: socket.socket) -> bytes:
    """Return the request's head; enough of it for every conduct here."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(65536)
        if not part:
            break
        head += part
    return head


def answer(raw: bytes) -> Conduct:
    """Answer every request with exactly these bytes, then close."""

    def conduct(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(raw)

    return conduct


def drip(raw: bytes, pause_seconds: float) -> Conduct:
    """Answer byte by byte."""

    def conduct(connection: socket.socket) -> None:
        read_request(connection)
        for index in range(len(raw)):
            connection.sendall(raw[index : index + 1])
            time.sleep(pause_seconds)

    return conduct


def flood(head: bytes, count: list[int]) -> Conduct:
    """Answer without end; `count[0]` is how many bytes went out."""

    def conduct(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(head)
        chunk = b" " * 65536
        while True:
            count[0] += connection.send(chunk)

    return conduct


def hang_up(connection: socket.socket) -> None:
    """Take the request and close."""
    read_request(connection)


def say_nothing(connection: socket.socket) -> None:
    """Take the request and never answer."""
    read_request(connection)
    time.sleep(60)


@contextmanager
def raw_server(conduct: Conduct) -> Iterator[str]:
    """Serve with `conduct` on a free port; yields the base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    is_over = threading.Event()

    def serve_one(connection: socket.socket) -> None:
        with connection:
            try:
                conduct(connection)
            except OSError:
                return  # the client went away, as it should

    def serve() -> None:
        while not is_over.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(60)
            threading.Thread(target=serve_one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        is_over.set()
        thread.join()
        listener.close()
