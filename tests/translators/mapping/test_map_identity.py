"""canonical → wire → canonical is the identity, for every shipped X12 map in every release it says it serves."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.translators.mapping.documents import documents
from tests.translators.mapping.shipped import X12_MAPS, body_of, read_with, shipped_map, tree_of

# The releases that everybody trades in; the others are tried in test_maps_and_releases.
CASES = [
    (name, release)
    for name in X12_MAPS
    for release in shipped_map(name).rules.releases
    if release in ("004010", "005010") or name.startswith("guides/")
]
WRITTEN_ABOUT = {"source", "partner", "is_test"}


@pytest.mark.parametrize(("name", "release"), CASES)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_what_is_written_reads_back_the_same(name: str, release: str, data: st.DataObject) -> None:
    by = shipped_map(name)
    document = data.draw(documents(by, release))
    body, complaints = body_of(by, document, release)
    # What a partner's guide demands besides is not what is proven here.
    assert [c for c in complaints if c.startswith("MAP-") and not c.startswith("MAP-GUIDE")] == []
    assert not [c for c in complaints if c.startswith("X12-WRITE")], complaints
    reading = read_with(by, tree_of(body, by.set_id, release), release)
    assert reading.document is not None, reading.findings
    assert reading.document.model_dump(exclude=WRITTEN_ABOUT) == document.model_dump(exclude=WRITTEN_ABOUT)
    assert [f for f in reading.findings if f.code != "MAP-GUIDE"] == []


@pytest.mark.parametrize(("name", "release"), CASES)
@given(data=st.data())
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_writing_does_not_change_the_document(name: str, release: str, data: st.DataObject) -> None:
    by = shipped_map(name)
    document = data.draw(documents(by, release))
    before = document.model_dump_json()
    first = body_of(by, document, release)
    assert body_of(by, document, release) == first
    assert document.model_dump_json() == before
