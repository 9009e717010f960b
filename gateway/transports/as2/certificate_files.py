"""Making keys, and putting keys and certificates where the configuration names them.

A private key is written encrypted (PKCS#8), for its owner's eyes only, and its passphrase is nowhere but where the reference points. The
configuration is only ever added to, at its end; what was there stays as it was written, and is put back when the addition is not right.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.errors import ConfigurationError, GatewayError
from gateway.settings import read_secret

FOLDER = Path("certs")
KEY_BITS = 3072
_BEFORE = timedelta(hours=1)  # for a partner whose clock is behind


def make_key(home: Path, name: str, common_name: str, passphrase: str, now: datetime, days: int) -> tuple[str, str]:
    """Write a new key and its self-signed certificate into certs/; return the paths of certificate and key as the configuration has them.

    Args:
        passphrase: where it is, "env:NAME" or "file:/path".

    Raises:
        GatewayError: GW-6602, there is a certificate or key of that name; GW-1001, there is no passphrase.
    """
    secret = read_secret(passphrase)
    if not secret:
        raise ConfigurationError([f"secret {passphrase}: it is empty"])
    certificate_path, key_path = FOLDER / f"{name}.pem", FOLDER / f"{name}.key"
    for path in (certificate_path, key_path):
        if (home / path).exists():
            raise GatewayError("GW-6602", f"{path} is there already; choose another name.")
    key = rsa.generate_private_key(65537, KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    encryption = BestAvailableEncryption(secret.encode())
    write_private(home / key_path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    write_certificate(home / certificate_path, certificate)
    return str(certificate_path), str(key_path)


def write_certificate(path: Path, certificate: x509.Certificate) -> None:
    """Write a certificate as PEM."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(certificate.public_bytes(Encoding.PEM))


def write_private(path: Path, content: bytes) -> None:
    """Write a file that nobody else may read, and never over another one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def add_table(
    path: Path, table: str, values: Mapping[str, str | datetime | Sequence[str]], complaints: Callable[[], list[str]]
) -> None:
    """Add a table at the end of a TOML file, unless the configuration has mistakes then.

    Args:
        values: empty ones are left out.
        complaints: what is wrong with the configuration as it is on the disk.

    Raises:
        ConfigurationError: GW-1001, every complaint; the file is as it was.
    """
    before = path.read_text(encoding="utf-8")
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if value]
    path.write_text(before.rstrip("\n") + "\n\n" + "\n".join([f"[[{table}]]", *lines]) + "\n", encoding="utf-8")
    if wrong := complaints():
        path.write_text(before, encoding="utf-8")
        raise ConfigurationError(wrong)


def _toml(value: str | datetime | Sequence[str]) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return f"[{', '.join(_toml(one) for one in value)}]"
