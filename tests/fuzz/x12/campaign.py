"""Run a fuzz campaign by atheris: `python -m tests.fuzz.x12.campaign reader --seconds 60`.

Needs the dependency group `fuzz` (`uv sync --group fuzz`). Stops at the first uncaught exception, at an input that takes over a second,
and when memory passes 300 MB; the input is left behind as a file. Seeds are sets made from the definitions.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["translators.x12"]):
    from tests.fuzz.x12.targets import TARGETS
    from tests.translators.x12.definitions import CATALOGUE, SETS
    from tests.translators.x12.generation import Generator, interchange_of

_SEEDS = 60


def _write_seeds(folder: Path) -> None:
    rng = random.Random(1)
    for number in range(_SEEDS):
        release, set_id = rng.choice(SETS)
        segments = Generator(CATALOGUE, release, set_id, rng, 0.03).segments()
        (folder / f"{number}.edi").write_bytes(interchange_of([segments], release, line_end=rng.choice(["", "\n"])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _write_seeds(Path(folder))
        options = [f"-max_total_time={asked.seconds}", "-timeout=1", "-rss_limit_mb=300", "-max_len=4096"]
        atheris.Setup([sys.argv[0], *options, folder], TARGETS[asked.target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
