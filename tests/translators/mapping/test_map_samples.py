"""Each shipped map has sample pairs beside it: the wire as sent, the canonical document expected. Both ways must agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.translators.mapping.same_meaning import differences, elements
from tests.translators.mapping.shipped import (
    MAPS,
    X12_MAPS,
    body_of,
    read_with,
    sets_in,
    shipped_map,
    tree_of,
)
from translators.x12 import Loop

SAMPLES = tuple(sorted(MAPS.rglob("samples/*.edi")))


def _pairs() -> list[Path]:
    return [path for path in SAMPLES if map_of(path) in X12_MAPS]


def map_of(path: Path) -> str:
    """Return the map a sample is for: samples/850-stores.edi is for the 850.toml beside samples/."""
    return "/".join([*path.relative_to(MAPS).parts[:-2], path.stem.partition("-")[0]])


@pytest.mark.parametrize("path", _pairs(), ids=lambda p: str(p.relative_to(MAPS)))
def test_a_sample_reads_as_its_json_says(path: Path) -> None:
    ((interchange, group, found),) = sets_in(path.read_bytes())
    assert found.findings == ()
    assert found.tree is not None
    by = shipped_map(map_of(path))
    reading = read_with(by, found.tree, group.release, interchange.separators)
    assert reading.findings == ()
    assert reading.document is not None
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    got = reading.document.model_dump_json(exclude_defaults=True, exclude={"source"})
    assert json.loads(got) == expected


@pytest.mark.parametrize("path", _pairs(), ids=lambda p: str(p.relative_to(MAPS)))
def test_a_sample_is_written_again_with_everything_that_carries_meaning(path: Path) -> None:
    ((interchange, group, found),) = sets_in(path.read_bytes())
    assert found.tree is not None
    by = shipped_map(map_of(path))
    document = read_with(by, found.tree, group.release, interchange.separators).document
    assert document is not None
    body, complaints = body_of(by, document, group.release)
    assert complaints == ()
    assert differences(elements(found.tree), elements(Loop("", body))) == []
    again = read_with(by, tree_of(body, found.id, group.release), group.release).document
    assert again is not None
    assert again.model_dump(exclude={"source"}) == document.model_dump(exclude={"source"})


def test_every_map_has_a_sample() -> None:
    have = {map_of(path) for path in SAMPLES if path.with_suffix(".json").is_file()}
    assert set(X12_MAPS) <= have


def test_every_canonical_field_points_at_the_wire() -> None:
    ((interchange, group, found),) = sets_in((MAPS / "x12/samples/850-retail.edi").read_bytes())
    assert found.tree is not None
    document = read_with(shipped_map("x12/850"), found.tree, group.release, interchange.separators).document
    assert document is not None
    positions = document.source.positions
    assert positions["order_number"] == "2:BEG:3"
    assert positions["requested_delivery"] == "8:DTM:2"
    assert positions["parties/1/address/city"] == "21:N4:1"
    assert positions["lines/1/quantity/unit"] == "25:PO1:3"
    assert positions["lines/1/item/identifiers/1/value"] == "25:PO1:11"
    assert document.source.map_name == "x12/850"
    assert document.source.map_version == shipped_map("x12/850").version
