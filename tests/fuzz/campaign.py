"""Run fuzz campaigns by atheris: `python -m tests.fuzz.campaign [NAME ...] [--seconds 60] [--jobs 1]`.

Every target is run in a process of its own and fails at the first uncaught exception, at an input that takes over a second of CPU
time, and when memory passes the limit; the input is left behind as a file, which `--input FILE` tries again. `make test` gives each a
minute; the long form is `make fuzz SECONDS=3600`.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fuzz.targets import TARGETS, Target

ROOT = Path(__file__).resolve().parents[2]
SLOWEST_SECONDS = 1.0
MEMORY_LIMIT_MEGABYTES = 400  # the interpreter, the corpus and the definitions of all releases take most of it
# What hangs altogether; far above the limit, because it counts the time that a busy machine gives to others.
_HANG_SECONDS = 30


class SlowInputError(AssertionError):
    """One input took longer than `SLOWEST_SECONDS`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one campaign went."""

    name: str
    holds: bool
    runs: int
    slowest_milliseconds: float
    first_megabytes: int
    last_megabytes: int
    output: str


def main() -> int:
    """Run what the command line names; return 0 when all of it holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--jobs", type=int, default=1, help="targets run at the same time")
    parser.add_argument("--input", type=Path, help="try this one input instead")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in TARGETS]
    if unknown:
        parser.error(f"there is no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    names = asked.names or list(TARGETS)
    if asked.input is not None:
        for name in names:
            imported(TARGETS[name].function)(asked.input.read_bytes())
        return 0
    if importlib.util.find_spec("atheris") is None:
        version = ".".join(map(str, sys.version_info[:2]))
        print(f"NOT FUZZED: atheris has no wheel for Python {version} on this machine, so no campaign was run.")
        print("Run the tests on Linux x86-64 with one of the Python versions that pyproject.toml names for it.")
        return 0
    if asked.alone:
        fuzz(TARGETS[names[0]], asked.seconds)
    with ThreadPoolExecutor(asked.jobs) as pool:
        outcomes = list(pool.map(lambda name: campaign(name, asked.seconds), names))
    for outcome in outcomes:
        if not outcome.holds:
            print(outcome.output[-6000:])
    for outcome in outcomes:
        print(
            f"  {outcome.name:<24}{'ok' if outcome.holds else 'FAILED':<8}{outcome.runs:>9,} inputs, slowest "
            f"{outcome.slowest_milliseconds:.0f} ms, memory {outcome.first_megabytes} → {outcome.last_megabytes} MB"
        )
    return 0 if all(outcome.holds for outcome in outcomes) else 1


def campaign(name: str, seconds: int) -> Outcome:
    """Run one target in a process of its own."""
    command = [sys.executable, "-m", "tests.fuzz.campaign", name, "--alone", "--seconds", str(seconds)]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    # libFuzzer: "#8192 pulse cov: 1 ft: 2 … rss: 120Mb"; the seeds are read by INITED.
    memory = [int(m) for m in re.findall(r"rss: (\d+)Mb", output)] or [0]
    slowest = [float(m) for m in re.findall(r"slowest so far: ([0-9.]+) ms", output)] or [0.0]
    runs = re.search(r"Done (\d+) runs", output)
    return Outcome(
        name,
        done.returncode == 0 and runs is not None,
        int(runs[1]) if runs else 0,
        slowest[-1],
        memory[len(memory) // 4],
        memory[-1],
        output,
    )


def imported(place: str) -> Callable[..., Any]:
    """Return what "module:name" names."""
    module, _, name = place.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def fuzz(target: Target, seconds: int) -> None:
    """Throw bytes at one target; does not return."""
    atheris = importlib.import_module("atheris")  # not on every machine
    with atheris.instrument_imports(include=list(target.packages)):
        function = imported(target.function)
        seeds = imported(target.seeds)
    slowest = 0.0

    def timed(payload: bytes) -> None:
        nonlocal slowest
        began = time.process_time()
        function(payload)
        took = time.process_time() - began
        if took > slowest:
            slowest = took
            print(f"slowest so far: {took * 1000:.1f} ms", flush=True)
        if took > SLOWEST_SECONDS:
            raise SlowInputError(took)

    left_behind = Path(tempfile.gettempdir()) / f"fuzz-{target.function.replace(':', '.')}-"
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds()):
            (Path(folder) / str(number)).write_bytes(seed)
            timed(seed)  # once before, so that what is loaded and compiled on first use is no input's fault
        slowest = 0.0
        options = [
            f"-max_total_time={seconds}",
            f"-timeout={_HANG_SECONDS}",
            f"-rss_limit_mb={MEMORY_LIMIT_MEGABYTES}",
            f"-max_len={target.longest_bytes}",
            f"-artifact_prefix={left_behind}",
        ]
        atheris.Setup([sys.argv[0], *options, folder], timed)
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
