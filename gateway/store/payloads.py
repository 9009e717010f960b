"""Payloads: the bytes as they came or left, found by their SHA-256, never changed.

Small ones live in the database and are durable with the transaction that names them. Large ones are written to a temporary file,
fsynced, renamed into place, and the folder fsynced, before any transaction names them: nothing is ever half there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, bindparam, insert, select

from gateway.errors import GatewayError
from gateway.store.statements import Statement
from gateway.store.tables import payloads

CHUNK_BYTES = 262_144

_INSERT = Statement(insert(payloads))
_GET = Statement(select(payloads.c.content, payloads.c.size_bytes).where(payloads.c.sha256 == bindparam("wanted")))
_KNOWN = Statement(select(payloads.c.sha256).where(payloads.c.sha256 == bindparam("wanted")))


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes that are ready to be named by a transaction; `content` is None when they are a file already."""

    sha256: str
    size_bytes: int
    content: bytes | None


class PayloadStore:
    """Keeps payloads.

    Args:
        folder: for the large ones; created when needed.
        inline_bytes: up to this size they go into the database.
        limit_bytes: the largest payload that is taken.
    """

    def __init__(self, folder: Path, inline_bytes: int, limit_bytes: int) -> None:
        self._folder = folder
        self._inline_bytes = inline_bytes
        self._limit_bytes = limit_bytes

    def take(self, chunks: Iterable[bytes], name: str) -> Payload:
        """Read all of `chunks` and return them as a payload; a large one is durable on disk when this returns.

        Args:
            name: unique while it is being written; for the temporary file.

        Raises:
            GatewayError: GW-2002 larger than the limit; GW-5003 the disk could not take it (retryable).
        """
        digest = hashlib.sha256()
        size = 0
        held: list[bytes] = []
        spool: BinaryIO | None = None
        path = self._folder / f"{name}.tmp"
        try:
            for chunk in chunks:
                size += len(chunk)
                if size > self._limit_bytes:
                    raise GatewayError(
                        "GW-2002",
                        f"The payload is larger than the limit of {self._limit_bytes} bytes (payload_limit_bytes); it was not taken.",
                    )
                digest.update(chunk)
                if spool is None and size > self._inline_bytes:
                    self._folder.mkdir(parents=True, exist_ok=True)
                    spool = path.open("wb")
                    for earlier in held:
                        spool.write(earlier)
                    held = []
                if spool is None:
                    held.append(chunk)
                else:
                    spool.write(chunk)
            sha256 = digest.hexdigest()
            if spool is None:
                return Payload(sha256, size, b"".join(held))
            spool.flush()
            os.fsync(spool.fileno())
            spool.close()
            final = self._path(sha256)
            final.parent.mkdir(parents=True, exist_ok=True)
            path.replace(final)
            # The file's name is durable with its folder, and each folder's name with the one above it.
            for folder in (final.parent, self._folder, self._folder.parent):
                _fsync_folder(folder)
            return Payload(sha256, size, None)
        except OSError as full:
            raise GatewayError(
                "GW-5003",
                f"The payload could not be stored: {full.strerror}. It stays where it is and is taken when there is room again.",
                is_retryable=True,
            ) from full
        finally:
            with contextlib.suppress(OSError):  # on a full disk closing tries to write the rest once more
                if spool is not None:
                    spool.close()
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def put(self, connection: Connection, payload: Payload, now: datetime) -> None:
        """Name the payload in the database; one that is there already is left as it is."""
        if _KNOWN.first(connection, {"wanted": payload.sha256}) is None:
            _INSERT.run(
                connection,
                {
                    "sha256": payload.sha256,
                    "size_bytes": payload.size_bytes,
                    "content": payload.content,
                    "stored_at": now,
                },
            )

    def chunks(self, connection: Connection, sha256: str) -> Iterator[bytes]:
        """Yield the payload's bytes in chunks of up to CHUNK_BYTES.

        Raises:
            GatewayError: GW-5004 it is not there; GW-5006, at the end, that these were not its bytes.
        """
        row = _GET.first(connection, {"wanted": sha256})
        if row is None:
            raise GatewayError("GW-5004", f"The payload {sha256[:12]} is not in the store; restore it from a backup.")
        if row.content is not None:
            yield _checked(row.content, sha256)
            return
        digest = hashlib.sha256()
        with self._open(sha256) as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                yield chunk
        if digest.hexdigest() != sha256:
            raise _damaged(sha256)

    def slice(self, connection: Connection, sha256: str, offset: int, size: int) -> bytes:
        """Return `size` bytes of the payload from `offset`; of a file without looking at the rest of it.

        Raises:
            GatewayError: GW-5004 it is not there; GW-5006 its bytes are not those that were stored.
        """
        row = _GET.first(connection, {"wanted": sha256})
        if row is not None and row.content is not None:
            content = _checked(row.content, sha256)
            return content[offset : offset + size]
        with self._open(sha256) as file:
            file.seek(offset)
            return file.read(size)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _open(self, sha256: str) -> BinaryIO:
        try:
            return self._path(sha256).open("rb")
        except OSError as missing:
            raise GatewayError(
                "GW-5004",
                f"The payload {sha256[:12]} is not in {self._folder}: {missing.strerror}; restore it from a backup.",
            ) from missing


def _checked(content: bytes, sha256: str) -> bytes:
    """Return `content`, which must have the SHA-256 it goes by. Raises GatewayError GW-5006."""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _damaged(sha256)
    return content


def _damaged(sha256: str) -> GatewayError:
    return GatewayError(
        "GW-5006",
        f"The payload {sha256[:12]} is damaged: its bytes are not those that were stored. Put it back from a backup.",
    )


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
