"""Paths into the wire: which loop, which segment, which element.

    BEG03                     element 3 of the first BEG here
    REF[01=DP]02              element 2 of the first REF whose element 1 is DP
    N1[01=ST|SF]/PER[01=IC]04 inside the N1 loop that starts with ST or SF
    SLN09-2                   component 2 of a composite

A path is relative to the loop it is used in; the first segment of that loop is reached by its own id. In files without segments a
row type or an XML element takes the place of the segment, see `translators.mapping.wires`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_STEP = re.compile(r"([A-Z][A-Z0-9]{1,2})((?:\[[^\]]*\])*)$")
_LEAF = re.compile(r"([A-Z][A-Z0-9]{1,2})((?:\[[^\]]*\])*)(\d\d)(?:-(\d+))?$")
_TEST = re.compile(r"(\d\d)(!?=)(.*)$")


@dataclass(frozen=True, slots=True)
class Test:
    """One condition on an element of a segment: its value is (or, negated, is not) one of `values`."""

    element: int
    values: tuple[str, ...]
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One segment or loop by id, and the conditions on its (first) segment. `text` is the step as written."""

    id: str
    tests: tuple[Test, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """Where a value lies: the loops to go down, the segment, the element (0 for a whole segment), the component (0 for all)."""

    loops: tuple[Step, ...]
    step: Step
    element: int = 0
    component: int = 0
    text: str = ""


class PathError(ValueError):
    """A path that cannot be read. The message is a sentence for the map's author."""


def _tests(text: str, whole: str) -> tuple[Test, ...]:
    found = []
    for bracket in re.findall(r"\[([^\]]*)\]", text):
        for part in bracket.split(","):
            match = _TEST.match(part.strip())
            if match is None or not match[3]:
                raise PathError(f"{whole}: [{bracket}] is no condition; write it like [01=ST] or [01=ST|BT]")
            found.append(Test(int(match[1]), tuple(match[3].split("|")), match[2] == "!="))
    return tuple(found)


def _step(text: str, whole: str) -> Step:
    match = _STEP.match(text)
    if match is None:
        raise PathError(f"{whole}: {text!r} is no segment or loop; write it like PO1 or N1[01=ST]")
    return Step(match[1], _tests(match[2], whole), text)


def parse_path(text: str) -> Path:
    """Return the path to an element that `text` spells.

    Raises:
        PathError: it spells none.
    """
    *loops, leaf = text.split("/")
    match = _LEAF.match(leaf)
    if match is None:
        raise PathError(f"{text!r} names no element; write it like BEG03 or REF[01=DP]02")
    step = Step(match[1], _tests(match[2], text), match[1] + match[2])
    return Path(tuple(_step(each, text) for each in loops), step, int(match[3]), int(match[4] or 0), text)


def parse_each(text: str) -> Path:
    """Return the path to a repeated segment or loop that `text` spells ("PO1", "HL[03=S]/HL[03=O]").

    Raises:
        PathError: it spells none.
    """
    *loops, leaf = text.split("/")
    return Path(tuple(_step(each, text) for each in loops), _step(leaf, text), 0, 0, text)
