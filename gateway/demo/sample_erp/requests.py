"""What the sample ERP takes: the JSON of its API, closed and bounded."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.demo.sample_erp.amounts import Amount

Word = Annotated[str, Field(max_length=80)]
Sentence = Annotated[str, Field(max_length=2000)]
MOST_LINES = 10_000  # more than any order that a person wrote; bounds the work of one request


class ErpModel(BaseModel):
    """A frozen value; an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PartnerNumber(ErpModel):
    """A number and who gave it: "gtin", "buyer", "seller", "gln", "duns", or the partner's own word."""

    scheme: Word
    value: Word


class Address(ErpModel):
    """A postal address."""

    lines: Annotated[list[Sentence], Field(max_length=10)] = []
    city: Word = ""
    region: Word = ""
    postal_code: Word = ""
    country: Word = ""


class Party(ErpModel):
    """One party in one role, as the partner named it."""

    role: Word
    name: Sentence = ""
    additional_names: Annotated[list[Sentence], Field(max_length=10)] = []
    number: PartnerNumber | None = None
    address: Address | None = None


class PartnerReference(ErpModel):
    """A number the partner wants to see again on what it gets back ("department", "promotion")."""

    kind: Word
    value: Sentence
    description: Sentence = ""


class SalesOrderLine(ErpModel):
    """One line of a customer's order, by the customer's own identifiers."""

    line_id: Word = ""
    quantity: Amount
    unit: Word
    price: Amount | None = None
    numbers: Annotated[list[PartnerNumber], Field(max_length=50)] = []
    description: Sentence = ""


class SalesOrderRequest(ErpModel):
    """A customer's order. `customer` is our account number, everything else is in the customer's words."""

    customer: Word
    customer_order: Annotated[str, Field(min_length=1, max_length=80)]
    customer_order_date: date
    currency: Word = "USD"
    requested_delivery: date | None = None
    ship_not_before: date | None = None
    cancel_after: date | None = None
    parties: Annotated[list[Party], Field(max_length=50)] = []
    references: Annotated[list[PartnerReference], Field(max_length=200)] = []
    notes: Annotated[list[Sentence], Field(max_length=200)] = []
    lines: Annotated[list[SalesOrderLine], Field(min_length=1, max_length=MOST_LINES)]


class PurchaseOrderLineRequest(ErpModel):
    """One line of a purchase order: our item number, and how many of which unit."""

    item: Word
    quantity: Amount
    unit: Word = ""


class PurchaseOrderRequest(ErpModel):
    """What purchasing wants from a vendor; prices come from the vendor's price list."""

    vendor: Word
    requested_delivery: date | None = None
    lines: Annotated[list[PurchaseOrderLineRequest], Field(min_length=1, max_length=MOST_LINES)]


class VendorAnswer(ErpModel):
    """One answer of a vendor to a line."""

    answer: Word
    quantity: Amount | None = None
    ship_on: date | None = None


class VendorLine(ErpModel):
    """One line of a vendor's document; found by `line_id`, else by its item numbers."""

    line_id: Word = ""
    numbers: Annotated[list[PartnerNumber], Field(max_length=50)] = []
    quantity: Amount
    unit: Word
    price: Amount | None = None
    answers: Annotated[list[VendorAnswer], Field(max_length=104)] = []
    sscc: Word = ""


class VendorOrderLines(ErpModel):
    """The lines of a vendor's document that belong to one purchase order of ours."""

    purchase_order: Word
    lines: Annotated[list[VendorLine], Field(max_length=MOST_LINES)]


class VendorCharge(ErpModel):
    """An amount a vendor adds to (or, negative, takes off) an invoice."""

    description: Sentence = ""
    amount: Amount


class VendorDocument(ErpModel):
    """What a vendor sends for our purchase orders: a confirmation, a ship notice or an invoice.

    `vendor_number` is the vendor's number for it (its order, shipment or invoice number).
    """

    vendor: Word
    vendor_number: Word = ""
    dated: date
    status: Word = ""
    carrier: Word = ""
    tracking: Annotated[list[Word], Field(max_length=1000)] = []
    orders: Annotated[list[VendorOrderLines], Field(min_length=1, max_length=1000)]
    charges: Annotated[list[VendorCharge], Field(max_length=200)] = []
    total: Amount | None = None


class StockCount(ErpModel):
    """What is on the shelf now."""

    on_hand: Amount


class CreditLimit(ErpModel):
    """How much a customer may owe; none for no limit."""

    limit: Amount | None


class CrossReference(ErpModel):
    """What an account calls an item of ours."""

    account: Word
    their_number: Annotated[str, Field(min_length=1, max_length=80)]


class Automatic(ErpModel):
    """How soon after the step before a booked order is confirmed, shipped and invoiced by itself."""

    confirm_seconds: Annotated[float, Field(ge=0, le=86_400)] = 1.0
    ship_seconds: Annotated[float, Field(ge=0, le=86_400)] = 1.0
    invoice_seconds: Annotated[float, Field(ge=0, le=86_400)] = 1.0


class Complaint(ErpModel):
    """What is wrong with a document. An error stops it, a warning and a note do not. `line` counts from 0."""

    code: str
    severity: Literal["error", "warning", "note"] = "error"
    sentence: str
    line: int | None = None
    line_id: str = ""
    value: str = ""
