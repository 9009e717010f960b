"""Every connector of the table under the contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.connectors import CONNECTORS
from tests.contracts.connector_benches import BENCHES
from tests.contracts.connector_contract import ConnectorBench, ConnectorContract


@pytest.fixture(scope="module", params=sorted(CONNECTORS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def system(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectorBench]:
    with BENCHES[kind](tmp_path_factory.mktemp(kind)) as bench:
        yield bench


@pytest.fixture
def connector_bench(system: ConnectorBench) -> Iterator[ConnectorBench]:
    yield system
    system.recover()


class TestEveryConnector(ConnectorContract):
    """The contract over CONNECTORS."""


def test_every_connector_has_a_bench() -> None:
    assert set(BENCHES) == set(CONNECTORS)
