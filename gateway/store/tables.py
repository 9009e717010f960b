"""The tables, all of them.

A row of `documents` is both the engine's state and what customer service sees. `jobs` holds only what is still to be done. `ledger`
is append-only: the timeline on screen is these rows, nothing is reconstructed.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
)

from gateway.store.columns import Id, Sha256, UtcTime, metadata

payloads = Table(
    "payloads",
    metadata,
    Column("sha256", Sha256, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("content", LargeBinary),  # NULL: a file of the payload folder
    Column("stored_at", UtcTime, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("direction", String(3), nullable=False),
    Column("partner", String(64), nullable=False),
    Column("transport", String(32), nullable=False),
    Column("transport_id", String(512), nullable=False),
    Column("name", Text, nullable=False),
    Column("payload_sha256", Sha256, ForeignKey("payloads.sha256")),  # NULL: too large to be taken
    Column("size_bytes", BigInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("direction", "partner", "transport", "transport_id"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("partner", String(64), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_at", UtcTime, nullable=False),
    Column("stopped_in", String(16)),  # where `retry` goes on
    Column("validation", String(24), nullable=False),
    Column("delivery", String(16), nullable=False),
    Column("acknowledgment", String(24), nullable=False),
    Column("acknowledgment_due", UtcTime),
    Column("code", String(64), nullable=False),  # of what stopped it; "" while nothing did
    Column("sentence", Text, nullable=False),  # the latest, for lists
    Column("parent_id", Id, ForeignKey("documents.id")),  # the interchange it came in
    Column("answers_id", Id, ForeignKey("documents.id")),  # what this answers
    Column(
        "origin_id", Id, ForeignKey("documents.id", name="fk_documents_origin_id")
    ),  # the first of those made again from each other
    Column("delivery_id", Id, ForeignKey("deliveries.id")),
    Column("is_test", Boolean, nullable=False),
    Column("number", Text, nullable=False),  # its own business number
    Column("order_number", Text, nullable=False),  # of the order it belongs to
    Column("set_id", String(6), nullable=False),
    Column("release", String(12), nullable=False),
    Column("interchange_number", String(16), nullable=False),
    Column("group_number", String(16), nullable=False),
    Column("set_number", String(16), nullable=False),
    Column("payload_sha256", Sha256, ForeignKey("payloads.sha256")),
    Column("payload_offset", BigInteger, nullable=False),
    Column("payload_size", BigInteger, nullable=False),
    Column("map_name", String(128), nullable=False),
    Column("map_version", String(64), nullable=False),
    Column("erp_reference", String(128), nullable=False),
    Column("source_key", String(200), unique=True),  # connector and id of what the ERP handed out
    Column("created_at", UtcTime, nullable=False),
    Index("ix_documents_partner_order", "partner", "order_number", "kind"),
    Index("ix_documents_state", "state", "id"),
    Index("ix_documents_parent", "parent_id"),
    Index("ix_documents_answers", "answers_id"),
    Index("ix_documents_origin", "origin_id"),
    Index("ix_documents_numbers", "partner", "direction", "group_number", "set_number"),
    Index("ix_documents_interchange", "partner", "direction", "interchange_number"),
    Index(
        "ix_documents_due",
        "acknowledgment_due",
        sqlite_where=text("acknowledgment = 'awaited'"),
        postgresql_where=text("acknowledgment = 'awaited'"),
    ),
)

contents = Table(
    "contents",
    metadata,
    Column("document_id", Id, ForeignKey("documents.id"), primary_key=True),
    Column("canonical", Text),  # canonical JSON
    Column("canonical_sha256", Sha256),
    Column("wire", Text),  # JSON; in: the envelope it came in, out: the set before its envelope
    Column("in_our_words", Text),  # canonical JSON, as the ERP has it; NULL: no cross reference changed anything
    Column("edit", Text),  # what a person changed in the bytes it was made from, as a diff
    Column("trace", Text),  # of our own mistake, when one parked it
)

findings = Table(
    "findings",
    metadata,
    Column("document_id", Id, ForeignKey("documents.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("code", String(64), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("level", String(12), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("position", Text, nullable=False),  # JSON
    Column("value", Text, nullable=False),
    Column("x12_code", String(8), nullable=False),
    Column("reference", Text, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("document_id", Id, ForeignKey("documents.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("event", String(24), nullable=False),
    Column("state_before", String(16)),
    Column("state_after", String(16), nullable=False),
    Column("code", String(64), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("facts", Text, nullable=False),  # JSON object
    Column("actor", String(64), nullable=False),
    Index("ix_ledger_document", "document_id", "id"),
    sqlite_autoincrement=True,  # ids are never used again: a feed may rely on them
)

jobs = Table(
    "jobs",
    metadata,
    Column("document_id", Id, ForeignKey("documents.id"), primary_key=True),
    Column("tier", Integer, nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Column("owner", String(64)),  # NULL: free
    Column("lease_until", UtcTime),
    Column("claims", Integer, nullable=False),  # since the state last changed
    Column("tries", Integer, nullable=False),  # that failed, since the state last changed
    Column("gate", String(96)),  # whose call it is making, where only so many are made at once
    Column("lane", String(80)),  # NULL: it waits for no other
    Column("lane_position", BigInteger),
    Column("is_ready", Boolean, nullable=False, server_default=true()),  # false: another one of its lane is before it
    Index(
        "ix_jobs_due",
        "tier",
        "next_at",
        "document_id",
        sqlite_where=text("is_ready"),
        postgresql_where=text("is_ready"),
    ),
    Index(
        "ix_jobs_lane",
        "lane",
        "lane_position",
        sqlite_where=text("lane IS NOT NULL"),
        postgresql_where=text("lane IS NOT NULL"),
    ),
)

gates = Table(
    "gates",
    metadata,
    Column("name", String(96), primary_key=True),  # "connector:erp", "partner:acme"
    Column("failures", Integer, nullable=False),  # calls in a row
    Column("shut_at", UtcTime),
    Column("until", UtcTime),
    Column("code", String(64), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("paced_until", UtcTime),
)

business_keys = Table(
    "business_keys",
    metadata,
    Column("partner", String(64), primary_key=True),
    Column("direction", String(3), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("number", String(64), primary_key=True),
    Column("change_sequence", Integer, primary_key=True),
    Column("document_id", Id, ForeignKey("documents.id"), nullable=False),
    Column("content_sha256", Sha256, nullable=False),
)

received_interchanges = Table(
    "received_interchanges",
    metadata,
    Column("sender", String(32), primary_key=True),
    Column("receiver", String(32), primary_key=True),
    Column("control_number", String(16), primary_key=True),
    Column("document_id", Id, ForeignKey("documents.id"), nullable=False),
    Column("content_sha256", Sha256, nullable=False),
)

control_numbers = Table(
    "control_numbers",
    metadata,
    Column("partner", String(64), primary_key=True),
    Column("scope", String(16), primary_key=True),  # "ISA", "GS"
    Column("last", BigInteger, nullable=False),
)

references = Table(
    "document_references",
    metadata,
    Column("document_id", Id, ForeignKey("documents.id"), primary_key=True),
    Column("kind", String(24), primary_key=True),
    Column("value", String(128), primary_key=True),
    Column("folded", String(128), nullable=False),
    Index("ix_document_references_folded", "folded"),
)

intents = Table(
    "intents",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("document_id", Id, ForeignKey("documents.id"), nullable=False),
    Column("effect", String(16), nullable=False),  # "post", "send"
    Column("intended_at", UtcTime, nullable=False),
    Column("called_at", UtcTime, nullable=False),
    Column("done_at", UtcTime),
    Column("result", Text, nullable=False),
    Index("ix_intents_document", "document_id"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("connector", String(64), primary_key=True),
    Column("cursor", Text, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("prefix", String(16), nullable=False),
    Column("sha256", Sha256, nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
)

cross_references = Table(
    "cross_references",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("table_name", String(16), nullable=False),  # "item", "location", "unit", "terms", "carrier"
    Column("partner", String(64), nullable=False),  # "": for all of them
    Column("scheme", String(32), nullable=False),  # of the partner's value; "": whatever it is
    Column("theirs", String(128), nullable=False),
    Column("ours", String(128), nullable=False),
    Column("note", Text, nullable=False),
    Column("set_at", UtcTime, nullable=False),
    Column("set_by", String(64), nullable=False),
    UniqueConstraint("table_name", "theirs", "partner", "scheme"),
    Index("ix_cross_references_ours", "table_name", "ours"),
)

# Append-only: who said what, when and why. NULL: there was none, or is none any more.
cross_reference_changes = Table(
    "cross_reference_changes",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("table_name", String(16), nullable=False),
    Column("partner", String(64), nullable=False),
    Column("scheme", String(32), nullable=False),
    Column("theirs", String(128), nullable=False),
    Column("ours_before", String(128)),
    Column("ours_after", String(128)),
    Index("ix_cross_reference_changes_theirs", "table_name", "theirs"),
)

# What parked documents wait for. Any row of a need (`number`) satisfies it.
cross_reference_waits = Table(
    "cross_reference_waits",
    metadata,
    Column("document_id", Id, ForeignKey("documents.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("partner", String(64), nullable=False),
    Column("table_name", String(16), nullable=False),
    Column("direction", String(3), nullable=False),  # "in": `value` is the partner's; "out": it is ours
    Column("scheme", String(32), nullable=False),
    Column("value", String(128), nullable=False),
    Index("ix_cross_reference_waits_value", "table_name", "value"),
)

# One row, counted up by whoever changes the tables and by whoever parks a document over them: the two wait for each other.
cross_reference_revision = Table(
    "cross_reference_revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
)

map_files = Table(
    "map_files",
    metadata,
    Column("sha256", Sha256, primary_key=True),
    Column("content", LargeBinary, nullable=False),  # zlib
)

map_versions = Table(
    "map_versions",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("files", Text, nullable=False),  # JSON: name below maps/ → sha256
    Column("kept_at", UtcTime, nullable=False),
)

# Answers to requests with effects, kept by the caller's key.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("scope", String(200), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request_sha256", Sha256, nullable=False),
    Column("status", Integer),  # NULL: still worked on
    Column("body", Text, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Index("ix_idempotency_keys_expires_at", "expires_at"),
)

# Which process does what only one should do.
leases = Table(
    "leases",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("until", UtcTime, nullable=False),
)

# Up to which of its due times a scheduled job was run.
scheduled_runs = Table(
    "scheduled_runs",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("last_due", UtcTime, nullable=False),
)
