"""Keep answers to requests with effects by the caller's key."""

import sqlalchemy as sa
from alembic import op

import gateway.store.columns

revision = "20261121_idempotency_keys"
down_revision = "20261121_gates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("begun_at", gateway.store.columns.UtcTime(timezone=True), nullable=False),
        sa.Column("expires_at", gateway.store.columns.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_keys")),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index("ix_idempotency_keys_expires_at", ["expires_at"], unique=False)
