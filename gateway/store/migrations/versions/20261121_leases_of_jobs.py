"""Keep which process does what only one should do, and up to when scheduled jobs were run."""

import sqlalchemy as sa
from alembic import op

import gateway.store.columns

revision = "20261121_leases"
down_revision = "20261121_idempotency_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("until", gateway.store.columns.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "scheduled_runs",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("last_due", gateway.store.columns.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scheduled_runs")),
    )
