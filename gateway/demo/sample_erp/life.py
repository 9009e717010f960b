"""What happens in the ERP by itself: late bookings, and in automatic mode confirming, shipping and invoicing."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from gateway.demo.sample_erp import fulfilment
from gateway.demo.sample_erp.booking import RefusedError
from gateway.demo.sample_erp.erp import BOOKINGS, SampleErp
from gateway.demo.sample_erp.idempotency import KeyReusedError
from gateway.demo.sample_erp.trouble import NO_TROUBLE

PULSE_SECONDS = 0.1
STEPS_PER_PULSE = 50  # so that requests are answered in between


async def live(erp: SampleErp) -> None:
    """Do what is due, for ever."""
    while True:
        await asyncio.sleep(PULSE_SECONDS)
        for step in (_book_one_late, _advance_one_order, _invoice_one_shipment):
            for _ in range(STEPS_PER_PULSE):
                if not step(erp):
                    break
                await asyncio.sleep(0)


def _book_one_late(erp: SampleErp) -> bool:
    now = erp.clock.now().isoformat()
    row = erp.db.one("SELECT * FROM late_bookings WHERE due_at <= ? ORDER BY id LIMIT 1", now)
    if row is None:
        return False
    request = BOOKINGS[row["path"]][0].model_validate_json(row["request"])
    with suppress(RefusedError, KeyReusedError):  # nobody waits for the answer any more
        erp.book(row["path"], request, row["key"], NO_TROUBLE)
    # A crash before this books it again, unless it has a key: an ERP that books late is like that.
    with erp.db.commit():
        erp.db.run("DELETE FROM late_bookings WHERE id = ?", row["id"])
    return True


def _advance_one_order(erp: SampleErp) -> bool:
    if erp.automatic is None:
        return False
    now = erp.clock.now()
    row = erp.db.one(
        "SELECT number, state FROM sales_orders WHERE due_at <= ? ORDER BY due_at LIMIT 1", now.isoformat()
    )
    if row is None:
        return False
    with erp.db.commit():
        if row["state"] == "booked":
            fulfilment.confirm(erp.db, row["number"], now, erp.due_at(lambda automatic: automatic.ship_seconds))
        else:
            fulfilment.ship(erp.db, row["number"], now, erp.due_at(lambda automatic: automatic.invoice_seconds))
    return True


def _invoice_one_shipment(erp: SampleErp) -> bool:
    if erp.automatic is None:
        return False
    now = erp.clock.now()
    row = erp.db.one("SELECT number FROM shipments WHERE due_at <= ? ORDER BY due_at LIMIT 1", now.isoformat())
    if row is None:
        return False
    with erp.db.commit():
        fulfilment.invoice(erp.db, row["number"], now)
    return True
