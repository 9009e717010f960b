from __future__ import annotations

from pathlib import Path

import pytest

from translators.x12 import Catalogue

_MAPS = Path(__file__).parents[3] / "maps" / "x12"


def _load(name: str) -> bytes | None:
    path = _MAPS / name
    return path.read_bytes() if path.is_file() else None


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The product's own definitions; one for the session, as in the product, so that what is compiled stays."""
    return Catalogue(_load)
