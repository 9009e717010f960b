"""The hierarchical levels of one set: HL numbers are unique, a parent came before, HL04 tells whether children follow.

Numbers that count 1, 2, 3 take a few bytes each; others are remembered by name.

Source: X12.22 elements 628, 734, 735, 736.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from translators.findings import Finding
from translators.x12.finding_codes import finding
from translators.x12.model import Segment
from translators.x12.segment_check import Place, shown

# What HL04 of a level claimed, and whether that was settled by a child.
_SILENT, _HAS_CHILDREN, _HAS_NONE, _SETTLED = range(4)
_CLAIMS = {"1": _HAS_CHILDREN, "0": _HAS_NONE}
_NUMBER_LIMIT = 10**9
_REMEMBERED_LIMIT = (
    200_000  # levels named otherwise than 1, 2, 3: some 20 MB; beyond it a name that comes twice is not told
)


class Levels:
    """HL segments while a set goes by."""

    def __init__(self) -> None:
        # By HL number, from 1: what was claimed, and where (segment number, offset).
        self._claims = bytearray(b"\0")
        self._numbers = array("L", [0])
        self._offsets = array("Q", [0])
        self._others: dict[str, None] = {}
        self._is_ordered = True

    def take(self, segment: Segment, place: Place) -> Iterator[Finding]:
        """Take one HL; yield what is wrong with it."""
        number, parent, _, child = (*segment[1:5], "", "", "", "")[:4]
        index = self._index(parent)
        if parent and index is None and parent not in self._others:
            yield finding(
                "X12-HL-PARENT",
                f"HL02 is {shown(parent)}; no level of that number came before.",
                position=place.at("HL", 2),
                value=parent,
            )
        yield from self._take_number(number, child, place)
        if index is not None:
            if self._claims[index] == _HAS_NONE:
                yield self._child(index, "0", f"HL04 of level {index} is 0, but level {shown(number)} is its child.")
            self._claims[index] = _SETTLED

    def take_rows(self, rows: list[tuple[int, Segment]], offsets: list[int], *, is_over: bool) -> bool:
        """Take many HL (segment number, HL) with their offsets, the last of the set if `is_over`; return whether all is as usual.

        When something is, nothing was taken.
        """
        if self._others:
            return False
        claims = self._claims
        first = last = len(claims) - 1
        settled: list[tuple[int, int]] = []
        parents: set[str] = set()  # siblings name the same one
        for _, row in rows:
            last += 1
            if row[1] != str(last):
                break
            size = len(row)
            parent = row[2] if size > 2 else ""
            if parent and parent not in parents:
                index = self._index(parent)
                if index is None or claims[index] == _HAS_NONE:
                    break
                parents.add(parent)
                settled.append((index, claims[index]))
                claims[index] = _SETTLED
            claims.append(_CLAIMS.get(row[4], _SILENT) if size > 4 else _SILENT)
        else:
            if not (is_over and _HAS_CHILDREN in claims):
                self._numbers.extend([n for n, _ in rows])
                self._offsets.extend(offsets)
                return True
        for index, claim in reversed(settled):
            claims[index] = claim
        del claims[first + 1 :]
        return False

    def finish(self) -> Iterator[Finding]:
        """Yield the levels that claimed children and have none."""
        index = self._claims.find(_HAS_CHILDREN)
        while index >= 0:
            yield self._child(index, "1", f"HL04 of level {index} is 1, but no child of it followed.")
            index = self._claims.find(_HAS_CHILDREN, index + 1)

    def _child(self, index: int, claimed: str, sentence: str) -> Finding:
        position = Place(self._numbers[index], "HL", self._offsets[index]).at("HL", 4)
        return finding("X12-HL-CHILD", sentence, position=position, value=claimed)

    def _index(self, number: str) -> int | None:
        """Return `number` as an index of a level that came, None when it is none."""
        if not (number.isascii() and number.isdecimal() and number[0] != "0" and len(number) < 10):
            return None
        return int(number) if int(number) < len(self._claims) else None

    def _take_number(self, number: str, child: str, place: Place) -> Iterator[Finding]:
        if number == str(len(self._claims)) and len(self._claims) < _NUMBER_LIMIT:
            self._claims.append(_CLAIMS.get(child, _SILENT))
            self._numbers.append(place.number)
            self._offsets.append(place.offset)
        elif number and (self._index(number) is not None or number in self._others):
            yield finding(
                "X12-HL-NUMBER", f"HL01 is {shown(number)} a second time.", position=place.at("HL", 1), value=number
            )
        elif number:
            if len(self._others) < _REMEMBERED_LIMIT:
                self._others[number] = None
            if self._is_ordered:
                self._is_ordered = False
                yield finding(
                    "X12-HL-ORDER",
                    f"HL01 is {shown(number)} where {len(self._claims)} is next.",
                    position=place.at("HL", 1),
                    value=number,
                )
