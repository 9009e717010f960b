"""The closed list of canonical documents, and how one is read back from its JSON."""

from __future__ import annotations

from enum import StrEnum

from translators.canonical.document import BusinessDocument
from translators.canonical.invoice import Invoice
from translators.canonical.order_acknowledgment import OrderAcknowledgment
from translators.canonical.purchase_order import PurchaseOrder
from translators.canonical.ship_notice import ShipNotice

CanonicalDocument = PurchaseOrder | OrderAcknowledgment | ShipNotice | Invoice


class DocumentType(StrEnum):
    """What a document is, in the words of the field."""

    PURCHASE_ORDER = "purchase_order"
    ORDER_ACKNOWLEDGMENT = "order_acknowledgment"
    SHIP_NOTICE = "ship_notice"
    INVOICE = "invoice"


CANONICAL: dict[str, type[BusinessDocument]] = {
    DocumentType.PURCHASE_ORDER: PurchaseOrder,
    DocumentType.ORDER_ACKNOWLEDGMENT: OrderAcknowledgment,
    DocumentType.SHIP_NOTICE: ShipNotice,
    DocumentType.INVOICE: Invoice,
}


def parse_canonical(document_type: str, json: str | bytes) -> BusinessDocument:
    """Return the canonical document of `document_type` that `json` holds.

    Raises:
        KeyError: no such document type.
        pydantic.ValidationError: the JSON is not of that type; lists every error.
    """
    return CANONICAL[document_type].model_validate_json(json)
