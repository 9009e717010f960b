"""Which releases each shipped map serves beside those it names: all of which the paths agree, and documents come back the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.translators.mapping.documents import documents
from tests.translators.mapping.shipped import MAPS, body_of, load, read_with, shipped_map, tree_of
from translators.mapping import MapErrors, load_map

RELEASES = tuple(sorted(p.name for p in (MAPS / "x12").iterdir() if p.name.isdigit()))
SINCE_003040, SINCE_003050 = RELEASES, RELEASES[1:]
# 003040 has no notes at a line of an order or of its change.
SERVES = {
    "810": SINCE_003040,
    "846": SINCE_003040,
    "850": SINCE_003050,
    "855": SINCE_003040,
    "856": SINCE_003040,
    "860": SINCE_003050,
    "865": SINCE_003040,
    "997": SINCE_003040,
}
TRIED = ("003050", "004030", "005030")


def _serves(set_id: str, release: str) -> bool:
    text = (MAPS / f"x12/{set_id}.toml").read_text(encoding="utf-8")
    only = re.sub(r"^releases = .*$", f'releases = ["{release}"]', text, flags=re.MULTILINE).encode()
    try:
        load_map("x12/only", lambda name: only if name == "x12/only.toml" else load(name))
    except MapErrors:
        return False
    return True


@pytest.mark.parametrize("set_id", SERVES)
def test_the_paths_of_a_map_agree_with_these_releases(set_id: str) -> None:
    assert tuple(r for r in RELEASES if _serves(set_id, r)) == SERVES[set_id]


def test_every_x12_map_is_in_the_list() -> None:
    assert set(SERVES) == {p.stem for p in (MAPS / "x12").glob("*.toml")}


@pytest.mark.parametrize(("set_id", "release"), [(s, r) for s in SERVES for r in TRIED if r in SERVES[s]])
@given(data=st.data())
@settings(max_examples=3, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_document_comes_back_the_same_in_a_release_the_map_does_not_name(
    set_id: str, release: str, data: st.DataObject
) -> None:
    by = shipped_map(f"x12/{set_id}")
    document = data.draw(documents(by, release))
    body, complaints = body_of(by, document, release)
    assert [c for c in complaints if c.startswith("MAP-")] == []
    reading = read_with(by, tree_of(body, set_id, release), release)
    assert reading.document is not None, reading.findings
    about = {"source", "partner", "is_test"}
    assert reading.document.model_dump(exclude=about) == document.model_dump(exclude=about)
