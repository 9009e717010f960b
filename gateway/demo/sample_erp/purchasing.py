"""The buying side: purchase orders to vendors, and what vendors answer to them.

A vendor's confirmation, ship notice and invoice are recorded line by line against the purchase order. Goods of a ship notice are
on the shelf at once: this ERP has no receiving dock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from gateway.demo.sample_erp import catalog, feed, papers
from gateway.demo.sample_erp.amounts import cents, plain, price_text
from gateway.demo.sample_erp.booking import PRICE_TOLERANCE, RefusedError
from gateway.demo.sample_erp.database import Database
from gateway.demo.sample_erp.fulfilment import receive_stock
from gateway.demo.sample_erp.requests import Complaint, PurchaseOrderRequest, VendorDocument, VendorLine

VendorDocumentKind = Literal["confirmation", "ship-notice", "invoice"]
SERIES: dict[VendorDocumentKind, str] = {"confirmation": "VC", "ship-notice": "VS", "invoice": "VI"}
# The column of purchase_order_lines that each kind of vendor document adds to.
PROGRESS: dict[VendorDocumentKind, str] = {"confirmation": "confirmed", "ship-notice": "shipped", "invoice": "invoiced"}
LEAD_DAYS = 7
ANSWERS_THAT_PROMISE = {
    "accepted",
    "accepted-with-changes",
    "accepted-quantity-changed",
    "accepted-price-changed",
    "accepted-date-changed",
    "accepted-substitute",
}


def raise_order(db: Database, order: PurchaseOrderRequest, key: str | None, now: datetime) -> dict[str, object]:
    """Raise a purchase order and put it on the feed.

    Raises:
        RefusedError: the vendor, an item, its unit or its price is not known.
    """
    vendor = catalog.account(db, order.vendor, "vendor")
    if vendor is None:
        raise RefusedError(
            [Complaint(code="account-unknown", sentence=f"There is no vendor {order.vendor}.", value=order.vendor)]
        )
    number = f"PO-{db.next_number('PO')}"
    requested = order.requested_delivery or (now + timedelta(days=LEAD_DAYS)).date()
    db.run(
        "INSERT INTO purchase_orders VALUES (?, ?, ?, ?, ?)",
        number,
        order.vendor,
        now.date().isoformat(),
        requested.isoformat(),
        key,
    )
    for index, line in enumerate(order.lines):
        item = catalog.item(db, line.item)
        unit = line.unit or (item["unit"] if item is not None else "")
        factor = catalog.unit_factor(db, line.item, unit)
        cost = catalog.price(db, vendor["price_list"], line.item)
        if item is None or factor is None or cost is None or line.quantity <= 0:
            sentence = f"Line {index + 1}: vendor {order.vendor} does not sell us {plain(line.quantity)} {unit} of {line.item}."
            raise RefusedError([Complaint(code="item-unknown", sentence=sentence, line=index, value=line.item)])
        db.run(
            "INSERT INTO purchase_order_lines (purchase_order, line_id, item, unit, factor, ordered, price) VALUES (?, ?, ?, ?, ?, ?, ?)",
            number,
            str(index + 1),
            line.item,
            unit,
            factor,
            str(line.quantity),
            str(cost * factor),
        )
    paper = papers.purchase_order(db, number, vendor, now.date(), requested)
    feed.append(db, "purchase-order", number, order.vendor, paper, now)
    return {"number": number, "vendor": order.vendor}


def assess(
    db: Database, kind: VendorDocumentKind, document: VendorDocument
) -> tuple[list[Complaint], list[tuple[str, str, VendorLine]]]:
    """Return what there is to say against a vendor's document, and its lines with (purchase order, our line id)."""
    if catalog.account(db, document.vendor, "vendor") is None:
        sentence = f"There is no vendor {document.vendor}."
        return [Complaint(code="account-unknown", sentence=sentence, value=document.vendor)], []
    complaints: list[Complaint] = []
    matched: list[tuple[str, str, VendorLine]] = []
    counted = 0
    for part in document.orders:
        order = db.one("SELECT vendor FROM purchase_orders WHERE number = ?", part.purchase_order)
        if order is None or order["vendor"] != document.vendor:
            sentence = f"We have no purchase order {part.purchase_order} with vendor {document.vendor}."
            complaints.append(Complaint(code="order-unknown", sentence=sentence, value=part.purchase_order))
            counted += len(part.lines)
            continue
        for line in part.lines:
            line_id = _match(db, document.vendor, part.purchase_order, line)
            if line_id is None:
                sentence = (
                    f"Purchase order {part.purchase_order} has no line {line.line_id or counted + 1} like this one."
                )
                complaints.append(Complaint(code="line-unknown", sentence=sentence, line=counted, line_id=line.line_id))
            else:
                matched.append((part.purchase_order, line_id, line))
                complaints.extend(_compare(db, kind, part.purchase_order, line_id, line, counted))
            counted += 1
    if kind == "invoice":
        complaints.extend(_assess_invoice(db, document))
    return complaints, matched


def _match(db: Database, vendor: str, purchase_order: str, line: VendorLine) -> str | None:
    """Return our line id: by the line id they repeat, unless the item says otherwise; else by the item."""
    items = catalog.find_items(db, vendor, line.numbers, "buyer")
    rows = db.all("SELECT line_id, item FROM purchase_order_lines WHERE purchase_order = ?", purchase_order)
    for row in rows:
        if _same_line_id(row["line_id"], line.line_id) and (not items or row["item"] in items):
            return str(row["line_id"])
    return next((str(row["line_id"]) for row in rows if row["item"] in items), None)


