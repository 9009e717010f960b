"""Encryption: EnvelopedData with CBC, AuthEnvelopedData with GCM, keys transported by RSA.

The structure is walked once without its content, which may be a gigabyte, then a second time with it. A key that does not decrypt is
replaced by a random one and reading goes on, and so does it after a wrong padding: the caller reads on and says at the end that it
did not decrypt. So nothing that comes back tells a wrong key from a wrong padding, or a right padding from a wrong one.

Source: RFC 5652 section 6, RFC 5083, RFC 5084, RFC 3218 section 2.3.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import CBC, GCM
from cryptography.hazmat.primitives.padding import PKCS7

from gateway.transports.as2 import algorithms, ber
from gateway.transports.as2.algorithms import ContentCipher
from gateway.transports.as2.ber import Element, Reader, der, der_header
from gateway.transports.as2.certificates import KeyName, OwnKey, PinnedCertificate, named_by
from gateway.transports.as2.dispositions import DECRYPTION_FAILED
from gateway.transports.as2.octets import Joined, Octets, Scratch, spooled
from gateway.transports.as2.refusals import RefusedError
from gateway.transports.as2.signed import dated, key_name
from gateway.transports.as2.values import Receiving
from translators.findings import Finding

_NONCE_BYTES = 12
_TAG_BYTES = 16
_GCM_BYTES = 2**36 - 32  # NIST SP 800-38D


@dataclass(frozen=True, slots=True)
class Recipient:
    """A key that was encrypted to somebody."""

    name: KeyName
    algorithm: Element
    encrypted_key: bytes


@dataclass(frozen=True, slots=True)
class Enveloped:
    """An encrypted structure, without its content.

    Args:
        content_at: where the encrypted content starts in the structure.
        initial: initialization vector or nonce.
        tag: of GCM; b"" for CBC.
        attributes: DER of the authenticated attributes, b"" for none.
    """

    recipients: tuple[Recipient, ...]
    cipher: ContentCipher
    initial: bytes
    content_at: int
    tag: bytes
    attributes: bytes


@dataclass(frozen=True, slots=True)
class Decrypted:
    """Plain bytes, and how they were encrypted.

    Args:
        is_padded: False when the padding of CBC is wrong; then nothing of it may go on, and nobody may be told that sooner than any
            other mistake.
    """

    content: Octets
    key: OwnKey
    encryption: str
    is_authenticated: bool
    is_padded: bool
    findings: tuple[Finding, ...]


def decrypted(structure: Octets, receiving: Receiving) -> Decrypted:
    """Return what is in an encrypted structure.

    Raises:
        RefusedError: with DECRYPTION_FAILED whatever the cause; AS2-ASN1, AS2-ALGORITHM, AS2-RECIPIENT-UNKNOWN,
            AS2-CERTIFICATE-DATES, AS2-DECRYPTION.
    """
    try:
        return _decrypted(structure, receiving)
    except RefusedError as refusal:
        refusal.disposition = DECRYPTION_FAILED
        raise


def _decrypted(structure: Octets, receiving: Receiving) -> Decrypted:
    depth = receiving.limits.asn1_depth
    enveloped = _read(structure, receiving)
    if enveloped.cipher.is_legacy and not receiving.terms.is_legacy:
        raise RefusedError(
            "AS2-ALGORITHM", f"It is encrypted by {enveloped.cipher.name}, which the partner's profile does not allow."
        )
    pairs = [
        (recipient, key) for recipient in enveloped.recipients for key in named_by(recipient.name, receiving.own_keys)
    ]
    if not pairs:
        raise RefusedError(
            "AS2-RECIPIENT-UNKNOWN",
            "It is encrypted to a certificate that is none of ours.",
            value=", ".join(f"{one.name.serial_number:x}" for one in enveloped.recipients),
        )
    # A key that is out of its dates is the last resort, and then refused by name.
    recipient, key = min(pairs, key=lambda pair: bool(pair[1].trouble_with_dates(receiving.now)))
    findings = dated(key, receiving.now, receiving.terms, "encrypted")
    transport, content_key = _content_key(recipient, key, enveloped.cipher, depth)
    reader = Reader(structure, receiving.limits, enveloped.content_at)
    decipher = _gcm if enveloped.cipher.is_authenticated else _cbc
    content = spooled(decipher(reader, enveloped, content_key), receiving.scratch)
    is_padded = True
    if not enveloped.cipher.is_authenticated:
        last = content.part(max(0, content.size_bytes - enveloped.cipher.block_bytes)).read()
        is_padded = last[-1:] != b"\0" and last.endswith(last[-1:] * last[-1])
        content = content.part(0, content.size_bytes - last[-1]) if is_padded else content
    encryption = f"{enveloped.cipher.name} {transport}"
    return Decrypted(content, key, encryption, enveloped.cipher.is_authenticated, is_padded, tuple(findings))


def _read(structure: Octets, receiving: Receiving) -> Enveloped:
    limits = receiving.limits
    depth = limits.asn1_depth
    reader = Reader(structure, limits)
    reader.enter(ber.SEQUENCE)
    kind = reader.small().oid()
    if kind not in (algorithms.ENVELOPED_DATA, algorithms.AUTH_ENVELOPED_DATA):
        raise RefusedError("AS2-ASN1", "The part that should be encrypted is not.", value=kind.hex())
    reader.enter(0xA0)
    reader.enter(ber.SEQUENCE)
    _check_version(reader.small())
    if reader.tag() == 0xA0:  # originatorInfo: certificates that nobody needs
        reader.skip()
    recipients = _recipients(reader.small(), depth, limits.recipients)
    reader.enter(ber.SEQUENCE)
    if reader.small().oid() != algorithms.DATA:
        raise RefusedError("AS2-ASN1", "The encrypted content is of another kind than data.")
    algorithm, parameters = algorithms.read_identifier(reader.small(), depth)
    cipher = algorithms.CIPHERS_BY_OID.get(algorithm)
    if cipher is None or cipher.is_authenticated != (kind == algorithms.AUTH_ENVELOPED_DATA):
        raise RefusedError("AS2-ALGORITHM", "The content cipher is none that is accepted.", value=algorithm.hex())
    content_at = reader.at
    if reader.tag() not in (0x80, 0xA0):
        raise RefusedError("AS2-ASN1", "The encrypted structure has no content.")
    reader.skip()
    reader.leave()
    tag = attributes = b""
    initial = _initial(cipher, parameters, depth)
    if cipher.is_authenticated:
        if reader.tag() == 0xA1:
            attributes = bytes((ber.SET,)) + ber.definite(reader.small(), depth)[1:]
        tag = reader.small().joined_octets(depth)
        if not 12 <= len(tag) <= _TAG_BYTES or len(tag) != _tag_bytes(parameters, depth):
            raise RefusedError("AS2-ASN1", "The authentication tag has a length that cannot be.")
    if reader.tag() in (0xA1, 0xA2):  # unprotectedAttrs, unauthAttrs: nobody vouches for them
        reader.skip()
    reader.leave()
    reader.leave()
    reader.leave()
    reader.finish()
    return Enveloped(recipients, cipher, initial, content_at, tag, attributes)


def _recipients(one: Element, depth: int, bound: int) -> tuple[Recipient, ...]:
    infos = one.children(depth)
    if one.tag != ber.SET or len(infos) > bound:
        raise RefusedError("AS2-LIMIT", f"It is encrypted to nobody, or to more than {bound} recipients.")
    found = []
    for info in infos:
        if info.tag != ber.SEQUENCE:
            continue  # key agreement, passwords: not with RSA certificates
        parts = info.children(depth)
        if len(parts) != 4:
            raise RefusedError("AS2-ASN1", "A recipient of the encrypted structure is malformed.")
        _check_version(parts[0])
        found.append(Recipient(key_name(parts[1], depth), parts[2], parts[3].joined_octets(depth)))
    return tuple(found)


def _check_version(one: Element) -> None:
    if one.integer() not in (0, 2, 3, 4):  # RFC 5652, 6.1 and 6.2.1: which one depends on parts that are not used here
        raise RefusedError("AS2-ASN1", "A CMS structure has a version that cannot be.")


def _initial(cipher: ContentCipher, parameters: Element | None, depth: int) -> bytes:
    if parameters is None:
        raise RefusedError("AS2-ASN1", "The content cipher has no initialization vector.")
    if cipher.is_authenticated:
        first = parameters.children(depth)[:1]
        initial = first[0].joined_octets(depth) if first else b""
        is_right = 8 <= len(initial) <= 64
    else:
        initial = parameters.joined_octets(depth)
        is_right = len(initial) == cipher.block_bytes
    if not is_right:
        raise RefusedError("AS2-ASN1", "The initialization vector has a length that cannot be.")
    return initial


def _tag_bytes(parameters: Element | None, depth: int) -> int:
    parts = parameters.children(depth) if parameters is not None else []
    return parts[1].integer() if len(parts) > 1 else 12  # the default of RFC 5084


def _content_key(recipient: Recipient, key: OwnKey, cipher: ContentCipher, depth: int) -> tuple[str, bytes]:
    name, pad = algorithms.key_transport(recipient.algorithm, depth)
    try:
        content_key = key.private_key.decrypt(recipient.encrypted_key, pad)
    except ValueError:
        content_key = b""
    if len(content_key) != cipher.key_bytes:
        content_key = os.urandom(cipher.key_bytes)
    return name, content_key


def _gcm(reader: Reader, enveloped: Enveloped, content_key: bytes) -> Iterator[bytes]:
    mode = GCM(enveloped.initial, min_tag_length=12)
    context = Cipher(enveloped.cipher.algorithm(content_key), mode).decryptor()
    if enveloped.attributes:
        context.authenticate_additional_data(enveloped.attributes)
    for piece in reader.pieces(0x80):
        yield context.update(piece)
    try:
        yield context.finalize_with_tag(enveloped.tag)
    except InvalidTag:
        raise RefusedError("AS2-DECRYPTION", "It does not decrypt: the key or the content is wrong.") from None


def _cbc(reader: Reader, enveloped: Enveloped, content_key: bytes) -> Iterator[bytes]:
    context = Cipher(enveloped.cipher.algorithm(content_key), CBC(enveloped.initial)).decryptor()
    size = 0
    try:
        for piece in reader.pieces(0x80):
            size += len(piece)
            yield context.update(piece)
        yield context.finalize()
    except ValueError:
        size = 0
    if not size:
        raise RefusedError("AS2-DECRYPTION", "The encrypted content is cut off.")


def encrypted(
    content: Joined, to: PinnedCertificate, cipher: ContentCipher, transport: str, scratch: Scratch
) -> Octets:
    """Return `content` as EnvelopedData, or AuthEnvelopedData for GCM, in DER, in a scratch file."""
    content_key = os.urandom(cipher.key_bytes)
    pad, transport_algorithm = algorithms.new_padding(transport)
    recipient = der(
        ber.SEQUENCE,
        ber.der_integer(0),
        der(ber.SEQUENCE, to.issuer, ber.der_integer(to.serial_number)),
        transport_algorithm,
        der(ber.OCTET_STRING, to.public_key.encrypt(content_key, pad)),
    )
    if cipher.is_authenticated:
        chunks, parameters, size, trailer_bytes = _gcm_chunks(content, cipher, content_key)
        kind = algorithms.AUTH_ENVELOPED_DATA
    else:
        chunks, parameters, size, trailer_bytes = _cbc_chunks(content, cipher, content_key)
        kind = algorithms.ENVELOPED_DATA
    before = der(ber.OBJECT_IDENTIFIER, algorithms.DATA) + algorithms.identifier(cipher.oid, parameters)
    content_header = der_header(0x80, size)
    inner = der_header(ber.SEQUENCE, len(before) + len(content_header) + size) + before + content_header
    head = ber.der_integer(0) + der(ber.SET, recipient) + inner
    sequence = der_header(ber.SEQUENCE, len(head) + size + trailer_bytes) + head
    explicit = der_header(0xA0, len(sequence) + size + trailer_bytes) + sequence
    named = der(ber.OBJECT_IDENTIFIER, kind) + explicit
    outer = der_header(ber.SEQUENCE, len(named) + size + trailer_bytes) + named

    def written() -> Iterator[bytes]:
        yield outer
        yield from chunks

    return spooled(written(), scratch)


_Layer = tuple[
    Iterator[bytes], bytes, int, int
]  # encrypted chunks, DER of the parameters, content bytes, bytes after the content


def _gcm_chunks(content: Joined, cipher: ContentCipher, content_key: bytes) -> _Layer:
    if content.size_bytes > _GCM_BYTES:
        raise ValueError("GCM encrypts less than 64 GiB at a time")
    nonce = os.urandom(_NONCE_BYTES)
    context = Cipher(cipher.algorithm(content_key), GCM(nonce)).encryptor()

    def chunks() -> Iterator[bytes]:
        for chunk in content.chunks():
            yield context.update(chunk)
        yield context.finalize()
        yield der(ber.OCTET_STRING, context.tag)

    parameters = der(ber.SEQUENCE, der(ber.OCTET_STRING, nonce), ber.der_integer(_TAG_BYTES))
    return chunks(), parameters, content.size_bytes, 2 + _TAG_BYTES


def _cbc_chunks(content: Joined, cipher: ContentCipher, content_key: bytes) -> _Layer:
    initial = os.urandom(cipher.block_bytes)
    context = Cipher(cipher.algorithm(content_key), CBC(initial)).encryptor()
    padder = PKCS7(cipher.block_bytes * 8).padder()

    def chunks() -> Iterator[bytes]:
        for chunk in content.chunks():
            yield context.update(padder.update(chunk))
        yield context.update(padder.finalize()) + context.finalize()

    size = content.size_bytes + cipher.block_bytes - content.size_bytes % cipher.block_bytes
    return chunks(), der(ber.OCTET_STRING, initial), size, 0
