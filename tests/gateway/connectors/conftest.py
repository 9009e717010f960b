"""One sample ERP for all tests here, with its master data; each test finds it without trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.connectors.sample_erp import SampleErpConnector, open_sample_erp
from gateway.demo.sample_erp.process import SampleErpProcess

Connect = Callable[..., SampleErpConnector]


@pytest.fixture(scope="session")
def running_erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleErpProcess]:
    with SampleErpProcess(tmp_path_factory.mktemp("erp")) as erp:
        erp.call("POST", "/day")
        erp.call("PUT", "/items/10010/stock", {"on_hand": "1000000"})  # hammers for every test in any order
        yield erp


@pytest.fixture
def erp(running_erp: SampleErpProcess) -> Iterator[SampleErpProcess]:
    if not running_erp.is_running:
        running_erp.start()
    running_erp.call("DELETE", "/trouble")
    running_erp.call("DELETE", "/automatic")
    yield running_erp
    if running_erp.is_running:
        running_erp.call("DELETE", "/trouble")


@pytest.fixture
def connect(erp: SampleErpProcess, tmp_path: Path) -> Iterator[Connect]:
    """Return a function that opens a connector with options of its own."""
    opened: list[SampleErpConnector] = []
    token = tmp_path / "token"
    token.write_text(erp.token)

    def open_one(**options: object) -> SampleErpConnector:
        opened.append(
            open_sample_erp("test", {"base_url": erp.url, "token": f"file:{token}", **options}, SystemClock())
        )
        return opened[-1]

    yield open_one
    for connector in opened:
        connector.close()


@pytest.fixture
def connector(connect: Connect) -> SampleErpConnector:
    return connect()
