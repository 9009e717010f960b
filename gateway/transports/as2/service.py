"""Receiving by AS2: what becomes of a request, in the one order in which nothing is lost.

Body on disk and hashed (the endpoint) → who sends, to whom, which Message-ID → known already? → decrypted, verified, inflated → one
commit with payloads, proof, receipt and documents → only then the answer. A crash before the commit answers nothing, so the partner
posts again; a crash after it finds the transmission known and answers the receipt that is stored, byte for byte.

| what comes | what is answered |
|---|---|
| taken, a receipt wanted in the answer | 200 and the receipt |
| taken, a receipt wanted later, or none | 200, empty; the receipt is posted to the URL of the partner's file |
| refused, a receipt wanted | 200 and a receipt that says so |
| refused, none wanted | 400, or 403 where nobody knows the partner |
| a receipt of theirs that is believed | 200 |
| a receipt that is not believed, or about nothing of ours | 400; it changes nothing |
| nothing can be stored now | 503 and no receipt |
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog

from gateway.clock import Clock, new_id
from gateway.errors import GatewayError
from gateway.ports import Transport
from gateway.transmissions import (
    Headers,
    KnownTransmission,
    ReceivedPayload,
    ReceivedTransmission,
    Receptions,
    StoredMdn,
    conflict_key,
    content_key,
    transmission_key,
)
from gateway.transports.as2.channel import As2Transport
from gateway.transports.as2.dispositions import UNEXPECTED_ERROR, UNKNOWN_PARTNER, Disposition
from gateway.transports.as2.headers import content_fields, read_headers
from gateway.transports.as2.mdn import write_mdn
from gateway.transports.as2.message import read_as2
from gateway.transports.as2.mime import Entity, entity_of, parts_of
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.refusals import RefusedError, warning
from gateway.transports.as2.scratch import ScratchFiles
from gateway.transports.as2.terms import Limits
from gateway.transports.as2.values import Answering, As2Headers, Evidence, Opened, Outcome, Payload
from translators.findings import Finding

log = structlog.get_logger("gateway.as2")

REFUSED = "GW-2301"
CONFLICT = "GW-2302"
_BUSY_SECONDS = b"60"
_TEXT = (b"Content-Type", b"text/plain")
_REPORT = "multipart/report"
_SHOWN = 200
_MDN_BYTES = Limits().mdn_bytes


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body on our disk."""

    file: BinaryIO
    sha256: str
    size_bytes: int

    def chunks(self) -> Iterator[bytes]:
        """Yield it from the beginning."""
        yield from Octets(self.file, 0, self.size_bytes).chunks()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the endpoint answers."""

    status: int
    headers: Headers = ()
    body: bytes = b""


class As2Service:
    """Takes what partners post.

    Args:
        transports: partner id → channel, as they are now; only those by AS2 count.
        receptions: where received transmissions are kept.
        spool: where files lie while they are opened.
    """

    def __init__(self, transports: Mapping[str, Transport], receptions: Receptions, clock: Clock, spool: Path) -> None:
        self._transports = transports
        self._receptions = receptions
        self._clock = clock
        self._spool = spool

    def answer(self, raw: Headers, body: Body, peer: str = "", *, is_mdn: bool = False) -> Answer:
        """Return what is answered to a request.

        Args:
            peer: address of the caller, for the evidence.
            is_mdn: it came to the address that only receipts come to.
        """
        headers = read_headers(raw)
        try:
            if is_mdn or self._is_mdn(headers, body):
                return self._of_mdn(headers, body)
            return self._of_transmission(headers, body, peer)
        except GatewayError as trouble:
            log.warning("as2-unavailable", code=trouble.code, sentence=trouble.sentence, as2_from=headers.as2_from)
            return busy()

    def _of_transmission(self, headers: As2Headers, body: Body, peer: str) -> Answer:
        channel = self._channel(headers)
        if channel is None or not headers.is_readable:
            return self._of_stranger(headers, channel, peer)
        key = transmission_key(headers.as2_from, headers.as2_to, headers.message_id)
        known = self._receptions.known(key)
        if known is not None and known.is_accepted and known.body_sha256 == body.sha256:
            return self._again(known, headers)
        with ScratchFiles(self._spool) as scratch:
            opened = read_as2(headers, body.file, channel.receiving(scratch))
            if known is not None and known.is_accepted:
                content = content_key(_sha256(payload) for payload in opened.payloads)
                if opened.is_accepted and known.content_sha256 == content:
                    return self._again(known, headers)  # sealed anew, with the same payloads: a repeat all the same
                key, opened = conflict_key(key, body.sha256), _conflicting(opened)
            transmission = self._transmission(key, channel, headers, body, opened, peer)
            kept = self._receptions.take(transmission)
        self._tell(transmission, opened)
        return _answered(kept, is_refused=not kept.is_accepted)

    def _transmission(
        self, key: str, channel: As2Transport, headers: As2Headers, body: Body, opened: Opened, peer: str
    ) -> ReceivedTransmission:
        is_posted, notes = self._where(channel, headers)
        findings = (*opened.findings, *notes)
        code = "" if opened.is_accepted else CONFLICT if _is_conflict(opened) else REFUSED
        return ReceivedTransmission(
            key=key,
            partner=channel.partner,
            as2_from=headers.as2_from,
            as2_to=headers.as2_to,
            message_id=headers.message_id,
            headers=headers.raw,
            body=body.chunks,
            body_sha256=body.sha256,
            body_bytes=body.size_bytes,
            payloads=tuple(
                ReceivedPayload(payload.filename or f"as2-{number}", payload.content_type, payload.content.chunks)
                for number, payload in enumerate(opened.payloads, 1)
            ),
            evidence=_evidence(headers, opened, body, peer),
            certificate=channel.ring.pem_of(opened.evidence.signed_by),
            findings=findings,
            mdn=self._mdn(headers, opened, channel),
            is_mdn_posted=is_posted,
            code=code,
            sentence=_sentence(channel, findings) if code else "",
            is_test=channel.options.usage == "test",
        )

    def _mdn(self, headers: As2Headers, opened: Opened, channel: As2Transport | None) -> StoredMdn | None:
        """Return the receipt for a transmission, signed when that is asked for and we know as whom."""
        if headers.receipt is None:
            return None
        now = self._clock.now()
        is_signed = headers.receipt.wants_signature and channel is not None
        key = channel.ring.signs_with(now) if is_signed and channel is not None else None
        answering = Answering(f"<{new_id(now)}@partner-gateway>", now, key)
        written = write_mdn(headers, opened, answering)
        return None if written is None else StoredMdn(written.headers, written.body)

    def _where(self, channel: As2Transport, headers: As2Headers) -> tuple[bool, tuple[Finding, ...]]:
        """Return whether the receipt is posted, and what is odd about where the partner wants it."""
        wanted = "" if headers.receipt is None else headers.receipt.async_url
        if not wanted:
            return False, ()
        agreed = channel.options.mdn_url
        if wanted == agreed:
            return True, ()
        where = (
            "to the URL of the partner's file" if agreed else "in the answer, since the partner's file names no mdn_url"
        )
        log.warning("as2-receipt-elsewhere", partner=channel.partner, wanted=_shown(wanted))
        sentence = f"The receipt was asked for at another address than agreed; it goes {where}."
        return bool(agreed), (warning("AS2-RECEIPT-URL", sentence, wanted),)

    def _again(self, known: KnownTransmission, headers: As2Headers) -> Answer:
        log.info("as2-repeated", as2_from=headers.as2_from, message_id=_shown(headers.message_id))
        if known.is_mdn_posted:
            self._receptions.post_again(known)
        return _answered(known, is_refused=False)

    def _of_stranger(self, headers: As2Headers, channel: As2Transport | None, peer: str) -> Answer:
        """Refuse what cannot be kept under any partner's name; nothing of it is stored."""
        disposition = UNEXPECTED_ERROR if not headers.is_readable else UNKNOWN_PARTNER
        log.warning(
            "as2-refused",
            code=REFUSED,
            peer=peer,
            as2_from=_shown(headers.as2_from),
            as2_to=_shown(headers.as2_to),
            sentences=[finding.sentence for finding in headers.findings],
        )
        if headers.receipt is not None and not headers.receipt.async_url:
            mdn = self._mdn(headers, _refused(disposition), channel)
            if mdn is not None:
                return Answer(200, mdn.headers, mdn.body)
        if not headers.is_readable:
            return _text(400, "The headers of this request are not those of AS2.")
        return _text(403, "The sender or the receiver of this AS2 message is not known here.")

    def _of_mdn(self, headers: As2Headers, body: Body) -> Answer:
        channel = self._channel(headers)
        if channel is None or body.size_bytes > _MDN_BYTES:
            log.warning("as2-receipt-refused", as2_from=_shown(headers.as2_from), as2_to=_shown(headers.as2_to))
            return _text(400, "This receipt is about nothing that is known here.")
        verdict = channel.take_mdn(headers.raw, Octets(body.file, 0, body.size_bytes).read())
        outcome = "unknown" if verdict is None else str(verdict.outcome)
        is_fine = verdict is not None and verdict.outcome in (Outcome.DELIVERED, Outcome.DELIVERED_WITH_WARNING)
        told = log.info if is_fine else log.warning
        told(
            "as2-receipt",
            partner=channel.partner,
            outcome=outcome,
            findings=[] if verdict is None else [finding.code for finding in verdict.findings],
        )
        if verdict is None or verdict.outcome is Outcome.UNUSABLE:
            return _text(400, "This receipt is about nothing that is known here, or is not to be believed.")
        return Answer(200)

    def _is_mdn(self, headers: As2Headers, body: Body) -> bool:
        """Return whether a body is a receipt: by its type, or that of what is signed in it."""
        fields = content_fields(headers.raw)
        octets = Octets(body.file, 0, body.size_bytes)
        kind = fields.content_type
        if kind.value == _REPORT:
            return kind.parameters.get("report-type", "").lower() == "disposition-notification"
        if kind.value != "multipart/signed" or body.size_bytes > _MDN_BYTES:
            return False
        try:
            whole = Entity(fields, octets, octets)
            signed = parts_of(whole.body, kind.parameters.get("boundary", ""), 2)[0]
            return entity_of(signed, Limits()).fields.content_type.value == _REPORT
        except (RefusedError, IndexError):
            return False

    def _channel(self, headers: As2Headers) -> As2Transport | None:
        """Return the channel between these two names, None when there is none."""
        for transport in list(self._transports.values()):
            if isinstance(transport, As2Transport):
                options = transport.options
                if (options.as2_id, options.company_as2_id) == (headers.as2_from, headers.as2_to):
                    return transport
        return None

    def _tell(self, transmission: ReceivedTransmission, opened: Opened) -> None:
        told = log.warning if transmission.code else log.info
        told(
            "as2-refused" if transmission.code else "as2-received",
            partner=transmission.partner,
            message_id=_shown(transmission.message_id),
            code=transmission.code,
            disposition=str(opened.disposition),
            findings=[finding.code for finding in transmission.findings],
            payloads=len(transmission.payloads),
            size_bytes=transmission.body_bytes,
        )


