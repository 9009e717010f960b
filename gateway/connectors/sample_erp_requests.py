"""Canonical documents → the requests of the sample ERP, as plain functions."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, cast

from gateway.ports import Posting
from translators.canonical import (
    HandlingUnit,
    Invoice,
    OrderAcknowledgment,
    OrderLine,
    Party,
    PurchaseOrder,
    ShipmentOrder,
    ShipNotice,
    ShippedLine,
)

Json = dict[str, Any]

# Units of the canonical documents (UN/ECE Recommendation 20) and the ERP's own words for them; any other is the same here and there.
ERP_UNITS = {"XCS": "CS"}


def _number(amount: Decimal) -> str:
    return format(amount, "f")


def _erp_unit(unit: str) -> str:
    return ERP_UNITS.get(unit, unit)


def sales_order(posting: Posting) -> Json:
    """Return a customer's purchase order as the ERP's sales order request."""
    order = cast("PurchaseOrder", posting.document)
    parties = [*(party for party in order.parties if party.role != "ship-to"), *ship_tos(order)]
    return {
        "customer": posting.account,
        "customer_order": order.order_number,
        "customer_order_date": order.issue_date.isoformat(),
        "currency": order.currency,
        "requested_delivery": order.requested_delivery and order.requested_delivery.isoformat(),
        "ship_not_before": order.ship_not_before and order.ship_not_before.isoformat(),
        "cancel_after": order.cancel_after and order.cancel_after.isoformat(),
        "parties": [_party_json(party) for party in parties],
        "references": [reference.model_dump() for reference in order.references],
        "notes": list(order.notes),
        "lines": [_order_line_json(line) for line in order.lines],
    }


def ship_tos(order: PurchaseOrder) -> list[Party]:
    """Return the distinct places that the order's lines go to: a line's own, else the order's."""
    found: list[Party] = []
    for line in order.lines:
        own = [place for place in (line.ship_to, *(d.ship_to for d in line.deliveries)) if place is not None]
        general = order.party("ship-to")
        for place in own or ([general] if general is not None else []):
            if place not in found:
                found.append(place)
    return found


def _order_line_json(line: OrderLine) -> Json:
    return {
        "line_id": line.line_id,
        "quantity": _number(line.quantity.value),
        "unit": _erp_unit(line.quantity.unit),
        "price": None if line.price is None else _number(line.price.amount),
        "numbers": [identifier.model_dump() for identifier in line.item.identifiers],
        "description": line.item.description,
    }


def _party_json(party: Party) -> Json:
    return {
        "role": party.role,
        "name": party.name,
        "additional_names": list(party.additional_names),
        "number": None if party.identifier is None else party.identifier.model_dump(),
        "address": None if party.address is None else party.address.model_dump(mode="json"),
    }


def vendor_confirmation(posting: Posting) -> Json:
    """Return a vendor's order acknowledgment as the ERP's vendor document."""
    answer = cast("OrderAcknowledgment", posting.document)
    lines = [
        {
            "line_id": line.line_id,
            "numbers": [identifier.model_dump() for identifier in line.item.identifiers],
            "quantity": _number(line.quantity.value),
            "unit": _erp_unit(line.quantity.unit),
            "price": None if line.price is None else _number(line.price.amount),
            "answers": [
                {
                    "answer": response.status,
                    "quantity": None if response.quantity is None else _number(response.quantity.value),
                    "ship_on": response.ship_date and response.ship_date.isoformat(),
                }
                for response in line.responses
            ],
        }
        for line in answer.lines
    ]
    return {
        "vendor": posting.account,
        "vendor_number": answer.seller_order_number or answer.acknowledgment_number,
        "dated": (answer.acknowledgment_date or answer.order_date).isoformat(),
        "status": answer.status,
        "orders": [{"purchase_order": answer.order_number, "lines": lines}],
    }


def vendor_ship_notice(posting: Posting) -> Json:
    """Return a vendor's ship notice as the ERP's vendor document."""
    notice = cast("ShipNotice", posting.document)
    return {
        "vendor": posting.account,
        "vendor_number": notice.shipment_number,
        "dated": (notice.shipped_at or notice.issued_at.date()).isoformat(),
        "carrier": notice.carrier.value if notice.carrier is not None else notice.carrier_name[:80],
        "tracking": list(notice.tracking_numbers),
        "orders": [
            {
                "purchase_order": order.order_number,
                "lines": [
                    {
                        "line_id": line.line_id,
                        "numbers": [identifier.model_dump() for identifier in line.item.identifiers],
                        "quantity": _number(line.shipped.value),
                        "unit": _erp_unit(line.shipped.unit),
                        "sscc": sscc,
                    }
                    for sscc, line in shipped_lines(order)
                ],
            }
            for order in notice.orders
        ],
    }


def shipped_lines(order: ShipmentOrder) -> Iterator[tuple[str, ShippedLine]]:
    """Yield every line of the order's part of a shipment with the SSCC of the innermost unit that has one."""

    def inside(unit: HandlingUnit, outer: str) -> Iterator[tuple[str, ShippedLine]]:
        sscc = unit.sscc or outer
        yield from ((sscc, line) for line in unit.lines)
        for inner in unit.units:
            yield from inside(inner, sscc)

    yield from (("", line) for line in order.lines)
    for unit in order.units:
        yield from inside(unit, "")


def vendor_invoice(posting: Posting) -> Json:
    """Return a vendor's invoice as the ERP's vendor document."""
    invoice = cast("Invoice", posting.document)
    charges = [
        {
            "description": charge.description or charge.code,
            "amount": _number(charge.amount.amount * (1 if charge.is_charge else -1)),
        }
        for charge in (*invoice.allowances, *(a for line in invoice.lines for a in line.allowances))
        if charge.amount is not None
    ]
    taxes = [
        {"description": f"tax {tax.kind}".strip(), "amount": _number(tax.amount.amount)}
        for tax in (*invoice.taxes, *(t for line in invoice.lines for t in line.taxes))
        if tax.amount is not None
    ]
    lines = [
        {
            "line_id": line.line_id,
            "numbers": [identifier.model_dump() for identifier in line.item.identifiers],
            "quantity": _number(line.quantity.value),
            "unit": _erp_unit(line.quantity.unit),
            "price": _number(line.price.amount),
        }
        for line in invoice.lines
    ]
    return {
        "vendor": posting.account,
        "vendor_number": invoice.invoice_number,
        "dated": invoice.invoice_date.isoformat(),
        "orders": [{"purchase_order": invoice.order_number, "lines": lines}],
        "charges": [*charges, *taxes],
        "total": _number(invoice.total.amount),
    }
