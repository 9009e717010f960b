"""`openssl cms` as an independent writer and reader."""

from __future__ import annotations

import base64
import email
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.transports.as2.certificates import OwnKey
from tests.gateway.transports.as2.parties import written_pem

is_missing = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl (Debian: openssl)")


class OpenSsl:
    """Runs openssl in a folder that holds the keys."""

    def __init__(self, folder: Path, **keys: OwnKey) -> None:
        self.folder = folder
        for name, key in keys.items():
            written_pem(key, folder, name)

    def cms(self, stdin: bytes, *arguments: str) -> bytes:
        """Return what `openssl cms` makes of `stdin`; a failure of it fails the test."""
        done = subprocess.run(
            ["openssl", "cms", *arguments], cwd=self.folder, input=stdin, capture_output=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def refuses(self, stdin: bytes, *arguments: str) -> bool:
        """Return whether `openssl cms` fails."""
        done = subprocess.run(
            ["openssl", "cms", *arguments], cwd=self.folder, input=stdin, capture_output=True, check=False, timeout=60
        )
        return done.returncode != 0

    def signed(self, entity: bytes, *options: str, signer: str = "acme") -> bytes:
        """Return a multipart/signed of a MIME entity."""
        key = ("-signer", f"{signer}.pem", "-inkey", f"{signer}.key")
        # -binary, because AS2 signs what is there; -crlfeol, because MIME lines end so.
        return self.cms(entity, "-sign", "-binary", "-crlfeol", *key, *options)

    def enveloped(self, entity: bytes, *options: str, to: str = "us") -> bytes:
        """Return the DER (or BER, with -stream) of an encrypted structure."""
        return self.cms(entity, "-encrypt", "-binary", "-outform", "DER", *options, "-recip", f"{to}.pem")

    def verified(self, content: bytes, signature: bytes, *, by: str = "acme") -> bool:
        """Return whether a detached signature (DER) over `content` holds."""
        (self.folder / "content").write_bytes(content)
        options = ("-verify", "-binary", "-inform", "DER", "-content", "content", "-CAfile", f"{by}.pem")
        return not self.refuses(signature, *options, "-purpose", "any")


def two_parts(entity: bytes) -> tuple[bytes, bytes]:
    """Return content and signature (DER) of a multipart/signed, by the standard library and by hand."""
    boundary = email.message_from_bytes(entity).get_boundary()
    assert boundary is not None
    _, content, signature, _ = entity.split(b"--" + boundary.encode())
    encoded = signature.partition(b"\r\n\r\n")[2]
    return content.removeprefix(b"\r\n").removesuffix(b"\r\n"), base64.b64decode(encoded)
