"""Money and quantities: Decimal with a unit, never float."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from translators.canonical.model import CanonicalModel

FiniteDecimal = Annotated[Decimal, Field(allow_inf_nan=False)]


class Money(CanonicalModel):
    """An amount in one currency (ISO 4217 code, "USD")."""

    amount: FiniteDecimal
    currency: str = "USD"


class Quantity(CanonicalModel):
    """A number of units. `unit` is a UN/ECE Recommendation 20 code ("EA", "KGM"); maps translate from and to X12 355."""

    value: FiniteDecimal
    unit: str = "EA"
