"""Create the cross references, who changed them, and who waits for them."""

import sqlalchemy as sa
from alembic import op

import gateway.store.columns

revision = "20261121_cross_references"
down_revision = "20261121_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contents", sa.Column("in_our_words", sa.Text(), nullable=True))
    op.create_table(
        "cross_references",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("table_name", sa.String(length=16), nullable=False),
        sa.Column("partner", sa.String(length=64), nullable=False),
        sa.Column("scheme", sa.String(length=32), nullable=False),
        sa.Column("theirs", sa.String(length=128), nullable=False),
        sa.Column("ours", sa.String(length=128), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("set_at", gateway.store.columns.UtcTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_references")),
        sa.UniqueConstraint(
            "table_name",
            "theirs",
            "partner",
            "scheme",
            name=op.f("uq_cross_references_table_name_theirs_partner_scheme"),
        ),
    )
    op.create_index("ix_cross_references_ours", "cross_references", ["table_name", "ours"])
    op.create_table(
        "cross_reference_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", gateway.store.columns.UtcTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("table_name", sa.String(length=16), nullable=False),
        sa.Column("partner", sa.String(length=64), nullable=False),
        sa.Column("scheme", sa.String(length=32), nullable=False),
        sa.Column("theirs", sa.String(length=128), nullable=False),
        sa.Column("ours_before", sa.String(length=128), nullable=True),
        sa.Column("ours_after", sa.String(length=128), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_reference_changes")),
    )
    op.create_index("ix_cross_reference_changes_theirs", "cross_reference_changes", ["table_name", "theirs"])
    op.create_table(
        "cross_reference_waits",
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("partner", sa.String(length=64), nullable=False),
        sa.Column("table_name", sa.String(length=16), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("scheme", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_cross_reference_waits_document_id")),
        sa.PrimaryKeyConstraint("document_id", "number", "place", name=op.f("pk_cross_reference_waits")),
    )
    op.create_index("ix_cross_reference_waits_value", "cross_reference_waits", ["table_name", "value"])
    revision_table = op.create_table(
        "cross_reference_revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_reference_revision")),
    )
    op.bulk_insert(revision_table, [{"id": 1, "revision": 0}])
