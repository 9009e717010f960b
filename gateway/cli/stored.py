"""A stored document's own bytes and its canonical JSON, as they are kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from gateway.errors import GatewayError
from gateway.settings import Settings
from gateway.store import documents
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.payloads import CHUNK_BYTES, PayloadStore


def stored_bytes(connection: Transaction, settings: Settings, document: Document) -> Iterator[bytes]:
    """Yield a document's bytes, exactly as they came or left; of one transaction set only its own part.

    Raises:
        GatewayError: GW-6104 it has none; GW-5004 they are gone from the store.
    """
    if document.payload_sha256 is None or document.payload_size == 0:
        raise GatewayError(
            "GW-6104", f"Document {document.id} has no bytes: it was empty, too large, or is not in its envelope yet."
        )
    payloads = PayloadStore(settings.payload_dir, settings.payload_inline_bytes, settings.payload_limit_bytes)
    end = document.payload_offset + document.payload_size
    for offset in range(document.payload_offset, end, CHUNK_BYTES):
        yield payloads.slice(connection, document.payload_sha256, offset, min(CHUNK_BYTES, end - offset))


def interchange_bytes(connection: Transaction, settings: Settings, document: Document) -> Iterator[bytes]:
    """Yield the whole payload that a document lies in: a transaction set says little without its envelope.

    Raises:
        GatewayError: GW-6104 it has none; GW-5004 it is gone from the store.
    """
    if document.payload_sha256 is None or document.payload_size == 0:
        return stored_bytes(connection, settings, document)
    payloads = PayloadStore(settings.payload_dir, settings.payload_inline_bytes, settings.payload_limit_bytes)
    return payloads.chunks(connection, document.payload_sha256)


def print_bytes(pieces: Iterator[bytes]) -> None:
    """Write bytes to stdout as they are: they are for a file or another program."""
    sys.stdout.flush()
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def canonical_json(connection: Transaction, document: Document, *, is_ours: bool = False) -> str:
    """Return the canonical JSON that a document was translated to or from.

    Args:
        is_ours: as the ERP got or gave it; that differs from what the partner sent or got where cross references changed it.

    Raises:
        GatewayError: GW-6104, it has none.
    """
    held = documents.content(connection, document.id)
    canonical: str | None = (held.get("in_our_words") if is_ours else None) or held.get("canonical")
    if canonical is None:
        raise GatewayError(
            "GW-6104",
            f"Document {document.id} has no canonical form; it is no business document, or was not translated.",
        )
    return canonical
