"""The maps as shipped, and the way from bytes to a tree and back that the gateway takes."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

from translators.canonical import Source
from translators.canonical.document import BusinessDocument
from translators.mapping import Map, ReadContext, Reading, WriteContext, load_map
from translators.x12 import (
    Catalogue,
    GroupHeader,
    InterchangeHeader,
    Loop,
    Policy,
    Segment,
    Separators,
    TransactionSet,
    read,
    write_transaction_set,
)

ROOT = Path(__file__).resolve().parents[3]
MAPS = ROOT / "maps"
X12_MAPS = tuple(
    sorted(
        str(p.relative_to(MAPS)).removesuffix(".toml")
        for p in MAPS.rglob("*.toml")
        if p.stem[:3].isdigit() and p.parent.name != "tables"
    )
)


def load(name: str) -> bytes | None:
    """Return the bytes of a file under maps/, None when there is none."""
    path = MAPS / name
    return path.read_bytes() if path.is_file() else None


@functools.cache
def shipped_map(name: str) -> Map:
    """Return a shipped map."""
    return load_map(name, load)


# What a partner's profile says of a release we have no definitions of.
POLICY = Policy(releases={"004060": "004050"})
CATALOGUE = Catalogue(lambda name: load(f"x12/{name}"))


def sets_in(payload: bytes) -> Iterator[tuple[InterchangeHeader, GroupHeader, TransactionSet]]:
    """Yield every transaction set of a payload with its envelope."""
    interchange = group = None
    for event in read([payload], CATALOGUE, POLICY, keep_trees=True):
        if isinstance(event, InterchangeHeader):
            interchange = event
        elif isinstance(event, GroupHeader):
            group = event
        elif isinstance(event, TransactionSet):
            assert interchange is not None
            assert group is not None
            yield interchange, group, event


def read_with(by: Map, tree: Loop, release: str, separators: Separators | None = None) -> Reading:
    """Return what `by` makes of `tree`."""
    return by.read(tree, ReadContext("northwind", True, Source(), separators or Separators(), release))


def body_of(by: Map, document: BusinessDocument, release: str) -> tuple[list[Segment], tuple[str, ...]]:
    """Return the segments of `document` in the standard's order, and every complaint of map and engine."""
    writing = by.write(document, WriteContext(release, Separators()))
    body, findings = write_transaction_set(writing.tree, by.set_id, release, CATALOGUE, policy=POLICY)
    return body, tuple(f"{f.code} {f.sentence}" for f in (*writing.findings, *findings))


def tree_of(body: list[Segment], set_id: str, release: str) -> Loop:
    """Return the tree of a written body as the engine reads it from bytes."""
    isa = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *260109*1015*U*00401*000000001*0*T*>~"
    rows = [f"GS*XX*A*B*20260109*1015*1*X*{release}", f"ST*{set_id}*0001", *("*".join(s) for s in body)]
    rows += [f"SE*{len(body) + 2}*0001", "GE*1*1", "IEA*1*000000001"]
    (_interchange, _group, found) = next(sets_in((isa + "~".join(rows) + "~").encode("latin-1")))
    assert found.tree is not None
    return found.tree
