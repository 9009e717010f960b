"""Quantities in packages: two cases of twelve on the wire, twenty-four each in the canonical document, and back.

    [lines.quantity]
    value = "PO102"
    unit = { path = "PO103", table = "units" }
    packs = { factor = "PO401", package = "XCS", unit = "EA" }

Read, a quantity in `package` is multiplied by the factor and is in `unit`. Written, it is divided again wherever the factor stands on
the wire and leaves no rest; what does not fill whole packages is written in `unit`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from translators.canonical.amounts import Quantity
from translators.mapping.lookups import element_of, finder
from translators.mapping.places import Place
from translators.mapping.rules import Packs
from translators.mapping.scopes import ReadState, Scope


def factor_of(text: str) -> Decimal:
    """Return the number of units in a package, 0 when `text` says none."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        return Decimal(0)
    return number if number.is_finite() and number > 0 else Decimal(0)


def unpacked(packs: Packs) -> Callable[[Scope, dict[str, Any], ReadState], None]:
    """Return a function that turns a quantity read in packages into one of what they hold."""
    find = finder(packs.factor.loops, packs.factor.step)

    def unpack(scope: Scope, quantity: dict[str, Any], state: ReadState) -> None:
        hit = find(scope, state) if quantity.get("unit") == packs.package and "value" in quantity else None
        factor = factor_of(element_of(hit[0], packs.factor.element)) if hit is not None else Decimal(0)
        if factor:
            quantity.update(value=quantity["value"] * factor, unit=packs.unit)

    return unpack


def packed(packs: Packs) -> Callable[[Quantity, Place], Quantity]:
    """Return a function that gives a quantity in whole packages where the wire says how many units one holds."""

    def pack(quantity: Quantity, place: Place) -> Quantity:
        factor = _written_factor(packs, place) if quantity.unit == packs.unit else Decimal(0)
        if not factor or quantity.value % factor:
            return quantity
        return Quantity(value=quantity.value / factor, unit=packs.package)

    return pack


def _written_factor(packs: Packs, place: Place) -> Decimal:
    """Return the factor as it was written, without making a segment for it."""
    step = packs.factor.step
    for outer in packs.factor.loops:
        inner = place.made.get(outer.text)
        if not isinstance(inner, Place):
            return Decimal(0)
        place = inner
    made = place.loop.segments[0] if step.id in (place.loop.name, ".") else place.made.get(step.text)
    segment = made.loop.segments[0] if isinstance(made, Place) else made
    return factor_of(element_of(segment, packs.factor.element)) if segment is not None else Decimal(0)
