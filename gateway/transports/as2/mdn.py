"""Receipts: written for what we opened, read and judged for what we sent.

A receipt is believed when its signature holds over the report itself, it names what we sent, and comes from whom we sent it to.
Whatever else it is, it changes nothing, and the true receipt stays due.

Source: RFC 4130 section 7, RFC 8098, RFC 3462.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from email.utils import format_datetime
from io import BytesIO
from typing import BinaryIO

from gateway.transports.as2.algorithms import DIGESTS, PKCS1, Digest, digest_spelled
from gateway.transports.as2.dispositions import (
    SENTENCES,
    UNEXPECTED_ERROR,
    UNSUPPORTED_FORMAT,
    read_disposition,
)
from gateway.transports.as2.headers import content_fields, quoted_name, read_headers
from gateway.transports.as2.message import verified_slice
from gateway.transports.as2.mic import explained_mic, is_allowed, read_mic
from gateway.transports.as2.mime import Entity, Fields, decoded, entity_of, fields_of, parts_of
from gateway.transports.as2.octets import Joined, Octets
from gateway.transports.as2.refusals import RefusedError, warning
from gateway.transports.as2.sealing import MimeEntity, http_fields, signed_entity
from gateway.transports.as2.signed import digests, signed_data
from gateway.transports.as2.values import (
    Answering,
    As2Headers,
    Evidence,
    Mdn,
    Mic,
    Opened,
    Outcome,
    RawHeaders,
    ReadMdn,
    Receiving,
    Sent,
    Verdict,
    WrittenMdn,
)
from translators.findings import Finding

_NOBODY = "unknown"  # for the name that the transmission did not state
_TEXT_CHARACTERS = 2_000
_REPORT_PARTS = 3
_NOTIFICATION = "message/disposition-notification"


def write_mdn(headers: As2Headers, opened: Opened, answering: Answering) -> WrittenMdn | None:
    """Return the receipt for a transmission, None when none is asked for."""
    request = headers.receipt
    if request is None:
        return None
    fields = _report_fields(headers, opened, answering)
    entity = _report(answering.text or SENTENCES.get(opened.disposition, SENTENCES[UNEXPECTED_ERROR]), fields)
    key = answering.sign_with if request.wants_signature and opened.disposition != UNSUPPORTED_FORMAT else None
    if key is not None:
        digest = _receipt_digest(headers, opened, answering)
        content_digest = digests(entity.whole.chunks(), [digest])[digest.name]
        structure = signed_data(content_digest, key, digest, PKCS1, answering.now)
        entity = signed_entity(entity, structure, _spelling(headers, digest))
    raw = _http_headers(headers, answering) + http_fields(entity.fields)
    return WrittenMdn(raw, b"".join(entity.body.chunks()), opened.disposition)


def _receipt_digest(headers: As2Headers, opened: Opened, answering: Answering) -> Digest:
    if opened.mic is not None:
        return DIGESTS[opened.mic.algorithm]
    listed = headers.receipt.mic_algorithms if headers.receipt else ()
    for spelling in listed:
        digest = digest_spelled(spelling)
        if digest is not None and is_allowed(digest, answering.terms):
            return digest
    return DIGESTS["sha-256"]


def _spelling(headers: As2Headers, digest: Digest) -> str:
    """Return the digest's name as the partner spelled it."""
    listed = headers.receipt.mic_algorithms if headers.receipt else ()
    return next((spelling for spelling in listed if digest_spelled(spelling) is digest), digest.name)


def _report_fields(headers: As2Headers, opened: Opened, answering: Answering) -> str:
    recipient = headers.as2_to or _NOBODY
    lines = [
        f"Reporting-UA: {answering.reporting_agent}",
        f"Original-Recipient: rfc822; {quoted_name(recipient)}",
        f"Final-Recipient: rfc822; {quoted_name(recipient)}",
    ]
    if headers.message_id:
        lines.append(f"Original-Message-ID: {headers.message_id}")
    lines.append(f"Disposition: {opened.disposition}")
    if opened.mic is not None:
        lines.append(f"Received-Content-MIC: {opened.mic}")
    return "\r\n".join(lines) + "\r\n"


