"""Keep what comes and goes by AS2, with its receipts."""

import sqlalchemy as sa
from alembic import op

import gateway.store.columns

revision = "20261121_as2"
down_revision = "20261121_origins"
branch_labels = None
depends_on = None


def upgrade() -> None:
    time = gateway.store.columns.UtcTime(timezone=True)
    sha256 = sa.String(length=64)
    op.create_table(
        "as2_received",
        sa.Column("key", sha256, nullable=False),
        sa.Column("partner", sa.String(length=64), nullable=False),
        sa.Column("as2_from", sa.String(length=128), nullable=False),
        sa.Column("as2_to", sa.String(length=128), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.Column("is_accepted", sa.Boolean(), nullable=False),
        sa.Column("body_sha256", sha256, nullable=False),
        sa.Column("payload_sha256", sha256, nullable=True),
        sa.Column("content_sha256", sha256, nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("mdn_headers", sa.Text(), nullable=True),
        sa.Column("mdn_body", sa.LargeBinary(), nullable=True),
        sa.Column("mdn_document_id", sa.String(length=26), nullable=True),
        sa.Column("document_id", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(["payload_sha256"], ["payloads.sha256"], name=op.f("fk_as2_received_payload_sha256")),
        sa.ForeignKeyConstraint(["mdn_document_id"], ["documents.id"], name=op.f("fk_as2_received_mdn_document_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_as2_received_document_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_as2_received")),
    )
    op.create_index("ix_as2_received_mdn_document", "as2_received", ["mdn_document_id"])
    op.create_index("ix_as2_received_document", "as2_received", ["document_id"])
    op.create_table(
        "as2_sent",
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("partner", sa.String(length=64), nullable=False),
        sa.Column("as2_from", sa.String(length=128), nullable=False),
        sa.Column("as2_to", sa.String(length=128), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body_sha256", sha256, nullable=False),
        sa.Column("body_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mic_digest", sa.LargeBinary(), nullable=False),
        sa.Column("mic_algorithm", sa.String(length=16), nullable=False),
        sa.Column("payload_header", sa.LargeBinary(), nullable=False),
        sa.Column("is_receipt_signed", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("sealed_at", time, nullable=False),
        sa.Column("posted_at", time, nullable=True),
        sa.Column("due_at", time, nullable=True),
        sa.Column("settled_at", time, nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("mdn_headers", sa.Text(), nullable=True),
        sa.Column("mdn_body", sa.LargeBinary(), nullable=True),
        sa.Column("mdn_certificate", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_as2_sent_document_id")),
        sa.ForeignKeyConstraint(["body_sha256"], ["payloads.sha256"], name=op.f("fk_as2_sent_body_sha256")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_as2_sent")),
    )
    op.create_index("ix_as2_sent_document", "as2_sent", ["document_id", "sealed_at"])
    op.create_index("ix_as2_sent_settled", "as2_sent", ["settled_at"])
