"""Signatures: multipart/signed with a detached SignedData.

One signer, with signed attributes, known by a certificate that is pinned, over the bytes as they were received: anything else is
refused. Certificates that come along are not looked at.

Source: RFC 5652 section 5, RFC 8551 section 3.5, RFC 4130 section 2.4.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.transports.as2 import algorithms, ber
from gateway.transports.as2.algorithms import PSS, Digest
from gateway.transports.as2.ber import Element, der
from gateway.transports.as2.certificates import KeyName, OwnKey, PinnedCertificate, name_texts, named_by
from gateway.transports.as2.dispositions import AUTHENTICATION_FAILED, INTEGRITY_CHECK_FAILED, UNEXPECTED_ERROR
from gateway.transports.as2.refusals import RefusedError, note, warning
from gateway.transports.as2.terms import Limits, Terms
from translators.findings import Finding

_SIGNATURE_BYTES = 2_048  # RSA of 16,384 bits
_CLOCKS_APART_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """The one signer of a SignedData.

    Args:
        attributes: DER of the signed attributes as a SET: what the signature is over.
        content_digest: the messageDigest attribute.
        scheme: "rsa-pkcs1" or "rsa-pss".
    """

    name: KeyName
    digest: Digest
    attributes: bytes
    content_digest: bytes
    signed_at: datetime | None
    scheme: str
    padding: padding.AsymmetricPadding
    signature: bytes


def read_signer(structure: bytes, limits: Limits, terms: Terms) -> SignerInfo:
    """Return the signer of a detached SignedData.

    Raises:
        RefusedError: with AUTHENTICATION_FAILED; AS2-ASN1, AS2-SIGNERS, AS2-SIGNED-ATTRIBUTES, AS2-ALGORITHM.
    """
    try:
        return _signer(structure, limits.asn1_depth, terms)
    except RefusedError as refusal:
        if refusal.disposition is UNEXPECTED_ERROR:
            refusal.disposition = AUTHENTICATION_FAILED
        raise


def _signer(structure: bytes, depth: int, terms: Terms) -> SignerInfo:
    outer = ber.only(structure, depth).children(depth)
    if len(outer) != 2 or outer[0].oid() != algorithms.SIGNED_DATA or outer[1].tag != 0xA0:
        raise RefusedError("AS2-ASN1", "The signature part holds no SignedData.")
    parts = _first(outer[1].children(depth)).children(depth)
    if len(parts) < 4 or parts[0].tag != ber.INTEGER or parts[1].tag != ber.SET or parts[-1].tag != ber.SET:
        raise RefusedError("AS2-ASN1", "The SignedData is malformed.")
    content = parts[2].children(depth)
    if len(content) != 1 or content[0].oid() != algorithms.DATA:
        raise RefusedError(
            "AS2-SIGNED-CONTENT", "The signature part brings a content of its own, or one of another kind."
        )
    signers = parts[-1].children(depth)
    if len(signers) != 1:
        raise RefusedError(
            "AS2-SIGNERS", f"The signature has {len(signers)} signers; one is due.", value=str(len(signers))
        )
    return _signer_info(signers[0].children(depth), depth, terms)


def _signer_info(parts: list[Element], depth: int, terms: Terms) -> SignerInfo:
    if len(parts) >= 4 and parts[3].tag != 0xA0:
        raise RefusedError("AS2-SIGNED-ATTRIBUTES", "The signature has no signed attributes.")
    if not 6 <= len(parts) <= 7 or parts[0].tag != ber.INTEGER or (len(parts) == 7 and parts[6].tag != 0xA1):
        raise RefusedError("AS2-ASN1", "The SignerInfo is malformed.")
    digest = algorithms.known_digest(algorithms.read_identifier(parts[2], depth)[0])
    if digest.is_legacy and not terms.is_legacy:
        raise RefusedError(
            "AS2-ALGORITHM", f"The signature uses {digest.name}, which the partner's profile does not allow."
        )
    scheme, scheme_padding = algorithms.signature_scheme(parts[4], digest, depth)
    # RFC 5652, 5.4: signed is the SET, not the [0] that it travels under, and DER.
    attributes = ber.definite(parts[3], depth)
    attributes = bytes((ber.SET,)) + attributes[1:]
    values = _attributes(parts[3], depth)
    kind = values.get(algorithms.CONTENT_TYPE)
    stated = values.get(algorithms.MESSAGE_DIGEST)
    if kind is None or stated is None or kind.oid() != algorithms.DATA:
        raise RefusedError("AS2-SIGNED-ATTRIBUTES", "The signed attributes do not state the content's type and digest.")
    signature = parts[5].joined_octets(depth)
    if len(signature) > _SIGNATURE_BYTES:
        raise RefusedError("AS2-ASN1", "The signature is longer than any RSA key makes one.")
    return SignerInfo(
        name=key_name(parts[1], depth),
        digest=digest,
        attributes=attributes,
        content_digest=stated.joined_octets(depth),
        signed_at=_time(values.get(algorithms.SIGNING_TIME)),
        scheme=scheme,
        padding=scheme_padding,
        signature=signature,
    )


def _first(children: list[Element]) -> Element:
    if len(children) != 1:
        raise RefusedError("AS2-ASN1", "A CMS structure holds another number of values than one.")
    return children[0]


def _attributes(one: Element, depth: int) -> dict[bytes, Element]:
    found: dict[bytes, Element] = {}
    for attribute in one.children(depth):
        parts = attribute.children(depth)
        if len(parts) != 2 or parts[1].tag != ber.SET:
            raise RefusedError("AS2-ASN1", "A signed attribute is malformed.")
        kind = parts[0].oid()
        if kind in found:
            raise RefusedError("AS2-SIGNED-ATTRIBUTES", "A signed attribute is stated twice.", value=kind.hex())
        values = parts[1].children(depth)
        if len(values) == 1:
            found[kind] = values[0]
        elif kind in (algorithms.CONTENT_TYPE, algorithms.MESSAGE_DIGEST):
            raise RefusedError("AS2-SIGNED-ATTRIBUTES", "A signed attribute has not one value.", value=kind.hex())
    return found


def _time(one: Element | None) -> datetime | None:
    if one is None:
        return None
    forms = {ber.UTC_TIME: "%y%m%d%H%M%SZ", ber.GENERALIZED_TIME: "%Y%m%d%H%M%SZ"}
    try:
        return datetime.strptime(one.octets.decode("ascii"), forms[one.tag]).replace(tzinfo=UTC)
    except (ValueError, KeyError):
        return None


def key_name(one: Element, depth: int) -> KeyName:
    """Return what a SignerIdentifier or RecipientIdentifier says."""
    if one.tag in (0x80, 0xA0):
        identifier = one.joined_octets(depth, 0x80)
        if not identifier:
            raise RefusedError("AS2-ASN1", "A CMS structure names a key by nothing.")
        return KeyName(key_identifier=identifier)
    parts = one.children(depth)
    if one.tag != ber.SEQUENCE or len(parts) != 2:
        raise RefusedError("AS2-ASN1", "A CMS structure names a certificate in no known way.")
    return KeyName(issuer=name_texts(parts[0], depth), serial_number=parts[1].integer())


def verified_by(
    signer: SignerInfo, certificates: tuple[PinnedCertificate, ...], now: datetime, terms: Terms
) -> tuple[PinnedCertificate, list[Finding]]:
    """Return the partner's certificate that the attributes are signed with, and what is worth noting about it.

    Raises:
        RefusedError: AS2-SIGNER-UNKNOWN, AS2-CERTIFICATE-DATES, AS2-SIGNATURE.
    """
    candidates = named_by(signer.name, certificates)
    if not candidates:
        raise RefusedError(
            "AS2-SIGNER-UNKNOWN",
            "It is signed with a certificate that is not in the partner's profile.",
            AUTHENTICATION_FAILED,
            value=f"serial number {signer.name.serial_number:x}"
            if signer.name.issuer
            else signer.name.key_identifier.hex(),
        )
    for certificate in candidates:
        try:
            certificate.public_key.verify(signer.signature, signer.attributes, signer.padding, signer.digest.hash)
        except (InvalidSignature, ValueError):
            continue
        return certificate, dated(certificate, now, terms, "signed")
    raise RefusedError(
        "AS2-SIGNATURE",
        "The signature does not fit the certificate that it names.",
        AUTHENTICATION_FAILED,
        value=candidates[0].fingerprint,
    )


def dated(certificate: PinnedCertificate, now: datetime, terms: Terms, verb: str) -> list[Finding]:
    """Return a warning when `certificate` is out of its dates and the terms allow that.

    Raises:
        RefusedError: AS2-CERTIFICATE-DATES, when they do not.
    """
    trouble = certificate.trouble_with_dates(now)
    if not trouble:
        return []
    sentence = f"It is {verb} with a certificate that {trouble}."
    if not terms.accepts_expired:
        raise RefusedError("AS2-CERTIFICATE-DATES", sentence, AUTHENTICATION_FAILED, value=certificate.fingerprint)
    return [warning("AS2-CERTIFICATE-DATES", sentence, certificate.fingerprint)]


def clock_noted(signed_at: datetime | None, now: datetime) -> list[Finding]:
    """Return a note when the signer's clock and ours are more than an hour apart. A clock is no reason to refuse."""
    if signed_at is None or abs((signed_at - now).total_seconds()) <= _CLOCKS_APART_SECONDS:
        return []
    return [
        note("AS2-SIGNING-TIME", f"It says that it was signed at {signed_at:%Y-%m-%d %H:%M:%S} UTC.", str(signed_at))
    ]


