"""What AS2 asks of the store: what was received is kept with its proof, what is sent is kept before its first byte leaves.

Beside the ports of every transport, because a receipt proves something later: which bytes came from whom, what we answered, byte for
byte, and which receipt we got for which bytes. The service and the channels see these Protocols, never a database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from translators.findings import Finding

# Names as spelled, values without the line end.
Headers = tuple[tuple[bytes, bytes], ...]


def transmission_key(as2_from: str, as2_to: str, message_id: str) -> str:
    """Return what one transmission is known by, whatever the length of its Message-ID: 64 hexadecimal digits."""
    return hashlib.sha256("\n".join((as2_from, as2_to, message_id)).encode()).hexdigest()


def conflict_key(key: str, content_sha256: str) -> str:
    """Return the key of a transmission whose Message-ID was used before for other payloads."""
    return hashlib.sha256(f"{key}\n{content_sha256}".encode()).hexdigest()


def content_key(payload_sha256s: Iterable[str]) -> str:
    """Return what several payloads are known by together."""
    return hashlib.sha256("\n".join(payload_sha256s).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class StoredMdn:
    """A receipt of ours as it goes out, the same on every try."""

    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class ReceivedPayload:
    """One file of a transmission that was accepted.

    Args:
        name: the partner's name for it, or one of ours; metadata only.
        chunks: gives its bytes from the beginning, each time it is called.
    """

    name: str
    content_type: str
    chunks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class ReceivedTransmission:
    """A transmission that was opened or refused, with everything that is to be kept of it.

    Args:
        key: from `transmission_key`.
        body: the bytes as received.
        body_sha256: of them.
        payloads: empty when it is refused.
        evidence: facts that prove something later, for machines: signer, algorithms, MIC, address of the caller.
        certificate: of the signer, PEM; "" when it is not signed.
        mdn: what is answered; None when no receipt is wanted.
        is_mdn_posted: the receipt goes to the partner's URL, not into the answer.
        code: of what refuses it, "" for one that is accepted.
        sentence: what happened, for the person who looks at it here.
        is_test: of a test identity.
    """

    key: str
    partner: str
    as2_from: str
    as2_to: str
    message_id: str
    headers: Headers
    body: Callable[[], Iterator[bytes]]
    body_sha256: str
    body_bytes: int
    payloads: tuple[ReceivedPayload, ...]
    evidence: Mapping[str, str]
    certificate: str
    findings: tuple[Finding, ...]
    mdn: StoredMdn | None
    is_mdn_posted: bool
    code: str = ""
    sentence: str = ""
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class KnownTransmission:
    """A transmission that was received before, and what was answered."""

    key: str
    body_sha256: str
    content_sha256: str
    is_accepted: bool
    mdn: StoredMdn | None
    is_mdn_posted: bool
    document_id: str | None


class Receptions(Protocol):
    """Where received transmissions are kept."""

    def known(self, key: str) -> KnownTransmission | None:
        """Return the transmission that was received under `key`, or None. Raises GatewayError GW-5001."""
        ...

    def take(self, transmission: ReceivedTransmission) -> KnownTransmission:
        """Keep payloads, evidence, receipt and documents in one commit; return what is known now.

        When another one with this key was accepted meanwhile, nothing is kept and the other one is returned.

        Raises:
            GatewayError: GW-2002 too large, GW-5001 or GW-5003 it cannot be stored now; nothing was kept.
        """
        ...

    def post_again(self, known: KnownTransmission) -> None:
        """Have its receipt posted once more, when that is not about to happen anyway."""
        ...


class SentStatus(StrEnum):
    """What became of a transmission of ours."""

    SEALED = "sealed"  # kept; whether a byte left is not known
    POSTED = "posted"  # the partner's server took it; a receipt is awaited
    DELIVERED = "delivered"
    REFUSED = "refused"  # they say no
    MISMATCHED = "mismatched"  # they say yes to something else


@dataclass(frozen=True, slots=True)
class SentTransmission:
    """A transmission of ours: the bytes to post and what its receipt must say.

    Args:
        message_id: with angle brackets.
        body_sha256: of the payload store.
        mic_digest, mic_algorithm: what the receipt must say.
        payload_header: MIME fields of the payload, to explain a MIC that differs.
        posts: how often it was posted.
        due_at: when the receipt that is awaited is overdue.
    """

    message_id: str
    document_id: str
    partner: str
    as2_from: str
    as2_to: str
    headers: Headers
    body_sha256: str
    body_bytes: int
    mic_digest: bytes
    mic_algorithm: str
    payload_header: bytes
    is_receipt_signed: bool
    status: SentStatus = SentStatus.SEALED
    posts: int = 0
    sealed_at: datetime | None = None
    posted_at: datetime | None = None
    due_at: datetime | None = None
    settled_at: datetime | None = None
    sentence: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a receipt that is believed says about a transmission of ours.

    Args:
        headers, body: of the receipt, as received.
        certificate: of its signer, PEM; "" when it is not signed.
    """

    status: SentStatus
    sentence: str
    headers: Headers
    body: bytes
    evidence: Mapping[str, str]
    certificate: str = ""


class SentTransmissions(Protocol):
    """Where our own transmissions are kept."""

    def latest(self, document_id: str) -> SentTransmission | None:
        """Return the last transmission that was written for a document of ours, or None."""
        ...

    def named(self, partner: str, message_id: str) -> SentTransmission | None:
        """Return our transmission to a partner with this Message-ID, with or without its angle brackets, or None."""
        ...

    def keep(self, sent: SentTransmission, body: Iterable[bytes]) -> None:
        """Make a transmission durable."""
        ...

    def body(self, sent: SentTransmission) -> Iterator[bytes]:
        """Yield the bytes to post."""
        ...

    def content(self, sent: SentTransmission) -> bytes:
        """Return the bytes of the document that it carries."""
        ...

    def posted(self, sent: SentTransmission, at: datetime, due_at: datetime | None) -> SentTransmission:
        """Note that the partner's server took it, unless a receipt was faster; return it as it is now."""
        ...

    def settle(self, sent: SentTransmission, settlement: Settlement) -> bool:
        """Note the receipt; return whether it is the first one. The document is woken."""
        ...

    def is_released_since(self, document_id: str, at: datetime) -> bool:
        """Return whether a person let the document go on after `at`."""
        ...

    def mdn_to_post(self, document_id: str) -> StoredMdn | None:
        """Return the receipt that a document of ours is, or None when it is none."""
        ...
