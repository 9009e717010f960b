"""Row 22: memory does not grow with the transmission, neither writing nor reading."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.gateway.transports.as2.large import STYLES
from tests.house.source import ROOT

MOST_MEGABYTES = 200


def measured(megabytes: int, style: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.gateway.transports.as2.large", str(megabytes), style]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1_800)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("style", ["compressed, signed and encrypted", "base64"])
def test_row_22_thirty_megabytes_cost_a_fraction_of_that(style: str) -> None:
    found = measured(30, style)
    assert found["is_equal"]
    assert found["megabytes_above_idle"] < 15


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [100, 1_024])
@pytest.mark.parametrize("style", STYLES)
def test_row_22_a_gigabyte_stays_in_bounds(style: str, megabytes: int) -> None:
    found = measured(megabytes, style)
    assert found["is_equal"]
    assert found["megabytes_above_idle"] < MOST_MEGABYTES
