"""Keep who moved control numbers by hand, when and why."""

import sqlalchemy as sa
from alembic import op

import gateway.store.columns

revision = "20261121_control_numbers"
down_revision = "20261121_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "control_number_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", gateway.store.columns.UtcTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("partner", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("last_before", sa.BigInteger(), nullable=True),
        sa.Column("last_after", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_number_changes")),
    )
