"""Where each canonical field stood on the wire: noted by generated code while it reads, put into words when somebody asks.

A generated function leaves one record for each object it reads: what was read, one bit for each place, and the segments it was read
from. `Notes` knows what the bits mean. That costs a fiftieth of what the words cost.
"""

from __future__ import annotations

from typing import Any

from translators.x12.model import Loop, Segment

BITS = "b"  # the variable of a generated function that holds what was read
_CACHED = 10_000  # a hostile file may have objects of any shape
_SEGMENTS_FROM = 3  # of a record: notes, canonical path, bits (or bits and pairs), then what the notes named

Record = tuple[Any, ...]
Places = list[
    tuple[int, list[tuple[str, str]]]
]  # place of a segment in a record -> canonical paths and elements (":PO1:2")


class Notes:
    """What the records of one generated function mean."""

    def __init__(self) -> None:
        self.variables: list[str] = []  # segments; then, by write, the lists of places of texts
        self.pairs: list[tuple[str, int, str, str, int]] = []  # variable of bits, segment, list, field, first element
        self.texts: list[tuple[str, str]] = []  # variable, canonical path of the list
        self.qualified: list[tuple[str, int, str]] = []  # variable, segment, canonical path before the field
        self._values: list[tuple[str, int, str]] = []  # canonical path, segment, element, by bit
        self._ids: dict[int, str] = {}
        self._known: dict[Any, Places] = {}

    def value(self, path: str, segment: str, id: str, element: int) -> str:
        """Return the statement that notes a value read from an element of the segment in variable `segment`."""
        self._values.append((path, self._segment(segment, id), f":{id}:{element}"))
        return f"{BITS} |= {1 << len(self._values) - 1}"

    def _segment(self, variable: str, id: str) -> int:
        if variable not in self.variables:
            self.variables.append(variable)
            self._ids[self.variables.index(variable)] = id
        return self.variables.index(variable) + _SEGMENTS_FROM

    def pair_list(self, bits: str, segment: str, id: str, path: str, field: str, start: int) -> None:
        """Note that `bits` holds the elements that pairs were read from."""
        self.pairs.append((bits, self._segment(segment, id), path, field, start))

    def text_list(self, variable: str, path: str) -> None:
        """Note that `variable` holds the segments and elements that texts were read from, or None."""
        self.texts.append((variable, path))

    def qualified_fields(self, variable: str, segment: str, id: str, path: str) -> None:
        """Note that `variable` holds the element each field was read from, by name, or None."""
        self.qualified.append((variable, self._segment(segment, id), path))

    def starts(self) -> list[str]:
        """Return the statements that a function begins with."""
        return [
            f"{BITS} = 0",
            *(f"{bits} = 0" for bits, *_rest in self.pairs),
            *(f"{variable} = None" for variable in self._lists()),
        ]

    def record(self, notes: str, at: str) -> str:
        """Return the expression of a record; `notes` names this object in the source, `at` the canonical path."""
        bits = f"({', '.join([BITS, *(b for b, *_rest in self.pairs)])})" if self.pairs else BITS
        return f"({', '.join([notes, at, bits, *self.variables, *self._lists()])})"

    def _lists(self) -> list[str]:
        return [*(text[0] for text in self.texts), *(fields[0] for fields in self.qualified)]

    def put_into_words(self, record: Record, numbers: dict[int, str], found: dict[str, str]) -> None:
        """Add the positions that `record` stands for to `found`; `numbers` are the segments', by id."""
        at, bits = record[1], record[2]
        known = self._known.get(bits)
        if known is None:
            known = self._meaning(bits)
            if len(self._known) < _CACHED:
                self._known[bits] = known
        for segment, places in known:
            number = numbers[id(record[segment])]
            for path, element in places:
                found[at + path] = number + element
        if self.texts or self.qualified:
            self._put_lists_into_words(record, numbers, found)

    def _put_lists_into_words(self, record: Record, numbers: dict[int, str], found: dict[str, str]) -> None:
        at, rest = record[1], _SEGMENTS_FROM + len(self.variables)
        for place, (_variable, path) in enumerate(self.texts, rest):
            for index, (segment, element) in enumerate(record[place] or ()):
                found[f"{at}{path}/{index}"] = f"{numbers[id(segment)]}:{segment[0]}:{element}"
        for place, (_variable, index, path) in enumerate(self.qualified, rest + len(self.texts)):
            segment = record[index]
            for name, element in (record[place] or {}).items():
                found[f"{at}{path}{name}"] = f"{numbers[id(segment)]}:{segment[0]}:{element}"

    def _meaning(self, bits: Any) -> Places:
        """Return all that `bits` say."""
        first, *more = bits if self.pairs else (bits,)
        found = [value for bit, value in enumerate(self._values) if first >> bit & 1]
        for used, (_bits, segment, path, field, start) in zip(more, self.pairs, strict=True):
            elements = [e for e in range(start, used.bit_length(), 2) if used >> e & 2]
            id = self._ids[segment - _SEGMENTS_FROM]
            found += [(f"{path}/{n}/{field}", segment, f":{id}:{e + 1}") for n, e in enumerate(elements)]
        segments = dict.fromkeys(segment for _path, segment, _element in found)
        return [(s, [(path, element) for path, at, element in found if at == s]) for s in segments]


class _InWords:
    """Positions that the exact reader found: they are words already."""

    def put_into_words(self, record: Record, _numbers: dict[int, str], found: dict[str, str]) -> None:
        """Add the positions in `record`."""
        found.update(record[1])


IN_WORDS = _InWords()


def positions_in_words(records: list[Record], tree: Loop) -> dict[str, str]:
    """Return canonical path -> wire position for all `records` of a reading of `tree`."""
    segments: list[Segment] = []
    counted: list[int] = []
    loops = [tree]
    while loops:
        loop = loops.pop()
        segments += loop.segments
        counted += loop.numbers
        loops += loop.loops
    numbers = dict(zip(map(id, segments), map(str, counted), strict=True))
    found: dict[str, str] = {}
    for record in records:
        record[0].put_into_words(record, numbers, found)
    return found
