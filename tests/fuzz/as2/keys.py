"""Two keys that are the same in every run, so that an input that was left behind fails again. Made, not stored: they are no secrets."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from gateway.transports.as2.certificates import OwnKey, PinnedCertificate

NOW = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
_EXPONENT = 65_537


def _prime(rng: random.Random) -> int:
    while True:
        candidate = rng.getrandbits(512) | 1 | 3 << 510
        if all(candidate % small for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)):
            # Fermat to three bases: good enough where nothing is at stake.
            if all(pow(base, candidate - 1, candidate) == 1 for base in (2, 3, 5)) and (candidate - 1) % _EXPONENT:
                return candidate


def _key(name: str, number: int) -> OwnKey:
    rng = random.Random(number)
    p, q = _prime(rng), _prime(rng)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
    private = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    dates = (NOW - timedelta(days=1), NOW + timedelta(days=1))
    builder = x509.CertificateBuilder(subject, subject, private.public_key(), number, *dates)
    return OwnKey(builder.sign(private, hashes.SHA256()), private_key=private)


US, ACME = _key("us", 1), _key("acme", 2)


def pinned(key: OwnKey) -> PinnedCertificate:
    """Return the certificate of a key, as the other side has it."""
    return PinnedCertificate(key.certificate)
