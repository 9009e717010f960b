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

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from gateway.clock import Clock
from gateway.deadline_http import NEVER_SENT, DeadlineBackend, DeadlineTransport, reason
from gateway.errors import GatewayError

CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


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
        self._backend = DeadlineBackend(clock)
        self._client = httpx2.Client(
            base_url=base_url,
            transport=DeadlineTransport(self._backend, httpx2.create_ssl_context()),
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
            f"{self._system} {what} at {self._base_url}: {reason(error)}. It is tried again; see that the system runs.",
            is_retryable=True,
            base_url=self._base_url,
        )

    def _lost(self, error: Exception) -> GatewayError:
        return GatewayError(
            "GW-4204",
            f"{self._system} did not finish its answer: {reason(error)}. Whether it booked is looked up before anything is repeated.",
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
