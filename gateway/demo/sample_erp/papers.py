"""What the ERP sends out, as JSON: order confirmation, shipment, invoice, purchase order.

Each is written against the partner's own identifiers: its order number, its line ids, its item numbers, its ship-to.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.demo.sample_erp import catalog
from gateway.demo.sample_erp.amounts import cents, plain, price_text
from gateway.demo.sample_erp.database import Database

CARRIER = {"scac": "EXFR", "name": "Example Freight Lines"}
DELIVERY_DAYS = 3
OURSELVES: dict[str, object] = {
    "name": "Sample Distribution Inc",
    "number": {"scheme": "duns", "value": "123456789"},
    "address": {
        "lines": ["100 Warehouse Way"],
        "city": "Columbus",
        "region": "OH",
        "postal_code": "43004",
        "country": "US",
    },
}
OUR_ROLES = {
    "seller",
    "ship-from",
    "remit-to",
}  # in the papers to a customer these say who we are, whatever the order said

Paper = dict[str, Any]


def _ourselves(role: str) -> Paper:
    return {"role": role, **OURSELVES}


def _order_head(order: sqlite3.Row) -> tuple[Paper, list[Paper]]:
    """Return what every paper to a customer says about the order, and the order's lines as received."""
    request = json.loads(order["request"])
    theirs = [p for p in request["parties"] if p["role"] not in OUR_ROLES]
    head = {
        "sales_order": order["number"],
        "customer_order": request["customer_order"],
        "customer_order_date": request["customer_order_date"],
        "currency": request["currency"],
        "references": request["references"],
        "parties": [*theirs, _ourselves("seller")],
    }
    return head, request["lines"]


def _item(line: sqlite3.Row, received: Paper) -> Paper:
    """Return the item as the partner named it, with our number and the GTIN where the partner left them out."""
    numbers = list(received["numbers"])
    schemes = {n["scheme"] for n in numbers}
    if "seller" not in schemes:
        numbers.append({"scheme": "seller", "value": line["item"]})
    if "gtin" not in schemes:
        numbers.append({"scheme": "gtin", "value": _shortest_gtin(line["gtin"])})
    return {"numbers": numbers, "description": line["description"]}


def _shortest_gtin(gtin: str) -> str:
    """Return a GTIN-14 as the UPC-A it is, when it is one."""
    return gtin.removeprefix("00")


def confirmation(
    db: Database, order: sqlite3.Row, lines: list[sqlite3.Row], now: datetime, rejected_because: str = ""
) -> Paper:
    """Return the answer to a customer's order, line by line."""
    head, received = _order_head(order)
    ship_on = now.date().isoformat()
    confirmed: list[Paper] = [
        {
            "line_id": received[line["position"]]["line_id"],
            "item": _item(line, received[line["position"]]),
            "quantity": plain(Decimal(line["ordered"])),
            "unit": line["unit"],
            "price": price_text(Decimal(line["price"])),
            "answers": _answers(line, ship_on, is_rejected=bool(rejected_because)),
        }
        for line in lines
    ]
    plain_yes = all([a["answer"] for a in c["answers"]] == ["accepted"] for c in confirmed)
    status = "rejected" if rejected_because else "accepted" if plain_yes else "accepted-with-changes"
    return {
        **head,
        "confirmed_on": now.date().isoformat(),
        "status": status,
        "terms": _terms(db, order["customer"]),
        "notes": [rejected_because] if rejected_because else [],
        "lines": confirmed,
    }


def _answers(line: sqlite3.Row, ship_on: str, *, is_rejected: bool) -> list[Paper]:
    ordered, promised = Decimal(line["ordered"]), Decimal(line["allocated"])
    if is_rejected:
        return [{"answer": "rejected", "quantity": plain(ordered), "ship_on": None}]
    yes = "accepted-price-changed" if line["is_price_changed"] else "accepted"
    answers: list[Paper] = [
        {"answer": yes, "quantity": plain(promised), "ship_on": ship_on},
        {"answer": "backordered", "quantity": plain(ordered - promised), "ship_on": None},
    ]
    return [a for a in answers if a["quantity"] != "0"]


def _terms(db: Database, account: str) -> Paper:
    row = db.one("SELECT terms FROM accounts WHERE number = ?", account)
    terms: Paper = json.loads(row["terms"]) if row else {}
    return terms


