"""Workers killed at random instants, in every way an ERP may behave: nothing lost, nothing booked twice, nothing stuck (`kills.py`)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.crash.kills import ERPS, campaign
from tests.databases import fresh_database


@pytest.fixture
def quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("kind", "workers", "erp", "rounds"),
    [
        ("sqlite", 1, "keys", 80),
        ("sqlite", 1, "keyless", 20),
        ("sqlite", 1, "late", 20),
        ("sqlite", 2, "lossy", 20),
        ("postgresql", 2, "keys", 30),
        ("postgresql", 2, "late", 15),
        ("postgresql", 2, "lossy", 15),
    ],
)
def test_kills_lose_nothing_and_double_nothing(
    kind: str, workers: int, erp: str, rounds: int, tmp_path: Path, quiet: None
) -> None:
    assert erp in ERPS
    with fresh_database(kind, tmp_path) as database:
        result = campaign(tmp_path, database, rounds=rounds, workers=workers, erp=erp, seed=7)
    assert result.complaints == ()
    assert result.kills >= rounds
    assert result.booked_meanwhile > 0, "the kills came before anything was done"
