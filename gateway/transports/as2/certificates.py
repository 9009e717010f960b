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
from cryptography.x509.oid import ExtensionOID


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
    def serial_number(self) -> int:
        """Return the serial number."""
        return self.certificate.serial_number

    @cached_property
    def subject_key_identifier(self) -> bytes | None:
        """Return the value of the extension, or None."""
        try:
            found = self.certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_KEY_IDENTIFIER)
        except x509.ExtensionNotFound:
            return None
        return found.value.digest if isinstance(found.value, x509.SubjectKeyIdentifier) else None

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
    """How a CMS structure names a certificate: by issuer (DER) and serial number, or by the key's identifier."""

    issuer: bytes = b""
    serial_number: int = 0
    key_identifier: bytes = b""


def named_by(name: KeyName, among: tuple[C, ...]) -> list[C]:
    """Return the certificates that `name` may mean, exact ones first.

    An issuer may be written in another string type than in the certificate, so an equal serial number is enough to try the key; the
    key itself decides.
    """
    if name.key_identifier:
        return [one for one in among if one.subject_key_identifier == name.key_identifier]
    same = [one for one in among if one.serial_number == name.serial_number]
    return sorted(same, key=lambda one: one.issuer != name.issuer)
