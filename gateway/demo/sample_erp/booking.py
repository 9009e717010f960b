"""A customer's order comes in: what would stop it, and booking it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.demo.sample_erp import catalog
from gateway.demo.sample_erp.amounts import cents, plain, price_text
from gateway.demo.sample_erp.catalog import Item
from gateway.demo.sample_erp.database import Database
from gateway.demo.sample_erp.requests import Complaint, SalesOrderLine, SalesOrderRequest

PRICE_TOLERANCE = Decimal("0.005")  # per ordered unit: half a cent is rounding, more is a difference


class RefusedError(Exception):
    """The ERP does not take this document; carries every complaint."""

    def __init__(self, complaints: list[Complaint]) -> None:
        super().__init__("; ".join(c.sentence for c in complaints if c.severity == "error"))
        self.complaints = complaints


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with our item, unit and price; `price` is per ordered unit."""

    item: Item
    quantity: Decimal
    price: Decimal
    is_price_changed: bool

    @property
    def amount(self) -> Decimal:
        """Return quantity times price, to the cent."""
        return cents(self.quantity * self.price)


def assess(db: Database, order: SalesOrderRequest) -> tuple[list[Complaint], list[PricedLine]]:
    """Return everything there is to say against `order`, and its lines as they would be booked (those without an error)."""
    customer = catalog.account(db, order.customer, "customer")
    if customer is None:
        sentence = f"There is no customer {order.customer}."
        return [Complaint(code="account-unknown", sentence=sentence, value=order.customer)], []
    complaints: list[Complaint] = []
    if customer["is_blocked"]:
        complaints.append(
            Complaint(code="account-blocked", sentence=f"Customer {order.customer} is blocked for new orders.")
        )
    if order.currency != customer["currency"]:
        sentence = f"Customer {order.customer} buys in {customer['currency']}, the order is in {order.currency}."
        complaints.append(Complaint(code="currency-differs", sentence=sentence, value=order.currency))
    lines: list[PricedLine] = []
    wanted: dict[str, Decimal] = {}
    for index, line in enumerate(order.lines):
        priced = _assess_line(db, customer["price_list"], order.customer, line, complaints, index)
        if priced is not None:
            lines.append(priced)
            _note_stock(db, priced, wanted, complaints, index, line.line_id)
    _assess_credit(customer["credit_limit"], Decimal(customer["open_amount"]), lines, complaints)
    _note_same_order(db, order, complaints)
    return complaints, lines


def _assess_line(
    db: Database, price_list: str, customer: str, line: SalesOrderLine, complaints: list[Complaint], index: int
) -> PricedLine | None:
    def complain(code: str, sentence: str, value: str = "", severity: str = "error") -> None:
        complaints.append(
            Complaint.model_validate(
                {
                    "code": code,
                    "severity": severity,
                    "sentence": sentence,
                    "line": index,
                    "line_id": line.line_id,
                    "value": value,
                }
            )
        )

    name = f"Line {line.line_id or index + 1}"
    found = catalog.find_items(db, customer, line.numbers, "seller")
    given = ", ".join(f"{n.scheme} {n.value}" for n in line.numbers)
    if len(found) != 1:
        value = line.numbers[0].value if line.numbers else ""
        if found:
            complain("item-ambiguous", f"{name}: {given} are different items here: {', '.join(found)}.", value)
        else:
            complain("item-unknown", f"{name}: no item is known by {given or 'no number at all'}.", value)
        return None
    row = catalog.item(db, found[0])
    factor = catalog.unit_factor(db, found[0], line.unit)
    if row is None or not row["is_active"]:
        complain("item-discontinued", f"{name}: item {found[0]} is no longer sold.", found[0])
        return None
    if factor is None:
        units = ", ".join(catalog.units_of(db, found[0]))
        complain("unit-unknown", f"{name}: item {found[0]} does not come in {line.unit}, only in {units}.", line.unit)
        return None
    if line.quantity <= 0 or line.quantity != line.quantity.to_integral_value():
        sentence = (
            f"{name}: {plain(line.quantity)} {line.unit} of item {found[0]} cannot be delivered; whole units only."
        )
        complain("quantity-invalid", sentence, plain(line.quantity))
        return None
    list_price = catalog.price(db, price_list, found[0])
    if list_price is None:
        complain("price-missing", f"{name}: item {found[0]} has no price on list {price_list}.", found[0])
        return None
    ours = list_price * factor
    is_changed = line.price is not None and abs(line.price - ours) > PRICE_TOLERANCE
    if is_changed and line.price is not None:
        sentence = f"{name}: the order says {price_text(line.price)} per {line.unit}, our price is {price_text(ours)}."
        complain("price-differs", sentence, price_text(line.price), "warning")
    item = Item(found[0], row["description"], row["gtin"], line.unit, factor)
    return PricedLine(item, line.quantity, ours, is_changed)


