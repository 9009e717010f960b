"""Where files lie that are on their way in: a folder for each partner and process, so that two processes never write the same one.

Nothing in it matters: what was received is in the store, what was not is still at the partner. What a process left that is no more is
removed at the next start on the same machine.
"""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path


def spool_folder(root: Path, partner: str) -> Path:
    """Return this process's folder for a partner; made by whoever writes there first."""
    return root / f"{partner}@{socket.gethostname()}@{os.getpid()}"


def clear_spool(folder: Path) -> None:
    """Remove this process's folder of a partner, whose files nobody needs any more, and those of dead processes."""
    shutil.rmtree(folder, ignore_errors=True)
    clear_dead_spools(folder)


def clear_dead_spools(folder: Path) -> None:
    """Remove the neighbours of `folder` whose processes are no more."""
    for left in folder.parent.glob(f"*@{socket.gethostname()}@*"):
        pid = left.name.rpartition("@")[2]
        if pid.isdigit() and not _is_alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
