"""The sample ERP's database: SQLite, every commit durable, numbers from counters in the same transaction.

Amounts and quantities are decimal text; dates and times are ISO 8601 text in UTC.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS counters (series TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;

CREATE TABLE IF NOT EXISTS accounts (
    number TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('customer', 'vendor')), name TEXT NOT NULL,
    currency TEXT NOT NULL, price_list TEXT NOT NULL, credit_limit TEXT, open_amount TEXT NOT NULL DEFAULT '0',
    freight TEXT NOT NULL DEFAULT '0', is_blocked INTEGER NOT NULL DEFAULT 0,
    terms TEXT NOT NULL, party TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS items (
    number TEXT PRIMARY KEY, description TEXT NOT NULL, gtin TEXT NOT NULL UNIQUE, unit TEXT NOT NULL,
    carton_quantity INTEGER NOT NULL, weight_kg TEXT NOT NULL, is_active INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE TABLE IF NOT EXISTS item_units (
    item TEXT NOT NULL REFERENCES items, unit TEXT NOT NULL, factor INTEGER NOT NULL, PRIMARY KEY (item, unit)) STRICT;
CREATE TABLE IF NOT EXISTS item_cross_references (
    account TEXT NOT NULL REFERENCES accounts, their_number TEXT NOT NULL, item TEXT NOT NULL REFERENCES items,
    PRIMARY KEY (account, their_number)) STRICT;
CREATE TABLE IF NOT EXISTS prices (
    price_list TEXT NOT NULL, item TEXT NOT NULL REFERENCES items, price TEXT NOT NULL, PRIMARY KEY (price_list, item)) STRICT;
CREATE TABLE IF NOT EXISTS stock (
    item TEXT PRIMARY KEY REFERENCES items, on_hand TEXT NOT NULL, reserved TEXT NOT NULL DEFAULT '0') STRICT;

CREATE TABLE IF NOT EXISTS sales_orders (
    number TEXT PRIMARY KEY, customer TEXT NOT NULL REFERENCES accounts, customer_order TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('booked', 'rejected', 'confirmed', 'shipped')), total TEXT NOT NULL,
    request TEXT NOT NULL, idempotency_key TEXT, booked_at TEXT NOT NULL, due_at TEXT, reason TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX IF NOT EXISTS sales_orders_by_customer_order ON sales_orders (customer, customer_order);
CREATE INDEX IF NOT EXISTS sales_orders_by_key ON sales_orders (idempotency_key);
CREATE INDEX IF NOT EXISTS sales_orders_due ON sales_orders (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS sales_order_lines (
    sales_order TEXT NOT NULL REFERENCES sales_orders, position INTEGER NOT NULL, item TEXT NOT NULL REFERENCES items,
    unit TEXT NOT NULL, factor INTEGER NOT NULL, ordered TEXT NOT NULL, price TEXT NOT NULL, is_price_changed INTEGER NOT NULL,
    allocated TEXT NOT NULL DEFAULT '0', shipped TEXT NOT NULL DEFAULT '0', PRIMARY KEY (sales_order, position)) STRICT;
CREATE INDEX IF NOT EXISTS sales_order_lines_by_item ON sales_order_lines (item);
CREATE TABLE IF NOT EXISTS shipments (
    number TEXT PRIMARY KEY, sales_order TEXT NOT NULL REFERENCES sales_orders, shipped_at TEXT NOT NULL, carrier TEXT NOT NULL,
    tracking TEXT NOT NULL, bill_of_lading TEXT NOT NULL, due_at TEXT, invoice TEXT) STRICT;
CREATE INDEX IF NOT EXISTS shipments_by_order ON shipments (sales_order);
CREATE INDEX IF NOT EXISTS shipments_due ON shipments (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS cartons (
    sscc TEXT PRIMARY KEY, shipment TEXT NOT NULL REFERENCES shipments, position INTEGER NOT NULL, quantity TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS cartons_by_shipment ON cartons (shipment);
CREATE TABLE IF NOT EXISTS invoices (
    number TEXT PRIMARY KEY, sales_order TEXT NOT NULL REFERENCES sales_orders, shipment TEXT NOT NULL UNIQUE REFERENCES shipments,
    invoiced_on TEXT NOT NULL, charges TEXT NOT NULL, total TEXT NOT NULL) STRICT;

CREATE TABLE IF NOT EXISTS purchase_orders (
    number TEXT PRIMARY KEY, vendor TEXT NOT NULL REFERENCES accounts, raised_on TEXT NOT NULL, requested_delivery TEXT NOT NULL,
    idempotency_key TEXT UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS purchase_order_lines (
    purchase_order TEXT NOT NULL REFERENCES purchase_orders, line_id TEXT NOT NULL, item TEXT NOT NULL REFERENCES items,
    unit TEXT NOT NULL, factor INTEGER NOT NULL, ordered TEXT NOT NULL, price TEXT NOT NULL, confirmed TEXT NOT NULL DEFAULT '0',
    shipped TEXT NOT NULL DEFAULT '0', invoiced TEXT NOT NULL DEFAULT '0', PRIMARY KEY (purchase_order, line_id)) STRICT;
CREATE TABLE IF NOT EXISTS vendor_documents (
    number TEXT PRIMARY KEY, kind TEXT NOT NULL, vendor TEXT NOT NULL REFERENCES accounts, vendor_number TEXT NOT NULL,
    request TEXT NOT NULL, complaints TEXT NOT NULL, idempotency_key TEXT, recorded_at TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS vendor_documents_by_number ON vendor_documents (vendor, kind, vendor_number);
CREATE INDEX IF NOT EXISTS vendor_documents_by_key ON vendor_documents (idempotency_key);

CREATE TABLE IF NOT EXISTS outgoing (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, account TEXT NOT NULL,
    body TEXT NOT NULL, committed_at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY, request_sha256 TEXT NOT NULL, answer TEXT NOT NULL, answered_at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS late_bookings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, due_at TEXT NOT NULL, path TEXT NOT NULL, key TEXT, request TEXT NOT NULL) STRICT;
"""

