"""Runs the migrations; one transaction for all of them, so that a crash leaves the schema as it was."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, event, pool

from gateway.store.tables import metadata

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
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
