"""PurchaseOrder (X12 850, UBL Order): what a buyer asks a seller for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from translators.canonical.amounts import FiniteDecimal, Money, Quantity
from translators.canonical.document import BusinessDocument
from translators.canonical.identifiers import Identifier, Reference
from translators.canonical.invoice_parts import AllowanceCharge
from translators.canonical.model import CanonicalModel
from translators.canonical.parties import Contact, Party
from translators.canonical.source import Extension


class PaymentTerms(CanonicalModel):
    """When to pay. Percentages are percent (2 = 2 %), days count from the invoice date."""

    description: str = ""
    type_code: str = ""
    discount_percent: Decimal | None = None
    discount_days: int | None = None
    discount_due: date | None = None
    net_days: int | None = None
    net_due: date | None = None


class Item(CanonicalModel):
    """What is bought: every identifier the partners know it by, its description, how it is packed.

    `pack_size` is how many units one package as ordered holds (UBL PackSizeNumeric), `inner_packs` how many packages lie in it.
    """

    identifiers: tuple[Identifier, ...] = ()
    description: str = ""
    pack_size: FiniteDecimal | None = None
    inner_packs: FiniteDecimal | None = None

    def identifier(self, scheme: str) -> str:
        """Return the value under `scheme`, or "" when the item has none."""
        return next((i.value for i in self.identifiers if i.scheme == scheme), "")


class LineDelivery(CanonicalModel):
    """A part of a line: how many, to which place (SDQ), by when (SCH)."""

    quantity: Quantity
    ship_to: Party | None = None
    requested_delivery: date | None = None
    ship_date: date | None = None


class OrderLine(CanonicalModel):
    """One line. `line_id` is the buyer's own, as received ("1", "0010", or "" when they sent none)."""

    line_id: str = ""
    quantity: Quantity
    price: Money | None = None
    price_basis: str = ""
    item: Item
    requested_delivery: date | None = None
    ship_to: Party | None = None
    deliveries: tuple[LineDelivery, ...] = ()
    allowances: tuple[AllowanceCharge, ...] = ()
    references: tuple[Reference, ...] = ()
    notes: tuple[str, ...] = ()
    extensions: tuple[Extension, ...] = ()


class PurchaseOrder(BusinessDocument):
    """One purchase order. `order_number` is the buyer's; unique with partner and change sequence."""

    document_type: Literal["purchase_order"] = "purchase_order"
    order_number: str
    purpose: Literal["original", "replace", "change", "cancel", "confirmation", "duplicate"] = "original"
    order_type: str = ""
    release_number: str = ""
    change_sequence: int = 0
    issue_date: date
    currency: str = "USD"
    requested_delivery: date | None = None
    requested_ship: date | None = None
    ship_not_before: date | None = None
    ship_not_after: date | None = None
    cancel_after: date | None = None
    contacts: tuple[Contact, ...] = ()
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    payment_terms: tuple[PaymentTerms, ...] = ()
    allowances: tuple[AllowanceCharge, ...] = ()
    carrier: str = ""
    notes: tuple[str, ...] = ()
    lines: tuple[OrderLine, ...]
