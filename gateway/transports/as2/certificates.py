"""Our keys and our partners' certificates, several of each at once, so that they can be changed without an hour agreed upon.

A certificate is pinned: it counts because a person put it into the partner's profile, not because somebody issued it. What a
transmission brings along in certificates is not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from gateway.transports.as2.ber import SEQUENCE, SET, Element, only
from gateway.transports.as2.refusals import RefusedError

_DEPTH = 16
_TEXTS = {0x0C, 0x13, 0x14, 0x16, 0x1C, 0x1E}  # UTF8, Printable, Teletex, IA5, Universal, BMP


@dataclass(frozen=True)
class PinnedCertificate:
    """A certificate and the time in which it is to be used.

    Args:
        certificate: with an RSA key.
        use_from: not before then, where the operator wants it later than the certificate says; with a time zone.
        use_until: not from then on, where the operator wants it earlier.

    Raises:
        ValueError: its key is no RSA key, or has less than 1,024 bits.
    """

    certificate: x509.Certificate
    use_from: datetime | None = None
    use_until: datetime | None = None

    def __post_init__(self) -> None:
        if not isinstance(key := self.certificate.public_key(), RSAPublicKey) or key.key_size < 1_024:
            raise ValueError("AS2 needs a certificate with an RSA key of at least 1,024 bits")

    @cached_property
    def public_key(self) -> RSAPublicKey:
        """Return its key."""
        key = self.certificate.public_key()
        assert isinstance(key, RSAPublicKey)  # noqa: S101 - __post_init__ refused any other
        return key

    @cached_property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the certificate in hexadecimal digits; how findings, ledger and console name it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @cached_property
    def issuer(self) -> bytes:
        """Return the issuer's name, DER."""
        return self.certificate.issuer.public_bytes()

    @cached_property
    def issuer_texts(self) -> tuple[tuple[bytes, bytes], ...]:
        """Return the issuer's name as `KeyName` has it."""
        return name_texts(only(self.issuer, _DEPTH), _DEPTH)

    @cached_property
    def serial_number(self) -> int:
        """Return the serial number."""
        return self.certificate.serial_number

    @cached_property
    def subject_key_identifier(self) -> bytes:
        """Return the value of the extension; without one, what RFC 5280, 4.2.1.2 (1), makes of the key."""
        try:
            return self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        except x509.ExtensionNotFound:
            return x509.SubjectKeyIdentifier.from_public_key(self.public_key).digest

    def trouble_with_dates(self, now: datetime) -> str:
        """Return why it is not to be used at `now`, or "".

        Args:
            now: with a time zone.
        """
        if now < self._first:
            return f"is not valid before {self._first:%Y-%m-%d %H:%M} UTC"
        if now > self._last:
            return f"expired at {self._last:%Y-%m-%d %H:%M} UTC"
        if self.use_from is not None and now < self.use_from:
            return f"is not to be used before {self.use_from:%Y-%m-%d %H:%M %Z}"
        if self.use_until is not None and now >= self.use_until:
            return f"was replaced at {self.use_until:%Y-%m-%d %H:%M %Z}"
        return ""

    @cached_property
    def _first(self) -> datetime:
        return self.certificate.not_valid_before_utc

    @cached_property
    def _last(self) -> datetime:
        return self.certificate.not_valid_after_utc


@dataclass(frozen=True)
class OwnKey(PinnedCertificate):
    """A key of ours with its certificate.

    Args:
        private_key: belongs to the certificate.

    Raises:
        ValueError: the key does not belong to the certificate.
    """

    private_key: RSAPrivateKey = field(kw_only=True, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.private_key.public_key().public_numbers() != self.public_key.public_numbers():
            raise ValueError("the private key does not belong to the certificate")


C = TypeVar("C", bound=PinnedCertificate)


@dataclass(frozen=True, slots=True)
class KeyName:
    """How a CMS structure names a certificate: by issuer and serial number, or by the key's identifier.

    Args:
        issuer: of each relative name its object identifier and its text, in order, whatever the string type.
    """

    issuer: tuple[tuple[bytes, bytes], ...] = ()
    serial_number: int = 0
    key_identifier: bytes = b""


def named_by(name: KeyName, among: tuple[C, ...]) -> list[C]:
    """Return the certificates that `name` means."""
    if name.key_identifier:
        return [one for one in among if one.subject_key_identifier == name.key_identifier]
    return [one for one in among if one.serial_number == name.serial_number and one.issuer_texts == name.issuer]


def name_texts(name: Element, depth: int) -> tuple[tuple[bytes, bytes], ...]:
    """Return object identifiers and texts of a Name. Some write an issuer in another string type than its certificate does."""
    found = []
    for relative in name.children(depth):
        for one in relative.children(depth):
            parts = one.children(depth)
            tags = (name.tag, relative.tag, one.tag)
            if len(parts) != 2 or tags != (SEQUENCE, SET, SEQUENCE) or parts[1].tag not in _TEXTS:
                raise RefusedError("AS2-ASN1", "A name in a CMS structure is malformed.")
            found.append((parts[0].oid(), parts[1].octets))
    return tuple(found)
