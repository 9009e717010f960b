"""Two trading partners with keys, and what they send each other."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.transports.as2 import read_as2, read_headers, write_as2
from gateway.transports.as2.certificates import OwnKey, PinnedCertificate
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.terms import Terms
from gateway.transports.as2.values import Opened, OutgoingPayload, Receiving, Sealed, Sending

NOW = datetime.now(UTC).replace(microsecond=0)  # openssl and the other judges go by the real clock
EDI = b"ISA*00*          *00*          *ZZ*ACME           *ZZ*US             *261121*0405*U*00401*000000001*0*T*>~\r\n"
LEGACY = Terms(is_legacy=True)


@cache
def own_key(name: str, first_day: int = -10, last_day: int = 365, bits: int = 2048) -> OwnKey:
    """Return a key with a self-signed certificate, valid over these days from NOW on."""
    private_key = rsa.generate_private_key(65537, bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.COUNTRY_NAME, "DE")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=first_day))
        .not_valid_after(NOW + timedelta(days=last_day))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private_key.public_key()), critical=False)
        .sign(private_key, hashes.SHA256())
    )
    return OwnKey(certificate, private_key=private_key)


def pinned(key: OwnKey, **window: datetime) -> PinnedCertificate:
    """Return the certificate of a key, as the other side has it."""
    return PinnedCertificate(key.certificate, **window)


def us() -> OwnKey:
    return own_key("us")


def acme() -> OwnKey:
    return own_key("acme")


def receiving(**changed: Any) -> Receiving:
    """Return how we receive from Acme."""
    return replace(Receiving((us(),), (pinned(acme()),), NOW, io.BytesIO), **changed)


def sending(**changed: Any) -> Sending:
    """Return how Acme sends to us."""
    start = Sending("ACME", "US", "<1@acme.example>", NOW, io.BytesIO, sign_with=acme(), encrypt_to=pinned(us()))
    return replace(start, **changed)


def payload(content: bytes = EDI, **changed: Any) -> OutgoingPayload:
    return OutgoingPayload(Octets.of(content), **changed)


def sealed(content: bytes = EDI, **changed: Any) -> Sealed:
    """Return what Acme sends when it sends `content`."""
    return write_as2([payload(content)], sending(**changed))


def opened(what: Sealed, **changed: Any) -> Opened:
    """Return what we make of what Acme sent."""
    return read_as2(read_headers(what.headers), what.body, receiving(**changed))


def opened_entity(entity: bytes, *, more: tuple[tuple[bytes, bytes], ...] = (), **changed: Any) -> Opened:
    """Return what we make of a MIME entity that came with its fields as HTTP headers."""
    block, body = re.split(rb"\r?\n\r?\n", entity, maxsplit=1)
    lines = block.replace(b"\r\n", b"\n").replace(b"\n\t", b" ").replace(b"\n ", b" ").split(b"\n")
    fields = tuple((name, value.strip()) for name, _, value in (line.partition(b":") for line in lines) if value)
    return opened_body(fields, body, more=more, **changed)


def opened_body(
    fields: tuple[tuple[bytes, bytes], ...],
    body: bytes,
    *,
    more: tuple[tuple[bytes, bytes], ...] = (),
    **changed: Any,
) -> Opened:
    """Return what we make of a body that came under these headers and the usual ones."""
    usual = ((b"AS2-From", b"ACME"), (b"AS2-To", b"US"), (b"Message-ID", b"<1@acme.example>"), (b"AS2-Version", b"1.2"))
    return read_as2(read_headers((*usual, *more, *fields)), Octets.of(body), receiving(**changed))


def codes(what: Any) -> list[str]:
    """Return the codes of the findings."""
    return [finding.code for finding in what.findings]


def contents(what: Opened) -> list[bytes]:
    return [one.content.read() for one in what.payloads]


def written_pem(key: OwnKey, folder: Path, name: str) -> tuple[Path, Path]:
    """Return the files that hold a certificate and its private key."""
    certificate, private = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(key.certificate.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private
