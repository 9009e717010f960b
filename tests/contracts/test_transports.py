"""Every transport of the table under the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.transports import TRANSPORTS
from tests.contracts.transport_benches import BENCHES
from tests.contracts.transport_contract import TransportBench, TransportContract


@pytest.fixture(scope="module", params=sorted(TRANSPORTS))
def transport_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def partner(
    transport_kind: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Path], TransportBench]]:
    with BENCHES[transport_kind](tmp_path_factory.mktemp(transport_kind)) as made:
        yield made


@pytest.fixture
def transport_bench(partner: Callable[[Path], TransportBench], tmp_path: Path) -> Iterator[TransportBench]:
    bench = partner(tmp_path)
    yield bench
    bench.recover()
    bench.transport.close()


class TestEveryTransport(TransportContract):
    """The contract over TRANSPORTS."""


def test_every_transport_has_a_bench() -> None:
    assert set(BENCHES) == set(TRANSPORTS)
