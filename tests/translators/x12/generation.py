"""Valid transaction sets made from the definitions themselves, for properties and fuzz campaigns.

Everything is drawn from one `random.Random`, so that a seed, or hypothesis, decides all of it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from translators.x12.definition_files import release_definition, set_definition
from translators.x12.definitions import (
    ElementDefinition,
    LoopUse,
    RelationalNote,
    ReleaseDefinition,
    SegmentDefinition,
    SegmentUse,
    SetDefinition,
)
from translators.x12.functional_ids import FUNCTIONAL_IDS
from translators.x12.model import Catalogue, Segment
from translators.x12.policy import DEFAULT_POLICY
from translators.x12.totals import LINES

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_TEXT = _LETTERS + _LETTERS.lower() + " .,-/&()#"


class Generator:
    """Makes bodies of one set of one release."""

    def __init__(self, catalogue: Catalogue, release: str, set_id: str, rng: random.Random, richness: float) -> None:
        definition = set_definition(catalogue, release, set_id, DEFAULT_POLICY)
        dictionary = release_definition(catalogue, release, DEFAULT_POLICY)
        assert definition is not None
        assert dictionary is not None
        self.definition: SetDefinition = definition
        self.dictionary: ReleaseDefinition = dictionary
        self._rng = rng
        self._richness = richness
        self._levels = 0

    def segments(self) -> list[Segment]:
        """Return ST to SE of a valid set."""
        set_id = self.definition.id
        body = list(self._loop(self.definition.root))
        self._fit_totals(body)
        self._fit_levels(body)
        self._fit_bounds(body)
        return [["ST", set_id, "0001"], *body, ["SE", str(len(body) + 2), "0001"]]

    def _loop(self, loop: LoopUse) -> Iterator[Segment]:
        for item in loop.items:
            times = 1 if item.is_mandatory else int(self._rng.random() < self._richness)
            if times and (item.most is None or item.most > 1) and self._rng.random() < 0.3:
                times = min(item.most or 9, self._rng.randint(1, 3))
            for _ in range(times):
                if isinstance(item, LoopUse):
                    yield from self._bounded(item) if item.first_id == "LS" else self._loop(item)
                elif item.id not in ("ST", "SE"):
                    yield self.segment(item)

    def _bounded(self, loop: LoopUse) -> Iterator[Segment]:
        """Yield a loop between LS and LE; LS01 names it."""
        for segment in self._loop(loop):
            if segment[0] == "LS":
                segment[1] = loop.items[1].first_id
            yield segment

    def segment(self, use: SegmentUse) -> Segment:
        """Return a valid segment."""
        definition = use.definition or self.dictionary.segment(use.id)
        assert definition is not None
        values = [
            self._element(e) if e.is_mandatory or self._rng.random() < self._richness else ""
            for e in definition.elements
        ]
        self._repair_all(definition, values)
        if not any(values):
            values[0] = self._element(definition.elements[0])
            self._repair_all(definition, values)
        segment = [use.id, *values]
        while len(segment) > 1 and not segment[-1]:
            segment.pop()
        return segment

    def _repair_all(self, definition: SegmentDefinition, values: list[str]) -> None:
        for _ in range(20):
            changes = [self._repair(note, values, definition) for note in definition.notes]
            if not any(changes):
                return

    def _repair(self, note: RelationalNote, values: list[str], definition: SegmentDefinition) -> bool:
        """Make `values` obey `note`; return whether something had to change."""
        here = [p for p in note.positions if values[p - 1]]
        away = [p for p in note.positions if not values[p - 1]]
        add: list[int] = []
        drop: list[int] = []
        if note.kind == "P" and here and away:
            add = away
        elif note.kind == "R" and not here:
            add = away[:1]
        elif note.kind == "E" and len(here) > 1:
            drop = here[1:]
        elif note.kind == "C" and note.positions[0] in here:
            add = away
        elif note.kind == "L" and here == [note.positions[0]]:
            add = away[:1]
        for position in add:
            values[position - 1] = self._element(definition.elements[position - 1])
        for position in drop:
            values[position - 1] = ""
        return bool(add or drop)

    def _element(self, element: ElementDefinition) -> str:
        if element.components:
            parts = [self._value(c) if c.is_mandatory or i == 0 else "" for i, c in enumerate(element.components)]
            while not parts[-1]:
                parts.pop()
            return ">".join(parts)
        return self._value(element)

    def _value(self, element: ElementDefinition) -> str:
        rng = self._rng
        if element.kind == "ID" and element.codes:
            fitting = sorted(c for c in element.codes if element.shortest <= len(c) <= element.longest)
            return rng.choice(fitting)
        if element.kind == "DT":
            date = f"20{rng.randint(0, 99):02d}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
            return date if element.longest >= 8 else date[2:]
        if element.kind == "TM":
            return f"{rng.randint(0, 23):02d}{rng.randint(0, 59):02d}"
        length = rng.randint(element.shortest, min(element.longest, element.shortest + 12))
        if element.kind == "R":
            digits = "".join(rng.choice("123456789") for _ in range(length))
            return f"{digits[:-2]}.{digits[-2:]}" if length > 3 and rng.random() < 0.4 else digits
        if element.kind.startswith("N"):
            return "".join(rng.choice("123456789") for _ in range(length))
        if element.kind == "ID":
            return "".join(rng.choice(_LETTERS) for _ in range(length))
        inner = "".join(rng.choice(_TEXT) for _ in range(max(length - 2, 0)))
        return (rng.choice(_LETTERS) + inner + rng.choice(_LETTERS))[:length] if length > 1 else rng.choice(_LETTERS)

    def _fit_totals(self, body: list[Segment]) -> None:
        line, added, element = LINES.get(self.definition.id, ("", "", 0))
        if not line:
            return
        for segment in body:
            if segment[0] == added and len(segment) > element and segment[element]:
                segment[element] = str(self._rng.randint(1, 999))
        count = sum(s[0] == line for s in body)
        total = sum(int(s[element]) for s in body if s[0] == added and len(s) > element and s[element])
        for segment in body:
            if segment[0] == "CTT":
                segment[1] = str(count)
                if len(segment) > 2 and segment[2]:
                    segment[2] = str(total)

    def _fit_levels(self, body: list[Segment]) -> None:
        number = 0
        for segment in body:
            if segment[0] == "HL":
                number += 1
                parent = str(number - 1) if number > 1 else ""
                segment[1:] = [str(number), parent, "S" if number == 1 else "I"]

    def _fit_bounds(self, body: list[Segment]) -> None:
        opened = ""
        for segment in body:
            if segment[0] == "LS":
                opened = segment[1]
            elif segment[0] == "LE":
                segment[1] = opened


def interchange_of(sets: list[list[Segment]], release: str, *, line_end: str = "") -> bytes:
    """Return an interchange of one group with `sets`, all of one kind, written with `*`, `>` and `~`."""
    version = "00501" if release >= "005010" else "00401"
    group_id = FUNCTIONAL_IDS[sets[0][0][1]]
    date = "20261121" if release >= "004010" else "261121"
    standard = "^" if version == "00501" else "U"
    rows = [
        f"ISA*00*          *00*          *ZZ*ACME           *ZZ*US             *261121*0405*{standard}*{version}*000000001*0*T*>",
        f"GS*{group_id}*ACME*US*{date}*0405*1*X*{release}",
        *("*".join(segment) for segments in sets for segment in segments),
        f"GE*{len(sets)}*1",
        "IEA*1*000000001",
    ]
    return "".join(f"{row}~{line_end}" for row in rows).encode("latin-1")
