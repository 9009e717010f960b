"""How many small files a second come from a partner's SFTP server, near and 40 ms away, beside what `sftp -b` does there.

Run by `make bench`, or alone: `.venv/bin/python -m pytest -m benchmark --capture=no tests/benchmarks/test_sftp.py`. The server is a
real OpenSSH. Beside the files that are there, 200 come from writers that pause in the middle; none may be read half, twice or not at all.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.transports.openssh import OpenSshServer
from tests.gateway.transports.sftp_flood import batch_files_per_second, flood

FILES = 10_000
SLOW_FILES = 200


@pytest.mark.benchmark
@pytest.mark.parametrize(("round_trip_ms", "batch_files"), [(0, 2000), (40, 100)])
def test_small_files(round_trip_ms: int, batch_files: int, tmp_path: Path) -> None:
    with OpenSshServer(tmp_path / "server") as server:
        home = tmp_path / "gateway"
        home.mkdir()
        plain = batch_files_per_second(home, server, batch_files, round_trip_ms / 1000)
        found = flood(home, server, FILES, SLOW_FILES, round_trip_ms / 1000)
    print(
        f"\nSFTP, {FILES:,} small files at {round_trip_ms} ms a round trip: {found.files_per_second:,.0f} files/s taken and removed; "
        f"sftp -b {plain:,.0f} files/s ({found.files_per_second / plain:.1f} times)\n"
        f"  with {SLOW_FILES} from slow writers: {len(found.half_read)} half-read, {len(found.twice)} twice, {len(found.missed)} missed"
    )
    assert (found.half_read, found.twice, found.missed, found.left_there) == ([], [], [], 0)
