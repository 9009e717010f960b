"""PurchaseOrderChange (X12 860, UBL OrderChange): what a buyer changes in an order already placed."""

from __future__ import annotations

from datetime import date
from typing import Literal

from translators.canonical.amounts import FiniteDecimal, Money, Quantity
from translators.canonical.document import BusinessDocument
from translators.canonical.identifiers import Reference
from translators.canonical.invoice_parts import AllowanceCharge
from translators.canonical.model import CanonicalModel
from translators.canonical.parties import Contact, Party
from translators.canonical.purchase_order import Item, PaymentTerms
from translators.canonical.source import Extension

LineChange = Literal[
    "add",
    "delete",
    "change",
    "quantity-increase",
    "quantity-decrease",
    "price-change",
    "date-change",
    "replace",
    "no-change",
]


class ChangedLine(CanonicalModel):
    """One line as it shall be, and what is done to it.

    `quantity` is the new one; `quantity_left`, in the same unit, is still to come.
    """

    line_id: str = ""
    change: LineChange
    change_code: str = ""
    quantity: Quantity | None = None
    quantity_left: FiniteDecimal | None = None
    price: Money | None = None
    price_basis: str = ""
    item: Item | None = None
    requested_delivery: date | None = None
    references: tuple[Reference, ...] = ()
    notes: tuple[str, ...] = ()
    extensions: tuple[Extension, ...] = ()


class PurchaseOrderChange(BusinessDocument):
    """A change to one purchase order. `change_sequence` is the buyer's number of the change; `issue_date` that of the order."""

    document_type: Literal["purchase_order_change"] = "purchase_order_change"
    order_number: str
    purpose: Literal["original", "replace", "change", "cancel", "confirmation", "duplicate"] = "change"
    order_type: str = ""
    release_number: str = ""
    change_sequence: str = ""
    issue_date: date
    change_date: date | None = None
    currency: str = "USD"
    requested_delivery: date | None = None
    ship_not_before: date | None = None
    ship_not_after: date | None = None
    cancel_after: date | None = None
    contacts: tuple[Contact, ...] = ()
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    payment_terms: tuple[PaymentTerms, ...] = ()
    allowances: tuple[AllowanceCharge, ...] = ()
    notes: tuple[str, ...] = ()
    lines: tuple[ChangedLine, ...] = ()
