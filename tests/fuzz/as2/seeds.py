"""Good inputs to begin with: every kind of transmission, payload, structure and receipt, as we write them."""

from __future__ import annotations

import base64
import io
import itertools
import zlib
from collections.abc import Iterator

from gateway.transports.as2 import read_as2, read_headers, write_as2, write_mdn
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.terms import Terms
from gateway.transports.as2.values import Answering, OutgoingPayload, Receiving, Sealed, Sending
from tests.fuzz.as2.keys import ACME, NOW, US, pinned
from tests.gateway.transports.as2.forging import compressed, multipart, signature_over

_EDI = b"ISA*00*~GS*PO~ST*850*0001~SE*2*0001~\r\n"
_LEGACY = Terms(is_legacy=True)


def _sealed() -> Iterator[Sealed]:
    keys = itertools.product((ACME, None), (pinned(US), None), ("", "before-signing", "after-signing"))
    for sign_with, encrypt_to, compress in keys:
        for cipher, transport, signature in (
            ("aes-128-cbc", "rsa-pkcs1", "rsa-pkcs1"),
            ("aes-256-gcm", "rsa-oaep-sha-256", "rsa-pss"),
        ):
            sending = Sending(
                "ACME",
                "US",
                "<1@acme.example>",
                NOW,
                io.BytesIO,
                "850",
                sign_with,
                signature=signature,
                encrypt_to=encrypt_to,
                cipher=cipher,
                key_transport=transport,
                compress=compress,
            )
            yield write_as2([OutgoingPayload(Octets.of(_EDI), filename="order Ä.edi")], sending)
    files = [OutgoingPayload(Octets.of(_EDI), transfer_encoding="base64"), OutgoingPayload(Octets.of(b"x"))]
    yield write_as2(
        files, Sending("A B", 'C"D', "<1@a>", NOW, io.BytesIO, sign_with=ACME, digest="sha-1", terms=_LEGACY)
    )


def transmissions() -> Iterator[bytes]:
    """Yield headers and body of each."""
    for one in _sealed():
        yield _joined(one.headers, one.body.read())


def _joined(headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> bytes:
    return b"\r\n".join(name + b": " + value for name, value in headers) + b"\r\n\r\n" + body


def entities() -> Iterator[bytes]:
    """Yield what is signed."""
    yield b"Content-Type: application/edi-x12\r\nContent-Disposition: attachment; filename*0*=utf-8''a%20; filename*1=b\r\n\r\nISA"
    yield b'Content-Type: a/b; x="y\\"z"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + base64.encodebytes(_EDI)
    yield b"Content-Type: a/b;\r\n name=c\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3D=\r\nb"
    yield multipart(b"Content-Type: a/b\r\n\r\nx", b"\r\ny", kind="multipart/related", b=b"R")
    yield compressed(zlib.compress(b"Content-Type: a/b\r\n\r\nx"))


def structures() -> Iterator[bytes]:
    """Yield structures of each kind, with the byte before them that says which."""
    for one in _sealed():
        if one.evidence.encrypted_to:
            yield b"\x00" + one.body.read()
        elif one.evidence.compressed and not one.evidence.signed_by:
            yield b"\xff" + one.body.read()
    yield b"\x66" + signature_over(_EDI, ACME)
    octets = b"\x24\x80\x04\x02ab\x04\x01c\0\0"
    yield b"\xff\x30\x80\x06\x0b" + bytes.fromhex("2a864886f70d0109100109") + b"\xa0\x80\x30\x80\x02\x01\x00" + octets


def receipts() -> Iterator[bytes]:
    """Yield answers, and what is signed in them."""
    receiving = Receiving((US,), (pinned(ACME),), NOW, io.BytesIO)
    for one in itertools.islice(_sealed(), 3):
        headers = read_headers(one.headers)
        for key in (ACME, None):
            written = write_mdn(headers, read_as2(headers, one.body, receiving), Answering("<m@us>", NOW, key))
            if written is not None:
                yield _joined(written.headers, written.body)
                yield _joined(tuple(pair for pair in written.headers if pair[0] == b"Content-Type"), written.body)
