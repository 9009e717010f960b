"""Put the ledger's entries into the order in which they are told, and keep webhooks and their deliveries."""

import sqlalchemy as sa
from alembic import op

import gateway.store.columns

revision = "20261121_events"
down_revision = "20261121_as2"
branch_labels = None
depends_on = None

_Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _feed()
    _webhooks()
    if op.get_context().dialect.name == "postgresql":
        op.execute("INSERT INTO feed (ledger_id) SELECT id FROM ledger ORDER BY id")
        op.execute(
            "CREATE FUNCTION ledger_entry_waits() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO feed_waiting (ledger_id) VALUES (NEW.id); RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER ledger_entry_waits AFTER INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_entry_waits()"
        )


def _feed() -> None:
    if op.get_context().dialect.name == "postgresql":
        # Nobody writes between the copy and the trigger.
        op.execute("LOCK TABLE ledger IN SHARE ROW EXCLUSIVE MODE")
    op.create_table(
        "feed_waiting",
        sa.Column("ledger_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("ledger_id", name=op.f("pk_feed_waiting")),
    )
    op.create_table(
        "feed",
        sa.Column("position", _Big, autoincrement=True, nullable=False),
        sa.Column("ledger_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name=op.f("fk_feed_ledger_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_feed")),
        sa.UniqueConstraint("ledger_id", name=op.f("uq_feed_ledger_id")),
    )


def _webhooks() -> None:
    utc = gateway.store.columns.UtcTime(timezone=True)
    op.create_table(
        "webhooks",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("since", utc, nullable=False),
        sa.Column("disabled_at", utc, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", _Big, autoincrement=True, nullable=False),
        sa.Column("webhook", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", utc, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", utc, nullable=True),
        sa.ForeignKeyConstraint(["webhook"], ["webhooks.name"], name=op.f("fk_webhook_deliveries_webhook")),
        sa.ForeignKeyConstraint(["event_id"], ["ledger.id"], name=op.f("fk_webhook_deliveries_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("webhook", "event_id", name=op.f("uq_webhook_deliveries_webhook_event_id")),
    )
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["webhook", "next_at"],
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("delivery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", utc, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["webhook_deliveries.id"], name=op.f("fk_webhook_attempts_delivery_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_webhook_attempts")),
    )
