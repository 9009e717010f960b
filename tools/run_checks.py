"""Run every check that must hold before a change lands, and say at the end which did not.

All of them run even when an early one fails, so that one run shows everything. Without arguments: all; else the named ones.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

# Name → command. The tests come late: theirs is the longest output, and it belongs next to the summary.
CHECKS = {
    "lint": [str(BIN / "ruff"), "check", "."],
    "format": [str(BIN / "ruff"), "format", "--check", "."],
    "types": [str(BIN / "mypy")],
    "imports": [str(BIN / "lint-imports"), "--no-logo"],
    "tests": [sys.executable, "-m", "pytest"],
    "fuzz": [sys.executable, "-m", "tests.fuzz.campaign"],
}
# Runs on the second core while the others run one after the other; it is in no hurry.
BESIDE = "fuzz"


def main(names: list[str]) -> int:
    """Run the checks called `names`, all when empty; return 0 when every one holds."""
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"no check named {', '.join(unknown)}; there are {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    tree_before = work_tree()
    asked = names or list(CHECKS)
    beside = Beside(BESIDE) if BESIDE in asked and len(asked) > 1 else None
    outcomes = [(name, *run(name)) for name in asked if beside is None or name != BESIDE]
    if beside is not None:
        outcomes.append((BESIDE, *beside.result()))
    left_behind = work_tree() - tree_before
    if not names:
        outcomes.append(("clean tree", not left_behind, 0.0))
    print("\nChecks:")
    for name, holds, seconds in outcomes:
        print(f"  {name:<12}{'ok' if holds else 'FAILED':<8}{seconds:6.1f} s")
    for line in sorted(left_behind):
        print(f"  the run changed the work tree: {line}")
    return 0 if all(holds for _, holds, _ in outcomes) else 1


def run(name: str) -> tuple[bool, float]:
    """Run one check with its output on the screen; return whether it holds and the seconds it took."""
    print(f"\n== {name}", flush=True)
    started = time.monotonic()
    done = subprocess.run(CHECKS[name], cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    return done.returncode == 0, time.monotonic() - started


class Beside:
    """A check that runs while others do; its output is shown when it is over."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._started = time.monotonic()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  closed with the result
        self._process = subprocess.Popen(
            ["nice", *CHECKS[name]], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.STDOUT
        )

    def result(self) -> tuple[bool, float]:
        """Wait for the end; return whether the check holds and the seconds it took."""
        print(f"\n== {self._name} (ran beside the others)", flush=True)
        holds = self._process.wait() == 0
        with self._output:
            self._output.seek(0)
            sys.stdout.buffer.write(self._output.read())
            sys.stdout.flush()
        return holds, time.monotonic() - self._started


def work_tree() -> set[str]:
    """Return what git sees changed or untracked, one line per file; empty outside a git checkout.

    Only CI asks: elsewhere a person may be editing while the checks run.
    """
    if not os.environ.get("CI") or not (ROOT / ".git").exists():
        return set()
    status = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(status.stdout.splitlines())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
