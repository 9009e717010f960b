"""The numbers people know a document by, and the one that makes it unique."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from translators.canonical import Invoice, OrderAcknowledgment, PurchaseOrder, ShipNotice, Source
from translators.canonical.document import BusinessDocument
from translators.canonical.ship_notice import HandlingUnit

MOST_CHARACTERS = 200  # X12 allows 22 to 80; a column of a file may hold a page, and PostgreSQL's indexes 2,704 bytes


@dataclass(frozen=True, slots=True)
class BusinessNumbers:
    """What a document is called.

    Args:
        number: its own; unique with partner, direction, kind and change sequence.
        order_number: of the (first) purchase order it belongs to.
        references: (kind, value) pairs that a search should find it by; "order" for every order it belongs to.
    """

    number: str
    order_number: str
    change_sequence: int
    references: tuple[tuple[str, str], ...]


def _order(order: PurchaseOrder) -> BusinessNumbers:
    number = order.order_number + (f"/{order.release_number}" if order.release_number else "")
    references = (("order", order.order_number), *((r.kind, r.value) for r in order.references))
    return BusinessNumbers(number, order.order_number, order.change_sequence, references)


def _acknowledgment(answer: OrderAcknowledgment) -> BusinessNumbers:
    number = "/".join(p for p in (answer.order_number, answer.acknowledgment_number or answer.seller_order_number) if p)
    references = (("order", answer.order_number), ("seller-order", answer.seller_order_number))
    return BusinessNumbers(number, answer.order_number, 0, references)


def _ship_notice(notice: ShipNotice) -> BusinessNumbers:
    references = [
        ("shipment", notice.shipment_number),
        ("bill-of-lading", notice.bill_of_lading),
        *(("tracking", t) for t in notice.tracking_numbers),
        *(("order", o.order_number) for o in notice.orders),
        *(("seller-order", o.seller_order_number) for o in notice.orders),
        *(("sscc", u.sscc) for o in notice.orders for u in _units(o.units)),
    ]
    first = notice.orders[0].order_number if notice.orders else ""
    return BusinessNumbers(notice.shipment_number, first, 0, tuple(references))


def _invoice(invoice: Invoice) -> BusinessNumbers:
    references = (
        ("invoice", invoice.invoice_number),
        ("order", invoice.order_number),
        ("seller-order", invoice.seller_order_number),
        ("shipment", invoice.shipment_number),
    )
    return BusinessNumbers(invoice.invoice_number, invoice.order_number, 0, references)


def _units(units: tuple[HandlingUnit, ...]) -> list[HandlingUnit]:
    return [inner for unit in units for inner in (unit, *_units(unit.units))]


_NUMBERS: dict[type[BusinessDocument], Callable[[Any], BusinessNumbers]] = {
    PurchaseOrder: _order,
    OrderAcknowledgment: _acknowledgment,
    ShipNotice: _ship_notice,
    Invoice: _invoice,
}


def business_numbers(document: BusinessDocument) -> BusinessNumbers:
    """Return the numbers of a canonical document, each no longer than can be searched for."""
    named = _NUMBERS[type(document)](document)
    references = tuple((kind, value[:MOST_CHARACTERS]) for kind, value in named.references)
    return replace(
        named,
        number=named.number[:MOST_CHARACTERS],
        order_number=named.order_number[:MOST_CHARACTERS],
        references=references,
    )


def content_sha256(document: BusinessDocument) -> str:
    """Return a hash of what the document says, wherever it came from: the same order in another envelope is the same order."""
    bare = document.model_copy(update={"source": Source()})
    return hashlib.sha256(bare.model_dump_json().encode()).hexdigest()
