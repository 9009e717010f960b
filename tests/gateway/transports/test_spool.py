"""Files on their way in: two processes never share a folder, and what a dead one left goes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from gateway.transports.spool import clear_dead_spools, clear_spool, spool_folder


def test_what_a_dead_process_left_goes_and_what_others_have_stays(tmp_path: Path) -> None:
    own, neighbour = spool_folder(tmp_path, "acme"), spool_folder(tmp_path, "hill")
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead = tmp_path / f"acme@{socket.gethostname()}@{int(ended.stdout)}"
    living = tmp_path / f"acme@{socket.gethostname()}@{os.getppid()}"
    elsewhere = tmp_path / f"acme@another-host@{int(ended.stdout)}"
    for folder in (own, neighbour, dead, living, elsewhere):
        folder.mkdir()
        (folder / "half").write_bytes(b"x")
    clear_dead_spools(own)
    assert not dead.exists()
    assert all(folder.exists() for folder in (own, neighbour, living, elsewhere))
    clear_spool(own)
    assert not own.exists()
    assert all(folder.exists() for folder in (neighbour, living, elsewhere))
