"""The papers on the sample ERP's feed → canonical documents, as plain functions."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gateway.connectors import sample_erp_papers as papers
from gateway.connectors.sample_erp_requests import ERP_UNITS
from gateway.ports import Outgoing
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

CANONICAL_UNITS = {erp: canonical for canonical, erp in ERP_UNITS.items()}


def _quantity(value: Decimal, erp_unit: str) -> Quantity:
    return Quantity(value=value, unit=CANONICAL_UNITS.get(erp_unit, erp_unit))


def outgoing_document(paper: papers.OutgoingPaper) -> Outgoing:
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
                quantity=_quantity(line.quantity, line.unit),
                price=None if line.price is None else Money(amount=line.price, currency=paper.currency),
                item=_item(line.item),
                responses=tuple(
                    LineResponse(status=a.answer, quantity=_quantity(a.quantity, line.unit), ship_date=a.ship_on)
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
                shipped=_quantity(line.quantity, line.unit),
                ordered=None if line.ordered is None else _quantity(line.ordered, line.unit),
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
        structure="0001",  # shipment, order, pack, item: X12 element 1005
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
                quantity=_quantity(line.quantity, line.unit),
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
        order_type="SA",  # stand-alone: the ERP knows no blanket orders
        issue_date=paper.raised_on,
        currency=paper.currency,
        requested_delivery=paper.requested_delivery,
        parties=tuple(map(_party, paper.parties)),
        payment_terms=_terms(paper.terms),
        lines=tuple(
            OrderLine(
                line_id=line.line_id,
                quantity=_quantity(line.quantity, line.unit),
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
