"""Transmissions that nobody should send, made from the parts of good ones."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

from gateway.transports.as2 import algorithms, ber
from gateway.transports.as2.algorithms import CIPHERS, DIGESTS, PKCS1
from gateway.transports.as2.ber import der, element
from gateway.transports.as2.enveloped import encrypted
from gateway.transports.as2.octets import Joined, Octets
from gateway.transports.as2.signed import digests, signed_data
from tests.gateway.transports.as2.parties import EDI, NOW, acme, pinned, us

ENTITY = b"Content-Type: application/edi-x12\r\n\r\n" + EDI
DIGEST = DIGESTS["sha-256"]
Node = tuple[int, Any]  # a tag, and bytes or the nodes in it


def signature_over(content: bytes, key: Any = None) -> bytes:
    return signed_data(digests([content], [DIGEST])["sha-256"], key or acme(), DIGEST, PKCS1, NOW)


def nodes(structure: bytes) -> Node:
    """Return DER as nodes."""

    def one(value: ber.Element) -> Node:
        return (value.tag, [one(child) for child in value.children(16)] if value.tag & 0x20 else value.octets)

    return one(element(structure, 0, len(structure), 16))


def encoded(node: Node) -> bytes:
    tag, content = node
    return der(tag, content) if isinstance(content, bytes) else der(tag, *map(encoded, content))


def changed_signature(change: Callable[[list[Node], list[Node]], None], content: bytes = ENTITY) -> bytes:
    """Return a signature after `change` had the nodes of its SignedData and of its first SignerInfo."""
    tree = nodes(signature_over(content))
    signed = tree[1][1][1][0][1]
    change(signed, signed[-1][1][0][1])
    return encoded(tree)


def part(fields: bytes, body: bytes) -> bytes:
    return fields + b"\r\n\r\n" + body


def signature_part(structure: bytes) -> bytes:
    fields = b"Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64"
    return part(fields, base64.encodebytes(structure))


def multipart(
    *parts: bytes, kind: str = 'multipart/signed; protocol="application/pkcs7-signature"', b: bytes = b"B"
) -> bytes:
    delimiter = b"\r\n--" + b
    fields = f'Content-Type: {kind}; boundary="{b.decode()}"'.encode()
    return part(fields, b"--" + b + b"\r\n" + (delimiter + b"\r\n").join(parts) + delimiter + b"--\r\n")


def signed(content: bytes = ENTITY, key: Any = None, b: bytes = b"B") -> bytes:
    return multipart(content, signature_part(signature_over(content, key)), b=b)


def enveloped(entity: bytes, cipher: str = "aes-128-cbc") -> bytes:
    """Return an entity that is `entity`, encrypted to us."""
    structure = encrypted(Joined((Octets.of(entity),)), pinned(us()), CIPHERS[cipher], PKCS1, io.BytesIO).read()
    kind = b"authEnveloped-data" if "gcm" in cipher else b"enveloped-data"
    return part(b"Content-Type: application/pkcs7-mime; smime-type=" + kind, structure)


def compressed(deflated: bytes) -> bytes:
    """Return an entity that claims to be compressed, around any bytes."""
    content = der(ber.SEQUENCE, der(ber.OBJECT_IDENTIFIER, algorithms.DATA), der(0xA0, der(ber.OCTET_STRING, deflated)))
    structure = der(
        ber.SEQUENCE,
        der(ber.OBJECT_IDENTIFIER, algorithms.COMPRESSED_DATA),
        der(0xA0, der(ber.SEQUENCE, ber.der_integer(0), algorithms.identifier(algorithms.ZLIB, None), content)),
    )
    return part(b"Content-Type: application/pkcs7-mime; smime-type=compressed-data", structure)
