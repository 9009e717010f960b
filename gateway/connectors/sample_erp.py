"""The connector to the sample ERP (gateway/demo/sample_erp); its HTTP API is in gateway/handbook/sample-erp.md.

Also the pattern for a connector to any ERP with an HTTP API: bounded calls, answers parsed at the edge, documents mapped by plain
functions, and an outcome that is not certain said to be unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.clock import Clock
from gateway.connectors import sample_erp_papers as papers
from gateway.connectors import sample_erp_requests as requests
from gateway.connectors.bounded_http import BoundedHttp, HttpAnswer
from gateway.connectors.sample_erp_findings import finding, unsupported
from gateway.connectors.sample_erp_outgoing import outgoing_document
from gateway.errors import ConfigurationError, GatewayError
from gateway.ports import OutgoingPage, Posted, Posting
from gateway.settings import read_secret
from translators.findings import Finding

ANSWER_LIMIT_BYTES = 1_000_000  # a booking answers in a few hundred bytes, a check in some hundred per complaint
PAGE_LIMIT_BYTES = 16_000_000  # the ERP ends a page after a megabyte, but one document may be large
PAGE_DOCUMENTS = 50
BUSY = {429, 503}
OUTCOME_UNKNOWN = {500, 502, 504}  # something behind the ERP's door broke; it may have booked before it did

Answer = TypeVar("Answer", bound=papers.Paper)


class SampleErpOptions(BaseModel):
    """The connector's keys in [connectors.NAME]."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(description="Where the ERP answers.", pattern=r"^https?://\S+$")
    token: str = Field(description="Secret reference of its bearer token: env:NAME or file:/path.")
    timeout_seconds: float = Field(10.0, description="How long one call may take in all.", gt=0, le=300)
    honours_keys: bool = Field(True, description="Whether the ERP answers a repeated key with the first result.")
    settle_seconds: float = Field(
        30.0, description="How long a call without an answer may still take effect.", ge=0, le=3600
    )


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """Where a document type is booked and looked up.

    Args:
        request: makes the ERP's JSON of a posting.
        business_key: the query that finds it without its key.
        found: the shape of a look-up's answer.
    """

    path: str
    noun: str
    request: Callable[[Posting], dict[str, Any]]
    business_key: tuple[str, str]
    found: type[papers.BookedOrders] | type[papers.BookedVendorDocuments]


ENDPOINTS: dict[str, _Endpoint] = {
    "purchase_order": _Endpoint(
        "/sales-orders", "order", requests.sales_order, ("customer", "customer_order"), papers.BookedOrders
    ),
    "order_acknowledgment": _Endpoint(
        "/vendor-confirmations",
        "confirmation",
        requests.vendor_confirmation,
        ("vendor", "vendor_number"),
        papers.BookedVendorDocuments,
    ),
    "ship_notice": _Endpoint(
        "/vendor-ship-notices",
        "ship notice",
        requests.vendor_ship_notice,
        ("vendor", "vendor_number"),
        papers.BookedVendorDocuments,
    ),
    "invoice": _Endpoint(
        "/vendor-invoices",
        "invoice",
        requests.vendor_invoice,
        ("vendor", "vendor_number"),
        papers.BookedVendorDocuments,
    ),
}


