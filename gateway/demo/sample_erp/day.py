"""Master data of the sample distributor: customers, vendors, items, prices, stock. The same every time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.demo.sample_erp.amounts import price_text
from gateway.demo.sample_erp.catalog import gtin14
from gateway.demo.sample_erp.database import Database


@dataclass(frozen=True, slots=True)
class Account:
    """A customer or vendor. `credit_limit` None means no limit; `freight` is charged per shipment."""

    number: str
    name: str
    street: str
    city: str
    region: str
    postal_code: str
    price_list: str = "STANDARD"
    credit_limit: str | None = None
    freight: str = "0"
    is_blocked: bool = False
    net_days: int = 30


@dataclass(frozen=True, slots=True)
class StockItem:
    """An item; `price` and `cost` are for one EA, `case` is how many EA a case (CS) holds."""

    number: str
    upc: str
    description: str
    price: str
    cost: str
    case: int
    weight_kg: str
    on_hand: int
    vendor: str = "V-2001"


CUSTOMERS = (
    Account("C-1001", "Hill Street Hardware", "1 Hill Street", "Dayton", "OH", "45402"),
    Account("C-1002", "Lakeside Markets", "200 Shore Drive", "Erie", "PA", "16501", freight="12.50"),
    Account("C-1003", "Prairie Outfitters", "77 Section Road", "Salina", "KS", "67401", price_list="DEALER"),
    Account("C-1004", "Corner Shop 44", "44 Market Place", "Toledo", "OH", "43604", credit_limit="500.00"),
    Account("C-1005", "Old Mill Trading", "9 Mill Lane", "Akron", "OH", "44302", is_blocked=True),
    Account("C-1006", "Prairie Garden Centers", "18 Grain Street", "Topeka", "KS", "66603"),
    Account("C-1007", "Bayside Campus Supply", "3 College Row", "Erie", "PA", "16502"),
)
VENDORS = (
    Account("V-2001", "Riverside Tool Works", "5 River Road", "Peoria", "IL", "61602", price_list="COST"),
    Account(
        "V-2002", "Harbor Glass Company", "12 Pier Street", "Duluth", "MN", "55802", price_list="COST", net_days=45
    ),
)
ITEMS = (
    StockItem("10010", "614141000012", "Claw hammer 16 oz", "12.50", "7.10", 12, "0.80", 5000),
    StockItem("10020", "614141000029", "Screwdriver set, 6 pieces", "18.90", "10.40", 10, "0.65", 5000),
    StockItem("10030", "614141000036", "Tape measure 25 ft", "9.75", "5.20", 24, "0.35", 5000),
    StockItem("10040", "614141000043", "Utility knife", "6.40", "3.05", 24, "0.15", 5000),
    StockItem("10050", "614141000050", "Level 24 in", "21.00", "12.80", 6, "0.95", 5000),
    StockItem("10060", "614141000067", "Adjustable wrench 10 in", "15.25", "8.60", 12, "0.55", 10),
    StockItem("20010", "614141000074", "Glass jar 1 l", "3.20", "1.45", 12, "0.60", 5000, "V-2002"),
    StockItem("20020", "614141000081", "Drinking glass, box of 6", "11.80", "6.30", 4, "1.90", 5000, "V-2002"),
    StockItem("20030", "614141000098", "Vase, clear", "24.00", "13.75", 4, "1.40", 0, "V-2002"),
    StockItem("30010", "614141000104", "Work gloves, pair", "7.95", "3.90", 12, "0.20", 5000),
    StockItem("30020", "614141000111", "Safety glasses", "5.60", "2.35", 24, "0.10", 5000),
    StockItem("30030", "614141000128", "LED head lamp", "0.375", "0.21", 12, "0.12", 5000),
)
# What a partner calls our item: (account, their number, our number).
CROSS_REFERENCES = (
    *(("C-1001", f"HSH-{item.number}", item.number) for item in ITEMS),
    *(("C-1002", f"4{item.number}7", item.number) for item in ITEMS),
    *((item.vendor, f"{'RT' if item.vendor == 'V-2001' else 'HG'}-{item.number}", item.number) for item in ITEMS),
)
DEALER_SHARE = Decimal("0.90")  # a dealer pays ninety percent of the standard price


def _party(account: Account) -> str:
    address = {
        "lines": [account.street],
        "city": account.city,
        "region": account.region,
        "postal_code": account.postal_code,
        "country": "US",
    }
    return json.dumps({"name": account.name, "number": None, "address": address})


def _put_account(db: Database, account: Account, kind: str) -> None:
    terms: dict[str, Any] = {"discount_percent": "2", "discount_days": 10, "net_days": account.net_days}
    db.run(
        "INSERT INTO accounts (number, kind, name, currency, price_list, credit_limit, freight, is_blocked, terms, party) "
        "VALUES (?, ?, ?, 'USD', ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET name = excluded.name, "
        "price_list = excluded.price_list, credit_limit = excluded.credit_limit, freight = excluded.freight, "
        "is_blocked = excluded.is_blocked, terms = excluded.terms, party = excluded.party",
        account.number,
        kind,
        account.name,
        account.price_list,
        account.credit_limit,
        account.freight,
        account.is_blocked,
        json.dumps(terms),
        _party(account),
    )


def _put_item(db: Database, item: StockItem) -> None:
    db.run(
        "INSERT INTO items (number, description, gtin, unit, carton_quantity, weight_kg) VALUES (?, ?, ?, 'EA', ?, ?) "
        "ON CONFLICT (number) DO UPDATE SET description = excluded.description, gtin = excluded.gtin, is_active = 1",
        item.number,
        item.description,
        gtin14(item.upc),
        item.case,
        item.weight_kg,
    )
    for unit, factor in (("EA", 1), ("CS", item.case)):
        db.run("INSERT OR REPLACE INTO item_units VALUES (?, ?, ?)", item.number, unit, factor)
    dealer = price_text(Decimal(item.price) * DEALER_SHARE)
    for price_list, price in (("STANDARD", item.price), ("DEALER", dealer), ("COST", item.cost)):
        db.run("INSERT OR REPLACE INTO prices VALUES (?, ?, ?)", price_list, item.number, price)
    db.run("INSERT INTO stock VALUES (?, ?, '0') ON CONFLICT (item) DO NOTHING", item.number, str(item.on_hand))


def seed(db: Database) -> dict[str, object]:
    """Put the master data in, inside the current transaction; orders and stock that are there stay."""
    for customer in CUSTOMERS:
        _put_account(db, customer, "customer")
    for vendor in VENDORS:
        _put_account(db, vendor, "vendor")
    for item in ITEMS:
        _put_item(db, item)
    for reference in CROSS_REFERENCES:
        db.run("INSERT OR REPLACE INTO item_cross_references VALUES (?, ?, ?)", *reference)
    return {
        "customers": [c.number for c in CUSTOMERS],
        "vendors": [v.number for v in VENDORS],
        "items": [{"number": i.number, "upc": i.upc, "description": i.description, "price": i.price} for i in ITEMS],
    }
