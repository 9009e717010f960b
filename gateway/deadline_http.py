"""HTTP over sockets that end.

Every wait of a call ends at the calling thread's deadline, also against a server that sends one byte a second, headers included. Who
calls sets `deadline.at` before the call and clears it after.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2
import httpx2

from gateway.clock import Clock

MOST_CONNECTIONS = 64  # one per worker thread; more threads than this wait for one
IDLE_SECONDS = 4.0  # shorter than any server keeps an idle connection, so that we do not write into one it just closed
NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)


class _Deadline(threading.local):
    """When the calling thread's call must be over."""

    at: float | None = None


class DeadlineStream(httpcore2.NetworkStream):
    """A socket whose every wait ends at the caller's deadline."""

    def __init__(self, inner: httpcore2.NetworkStream, backend: DeadlineBackend) -> None:
        self._inner = inner
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return some bytes."""
        return self._inner.read(max_bytes, self._backend.left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
        self._inner.write(buffer, self._backend.left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        """Close."""
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Return the same line, encrypted."""
        left = self._backend.left(timeout, httpcore2.ConnectTimeout)
        return DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left), self._backend)

    def get_extra_info(self, info: str) -> Any:
        """Return what the library asks about a socket."""
        return self._inner.get_extra_info(info)


class DeadlineBackend(httpcore2.NetworkBackend):
    """Opens sockets that know the calling thread's deadline.

    Args:
        address_of: turns the host and port of a request into the address to connect to; the name itself when there is none.
    """

    def __init__(self, clock: Clock, address_of: Callable[[str, int], str] | None = None) -> None:
        self._address_of = address_of or (lambda host, port: host)
        self._inner = httpcore2.SyncBackend()
        self._clock = clock
        self.deadline = _Deadline()

    def left(self, timeout: float | None, over: type[Exception]) -> float:
        """Return how long the thread may still wait. Raises `over` when its time is up."""
        if self.deadline.at is None:
            return timeout if timeout is not None else 0.0
        left = self.deadline.at - self._clock.monotonic()
        if left <= 0:
            raise over("the call's time is over")
        return left if timeout is None else min(left, timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Return a connection to the address that the host has for us."""
        address = self._address_of(host, port)
        left = self.left(timeout, httpcore2.ConnectTimeout)
        return DeadlineStream(self._inner.connect_tcp(address, port, left, local_address, socket_options), self)


class DeadlineTransport(httpx2.HTTPTransport):
    """httpx2's transport over sockets that know the deadline."""

    def __init__(self, backend: DeadlineBackend, tls: ssl.SSLContext) -> None:
        super().__init__()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls,
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=backend,
        )


def reason(error: Exception) -> str:
    """Return what went wrong in a few words."""
    if isinstance(error, httpx2.TimeoutException):
        return "its time was over"
    text = str(error).strip().rstrip(".")
    return text[:200] or "the connection was lost"