def _report(text: str, fields: str) -> MimeEntity:
    boundary = f"=-{secrets.token_hex(16)}"
    body = (
        f"--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
        f"\r\n--{boundary}\r\nContent-Type: {_NOTIFICATION}\r\nContent-Transfer-Encoding: 7bit\r\n\r\n{fields}"
        f"\r\n--{boundary}--\r\n"
    )
    kind = f'multipart/report; report-type=disposition-notification; boundary="{boundary}"'
    return MimeEntity(f"Content-Type: {kind}\r\n\r\n".encode(), Joined((Octets.of(body.encode()),)))


def _http_headers(headers: As2Headers, answering: Answering) -> RawHeaders:
    pairs = [
        ("AS2-Version", "1.2"),
        ("AS2-From", quoted_name(headers.as2_to or _NOBODY)),
        ("AS2-To", quoted_name(headers.as2_from or _NOBODY)),
        ("Message-ID", answering.message_id),
        ("Date", format_datetime(answering.now)),
        ("Subject", "Message Disposition Notification"),
        ("MIME-Version", "1.0"),
    ]
    return tuple((name.encode(), value.encode()) for name, value in pairs)


def read_mdn(raw: Iterable[tuple[bytes, bytes]], body: BinaryIO | bytes, receiving: Receiving) -> ReadMdn:
    """Return what a receipt says. Raises nothing for what the partner sent.

    Args:
        raw: headers of the answer, or of the request that an asynchronous receipt came by.
        body: as received.
        receiving: `partner_certificates` are those that sign receipts.
    """
    headers = read_headers(raw)
    octets = Octets.whole(BytesIO(body) if isinstance(body, bytes) else body)
    try:
        mdn, evidence, findings = _read(Entity(content_fields(headers.raw), octets, octets), receiving)
    except RefusedError as refusal:
        return ReadMdn(None, Evidence(), headers, (refusal.finding,))
    return ReadMdn(mdn, evidence, headers, tuple(findings))


def _read(entity: Entity, receiving: Receiving) -> tuple[Mdn, Evidence, list[Finding]]:
    limits = receiving.limits
    if entity.body.size_bytes > limits.mdn_bytes:
        raise RefusedError("AS2-LIMIT", f"The receipt is larger than {limits.mdn_bytes:,} bytes.")
    if entity.fields.content_type.value != "multipart/signed":
        return _mdn(entity, receiving), Evidence(), []
    content, evidence, _, findings = verified_slice(entity, receiving)
    return _mdn(entity_of(content, limits), receiving), evidence, findings


def _mdn(entity: Entity, receiving: Receiving) -> Mdn:
    """Return the fields of a multipart/report: of that one, not of something inside it."""
    limits = receiving.limits
    content_type = entity.fields.content_type
    kind = content_type.parameters.get("report-type", "").lower()
    if content_type.value != "multipart/report" or kind != "disposition-notification":
        raise RefusedError("AS2-MDN", "What came is no receipt.", value=content_type.value)
    parts = parts_of(entity.body, content_type.parameters.get("boundary", ""), _REPORT_PARTS)
    entities = [entity_of(part, limits) for part in parts]
    reports = [one for one in entities if one.fields.content_type.value == _NOTIFICATION]
    if len(reports) != 1:
        raise RefusedError("AS2-MDN", f"The receipt has {len(reports)} reports; one is due.")
    body = decoded(reports[0].body, reports[0].fields.transfer_encoding, receiving.scratch)
    if body.size_bytes > limits.header_bytes:
        raise RefusedError("AS2-LIMIT", f"The report is longer than {limits.header_bytes:,} bytes.")
    lines = [line for line in body.read().splitlines() if line.strip()]
    return _fields_of_report(fields_of(b"\r\n".join(lines), limits), _text(entities, receiving))


def _fields_of_report(fields: Fields, text: str) -> Mdn:
    recipient = fields.get("final-recipient").partition(";")[2].strip()
    return Mdn(
        original_message_id=fields.get("original-message-id"),
        disposition=read_disposition(fields.get("disposition")),
        mic=read_mic(fields.get("received-content-mic")),
        final_recipient=re.sub(r"\\(.)", r"\1", recipient[1:-1]) if re.fullmatch(r'".*"', recipient) else recipient,
        reporting_agent=fields.get("reporting-ua"),
        text=text,
    )