def _same_line_id(ours: str, theirs: str) -> bool:
    return theirs != "" and theirs.lstrip("0") == ours


def _compare(
    db: Database, kind: VendorDocumentKind, purchase_order: str, line_id: str, line: VendorLine, index: int
) -> list[Complaint]:
    row = db.one("SELECT * FROM purchase_order_lines WHERE purchase_order = ? AND line_id = ?", purchase_order, line_id)
    if row is None:
        return []
    name = f"Line {line_id} of {purchase_order}"
    complaints = []
    factor = catalog.unit_factor(db, row["item"], line.unit)
    if factor is None:
        sentence = f"{name}: item {row['item']} does not come in {line.unit}."
        return [Complaint(code="unit-unknown", sentence=sentence, line=index, line_id=line.line_id, value=line.unit)]
    done = Decimal(row[PROGRESS[kind]]) + line.quantity * factor / row["factor"]
    if kind != "confirmation" and done > Decimal(row["ordered"]):
        sentence = (
            f"{name}: {plain(Decimal(row['ordered']))} {row['unit']} were ordered, with this one it is {plain(done)}."
        )
        complaints.append(
            Complaint(
                code="quantity-over",
                severity="warning",
                sentence=sentence,
                line=index,
                line_id=line.line_id,
                value=plain(done),
            )
        )
    agreed = Decimal(row["price"]) / row["factor"] * factor
    if line.price is not None and abs(line.price - agreed) > PRICE_TOLERANCE:
        sentence = f"{name}: they say {price_text(line.price)} per {line.unit}, agreed are {price_text(agreed)}."
        value = price_text(line.price)
        complaints.append(
            Complaint(
                code="price-differs",
                severity="warning",
                sentence=sentence,
                line=index,
                line_id=line.line_id,
                value=value,
            )
        )
    return complaints


def _assess_invoice(db: Database, document: VendorDocument) -> list[Complaint]:
    complaints = []
    same = db.one(
        "SELECT number FROM vendor_documents WHERE vendor = ? AND kind = 'invoice' AND vendor_number = ?",
        document.vendor,
        document.vendor_number,
    )
    if same is not None:
        sentence = (
            f"Invoice {document.vendor_number} of vendor {document.vendor} is recorded already as {same['number']}."
        )
        complaints.append(
            Complaint(code="invoice-exists", severity="warning", sentence=sentence, value=document.vendor_number)
        )
    lines = sum(
        (cents(line.quantity * (line.price or 0)) for part in document.orders for line in part.lines), Decimal(0)
    )
    added = lines + sum((charge.amount for charge in document.charges), Decimal(0))
    if document.total is not None and abs(added - document.total) > Decimal("0.01"):
        sentence = (
            f"The lines and charges add up to {price_text(added)}, the invoice says {price_text(document.total)}."
        )
        complaints.append(
            Complaint(code="total-differs", severity="warning", sentence=sentence, value=price_text(document.total))
        )
    return complaints


def record(
    db: Database, kind: VendorDocumentKind, document: VendorDocument, key: str | None, now: datetime
) -> dict[str, object]:
    """Record a vendor's document inside the current transaction and take it over into the purchase order's lines.

    Raises:
        RefusedError: it does not fit a purchase order of ours.
    """
    complaints, matched = assess(db, kind, document)
    if any(c.severity == "error" for c in complaints):
        raise RefusedError(complaints)
    number = f"{SERIES[kind]}-{db.next_number(SERIES[kind])}"
    db.run(
        "INSERT INTO vendor_documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        number,
        kind,
        document.vendor,
        document.vendor_number,
        document.model_dump_json(),
        "[" + ",".join(c.model_dump_json() for c in complaints) + "]",
        key,
        now.isoformat(),
    )
    for purchase_order, line_id, line in matched:
        _take_over(db, kind, purchase_order, line_id, line, now)
    state = "recorded" if not complaints else "differs"
    return {"number": number, "state": state, "vendor": document.vendor, "vendor_number": document.vendor_number}


def _take_over(
    db: Database, kind: VendorDocumentKind, purchase_order: str, line_id: str, line: VendorLine, now: datetime
) -> None:
    row = db.one("SELECT * FROM purchase_order_lines WHERE purchase_order = ? AND line_id = ?", purchase_order, line_id)
    factor = catalog.unit_factor(db, row["item"], line.unit) if row is not None else None
    if row is None or factor is None:
        return
    quantity = QUANTITY_OF[kind](line) * factor / row["factor"]
    column = PROGRESS[kind]
    db.run(
        f"UPDATE purchase_order_lines SET {column} = ? WHERE purchase_order = ? AND line_id = ?",  # noqa: S608 a column of PROGRESS
        str(Decimal(row[column]) + quantity),
        purchase_order,
        line_id,
    )
    if kind == "ship-notice":
        receive_stock(db, row["item"], line.quantity * factor, now)


def _promised(line: VendorLine) -> Decimal:
    if not line.answers:
        return line.quantity
    return sum((a.quantity or Decimal(0) for a in line.answers if a.answer in ANSWERS_THAT_PROMISE), Decimal(0))


QUANTITY_OF: dict[VendorDocumentKind, Callable[[VendorLine], Decimal]] = {
    "confirmation": _promised,
    "ship-notice": lambda line: line.quantity,
    "invoice": lambda line: line.quantity,
}
