"""HTTP: a partner posts its documents to our API, and we post ours to its URL, signed.

What is posted to us is received by the API, which knows whose key it was; nothing is fetched. What we post carries the delivery's id as
`webhook-id` and `Idempotency-Key`, the same on every try, so that the partner takes it once. Redirects are not followed, and only
public addresses are called unless the partner's file allows more.

| answer | what follows |
|---|---|
| 2xx | delivered |
| 408, 409, 425, 429, 5xx, none | tried again, not before Retry-After |
| 3xx, any other 4xx | a person looks at it |
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from gateway.clock import Clock
from gateway.deadline_http import DeadlineBackend, DeadlineTransport, reason
from gateway.errors import ConfigurationError, GatewayError
from gateway.ports import Arrival, Dispatch, Receipt
from gateway.public_addresses import address_of
from gateway.settings import read_secret
from gateway.transports.http_options import HttpOptions
from gateway.transports.http_signature import secret_bytes, signature_headers
from gateway.transports.schedules import Schedule, check_open
from gateway.transports.spool import clear_dead_spools

CHUNK_BYTES = 262_144
ANSWER_LIMIT_BYTES = 65_536  # we want the status; more of an answer is not read
TRY_AGAIN = frozenset({408, 409, 425, 429})
LONGEST_RETRY_AFTER_SECONDS = 86_400.0


class HttpTransport:
    """One partner's HTTP.

    Args:
        spool: where what is posted lies until it is received.
        schedule: when it is posted to; None for always.
    """

    kind = "http"

    def __init__(
        self, partner: str, options: HttpOptions, clock: Clock, spool: Path, schedule: Schedule | None = None
    ) -> None:
        self.partner = partner
        self.options = options
        self.spool = spool
        self._schedule = schedule
        self._clock = clock
        self._backend = DeadlineBackend(clock, partial(address_of, allows_private=options.allow_private))
        self._client: httpx2.Client | None = None
        self._making = threading.Lock()
        self._posted: dict[str, Path] = {}

    def arrivals(self) -> list[Arrival]:
        """Return nothing: what is posted is received when it comes."""
        return []

    def accept(self, arrival: Arrival, body: Path) -> None:
        """Note where the bytes are that were posted; `settle` forgets them."""
        self._posted[arrival.transport_id] = body

    def read(self, arrival: Arrival) -> Iterator[bytes]:
        """Yield what was posted. Raises GatewayError GW-4105 when it is gone."""
        path = self._posted.get(arrival.transport_id)
        if path is None:
            raise GatewayError(
                "GW-4105", f"{arrival.name} is not here any more; it has to be posted again.", is_retryable=True
            )
        with path.open("rb") as body:
            while chunk := body.read(CHUNK_BYTES):
                yield chunk

    def settle(self, arrival: Arrival) -> None:
        """Forget what was posted."""
        self._posted.pop(arrival.transport_id, None)

    def send(self, dispatch: Dispatch) -> Receipt:
        """Post the bytes.

        Raises:
            GatewayError: GW-4101 not reached or busy, GW-4103 no url, GW-4113 refused, GW-4114 no public address,
                GW-4115 not at this time, GW-1001 the secret.
        """
        options = self.options
        if not options.url:
            raise GatewayError(
                "GW-4103", f"partners/{self.partner}.toml names no url, so nothing can be posted. Add it, then retry."
            )
        check_open(self._schedule, self.partner, self._clock.now())
        status, headers = self._post(dispatch.payload, self._headers(dispatch))
        host = urlsplit(options.url).netloc
        if 200 <= status < 300:
            return Receipt(
                f"Posted to {host}, which took it ({status}).", facts={"url": options.url, "status": str(status)}
            )
        if status in TRY_AGAIN or status >= 500:
            raise GatewayError(
                "GW-4101",
                f"{host} could not take it now: it answered {status}.",
                is_retryable=True,
                retry_after_seconds=retry_after_seconds(headers, self._clock.now()),
                partner=self.partner,
                status=status,
            )
        raise GatewayError(
            "GW-4113",
            f"{host} refuses it: it answered {status}. Ask the partner why, mend it, then retry.",
            partner=self.partner,
            status=status,
        )

    def watch(self, notify: Callable[[], None]) -> None:  # noqa: ARG002  a transport's signature
        """Remove what processes that died had on their hands; nothing is watched."""
        clear_dead_spools(self.spool)

    def close(self) -> None:
        """Close the connections."""
        with self._making:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _headers(self, dispatch: Dispatch) -> dict[str, str]:
        options = self.options
        secrets = [_secret(reference) for reference in (options.secret, options.next_secret) if reference]
        headers = {
            "Content-Type": dispatch.content_type,
            "Content-Disposition": f'attachment; filename="{dispatch.name}"',
            "Idempotency-Key": dispatch.delivery_id,
            **signature_headers(dispatch.delivery_id, dispatch.payload, self._clock.now(), secrets),
        }
        if options.authorization:
            headers["Authorization"] = read_secret(options.authorization)
        return headers

    def _post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str]]:
        self._backend.deadline.at = self._clock.monotonic() + self.options.timeout_seconds
        try:
            with self._connected().stream("POST", self.options.url, content=body, headers=headers) as answer:
                size = 0
                for part in answer.iter_raw(CHUNK_BYTES):
                    size += len(part)
                    if size > ANSWER_LIMIT_BYTES:
                        break
                return answer.status_code, dict(answer.headers)
        except (httpx2.HTTPError, OSError) as lost:
            raise GatewayError(
                "GW-4101",
                f"{urlsplit(self.options.url).netloc} could not be reached, or did not answer: {reason(lost)}.",
                is_retryable=True,
                partner=self.partner,
            ) from lost
        finally:
            self._backend.deadline.at = None

    def _connected(self) -> httpx2.Client:
        """Return the client, made when it is first needed."""
        with self._making:
            if self._client is None:
                self._client = httpx2.Client(
                    transport=DeadlineTransport(self._backend, self.tls()),
                    timeout=self.options.timeout_seconds,
                    trust_env=False,  # no proxy of the environment: it would resolve the name for us
                    follow_redirects=False,
                    headers={"User-Agent": "partner-gateway", "Accept-Encoding": "identity"},
                )
            return self._client

    def tls(self) -> ssl.SSLContext:
        """Return whom we trust. Raises ConfigurationError: ca_file is none."""
        if not self.options.ca_file:
            if self.options.url.startswith("http:"):
                return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and costs nothing
            return httpx2.create_ssl_context()
        try:
            return ssl.create_default_context(cafile=self.options.ca_file)
        except (OSError, ssl.SSLError) as unusable:
            raise ConfigurationError(
                [f"partners/{self.partner}.toml: transport.ca_file: {self.options.ca_file}: {unusable}"]
            ) from unusable


def _secret(reference: str) -> bytes:
    try:
        return secret_bytes(read_secret(reference))
    except ValueError as wrong:
        raise ConfigurationError([f"secret {reference}: {wrong}"]) from wrong


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds of Retry-After, a number or a date; None when it is missing or no such thing (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_RETRY_AFTER_SECONDS)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    return min(max((at - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER_SECONDS)