def busy() -> Answer:
    """Return the answer when nothing can be stored: the partner keeps its bytes and posts them again."""
    return Answer(503, (_TEXT, (b"Retry-After", _BUSY_SECONDS)), b"Not now; please post it again later.\n")


def _answered(kept: KnownTransmission, *, is_refused: bool) -> Answer:
    if kept.mdn is not None and not kept.is_mdn_posted:
        return Answer(200, kept.mdn.headers, kept.mdn.body)
    if is_refused and kept.mdn is None:
        return _text(400, "This AS2 message was refused.")
    return Answer(200)


def _text(status: int, words: str) -> Answer:
    return Answer(status, (_TEXT,), f"{words}\n".encode())


def _refused(disposition: Disposition) -> Opened:
    return Opened((), disposition, None, Evidence())


def _conflicting(opened: Opened) -> Opened:
    """Return a transmission as refused because its Message-ID belongs to another one."""
    if not opened.is_accepted:
        return opened
    finding = Finding("AS2-MESSAGE-ID", "Its Message-ID was used before, for another content; nothing of it was taken.")
    return Opened((), UNEXPECTED_ERROR, opened.mic, opened.evidence, (*opened.findings, finding))


def _is_conflict(opened: Opened) -> bool:
    return any(finding.code == "AS2-MESSAGE-ID" for finding in opened.findings)


