"""Create the gates before the systems outside."""

import sqlalchemy as sa
from alembic import op

import gateway.store.columns

revision = "20261121_gates"
down_revision = "20261121_lanes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("gate", sa.String(length=96), nullable=True))
    op.create_table(
        "gates",
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("shut_at", gateway.store.columns.UtcTime(timezone=True), nullable=True),
        sa.Column("until", gateway.store.columns.UtcTime(timezone=True), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("paced_until", gateway.store.columns.UtcTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_gates")),
    )