def digests(chunks: Iterable[bytes], wanted: Sequence[Digest]) -> dict[str, bytes]:
    """Return the digests of what `chunks` yield, by name, in one pass."""
    running = {digest.name: digest.new() for digest in wanted}
    for chunk in chunks:
        for one in running.values():
            one.update(chunk)
    return {name: one.digest() for name, one in running.items()}


def compared(signer: SignerInfo, found: bytes, explanation: str = "") -> None:
    """See that the content is what was signed.

    Raises:
        RefusedError: AS2-DIGEST, with INTEGRITY_CHECK_FAILED.
    """
    if not hmac.compare_digest(found, signer.content_digest):
        raise RefusedError(
            "AS2-DIGEST",
            f"The content is not what was signed.{explanation}",
            INTEGRITY_CHECK_FAILED,
            value=signer.content_digest.hex(),
        )


def signed_data(content_digest: bytes, key: OwnKey, digest: Digest, scheme: str, now: datetime) -> bytes:
    """Return a detached SignedData in DER: one signer, its certificate, signed attributes."""
    attributes = sorted(
        (
            _attribute(algorithms.CONTENT_TYPE, der(ber.OBJECT_IDENTIFIER, algorithms.DATA)),
            _attribute(algorithms.SIGNING_TIME, _written_time(now)),
            _attribute(algorithms.MESSAGE_DIGEST, der(ber.OCTET_STRING, content_digest)),
        )
    )
    if scheme == PSS:
        pad: padding.AsymmetricPadding = padding.PSS(padding.MGF1(digest.hash), digest.hash.digest_size)
        signature_algorithm = algorithms.pss_identifier(digest)
    else:
        pad, signature_algorithm = padding.PKCS1v15(), algorithms.identifier(algorithms.RSA_ENCRYPTION)
    signature = key.private_key.sign(der(ber.SET, *attributes), pad, digest.hash)
    digest_algorithm = algorithms.identifier(digest.oid)
    signer = der(
        ber.SEQUENCE,
        ber.der_integer(1),
        der(ber.SEQUENCE, key.issuer, ber.der_integer(key.serial_number)),
        digest_algorithm,
        der(0xA0, *attributes),
        signature_algorithm,
        der(ber.OCTET_STRING, signature),
    )
    return content_info(
        algorithms.SIGNED_DATA,
        der(
            ber.SEQUENCE,
            ber.der_integer(1),
            der(ber.SET, digest_algorithm),
            der(ber.SEQUENCE, der(ber.OBJECT_IDENTIFIER, algorithms.DATA)),
            der(0xA0, key.certificate.public_bytes(Encoding.DER)),
            der(ber.SET, signer),
        ),
    )


def content_info(kind: bytes, content: bytes) -> bytes:
    """Return a ContentInfo."""
    return der(ber.SEQUENCE, der(ber.OBJECT_IDENTIFIER, kind), der(0xA0, content))


def _attribute(kind: bytes, value: bytes) -> bytes:
    return der(ber.SEQUENCE, der(ber.OBJECT_IDENTIFIER, kind), der(ber.SET, value))


def _written_time(now: datetime) -> bytes:
    now = now.astimezone(UTC)
    if 1950 <= now.year < 2050:
        return der(ber.UTC_TIME, now.strftime("%y%m%d%H%M%SZ").encode())
    return der(ber.GENERALIZED_TIME, now.strftime("%Y%m%d%H%M%SZ").encode())