def _sentence(channel: As2Transport, findings: tuple[Finding, ...]) -> str:
    reasons = " ".join(finding.sentence for finding in findings if finding.refuses)
    return f"What {channel.partner} sent by AS2 was refused, and they were told so: {reasons}"


def _evidence(headers: As2Headers, opened: Opened, body: Body, peer: str) -> dict[str, str]:
    evidence = opened.evidence
    facts = {
        "as2_from": headers.as2_from,
        "as2_to": headers.as2_to,
        "message_id": headers.message_id,
        "peer": peer,
        "body_sha256": body.sha256,
        "signed_by": evidence.signed_by,
        "signature": evidence.signature,
        "signed_at": "" if evidence.signed_at is None else evidence.signed_at.isoformat(),
        "encrypted_to": evidence.encrypted_to,
        "encryption": evidence.encryption,
        "compressed": evidence.compressed,
        "mic": "" if opened.mic is None else str(opened.mic),
        "disposition": str(opened.disposition),
    }
    return {name: value for name, value in facts.items() if value}


def _sha256(payload: Payload) -> str:
    digest = hashlib.sha256()
    for chunk in payload.content.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _shown(value: str) -> str:
    """Return a stranger's words as they may stand in a log."""
    return ascii(value)[1:-1][:_SHOWN]
