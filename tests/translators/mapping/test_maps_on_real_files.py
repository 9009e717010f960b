"""Files from the field: each set of a mapped kind becomes a document, or a finding says why not; what became one survives the way back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.translators.mapping.same_meaning import differences, elements
from tests.translators.mapping.shipped import MAPS, ROOT, read_with, sets_in, shipped_map
from translators.mapping import WriteContext
from translators.x12 import Separators

FIELD = ROOT.parent / "shared" / "samples"
MAPPED = {p.stem for p in (MAPS / "x12").glob("*.toml")}
FILES = sorted(p for p in FIELD.glob("*/*") if p.parent.name in {*MAPPED, "mixed"}) if FIELD.is_dir() else []

needs_files = pytest.mark.skipif(not FILES, reason="the files from the field are not on this machine")


@needs_files
@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}"[:60])
def test_a_file_translates_or_is_refused_with_a_reason(path: Path) -> None:
    for interchange, group, found in sets_in(path.read_bytes()):
        if found.id not in MAPPED or found.tree is None:
            continue
        by = shipped_map(f"x12/{found.id}")
        reading = read_with(by, found.tree, group.release, interchange.separators)
        refusals = [f for f in (*found.findings, *reading.findings) if f.refuses]
        if reading.document is None:
            assert refusals
            continue
        if not found.is_accepted or reading.findings:
            continue  # a set that breaks the standard has no right form to come back to
        # Separators that stand in no value of the file: what is compared is the map, not what separates.
        separators = Separators("\x1d", "\x1f", "\x1c", "\x1e")
        writing = by.write(reading.document, WriteContext(group.release, separators))
        assert [f.sentence for f in writing.findings] == []
        again = read_with(by, writing.tree, group.release, separators)
        assert again.document is not None
        assert again.document.model_dump(exclude={"source"}) == reading.document.model_dump(exclude={"source"})
        if group.release[:6] in by.rules.releases:
            assert differences(elements(found.tree), elements(writing.tree)) == []
