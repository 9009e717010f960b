"""The running ERP: its database, clock, trouble and automatic mode; everything that books goes through here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import cast

from gateway.demo.sample_erp import booking, purchasing
from gateway.demo.sample_erp.clock import Clock
from gateway.demo.sample_erp.database import Database
from gateway.demo.sample_erp.idempotency import once
from gateway.demo.sample_erp.purchasing import VendorDocumentKind
from gateway.demo.sample_erp.requests import (
    Automatic,
    ErpModel,
    PurchaseOrderRequest,
    SalesOrderRequest,
    VendorDocument,
)
from gateway.demo.sample_erp.trouble import Trouble, TroubleMaker


class BookedLaterError(Exception):
    """The caller is told nothing certain; the booking happens later."""


class SampleErp:
    """What the API and the automatic mode share."""

    def __init__(self, db: Database, clock: Clock, token: str) -> None:
        self.db = db
        self.clock = clock
        self.token = token
        self.trouble_maker = TroubleMaker(clock)
        self.gone = asyncio.Event()
        row = db.one("SELECT value FROM facts WHERE name = 'automatic'")
        self.automatic = Automatic.model_validate_json(row["value"]) if row else None

    def due_at(self, seconds_of: Callable[[Automatic], float]) -> str | None:
        """Return when the next step happens by itself, or None when somebody has to do it."""
        if self.automatic is None:
            return None
        return (self.clock.now() + timedelta(seconds=seconds_of(self.automatic))).isoformat()

    def set_automatic(self, automatic: Automatic | None) -> None:
        """Turn the automatic mode on or off; on, it takes over whatever lies there."""
        self.automatic = automatic
        now = self.clock.now().isoformat()
        with self.db.commit():
            self.db.run("DELETE FROM facts WHERE name = 'automatic'")
            if automatic is not None:
                self.db.run("INSERT INTO facts VALUES ('automatic', ?)", automatic.model_dump_json())
                self.db.run(
                    "UPDATE sales_orders SET due_at = ? WHERE due_at IS NULL AND state IN ('booked', 'confirmed')", now
                )
                self.db.run("UPDATE shipments SET due_at = ? WHERE due_at IS NULL AND invoice IS NULL", now)

    def book(self, path: str, request: ErpModel, key: str | None, trouble: Trouble) -> tuple[dict[str, object], bool]:
        """Book `request` as the endpoint `path` does, once per key; return the answer and whether it is an earlier one.

        Raises:
            RefusedError: something stops it.
            KeyReusedError: the key was used for another request.
            BookedLaterError: trouble was asked for; it books some seconds from now.
        """
        known_key = None if trouble.forget_keys else key
        body = request.model_dump_json()
        now = self.clock.now()
        if trouble.book_late_seconds:
            due_at = (now + timedelta(seconds=trouble.book_late_seconds)).isoformat()
            with self.db.commit():
                self.db.run(
                    "INSERT INTO late_bookings (due_at, path, key, request) VALUES (?, ?, ?, ?)",
                    due_at,
                    path,
                    known_key,
                    body,
                )
            raise BookedLaterError(path)
        return once(self.db, known_key, path, body, now, lambda: BOOKINGS[path][1](self, request, known_key))

    def book_sales_order(self, request: ErpModel, key: str | None) -> dict[str, object]:
        """Book a customer's order inside the current transaction."""
        due_at = self.due_at(lambda automatic: automatic.confirm_seconds)
        return booking.book(self.db, cast("SalesOrderRequest", request), key, self.clock.now(), due_at)

    def raise_purchase_order(self, request: ErpModel, key: str | None) -> dict[str, object]:
        """Raise a purchase order inside the current transaction."""
        return purchasing.raise_order(self.db, cast("PurchaseOrderRequest", request), key, self.clock.now())


def _recorder(kind: VendorDocumentKind) -> Callable[[SampleErp, ErpModel, str | None], dict[str, object]]:
    def record(erp: SampleErp, request: ErpModel, key: str | None) -> dict[str, object]:
        return purchasing.record(erp.db, kind, cast("VendorDocument", request), key, erp.clock.now())

    return record


VENDOR_PATHS: dict[str, VendorDocumentKind] = {
    "/vendor-confirmations": "confirmation",
    "/vendor-ship-notices": "ship-notice",
    "/vendor-invoices": "invoice",
}
# Each endpoint that books: what it takes, and what books it.
BOOKINGS: Mapping[str, tuple[type[ErpModel], Callable[[SampleErp, ErpModel, str | None], dict[str, object]]]] = {
    "/sales-orders": (SalesOrderRequest, SampleErp.book_sales_order),
    "/purchase-orders": (PurchaseOrderRequest, SampleErp.raise_purchase_order),
    **{path: (VendorDocument, _recorder(kind)) for path, kind in VENDOR_PATHS.items()},
}
