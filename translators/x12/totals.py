"""Sense across the segments of one set: line counts, hash totals, bounded loops; hierarchical levels are in `levels`.

The rules are data: LINES says which segment a set's CTT01 counts and which element its CTT02 adds up.

Source: X12 set notes to CTT (850, 855, 856, 810, 846, 832, 860, 865); X12.22 element 347; X12.6 LS/LE.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from functools import cache

from translators.findings import Finding
from translators.x12.finding_codes import finding
from translators.x12.levels import Levels
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

_COUNT = re.compile(r"-?[0-9]{1,20}\Z")
_NOWHERE = Place(0, "", 0)
_DIGITS_LIMIT = 40  # far outside any quantity: adding what is longer would only build a huge number
_HASH_MODULUS = 10**10  # CTT02 has ten digits; what is over is cut on the left (element 347)


@cache
def watched_segments(set_id: str) -> frozenset[str]:
    """Return the segments of a set that count in its totals."""
    line, added, _ = LINES.get(set_id, ("", "", 0))
    return frozenset({line, added, "CTT", "HL", "LS", "LE"} - {""})


class Totals:
    """Counts while a set goes by."""

    def __init__(self, set_id: str) -> None:
        self._line, self._added, self._element = LINES.get(set_id, ("", "", 0))
        self.watched = watched_segments(set_id)
        self._lines = 0
        self._sum = Decimal(0)
        self._digits = 0
        self._can_add = True
        self._hierarchy: Levels | None = None
        self._bounds: list[str] = []

    def take(self, segment: Segment, place: Place) -> Iterator[Finding]:
        """Count `segment`; yield what is wrong by now."""
        tag = segment[0]
        if tag == self._line:
            self._lines += 1
        if tag == self._added and len(segment) > self._element and segment[self._element]:
            self._add([segment[self._element]])
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

    def take_rows(
        self, watched: list[tuple[int, Segment]], level_offsets: Callable[[], list[int]], *, is_over: bool
    ) -> bool:
        """Count segments whose structure and elements are right; return whether nothing is wrong, and count nothing if something is.

        Args:
            watched: the watched segments of a stretch of the set, each with its number.
            level_offsets: tells the offset of every HL in them.
            is_over: whether the stretch ends the set.
        """
        tags = [row[0] for _, row in watched]
        if "LS" in tags or self._bounds:
            return False
        before = (self._lines, self._sum, self._digits, self._can_add)
        self._lines += tags.count(self._line)
        element, added = self._element, self._added
        if added:
            self._add([row[element] for _, row in watched if row[0] == added and len(row) > element and row[element]])
        is_right = True
        if "CTT" in tags:
            is_right = not any(list(self._check(row, _NOWHERE)) for _, row in watched if row[0] == "CTT")
        if is_right and ("HL" in tags or (is_over and self._hierarchy is not None)):
            levels = [each for each in watched if each[1][0] == "HL"]
            is_right = self._levels.take_rows(levels, level_offsets(), is_over=is_over)
        if not is_right:
            self._lines, self._sum, self._digits, self._can_add = before
        return is_right

    def finish(self) -> Iterator[Finding]:
        """Yield what can be said only when the set is over."""
        if self._hierarchy is not None:
            yield from self._hierarchy.finish()

    @property
    def _levels(self) -> Levels:
        """The hierarchy, begun with the first HL: most sets have none."""
        if self._hierarchy is None:
            self._hierarchy = Levels()
        return self._hierarchy

    def _add(self, values: list[str]) -> None:
        # Latin-1 text: what is decimal is 0 to 9.
        if all(map(str.isdecimal, values)) and all(len(v) <= _DIGITS_LIMIT for v in values):
            total = sum(map(int, values))
            self._sum += total
            self._digits += total
            return
        for value in values:
            self._add_decimal(value.strip())

    def _add_decimal(self, value: str) -> None:
        if len(value) > _DIGITS_LIMIT:
            self._can_add = False
            return
        try:
            number = Decimal(value)
        except InvalidOperation:
            self._can_add = False
            return
        if not number.is_finite() or abs(number.adjusted()) > _DIGITS_LIMIT:
            self._can_add = False
            return
        self._sum += number
        self._digits += int("".join(c for c in value if c in "0123456789") or "0")

    def _check(self, segment: Segment, place: Place) -> Iterator[Finding]:
        claimed = segment[1] if len(segment) > 1 else ""
        if self._line and _COUNT.match(claimed) and int(claimed) != self._lines:
            yield finding(
                "X12-CTT-LINES",
                f"CTT01 says {shown(claimed)} lines; {self._lines} {self._line} segments came.",
                position=place.at("CTT", 1),
                value=claimed,
            )
        total = segment[2] if len(segment) > 2 else ""
        if total and self._added and self._can_add and not self._is_hash(total):
            yield finding(
                "X12-CTT-HASH",
                f"CTT02 says {shown(total)}; {self._added}{self._element:02d} adds up to {self._sum}.",
                position=place.at("CTT", 2),
                value=total,
            )

    def _is_hash(self, total: str) -> bool:
        """Return whether `total` is the sum, or the sum of the digits without points and signs as the standard's note has it."""
        try:
            number = Decimal(total)
        except InvalidOperation:
            return True  # reported as an element already
        return number in (self._sum, self._sum % _HASH_MODULUS, self._digits % _HASH_MODULUS, self._digits)
