"""Invoice (X12 810, UBL Invoice): what is to be paid, and for which order."""

from __future__ import annotations

from datetime import date
from typing import Literal

from translators.canonical.amounts import Money, Quantity
from translators.canonical.document import BusinessDocument
from translators.canonical.identifiers import Identifier, Reference
from translators.canonical.invoice_parts import AllowanceCharge, TaxTotal
from translators.canonical.model import CanonicalModel
from translators.canonical.parties import Contact, Party
from translators.canonical.purchase_order import Item, PaymentTerms
from translators.canonical.source import Extension


class InvoiceLine(CanonicalModel):
    """One invoiced line. `line_id` is the order's, or the invoice's own when they sent no other.

    `amount` is the line's total where it was sent (UBL LineExtensionAmount); quantity times price where it was not.
    """

    line_id: str = ""
    quantity: Quantity
    price: Money
    price_basis: str = ""
    amount: Money | None = None
    item: Item
    allowances: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[TaxTotal, ...] = ()
    references: tuple[Reference, ...] = ()
    extensions: tuple[Extension, ...] = ()


class Invoice(BusinessDocument):
    """One invoice or credit memo. `total` is what is to be paid, TDS01, before a terms discount; negative for a credit."""

    document_type: Literal["invoice"] = "invoice"
    invoice_number: str
    invoice_date: date
    kind: Literal["invoice", "credit-memo"] = "invoice"
    order_number: str = ""
    order_date: date | None = None
    seller_order_number: str = ""
    shipment_number: str = ""
    currency: str = "USD"
    ship_date: date | None = None
    contacts: tuple[Contact, ...] = ()
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    payment_terms: tuple[PaymentTerms, ...] = ()
    allowances: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[TaxTotal, ...] = ()
    carrier: Identifier | None = None
    carrier_name: str = ""
    notes: tuple[str, ...] = ()
    lines: tuple[InvoiceLine, ...]
    total: Money
    total_subject_to_discount: Money | None = None


__all__ = ["AllowanceCharge", "Invoice", "InvoiceLine", "TaxTotal"]
