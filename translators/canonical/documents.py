"""The closed list of canonical documents, and how one is read back from its JSON."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from translators.canonical.document import BusinessDocument
from translators.canonical.functional_acknowledgment import FunctionalAcknowledgment
from translators.canonical.inventory_advice import InventoryAdvice
from translators.canonical.invoice import Invoice
from translators.canonical.order_acknowledgment import OrderAcknowledgment
from translators.canonical.purchase_order import PurchaseOrder
from translators.canonical.purchase_order_change import PurchaseOrderChange
from translators.canonical.ship_notice import ShipNotice

CanonicalDocument = (
    PurchaseOrder
    | OrderAcknowledgment
    | ShipNotice
    | Invoice
    | PurchaseOrderChange
    | InventoryAdvice
    | FunctionalAcknowledgment
)


class DocumentType(StrEnum):
    """What a document is, in the words of the field."""

    PURCHASE_ORDER = "purchase_order"
    ORDER_ACKNOWLEDGMENT = "order_acknowledgment"
    SHIP_NOTICE = "ship_notice"
    INVOICE = "invoice"
    PURCHASE_ORDER_CHANGE = "purchase_order_change"
    INVENTORY_ADVICE = "inventory_advice"
    FUNCTIONAL_ACKNOWLEDGMENT = "functional_acknowledgment"


CANONICAL: dict[str, type[BusinessDocument]] = {
    DocumentType.PURCHASE_ORDER: PurchaseOrder,
    DocumentType.ORDER_ACKNOWLEDGMENT: OrderAcknowledgment,
    DocumentType.SHIP_NOTICE: ShipNotice,
    DocumentType.INVOICE: Invoice,
    DocumentType.PURCHASE_ORDER_CHANGE: PurchaseOrderChange,
    DocumentType.INVENTORY_ADVICE: InventoryAdvice,
    DocumentType.FUNCTIONAL_ACKNOWLEDGMENT: FunctionalAcknowledgment,
}


def canonical_schema(document_type: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a canonical document, to publish per type and version.

    Raises:
        KeyError: no such document type.
    """
    model = CANONICAL[document_type]
    version = model.model_fields["schema_version"].default
    name = f"{document_type}-{version}.schema.json"
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, "$id": f"urn:partner-gateway:{name}", **model.model_json_schema()}


def parse_canonical(document_type: str, json: str | bytes) -> BusinessDocument:
    """Return the canonical document of `document_type` that `json` holds.

    Raises:
        KeyError: no such document type.
        pydantic.ValidationError: the JSON is not of that type; lists every error.
    """
    return CANONICAL[document_type].model_validate_json(json)
