"""Runs the migrations; one transaction for all of them, so that a crash leaves the schema as it was."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, event, pool

from gateway.store import as2_tables  # noqa: F401  known to the metadata
from gateway.store.tables import documents

# Processes that start together migrate one after the other; the number is this project's own, chosen once.
ONE_AT_A_TIME = 7_403_114_221

url = context.config.get_main_option("sqlalchemy.url") or ""
engine = create_engine(url, poolclass=pool.NullPool)

if url.startswith("sqlite"):

    @event.listens_for(engine, "connect")
    def own_transactions(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver would commit before each DDL statement
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute("PRAGMA journal_mode=WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=documents.metadata, transactional_ddl=True, render_as_batch=True
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})")
        context.run_migrations()
engine.dispose()
