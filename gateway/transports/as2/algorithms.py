"""Algorithms by name and object identifier, each once. What is not in these tables is refused.

Legacy ones (SHA-1, 3DES) are there for partners whose profile says so. MD5, RC2, DES and RC4 are not there at all.
Source: RFC 3370, 3565, 4055, 5084, 5754, 8017.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import CipherAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from gateway.transports.as2.ber import NULL, OBJECT_IDENTIFIER, SEQUENCE, Element, der, der_integer, oid
from gateway.transports.as2.refusals import RefusedError

PKCS1, PSS = "rsa-pkcs1", "rsa-pss"

DATA = oid("1.2.840.113549.1.7.1")
SIGNED_DATA = oid("1.2.840.113549.1.7.2")
ENVELOPED_DATA = oid("1.2.840.113549.1.7.3")
COMPRESSED_DATA = oid("1.2.840.113549.1.9.16.1.9")
AUTH_ENVELOPED_DATA = oid("1.2.840.113549.1.9.16.1.23")
ZLIB = oid("1.2.840.113549.1.9.16.3.8")
CONTENT_TYPE = oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = oid("1.2.840.113549.1.9.4")
SIGNING_TIME = oid("1.2.840.113549.1.9.5")
SMIME_CAPABILITIES = oid("1.2.840.113549.1.9.15")
RSA_ENCRYPTION = oid("1.2.840.113549.1.1.1")
RSA_OAEP = oid("1.2.840.113549.1.1.7")
MGF1 = oid("1.2.840.113549.1.1.8")
P_SPECIFIED = oid("1.2.840.113549.1.1.9")
RSA_PSS = oid("1.2.840.113549.1.1.10")


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest.

    Args:
        name: ours, and RFC 5751's in micalg: "sha-256".
        python_name: for hashlib.
        oid: content of the object identifier.
        rsa_oid: of its signature algorithm with RSA.
        hash: as cryptography has it.
    """

    name: str
    python_name: str
    oid: bytes
    rsa_oid: bytes
    hash: hashes.HashAlgorithm
    is_legacy: bool = False

    def new(self) -> hashlib._Hash:
        """Return a fresh computation."""
        return hashlib.new(self.python_name, usedforsecurity=False)


@dataclass(frozen=True, slots=True)
class ContentCipher:
    """A cipher for the content.

    Args:
        key_bytes: length of its key.
        block_bytes: of CBC; also the length of its initialization vector. 0 for GCM.
    """

    name: str
    oid: bytes
    algorithm: Callable[[bytes], CipherAlgorithm]
    key_bytes: int
    block_bytes: int
    is_legacy: bool = False

    @property
    def is_authenticated(self) -> bool:
        """Return whether it is GCM."""
        return self.block_bytes == 0


_RSA = "1.2.840.113549.1.1."
_NIST_DIGEST = "2.16.840.1.101.3.4.2."
_NIST_AES = "2.16.840.1.101.3.4.1."

