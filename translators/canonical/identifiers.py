"""Identifiers say who gave them: a scheme and a value."""

from __future__ import annotations

from translators.canonical.model import CanonicalModel


class Identifier(CanonicalModel):
    """An identifier and its scheme.

    Schemes in use, items: "gtin" (any of UPC-A, EAN-13, GTIN-14; digits as received), "buyer" (buyer's item number), "seller"
    (seller's or vendor's), "manufacturer"; parties: "gln", "duns", "duns4", "buyer" (number the buyer gave), "seller" (number the
    seller gave), "scac" (carriers); units: "sscc". A qualifier with no name here keeps the wire's own: "x12:PI".
    """

    scheme: str
    value: str


class Reference(CanonicalModel):
    """A number another party knows this document by.

    `kind` is a word ("department", "promotion", "contract", "vendor", "bill-of-lading", "tracking", "customer-order") or the
    wire's own qualifier ("x12:ZZ").
    """

    kind: str
    value: str
    description: str = ""
