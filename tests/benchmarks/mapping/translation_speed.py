"""What translating costs beside reading the same bytes, per document type: compiled, rule by rule, and written.

python -m tests.benchmarks.mapping.translation_speed            the table, and how it grows with the number of lines
python -m tests.benchmarks.mapping.translation_speed --memory   what an 850 of 10 MB takes

X12 is held against validation alone, without trees. Rows and XML have no validator of ours: they are held against reading the file
into a tree. CPU time, medians of rounds in which all take turns, on one core.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable

from tests.benchmarks.x12.corpus import Corpus
from tests.benchmarks.x12.measuring import medians, rate
from tests.translators.mapping.shipped import CATALOGUE, MAPS, POLICY, read_with, sets_in, shipped_map
from translators.mapping import Map, ReadContext, WriteContext
from translators.x12 import Loop, read

KINDS = ("850", "855", "856", "810")
SIZE_BYTES = 300_000
ROUNDS = 9
LINES = (1_000, 10_000, 100_000)
# A file of each other format, and what of it is repeated to make a long one.
OTHERS = {
    "csv/order": ("order-two.csv", ""),
    "ubl/order": ("order-two-lines.xml", "cac:OrderLine"),
    "cxml/order": ("order-two-lines.xml", "ItemOut"),
}


def x12(kind: str, size_bytes: int = SIZE_BYTES) -> tuple[bytes, Map, Loop, ReadContext, WriteContext]:
    """Return a long document, its map, its tree, and how it is read and written."""
    payload = Corpus(1).huge(size_bytes, kind)
    ((interchange, group, found),) = sets_in(payload)
    assert found.tree is not None
    separators = interchange.separators
    context = ReadContext("northwind", True, separators=separators, release=group.release)
    return payload, shipped_map(f"x12/{kind}"), found.tree, context, WriteContext(group.release, separators)


def longer(tree: Loop, name: str, times: int) -> Loop:
    """Return `tree` with its loops called `name`, wherever they lie, so many times."""
    loops = [longer(each, name, times) for each in tree.loops]
    repeated = [each for loop in loops for each in ([loop] * times if loop.name == name else [loop])]
    return Loop(tree.name, tree.segments, tree.numbers, repeated)


def other(name: str, times: int = 500) -> tuple[bytes, Map, Loop]:
    """Return a long document of rows or XML, its map and its tree."""
    by = shipped_map(name)
    sample, repeated = OTHERS[name]
    (tree, *_more) = by.trees((MAPS / name).parent.joinpath("samples", sample).read_bytes()).trees
    payload = by.payload([longer(tree, repeated or "line", times)]).content
    return payload, by, by.trees(payload).trees[0]


def row(name: str, size_bytes: int, seconds: dict[str, float]) -> str:
    """Return one row of the table."""
    base = seconds["alone"]
    cells = [f"{seconds[each] * 1000:.1f}" for each in ("alone", "compiled", "exact", "write") if each in seconds]
    if "compiled" not in seconds:
        cells.insert(1, "")
    ratio = seconds.get("compiled", seconds["exact"]) / base
    speed = rate(size_bytes, seconds.get("compiled", seconds["exact"]))
    return f"| {name} | {size_bytes / 1000:.0f} | {' | '.join(cells)} | {ratio:.1f} | {seconds['write'] / base:.1f} | {speed:.1f} |\n"


def table() -> None:
    """Print milliseconds for each document type."""
    out = sys.stdout.write
    out(
        "| document | KB | alone ms | compiled ms | rule by rule ms | written ms | compiled/alone | written/alone | MB/s |\n"
    )
    out("|---|---|---|---|---|---|---|---|---|\n")
    for kind in KINDS:
        payload, by, tree, context, how = x12(kind)
        document = by.read(tree, context).document
        assert document is not None
        engines: dict[str, Callable[[], object]] = {
            "alone": lambda p=payload: list(read([p], CATALOGUE, POLICY)),
            "compiled": lambda b=by, t=tree, c=context: b.read(t, c),
            "exact": lambda b=by, t=tree, c=context: b.read_exactly(t, c),
            "write": lambda b=by, d=document, h=how: b.write(d, h),
        }
        out(row(kind, len(payload), medians(engines, ROUNDS)))
    for name in OTHERS:
        payload, by, tree = other(name)
        document = read_with(by, tree, "").document
        assert document is not None
        engines = {
            "alone": lambda b=by, p=payload: b.trees(p),
            "exact": lambda b=by, t=tree: read_with(b, t, ""),
            "write": lambda b=by, d=document: b.write(d, WriteContext()),
        }
        out(row(name, len(payload), medians(engines, ROUNDS)))


def growth() -> None:
    """Print microseconds a line for ever longer orders: the same figure is linear cost."""
    for lines in LINES:
        payload, by, tree, context, how = x12("850", lines * 103)
        document = by.read(tree, context).document
        assert document is not None
        seconds = medians(
            {
                "read": lambda b=by, t=tree, c=context: b.read(t, c),
                "write": lambda b=by, d=document, h=how: b.write(d, h),
            },
            1,
        )
        each = ", ".join(f"{name} {taken / lines * 1e6:.1f} µs a line" for name, taken in seconds.items())
        sys.stdout.write(f"850 of {lines:,} lines, {len(payload) / 1e6:.1f} MB: {each}\n")


def memory() -> None:
    """Print what the canonical document of a 10 MB order takes, besides its tree."""
    payload, by, tree, context, _how = x12("850", 10_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    document = by.read(tree, context).document
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert document is not None
    sys.stdout.write(
        f"850 of {len(payload) / 1e6:.1f} MB: {(after - before) / 1000:.0f} MB more, {before / 1000:.0f} MB before\n"
    )


if __name__ == "__main__":
    if "--memory" in sys.argv:  # alone, as the most a process ever held is what is measured
        memory()
    else:
        table()
        growth()
