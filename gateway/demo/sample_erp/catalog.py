"""Accounts, items, units, prices and stock: what the other modules look up."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from gateway.demo.sample_erp.database import Database
from gateway.demo.sample_erp.requests import PartnerNumber


@dataclass(frozen=True, slots=True)
class Item:
    """An item of ours, in one unit."""

    number: str
    description: str
    gtin: str
    unit: str
    factor: int


def gtin14(value: str) -> str:
    """Return a UPC, EAN or GTIN as fourteen digits, the way they are compared; anything else unchanged."""
    digits = value.strip().replace("-", "").replace(" ", "")
    return digits.zfill(14) if digits.isdigit() and len(digits) in {8, 12, 13, 14} else value.strip()


def account(db: Database, number: str, kind: str) -> sqlite3.Row | None:
    """Return the customer or vendor with `number`, or None."""
    return db.one("SELECT * FROM accounts WHERE number = ? AND kind = ?", number, kind)


def find_items(db: Database, account_number: str, numbers: Iterable[PartnerNumber], own_scheme: str) -> list[str]:
    """Return the distinct items of ours that `numbers` mean to this account, in the order found.

    `own_scheme` is the scheme of our own numbers: "seller" towards a customer, "buyer" towards a vendor.
    """
    found: dict[str, None] = {}
    for number in numbers:
        if number.scheme == "gtin":
            row = db.one("SELECT number FROM items WHERE gtin = ?", gtin14(number.value))
        elif number.scheme == own_scheme:
            row = db.one("SELECT number FROM items WHERE number = ?", number.value)
        else:
            row = db.one(
                "SELECT item AS number FROM item_cross_references WHERE account = ? AND their_number = ?",
                account_number,
                number.value,
            )
        if row is not None:
            found.setdefault(row["number"])
    return list(found)


def item(db: Database, number: str) -> sqlite3.Row | None:
    """Return the item with our `number`, or None."""
    return db.one("SELECT * FROM items WHERE number = ?", number)


def unit_factor(db: Database, item_number: str, unit: str) -> int | None:
    """Return how many stock units one `unit` of the item holds, or None when the item does not come in it."""
    row = db.one("SELECT factor FROM item_units WHERE item = ? AND unit = ?", item_number, unit)
    return None if row is None else int(row["factor"])


def units_of(db: Database, item_number: str) -> list[str]:
    """Return the units an item comes in, smallest first."""
    return [row["unit"] for row in db.all("SELECT unit FROM item_units WHERE item = ? ORDER BY factor", item_number)]


def price(db: Database, price_list: str, item_number: str) -> Decimal | None:
    """Return the price of one stock unit on `price_list`, or None."""
    row = db.one("SELECT price FROM prices WHERE price_list = ? AND item = ?", price_list, item_number)
    return None if row is None else Decimal(row["price"])


def available(db: Database, item_number: str) -> Decimal:
    """Return the stock units that are on the shelf and promised to nobody."""
    row = db.one("SELECT on_hand, reserved FROM stock WHERE item = ?", item_number)
    return Decimal(0) if row is None else Decimal(row["on_hand"]) - Decimal(row["reserved"])


def change_stock(
    db: Database, item_number: str, *, on_hand: Decimal = Decimal(0), reserved: Decimal = Decimal(0)
) -> None:
    """Add to what is on the shelf and to what is promised."""
    row = db.one("SELECT on_hand, reserved FROM stock WHERE item = ?", item_number)
    old_on_hand, old_reserved = (row["on_hand"], row["reserved"]) if row else ("0", "0")
    db.run(
        "INSERT OR REPLACE INTO stock VALUES (?, ?, ?)",
        item_number,
        str(Decimal(old_on_hand) + on_hand),
        str(Decimal(old_reserved) + reserved),
    )


def their_number(db: Database, account_number: str, item_number: str) -> str:
    """Return the account's own number for an item of ours, or ""."""
    row = db.one(
        "SELECT their_number FROM item_cross_references WHERE account = ? AND item = ? ORDER BY their_number LIMIT 1",
        account_number,
        item_number,
    )
    return "" if row is None else str(row["their_number"])


def party(row: sqlite3.Row, role: str) -> dict[str, object]:
    """Return an account's name and address as a party in `role`."""
    return {"role": role, **json.loads(row["party"])}
