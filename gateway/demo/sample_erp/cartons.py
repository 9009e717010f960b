"""Packing: which quantity goes into which carton, and the number on it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

COMPANY_PREFIX = "0614141"  # the example prefix of the GS1 General Specifications
MOST_CARTONS_PER_LINE = 50  # larger lines go into larger cartons, so that a ship notice stays readable


def sscc(serial: int) -> str:
    """Return the SSCC with this serial number: extension digit, company prefix, nine digits, check digit.

    Source: GS1 General Specifications 7.9, check digit: weights 3 and 1 from the right.
    """
    digits = f"0{COMPANY_PREFIX}{serial % 10**9:09d}"
    weighted = sum(int(digit) * (3 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(digits)))
    return f"{digits}{-weighted % 10}"


def split(quantity: Decimal, per_carton: int) -> Iterator[Decimal]:
    """Yield the quantity in each carton of a line."""
    while quantity > per_carton * MOST_CARTONS_PER_LINE:
        per_carton *= 2
    while quantity > 0:
        inside = min(quantity, Decimal(per_carton))
        yield inside
        quantity -= inside
