"""Sense across the segments of one set: line counts, hash totals, hierarchical levels, bounded loops.

The rules are data: LINES says which segment a set's CTT01 counts and which element its CTT02 adds up.

Source: X12 set notes to CTT and HL (850, 855, 856, 810, 846, 832, 860, 865); X12.22 element 347; X12.6 LS/LE.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from translators.findings import Finding
from translators.x12.finding_codes import finding
from translators.x12.model import Segment
from translators.x12.segment_check import Place, shown

# Set → (segment counted by CTT01, segment and element added up by CTT02). A set not listed here counts nothing.
LINES: dict[str, tuple[str, str, int]] = {
    "810": ("IT1", "IT1", 2),
    "832": ("LIN", "", 0),
    "846": ("LIN", "QTY", 2),
    "850": ("PO1", "PO1", 2),
    "855": ("PO1", "PO1", 2),
    "856": ("HL", "SN1", 2),
    "860": ("POC", "POC", 3),
    "865": ("POC", "POC", 3),
}

_HASH_MODULUS = 10**10  # CTT02 has ten digits; what is over is cut on the left (element 347)


class Totals:
    """Counts while a set goes by."""

    def __init__(self, set_id: str) -> None:
        self._line, self._added, self._element = LINES.get(set_id, ("", "", 0))
        self._lines = 0
        self._sum = Decimal(0)
        self._digits = 0
        self._can_add = True
        self._levels = _Levels()
        self._bounds: list[str] = []

    def take(self, segment: Segment, place: Place) -> Iterator[Finding]:
        """Count `segment`; yield what is wrong by now."""
        tag = segment[0]
        if tag == self._line:
            self._lines += 1
        if tag == self._added and len(segment) > self._element and segment[self._element]:
            self._add(segment[self._element])
        if tag == "HL":
            yield from self._levels.take(segment, place)
        elif tag == "CTT":
            yield from self._check(segment, place)
        elif tag == "LS":
            self._bounds.append(segment[1] if len(segment) > 1 else "")
        elif tag == "LE" and self._bounds:
            opened, closed = self._bounds.pop(), segment[1] if len(segment) > 1 else ""
            if opened != closed:
                yield finding(
                    "X12-LOOP-ID",
                    f"LE01 is {shown(closed)} where LS01 is {shown(opened)}.",
                    position=place.at("LE", 1),
                    value=closed,
                )

    def finish(self) -> Iterator[Finding]:
        """Yield what can be said only when the set is over."""
        yield from self._levels.finish()

    def _add(self, value: str) -> None:
        try:
            self._sum += Decimal(value)
        except InvalidOperation:
            self._can_add = False
            return
        digits = "".join(c for c in value if c.isdigit())
        self._digits += int(digits or "0")

    def _check(self, segment: Segment, place: Place) -> Iterator[Finding]:
        claimed = segment[1] if len(segment) > 1 else ""
        if self._line and claimed.isascii() and claimed.isdigit() and int(claimed) != self._lines:
            yield finding(
                "X12-CTT-LINES",
                f"CTT01 says {shown(claimed)} lines; {self._lines} {self._line} segments came.",
                position=place.at("CTT", 1),
                value=claimed,
            )
        total = segment[2] if len(segment) > 2 else ""
        if total and self._added and self._can_add and not self.is_hash(total):
            yield finding(
                "X12-CTT-HASH",
                f"CTT02 says {shown(total)}; {self._added}{self._element:02d} adds up to {self._sum}.",
                position=place.at("CTT", 2),
                value=total,
            )

    def is_hash(self, total: str) -> bool:
        """Return whether `total` is the sum, or the sum of the digits without points and signs as the standard's note has it."""
        try:
            number = Decimal(total)
        except InvalidOperation:
            return True  # reported as an element already
        return number in (self._sum, self._sum % _HASH_MODULUS, self._digits % _HASH_MODULUS, self._digits)


class _Levels:
    """HL numbers, parents and children. Numbers 1, 2, 3 take no memory; others are remembered."""

    def __init__(self) -> None:
        self._count = 0
        self._others: dict[str, None] = {}
        self._childless: dict[str, tuple[Place, str]] = {}

    def take(self, segment: Segment, place: Place) -> Iterator[Finding]:
        number, parent, child = ((*segment[1:5], "", "", "", "")[i] for i in (0, 1, 3))
        if parent and not self._knows(parent):
            yield finding(
                "X12-HL-PARENT",
                f"HL02 is {shown(parent)}; no level of that number came before.",
                position=place.at("HL", 2),
                value=parent,
            )
        yield from self._take_number(number, place)
        if parent and self._childless.get(parent) and self._childless[parent][1] == "0":
            parent_place, claimed = self._childless.pop(parent)
            yield self._child(
                parent_place, claimed, f"HL04 of level {shown(parent)} is 0, but level {shown(number)} is its child."
            )
        elif parent:
            self._childless.pop(parent, None)
        if child in ("0", "1"):
            self._childless[number] = (place, child)

    def finish(self) -> Iterator[Finding]:
        for number, (place, claimed) in self._childless.items():
            if claimed == "1":
                yield self._child(place, claimed, f"HL04 of level {shown(number)} is 1, but no child of it followed.")

    @staticmethod
    def _child(place: Place, claimed: str, sentence: str) -> Finding:
        return finding("X12-HL-CHILD", sentence, position=place.at("HL", 4), value=claimed)

    def _knows(self, number: str) -> bool:
        if number in self._others:
            return True
        return (
            number.isascii()
            and number.isdigit()
            and len(number) < 10
            and 1 <= int(number) <= self._count
            and number[0] != "0"
        )

    def _take_number(self, number: str, place: Place) -> Iterator[Finding]:
        if number == str(self._count + 1):
            self._count += 1
        elif number and self._knows(number):
            yield finding(
                "X12-HL-NUMBER", f"HL01 is {shown(number)} a second time.", position=place.at("HL", 1), value=number
            )
        elif number:
            is_first = not self._others
            self._others[number] = None
            if is_first:
                yield finding(
                    "X12-HL-ORDER",
                    f"HL01 is {shown(number)} where {self._count + 1} is next.",
                    position=place.at("HL", 1),
                    value=number,
                )