def _text(entities: list[Entity], receiving: Receiving) -> str:
    for one in entities:
        if one.fields.content_type.value == "text/plain":
            body = decoded(one.body, one.fields.transfer_encoding, receiving.scratch)
            return body.at(0, 4 * _TEXT_CHARACTERS).decode("utf-8", "replace").strip()[:_TEXT_CHARACTERS]
    return ""


def judge_mdn(
    receipt: ReadMdn, sent: Sent, receiving: Receiving, header: bytes = b"", content: Octets | None = None
) -> Verdict:
    """Return what a receipt means for what we sent.

    Args:
        header: `Sealed.payload_header`, and `content` what followed it: with them a finding says over what a wrong MIC would have been
            right. Without them a MIC by another algorithm than ours cannot be compared.
    """
    findings = list(receipt.findings)
    mdn = receipt.mdn
    if mdn is None:
        return Verdict(Outcome.UNUSABLE, tuple(findings))
    findings += _doubts(receipt, mdn, sent, receiving)
    if any(finding.refuses for finding in findings) or mdn.disposition is None:
        return Verdict(Outcome.UNUSABLE, tuple(findings))
    words = f"{mdn.disposition}"
    if not mdn.disposition.is_positive:
        findings.append(Finding("AS2-MDN-REFUSED", f"The partner refused it: {words}.", value=words[:200]))
        return Verdict(Outcome.REFUSED, tuple(findings))
    trouble = _mic_trouble(mdn.mic, sent, header, content)
    if trouble is not None:
        return Verdict(Outcome.MISMATCHED, (*findings, trouble))
    if mdn.disposition.modifier:
        findings.append(warning("AS2-MDN-WARNING", f"The partner took it with a warning: {words}.", words))
        return Verdict(Outcome.DELIVERED_WITH_WARNING, tuple(findings))
    return Verdict(Outcome.DELIVERED, tuple(findings))


def _doubts(receipt: ReadMdn, mdn: Mdn, sent: Sent, receiving: Receiving) -> list[Finding]:
    """Return why a receipt is not to be believed."""
    found = []
    if not receipt.evidence.signed_by and sent.is_receipt_signed and receiving.terms.requires_signed_receipts:
        found.append(Finding("AS2-MDN-UNSIGNED", "The receipt is not signed, as agreed it must be."))
    if bare_identifier(mdn.original_message_id) != bare_identifier(sent.message_id):
        found.append(
            Finding("AS2-MDN-OTHER", "The receipt is about another transmission.", value=mdn.original_message_id[:200])
        )
    for said, due in ((receipt.headers.as2_from, sent.as2_to), (receipt.headers.as2_to, sent.as2_from)):
        if said and said != due:
            found.append(
                Finding("AS2-MDN-OTHER", f"The receipt is not between {sent.as2_to} and us.", value=said[:200])
            )
    if mdn.disposition is None:
        found.append(Finding("AS2-MDN", "The receipt's disposition is not in the standard's form."))
    return found


def bare_identifier(message_id: str) -> str:  # house: the field is called Message-ID
    """Return a Message-ID without the angle brackets, which some leave out of their receipts."""
    return message_id.strip().removeprefix("<").removesuffix(">")


def _mic_trouble(mic: Mic | None, sent: Sent, header: bytes, content: Octets | None) -> Finding | None:
    if mic is None:
        return Finding("AS2-MIC-MISSING", "The receipt does not say what was received: it has no MIC that can be read.")
    if mic.algorithm == sent.mic.algorithm and hmac.compare_digest(mic.digest, sent.mic.digest):
        return None
    would = explained_mic(mic, header, content) if content is not None else ""
    if mic.algorithm != sent.mic.algorithm:
        if would == "over the content as sent, with its MIME fields":
            return None
        sentence = f"The receipt's MIC is by {mic.algorithm}; {sent.mic.algorithm} was asked for."
    else:
        sentence = "The receipt's MIC is not that of what was sent."
    if would:
        sentence += f" It was computed {would}."
    return Finding("AS2-MIC-DIFFERS", sentence, value=str(mic))
