"""Writing a transmission: compressed, signed, encrypted as asked, with the headers to post it under.

Written once and kept: every try posts the same bytes under the same Message-ID. Lengths are definite (DER) throughout, since not every
partner reads BER; so each layer is written to scratch before the next one states its length.

Source: RFC 4130, RFC 5402, RFC 6362, RFC 2183, RFC 2231.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from urllib.parse import quote

from gateway.transports.as2.algorithms import CIPHERS, DIGESTS, KEY_TRANSPORTS, PKCS1, PSS, Digest
from gateway.transports.as2.compressed import deflated
from gateway.transports.as2.enveloped import encrypted
from gateway.transports.as2.headers import quoted_name
from gateway.transports.as2.octets import Joined, Octets, spooled
from gateway.transports.as2.signed import digests, signed_data
from gateway.transports.as2.values import CodecError, Evidence, Mic, OutgoingPayload, RawHeaders, Sealed, Sending

_LINE_BYTES = 57  # of which base64 makes 76 characters
_COMPRESSED_FIELDS = (
    b"Content-Type: application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z\r\n"
    b"Content-Transfer-Encoding: binary\r\n"
    b"Content-Disposition: attachment; filename=smime.p7z\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class MimeEntity:
    """An entity that is being written: fields with the blank line after them, and body."""

    fields: bytes
    body: Joined

    @property
    def whole(self) -> Joined:
        """Return fields and body."""
        return Joined((Octets.of(self.fields), *self.body.stretches))


def write_as2(payloads: Sequence[OutgoingPayload], sending: Sending) -> Sealed:
    """Return the transmission that carries `payloads`.

    Raises:
        CodecError: the terms or the standard do not allow what is asked for; the sentence says what.
    """
    _check(payloads, sending)
    try:
        return _sealed(payloads, sending)
    except ValueError as reason:  # a digest too long for a short RSA key; GCM over more than it may
        raise CodecError(f"It cannot be signed or encrypted so: {reason}") from reason


def _sealed(payloads: Sequence[OutgoingPayload], sending: Sending) -> Sealed:
    digest = DIGESTS[sending.digest]
    # What lies open on the wire goes by its headers alone, so a MIC over it leaves them out.
    is_bare = sending.sign_with is None and sending.encrypt_to is None and not sending.compress
    entity = _payload_entity(payloads, sending)
    payload_header = entity.fields if len(payloads) == 1 else b""
    micked = entity.body if is_bare else entity.whole
    if sending.compress == "before-signing":
        entity = _compressed(entity, sending)
        micked = entity.whole if sending.sign_with else micked
    mic = Mic(digests(micked.chunks(), [digest])[digest.name], digest.name)
    if sending.sign_with is not None:
        entity = _signed(entity, mic.digest, digest, sending)
    if sending.compress == "after-signing":
        entity = _compressed(entity, sending)
    if sending.encrypt_to is not None:
        structure = encrypted(
            entity.whole, sending.encrypt_to, CIPHERS[sending.cipher], sending.key_transport, sending.scratch
        )
        kind = b"authEnveloped-data" if CIPHERS[sending.cipher].is_authenticated else b"enveloped-data"
        entity = MimeEntity(
            b"Content-Type: application/pkcs7-mime; smime-type=" + kind + b"; name=smime.p7m\r\n"
            b"Content-Transfer-Encoding: binary\r\n"
            b"Content-Disposition: attachment; filename=smime.p7m\r\n\r\n",
            Joined((structure,)),
        )
    stretches = entity.body.stretches
    body = stretches[0] if len(stretches) == 1 else spooled(entity.body.chunks(), sending.scratch)
    return Sealed(_headers(entity, sending), body, mic, payload_header, _evidence(sending))


def _check(payloads: Sequence[OutgoingPayload], sending: Sending) -> None:
    def refuse(sentence: str) -> None:
        raise CodecError(sentence)

    if not payloads:
        refuse("There is nothing to send.")
    for name, known in (
        (sending.digest, DIGESTS),
        (sending.cipher, CIPHERS),
        (sending.key_transport, KEY_TRANSPORTS),
        (sending.signature, (PKCS1, PSS)),
        (sending.compress, ("", "before-signing", "after-signing")),
        (sending.receipt, ("", "signed", "unsigned")),
    ):
        if name not in known:
            refuse(f"{name!r} is none of {', '.join(repr(one) for one in known)}.")
    legacy = [DIGESTS[sending.digest].is_legacy and sending.digest]
    legacy += [sending.encrypt_to is not None and CIPHERS[sending.cipher].is_legacy and sending.cipher]
    if any(legacy) and not sending.terms.is_legacy:
        refuse(f"{next(filter(None, legacy))} is only for a partner whose profile says legacy.")
    if any("\r" in text or "\n" in text or not text.isascii() for text in _texts(payloads, sending)):
        refuse("A header would hold a line break or what is not ASCII.")
    for one in payloads:
        if one.transfer_encoding not in ("binary", "base64"):
            refuse(f"{one.transfer_encoding!r} is none of 'binary', 'base64'.")
    for key, purpose in ((sending.sign_with, "signing"), (sending.encrypt_to, "encryption")):
        trouble = key.trouble_with_dates(sending.now) if key is not None else ""
        if trouble and not sending.terms.accepts_expired:
            refuse(f"The certificate for {purpose} {trouble}.")
    try:
        quoted_name(sending.as2_from), quoted_name(sending.as2_to)
    except ValueError as reason:
        raise CodecError(f"{reason}.") from None


def _texts(payloads: Sequence[OutgoingPayload], sending: Sending) -> list[str]:
    return [
        sending.message_id,
        sending.subject,
        sending.receipt_url,
        sending.notification_to,
        sending.version,
        sending.digest_spelling,
        sending.features,
        *(payload.content_type for payload in payloads),
    ]


def _payload_entity(payloads: Sequence[OutgoingPayload], sending: Sending) -> MimeEntity:
    entities = [_one_payload(payload, sending) for payload in payloads]
    if len(entities) == 1:
        return entities[0]
    kind = payloads[0].content_type.partition(";")[0].strip()
    return _multipart(f'multipart/related; type="{kind}"', entities)


def _one_payload(payload: OutgoingPayload, sending: Sending) -> MimeEntity:
    fields = (
        f"Content-Type: {payload.content_type}\r\nContent-Transfer-Encoding: {payload.transfer_encoding}\r\n".encode()
    )
    if payload.filename:
        fields += b"Content-Disposition: attachment; " + filename_parameter(payload.filename) + b"\r\n"
    content = payload.content
    if payload.transfer_encoding == "base64":
        content = spooled(_base64_lines(content), sending.scratch)
    return MimeEntity(fields + b"\r\n", Joined((content,)))


def filename_parameter(name: str) -> bytes:
    """Return the parameter of Content-Disposition for a file name: RFC 2183, or RFC 2231 where it is not ASCII."""
    if name.isascii() and name.isprintable():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'filename="{escaped}"'.encode()
    return b"filename*=utf-8''" + quote(name, safe="").encode()


def _base64_lines(content: Octets) -> Iterator[bytes]:
    for chunk in content.chunks(_LINE_BYTES * 4_096):
        yield base64.encodebytes(chunk).replace(b"\n", b"\r\n")


def _multipart(content_type: str, entities: Sequence[MimeEntity]) -> MimeEntity:
    boundary = f"=-{secrets.token_hex(16)}"
    stretches: list[Octets] = []
    start = b"--" + boundary.encode() + b"\r\n"
    for entity in entities:
        stretches += [Octets.of(start + entity.fields), *entity.body.stretches]
        start = b"\r\n--" + boundary.encode() + b"\r\n"
    stretches.append(Octets.of(b"\r\n--" + boundary.encode() + b"--\r\n"))
    return MimeEntity(f'Content-Type: {content_type}; boundary="{boundary}"\r\n\r\n'.encode(), Joined(tuple(stretches)))


def _compressed(entity: MimeEntity, sending: Sending) -> MimeEntity:
    return MimeEntity(_COMPRESSED_FIELDS, deflated(entity.whole, sending.scratch))


def _signed(entity: MimeEntity, content_digest: bytes, digest: Digest, sending: Sending) -> MimeEntity:
    assert sending.sign_with is not None  # noqa: S101 - the caller asked
    structure = signed_data(content_digest, sending.sign_with, digest, sending.signature, sending.now)
    return signed_entity(entity, structure, sending.digest_spelling or digest.name)


def signed_entity(entity: MimeEntity, structure: bytes, micalg: str) -> MimeEntity:
    """Return a multipart/signed of an entity and the SignedData over it; `micalg` is the digest as written there."""
    signature = MimeEntity(
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename=smime.p7s\r\n\r\n",
        Joined((Octets.of(base64.encodebytes(structure).replace(b"\n", b"\r\n").rstrip()),)),
    )
    kind = f'multipart/signed; protocol="application/pkcs7-signature"; micalg={micalg}'
    return _multipart(kind, (entity, signature))


def _headers(entity: MimeEntity, sending: Sending) -> RawHeaders:
    pairs = [
        ("AS2-Version", sending.version),
        ("AS2-From", quoted_name(sending.as2_from)),
        ("AS2-To", quoted_name(sending.as2_to)),
        ("Message-ID", sending.message_id),
        ("Date", format_datetime(sending.now)),
        ("Subject", sending.subject),
        ("MIME-Version", "1.0"),
        ("EDIINT-Features", sending.features),
    ]
    if sending.receipt:
        pairs.append(("Disposition-Notification-To", sending.notification_to))
    if sending.receipt == "signed":
        spelling = sending.digest_spelling or sending.digest
        wish = f"signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, {spelling}"
        pairs.append(("Disposition-Notification-Options", wish))
    if sending.receipt and sending.receipt_url:
        pairs.append(("Receipt-Delivery-Option", sending.receipt_url))
    raw = [(name.encode(), value.encode()) for name, value in pairs if value]
    return (*raw, *http_fields(entity.fields))


def http_fields(block: bytes) -> RawHeaders:
    """Return a block of MIME fields, which are ours and not folded, as HTTP headers."""
    found = []
    for line in block.split(b"\r\n"):
        name, colon, value = line.partition(b": ")
        if colon:
            found.append((name, value))
    return tuple(found)


def _evidence(sending: Sending) -> Evidence:
    signed = sending.sign_with
    to = sending.encrypt_to
    return Evidence(
        signed_by=signed.fingerprint if signed else "",
        signature=f"{sending.digest} {sending.signature}" if signed else "",
        signed_at=sending.now if signed else None,
        encrypted_to=to.fingerprint if to else "",
        encryption=f"{sending.cipher} {sending.key_transport}" if to else "",
        compressed=sending.compress,
    )
