"""Parties: who buys, sells, receives and pays."""

from __future__ import annotations

from translators.canonical.identifiers import Identifier, Reference
from translators.canonical.model import CanonicalModel


class Address(CanonicalModel):
    """A postal address; `country` is ISO 3166 alpha-2 or as received."""

    lines: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


class Contact(CanonicalModel):
    """Someone to ask."""

    function: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    fax: str = ""


# The roles that have a name of their own; any other is the wire's code, with where it comes from ("x12:Z7").
ROLES = (
    *(
        "buyer",
        "seller",
        "ship-to",
        "ship-from",
        "bill-to",
        "remit-to",
        "carrier",
        "manufacturer",
        "mark-for",
        "ordered-by",
    ),
    *("payee", "payer", "sold-to", "ultimate-consignee"),
)


class Party(CanonicalModel):
    """One party in one role.

    `role` is "buyer", "seller", "ship-to", "ship-from", "bill-to", "remit-to", "carrier", or the wire's own code ("x12:Z7").
    """

    role: str
    name: str = ""
    additional_names: tuple[str, ...] = ()
    identifier: Identifier | None = None
    address: Address | None = None
    contacts: tuple[Contact, ...] = ()
    references: tuple[Reference, ...] = ()
