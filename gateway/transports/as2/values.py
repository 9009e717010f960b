"""What goes into the codec and what comes out of it. The contract of `read_as2`, `write_as2`, `read_mdn`, `write_mdn`, `judge_mdn`.

Bad input never raises: what is wrong with it is a finding (code "AS2-...") and, for the partner, a disposition. What raises is a
mistake of ours: `CodecError` where the terms forbid what was asked for, `OSError` from the files that were handed in.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.transports.as2.certificates import OwnKey, PinnedCertificate
from gateway.transports.as2.dispositions import Disposition
from gateway.transports.as2.octets import Octets, Scratch
from gateway.transports.as2.terms import Limits, Terms
from translators.findings import Finding

# As they came or go out: names as spelled, values without the line end.
RawHeaders = tuple[tuple[bytes, bytes], ...]


class CodecError(Exception):
    """We were asked to write what the terms forbid or what cannot be written; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Mic:
    """A message integrity check.

    Args:
        digest: the bytes.
        algorithm: our name for it: "sha-1", "sha-256", "sha-384", "sha-512".
        spelling: as the other side spells the algorithm ("sha256", "SHA-256"); a receipt repeats the spelling it was asked in.
    """

    digest: bytes
    algorithm: str
    spelling: str = ""

    def __str__(self) -> str:
        """Return the value of Received-Content-MIC."""
        return f"{base64.b64encode(self.digest).decode()}, {self.spelling or self.algorithm}"


@dataclass(frozen=True, slots=True)
class ReceiptRequest:
    """The receipt that the sender asks for.

    Args:
        notification_to: Disposition-Notification-To; only its presence means anything.
        wants_signature: a signed receipt is asked for.
        protocol: "pkcs7-signature", or what else was asked for.
        is_protocol_required: the sender wants nothing rather than a receipt in another form.
        mic_algorithms: as spelled, in the sender's order.
        is_mic_required: the same for the algorithms.
        async_url: Receipt-Delivery-Option, as received: a claim. Nothing is ever connected to because it stands here.
    """

    notification_to: str
    wants_signature: bool = False
    protocol: str = ""
    is_protocol_required: bool = False
    mic_algorithms: tuple[str, ...] = ()
    is_mic_required: bool = False
    async_url: str = ""


