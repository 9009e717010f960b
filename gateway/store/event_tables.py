"""Tables of what is told to others: the order of the ledger's entries on PostgreSQL, webhooks and their deliveries."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from gateway.store.columns import UtcTime, metadata

_Big = BigInteger().with_variant(Integer, "sqlite")

# On PostgreSQL a trigger puts every new entry of the ledger here, in the entry's own transaction. Empty on SQLite.
feed_waiting = Table("feed_waiting", metadata, Column("ledger_id", BigInteger, primary_key=True, autoincrement=False))

# On PostgreSQL: the ledger's entries in the order in which they are told. Empty on SQLite, where that is the order of their ids.
feed = Table(
    "feed",
    metadata,
    Column("position", _Big, primary_key=True, autoincrement=True),
    Column("ledger_id", BigInteger, ForeignKey("ledger.id"), nullable=False, unique=True),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("position", BigInteger, nullable=False),  # of the last entry that was looked at for it
    Column("since", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
    Column("reason", Text, nullable=False),  # why it is disabled
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", _Big, primary_key=True, autoincrement=True),
    Column("webhook", String(64), ForeignKey("webhooks.name"), nullable=False),
    Column("event_id", BigInteger, ForeignKey("ledger.id"), nullable=False),
    Column("state", String(12), nullable=False),  # "due", "delivered", "given-up"
    Column("tries", Integer, nullable=False),  # since it was last asked for
    Column("attempts", Integer, nullable=False),  # ever
    Column("next_at", UtcTime, nullable=False),
    Column("owner", String(64)),  # NULL: nobody sends it at the moment
    Column("lease_until", UtcTime),
    UniqueConstraint("webhook", "event_id"),
    Index(
        "ix_webhook_deliveries_due",
        "webhook",
        "next_at",
        sqlite_where=text("state = 'due'"),
        postgresql_where=text("state = 'due'"),
    ),
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("delivery_id", BigInteger, ForeignKey("webhook_deliveries.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("status", Integer),  # NULL: there was no answer
    Column("sentence", Text, nullable=False),
    Column("took_ms", Integer, nullable=False),
)
