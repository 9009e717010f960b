"""What is written where the document says nothing and the format demands something: the `missing` of a value."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from translators.canonical.amounts import Money
from translators.mapping.places import WriteState, set_element
from translators.mapping.rules import Missing
from translators.x12.model import Segment

CENT = Decimal("0.01")


class Filler(str):
    """A text that only fills a place: it is written as it is, and is no value when read."""

    __slots__ = ()


def value_or_missing(name: str, missing: Missing | None) -> Callable[[Any, str], Any]:
    """Return a function that gives field `name` of an object, or what is written where it says nothing."""
    if missing is None:
        return lambda owner, _at: getattr(owner, name, None)
    made_up = _made_up(missing)

    def value_of(owner: Any, at: str) -> Any:
        value = getattr(owner, name, None)
        return made_up(owner, at) if value is None or value == "" else value

    return value_of


def _made_up(missing: Missing) -> Callable[[Any, str], Any]:
    if missing.is_position:
        return lambda _owner, at: _position(at)
    if missing.same_as:
        return lambda owner, _at: _field(owner, missing.same_as)
    if missing.product:
        return lambda owner, _at: _product(owner, missing.product)
    return lambda _owner, _at: Filler(missing.text)


def fill(places: list[tuple[Segment | None, int]], filler: Filler, money_at: int, state: WriteState) -> None:
    """Write `filler` where nothing stands; what was received there takes its place again."""
    for segment, element in places:
        if segment is None or (len(segment) > element and segment[element]):
            continue
        set_element(segment, element, str(filler))
        state.constants.add((id(segment), element))
        if money_at:
            set_element(segment, money_at, state.currency)


def _position(at: str) -> str:
    index = next((part for part in reversed(at.split("/")) if part.isdigit()), "0")
    return str(int(index) + 1)


def _field(owner: Any, name: str) -> Any:
    for part in name.split("."):
        owner = getattr(owner, part, None)
    return owner


def _product(owner: Any, names: tuple[str, ...]) -> Money | None:
    numbers = [_field(owner, name) for name in names]
    if not all(isinstance(number, Decimal) for number in numbers):
        return None
    amount = numbers[0] * numbers[1]
    if amount.as_tuple().exponent < -2:  # money has cents; what has fewer decimals keeps them
        amount = amount.quantize(CENT)
    currency = _field(owner, names[1].rpartition(".")[0]) if "." in names[1] else None
    return Money(amount=amount, currency=currency.currency if isinstance(currency, Money) else "USD")
