"""Whether one value is what its element allows: type, length, code list.

`complaint_of` returns the code of the one finding a value deserves, the first of: characters, length, date or time, code list.

Source: X12.6 clause 3.3 (data element types), X12.22 (dictionary).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from translators.x12.definitions import ElementDefinition
from translators.x12.model import text_of

_WHOLE = re.compile(r"-?[0-9]+\Z")
# Possessive: a run of digits is taken once. Given back digit by digit, a million of them before a letter would take an hour.
_DECIMAL = re.compile(r"-?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:E-?[0-9]++)?\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_DIGITS = re.compile(r"[-.E]")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_date(value: str) -> bool:
    """Return whether `value` is YYMMDD or CCYYMMDD and on the calendar."""
    if len(value) not in (6, 8) or not (value.isascii() and value.isdigit()):
        return False
    year, month, day = int(value[:-4]), int(value[-4:-2]), int(value[-2:])
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1]:
        return False
    # A year of two digits names no century: 00 may be 2000, which is a leap year.
    is_leap = year % 4 == 0 and (len(value) == 6 or year % 100 != 0 or year % 400 == 0)
    return is_leap or (month, day) != (2, 29)


def is_time(value: str) -> bool:
    """Return whether `value` is HHMM, HHMMSS, HHMMSSD or HHMMSSDD."""
    if len(value) not in (4, 6, 7, 8) or not (value.isascii() and value.isdigit()):
        return False
    return value[:2] < "24" and value[2:4] < "60" and (len(value) == 4 or value[4:6] < "60")


def _text(value: str, _element: ElementDefinition) -> str:
    return "X12-ELEMENT-CHARACTER" if _CONTROL.search(value) else ""


def _whole(value: str, _element: ElementDefinition) -> str:
    return "" if _WHOLE.match(value) else "X12-ELEMENT-CHARACTER"


def _decimal(value: str, _element: ElementDefinition) -> str:
    return "" if _DECIMAL.match(value) else "X12-ELEMENT-CHARACTER"


def _date(value: str, element: ElementDefinition) -> str:
    if not (value.isascii() and value.isdigit()):
        return "X12-ELEMENT-DATE"
    return _length(len(value), element) or ("" if is_date(value) else "X12-ELEMENT-DATE")


def _time(value: str, element: ElementDefinition) -> str:
    if not (value.isascii() and value.isdigit()):
        return "X12-ELEMENT-TIME"
    return _length(len(value), element) or ("" if is_time(value) else "X12-ELEMENT-TIME")


def _anything(_value: str, _element: ElementDefinition) -> str:
    return ""


_CHARACTERS: dict[str, Callable[[str, ElementDefinition], str]] = {
    "AN": _text,
    "ID": _text,
    "R": _decimal,
    "DT": _date,
    "TM": _time,
    "B": _anything,
}


def length_of(value: str, kind: str) -> int:
    """Return how long `value` counts: without sign, point and exponent mark for numbers, in characters for text."""
    if kind == "R":
        return len(_NOT_DIGITS.sub("", value))
    if kind[0] == "N":
        return len(value) - value.startswith("-")
    return len(value) if value.isascii() else len(text_of(value))


def _length(length: int, element: ElementDefinition) -> str:
    if length < element.shortest:
        return "X12-ELEMENT-TOO-SHORT"
    return "X12-ELEMENT-TOO-LONG" if length > element.longest else ""


def complaint_of(value: str, element: ElementDefinition) -> str:
    """Return the code of the finding that `value`, which is not empty, deserves in `element`; "" when it is right."""
    kind = element.kind
    wrong = _CHARACTERS.get(kind, _whole)(value, element)
    if wrong:
        return wrong
    if kind in ("AN", "ID") and not value.strip(" "):
        return "X12-ELEMENT-BLANK"
    wrong = _length(length_of(value, kind), element)
    if wrong == "X12-ELEMENT-TOO-LONG" and value[-1] == " ":
        wrong = (_length(length_of(value.rstrip(" "), kind), element) and wrong) or "X12-ELEMENT-PADDED"
    if wrong and wrong != "X12-ELEMENT-PADDED":
        return wrong
    if element.codes is not None and value.rstrip(" ") not in element.codes:
        return element.code_finding
    return wrong
