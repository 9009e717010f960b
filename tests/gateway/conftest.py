"""One gateway after some business, for all tests that only look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from tests.gateway.scene import Scene


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> Iterator[None]:
    """Log as the gateway does; the library's own colourful traces take seconds."""
    renderers = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(processors=renderers, cache_logger_on_first_use=False)
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    made = Scene(tmp_path_factory.mktemp("home"))
    yield made
    made.close()
