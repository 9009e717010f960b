"""Give documents an origin: what is made or sent again belongs to what it was made from."""

import sqlalchemy as sa
from alembic import op

revision = "20261121_origins"
down_revision = "20261121_leases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contents", sa.Column("edit", sa.Text(), nullable=True))
    with op.batch_alter_table("documents") as batch_op:
        batch_op.add_column(sa.Column("origin_id", sa.String(length=26), nullable=True))
        batch_op.create_foreign_key("fk_documents_origin_id", "documents", ["origin_id"], ["id"])
        batch_op.create_index("ix_documents_origin", ["origin_id"])
