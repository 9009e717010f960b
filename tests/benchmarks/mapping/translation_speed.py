"""How fast documents are translated, next to validation alone and to loading the map anew each time.

python -m tests.benchmarks.mapping.translation_speed
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from tests.translators.mapping.shipped import CATALOGUE, MAPS, load, read_with, sets_in, shipped_map
from translators.mapping import WriteContext, load_map
from translators.x12 import read, write_transaction_set

SAMPLES = ("850-retail", "855-partial", "856-cartons", "810-invoice", "860-lines", "846-stock")
LINES = 50  # documents are made this many times longer than their sample, as a retailer's order is
ROUNDS = 60


def fastest(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the milliseconds of the fastest of `rounds` runs: the least disturbed by the machine."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best * 1000


def longer(payload: bytes, opening: str) -> bytes:
    """Return a sample with its lines repeated; counts in the trailers no longer agree, which costs the same."""
    rows = payload.decode("latin-1").split("~\n")
    starts = [i for i, row in enumerate(rows) if row.startswith(opening)]
    if not starts:
        return payload
    ends = next(i for i, row in enumerate(rows) if i > starts[-1] and row[:3] in ("CTT", "TDS", "SE*"))
    block = rows[starts[0] : ends]
    return "~\n".join([*rows[: starts[0]], *(block * LINES), *rows[ends:]]).encode("latin-1")


OPENING = {"850": "PO1*", "855": "PO1*", "856": "", "810": "IT1*", "860": "POC*", "846": "LIN*"}


def main() -> None:
    """Print one row for each document type, in milliseconds and megabytes a second."""
    out = sys.stdout.write
    out("| set | KB | validate ms | read ms | write ms | validate what is written ms | load map ms | read MB/s |\n")
    out("|---|---|---|---|---|---|---|---|\n")
    for sample in SAMPLES:
        set_id = sample[:3]
        payload = (MAPS / "x12" / "samples" / f"{sample}.edi").read_bytes()
        payload = longer(payload, OPENING[set_id]) if OPENING[set_id] else payload
        ((interchange, group, found),) = sets_in(payload)
        assert found.tree is not None
        by, tree, release = shipped_map(f"x12/{set_id}"), found.tree, group.release
        document = read_with(by, tree, release, interchange.separators).document
        assert document is not None
        written = by.write(document, WriteContext(release, interchange.separators)).tree
        validating = fastest(lambda p=payload: list(read([p], CATALOGUE)))
        reading = fastest(lambda b=by, t=tree, r=release, s=interchange.separators: read_with(b, t, r, s))
        context = WriteContext(release, interchange.separators)
        writing = fastest(lambda b=by, d=document, c=context: b.write(d, c))
        checking = fastest(lambda w=written, i=set_id, r=release: write_transaction_set(w, i, r, CATALOGUE))
        loading = fastest(lambda n=f"x12/{set_id}": load_map(n, load), rounds=3)
        size = len(payload) / 1000
        out(
            f"| {set_id} | {size:.1f} | {validating:.2f} | {reading:.2f} | {writing:.2f} | {checking:.2f} | {loading:.0f} "
            f"| {size / reading:.1f} |\n"
        )


if __name__ == "__main__":
    main()
