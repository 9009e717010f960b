"""Keys and certificates that are valid today, and how they lie in a home."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.transports.as2.certificates import OwnKey, PinnedCertificate

PASSPHRASE = "correct horse"
PASSPHRASE_NAME = "AS2_TEST_PASSPHRASE"


@cache
def key(name: str, first_day: int = -10, last_day: int = 365) -> OwnKey:
    """Return a key with a self-signed certificate, valid over these days from today on."""
    private_key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + timedelta(days=first_day))
        .not_valid_after(today + timedelta(days=last_day))
        .sign(private_key, hashes.SHA256())
    )
    return OwnKey(certificate, private_key=private_key)


def pinned(of: OwnKey) -> PinnedCertificate:
    """Return its certificate as the other side has it."""
    return PinnedCertificate(of.certificate)


@cache
def private_pem(of: OwnKey) -> bytes:
    return of.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE.encode()))


def lay_down(home: Path, name: str, of: OwnKey, *, with_key: bool = False) -> str:
    """Put a certificate, and its encrypted key, into the home's certs/; return the certificate's path as the configuration has it."""
    folder = home / "certs"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.pem").write_bytes(of.certificate.public_bytes(Encoding.PEM))
    if with_key:
        (folder / f"{name}.key").write_bytes(private_pem(of))
    return f"certs/{name}.pem"
