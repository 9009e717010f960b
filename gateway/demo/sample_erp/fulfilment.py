"""The life of a booked order: confirm (promise stock), ship (what was promised, in cartons), invoice (what was shipped).

Each step runs inside the caller's transaction and appends its document to the feed in it.
booked → confirmed → shipped, or booked → rejected. What stock does not cover waits in `confirmed` as a back order and is shipped
when stock arrives. Each shipment is invoiced once.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from decimal import Decimal

from gateway.demo.sample_erp import catalog, feed, papers
from gateway.demo.sample_erp.booking import change_open_amount
from gateway.demo.sample_erp.cartons import split, sscc
from gateway.demo.sample_erp.database import Database


class UnknownNumberError(Exception):
    """There is nothing with this number."""


class StepImpossibleError(Exception):
    """The order is not in a state in which this can be done."""


def sales_order(db: Database, number: str) -> sqlite3.Row:
    """Return the order.

    Raises:
        UnknownNumberError: there is no such order.
    """
    row = db.one("SELECT * FROM sales_orders WHERE number = ?", number)
    if row is None:
        raise UnknownNumberError(number)
    return row


def order_lines(db: Database, number: str) -> list[sqlite3.Row]:
    """Return the order's lines in its own order."""
    return db.all(
        "SELECT l.*, i.description, i.gtin, i.carton_quantity, i.weight_kg FROM sales_order_lines l JOIN items i ON i.number = l.item "
        "WHERE sales_order = ? ORDER BY position",
        number,
    )


def _expect(order: sqlite3.Row, *states: str) -> None:
    if order["state"] not in states:
        raise StepImpossibleError(f"Order {order['number']} is {order['state']}; this needs {' or '.join(states)}.")