def _note_stock(
    db: Database, line: PricedLine, wanted: dict[str, Decimal], complaints: list[Complaint], index: int, line_id: str
) -> None:
    """Say when the lines so far want more of the item than is free."""
    number = line.item.number
    wanted[number] = wanted.get(number, Decimal(0)) + line.quantity * line.item.factor
    free = catalog.available(db, number)
    if wanted[number] > free:
        sentence = (
            f"Line {line_id or index + 1}: of item {number} only {plain(max(free, Decimal(0)))} are free, "
            f"{plain(wanted[number])} are wanted; the rest goes on back order."
        )
        complaints.append(
            Complaint(code="stock-short", severity="note", sentence=sentence, line=index, line_id=line_id, value=number)
        )


def _assess_credit(
    limit: str | None, open_amount: Decimal, lines: list[PricedLine], complaints: list[Complaint]
) -> None:
    total = sum((line.amount for line in lines), Decimal(0))
    if limit is not None and open_amount + total > Decimal(limit):
        sentence = (
            f"The credit limit is {price_text(Decimal(limit))}; {price_text(open_amount)} are open and this order "
            f"adds {price_text(total)}."
        )
        complaints.append(Complaint(code="credit-exceeded", sentence=sentence, value=price_text(total)))


def _note_same_order(db: Database, order: SalesOrderRequest, complaints: list[Complaint]) -> None:
    same = db.one(
        "SELECT number FROM sales_orders WHERE customer = ? AND customer_order = ? LIMIT 1",
        order.customer,
        order.customer_order,
    )
    if same is not None:
        sentence = f"The customer's order {order.customer_order} is already booked as {same['number']}."
        complaints.append(Complaint(code="order-exists", severity="warning", sentence=sentence, value=same["number"]))


def book(
    db: Database, order: SalesOrderRequest, key: str | None, now: datetime, due_at: str | None
) -> dict[str, object]:
    """Book `order` inside the current transaction; return its number and total.

    Raises:
        RefusedError: something stops it; nothing is booked.
    """
    complaints, lines = assess(db, order)
    if any(c.severity == "error" for c in complaints):
        raise RefusedError(complaints)
    number = f"SO-{db.next_number('SO')}"
    total = sum((line.amount for line in lines), Decimal(0))
    db.run(
        "INSERT INTO sales_orders (number, customer, customer_order, state, total, request, idempotency_key, booked_at, due_at) "
        "VALUES (?, ?, ?, 'booked', ?, ?, ?, ?, ?)",
        number,
        order.customer,
        order.customer_order,
        str(total),
        order.model_dump_json(),
        key,
        now.isoformat(),
        due_at,
    )
    for position, line in enumerate(lines):
        db.run(
            "INSERT INTO sales_order_lines (sales_order, position, item, unit, factor, ordered, price, is_price_changed) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            number,
            position,
            line.item.number,
            line.item.unit,
            line.item.factor,
            str(line.quantity),
            str(line.price),
            line.is_price_changed,
        )
    change_open_amount(db, order.customer, total)
    return {
        "number": number,
        "state": "booked",
        "customer": order.customer,
        "customer_order": order.customer_order,
        "total": str(total),
    }


def change_open_amount(db: Database, customer: str, amount: Decimal) -> None:
    """Add to what a customer owes or will owe."""
    row = db.one("SELECT open_amount FROM accounts WHERE number = ?", customer)
    if row is not None:
        db.run(
            "UPDATE accounts SET open_amount = ? WHERE number = ?", str(Decimal(row["open_amount"]) + amount), customer
        )
