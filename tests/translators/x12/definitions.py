"""The product's own definitions, as the tests read them: one catalogue, as in the product, so that what is compiled stays.

A constant and not a fixture: hypothesis prints a failing test's arguments, and this one is a megabyte.
"""

from __future__ import annotations

from pathlib import Path

from translators.x12 import Catalogue

MAPS = Path(__file__).parents[3] / "maps" / "x12"


def _load(name: str) -> bytes | None:
    path = MAPS / name
    return path.read_bytes() if path.is_file() else None


CATALOGUE = Catalogue(_load)

SETS = sorted(
    (release.name, file.stem)
    for release in MAPS.iterdir()
    if release.name.isdigit()
    for file in release.glob("[0-9]*.json")
)
