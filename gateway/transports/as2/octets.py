"""Bytes that may be too many to hold: a stretch of a file, read in pieces.

Every layer of an AS2 transmission is a stretch of some file: of the received body, or of a scratch file that a layer was decrypted or
inflated into. A transmission of 2 KB and one of 1 GB go through the same code; what differs is the file that `Scratch` hands out.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

CHUNK_BYTES = 262_144

# Hands out an empty file, open for reading and writing, seekable; its owner closes it. `io.BytesIO` will do where bodies are small.
Scratch = Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Octets:
    """A stretch of an open file.

    Args:
        file: seekable; nobody else may read it at the same time.
        start: offset of the first byte.
        size_bytes: how many.
    """

    file: BinaryIO
    start: int
    size_bytes: int

    @classmethod
    def of(cls, octets: bytes) -> Octets:
        """Return a stretch over bytes in memory."""
        return cls(io.BytesIO(octets), 0, len(octets))

    @classmethod
    def whole(cls, file: BinaryIO) -> Octets:
        """Return a stretch over all of `file`."""
        return cls(file, 0, file.seek(0, io.SEEK_END))

    def part(self, start: int, size_bytes: int | None = None) -> Octets:
        """Return a stretch of this stretch; what lies beyond its end is left out."""
        start = min(start, self.size_bytes)
        rest = self.size_bytes - start
        return Octets(self.file, self.start + start, rest if size_bytes is None else min(size_bytes, rest))

    def chunks(self, chunk_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
        """Yield the bytes in pieces."""
        at, end = self.start, self.start + self.size_bytes
        while at < end:
            self.file.seek(at)
            piece = self.file.read(min(chunk_bytes, end - at))
            if not piece:
                return
            at += len(piece)
            yield piece

    def at(self, offset: int, size_bytes: int) -> bytes:
        """Return up to `size_bytes` bytes from `offset` on."""
        self.file.seek(self.start + offset)
        return self.file.read(max(0, min(size_bytes, self.size_bytes - offset)))

    def read(self) -> bytes:
        """Return all of it; for what is known to be small."""
        return self.at(0, self.size_bytes)


@dataclass(frozen=True, slots=True)
class Joined:
    """Several stretches one after the other; what a layer is written from."""

    stretches: tuple[Octets, ...]

    @property
    def size_bytes(self) -> int:
        """Return how many bytes they are together."""
        return sum(stretch.size_bytes for stretch in self.stretches)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes in pieces."""
        for stretch in self.stretches:
            yield from stretch.chunks()


def spooled(chunks: Iterable[bytes], scratch: Scratch) -> Octets:
    """Return what `chunks` yield, written to a scratch file."""
    file = scratch()
    size_bytes = 0
    for chunk in chunks:
        file.write(chunk)
        size_bytes += len(chunk)
    return Octets(file, 0, size_bytes)
