"""Tables of AS2 transmissions: what came with its proof, what we sent with its receipt."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from gateway.store.columns import Id, Sha256, UtcTime, metadata

as2_received = Table(
    "as2_received",
    metadata,
    Column("key", Sha256, primary_key=True),  # of AS2-From, AS2-To and Message-ID
    Column("partner", String(64), nullable=False),
    Column("as2_from", String(128), nullable=False),
    Column("as2_to", String(128), nullable=False),
    Column("message_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("is_accepted", Boolean, nullable=False),
    Column("body_sha256", Sha256, nullable=False),
    Column("payload_sha256", Sha256, ForeignKey("payloads.sha256")),  # of the body; NULL: a refused one is not kept
    Column("content_sha256", Sha256, nullable=False),  # of all payloads; "" when it is refused
    Column("headers", Text, nullable=False),  # JSON
    Column("evidence", Text, nullable=False),  # JSON
    Column("certificate", Text, nullable=False),  # of the signer, PEM
    Column("mdn_headers", Text),  # JSON; NULL: none was wanted
    Column("mdn_body", LargeBinary),
    Column("mdn_document_id", Id, ForeignKey("documents.id")),  # NULL: it was the answer
    Column("document_id", Id, ForeignKey("documents.id")),  # of the first payload
    Index("ix_as2_received_mdn_document", "mdn_document_id"),
    Index("ix_as2_received_document", "document_id"),
)

as2_sent = Table(
    "as2_sent",
    metadata,
    Column("message_id", String(200), primary_key=True),  # ours
    Column("document_id", Id, ForeignKey("documents.id"), nullable=False),
    Column("partner", String(64), nullable=False),
    Column("as2_from", String(128), nullable=False),
    Column("as2_to", String(128), nullable=False),
    Column("headers", Text, nullable=False),  # JSON
    Column("body_sha256", Sha256, ForeignKey("payloads.sha256"), nullable=False),
    Column("body_bytes", BigInteger, nullable=False),
    Column("mic_digest", LargeBinary, nullable=False),
    Column("mic_algorithm", String(16), nullable=False),
    Column("payload_header", LargeBinary, nullable=False),
    Column("is_receipt_signed", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("posts", Integer, nullable=False),
    Column("sealed_at", UtcTime, nullable=False),
    Column("posted_at", UtcTime),
    Column("due_at", UtcTime),  # of the receipt that is awaited
    Column("settled_at", UtcTime),
    Column("sentence", Text, nullable=False),
    Column("evidence", Text, nullable=False),  # JSON: how it was sealed, then what the receipt proves
    Column("mdn_headers", Text),  # JSON
    Column("mdn_body", LargeBinary),
    Column("mdn_certificate", Text),
    Index("ix_as2_sent_document", "document_id", "sealed_at"),
    Index("ix_as2_sent_settled", "settled_at"),
)
