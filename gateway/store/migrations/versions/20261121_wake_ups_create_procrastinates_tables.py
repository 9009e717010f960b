"""Create the tables of the wake-ups: Procrastinate's own schema, on PostgreSQL only."""

from alembic import op

revision = "20261121_wake_ups"
down_revision = "20261121_map_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    from procrastinate.schema import SchemaManager  # noqa: PLC0415  an extra: SQLite needs none of it

    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
