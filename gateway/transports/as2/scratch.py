"""Files without names for what is decrypted, inflated or sealed; the smaller ones never touch the disk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import BinaryIO, cast

HELD_BYTES = 1_048_576  # of a file in memory; what is larger goes to the disk


def scratch_file(folder: Path) -> BinaryIO:
    """Return an empty file without a name; the smaller ones never touch the disk. Its owner closes it."""
    return cast("BinaryIO", tempfile.SpooledTemporaryFile(HELD_BYTES, mode="w+b", dir=str(folder)))


class ScratchFiles:
    """Hands out empty files for what is decrypted, inflated or sealed; all of them are gone with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[BinaryIO] = []

    def __enter__(self) -> ScratchFiles:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files:
            file.close()

    def __call__(self) -> BinaryIO:
        """Return an empty file."""
        file = scratch_file(self._folder)
        self._files.append(file)
        return file