# The number that the first document of each series gets.
FIRST_NUMBERS = {
    "SO": 1001,
    "SH": 5001,
    "IN": 8001,
    "PO": 7001,
    "VC": 2001,
    "VS": 3001,
    "VI": 4001,
    "SSCC": 1,
    "TRACKING": 100001,
}


class Database:
    """One connection; used from one thread."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(SCHEMA)
        with self.commit():
            self.run("INSERT OR IGNORE INTO facts VALUES ('instance', ?)", secrets.token_hex(4))
        row = self.one("SELECT value FROM facts WHERE name = 'instance'")
        self.instance: str = row["value"] if row else ""

    @contextmanager
    def commit(self) -> Iterator[None]:
        """Make everything inside one durable transaction; undo all of it when an exception leaves the block.

        IMMEDIATE: whoever writes the feed holds the only write lock until the commit, so a sequence number never becomes visible
        before a smaller one.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def one(self, statement: str, *values: object) -> sqlite3.Row | None:
        """Return the first row, or None."""
        row: sqlite3.Row | None = self._connection.execute(statement, values).fetchone()
        return row

    def all(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """Return every row."""
        return self._connection.execute(statement, values).fetchall()

    def run(self, statement: str, *values: object) -> None:
        """Execute a statement inside the current transaction."""
        self._connection.execute(statement, values)

    def next_number(self, series: str) -> int:
        """Return the next number of `series`; given back when the transaction is undone."""
        row = self.one(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (series) DO UPDATE SET last = last + 1 RETURNING last",
            series,
            FIRST_NUMBERS[series],
        )
        assert row is not None  # noqa: S101 RETURNING always gives the row
        return int(row["last"])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
