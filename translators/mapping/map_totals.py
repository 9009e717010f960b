"""The totals of a map: counts, sums and sums of products, compared when received and computed when written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from translators.canonical.document import BusinessDocument
from translators.findings import Position
from translators.mapping.lookups import Finder, claim
from translators.mapping.rules import Total
from translators.mapping.scopes import ReadState, Scope
from translators.x12.model import Loop


def received_total(total: Total, find: Finder, scope: Scope, state: ReadState) -> tuple[str, Position]:
    """Return a total as it was received, and where; "" when there is none that is to be compared."""
    hit = find(scope, state)
    element = total.path.element
    if hit is None or len(hit[0]) <= element:
        return "", Position()
    if total.product:
        # Their total may hold more than ours: it is kept, and sent again as it was.
        claim(state, hit[0], 0, total.path.step.text)
        return "", Position()
    if total.is_written:
        claim(state, hit[0], 1 << element, total.path.step.text)
    return hit[0][element].strip(), Position(segment_number=hit[1], segment_id=hit[0][0], element=element)


def is_number(text: str, expected: Decimal) -> bool:
    """Return whether `text` says the number that is expected, however it is written."""
    try:
        return Decimal(text) == expected
    except ArithmeticError:
        return False


def computed_total(total: Total, document: BusinessDocument, tree: Loop) -> Decimal:
    """Return what a total has to say of a document, or of the segments that were written for it."""
    if total.product:
        columns = [_numbers(document, name.split(".")) for name in total.product]
        return sum((a * b for a, b in zip(*columns, strict=False)), Decimal(0))
    if total.sum:
        return sum(_numbers(document, total.sum.split(".")), Decimal(0))
    counted = getattr(document, total.count, None)
    if counted is None:
        return Decimal(sum(s[0] == total.count for loop in tree.walk() for s in loop.segments))
    return Decimal(len(counted))


def _numbers(document: Any, steps: list[str]) -> list[Decimal]:
    """Return the numbers at a dotted path; "**" goes through handling units of any depth."""
    values = [document]
    for step in steps:
        if step == "**":
            level = values
            while level := [unit for each in level for unit in getattr(each, "units", ())]:
                values = values + level
            continue
        values = [getattr(each, step, None) for each in values]
        if any(each.__class__ is tuple for each in values):
            values = [one for each in values for one in (each if isinstance(each, tuple) else (each,))]
        values = [each for each in values if each is not None]
    return [Decimal(each) for each in values]