@dataclass(frozen=True, slots=True)
class As2Headers:
    """The HTTP headers of a transmission, read before its body.

    Args:
        as2_from: AS2-From without quotes; "" when it is missing or not in the standard's form.
        message_id: with its angle brackets, as received.
        receipt: None when no receipt is wanted.
        raw: as received, for evidence.
        findings: what is missing or malformed; an ERROR among them refuses the transmission.
    """

    as2_from: str
    as2_to: str
    message_id: str
    version: str
    subject: str
    receipt: ReceiptRequest | None
    raw: RawHeaders
    findings: tuple[Finding, ...] = ()

    @property
    def is_readable(self) -> bool:
        """Return whether nothing among the findings refuses the transmission."""
        return not any(finding.refuses for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Payload:
    """One file of a transmission.

    Args:
        content: without transfer encoding. A stretch of a scratch file or of the body that was handed in: copy it while those are open.
        content_type: "application/edi-x12", in lower case, without parameters.
        filename: the sender's name for it, a mere name; "" when there is none or it was refused. Never a path of ours.
    """

    content: Octets
    content_type: str
    filename: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a transmission was secured.

    Args:
        signed_by: fingerprint of the certificate that verified it; "" when it is not signed.
        signature: "sha-256 rsa-pkcs1", "sha-256 rsa-pss".
        signed_at: the signer's clock, when it said.
        encrypted_to: fingerprint of our certificate whose key opened it; "" when it is not encrypted.
        encryption: "aes-128-cbc rsa-oaep-sha-256".
        compressed: "", "before-signing" (inside the signature) or "after-signing" (outside, or nothing is signed).
    """

    signed_by: str = ""
    signature: str = ""
    signed_at: datetime | None = None
    encrypted_to: str = ""
    encryption: str = ""
    compressed: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A transmission, opened or refused.

    Args:
        payloads: what may go on; empty when it is refused.
        disposition: for the receipt.
        mic: for the receipt; None when it was refused before there was one.
        evidence: as far as it got.
        findings: ours, with the true reason; never for the partner.
    """

    payloads: tuple[Payload, ...]
    disposition: Disposition
    mic: Mic | None
    evidence: Evidence
    findings: tuple[Finding, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Return whether its payloads may go on."""
        return self.disposition.is_positive


@dataclass(frozen=True, slots=True)
class Receiving:
    """What is needed to open a partner's transmissions.

    Args:
        own_keys: those that the partner may have encrypted to; several while a key is being changed.
        partner_certificates: those that the partner may have signed with.
        now: with a time zone.
        scratch: decrypted and inflated bytes go there; nothing of a refused transmission is to be kept.
    """

    own_keys: tuple[OwnKey, ...]
    partner_certificates: tuple[PinnedCertificate, ...]
    now: datetime
    scratch: Scratch
    terms: Terms = field(default_factory=Terms)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class OutgoingPayload:
    """One file to send.

    Args:
        content: read twice; must not change meanwhile.
        content_type: "application/edi-x12"; may have parameters.
        filename: what the partner may call it; "" for nothing.
        transfer_encoding: "binary", or "base64" for a partner that needs it.
    """

    content: Octets
    content_type: str = "application/edi-x12"
    filename: str = ""
    transfer_encoding: str = "binary"


@dataclass(frozen=True, slots=True)
class Sending:
    """How to write a transmission.

    Args:
        message_id: with angle brackets; the same on every try.
        sign_with: None for no signature.
        digest: "sha-256", "sha-384", "sha-512", or "sha-1" for a legacy partner. Also the MIC that is asked for.
        digest_spelling: how the partner wants it written in headers ("sha256"); "" for the standard's own way.
        signature: "rsa-pkcs1" or "rsa-pss".
        encrypt_to: None for no encryption.
        cipher: a name in `algorithms.CIPHERS`: "aes-128-cbc", "aes-256-gcm", "des-ede3-cbc" for a legacy partner ...
        key_transport: "rsa-pkcs1", "rsa-oaep-sha-1", "rsa-oaep-sha-256" or "rsa-oaep-sha-512".
        compress: "", "before-signing" or "after-signing".
        receipt: "" for none, "signed" or "unsigned".
        receipt_url: where an asynchronous receipt is to come; "" for one in the answer.
        features: EDIINT-Features.
    """

    as2_from: str
    as2_to: str
    message_id: str
    now: datetime
    scratch: Scratch
    subject: str = ""
    sign_with: OwnKey | None = None
    digest: str = "sha-256"
    digest_spelling: str = ""
    signature: str = "rsa-pkcs1"
    encrypt_to: PinnedCertificate | None = None
    cipher: str = "aes-128-cbc"
    key_transport: str = "rsa-pkcs1"
    compress: str = ""
    receipt: str = "signed"
    receipt_url: str = ""
    notification_to: str = "edi"
    version: str = "1.2"
    features: str = "multiple-attachments, AS2-Reliability"
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A transmission, written: post `body` with `headers`, the same on every try.

    Args:
        body: a scratch file's stretch.
        mic: what the receipt must say.
        payload_header: MIME fields of the (only) payload as they went out, for `explained_mic`; b"" with several.
        evidence: how it was secured; `encrypted_to` is the partner's certificate, `signed_by` ours.
    """

    headers: RawHeaders
    body: Octets
    mic: Mic
    payload_header: bytes
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Answering:
    """How to write a receipt.

    Args:
        message_id: of the receipt itself, with angle brackets.
        sign_with: our key; used when a signature is asked for, else the receipt is unsigned.
        reporting_agent: Reporting-UA.
        text: for the person at the partner; "" for the disposition's own sentence.
    """

    message_id: str
    now: datetime
    sign_with: OwnKey | None = None
    reporting_agent: str = "Partner Gateway"
    text: str = ""
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True, slots=True)
class WrittenMdn:
    """A receipt: the answer's headers and body, or what is posted to the partner's configured URL. Stored, and sent again as it is."""

    headers: RawHeaders
    body: bytes
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class Mdn:
    """The fields of a receipt.

    Args:
        original_message_id: with angle brackets as received.
        disposition: None when the field is not in the standard's form.
        mic: None when there is none, or its form is wrong.
        final_recipient: the receiver's AS2 name as it stands there, without its type.
        text: the part for people, at most 2,000 characters; a stranger's words.
    """

    original_message_id: str
    disposition: Disposition | None
    mic: Mic | None
    final_recipient: str = ""
    reporting_agent: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReadMdn:
    """A receipt as it was read.

    Args:
        mdn: None when it is none, or its signature does not hold; only from the signed slice when it is signed.
        evidence: `signed_by` is "" for an unsigned one.
        headers: of the HTTP request that brought it; for one in the answer, of the answer.
    """

    mdn: Mdn | None
    evidence: Evidence
    headers: As2Headers
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """What is known of a transmission that a receipt may be about; stored with it.

    Args:
        is_receipt_signed: a signed receipt was asked for.
    """

    as2_from: str
    as2_to: str
    message_id: str
    mic: Mic
    is_receipt_signed: bool = True


class Outcome(StrEnum):
    """What a receipt means for the transmission it is about."""

    DELIVERED = "delivered"  # positive, the MIC is ours: done
    DELIVERED_WITH_WARNING = "delivered-with-warning"  # positive with a warning of theirs: done, shown
    REFUSED = "refused"  # they say no: sending it again unchanged does not help
    MISMATCHED = (
        "mismatched"  # they say yes to something that is not what we sent, or without a MIC: a person must look
    )
    UNUSABLE = "unusable"  # not believed: changes nothing; the receipt stays due


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to make of a receipt."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
