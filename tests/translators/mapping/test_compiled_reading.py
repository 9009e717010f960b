"""The compiled reader gives what the exact reader gives, document, findings and positions, or leaves the document to it."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.benchmarks.x12.corpus import Corpus
from tests.translators.mapping.documents import documents
from tests.translators.mapping.shipped import MAPS, X12_MAPS, body_of, sets_in, shipped_map, tree_of
from tests.translators.mapping.test_map_samples import SAMPLES, map_of
from translators.canonical import Source
from translators.mapping import Map, ReadContext, WriteContext
from translators.x12 import Loop, Separators

CONTEXT = ReadContext("northwind", True, Source(standard="x12"), Separators(), "004010")
# A 997 is small, and looks at composites and at several texts of one segment: it is left to the exact reader.
COMPILED = [name for name in X12_MAPS if name != "x12/997"]
PAIRS = [path for path in SAMPLES if map_of(path) in COMPILED]
# What a value may become on the wire: gone, blank, in another alphabet, no number, a date that is none, a qualifier, two components.
ODD_VALUES = ("", " ", "ZZ", "é", "Ã©", "-1", "1.5.2", "20260230", "ST", "F", "0", "EA", "a>b", "x" * 90)


def agree(by: Map, tree: Loop) -> bool:
    """Return whether the compiled reader answered, after holding its answer against the exact one's."""
    compiled = by.read_as_expected(tree, CONTEXT)
    if compiled is None:
        return False
    exact = by.read_exactly(tree, CONTEXT)
    assert compiled.document is not None
    assert exact.document is not None
    values = compiled.document.model_dump()
    assert values == exact.document.model_dump()
    assert (
        type(compiled.document).model_validate(values) == compiled.document
    )  # pydantic finds nothing in what it was not asked about
    assert compiled.document == exact.document
    assert json.loads(compiled.document.model_dump_json()) == json.loads(exact.document.model_dump_json())
    assert compiled.findings == exact.findings
    return True


@pytest.mark.parametrize("path", PAIRS, ids=lambda p: str(p.relative_to(MAPS)))
def test_the_compiled_reader_reads_every_sample_as_the_exact_one_does(path: Path) -> None:
    ((_interchange, _group, found),) = sets_in(path.read_bytes())
    by = shipped_map(map_of(path))
    assert found.tree is not None
    assert agree(by, found.tree)


@pytest.mark.parametrize("name", COMPILED)
def test_every_shipped_map_of_transaction_sets_is_compiled(name: str) -> None:
    source = shipped_map(name).source
    assert "def read_document(" in source
    compile(source, name, "exec")


@pytest.mark.parametrize("name", COMPILED)
@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_stands_on_the_wire_both_readers_agree(name: str, data: st.DataObject) -> None:
    by = shipped_map(name)
    release = by.rules.releases[0]
    body, _complaints = body_of(by, data.draw(documents(by)), release)
    tree = tree_of(body, by.set_id, release)
    for _ in range(data.draw(st.integers(0, 6))):
        loop = data.draw(st.sampled_from(list(tree.walk())))
        if not loop.segments:
            continue
        segment = data.draw(st.sampled_from(loop.segments))
        if len(segment) > 1 and segment[0] not in ("ST", "SE"):
            element = data.draw(st.integers(1, len(segment)))
            segment[element : element + 1] = [data.draw(st.sampled_from(ODD_VALUES))]
        if data.draw(st.integers(0, 5)) == 0 and segment[0] not in ("ST", "SE", "HL"):
            loop.segments.append(list(segment))
            loop.numbers.append(99)
    agree(by, tree)


def test_a_document_made_without_validation_is_like_any_other() -> None:
    ((_interchange, _group, found),) = sets_in((MAPS / "x12/samples/850-retail.edi").read_bytes())
    assert found.tree is not None
    reading = shipped_map("x12/850").read_as_expected(found.tree, CONTEXT)
    assert reading is not None
    document = reading.document
    assert document is not None
    again = type(document).model_validate_json(document.model_dump_json())
    assert again == document
    assert type(document).model_validate(document.model_dump()) == document
    assert copy.deepcopy(document) == document
    assert pickle.loads(pickle.dumps(document)) == document
    line = document.lines[0]  # type: ignore[attr-defined]
    assert line.model_copy(update={"line_id": "7"}).line_id == "7"
    assert line.line_id == "1"
    with pytest.raises(ValueError, match="frozen"):
        line.line_id = "2"


def test_the_collector_works_again_after_a_reading() -> None:
    ((_interchange, _group, found),) = sets_in((MAPS / "x12/samples/850-retail.edi").read_bytes())
    assert found.tree is not None
    shipped_map("x12/850").read(found.tree, CONTEXT)
    assert gc.isenabled()


def _calls(action: Callable[[], object]) -> int:
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("kind", ["850", "855", "856", "810"])
def test_ten_times_the_lines_take_ten_times_the_steps(kind: str) -> None:
    by = shipped_map(f"x12/{kind}")
    steps: dict[str, list[int]] = {"compiled": [], "exact": [], "written": []}
    for size_bytes in (10_000, 100_000):
        ((_interchange, group, found),) = sets_in(Corpus(1).huge(size_bytes, kind))
        assert found.tree is not None
        document = by.read(found.tree, CONTEXT).document
        assert document is not None
        tree, how = found.tree, WriteContext(group.release, CONTEXT.separators)
        steps["compiled"].append(_calls(lambda t=tree: by.read_as_expected(t, CONTEXT)))
        steps["exact"].append(_calls(lambda t=tree: by.read_exactly(t, CONTEXT)))
        steps["written"].append(_calls(lambda d=document, h=how: by.write(d, h)))
    for few, many in steps.values():
        assert many < 11.5 * few
