"""The whole gateway, for the commands that run it or decide in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.bootstrap import build
from gateway.cli.home import settings_of
from gateway.steps.station import Station


@contextmanager
def built_station(home: Path | None) -> Iterator[Station]:
    """Give everything of the gateway in `home`, and close it.

    Raises:
        GatewayError: GW-6201, there is no gateway; GW-1001, its configuration has mistakes.
    """
    station = build(settings_of(home))
    try:
        yield station
    finally:
        station.database.close()
