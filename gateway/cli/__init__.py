"""The command line: `main` is the command `gateway`."""

from __future__ import annotations

import sys

from gateway.cli.app import run


def main() -> int:
    """Run the command line this process was started with and return its exit code."""
    return run(sys.argv[1:])
