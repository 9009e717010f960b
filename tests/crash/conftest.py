"""The same gateway in a temporary home as in the journey tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.gateway_under_test import GatewayUnderTest


@pytest.fixture
def gateway(tmp_path: Path, database_setting: str):
    under_test = GatewayUnderTest(tmp_path, database=database_setting)
    yield under_test
    under_test.close()
