"""No regular expression of the translators backtracks: whatever it is given takes time in proportion.

All of them are found by looking through the modules, so a new one is judged without being named here.
"""

from __future__ import annotations

import importlib
import itertools
import pkgutil
import re
import time
from collections.abc import Iterator

import pytest

import translators

# Ten thousand characters: in proportion less than a millisecond, squared a second.
_LENGTH = 10_000
_SLOWEST_SECONDS = 0.25
_PARTS = (
    "9",
    "A",
    "a",
    " ",
    ".",
    "-",
    "E",
    "9.",
    "E9",
    "\r\n",
    "\n",
    "[",
    "]",
    "[01=",
    "=",
    "_",
    "/",
    "#",
    ",",
    "é",
    "\x00",
    "!",
)
_ENDS = ("", "x", "!", ".", "-", "\n", "]", " ")


def _patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    """Yield every compiled expression that a module holds: as a name, or in a table."""
    for module_info in pkgutil.walk_packages(translators.__path__, "translators."):
        module = importlib.import_module(module_info.name)
        for name, value in vars(module).items():
            yield from ((f"{module_info.name}.{name}", found) for found in _inside(value, 4))


def _inside(value: object, depth: int) -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(owner := getattr(value, "__self__", None), re.Pattern):
        yield owner
    elif depth and isinstance(value, dict):
        for inner in value.values():
            yield from _inside(inner, depth - 1)
    elif depth and isinstance(value, (list, tuple)):
        for inner in value:
            yield from _inside(inner, depth - 1)


PATTERNS = dict(sorted({(f"{name} {found.pattern!r}", found) for name, found in _patterns()}))


def _seconds(pattern: re.Pattern[str] | re.Pattern[bytes], text: str) -> float:
    given = text.encode("latin-1") if isinstance(pattern.pattern, bytes) else text
    began = time.process_time()
    pattern.match(given)  # type: ignore[arg-type]
    # One that is tied to the end is only ever matched from the beginning; searched for, it would start at every character.
    if not str(pattern.pattern).endswith(("\\Z", "$", "\\Z'")):
        pattern.search(given)  # type: ignore[arg-type]
        pattern.split(given)  # type: ignore[arg-type]
    return time.process_time() - began


def test_the_expressions_are_found() -> None:
    names = {name.split()[0] for name in PATTERNS}
    assert {"translators.x12.elements._DECIMAL", "translators.x12.interchange_reading._SERVICES"} <= names


# These read maps and the paths kept from them, a line each, which are the operator's own and come from no partner.
_OF_MAPS = ("mapping.extensions._SLASH", "mapping.xml._SLASH", "mapping.flat_format._COLUMN")


@pytest.mark.parametrize("name", [n for n in PATTERNS if not n.split()[0].endswith(_OF_MAPS)])
def test_an_expression_takes_time_in_proportion(name: str) -> None:
    pattern = PATTERNS[name]
    for part, end in itertools.product(_PARTS, _ENDS):
        assert _seconds(pattern, part * (_LENGTH // len(part)) + end) < _SLOWEST_SECONDS, (part, end)
