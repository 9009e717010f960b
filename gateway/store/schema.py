"""The database's schema: Alembic migrations, run at start. Expand, backfill, contract; one purpose each."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from gateway.store import (
    as2_tables,  # noqa: F401  known to the metadata
    control_numbers,  # noqa: F401  known to the metadata
    event_tables,  # noqa: F401  known to the metadata
)
from gateway.store.engine import translated_errors

MIGRATIONS = Path(__file__).parent / "migrations"


def configuration(url: str) -> Config:
    """Return Alembic's configuration for the database at `url`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest schema; a new one is created.

    Raises:
        GatewayError: GW-5001, it cannot be reached.
    """
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    with translated_errors():
        command.upgrade(configuration(url), "head")
