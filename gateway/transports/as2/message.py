"""Opening a transmission: layer after layer, each once and in the standard's order.

Encryption is the outermost layer; within it a signature, with compression inside or outside of it; within all a payload or a
multipart/related of several. What each layer leaves is a stretch of a file, and the next layer sees nothing but that stretch. What a
payload is taken from is what the signature was verified over.

Told to the partner is what the standards have words for. Between a ciphertext without authentication (CBC) and a verified signature
the words are the same whatever went wrong in the structure, and a wrong padding is the last thing that is looked at.

Source: RFC 4130, RFC 5402, RFC 6362.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from gateway.transports.as2.algorithms import DIGESTS, Digest
from gateway.transports.as2.compressed import inflated
from gateway.transports.as2.dispositions import (
    AUTHENTICATION_FAILED,
    DECRYPTION_FAILED,
    INSUFFICIENT_SECURITY,
    PROCESSED,
    Disposition,
)
from gateway.transports.as2.enveloped import decrypted
from gateway.transports.as2.filenames import kept_filename
from gateway.transports.as2.headers import content_fields
from gateway.transports.as2.mic import explained_mic, wanted_digest
from gateway.transports.as2.mime import Entity, decoded, entity_of, parts_of
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.refusals import RefusedError
from gateway.transports.as2.signed import clock_noted, compared, digests, read_signer, verified_by
from gateway.transports.as2.values import As2Headers, Evidence, Mic, Opened, Payload, Receiving
from translators.findings import Finding

SIGNATURE_TYPES = ("application/pkcs7-signature", "application/x-pkcs7-signature")
ENVELOPE_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")

# What a partner may be told of an encrypted transmission whose signature is not verified: it says nothing about the plain bytes that
# whoever made the ciphertext does not know.
_TOLD = {
    "AS2-ALGORITHM",
    "AS2-CERTIFICATE-DATES",
    "AS2-DIGEST",
    "AS2-NOT-SIGNED",
    "AS2-SIGNATURE",
    "AS2-SIGNED-ATTRIBUTES",
    "AS2-SIGNER-UNKNOWN",
    "AS2-SIGNERS",
}


@dataclass(slots=True)
class Opening:
    """A transmission while it is being opened.

    Args:
        mic_digest: the one asked for; None for the signature's own.
        is_sealed: a signature was verified, or the cipher authenticates.
        is_padded: see `enveloped.Decrypted`.
    """

    receiving: Receiving
    mic_digest: Digest | None = None
    mic_spelling: str = ""
    mic: Mic | None = None
    evidence: Evidence = field(default_factory=Evidence)
    findings: list[Finding] = field(default_factory=list)
    is_sealed: bool = False
    is_padded: bool = True

    def told(self, refusal: RefusedError) -> Disposition:
        """Return what the partner is told."""
        if self.evidence.encrypted_to and not self.is_sealed and refusal.finding.code not in _TOLD:
            return DECRYPTION_FAILED
        return refusal.disposition


def read_as2(headers: As2Headers, body: BinaryIO | Octets, receiving: Receiving) -> Opened:
    """Return what a transmission holds, or why it is refused. Raises nothing for what the partner sent.

    Args:
        headers: from `read_headers`.
        body: as received.
    """
    opening = Opening(receiving)
    octets = body if isinstance(body, Octets) else Octets.whole(body)
    try:
        payloads = _opened(headers, octets, opening)
    except RefusedError as refusal:
        return Opened(
            (),
            opening.told(refusal),
            opening.mic if opening.is_padded else None,
            opening.evidence,
            (*headers.findings, *opening.findings, refusal.finding),
        )
    return Opened(payloads, PROCESSED, opening.mic, opening.evidence, (*headers.findings, *opening.findings))


def _opened(headers: As2Headers, body: Octets, opening: Opening) -> tuple[Payload, ...]:
    if not headers.is_readable:
        raise RefusedError("AS2-HEADER", "Its headers are not those of AS2.")
    opening.mic_digest, opening.mic_spelling, findings = wanted_digest(headers.receipt, opening.receiving.terms)
    opening.findings += findings
    payloads = _payloads(Entity(content_fields(headers.raw), body, body), opening)
    if not opening.is_padded:
        raise RefusedError("AS2-DECRYPTION", "It does not decrypt: the key or the content is wrong.", DECRYPTION_FAILED)
    return payloads


def _payloads(entity: Entity, opening: Opening) -> tuple[Payload, ...]:
    terms = opening.receiving.terms
    while True:
        layer = layer_of(entity)
        if layer != "encrypted" and terms.requires_encryption and not opening.evidence.encrypted_to:
            raise RefusedError("AS2-NOT-ENCRYPTED", "It is not encrypted, as agreed it must be.", INSUFFICIENT_SECURITY)
        if layer == "payload":
            break
        entity = _LAYERS[layer](entity, opening)
    if terms.requires_signature and not opening.evidence.signed_by:
        raise RefusedError("AS2-NOT-SIGNED", "It is not signed, as agreed it must be.", INSUFFICIENT_SECURITY)
    if opening.mic is None:
        # RFC 4130, 7.3.1, and RFC 5402, 4: headers count but where they may have been changed on the way.
        is_bare = not opening.evidence.encrypted_to and not opening.evidence.compressed
        digest = opening.mic_digest or DIGESTS["sha-256"]
        found = digests((entity.body if is_bare else entity.whole).chunks(), [digest])
        opening.mic = Mic(found[digest.name], digest.name, opening.mic_spelling)
    return _files(entity, opening)


def layer_of(entity: Entity) -> str:
    """Return which layer an entity is: a key of _LAYERS, or "payload"."""
    content_type = entity.fields.content_type
    if content_type.value == "multipart/signed":
        return "signed"
    if content_type.value not in ENVELOPE_TYPES:
        return "payload"
    kind = content_type.parameters.get("smime-type", "").lower()
    layer = {"enveloped-data": "encrypted", "authenveloped-data": "encrypted", "compressed-data": "compressed"}.get(
        kind
    )
    if layer is None:
        raise RefusedError(
            "AS2-SMIME-TYPE",
            "An application/pkcs7-mime does not say that it is encrypted or compressed.",
            INSUFFICIENT_SECURITY,
            value=kind,
        )
    return layer


def _decrypted(entity: Entity, opening: Opening) -> Entity:
    evidence, receiving = opening.evidence, opening.receiving
    if evidence.encrypted_to or evidence.signed_by or evidence.compressed:
        raise RefusedError("AS2-LAYERS", "Encryption is not the outermost layer.")
    structure = decoded(entity.body, entity.fields.transfer_encoding, receiving.scratch)
    plain = decrypted(structure, receiving)
    opening.evidence = replace(evidence, encrypted_to=plain.key.fingerprint, encryption=plain.encryption)
    opening.findings += plain.findings
    opening.is_sealed, opening.is_padded = plain.is_authenticated, plain.is_padded
    inner = entity_of(plain.content, receiving.limits)
    if not inner.fields.get("content-type"):
        raise RefusedError("AS2-DECRYPTION", "It does not decrypt to a MIME entity: the key or the content is wrong.")
    return inner


def _inflated(entity: Entity, opening: Opening) -> Entity:
    evidence, receiving = opening.evidence, opening.receiving
    if evidence.compressed:
        raise RefusedError("AS2-LAYERS", "It is compressed twice.")
    structure = decoded(entity.body, entity.fields.transfer_encoding, receiving.scratch)
    content = inflated(structure, receiving.limits, receiving.scratch)
    opening.evidence = replace(evidence, compressed="before-signing" if evidence.signed_by else "after-signing")
    return entity_of(content, receiving.limits)


def _verified(entity: Entity, opening: Opening) -> Entity:
    if opening.evidence.signed_by:
        raise RefusedError("AS2-LAYERS", "It is signed twice.", AUTHENTICATION_FAILED)
    receiving = opening.receiving
    content, evidence, found, findings = verified_slice(entity, receiving, opening.mic_digest)
    digest = opening.mic_digest.name if opening.mic_digest else evidence.signature.split()[0]
    opening.mic = Mic(found[digest], digest, opening.mic_spelling)
    opening.findings += findings
    opening.evidence = replace(
        opening.evidence, signed_by=evidence.signed_by, signature=evidence.signature, signed_at=evidence.signed_at
    )
    opening.is_sealed = True
    return entity_of(content, receiving.limits)


def verified_slice(
    entity: Entity, receiving: Receiving, mic_digest: Digest | None = None
) -> tuple[Octets, Evidence, dict[str, bytes], list[Finding]]:
    """Return the signed part of a multipart/signed, the evidence, its digests by name, and what is worth noting.

    Raises:
        RefusedError: AS2-MIME, AS2-PARTS, AS2-LIMIT, and those of `read_signer`, `verified_by` and `compared`.
    """
    limits, terms = receiving.limits, receiving.terms
    content_type = entity.fields.content_type
    protocol = content_type.parameters.get("protocol", SIGNATURE_TYPES[0]).lower()
    parts = parts_of(entity.body, content_type.parameters.get("boundary", ""), 2)
    if protocol not in SIGNATURE_TYPES or len(parts) != 2:
        raise RefusedError(
            "AS2-PARTS", "A multipart/signed has not just a content and its pkcs7-signature.", AUTHENTICATION_FAILED
        )
    signature = entity_of(parts[1], limits)
    if signature.fields.content_type.value not in SIGNATURE_TYPES:
        raise RefusedError("AS2-PARTS", "The second part of a multipart/signed is no signature.", AUTHENTICATION_FAILED)
    if signature.body.size_bytes > limits.control_bytes:
        raise RefusedError(
            "AS2-LIMIT", f"A signature is larger than {limits.control_bytes:,} bytes.", AUTHENTICATION_FAILED
        )
    structure = decoded(signature.body, signature.fields.transfer_encoding, receiving.scratch).read()
    signer = read_signer(structure, limits, terms)
    certificate, findings = verified_by(signer, receiving.partner_certificates, receiving.now, terms)
    wanted = {digest.name: digest for digest in (signer.digest, mic_digest) if digest is not None}
    found = digests(parts[0].chunks(), list(wanted.values()))
    if found[signer.digest.name] != signer.content_digest:
        inner = entity_of(parts[0], limits)
        header = inner.whole.part(0, inner.whole.size_bytes - inner.body.size_bytes).read()
        would = explained_mic(Mic(signer.content_digest, signer.digest.name), header, inner.body)
        compared(signer, found[signer.digest.name], f" It was signed {would}." if would else "")
    evidence = Evidence(certificate.fingerprint, f"{signer.digest.name} {signer.scheme}", signer.signed_at)
    return parts[0], evidence, found, findings + clock_noted(signer.signed_at, receiving.now)


_LAYERS: dict[str, Callable[[Entity, Opening], Entity]] = {
    "encrypted": _decrypted,
    "compressed": _inflated,
    "signed": _verified,
}


def _files(entity: Entity, opening: Opening) -> tuple[Payload, ...]:
    limits = opening.receiving.limits
    content_type = entity.fields.content_type
    entities = [entity]
    if content_type.value == "multipart/related":
        boundary = content_type.parameters.get("boundary", "")
        entities = [entity_of(part, limits) for part in parts_of(entity.body, boundary, limits.parts)]
    payloads = []
    for one in entities:
        kind = one.fields.content_type.value
        if kind.startswith("multipart/") or kind in ENVELOPE_TYPES:
            raise RefusedError("AS2-CONTENT-TYPE", "A payload is a structure of its own.", value=kind)
        content = decoded(one.body, one.fields.transfer_encoding, opening.receiving.scratch)
        filename, findings = kept_filename(one.fields.filename)
        opening.findings += findings
        payloads.append(Payload(content, kind, filename))
    if sum(payload.content.size_bytes for payload in payloads) > limits.payload_bytes:
        raise RefusedError("AS2-LIMIT", f"The payloads are larger than {limits.payload_bytes:,} bytes.")
    return tuple(payloads)
