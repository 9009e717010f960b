"""Amounts and quantities of the sample ERP: Decimal in Python, plain decimal text in JSON and in SQLite."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import Field, PlainSerializer

CENT = Decimal("0.01")


def plain(number: Decimal) -> str:
    """Return `number` without exponent and without trailing zeros ("12.5", "1200")."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def cents(amount: Decimal) -> Decimal:
    """Return `amount` rounded to the cent, half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def price_text(price: Decimal) -> str:
    """Return a price with at least two decimals ("12.50", "0.0375")."""
    text = plain(price)
    return str(price.quantize(CENT)) if len(text.partition(".")[2]) <= 2 else text


Amount = Annotated[Decimal, Field(max_digits=18, decimal_places=6), PlainSerializer(plain, return_type=str)]
