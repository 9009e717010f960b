"""Keep the text of every map that was in service."""

import sqlalchemy as sa
from alembic import op

import gateway.store.columns

revision = "20261121_map_versions"
down_revision = "20261121_cross_references"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "map_files",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_map_files")),
    )
    op.create_table(
        "map_versions",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("kept_at", gateway.store.columns.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_map_versions")),
    )
