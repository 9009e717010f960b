"""Give jobs lanes: what was asked to go one after the other waits for the one before it."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_lanes"
down_revision = "20261121_wake_ups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("lane", sa.String(length=80), nullable=True))
    op.add_column("jobs", sa.Column("lane_position", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("is_ready", sa.Boolean(), server_default=sa.true(), nullable=False))
    ready, in_lane = sa.text("is_ready"), sa.text("lane IS NOT NULL")
    op.drop_index("ix_jobs_due", "jobs")
    op.create_index(
        "ix_jobs_due", "jobs", ["tier", "next_at", "document_id"], sqlite_where=ready, postgresql_where=ready
    )
    op.create_index("ix_jobs_lane", "jobs", ["lane", "lane_position"], sqlite_where=in_lane, postgresql_where=in_lane)