DIGESTS: Mapping[str, Digest] = {
    digest.name: digest
    for digest in (
        Digest("sha-256", "sha256", oid(_NIST_DIGEST + "1"), oid(_RSA + "11"), hashes.SHA256()),
        Digest("sha-384", "sha384", oid(_NIST_DIGEST + "2"), oid(_RSA + "12"), hashes.SHA384()),
        Digest("sha-512", "sha512", oid(_NIST_DIGEST + "3"), oid(_RSA + "13"), hashes.SHA512()),
        Digest("sha-1", "sha1", oid("1.3.14.3.2.26"), oid(_RSA + "5"), hashes.SHA1(), is_legacy=True),  # noqa: S303
    )
}
CIPHERS: Mapping[str, ContentCipher] = {
    cipher.name: cipher
    for cipher in (
        ContentCipher("aes-128-cbc", oid(_NIST_AES + "2"), AES, 16, 16),
        ContentCipher("aes-192-cbc", oid(_NIST_AES + "22"), AES, 24, 16),
        ContentCipher("aes-256-cbc", oid(_NIST_AES + "42"), AES, 32, 16),
        ContentCipher("aes-128-gcm", oid(_NIST_AES + "6"), AES, 16, 0),
        ContentCipher("aes-192-gcm", oid(_NIST_AES + "26"), AES, 24, 0),
        ContentCipher("aes-256-gcm", oid(_NIST_AES + "46"), AES, 32, 0),
        ContentCipher("des-ede3-cbc", oid("1.2.840.113549.3.7"), TripleDES, 24, 8, is_legacy=True),
    )
}
DIGESTS_BY_OID = {digest.oid: digest for digest in DIGESTS.values()}
CIPHERS_BY_OID = {cipher.oid: cipher for cipher in CIPHERS.values()}
_DIGESTS_BY_RSA_OID = {digest.rsa_oid: digest for digest in DIGESTS.values()}
_DIGESTS_BY_SPELLING = {digest.python_name: digest for digest in DIGESTS.values()}
KEY_TRANSPORTS = (PKCS1, "rsa-oaep-sha-1", "rsa-oaep-sha-256", "rsa-oaep-sha-384", "rsa-oaep-sha-512")


def digest_spelled(spelling: str) -> Digest | None:
    """Return the digest that a micalg or a MIC names ("sha256", "SHA-256", "sha1"), or None."""
    return _DIGESTS_BY_SPELLING.get(spelling.strip().strip('"').lower().replace("-", "").replace("_", ""))


def identifier(algorithm: bytes, parameters: bytes | None = b"\x05\x00") -> bytes:
    """Return an AlgorithmIdentifier; `parameters` are DER, None for none."""
    return der(SEQUENCE, der(OBJECT_IDENTIFIER, algorithm), parameters or b"")


def read_identifier(one: Element, depth: int) -> tuple[bytes, Element | None]:
    """Return the object identifier and the parameters of an AlgorithmIdentifier; NULL counts as none."""
    parts = one.children(depth)
    if one.tag != SEQUENCE or not 1 <= len(parts) <= 2:
        raise RefusedError("AS2-ASN1", "A CMS structure is malformed: no algorithm where one is due.")
    parameters = parts[1] if len(parts) == 2 and parts[1].tag != NULL else None
    return parts[0].oid(), parameters


def _tagged(parameters: Element | None, depth: int) -> dict[int, Element]:
    """Return the values under the explicit tags [0], [1], ... of PSS and OAEP parameters."""
    found: dict[int, Element] = {}
    for one in parameters.children(depth) if parameters is not None else ():
        inner = one.children(depth)
        if not 0xA0 <= one.tag <= 0xA3 or len(inner) != 1 or one.tag & 3 in found:
            raise RefusedError("AS2-ASN1", "A CMS structure is malformed: parameters of an RSA algorithm.")
        found[one.tag & 3] = inner[0]
    return found


def _digest_of(one: Element | None, depth: int) -> Digest:
    if one is None:
        return DIGESTS["sha-1"]  # the default of RFC 8017
    return known_digest(read_identifier(one, depth)[0])


def _mask_digest(one: Element | None, depth: int) -> Digest:
    if one is None:
        return DIGESTS["sha-1"]
    algorithm, parameters = read_identifier(one, depth)
    if algorithm != MGF1:
        raise RefusedError("AS2-ALGORITHM", "An RSA algorithm uses another mask than MGF1.", value=algorithm.hex())
    return _digest_of(parameters, depth)


def known_digest(algorithm: bytes) -> Digest:
    """Return the digest with this object identifier."""
    digest = DIGESTS_BY_OID.get(algorithm)
    if digest is None:
        raise RefusedError("AS2-ALGORITHM", "The digest algorithm is none that is accepted.", value=algorithm.hex())
    return digest


