"""kill -9 at random moments of the demo's day: its final table is that of a day without kills."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.store.engine import Database

PROGRAM = """
import sys
from pathlib import Path
from gateway.demo.run import run_demo
sys.exit(run_demo(Path(sys.argv[1]), kills=int(sys.argv[2]), seed=int(sys.argv[3])))
"""


def start(home: Path, kills: int, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, str(home), str(kills), str(seed)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def result(home: Path, process: subprocess.Popen[str], kills: int) -> dict[str, Any]:
    """Return the final table of a demo when it is over; fail when it was not as it should be."""
    output, _ = process.communicate(timeout=400)
    assert process.returncode == 0, output[-3000:]
    assert output.count("kill -9 number") == kills
    database = Database(f"sqlite:///{home}/var/gateway.db")
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        half_done = connection.exec_driver_sql("SELECT count(*) FROM intents WHERE effect = 'post' AND done_at IS NULL")
        assert half_done.scalar() == 0
    database.close()
    return json.loads((home / "result.json").read_text())


def test_the_day_ends_the_same_with_kills_and_without(tmp_path: Path) -> None:
    quiet = start(tmp_path / "quiet", 0, 1)
    killed = start(tmp_path / "killed", 4, 1)
    expected = result(tmp_path / "quiet", quiet, 0)
    assert result(tmp_path / "killed", killed, 4) == expected
    assert expected["ok"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
def test_the_day_ends_the_same_with_twenty_kills(seed: int, tmp_path: Path) -> None:
    quiet = start(tmp_path / "quiet", 0, seed)
    expected = result(tmp_path / "quiet", quiet, 0)
    killed = start(tmp_path / "killed", 20, seed)
    assert result(tmp_path / "killed", killed, 20) == expected
