"""The generated writer makes the tree and the findings that the rule-by-rule one makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.translators.mapping.documents import documents
from tests.translators.mapping.shipped import MAPS, X12_MAPS, read_with, sets_in, shipped_map
from tests.translators.mapping.test_map_samples import SAMPLES, map_of
from translators.canonical.document import BusinessDocument
from translators.mapping import Map, WriteContext
from translators.x12 import Loop, Separators

PAIRS = [path for path in SAMPLES if map_of(path) in X12_MAPS]


def flat(tree: Loop) -> list[tuple[str, list[list[str]], list[int]]]:
    return [(loop.name, loop.segments, loop.numbers) for loop in tree.walk()]


def both_write_the_same(by: Map, document: BusinessDocument, context: WriteContext) -> None:
    generated, exact = by.write(document, context), by.write_exactly(document, context)
    assert flat(generated.tree) == flat(exact.tree)
    assert generated.findings == exact.findings


@pytest.mark.parametrize("path", PAIRS, ids=lambda p: str(p.relative_to(MAPS)))
def test_a_sample_is_written_the_same(path: Path) -> None:
    ((_interchange, group, found),) = sets_in(path.read_bytes())
    by = shipped_map(map_of(path))
    assert found.tree is not None
    document = read_with(by, found.tree, group.release).document
    assert document is not None
    for release in ("003040", "004010", "005010"):
        both_write_the_same(by, document, WriteContext(release, Separators()))


@pytest.mark.parametrize("name", X12_MAPS)
@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_the_document_says_it_is_written_the_same(name: str, data: st.DataObject) -> None:
    by = shipped_map(name)
    # Also of a partner's own map for the same kind of document: words this one has no code for, places it does not have.
    like_it = [each for each in X12_MAPS if shipped_map(each).document_type == by.document_type]
    document = data.draw(documents(shipped_map(data.draw(st.sampled_from([name, *like_it])))))
    for release in by.rules.releases[:2]:
        both_write_the_same(by, document, WriteContext(release, Separators()))
        # Separators that most documents' texts hold, so that values are refused and cleaned.
        both_write_the_same(by, document, WriteContext(release, Separators("A", "1", "0", "-")))


def test_a_shipped_map_writes_by_generated_code() -> None:
    by = shipped_map("x12/850")
    assert {writer.__name__ for writer, _totals in by._writers.values()} == {"write_block"}
