"""The business documents every format translates to and from.

Names and meaning follow UBL 2.x; models are frozen; amounts and quantities are `Decimal`; an identifier always carries its scheme.
This package knows no wire format.
"""

from __future__ import annotations

from translators.canonical.amounts import Money, Quantity
from translators.canonical.documents import (
    CANONICAL,
    CanonicalDocument,
    DocumentType,
    canonical_schema,
    parse_canonical,
)
from translators.canonical.functional_acknowledgment import (
    AcknowledgedSet,
    ElementError,
    FunctionalAcknowledgment,
    SegmentError,
)
from translators.canonical.identifiers import Identifier, Reference
from translators.canonical.inventory_advice import InventoryAdvice, InventoryLine, StockQuantity
from translators.canonical.invoice import AllowanceCharge, Invoice, InvoiceLine, TaxTotal
from translators.canonical.order_acknowledgment import AcknowledgedLine, LineResponse, OrderAcknowledgment
from translators.canonical.parties import Address, Contact, Party
from translators.canonical.purchase_order import Item, LineDelivery, OrderLine, PaymentTerms, PurchaseOrder
from translators.canonical.purchase_order_change import ChangedLine, PurchaseOrderChange
from translators.canonical.ship_notice import HandlingUnit, ShipmentOrder, ShipNotice, ShippedLine
from translators.canonical.source import Extension, Source

__all__ = [
    "CANONICAL",
    "AcknowledgedLine",
    "AcknowledgedSet",
    "Address",
    "AllowanceCharge",
    "CanonicalDocument",
    "ChangedLine",
    "Contact",
    "DocumentType",
    "ElementError",
    "Extension",
    "FunctionalAcknowledgment",
    "HandlingUnit",
    "Identifier",
    "InventoryAdvice",
    "InventoryLine",
    "Invoice",
    "InvoiceLine",
    "Item",
    "LineDelivery",
    "LineResponse",
    "Money",
    "OrderAcknowledgment",
    "OrderLine",
    "Party",
    "PaymentTerms",
    "PurchaseOrder",
    "PurchaseOrderChange",
    "Quantity",
    "Reference",
    "SegmentError",
    "ShipNotice",
    "ShipmentOrder",
    "ShippedLine",
    "Source",
    "StockQuantity",
    "TaxTotal",
    "canonical_schema",
    "parse_canonical",
]
