"""The sample ERP's answers, read into values; whatever does not fit is refused as not understood."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from translators.canonical.order_acknowledgment import LineStatus


class Paper(BaseModel):
    """A frozen value; a field that we do not know is passed over, so that the ERP may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PartnerNumber(Paper):
    """A number and who gave it."""

    scheme: str
    value: str


class PaperAddress(Paper):
    """A postal address."""

    lines: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


class PaperParty(Paper):
    """One party in one role."""

    role: str
    name: str = ""
    additional_names: tuple[str, ...] = ()
    number: PartnerNumber | None = None
    address: PaperAddress | None = None


class PaperReference(Paper):
    """A number the partner wants to see again."""

    kind: str
    value: str
    description: str = ""


class PaperItem(Paper):
    """An item by every number it is known by."""

    numbers: tuple[PartnerNumber, ...]
    description: str = ""


class PaperTerms(Paper):
    """When to pay."""

    discount_percent: Decimal | None = None
    discount_days: int | None = None
    net_days: int | None = None


class PaperAnswer(Paper):
    """One answer to a line."""

    answer: LineStatus
    quantity: Decimal
    ship_on: date | None = None


class PaperLine(Paper):
    """A line of any paper; `price` and what follows only where the paper has it."""

    line_id: str
    item: PaperItem
    quantity: Decimal
    unit: str
    price: Decimal | None = None
    ordered: Decimal | None = None
    answers: tuple[PaperAnswer, ...] = ()


class PaperCarrier(Paper):
    """Who carries it."""

    scac: str
    name: str


class PaperCarton(Paper):
    """One carton and what is in it."""

    sscc: str
    weight_kg: Decimal
    lines: tuple[PaperLine, ...]


class PaperCharge(Paper):
    """An amount added to an invoice."""

    kind: str
    description: str
    amount: Decimal


class SalesPaper(Paper):
    """What every paper to a customer says."""

    sales_order: str
    customer_order: str
    customer_order_date: date
    currency: str
    references: tuple[PaperReference, ...]
    parties: tuple[PaperParty, ...]


class OrderConfirmation(SalesPaper):
    """The answer to a customer's order."""

    confirmed_on: date
    status: Literal["accepted", "accepted-with-changes", "rejected"]
    terms: PaperTerms
    notes: tuple[str, ...]
    lines: tuple[PaperLine, ...]


class Shipment(SalesPaper):
    """What left for a customer."""

    shipment: str
    shipped_at: datetime
    delivery_on: date
    carrier: PaperCarrier
    tracking: tuple[str, ...]
    bill_of_lading: str
    weight_kg: Decimal
    cartons: tuple[PaperCarton, ...]


class SalesInvoice(SalesPaper):
    """What a customer has to pay."""

    invoice: str
    invoiced_on: date
    shipment: str
    shipped_on: date
    carrier: PaperCarrier
    bill_of_lading: str
    terms: PaperTerms
    lines: tuple[PaperLine, ...]
    charges: tuple[PaperCharge, ...]
    total: Decimal


class VendorOrder(Paper):
    """A purchase order of ours."""

    purchase_order: str
    raised_on: date
    requested_delivery: date
    currency: str
    parties: tuple[PaperParty, ...]
    terms: PaperTerms
    lines: tuple[PaperLine, ...]


class OutgoingConfirmation(Paper):
    """An order confirmation on the feed."""

    kind: Literal["order-confirmation"]
    id: str
    account: str
    document: OrderConfirmation


class OutgoingShipment(Paper):
    """A shipment on the feed."""

    kind: Literal["shipment"]
    id: str
    account: str
    document: Shipment


class OutgoingInvoice(Paper):
    """An invoice on the feed."""

    kind: Literal["invoice"]
    id: str
    account: str
    document: SalesInvoice


class OutgoingVendorOrder(Paper):
    """A purchase order on the feed."""

    kind: Literal["purchase-order"]
    id: str
    account: str
    document: VendorOrder


OutgoingPaper = Annotated[
    OutgoingConfirmation | OutgoingShipment | OutgoingInvoice | OutgoingVendorOrder, Field(discriminator="kind")
]


class FeedPage(Paper):
    """A page of the feed."""

    documents: tuple[OutgoingPaper, ...]
    cursor: str


class Booked(Paper):
    """The answer to a booking."""

    number: str


class BookedBefore(Paper):
    """One row of a look-up."""

    number: str
    idempotency_key: str | None


class BookedOrders(Paper):
    """The answer to a look-up of sales orders."""

    sales_orders: tuple[BookedBefore, ...]


class BookedVendorDocuments(Paper):
    """The answer to a look-up of vendor documents."""

    vendor_documents: tuple[BookedBefore, ...]


class ErpComplaint(Paper):
    """What the ERP has against a document; `line` counts from 0."""

    code: str
    sentence: str
    severity: Literal["error", "warning", "note"] = "error"
    line: int | None = None
    value: str = ""


class Complaints(Paper):
    """The answer to a check, and the complaints in a refusal."""

    complaints: tuple[ErpComplaint, ...] = ()
    detail: str = ""
    code: str = ""
