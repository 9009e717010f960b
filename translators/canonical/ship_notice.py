"""ShipNotice (X12 856, UBL DespatchAdvice): what left, in which handling units, for which orders."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from translators.canonical.amounts import Quantity
from translators.canonical.document import BusinessDocument
from translators.canonical.identifiers import Identifier, Reference
from translators.canonical.model import CanonicalModel
from translators.canonical.parties import Contact, Party
from translators.canonical.purchase_order import Item
from translators.canonical.source import Extension


class ShippedLine(CanonicalModel):
    """One item in one handling unit (or directly under its order). `line_id` is the order's.

    `units` are the packages of this line where a notice lists packages by item instead of items by package (HL S/O/I/P).
    """

    line_id: str = ""
    item: Item
    shipped: Quantity
    ordered: Quantity | None = None
    lot_number: str = ""
    expiry_date: date | None = None
    units: tuple[HandlingUnit, ...] = ()
    extensions: tuple[Extension, ...] = ()


class HandlingUnit(CanonicalModel):
    """A pallet or carton, with what is in it: units within units, and lines. `level` is "tare" (pallet), "pack" (carton) or "inner"."""

    level: Literal["tare", "pack", "inner"] = "pack"
    sscc: str = ""
    identifiers: tuple[Identifier, ...] = ()
    gross_weight: Quantity | None = None
    units: tuple[HandlingUnit, ...] = ()
    lines: tuple[ShippedLine, ...] = ()
    extensions: tuple[Extension, ...] = ()


ShippedLine.model_rebuild()


class ShipmentOrder(CanonicalModel):
    """The part of a shipment that fills one purchase order."""

    order_number: str
    order_date: date | None = None
    seller_order_number: str = ""
    references: tuple[Reference, ...] = ()
    parties: tuple[Party, ...] = ()
    units: tuple[HandlingUnit, ...] = ()
    lines: tuple[ShippedLine, ...] = ()
    extensions: tuple[Extension, ...] = ()


class ShipNotice(BusinessDocument):
    """One shipment. `shipment_number` is the shipper's; `shipped_at` is local time at the ship-from, as X12 has no zone there."""

    document_type: Literal["ship_notice"] = "ship_notice"
    shipment_number: str
    purpose: Literal["original", "replace", "change", "cancel", "confirmation", "duplicate"] = "original"
    issued_at: datetime
    shipped_at: date | None = None
    estimated_delivery: date | None = None
    structure: str = ""
    carrier: Identifier | None = None
    carrier_name: str = ""
    routing: str = ""
    bill_of_lading: str = ""
    tracking_numbers: tuple[str, ...] = ()
    package_count: int | None = None
    package_code: str = ""
    gross_weight: Quantity | None = None
    volume: Quantity | None = None
    freight_payment: str = ""
    currency: str = "USD"
    contacts: tuple[Contact, ...] = ()
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    orders: tuple[ShipmentOrder, ...] = ()

    @property
    def total_shipped(self) -> Decimal:
        """Return the sum of all shipped quantities, whatever their units (the CTT hash total)."""

        def inside(unit: HandlingUnit) -> Decimal:
            return sum((line.shipped.value for line in unit.lines), Decimal(0)) + sum(
                map(inside, unit.units), Decimal(0)
            )

        return sum(
            (
                sum((line.shipped.value for line in order.lines), Decimal(0))
                + sum(map(inside, order.units), Decimal(0))
                for order in self.orders
            ),
            Decimal(0),
        )
