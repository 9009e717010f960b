"""Posting to a partner's AS2 server: one call, within its time, to the configured address and nowhere else.

Redirects are not followed, no proxy of the environment is used, and only public addresses are called unless the partner's file allows
more.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

import httpx2

from gateway.clock import Clock
from gateway.deadline_http import DeadlineBackend, DeadlineTransport, reason
from gateway.errors import ConfigurationError, GatewayError
from gateway.public_addresses import address_of
from gateway.settings import read_secret
from gateway.transmissions import Headers
from gateway.transports.as2.options import As2Options
from gateway.transports.as2.terms import Limits
from gateway.transports.http import retry_after_seconds

CHUNK_BYTES = 262_144
_MDN_BYTES = Limits().mdn_bytes
TRY_AGAIN = frozenset({408, 425, 429})  # not 409: AS2 has no key by which a server says that it is at it


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a partner's server answered; `body` is cut off beyond the size of a receipt."""

    status: int
    headers: Headers
    body: bytes


class As2Client:
    """Calls one partner's server."""

    def __init__(self, partner: str, options: As2Options, clock: Clock) -> None:
        self._partner = partner
        self._options = options
        self._clock = clock
        self._backend = DeadlineBackend(clock, partial(address_of, allows_private=options.allow_private))
        self._client: httpx2.Client | None = None
        self._making = threading.Lock()

    def post(self, url: str, headers: Headers, body: Iterable[bytes], size_bytes: int) -> HttpAnswer:
        """Post a transmission or a receipt; return an answer with 2xx.

        Raises:
            GatewayError: GW-4101 not reached or busy (retryable), GW-4116 refused for good, GW-4114 no public address,
                GW-1001 the secret or the TLS certificates.
        """
        answer = self._answer(url, headers, body, size_bytes)
        host = urlsplit(url).netloc
        if 200 <= answer.status < 300:
            return answer
        if answer.status in TRY_AGAIN or answer.status >= 500:
            raise GatewayError(
                "GW-4101",
                f"{host} could not take it now: it answered {answer.status}.",
                is_retryable=True,
                retry_after_seconds=_retry_after(answer.headers, self._clock.now()),
                partner=self._partner,
                status=answer.status,
            )
        raise GatewayError(
            "GW-4116",
            f"{host} refuses what we post by AS2: it answered {answer.status}. Ask the partner why, mend it, then retry.",
            partner=self._partner,
            status=answer.status,
        )

    def close(self) -> None:
        """Close the connections."""
        with self._making:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _answer(self, url: str, headers: Headers, body: Iterable[bytes], size_bytes: int) -> HttpAnswer:
        sent = [*headers, (b"Content-Length", str(size_bytes).encode())]
        if self._options.authorization:
            sent.append((b"Authorization", read_secret(self._options.authorization).encode()))
        self._backend.deadline.at = self._clock.monotonic() + self._options.timeout_seconds
        try:
            with self._connected().stream("POST", url, content=iter(body), headers=sent) as answer:
                held = bytearray()
                for part in answer.iter_raw(CHUNK_BYTES):
                    held += part
                    if len(held) > _MDN_BYTES:
                        break
                return HttpAnswer(answer.status_code, tuple(answer.headers.raw), bytes(held))
        except (httpx2.HTTPError, OSError) as lost:
            raise GatewayError(
                "GW-4101",
                f"{urlsplit(url).netloc} could not be reached, or did not answer: {reason(lost)}.",
                is_retryable=True,
                partner=self._partner,
            ) from lost
        finally:
            self._backend.deadline.at = None

    def _connected(self) -> httpx2.Client:
        """Return the client, made when it is first needed."""
        with self._making:
            if self._client is None:
                self._client = httpx2.Client(
                    transport=DeadlineTransport(self._backend, self.tls()),
                    timeout=self._options.timeout_seconds,
                    trust_env=False,  # no proxy of the environment: it would resolve the name for us
                    follow_redirects=False,
                    headers={"User-Agent": "partner-gateway", "Accept-Encoding": "identity"},
                )
            return self._client

    def tls(self) -> ssl.SSLContext:
        """Return what decides whom we believe to be the partner's server. Raises ConfigurationError."""
        if not self._options.ca_file:
            return httpx2.create_ssl_context()
        try:
            return ssl.create_default_context(cafile=self._options.ca_file)
        except (OSError, ssl.SSLError) as unusable:
            raise ConfigurationError(
                [f"partners/{self._partner}.toml: transport.ca_file: {self._options.ca_file}: {unusable}"]
            ) from unusable


def _retry_after(headers: Headers, now: datetime) -> float | None:
    """Return the seconds of Retry-After, a number or a date; None when it is missing or no such thing."""
    value = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
    return retry_after_seconds({"retry-after": value.decode("latin-1")}, now)
