"""Each shipped map has sample pairs beside it: the wire as sent, the canonical document expected. Both ways must agree."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.translators.mapping.shipped import (
    MAPS,
    body_of,
    read_with,
    sets_in,
    shipped_map,
    tree_of,
)

SAMPLES = tuple(sorted((MAPS / "x12" / "samples").glob("*.edi")))
MAPPED = {"850", "855", "856", "810", "860", "865", "846"}


def _pairs() -> list[Path]:
    return [path for path in SAMPLES if path.stem[:3] in MAPPED]


@pytest.mark.parametrize("path", _pairs(), ids=lambda p: p.stem)
def test_a_sample_reads_as_its_json_says(path: Path) -> None:
    ((interchange, group, found),) = sets_in(path.read_bytes())
    assert found.findings == ()
    assert found.tree is not None
    by = shipped_map(f"x12/{found.id}")
    reading = read_with(by, found.tree, group.release, interchange.separators)
    assert reading.findings == ()
    assert reading.document is not None
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    got = reading.document.model_dump_json(exclude_defaults=True, exclude={"source"})
    assert json.loads(got) == expected


@pytest.mark.parametrize("path", _pairs(), ids=lambda p: p.stem)
def test_a_sample_is_written_again_with_everything_that_carries_meaning(path: Path) -> None:
    ((interchange, group, found),) = sets_in(path.read_bytes())
    assert found.tree is not None
    by = shipped_map(f"x12/{found.id}")
    document = read_with(by, found.tree, group.release, interchange.separators).document
    assert document is not None
    body, complaints = body_of(by, document, group.release)
    assert complaints == ()
    sent = [s.split("*") for s in path.read_text("latin-1").replace("\n", "").split("~")][3:-4]
    # Pairs close up where the sender left a gap among them: which pair stands where says nothing.
    assert Counter("*".join(e for e in s if e) for s in body) == Counter("*".join(e for e in s if e) for s in sent)
    again = read_with(by, tree_of(body, found.id, group.release), group.release).document
    assert again is not None
    assert again.model_dump(exclude={"source"}) == document.model_dump(exclude={"source"})


def test_every_map_has_a_sample() -> None:
    have = {path.stem[:3] for path in SAMPLES if path.with_suffix(".json").is_file()}
    maps = {p.stem for p in (MAPS / "x12").glob("*.toml")}
    assert maps <= have


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