class SampleErpConnector:
    """One sample ERP; safe to use from many threads."""

    kind = "sample-erp"

    def __init__(self, name: str, options: SampleErpOptions, token: str, clock: Clock) -> None:
        self.honours_keys = options.honours_keys
        self.settle_seconds = options.settle_seconds
        self._system = f"The ERP {name}"
        self._http = BoundedHttp(self._system, options.base_url, token, options.timeout_seconds, clock)

    def check(self, posting: Posting) -> tuple[Finding, ...]:
        """Return what would stop this document in the ERP; books nothing. Raises GatewayError."""
        ours = unsupported(posting.document)
        if ours:
            return ours
        endpoint = _endpoint(posting)
        answer = self._http.check(f"{endpoint.path}/check", _body(endpoint, posting), ANSWER_LIMIT_BYTES)
        if answer.status == 422:
            complaints = self._read(answer, papers.Complaints).complaints
        else:
            self._expect(answer, is_effect=False)
            complaints = self._read(answer, papers.Complaints).complaints
        return tuple(finding(complaint, posting.document) for complaint in complaints)

    def post(self, posting: Posting) -> Posted:
        """Book the document. Raises GatewayError: retryable, refused, or with the outcome unknown."""
        for obstacle in unsupported(posting.document):
            raise GatewayError(
                "GW-4203", f"{self._system} cannot book this: {obstacle.sentence}", findings=(obstacle.code,)
            )
        endpoint = _endpoint(posting)
        answer = self._http.post(endpoint.path, _body(endpoint, posting), posting.key, ANSWER_LIMIT_BYTES)
        if answer.status == 422:
            raise self._refused(answer, posting)
        self._expect(answer, is_effect=True)
        number = self._read(answer, papers.Booked, is_effect=True).number
        was_there = answer.status == 200
        how = "had booked it already as" if was_there else "booked it as"
        return Posted(number, f"{self._system} {how} {endpoint.noun} {number}.", was_there)

    def find(self, posting: Posting) -> Posted | None:
        """Return what an earlier `post` of this key booked, or None. Raises GatewayError.

        An ERP that forgot the key is asked by the business number; what it booked there under another key is another document.
        """
        endpoint = _endpoint(posting)
        request = endpoint.request(posting)
        by_number = {name: str(request[name]) for name in endpoint.business_key}
        for query in ({"key": posting.key}, by_number):
            answer = self._http.ask(endpoint.path, query, ANSWER_LIMIT_BYTES)
            self._expect(answer, is_effect=False)
            found = self._read(answer, endpoint.found)
            rows = found.sales_orders if isinstance(found, papers.BookedOrders) else found.vendor_documents
            for row in rows:
                if row.idempotency_key in {posting.key, None}:
                    return Posted(
                        row.number, f"{self._system} has it as {endpoint.noun} {row.number}.", was_there_already=True
                    )
        return None

    def outgoing(self, cursor: str) -> OutgoingPage:
        """Return the next page of documents to carry out, after `cursor`. Raises GatewayError."""
        answer = self._http.ask("/outgoing", {"after": cursor, "limit": PAGE_DOCUMENTS}, PAGE_LIMIT_BYTES)
        if answer.status == 409:
            raise GatewayError(
                "GW-4208",
                f"{self._system} does not know the place where its feed was last read; its database was replaced or restored. "
                "Compare its documents with what was sent, then set the connector's cursor.",
                cursor=cursor,
            )
        self._expect(answer, is_effect=False)
        page = self._read(answer, papers.FeedPage)
        return OutgoingPage(tuple(outgoing_document(paper) for paper in page.documents), page.cursor)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _expect(self, answer: HttpAnswer, *, is_effect: bool) -> None:
        """Return when the answer is one of success; raise what it means otherwise."""
        if answer.status in {200, 201}:
            return
        if answer.status in BUSY:
            raise GatewayError(
                "GW-4202",
                f"{self._system} is busy (HTTP {answer.status}). It is tried again when it said to, else by and by.",
                is_retryable=True,
                retry_after_seconds=_retry_after_seconds(answer),
                status=answer.status,
            )
        if answer.status in {401, 403}:
            raise GatewayError(
                "GW-4207",
                f"{self._system} does not let us in (HTTP {answer.status}). Correct the token in [connectors]; it is tried again.",
                is_retryable=True,
                status=answer.status,
            )
        is_unknown = is_effect and answer.status in OUTCOME_UNKNOWN
        if answer.status in OUTCOME_UNKNOWN:
            raise GatewayError(
                "GW-4204" if is_unknown else "GW-4201",
                f"{self._system} failed (HTTP {answer.status}). "
                + (
                    "Whether it booked is looked up before anything is repeated."
                    if is_unknown
                    else "It is tried again."
                ),
                is_retryable=True,
                is_outcome_unknown=is_unknown,
                retry_after_seconds=_retry_after_seconds(answer),
                status=answer.status,
            )
        raise self._not_understood(f"HTTP {answer.status}", is_outcome_unknown=is_effect)

    def _read(self, answer: HttpAnswer, shape: type[Answer], *, is_effect: bool = False) -> Answer:
        try:
            return shape.model_validate_json(answer.body)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the whole"
            raise self._not_understood(f"{where}: {first['msg']}", is_outcome_unknown=is_effect) from error

    def _refused(self, answer: HttpAnswer, posting: Posting) -> GatewayError:
        refusal = self._read(answer, papers.Complaints, is_effect=False)
        if not refusal.detail:
            return self._not_understood("a refusal without a reason", is_outcome_unknown=False)
        found = [
            finding(complaint, posting.document) for complaint in refusal.complaints if complaint.severity == "error"
        ]
        sentence = " ".join(f.sentence for f in found[:5]) or refusal.detail
        return GatewayError(
            "GW-4203",
            f"{self._system} refuses it: {sentence}",
            findings=tuple(f.code for f in found),
            reason=refusal.code,
        )

    def _not_understood(self, why: str, *, is_outcome_unknown: bool) -> GatewayError:
        return GatewayError(
            "GW-4205",
            f"{self._system} gave an answer that is not understood ({why}). It is tried again; tell the people who run it.",
            is_retryable=True,
            is_outcome_unknown=is_outcome_unknown,
        )


def _endpoint(posting: Posting) -> _Endpoint:
    return ENDPOINTS[str(getattr(posting.document, "document_type", ""))]


def _body(endpoint: _Endpoint, posting: Posting) -> bytes:
    return json.dumps(endpoint.request(posting), separators=(",", ":")).encode()


def _retry_after_seconds(answer: HttpAnswer) -> int | None:
    """Return the seconds in Retry-After; its date form is not obeyed, as clocks differ."""
    text = answer.headers.get("retry-after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def open_sample_erp(name: str, options: Mapping[str, Any], clock: Clock) -> SampleErpConnector:
    """Return the connector that [connectors.NAME] describes.

    Raises:
        ConfigurationError: every complaint about its keys.
    """
    try:
        checked = SampleErpOptions.model_validate(dict(options))
    except ValidationError as invalid:
        complaints = [f"connectors.{name}.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in invalid.errors()]
        raise ConfigurationError(complaints) from invalid
    return SampleErpConnector(name, checked, read_secret(checked.token), clock)
