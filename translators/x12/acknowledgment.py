"""Acknowledgments that we send: TA1, 997 and 999, made from findings alone.

One bad set never rejects the good ones: every set has its own AK2/AK5, and only a finding of the group itself rejects the group. The codes
are those of the release the acknowledgment is written in; a code that release lacks becomes the nearest it has.

Source: X12.5 TA1; 997 (AK1-AK9) and 999 (IK3-IK5, CTX); elements 715, 716, 717, 718, 720, 721, 723, 621.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Literal

from translators.findings import Finding, Level, Severity
from translators.x12.definition_files import release_definition, release_of
from translators.x12.definitions import ReleaseDefinition
from translators.x12.model import Catalogue, FunctionalGroup, InterchangeHeader, Segment, Separators, TransactionSet
from translators.x12.policy import DEFAULT_POLICY

_AK4_LIMIT = 99  # the 997 allows 99 AK4 per AK3
_CODES_LIMIT = 5  # AK5 and AK9 hold five codes each
_NUMBER_DIGITS = 9  # element 28; of a longer GS06 its beginning: the answer must be right where the question was not
_COUNT_LIMIT = 999_999  # AK902 has six digits; a GE01 beyond that is wrong anyway
_COPY_LIMIT_CHARACTERS = 99  # element 724
# What element 721 can name; of a longer id its first three characters. What it cannot name at all is told by AK502 "5" alone.
_SEGMENT_ID = re.compile(r"[A-Z][A-Z0-9]([A-Z0-9]|\Z)")

# Set → where it has the number that people know it by.
_BUSINESS_UNITS = {
    "810": ("BIG", 2),
    "820": ("TRN", 2),
    "824": ("BGN", 2),
    "846": ("BIA", 3),
    "850": ("BEG", 3),
    "855": ("BAK", 3),
    "856": ("BSN", 2),
    "860": ("BCH", 3),
    "865": ("BCA", 3),
    "940": ("W05", 2),
    "945": ("W06", 2),
}
_UNIT_LIMIT_CHARACTERS = 35  # CTX01-2, element 9998

_CONDITIONS = ("X12-ELEMENT-NEEDED", "X12-ELEMENT-EXCLUDED")

# A code that a release does not know → the nearest that every release knows.
_OLDER_CODES = {
    Level.ELEMENT: {
        "12": "3",
        "13": "3",
        "I10": "10",
        "I9": "1",
        "I6": "7",
        "10": "7",
        "I11": "2",
        "I12": "7",
        "I13": "10",
    },
    Level.SET: {"23": "7", "18": "6", "I5": "5"},
    Level.GROUP: {"19": "6"},
    Level.SEGMENT: {"I4": "2", "I6": "3", "I7": "3", "I8": "3", "I9": "2"},
}


@dataclass(frozen=True, slots=True)
class _Names:
    """The segments and code elements of one kind of acknowledgment."""

    segment: str
    element: str
    trailer: str
    codes: dict[Level, str]


_KINDS = {
    "997": _Names(
        "AK3", "AK4", "AK5", {Level.SEGMENT: "720", Level.ELEMENT: "723", Level.SET: "718", Level.GROUP: "716"}
    ),
    "999": _Names(
        "IK3", "IK4", "IK5", {Level.SEGMENT: "620", Level.ELEMENT: "621", Level.SET: "618", Level.GROUP: "716"}
    ),
}


def functional_acknowledgment(
    group: FunctionalGroup,
    catalogue: Catalogue,
    *,
    release: str,
    kind: Literal["997", "999"] = "997",
    separators: Separators | None = None,
) -> list[Segment]:
    """Return AK1 to AK9 for `group`, without ST and SE.

    Args:
        group: as read; its sets may come without trees, and then a 999 does not name the documents by their own numbers.
        catalogue: for the code lists of `release` and the element numbers of the sets acknowledged.
        release: that the acknowledgment is written in, usually the group's own.
        kind: "997", or "999" from 005010 on.
        separators: of the interchange the acknowledgment will stand in; a copied value that holds one of them is left out.
    """
    writer = _Writer(group, catalogue, release, kind, separators or Separators(repetition="^"))
    return writer.segments()


class _Writer:
    def __init__(
        self, group: FunctionalGroup, catalogue: Catalogue, release: str, kind: str, separators: Separators
    ) -> None:
        self._group = group
        self._kind = kind
        self._names = _KINDS[kind]
        self._written = release_definition(catalogue, release_of(release, DEFAULT_POLICY), DEFAULT_POLICY)
        self._received = release_definition(catalogue, release_of(group.header.release, DEFAULT_POLICY), DEFAULT_POLICY)
        self._long = release_of(release, DEFAULT_POLICY) >= "005010" or kind == "999"
        self._barred = {
            s for s in (separators.element, separators.component, separators.segment, separators.repetition) if s
        }
        self._component = separators.component
        definition = None if self._written is None else self._written.segment(self._names.element)
        # Before 003070 or so the place of an element is a number, then number and component, from 005010 with the repetition.
        self._place_parts = max(1, len(definition.elements[0].components) if definition else 2)

    def segments(self) -> list[Segment]:
        header = self._group.header
        number = header.control_number if header.control_number.isascii() and header.control_number.isdecimal() else "0"
        ak1 = ["AK1", self._clean(header.functional_id, 2, 2) or "ZZ", number[:_NUMBER_DIGITS]]
        out: list[Segment] = [_trimmed([*ak1, self._clean(header.release, 1, 12)]) if self._long else ak1]
        group_errors = [f for f in self._group.findings if f.level is Level.GROUP and f.x12_code]
        is_rejected = any(f.refuses for f in group_errors)
        accepted = 0
        for transaction_set in self._group.sets:
            out += self._set(transaction_set)
            accepted += transaction_set.is_accepted
        received = len(self._group.sets)
        if is_rejected:
            accepted = 0
        out.append(
            _trimmed(
                [
                    "AK9",
                    self._group_code(accepted, received, is_rejected=is_rejected),
                    str(min(self._group.sets_included, _COUNT_LIMIT)),
                    str(received),
                    str(accepted),
                    *self._codes(group_errors, Level.GROUP),
                ]
            )
        )
        return out

    def _group_code(self, accepted: int, received: int, *, is_rejected: bool) -> str:
        if is_rejected or (accepted == 0 and received):
            return "R"
        if accepted < received:
            return "P"
        has_errors = any(_is_told(f) for s in self._group.sets for f in s.findings) or any(
            _is_told(f) for f in self._group.findings
        )
        return "E" if has_errors else "A"

    def _set(self, transaction_set: TransactionSet) -> list[Segment]:
        ak2 = ["AK2", self._clean(transaction_set.id, 3, 3), self._clean(transaction_set.control_number, 4, 9)]
        if self._long and transaction_set.implementation:
            ak2.append(self._clean(transaction_set.implementation, 1, 35))
        told = [f for f in transaction_set.findings if _is_told(f)]
        out: list[Segment] = [ak2]
        of_segments = [f for f in told if f.level in (Level.SEGMENT, Level.ELEMENT)]
        unit = self._business_unit(transaction_set)
        inner = [f for f in of_segments if _SEGMENT_ID.match(f.position.segment_id)]
        inner.sort(key=lambda f: (f.position.segment_number or 0, f.position.segment_id))
        for _, found in groupby(inner, key=lambda f: (f.position.segment_number, f.position.segment_id)):
            out += self._segment(list(found), unit)
        codes = self._codes([f for f in told if f.level is Level.SET and f.x12_code], Level.SET)
        in_error = ["5"] if of_segments else []
        if self._kind == "999" and any(f.x12_code.startswith("I") for f in of_segments):
            in_error.append("I5")
        in_error = [c for c in in_error if c not in codes]
        codes = [*codes[: _CODES_LIMIT - len(in_error)], *in_error]
        code = "A" if not told else "E" if transaction_set.is_accepted else "R"
        out.append([self._names.trailer, code, *codes])
        return out

    def _business_unit(self, transaction_set: TransactionSet) -> list[Segment]:
        """Return the CTX that names the document by its own number, for whoever reads the 999 and not the interchange.

        Source: 999, CTX01 "business unit identifier": the element's place, and its value.
        """
        place = _BUSINESS_UNITS.get(transaction_set.id)
        tree = transaction_set.tree
        if self._kind != "999" or place is None or tree is None:
            return []
        segment_id, element = place
        value = next((s[element] for s in tree.segments if s[0] == segment_id and len(s) > element), "")
        copied = self._copy(value)[:_UNIT_LIMIT_CHARACTERS]
        return [["CTX", f"{segment_id}{element:02d}{self._component}{copied}"]] if copied and self._component else []

    def _segment(self, found: list[Finding], unit: list[Segment]) -> list[Segment]:
        position = found[0].position
        of_segment = list(dict.fromkeys(self._code(f, Level.SEGMENT) for f in found if f.level is Level.SEGMENT))
        of_elements = [f for f in found if f.level is Level.ELEMENT]
        loop = position.loop[:4]
        head = [self._names.segment, position.segment_id[:3], str(position.segment_number or 0), loop]
        out: list[Segment] = []
        for code in of_segment:
            if not (code == "8" and of_elements):
                out += [[*head, code], *unit]
        if of_elements:
            out += [[*head, "8"], *unit]
            for found_element in of_elements[:_AK4_LIMIT]:
                out += [self._element(found_element), *self._context(found_element)]
        return out

    def _element(self, found: Finding) -> Segment:
        position = found.position
        parts = [str(position.element or 1), str(position.component or ""), str(position.repetition or "")]
        place = self._component.join(_trimmed(parts[: self._place_parts]))
        return _trimmed(
            [
                self._names.element,
                place,
                self._number(found),
                self._code(found, Level.ELEMENT),
                self._copy(found.value),
            ]
        )

    def _context(self, found: Finding) -> list[Segment]:
        """Return the CTX that tells which element called for the missing one. Source: 999, CTX01 "SITUATIONAL TRIGGER"."""
        digits = found.reference[1:]
        if self._kind != "999" or found.code not in _CONDITIONS or not digits.isdecimal():
            return []
        involved = [int(digits[i : i + 2]) for i in range(0, len(digits), 2)]
        trigger = next((p for p in involved if p != found.position.element), None)
        if trigger is None:
            return []
        position = found.position
        segment_id, number = position.segment_id[:3], str(position.segment_number or 0)
        called = self._number(replace(found, position=replace(position, element=trigger, component=None)))
        return [_trimmed(["CTX", "SITUATIONAL TRIGGER", segment_id, number, position.loop[:4], str(trigger), called])]

    def _number(self, found: Finding) -> str:
        """Return the reference number of the element, "" when there is none (element 725 is numeric: C001 has none)."""
        position = found.position
        definition = None if self._received is None else self._received.segment(position.segment_id)
        if definition is None or position.element is None or position.element > len(definition.elements):
            return ""
        element = definition.elements[position.element - 1]
        if position.component is not None and position.component <= len(element.components):
            element = element.components[position.component - 1]
        return element.number if element.number.isdigit() else ""

    def _clean(self, value: str, shortest: int, longest: int) -> str:
        """Return `value` as an acknowledgment can carry it: an answer to a malformed number must not be malformed itself."""
        kept = "".join(c for c in value if " " < c < "\x7f" and c not in self._barred)
        return kept[:longest].rjust(shortest, "0") if kept or shortest > 2 else ""

    def _copy(self, value: str) -> str:
        if self._barred & set(value) or not value.strip() or not value.isprintable():
            return ""
        return value[:_COPY_LIMIT_CHARACTERS].strip()

    def _codes(self, found: list[Finding], level: Level) -> list[str]:
        return list(dict.fromkeys(self._code(f, level) for f in found))[:_CODES_LIMIT]

    def _code(self, found: Finding, level: Level) -> str:
        code = found.x12_code
        older = _OLDER_CODES.get(level, {})
        while code in older and not self._knows(code, level):
            code = older[code]
        return code

    def _knows(self, code: str, level: Level) -> bool:
        written: ReleaseDefinition | None = self._written
        listed = None if written is None else written.codes_of(self._names.codes[level])
        if listed is not None:
            return code in listed
        # No list of the release is known: codes with an I are the 999's own, the other late ones came with 005010.
        if code.startswith("I"):
            return self._kind == "999"
        return self._long or code not in _OLDER_CODES.get(level, {})


def _is_told(found: Finding) -> bool:
    """Return whether the partner is told of `found`."""
    return found.severity is not Severity.NOTE and bool(found.x12_code)


def _trimmed(segment: list[str]) -> list[str]:
    while len(segment) > 1 and not segment[-1]:
        segment.pop()
    return segment


def interchange_acknowledgment(header: InterchangeHeader, findings: Sequence[Finding], now: datetime) -> Segment:
    """Return the TA1 that answers the interchange of `header`.

    Args:
        header: of the interchange answered.
        findings: those of its InterchangeEnd.
        now: the time of our answer; used where the interchange has no usable date.
    """
    told = [f for f in findings if f.level is Level.INTERCHANGE and _is_told(f)]
    refusing = [f for f in told if f.refuses]
    code = "R" if refusing else "E" if told else "A"
    note = (refusing or told)[0].x12_code if told else "000"
    number = header.control_number
    return [
        "TA1",
        number.zfill(9) if number.isascii() and number.isdigit() else "000000000",
        header.date if len(header.date) == 6 and header.date.isdigit() else now.strftime("%y%m%d"),
        header.time if len(header.time) == 4 and header.time.isdigit() else now.strftime("%H%M"),
        code,
        note,
    ]
