"""HTTP calls that end: bounded in total time and in size, and honest about what may have happened.

Every call ends within `timeout_seconds`, also against a server that sends one byte a second, headers included: the sockets
themselves know the deadline. An answer over its limit is not read. A call is never repeated here.

| what happened | code | the effect |
|---|---|---|
| no connection | GW-4201 | did not happen |
| connection lost or time over after sending | GW-4204 (a question only asks again: GW-4201) | unknown |
| answer too large, compressed, redirected | GW-4205 | unknown when it was a posting |
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore2
import httpx2

from gateway.clock import Clock
from gateway.errors import GatewayError

CHUNK_BYTES = 65_536
MOST_CONNECTIONS = 64  # one per worker thread; more threads than this wait for one
IDLE_SECONDS = 4.0  # shorter than any server keeps an idle connection, so that we do not write into one it just closed
NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Deadline(threading.local):
    """When the calling thread's call must be over."""

    at: float | None = None


class _DeadlineStream(httpcore2.NetworkStream):
    """A socket whose every wait ends at the caller's deadline."""

    def __init__(self, inner: httpcore2.NetworkStream, backend: _DeadlineBackend) -> None:
        self._inner = inner
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._backend.left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._backend.left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = self._backend.left(timeout, httpcore2.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left), self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _DeadlineBackend(httpcore2.NetworkBackend):
    """Opens sockets that know the calling thread's deadline."""

    def __init__(self, clock: Clock) -> None:
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
        left = self.left(timeout, httpcore2.ConnectTimeout)
        return _DeadlineStream(self._inner.connect_tcp(host, port, left, local_address, socket_options), self)


class _DeadlineTransport(httpx2.HTTPTransport):
    """httpx2's transport over sockets that know the deadline."""

    def __init__(self, backend: _DeadlineBackend) -> None:
        super().__init__()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=backend,
        )


class BoundedHttp:
    """Calls to one system; safe to use from many threads.

    Args:
        system: its name in sentences ("The ERP main").
        timeout_seconds: for a whole call.
    """

    def __init__(self, system: str, base_url: str, token: str, timeout_seconds: float, clock: Clock) -> None:
        self._system = system
        self._base_url = base_url
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._backend = _DeadlineBackend(clock)
        self._client = httpx2.Client(
            base_url=base_url,
            transport=_DeadlineTransport(self._backend),
            timeout=timeout_seconds,
            trust_env=False,  # only what the settings say
            # No compression: a small answer must not become a large one after the size was checked.
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Encoding": "identity"},
        )

    def ask(self, path: str, query: Mapping[str, str | int], limit_bytes: int) -> HttpAnswer:
        """Return the answer to a GET: a question, which may be asked again at any time."""
        return self._call("GET", path, limit_bytes, is_effect=False, params=query)

    def check(self, path: str, body: bytes, limit_bytes: int) -> HttpAnswer:
        """Return the answer to a POST that has no effect."""
        return self._call(
            "POST", path, limit_bytes, is_effect=False, content=body, headers={"Content-Type": "application/json"}
        )

    def post(self, path: str, body: bytes, key: str, limit_bytes: int) -> HttpAnswer:
        """Return the answer to a POST that has an effect."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        return self._call("POST", path, limit_bytes, is_effect=True, content=body, headers=headers)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _call(self, method: str, path: str, limit_bytes: int, *, is_effect: bool, **request: Any) -> HttpAnswer:
        self._backend.deadline.at = self._clock.monotonic() + self._timeout_seconds
        try:
            with self._client.stream(method, path, **request) as response:
                return HttpAnswer(
                    response.status_code, dict(response.headers), self._body(response, limit_bytes, is_effect=is_effect)
                )
        except NEVER_SENT as error:
            raise self._unreachable(error) from error
        except httpx2.HTTPError as error:
            raise (self._lost(error) if is_effect else self._unreachable(error)) from error
        finally:
            self._backend.deadline.at = None

    def _body(self, response: httpx2.Response, limit_bytes: int, *, is_effect: bool) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise self._not_understood(
                "its answer is compressed, although that was not asked for", is_outcome_unknown=is_effect
            )
        parts: list[bytes] = []
        size = 0
        for chunk in response.iter_raw(CHUNK_BYTES):
            size += len(chunk)
            if size > limit_bytes:
                raise self._not_understood(
                    f"its answer is larger than {limit_bytes} bytes", is_outcome_unknown=is_effect
                )
            parts.append(chunk)
        return b"".join(parts)

    def _unreachable(self, error: Exception) -> GatewayError:
        what = "could not be reached" if isinstance(error, NEVER_SENT) else "did not answer"
        return GatewayError(
            "GW-4201",
            f"{self._system} {what} at {self._base_url}: {_reason(error)}. It is tried again; see that the system runs.",
            is_retryable=True,
            base_url=self._base_url,
        )

    def _lost(self, error: Exception) -> GatewayError:
        return GatewayError(
            "GW-4204",
            f"{self._system} did not finish its answer: {_reason(error)}. Whether it booked is looked up before anything is repeated.",
            is_retryable=True,
            is_outcome_unknown=True,
            base_url=self._base_url,
        )

    def _not_understood(self, why: str, *, is_outcome_unknown: bool) -> GatewayError:
        return GatewayError(
            "GW-4205",
            f"{self._system} gave an answer that is not understood: {why}. It is tried again; tell the people who run it.",
            is_retryable=True,
            is_outcome_unknown=is_outcome_unknown,
            base_url=self._base_url,
        )


def _reason(error: Exception) -> str:
    """Return what went wrong in a few words."""
    if isinstance(error, httpx2.TimeoutException):
        return "its time was over"
    text = str(error).strip().rstrip(".")
    return text[:200] or "the connection was lost"
