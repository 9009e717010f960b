"""Whether what is written again holds every element that was received, but for a closed list of differences that say nothing.

The list stands in maps/README.md too, under "What no field exists for"; a difference that is not on it is a loss.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal, InvalidOperation
from itertools import zip_longest

from translators.x12 import Loop, Segment

# Quantities, weights and counts, which are numbers and not texts: 0008 is 8, .58 is 0.58.
NUMBERS = frozenset({"PO102", "IT102", "POC03", "SN102", "TD107", "CTT01"})
# Where qualifier/value pairs begin. Which of the places a pair stood in says nothing, and a gap among them closes.
PAIRS = {"PO1": 6, "IT1": 6, "POC": 8, "LIN": 2}
# Written where nothing was sent, as the standard wants to know of what it is the value: the value itself is what was sent.
ADDED = {"CAD01": "M", "TD106": "G"}
# Numbered again, and with HL04, which says of a level whether it has others in it: the tree is what was sent.
NUMBERED = ("HL01", "HL02", "HL04")
# Counted when written, also where it was not sent.
COUNTED = frozenset({"CTT"})


def elements(tree: Loop) -> list[Segment]:
    """Return the segments of `tree` without blanks and empty elements at their ends, the envelope left out."""
    found = []
    for loop in tree.walk():
        for segment in loop.segments:
            values = [value.rstrip() for value in segment]
            while len(values) > 1 and not values[-1]:
                values.pop()
            if values[0] not in ("ST", "SE"):
                found.append(values)
    return found


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _is_the_same(place: str, sent: str, written: str) -> bool:
    if sent == written:
        return True
    if place in NUMBERED:
        return True
    if place in ADDED:
        return not sent and written == ADDED[place]
    return place in NUMBERS and _number(sent) is not None and _number(sent) == _number(written)


def _pairs(segment: Segment, start: int) -> tuple[Segment, Counter[tuple[str, str]]]:
    values = [*segment[start:], ""]
    return segment[:start], Counter((a, b) for a, b in zip(values[::2], values[1::2], strict=False) if b)


def is_the_same_segment(sent: Segment, written: Segment) -> bool:
    """Return whether every element of `sent` is in `written`, and the other way round, but for what says nothing."""
    start = PAIRS.get(sent[0])
    if start is not None:
        (sent, sent_pairs), (written, written_pairs) = _pairs(sent, start), _pairs(written, start)
        if sent_pairs != written_pairs:
            return False
    places = (f"{sent[0]}{number:02d}" for number in range(max(len(sent), len(written))))
    both = zip_longest(sent, written, fillvalue="")
    return all(_is_the_same(place, a, b) for place, (a, b) in zip(places, both, strict=True))


def differences(sent: list[Segment], written: list[Segment]) -> list[str]:
    """Return the segments that did not come back, and those that nobody sent."""
    left = list(written)
    lost = []
    for segment in sent:
        match = next((each for each in left if each == segment), None)
        match = match or next(
            (each for each in left if each[0] == segment[0] and is_the_same_segment(segment, each)), None
        )
        if match is None:
            lost.append(f"lost {'*'.join(segment)}")
        else:
            left.remove(match)
    return lost + [f"new {'*'.join(segment)}" for segment in left if segment[0] not in COUNTED]
