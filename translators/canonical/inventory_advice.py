"""InventoryAdvice (X12 846, UBL InventoryReport): what is in stock, item by item."""

from __future__ import annotations

from datetime import date
from typing import Literal

from translators.canonical.amounts import Money, Quantity
from translators.canonical.document import BusinessDocument
from translators.canonical.identifiers import Reference
from translators.canonical.model import CanonicalModel
from translators.canonical.parties import Party
from translators.canonical.purchase_order import Item
from translators.canonical.source import Extension


class StockQuantity(CanonicalModel):
    """How many, in which state: "available", "on-hand", "on-order", "committed", "backordered", or the wire's own code ("x12:17")."""

    state: str
    quantity: Quantity
    expected_on: date | None = None


class InventoryLine(CanonicalModel):
    """One item and its quantities."""

    line_id: str = ""
    item: Item
    price: Money | None = None
    quantities: tuple[StockQuantity, ...] = ()
    references: tuple[Reference, ...] = ()
    extensions: tuple[Extension, ...] = ()


class InventoryAdvice(BusinessDocument):
    """A statement of stock at `report_date`."""

    document_type: Literal["inventory_advice"] = "inventory_advice"
    report_number: str
    report_date: date
    purpose: Literal["original", "replace", "change", "cancel", "confirmation", "duplicate"] = "original"
    report_type: str = ""
    currency: str = "USD"
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    lines: tuple[InventoryLine, ...] = ()
