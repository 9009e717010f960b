"""How a person here types the command `gateway` and names a folder, for every line that tells them what to type next."""

from __future__ import annotations

import shlex
from pathlib import Path
from shutil import which


def typed_command(started_as: str) -> str:
    """Return the command as a person here can type it: "gateway", or its path when it was started by one.

    Args:
        started_as: sys.argv[0].
    """
    path = Path(started_as)
    if path.name != "gateway" or which("gateway") == str(path.absolute()):
        return "gateway"
    return short_path(path.absolute())


def short_path(path: Path) -> str:
    """Return a path, quoted for a shell, as seen from the current folder, where it lies below it."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