def signature_scheme(one: Element, digest: Digest, depth: int) -> tuple[str, padding.AsymmetricPadding]:
    """Return our name for a SignerInfo's signatureAlgorithm and its padding; it must agree with the digest."""
    algorithm, parameters = read_identifier(one, depth)
    named: Digest | None = digest
    if algorithm == RSA_PSS and parameters is None:
        # RFC 4055, 3.1, wants parameters; pyas2lib writes none. The digest is named beside it, and the key decides.
        scheme: tuple[str, padding.AsymmetricPadding] = (PSS, padding.PSS(padding.MGF1(digest.hash), padding.PSS.AUTO))
    elif algorithm == RSA_PSS:
        tagged = _tagged(parameters, depth)
        named = _digest_of(tagged.get(0), depth)
        mask = _mask_digest(tagged.get(1), depth)
        salt_bytes = tagged[2].integer() if 2 in tagged else 20
        if not 0 <= salt_bytes <= 512 or (3 in tagged and tagged[3].integer() != 1):
            raise RefusedError("AS2-ALGORITHM", "The PSS signature has parameters that cannot be.")
        scheme = (PSS, padding.PSS(padding.MGF1(mask.hash), salt_bytes))
    else:
        if algorithm != RSA_ENCRYPTION:
            named = _DIGESTS_BY_RSA_OID.get(algorithm)
        scheme = (PKCS1, padding.PKCS1v15())
    if named is None:
        raise RefusedError("AS2-ALGORITHM", "The signature algorithm is none that is accepted.", value=algorithm.hex())
    if named is not digest:
        raise RefusedError("AS2-ALGORITHM", f"The signature names {digest.name} and is made with {named.name}.")
    return scheme


def key_transport(one: Element, depth: int) -> tuple[str, padding.AsymmetricPadding]:
    """Return our name for a keyEncryptionAlgorithm and its padding. SHA-1 in OAEP is no weakness and no legacy."""
    algorithm, parameters = read_identifier(one, depth)
    if algorithm == RSA_ENCRYPTION and parameters is None:
        return PKCS1, padding.PKCS1v15()
    if algorithm != RSA_OAEP:
        raise RefusedError(
            "AS2-ALGORITHM", "The key was encrypted in a way that is not accepted.", value=algorithm.hex()
        )
    tagged = _tagged(parameters, depth)
    digest = _digest_of(tagged.get(0), depth)
    mask = _mask_digest(tagged.get(1), depth)
    label = b""
    if 2 in tagged:
        source, specified = read_identifier(tagged[2], depth)
        if source != P_SPECIFIED:
            raise RefusedError("AS2-ALGORITHM", "OAEP has a label of unknown kind.", value=source.hex())
        label = specified.joined_octets(depth) if specified is not None else b""
    oaep = padding.OAEP(padding.MGF1(mask.hash), digest.hash, label or None)
    return f"rsa-oaep-{digest.name}", oaep


def pss_identifier(digest: Digest) -> bytes:
    """Return the AlgorithmIdentifier of PSS with this digest, its mask and a salt of the digest's length."""
    inner = identifier(digest.oid)
    return identifier(
        RSA_PSS,
        der(
            SEQUENCE,
            der(0xA0, inner),
            der(0xA1, identifier(MGF1, inner)),
            der(0xA2, der_integer(digest.hash.digest_size)),
        ),
    )


def oaep_identifier(digest: Digest) -> bytes:
    """Return the AlgorithmIdentifier of OAEP with this digest and its mask."""
    if digest.name == "sha-1":  # all defaults are left out in DER
        return identifier(RSA_OAEP, der(SEQUENCE))
    inner = identifier(digest.oid)
    return identifier(RSA_OAEP, der(SEQUENCE, der(0xA0, inner), der(0xA1, identifier(MGF1, inner))))


def new_padding(name: str) -> tuple[padding.AsymmetricPadding, bytes]:
    """Return padding and AlgorithmIdentifier of a key transport in KEY_TRANSPORTS."""
    if name == PKCS1:
        return padding.PKCS1v15(), identifier(RSA_ENCRYPTION)
    digest = DIGESTS[name.removeprefix("rsa-oaep-")]
    return padding.OAEP(padding.MGF1(digest.hash), digest.hash, None), oaep_identifier(digest)
