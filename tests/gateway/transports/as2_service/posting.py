"""A partner that posts to a gateway: what it writes, and what it makes of the answer."""

from __future__ import annotations

import hashlib
import io
import itertools
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.clock import SystemClock
from gateway.steps.receive_transmission import StationReceptions
from gateway.transports.as2 import judge_mdn, read_mdn, write_as2
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.service import Answer, As2Service, Body
from gateway.transports.as2.values import Mdn, OutgoingPayload, RawHeaders, Receiving, Sealed, Sending, Sent, Verdict
from tests.gateway.transports.as2_service.keys import key, pinned
from tests.gateway.transports.as2_service.two_gateways import BUYER, SELLER, As2Gateway, free_port

_NUMBERS = itertools.count(1)


def seller(home: Path, options: str = "", **more: Any) -> As2Gateway:
    """Return a gateway that a buyer posts to; it does not listen."""
    return As2Gateway(home, SELLER, BUYER, {BUYER: free_port(), SELLER: free_port()}, options, **more)


def service_of(gateway: As2Gateway) -> As2Service:
    return As2Service(
        gateway.station.transports, StationReceptions(gateway.station), SystemClock(), gateway.home / "spool"
    )


def sealed(content: bytes, filename: str = "order.edi", **changed: Any) -> Sealed:
    """Return what the buyer posts."""
    usual = Sending(
        BUYER,
        SELLER,
        f"<{next(_NUMBERS)}@buyer.example>",
        datetime.now(UTC),
        io.BytesIO,
        sign_with=key(BUYER),
        encrypt_to=pinned(key(SELLER)),
    )
    payload = OutgoingPayload(Octets.of(content), filename=filename)
    return write_as2([payload], replace(usual, **changed))


def posted(service: As2Service, what: Sealed, body: bytes | None = None, headers: RawHeaders | None = None) -> Answer:
    return answered(service, what.headers if headers is None else headers, what.body.read() if body is None else body)


def answered(service: As2Service, headers: RawHeaders, body: bytes, *, is_mdn: bool = False) -> Answer:
    """Return what a service answers to a request whose body is small."""
    held = Body(io.BytesIO(body), hashlib.sha256(body).hexdigest(), len(body))
    return service.answer(headers, held, "127.0.0.1", is_mdn=is_mdn)


def believing() -> Receiving:
    """Return how the buyer reads receipts."""
    return Receiving((), (pinned(key(SELLER)),), datetime.now(UTC), io.BytesIO)


def mdn_in(answer: Answer) -> Mdn:
    """Return the receipt in an answer; fail when there is none, or its signature does not hold."""
    read = read_mdn(answer.headers, answer.body, believing())
    assert read.mdn is not None, (answer, read.findings)
    return read.mdn


def said(answer: Answer) -> str:
    """Return the disposition of the receipt in an answer."""
    return str(mdn_in(answer).disposition).partition("; ")[2]


def verdict(answer: Answer, what: Sealed) -> Verdict:
    """Return what the buyer makes of the receipt."""
    message_id = dict(what.headers)[b"Message-ID"].decode()
    return judge_mdn(
        read_mdn(answer.headers, answer.body, believing()), Sent(BUYER, SELLER, message_id, what.mic), believing()
    )


def changed(headers: RawHeaders, **new: str | None) -> RawHeaders:
    """Return headers with some replaced, or without them; AS2_To stands for AS2-To."""
    names = {name.replace("_", "-").lower().encode(): value for name, value in new.items()}
    kept = tuple(pair for pair in headers if pair[0].lower() not in names)
    return kept + tuple((name, value.encode("latin-1")) for name, value in names.items() if value is not None)