def _allocate(db: Database, number: str) -> None:
    """Promise free stock to what the order still lacks, in whole ordered units."""
    for line in order_lines(db, number):
        lacking = Decimal(line["ordered"]) - Decimal(line["shipped"]) - Decimal(line["allocated"])
        free = max(catalog.available(db, line["item"]), Decimal(0))
        promised = min(lacking, free // line["factor"])
        if promised > 0:
            catalog.change_stock(db, line["item"], reserved=promised * line["factor"])
            db.run(
                "UPDATE sales_order_lines SET allocated = ? WHERE sales_order = ? AND position = ?",
                str(Decimal(line["allocated"]) + promised),
                number,
                line["position"],
            )


def confirm(db: Database, number: str, now: datetime, due_at: str | None = None) -> dict[str, object]:
    """Promise stock and tell the customer; `due_at` is when the order ships by itself."""
    order = sales_order(db, number)
    _expect(order, "booked")
    _allocate(db, number)
    db.run("UPDATE sales_orders SET state = 'confirmed', due_at = ? WHERE number = ?", due_at, number)
    body = papers.confirmation(db, order, order_lines(db, number), now)
    feed.append(db, "order-confirmation", number, order["customer"], body, now)
    return {"number": number, "state": "confirmed"}


def reject(db: Database, number: str, reason: str, now: datetime) -> dict[str, object]:
    """Refuse a booked order and tell the customer."""
    order = sales_order(db, number)
    _expect(order, "booked")
    db.run("UPDATE sales_orders SET state = 'rejected', due_at = NULL, reason = ? WHERE number = ?", reason, number)
    change_open_amount(db, order["customer"], -Decimal(order["total"]))
    body = papers.confirmation(db, order, order_lines(db, number), now, rejected_because=reason)
    feed.append(db, "order-confirmation", number, order["customer"], body, now)
    return {"number": number, "state": "rejected"}


def ship(db: Database, number: str, now: datetime, invoice_due_at: str | None = None) -> dict[str, object]:
    """Ship what is promised. With nothing promised the order waits for stock.

    Raises:
        StepImpossibleError: the order is not confirmed.
    """
    order = sales_order(db, number)
    _expect(order, "confirmed")
    _allocate(db, number)
    lines = order_lines(db, number)
    leaving = [line for line in lines if Decimal(line["allocated"]) > 0]
    if not leaving:
        db.run("UPDATE sales_orders SET due_at = NULL WHERE number = ?", number)
        return {"number": number, "state": "confirmed", "shipment": None}
    shipment = f"SH-{db.next_number('SH')}"
    tracking = f"EX{db.next_number('TRACKING')}US"
    db.run(
        "INSERT INTO shipments VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        shipment,
        number,
        now.isoformat(),
        papers.CARRIER["scac"],
        tracking,
        f"BOL{shipment[3:]}",
        invoice_due_at,
    )
    for line in leaving:
        _pack(db, shipment, line)
        _take_from_stock(db, line)
    is_complete = all(Decimal(line["shipped"]) >= Decimal(line["ordered"]) for line in order_lines(db, number))
    state = "shipped" if is_complete else "confirmed"
    db.run("UPDATE sales_orders SET state = ?, due_at = NULL WHERE number = ?", state, number)
    row = db.one("SELECT * FROM shipments WHERE number = ?", shipment)
    if row is not None:
        feed.append(db, "shipment", shipment, order["customer"], papers.shipment(db, order, lines, row, now), now)
    return {"number": number, "state": state, "shipment": shipment}


def _pack(db: Database, shipment: str, line: sqlite3.Row) -> None:
    """Put what leaves into cartons; quantities are in the ordered unit."""
    per_carton = max(line["carton_quantity"] // line["factor"], 1)
    for quantity in split(Decimal(line["allocated"]), per_carton):
        db.run(
            "INSERT INTO cartons VALUES (?, ?, ?, ?)",
            sscc(db.next_number("SSCC")),
            shipment,
            line["position"],
            str(quantity),
        )


def _take_from_stock(db: Database, line: sqlite3.Row) -> None:
    leaving = Decimal(line["allocated"])
    catalog.change_stock(db, line["item"], on_hand=-leaving * line["factor"], reserved=-leaving * line["factor"])
    db.run(
        "UPDATE sales_order_lines SET shipped = ?, allocated = '0' WHERE sales_order = ? AND position = ?",
        str(Decimal(line["shipped"]) + leaving),
        line["sales_order"],
        line["position"],
    )


def invoice(db: Database, shipment_number: str, now: datetime) -> dict[str, object]:
    """Invoice one shipment.

    Raises:
        UnknownNumberError: there is no such shipment.
        StepImpossibleError: it is invoiced already.
    """
    row = db.one("SELECT * FROM shipments WHERE number = ?", shipment_number)
    if row is None:
        raise UnknownNumberError(shipment_number)
    if row["invoice"] is not None:
        raise StepImpossibleError(f"Shipment {shipment_number} is invoiced already by {row['invoice']}.")
    number = f"IN-{db.next_number('IN')}"
    order = sales_order(db, row["sales_order"])
    body = papers.invoice(db, order, order_lines(db, order["number"]), row, number, now)
    charges, total = json.dumps(body["charges"]), str(body["total"])
    db.run(
        "INSERT INTO invoices VALUES (?, ?, ?, ?, ?, ?)",
        number,
        order["number"],
        shipment_number,
        now.date().isoformat(),
        charges,
        total,
    )
    db.run("UPDATE shipments SET invoice = ?, due_at = NULL WHERE number = ?", number, shipment_number)
    feed.append(db, "invoice", number, order["customer"], body, now)
    return {"invoice": number, "shipment": shipment_number, "total": total}


def invoice_order(db: Database, number: str, now: datetime) -> dict[str, object]:
    """Invoice every shipment of the order that has no invoice yet."""
    sales_order(db, number)
    rows = db.all("SELECT number FROM shipments WHERE sales_order = ? AND invoice IS NULL ORDER BY number", number)
    if not rows:
        raise StepImpossibleError(f"Order {number} has no shipment that waits for its invoice.")
    return {"number": number, "invoices": [invoice(db, row["number"], now)["invoice"] for row in rows]}


def receive_stock(db: Database, item_number: str, quantity: Decimal, now: datetime) -> None:
    """Put goods on the shelf and wake the orders that wait for them."""
    catalog.change_stock(db, item_number, on_hand=quantity)
    db.run(
        "UPDATE sales_orders SET due_at = ? WHERE state = 'confirmed' AND due_at IS NULL AND number IN "
        "(SELECT sales_order FROM sales_order_lines WHERE item = ? AND CAST(ordered AS REAL) > CAST(shipped AS REAL))",
        now.isoformat(),
        item_number,
    )
