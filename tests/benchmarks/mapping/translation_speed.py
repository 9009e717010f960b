"""What translating costs beside reading the same bytes, per document type: compiled, rule by rule, and written.

python -m tests.benchmarks.mapping.translation_speed            the table, and how it grows with the number of lines
python -m tests.benchmarks.mapping.translation_speed --memory   what an 850 of 10 MB takes

X12 is held against validation alone, without trees. Rows and XML have no validator of ours: they are held against reading the file
into a tree. `stored` is reading a document and writing its JSON with all positions, as the journey does; `from bytes` is validating
with trees and reading; `models` is making as many models of the same values as the document has, and nothing else: no reading can be
faster with these documents. CPU time, medians of rounds in which all take turns, on one core.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator

from tests.benchmarks.x12.corpus import Corpus
from tests.benchmarks.x12.measuring import medians, rate
from tests.translators.mapping.shipped import CATALOGUE, MAPS, POLICY, read_with, sets_in, shipped_map
from translators.canonical import Source
from translators.canonical.model import CanonicalModel
from translators.mapping import Map, ReadContext, WriteContext
from translators.mapping.building import new_model, set_extra, set_given, set_private, set_values
from translators.mapping.collector import resting_collector
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


def models_in(value: object) -> Iterator[tuple[type[CanonicalModel], list[tuple[str, object]], set[str]]]:
    """Yield every model in a document with its values, innermost first; not where it came from."""
    if isinstance(value, CanonicalModel) and not isinstance(value, Source):
        for inner in value.__dict__.values():
            yield from models_in(inner)
        yield type(value), list(value.__dict__.items()), value.__pydantic_fields_set__
    elif isinstance(value, tuple):
        for inner in value:
            yield from models_in(inner)


def making(document: CanonicalModel) -> Callable[[], object]:
    """Return a function that makes as many models as `document` has, in the way the compiled readers do."""
    plan = list(models_in(document))

    def make() -> object:
        made = []
        with resting_collector():
            for model, values, given in plan:
                one = new_model(model)
                set_values(one, dict(values))
                set_given(one, given)
                set_extra(one, None)
                set_private(one, None)
                made.append(one)
        return made

    return make


def stored(by: Map, tree: Loop, context: ReadContext) -> str:
    """Return the JSON of a document, as the journey stores it."""
    document = by.read(tree, context).document
    assert document is not None
    return document.model_dump_json()


def from_bytes(by: Map, payload: bytes, context: ReadContext) -> int:
    """Validate and read all sets of a payload; return how many."""
    readings = [by.read(found.tree, context) for _i, _g, found in sets_in(payload) if found.tree is not None]
    return sum(reading.is_accepted for reading in readings)


COLUMNS = ("alone", "compiled", "exact", "stored", "write", "write_exactly", "models", "from_bytes")


def row(name: str, size_bytes: int, seconds: dict[str, float]) -> str:
    """Return one row of the table."""
    base = seconds["alone"]
    cells = [f"{seconds[each] * 1000:.1f}" if each in seconds else "" for each in COLUMNS]
    ratio = seconds.get("compiled", seconds["exact"]) / base
    speed = f"{rate(size_bytes, seconds['from_bytes']):.1f}" if "from_bytes" in seconds else ""
    return f"| {name} | {size_bytes / 1000:.0f} | {' | '.join(cells)} | {ratio:.1f} | {seconds['write'] / base:.1f} | {speed} |\n"


def table() -> None:
    """Print milliseconds for each document type."""
    out = sys.stdout.write
    out(
        "| document | KB | alone | compiled | rule by rule | stored | written | written rule by rule | models | from bytes "
        "| compiled/alone | written/alone | from bytes MB/s |\n"
    )
    out("|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
    for kind in KINDS:
        payload, by, tree, context, how = x12(kind)
        document = by.read(tree, context).document
        assert document is not None
        engines: dict[str, Callable[[], object]] = {
            "alone": lambda p=payload: list(read([p], CATALOGUE, POLICY)),
            "compiled": lambda b=by, t=tree, c=context: b.read(t, c),
            "exact": lambda b=by, t=tree, c=context: b.read_exactly(t, c),
            "stored": lambda b=by, t=tree, c=context: stored(b, t, c),
            "write": lambda b=by, d=document, h=how: b.write(d, h),
            "write_exactly": lambda b=by, d=document, h=how: b.write_exactly(d, h),
            "models": making(document),
            "from_bytes": lambda b=by, p=payload, c=context: from_bytes(b, p, c),
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
