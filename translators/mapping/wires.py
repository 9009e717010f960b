"""What differs between the wire formats a map may be for; everything else of the language is the same.

All formats come to a map as loops of segments. In X12 they are its own. In a file of rows a row is a segment and its columns are the
elements; in XML an element is a loop whose first segment holds its text and its attributes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from translators.mapping.functions import FUNCTIONS, Function
from translators.mapping.paths import Path, parse_each, parse_path
from translators.x12.model import text_of

_X12_ELEMENT = re.compile(r"([A-Z][A-Z0-9]{1,2})((?:\[[^\]]*\])*)(\d\d)$")


@dataclass(frozen=True)
class Wire:
    """How paths are spelled and values are written in one format.

    Args:
        name: "x12", "delimited", "fixed" or "xml".
        parse_path: the path to a value.
        parse_each: the path to something repeated.
        functions: the closed list, as this format writes dates and numbers.
        leaf: a step and an element as the last part of an extension's path.
        split: what `leaf` made, taken apart; None when it is no such thing.
        keeps_segments: whether a segment that no rule knows is kept whole, or value by value.
        currency_attribute: the attribute beside an amount that says its currency.
        repeats: whether a text more makes a segment more, or there is one place for each.
        around: a path outside the document proper (WriteContext.envelope) as an extension spells it.
        text: the people's text of a value on the wire.
    """

    name: str
    parse_path: Callable[[str], Path]
    parse_each: Callable[[str], Path]
    functions: Mapping[str, Function]
    leaf: Callable[[str, str, int], str]
    split: Callable[[str], tuple[str, int] | None]
    keeps_segments: bool = True
    text: Callable[[str], str] = str
    around: Callable[[str], str] = str
    repeats: bool = True
    currency_attribute: str = ""


def _x12_split(leaf: str) -> tuple[str, int] | None:
    match = _X12_ELEMENT.match(leaf)
    return (match[1] + match[2], int(match[3])) if match is not None else None


X12 = Wire(
    "x12",
    parse_path,
    parse_each,
    FUNCTIONS,
    lambda step, _segment_id, element: f"{step}{element:02d}",
    _x12_split,
    text=text_of,
)
