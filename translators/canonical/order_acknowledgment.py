"""OrderAcknowledgment (X12 855, UBL OrderResponse): what the seller says to an order, line by line."""

from __future__ import annotations

from datetime import date
from typing import Literal

from translators.canonical.amounts import Money, Quantity
from translators.canonical.document import BusinessDocument
from translators.canonical.identifiers import Reference
from translators.canonical.model import CanonicalModel
from translators.canonical.parties import Contact, Party
from translators.canonical.purchase_order import Item, LineDelivery, PaymentTerms
from translators.canonical.source import Extension

LineStatus = Literal[
    "accepted",
    "accepted-with-changes",
    "accepted-quantity-changed",
    "accepted-price-changed",
    "accepted-date-changed",
    "accepted-substitute",
    "backordered",
    "on-hold",
    "rejected",
    "rejected-unknown-item",
    "deleted",
]


class LineResponse(CanonicalModel):
    """One answer to a line; a line may carry several ("accept 10, backorder 14")."""

    status: LineStatus
    quantity: Quantity | None = None
    ship_date: date | None = None
    delivery_date: date | None = None
    substitute: Item | None = None
    status_code: str = ""


class AcknowledgedLine(CanonicalModel):
    """One line of the order and the answers to it; quantity and price as the seller will fill them."""

    line_id: str = ""
    change_code: str = ""
    quantity: Quantity
    price: Money | None = None
    price_basis: str = ""
    item: Item
    responses: tuple[LineResponse, ...] = ()
    deliveries: tuple[LineDelivery, ...] = ()
    notes: tuple[str, ...] = ()
    extensions: tuple[Extension, ...] = ()


class OrderAcknowledgment(BusinessDocument):
    """The seller's answer to one purchase order. `order_number` is the buyer's."""

    document_type: Literal["order_acknowledgment"] = "order_acknowledgment"
    order_number: str
    order_date: date
    acknowledgment_number: str = ""
    acknowledgment_date: date | None = None
    status: Literal["accepted", "accepted-with-changes", "rejected", "received"]
    status_code: str = ""
    purpose: Literal["original", "replace", "change", "cancel", "confirmation", "duplicate"] = "original"
    seller_order_number: str = ""
    change_sequence: str = ""
    currency: str = "USD"
    contacts: tuple[Contact, ...] = ()
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    payment_terms: tuple[PaymentTerms, ...] = ()
    notes: tuple[str, ...] = ()
    lines: tuple[AcknowledgedLine, ...] = ()