def shipment(db: Database, order: sqlite3.Row, lines: list[sqlite3.Row], row: sqlite3.Row, now: datetime) -> Paper:
    """Return the ship notice: cartons with their SSCC and what is in them."""
    head, received = _order_head(order)
    head["parties"].append(_ourselves("ship-from"))
    by_position = {line["position"]: line for line in lines}
    cartons = []
    total_weight = Decimal(0)
    for carton in db.all("SELECT * FROM cartons WHERE shipment = ? ORDER BY sscc", row["number"]):
        line = by_position[carton["position"]]
        theirs = received[line["position"]]
        weight = Decimal(carton["quantity"]) * line["factor"] * Decimal(line["weight_kg"])
        total_weight += weight
        cartons.append(
            {
                "sscc": carton["sscc"],
                "weight_kg": plain(weight),
                "lines": [
                    {
                        "line_id": theirs["line_id"],
                        "item": _item(line, theirs),
                        "quantity": plain(Decimal(carton["quantity"])),
                        "unit": line["unit"],
                        "ordered": plain(Decimal(line["ordered"])),
                    }
                ],
            }
        )
    return {
        **head,
        "shipment": row["number"],
        "shipped_at": now.replace(microsecond=0, tzinfo=None).isoformat(),
        "delivery_on": (now + timedelta(days=DELIVERY_DAYS)).date().isoformat(),
        "carrier": CARRIER,
        "tracking": [row["tracking"]],
        "bill_of_lading": row["bill_of_lading"],
        "weight_kg": plain(total_weight),
        "cartons": cartons,
    }


def invoice(
    db: Database, order: sqlite3.Row, lines: list[sqlite3.Row], shipment_row: sqlite3.Row, number: str, now: datetime
) -> Paper:
    """Return the invoice for one shipment."""
    head, received = _order_head(order)
    head["parties"].append(_ourselves("remit-to"))
    shipped: dict[int, Decimal] = {}
    for carton in db.all("SELECT position, quantity FROM cartons WHERE shipment = ?", shipment_row["number"]):
        shipped[carton["position"]] = shipped.get(carton["position"], Decimal(0)) + Decimal(carton["quantity"])
    invoiced = []
    total = Decimal(0)
    for line in lines:
        quantity = shipped.get(line["position"])
        if quantity is None:
            continue
        amount = cents(quantity * Decimal(line["price"]))
        total += amount
        invoiced.append(
            {
                "line_id": received[line["position"]]["line_id"],
                "item": _item(line, received[line["position"]]),
                "quantity": plain(quantity),
                "unit": line["unit"],
                "price": price_text(Decimal(line["price"])),
                "amount": str(amount),
            }
        )
    account = db.one("SELECT freight FROM accounts WHERE number = ?", order["customer"])
    freight = cents(Decimal(account["freight"] if account else "0"))
    charges = [{"kind": "freight", "description": "Freight", "amount": str(freight)}] if freight else []
    return {
        **head,
        "invoice": number,
        "invoiced_on": now.date().isoformat(),
        "shipment": shipment_row["number"],
        "shipped_on": shipment_row["shipped_at"][:10],
        "carrier": CARRIER,
        "bill_of_lading": shipment_row["bill_of_lading"],
        "terms": _terms(db, order["customer"]),
        "lines": invoiced,
        "charges": charges,
        "total": str(total + freight),
    }


def purchase_order(db: Database, number: str, vendor: sqlite3.Row, raised_on: date, requested_delivery: date) -> Paper:
    """Return a purchase order of ours, for its vendor."""
    lines = db.all(
        "SELECT l.*, i.description, i.gtin FROM purchase_order_lines l JOIN items i ON i.number = l.item "
        "WHERE purchase_order = ? ORDER BY CAST(line_id AS INTEGER)",
        number,
    )
    return {
        "purchase_order": number,
        "raised_on": raised_on.isoformat(),
        "requested_delivery": requested_delivery.isoformat(),
        "currency": vendor["currency"],
        "parties": [
            _ourselves("buyer"),
            {**catalog.party(vendor, "seller"), "number": {"scheme": "buyer", "value": vendor["number"]}},
            _ourselves("ship-to"),
            _ourselves("bill-to"),
        ],
        "terms": _terms(db, vendor["number"]),
        "lines": [
            {
                "line_id": line["line_id"],
                "item": {
                    "numbers": _numbers_for_vendor(db, vendor["number"], line),
                    "description": line["description"],
                },
                "quantity": plain(Decimal(line["ordered"])),
                "unit": line["unit"],
                "price": price_text(Decimal(line["price"])),
            }
            for line in lines
        ],
    }


def _numbers_for_vendor(db: Database, vendor: str, line: sqlite3.Row) -> list[Paper]:
    theirs = catalog.their_number(db, vendor, line["item"])
    numbers = [{"scheme": "buyer", "value": line["item"]}, {"scheme": "gtin", "value": _shortest_gtin(line["gtin"])}]
    return [*numbers, {"scheme": "seller", "value": theirs}] if theirs else numbers
