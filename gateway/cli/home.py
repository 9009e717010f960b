"""The gateway a command is about: its home, its settings, its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gateway.errors import GatewayError
from gateway.settings import FILE_NAME, Settings, load_settings
from gateway.store.engine import Database

Home = Annotated[
    Path | None,
    typer.Option(
        "--home", help="The gateway's folder. Default: $GATEWAY_HOME, else the current folder.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")]


def settings_of(home: Path | None) -> Settings:
    """Return the settings of the gateway in `home`.

    Raises:
        GatewayError: GW-6201, there is no gateway; GW-1001, its settings have mistakes.
    """
    settings = load_settings(home)
    if not (settings.home / FILE_NAME).is_file():
        raise GatewayError(
            "GW-6201",
            f"There is no gateway in {settings.home}: it has no {FILE_NAME}. Make one with `gateway init`, or name another folder "
            f"with --home.",
        )
    return settings


@contextmanager
def opened_database(settings: Settings) -> Iterator[Database]:
    """Give the gateway's database for reading, and close it.

    Raises:
        GatewayError: GW-6202, it has none yet.
    """
    url = settings.database_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        raise GatewayError(
            "GW-6202",
            f"The gateway in {settings.home} has no database yet; `gateway init` or its first start makes it.",
        )
    database = Database(url)
    try:
        yield database
    finally:
        database.close()
