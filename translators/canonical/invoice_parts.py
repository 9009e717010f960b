"""Allowances, charges and taxes: amounts added to or taken from an order or an invoice."""

from __future__ import annotations

from decimal import Decimal

from translators.canonical.amounts import Money
from translators.canonical.model import CanonicalModel


class AllowanceCharge(CanonicalModel):
    """An allowance (taken off) or charge (added). `amount` is positive for both; `is_charge` says which."""

    is_charge: bool
    code: str = ""
    amount: Money | None = None
    percent: Decimal | None = None
    description: str = ""


class TaxTotal(CanonicalModel):
    """One tax. `percent` is percent (8.25 = 8.25 %), `taxable` the amount it is taken of."""

    kind: str = ""
    amount: Money | None = None
    taxable: Money | None = None
    percent: Decimal | None = None
    jurisdiction: str = ""
