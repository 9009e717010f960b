"""Compression: CompressedData with zlib, inflated within bounds.

Source: RFC 3274, RFC 5402.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from gateway.transports.as2 import algorithms, ber
from gateway.transports.as2.ber import Reader, der, der_header
from gateway.transports.as2.dispositions import DECOMPRESSION_FAILED
from gateway.transports.as2.octets import CHUNK_BYTES, Joined, Octets, Scratch, spooled
from gateway.transports.as2.refusals import RefusedError
from gateway.transports.as2.terms import Limits

_LEVEL = 4  # on EDI 1 % larger than zlib's own choice (6) and half as fast again


def inflated(structure: Octets, limits: Limits, scratch: Scratch) -> Octets:
    """Return what is in a CompressedData.

    Raises:
        RefusedError: with DECOMPRESSION_FAILED; AS2-ASN1, AS2-ALGORITHM, AS2-INFLATE, AS2-LIMIT.
    """
    try:
        reader = Reader(structure, limits)
        _enter_content(reader, limits.asn1_depth)
        content = spooled(_inflate(reader, limits), scratch)
        for _ in range(5):
            reader.leave()
        reader.finish()
        return content
    except RefusedError as refusal:
        refusal.disposition = DECOMPRESSION_FAILED
        raise


def _enter_content(reader: Reader, depth: int) -> None:
    reader.enter(ber.SEQUENCE)
    if reader.small().oid() != algorithms.COMPRESSED_DATA:
        raise RefusedError("AS2-ASN1", "The part that should be compressed is not.")
    reader.enter(0xA0)
    reader.enter(ber.SEQUENCE)
    reader.small().integer()
    algorithm, _ = algorithms.read_identifier(reader.small(), depth)
    if algorithm != algorithms.ZLIB:
        raise RefusedError("AS2-ALGORITHM", "It is compressed by something else than zlib.", value=algorithm.hex())
    reader.enter(ber.SEQUENCE)
    if reader.small().oid() != algorithms.DATA:
        raise RefusedError("AS2-ASN1", "The compressed content is of another kind than data.")
    reader.enter(0xA0)


def _inflate(reader: Reader, limits: Limits) -> Iterator[bytes]:
    engine = zlib.decompressobj()
    taken = given = 0
    try:
        for piece in reader.pieces():
            taken += len(piece)
            rest = piece
            while rest and not engine.eof:
                chunk = engine.decompress(rest, CHUNK_BYTES)
                rest = engine.unconsumed_tail
                given += len(chunk)
                if given > limits.payload_bytes:
                    raise RefusedError("AS2-LIMIT", f"It inflates to more than {limits.payload_bytes:,} bytes.")
                if given > max(limits.inflated_free_bytes, limits.inflated_times * taken):
                    raise RefusedError("AS2-LIMIT", f"It inflates to more than {limits.inflated_times} times its size.")
                yield chunk
            if engine.unused_data or (engine.eof and rest):
                raise RefusedError("AS2-INFLATE", "Something follows the end of the compressed bytes.")
    except zlib.error:
        raise RefusedError("AS2-INFLATE", "The compressed bytes are damaged.") from None
    if not engine.eof:
        raise RefusedError("AS2-INFLATE", "The compressed bytes end in the middle.")


def deflated(content: Joined, scratch: Scratch) -> Joined:
    """Return `content` as CompressedData in DER; the compressed bytes lie in a scratch file."""

    def chunks() -> Iterator[bytes]:
        engine = zlib.compressobj(_LEVEL)
        for chunk in content.chunks():
            yield engine.compress(chunk)
        yield engine.flush()

    body = spooled(chunks(), scratch)
    size = body.size_bytes
    string = der_header(ber.OCTET_STRING, size)
    explicit = der_header(0xA0, len(string) + size) + string
    named = der(ber.OBJECT_IDENTIFIER, algorithms.DATA) + explicit
    inner = der_header(ber.SEQUENCE, len(named) + size) + named
    head = ber.der_integer(0) + algorithms.identifier(algorithms.ZLIB, None) + inner
    sequence = der_header(ber.SEQUENCE, len(head) + size) + head
    outer = der(ber.OBJECT_IDENTIFIER, algorithms.COMPRESSED_DATA) + der_header(0xA0, len(sequence) + size) + sequence
    return Joined((Octets.of(der_header(ber.SEQUENCE, len(outer) + size) + outer), body))
