"""The closed list of functions a map may name under `as`. Each works both ways; none is code in a map.

| name | wire | canonical |
|---|---|---|
| text | as it is, blanks at the end removed | text |
| number | a decimal point where needed | Decimal |
| whole | digits | whole number |
| implied0 … implied4 | that many decimals implied (TDS, SAC05: implied2); an explicit point is believed | Decimal |
| date | CCYYMMDD or YYMMDD; written in the release's width | date |
| time | HHMM, HHMMSS, HHMMSSD, HHMMSSDD | time |
| check-digit | number with its check digit (modulo 10), of any length | the same, checked |
| gtin | 8, 12, 13 or 14 digits with their check digit | the same, checked |
| gln | 13 digits with their check digit | the same, checked |
| sscc | 18 digits with their check digit, or 20 with the 00 that marks an SSCC before them | the same, checked |
| negated | a number with the opposite sign (a credit note says what is given back as positive) | Decimal |
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(?:\d++(?:\.\d*+)?|\.\d++)$")  # possessive: what is given back digit by digit takes hours
_WHOLE = re.compile(r"([+-]?[0-9]{1,18}+)(?:\.0*+)?")
CENTURY_WINDOW = 70  # two-digit years below it are 20xx: an order from 1969 is less likely than one for 2069


@dataclass(frozen=True, slots=True)
class Function:
    """A conversion both ways.

    `read(text)` and `write(value, release)` raise ValueError with a sentence's end ("is no date; …").
    """

    read: Callable[[str], object]
    write: Callable[[object, str], str]
    is_lossy: bool = False  # whether more may stand on the wire than the value holds; what was received is then kept


def _read_number(text: str) -> Decimal:
    if _NUMBER.match(text) is None:
        raise ValueError("is no number; send digits with a point")
    return Decimal(text)


def _write_number(value: object, _release: str) -> str:
    if not isinstance(value, Decimal):
        value = Decimal(str(value))
    text = format(value, "f")
    return text[1:] if text.startswith("-0") and not value else text


def _read_whole(text: str) -> int:
    # Digits only: 1E999999999 is whole too, and takes hours to write out.
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise ValueError("is no whole number")
    return int(match[1])


def _implied(places: int) -> Function:
    def read(text: str) -> Decimal:
        if _NUMBER.match(text) is None:
            raise ValueError("is no number; send digits without a point")
        return Decimal(text) if "." in text else Decimal(text).scaleb(-places)

    def write(value: object, _release: str) -> str:
        number = Decimal(str(value)).scaleb(places)
        if number != number.to_integral_value():
            raise ValueError(f"has more than {places} decimals and the element has room for {places}")
        return format(number.quantize(Decimal(1)), "f")

    return Function(read, write)


def _read_date(text: str) -> date:
    try:
        if len(text) == 8 and text.isdigit():
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if len(text) == 6 and text.isdigit():
            year = int(text[:2])
            return date(year + (2000 if year < CENTURY_WINDOW else 1900), int(text[2:4]), int(text[4:]))
    except ValueError:
        pass
    raise ValueError("is no date; send CCYYMMDD")


def _write_date(value: object, release: str) -> str:
    if not isinstance(value, date):
        raise TypeError(f"a date is needed, not {value!r}")
    # Element 373 has eight digits from 004010 on, six before.
    text = f"{value.year:04d}{value.month:02d}{value.day:02d}"
    return text if release >= "004010" or not release else text[2:]


def _read_time(text: str) -> time:
    try:
        if text.isdigit() and 4 <= len(text) <= 8:
            hundredths = (text[6:] + "00")[:2] if len(text) > 6 else "00"
            seconds = int(text[4:6]) if len(text) >= 6 else 0
            return time(int(text[:2]), int(text[2:4]), seconds, int(hundredths) * 10_000)
    except ValueError:
        pass
    raise ValueError("is no time; send HHMM")


def _write_time(value: object, _release: str) -> str:
    if not isinstance(value, time):
        raise TypeError(f"a time is needed, not {value!r}")
    text = f"{value.hour:02d}{value.minute:02d}"
    if value.second or value.microsecond:
        text += f"{value.second:02d}"
    return text + f"{value.microsecond // 10_000:02d}" if value.microsecond >= 10_000 else text


def check_digit(digits: str) -> str:
    """Return the modulo 10 check digit for `digits` (the number without it). Source: GS1 General Specifications, 7.9."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def _checked(text: str) -> str:
    if not text.isdigit() or len(text) < 2 or check_digit(text[:-1]) != text[-1]:
        raise ValueError("has a wrong check digit; ask for the right number")
    return text


def _number_of(name: str, lengths: tuple[int, ...]) -> Function:
    """Return the function for an identifier of GS1: its length and its check digit are checked both ways."""

    def read(text: str) -> str:
        is_marked = len(text) != 20 or text.startswith(
            "00"
        )  # only the application identifier of an SSCC makes it so long
        if not text.isdigit() or not text.isascii() or len(text) not in lengths or not is_marked:
            digits = " or ".join(map(str, lengths))
            raise ValueError(f"is no {name}, which has {digits} digits; ask for the right number")
        return _checked(text)

    return Function(read, lambda value, _release: read(str(value)))


def _write_negated(value: object, release: str) -> str:
    number = Decimal(str(value))
    return _write_number(-number if number else number, release)


def _text(value: object, _release: str) -> str:
    return str(value)


FUNCTIONS: dict[str, Function] = {
    "text": Function(str, _text),
    "number": Function(_read_number, _write_number),
    "whole": Function(_read_whole, _text),
    **{f"implied{n}": _implied(n) for n in range(5)},
    "date": Function(_read_date, _write_date),
    "time": Function(_read_time, _write_time),
    "check-digit": Function(_checked, lambda value, _release: _checked(str(value))),
    "gtin": _number_of("GTIN", (8, 12, 13, 14)),
    "gln": _number_of("GLN", (13,)),
    "sscc": _number_of("SSCC", (18, 20)),
    "negated": Function(lambda text: -_read_number(text) or Decimal(0), _write_negated),
}


# The kinds of canonical fields each function can fill.
KINDS_OF_FUNCTION: dict[str, tuple[str, ...]] = {
    "text": ("text", "choice", "flag"),
    "check-digit": ("text",),
    "gtin": ("text",),
    "gln": ("text",),
    "sscc": ("text",),
    "negated": ("number", "money"),
    "number": ("number", "money"),
    "whole": ("whole",),
    "date": ("date",),
    "time": ("time",),
    **{f"implied{n}": ("number", "money") for n in range(5)},
}


def join_datetime(day: date, clock: time | None) -> datetime:
    """Return the moment on `day` at `clock` (midnight when None), in the sender's unnamed zone."""
    # X12 names no zone at these elements: the value is local time where the sender is, and carries none.
    return datetime.combine(day, clock or time()).replace(tzinfo=None)
