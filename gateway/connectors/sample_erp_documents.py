"""Canonical documents ↔ the sample ERP's JSON, as plain functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, cast

from gateway.connectors import sample_erp_papers as papers
from gateway.ports import Outgoing, Posting
from translators.canonical import (
    AcknowledgedLine,
    Address,
    AllowanceCharge,
    HandlingUnit,
    Identifier,
    Invoice,
    InvoiceLine,
    Item,
    LineResponse,
    Money,
    OrderAcknowledgment,
    OrderLine,
    Party,
    PaymentTerms,
    PurchaseOrder,
    Quantity,
    Reference,
    ShipmentOrder,
    ShipNotice,
    ShippedLine,
)
from translators.canonical.document import BusinessDocument

Json = dict[str, Any]


def _number(amount: Decimal) -> str:
    return format(amount, "f")


# --- canonical → the ERP's request ---------------------------------------------------------------------------------------------


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
        "unit": line.quantity.unit,
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
            "unit": line.quantity.unit,
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
                        "unit": line.shipped.unit,
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
            "unit": line.quantity.unit,
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


# --- the ERP's papers → canonical ----------------------------------------------------------------------------------------------


def outgoing(paper: papers.OutgoingPaper) -> Outgoing:
    """Return a paper of the ERP's feed as a canonical document."""
    return Outgoing(paper.id, paper.account, CANONICAL_OF[type(paper.document)](paper.document))


def _party(party: papers.PaperParty) -> Party:
    return Party(
        role=party.role,
        name=party.name,
        additional_names=party.additional_names,
        identifier=None if party.number is None else Identifier(scheme=party.number.scheme, value=party.number.value),
        address=None if party.address is None else Address(**party.address.model_dump()),
    )


def _item(item: papers.PaperItem) -> Item:
    return Item(
        identifiers=tuple(Identifier(scheme=number.scheme, value=number.value) for number in item.numbers),
        description=item.description,
    )


def _references(references: tuple[papers.PaperReference, ...]) -> tuple[Reference, ...]:
    return tuple(Reference(kind=r.kind, value=r.value, description=r.description) for r in references)


def _terms(terms: papers.PaperTerms) -> tuple[PaymentTerms, ...]:
    if terms == papers.PaperTerms():
        return ()
    return (
        PaymentTerms(
            discount_percent=terms.discount_percent, discount_days=terms.discount_days, net_days=terms.net_days
        ),
    )


def _order_acknowledgment(paper: papers.OrderConfirmation) -> OrderAcknowledgment:
    return OrderAcknowledgment(
        order_number=paper.customer_order,
        order_date=paper.customer_order_date,
        acknowledgment_number=paper.sales_order,
        acknowledgment_date=paper.confirmed_on,
        status=paper.status,
        seller_order_number=paper.sales_order,
        currency=paper.currency,
        parties=tuple(map(_party, paper.parties)),
        references=_references(paper.references),
        payment_terms=_terms(paper.terms),
        notes=paper.notes,
        lines=tuple(
            AcknowledgedLine(
                line_id=line.line_id,
                quantity=Quantity(value=line.quantity, unit=line.unit),
                price=None if line.price is None else Money(amount=line.price, currency=paper.currency),
                item=_item(line.item),
                responses=tuple(
                    LineResponse(
                        status=a.answer, quantity=Quantity(value=a.quantity, unit=line.unit), ship_date=a.ship_on
                    )
                    for a in line.answers
                ),
            )
            for line in paper.lines
        ),
    )


def _handling_unit(carton: papers.PaperCarton) -> HandlingUnit:
    return HandlingUnit(
        level="pack",
        sscc=carton.sscc,
        gross_weight=Quantity(value=carton.weight_kg, unit="KGM"),
        lines=tuple(
            ShippedLine(
                line_id=line.line_id,
                item=_item(line.item),
                shipped=Quantity(value=line.quantity, unit=line.unit),
                ordered=None if line.ordered is None else Quantity(value=line.ordered, unit=line.unit),
            )
            for line in carton.lines
        ),
    )


def _ship_notice(paper: papers.Shipment) -> ShipNotice:
    return ShipNotice(
        shipment_number=paper.shipment,
        issued_at=paper.shipped_at,
        shipped_at=paper.shipped_at.date(),
        estimated_delivery=paper.delivery_on,
        carrier=Identifier(scheme="scac", value=paper.carrier.scac),
        carrier_name=paper.carrier.name,
        bill_of_lading=paper.bill_of_lading,
        tracking_numbers=paper.tracking,
        package_count=len(paper.cartons),
        gross_weight=Quantity(value=paper.weight_kg, unit="KGM"),
        currency=paper.currency,
        parties=tuple(map(_party, paper.parties)),
        orders=(
            ShipmentOrder(
                order_number=paper.customer_order,
                order_date=paper.customer_order_date,
                seller_order_number=paper.sales_order,
                references=_references(paper.references),
                units=tuple(map(_handling_unit, paper.cartons)),
            ),
        ),
    )


def _invoice(paper: papers.SalesInvoice) -> Invoice:
    return Invoice(
        invoice_number=paper.invoice,
        invoice_date=paper.invoiced_on,
        order_number=paper.customer_order,
        order_date=paper.customer_order_date,
        seller_order_number=paper.sales_order,
        shipment_number=paper.shipment,
        currency=paper.currency,
        ship_date=paper.shipped_on,
        parties=tuple(map(_party, paper.parties)),
        references=(*_references(paper.references), Reference(kind="bill-of-lading", value=paper.bill_of_lading)),
        payment_terms=_terms(paper.terms),
        allowances=tuple(
            AllowanceCharge(
                is_charge=True,
                code=charge.kind,
                amount=Money(amount=charge.amount, currency=paper.currency),
                description=charge.description,
            )
            for charge in paper.charges
        ),
        carrier=Identifier(scheme="scac", value=paper.carrier.scac),
        carrier_name=paper.carrier.name,
        lines=tuple(
            InvoiceLine(
                line_id=line.line_id,
                quantity=Quantity(value=line.quantity, unit=line.unit),
                price=Money(amount=line.price or Decimal(0), currency=paper.currency),
                item=_item(line.item),
            )
            for line in paper.lines
        ),
        total=Money(amount=paper.total, currency=paper.currency),
    )


def _purchase_order(paper: papers.VendorOrder) -> PurchaseOrder:
    return PurchaseOrder(
        order_number=paper.purchase_order,
        issue_date=paper.raised_on,
        currency=paper.currency,
        requested_delivery=paper.requested_delivery,
        parties=tuple(map(_party, paper.parties)),
        payment_terms=_terms(paper.terms),
        lines=tuple(
            OrderLine(
                line_id=line.line_id,
                quantity=Quantity(value=line.quantity, unit=line.unit),
                price=None if line.price is None else Money(amount=line.price, currency=paper.currency),
                item=_item(line.item),
            )
            for line in paper.lines
        ),
    )


CANONICAL_OF: dict[type[papers.Paper], Callable[[Any], BusinessDocument]] = {
    papers.OrderConfirmation: _order_acknowledgment,
    papers.Shipment: _ship_notice,
    papers.SalesInvoice: _invoice,
    papers.VendorOrder: _purchase_order,
}
