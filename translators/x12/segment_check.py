"""The exact check of one segment: every element, component and repetition, and the relational notes between them.

Plainly written: it alone makes element findings. The compiled checks of the fast path may only say "nothing wrong" where this
says so too.

Source: X12.6 clauses on simple and composite data structures, repetition and conditions; 997 element 723.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from translators.findings import Finding, Position, Severity
from translators.x12.definitions import ElementDefinition, RelationalNote, SegmentDefinition
from translators.x12.elements import complaint_of, length_of
from translators.x12.finding_codes import finding
from translators.x12.model import Segment, Separators, text_of

_FREE_TEXT_CHARACTERS = 55  # element 166, address: the shortest that is free; identifiers end at 50
_SHOWN_CHARACTERS = 60  # a value in a sentence is cut here, so that a run-away element does not fill the screen


@dataclass(frozen=True, slots=True)
class Place:
    """Where a segment stands: what a finding in it needs to say so."""

    number: int
    loop: str
    offset: int

    def at(
        self, segment_id: str, element: int | None = None, component: int | None = None, repetition: int | None = None
    ) -> Position:
        """Return the position of an element of the segment here."""
        return Position(self.number, segment_id, self.loop, element, component, repetition, self.offset)


def shown(value: str) -> str:
    """Return `value` as a sentence quotes it."""
    text = text_of(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def check_segment(
    segment: Segment, definition: SegmentDefinition, separators: Separators, place: Place, guide: str = ""
) -> Iterator[Finding]:
    """Yield every finding of `segment`, in element order, relational notes last."""
    elements = definition.elements
    for position, element in enumerate(elements, 1):
        value = segment[position] if position < len(segment) else ""
        if value:
            yield from _check_element(value, element, separators, _At(segment[0], position, place), guide)
        elif element.is_mandatory:
            yield _missing(element, _At(segment[0], position, place), guide)
    beyond = [p for p in range(len(elements) + 1, len(segment)) if segment[p]]
    if beyond:
        position = beyond[0]
        yield finding(
            "X12-ELEMENTS-TOO-MANY",
            f"{segment[0]} has {beyond[-1]} elements where {len(elements)} are defined.",
            position=place.at(segment[0], position),
            value=segment[position],
        )
    for note in definition.notes:
        yield from _check_note(segment, note, definition, place)


@dataclass(frozen=True, slots=True)
class _At:
    segment_id: str
    element: int
    place: Place
    component: int | None = None
    repetition: int | None = None

    def position(self) -> Position:
        return self.place.at(self.segment_id, self.element, self.component, self.repetition)

    def name(self) -> str:
        return f"{self.segment_id}{self.element:02d}" + (f"-{self.component}" if self.component else "")


def _missing(element: ElementDefinition, at: _At, guide: str) -> Finding:
    if element.is_mandatory_by_guide:
        return finding(
            "X12-GUIDE-ELEMENT-MISSING",
            f"{at.name()} ({element.name}) is missing; the guide asks for it.",
            position=at.position(),
            reference=element.guide.page or guide,
            x12_code="I9" if element.guide.is_dependent else None,
        )
    return finding(
        "X12-ELEMENT-MISSING", f"{at.name()} ({element.name}) is missing; it is mandatory.", position=at.position()
    )


def _check_element(
    value: str, element: ElementDefinition, separators: Separators, at: _At, guide: str
) -> Iterator[Finding]:
    if element.is_forbidden:
        yield finding(
            "X12-GUIDE-ELEMENT",
            f"{at.name()} ({element.name}) is {shown(value)}; the guide does not use it.",
            position=at.position(),
            value=value,
            reference=element.guide.page or guide,
            x12_code="I13" if element.guide.is_dependent else None,
        )
    repetition = separators.repetition
    if not repetition or repetition not in value:
        yield from _check_repetition(value, element, separators, at, guide)
        return
    values = value.split(repetition)
    is_text = element.repeats == 1 and _is_free_text(element)
    if element.repeats is not None and len(values) > element.repeats:
        yield finding(
            "X12-REPETITIONS-TOO-MANY",
            f"{at.name()} ({element.name}) repeats {len(values)} times where {element.repeats} are allowed.",
            position=_At(at.segment_id, at.element, at.place, None, element.repeats + 1).position(),
            value=value,
            severity=Severity.WARNING if is_text else None,
        )
        if is_text:
            yield from _check_repetition(value, element, separators, at, guide)
        if element.repeats == 1:
            # The separator is more likely a character of the value than a repetition: one finding says it.
            return
        values = values[: element.repeats]
    for index, part in enumerate(values, 1):
        if part:
            yield from _check_repetition(
                part, element, separators, _At(at.segment_id, at.element, at.place, None, index), guide
            )


def _check_repetition(
    value: str, element: ElementDefinition, separators: Separators, at: _At, guide: str
) -> Iterator[Finding]:
    component = separators.component
    parts = value.split(component) if component else [value]
    defined = element.components
    if not defined:
        if len(parts) > 1:
            yield finding(
                "X12-COMPONENTS-TOO-MANY",
                f"{at.name()} ({element.name}) is {shown(value)}, which holds the component separator; it has no components.",
                position=_At(at.segment_id, at.element, at.place, 2, at.repetition).position(),
                value=value,
                # In free text it is a character the sender did not know to be a separator: 9:00.
                severity=Severity.WARNING if _is_free_text(element) else None,
            )
            if not _is_free_text(element):
                return
        yield from _check_value(value, element, at, guide)
        return
    for index, part in enumerate(defined, 1):
        text = parts[index - 1] if index <= len(parts) else ""
        here = _At(at.segment_id, at.element, at.place, index, at.repetition)
        if text:
            if part.is_forbidden:
                yield from _check_element(text, part, Separators("", "", "", ""), here, guide)
            else:
                yield from _check_value(text, part, here, guide)
        elif part.is_mandatory:
            yield _missing(part, here, guide)
    if len(parts) > len(defined):
        yield finding(
            "X12-COMPONENTS-TOO-MANY",
            f"{at.name()} ({element.name}) has {len(parts)} components where {len(defined)} are defined.",
            position=_At(at.segment_id, at.element, at.place, len(defined) + 1, at.repetition).position(),
            value=value,
        )


def _is_free_text(element: ElementDefinition) -> bool:
    """Return whether people write the element as they like: names, addresses, messages; no identifier is that long."""
    return element.kind == "AN" and element.longest >= _FREE_TEXT_CHARACTERS


_REASONS = {
    "X12-ELEMENT-CHARACTER": "is {value}, which {kind} does not allow",
    "X12-ELEMENT-TOO-SHORT": "is {value}: {length} long where {shortest} are the least",
    "X12-ELEMENT-TOO-LONG": "is {value}: {length} long where {longest} are the most",
    "X12-ELEMENT-PADDED": "is {value}, padded with blanks beyond {longest}",
    "X12-ELEMENT-BLANK": "holds nothing but blanks",
    "X12-ELEMENT-DATE": "is {value}, which is no date",
    "X12-ELEMENT-TIME": "is {value}, which is no time",
    "X12-CODE-UNKNOWN": "is {value}, which is not in the list of element {number}",
    "X12-CODE-UNLISTED": "is {value}, which is not in our list of element {number}",
    "X12-CODE-UNCONFIRMED": "is {value}, which is not in our list of element {number}",
    "X12-GUIDE-CODE": "is {value}, which is not among the guide's codes",
}

_KINDS = {
    "AN": "text",
    "ID": "a code",
    "R": "a decimal number",
    "DT": "a date",
    "TM": "a time",
}


def _check_value(value: str, element: ElementDefinition, at: _At, guide: str) -> Iterator[Finding]:
    code = complaint_of(value, element)
    if not code:
        return
    reason = _REASONS[code].format(
        value=shown(value),
        kind=_KINDS.get(element.kind, "a whole number with implied decimals"),
        length=length_of(value, element.kind),
        shortest=element.shortest,
        longest=element.longest,
        number=element.number,
    )
    yield finding(
        code,
        f"{at.name()} ({element.name}) {reason}.",
        position=at.position(),
        value=value,
        # Text needs one character that is no blank (X12.6): where it is mandatory, blanks are no value.
        severity=Severity.ERROR if code == "X12-ELEMENT-BLANK" and element.is_mandatory else None,
        reference=(element.guide.page or guide) if code == "X12-GUIDE-CODE" else "",
    )


def _check_note(
    segment: Segment, note: RelationalNote, definition: SegmentDefinition, place: Place
) -> Iterator[Finding]:
    here = [p for p in note.positions if p < len(segment) and segment[p]]
    away = [p for p in note.positions if p not in here]
    missing, sentence = _RULES[note.kind](here, away, note.positions[0])
    names = ", ".join(f"{p:02d}" for p in note.positions)
    for position in missing:
        element = definition.elements[position - 1]
        excluded = note.kind == "E"
        yield finding(
            "X12-ELEMENT-EXCLUDED" if excluded else "X12-ELEMENT-NEEDED",
            f"{segment[0]}{position:02d} ({element.name}) {sentence.format(names=names, first=note.positions[0])}.",
            position=place.at(segment[0], position),
            value=segment[position] if excluded else "",
            reference=note.kind + "".join(f"{p:02d}" for p in note.positions),
        )


_Rule = tuple[list[int], str]


def _paired(here: list[int], away: list[int], _first: int) -> _Rule:
    return (away if here else []), "is missing: of elements {names}, all or none are sent"


def _required(here: list[int], away: list[int], _first: int) -> _Rule:
    return ([] if here else away[:1]), "is missing: at least one of elements {names} must be sent"


def _exclusive(here: list[int], _away: list[int], _first: int) -> _Rule:
    return here[1:], "is one too many: only one of elements {names} may be sent"


def _conditional(here: list[int], away: list[int], first: int) -> _Rule:
    return (away if first in here else []), "is missing: element {first:02d} calls for it"


def _list_conditional(here: list[int], away: list[int], first: int) -> _Rule:
    return (away[:1] if here == [first] else []), "is missing: element {first:02d} calls for one of elements {names}"


_RULES = {"P": _paired, "R": _required, "E": _exclusive, "C": _conditional, "L": _list_conditional}
