"""What the sample ERP complains about, as findings that say what to do."""

from __future__ import annotations

from gateway.connectors.sample_erp_papers import ErpComplaint
from gateway.connectors.sample_erp_requests import ship_tos
from translators.canonical import Invoice, PurchaseOrder
from translators.canonical.document import BusinessDocument
from translators.findings import Finding, Position, Severity

# The ERP's code → our code, the field of the line it is about, what to do.
FINDINGS: dict[str, tuple[str, str, str]] = {
    "account-unknown": (
        "ERP-ACCOUNT-UNKNOWN",
        "",
        "Correct the account in the partner's file or add it in the ERP, then retry.",
    ),
    "account-blocked": ("ERP-ACCOUNT-BLOCKED", "", "Ask accounting to release the customer, then retry."),
    "currency-differs": ("ERP-CURRENCY-DIFFERS", "", "Ask the partner for an order in the agreed currency."),
    "item-unknown": ("ERP-ITEM-UNKNOWN", "item", "Add the item or a cross reference for it in the ERP, then retry."),
    "item-ambiguous": (
        "ERP-ITEM-AMBIGUOUS",
        "item",
        "Ask the partner which one is meant, correct the cross reference, then retry.",
    ),
    "item-discontinued": ("ERP-ITEM-DISCONTINUED", "item", "Agree on a substitute with the partner."),
    "unit-unknown": (
        "ERP-UNIT-UNKNOWN",
        "quantity",
        "Add the unit to the item in the ERP or to the unit table, then retry.",
    ),
    "quantity-invalid": ("ERP-QUANTITY-INVALID", "quantity", "Ask the partner for a quantity that can be delivered."),
    "price-missing": ("ERP-PRICE-MISSING", "price", "Put the item on the customer's price list, then retry."),
    "price-differs": (
        "ERP-PRICE-DIFFERS",
        "price",
        "Our price is booked; correct the price list if theirs is the agreed one.",
    ),
    "stock-short": ("ERP-STOCK-SHORT", "quantity", "Nothing to do; the confirmation says what is delivered when."),
    "credit-exceeded": (
        "ERP-CREDIT-EXCEEDED",
        "",
        "Ask accounting to raise the limit or to book a payment, then retry.",
    ),
    "order-exists": ("ERP-ORDER-EXISTS", "", "Make sure that the partner means a second order."),
    "order-unknown": ("ERP-ORDER-UNKNOWN", "", "Ask the vendor for the right purchase order number."),
    "line-unknown": ("ERP-LINE-UNKNOWN", "item", "Ask the vendor which line of our order is meant."),
    "quantity-over": ("ERP-QUANTITY-OVER", "quantity", "Ask purchasing whether the surplus is welcome."),
    "invoice-exists": ("ERP-INVOICE-EXISTS", "", "Make sure that it is not paid twice."),
    "total-differs": ("ERP-TOTAL-DIFFERS", "", "Ask the vendor to correct the invoice."),
    "request-invalid": (
        "ERP-REQUEST-INVALID",
        "",
        "A value does not fit the ERP; correct it with the partner or in the map, then retry.",
    ),
    "key-reused": (
        "ERP-KEY-REUSED",
        "",
        "The document changed after it was posted; look at its history, then post it as new.",
    ),
}
OTHER = ("ERP-OTHER", "", "Ask the people who run the ERP, then retry.")


def finding(complaint: ErpComplaint, document: BusinessDocument) -> Finding:
    """Return the ERP's complaint as a finding, at the place on the wire that the line came from."""
    code, field, advice = FINDINGS.get(complaint.code, OTHER)
    return Finding(
        code,
        f"{complaint.sentence} {advice}",
        Severity(complaint.severity),
        position=_position(document, complaint.line, field),
        value=complaint.value,
    )


def _position(document: BusinessDocument, line: int | None, field: str) -> Position:
    """Return where the line, or better its field, stood on the wire ("7:PO1:2" in the document's source)."""
    if line is None:
        return Position()
    start = f"lines/{line}/"
    places = document.source.positions
    path = next((p for p in places if field and p.startswith(start + field)), None) or next(
        (p for p in places if p.startswith(start)), None
    )
    number, _, rest = (places[path] if path else "").partition(":")
    segment_id, _, element = rest.partition(":")
    return Position(
        segment_number=int(number) if number.isdigit() else None,
        segment_id=segment_id,
        element=int(element) if element.isdigit() else None,
    )


def unsupported(document: BusinessDocument) -> tuple[Finding, ...]:
    """Return what this ERP cannot do at all; it is not even asked then."""
    if isinstance(document, PurchaseOrder):
        places = ship_tos(document)
        if len(places) > 1:
            sentence = (
                f"The lines go to {len(places)} places, the ERP delivers an order to one. Split the order by ship-to."
            )
            return (Finding("ERP-SHIP-TO-MANY", sentence, value=str(len(places))),)
        if document.purpose not in {"original", "confirmation", "duplicate"}:
            sentence = f"The ERP books new orders only, this is a {document.purpose}. Enter it in the ERP by hand and close this document."
            return (Finding("ERP-CHANGE-UNSUPPORTED", sentence, value=document.purpose),)
    if isinstance(document, Invoice) and document.kind == "credit-memo":
        sentence = "The ERP does not book credit memos. Enter it in the ERP by hand and close this document."
        return (Finding("ERP-CREDIT-MEMO", sentence, value=document.invoice_number),)
    return ()
