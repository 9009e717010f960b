"""What holds for every test: how hypothesis searches, and no network beyond the loopback (pyproject.toml).

Profiles of hypothesis, chosen by HYPOTHESIS_PROFILE, else "ci" where CI is set, else "desk":

- ci: derandomized. The same commit gives the same verdict: a red run is the change's fault and can be repeated by anyone. Searching
  for what nobody has seen is the other two's task.
- desk: random, as many examples as a person waits for. What it finds is kept in .hypothesis/ and tried first from then on.
- long: random, twenty times the examples; `make test-long`.

No profile has a deadline per example: on a busy machine with two cores it measures the machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import KINDS, drop_template, fresh_database

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=50, print_blob=True)
settings.register_profile("desk", deadline=None, max_examples=50)
settings.register_profile(
    "long", deadline=None, max_examples=1000, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "desk"))


@pytest.fixture(params=KINDS)
def database_setting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the setting `database` of each kind of database in turn."""
    with fresh_database(request.param, tmp_path) as setting:
        yield setting


@pytest.fixture(scope="session", autouse=True)
def _no_database_is_left_behind() -> Iterator[None]:
    yield
    drop_template()
