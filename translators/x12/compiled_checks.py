"""Segment checks as generated code: one boolean expression per segment and number of elements.

A check may only say "nothing wrong here" (True) where `segment_check.check_segment` finds nothing; False merely sends the segment
there. So it may be stricter, never laxer; that is the property the fuzz campaign holds. Generated on first use and kept with the release.

The caller rules out for the whole text, once, what would cost too much per value: control characters, values that begin with a
blank, and, for the plain form, component and repetition separators.
"""

from __future__ import annotations

from collections.abc import Callable

from translators.x12.definitions import ElementDefinition, RelationalNote, ReleaseDefinition, SegmentDefinition
from translators.x12.elements import complaint_of, is_date, is_time
from translators.x12.model import Segment, Separators
from translators.x12.segment_check import Place, check_segment

Check = Callable[[Segment], object]

# Values that were right once are right again. Bounded, because a hostile file may hold every date there is.
_MEMO_LIMIT = 50_000
_NOWHERE = Place(0, "", 0)


class _Memo(dict[str, bool]):
    """Remembers which values of one element are right."""

    def __init__(self, is_right: Callable[[str], bool]) -> None:
        super().__init__()
        self._is_right = is_right

    def __missing__(self, value: str) -> bool:
        right = self._is_right(value)
        if right and len(self) < _MEMO_LIMIT:
            self[value] = True
        return right


_DATES_6 = _Memo(lambda v: len(v) == 6 and is_date(v))
_DATES_8 = _Memo(lambda v: len(v) == 8 and is_date(v))
_DATES = _Memo(is_date)
_TIMES = _Memo(is_time)


def _never(_segment: Segment) -> bool:
    return False


class SegmentChecks(dict[int, Check]):
    """The checks of one segment by the length of its list; made when first asked for."""

    def __init__(self, definition: SegmentDefinition, separators: Separators | None) -> None:
        """Take `separators` only when values may hold components or repetitions."""
        super().__init__()
        self._definition = definition
        self._separators = separators

    def __missing__(self, length: int) -> Check:
        if not 1 < length <= len(self._definition.elements) + 1:
            return _never
        check = self[length] = _compiled(self._definition, length, self._separators)
        return check


def checks_of(
    release: ReleaseDefinition,
    segment_id: str,
    separators: Separators | None,
    definition: SegmentDefinition | None = None,
) -> SegmentChecks:
    """Return the checks of a segment of `release`.

    Args:
        release: whose dictionary has the segment.
        segment_id: of the segment.
        separators: None for texts that hold neither component nor repetition separators.
        definition: of the segment where a guide changes it.
    """
    found = definition or release.segment(segment_id) or SegmentDefinition(segment_id, ())
    return release.compiled((id(found), separators), lambda: SegmentChecks(found, separators))


def _compiled(definition: SegmentDefinition, length: int, separators: Separators | None) -> Check:
    names: dict[str, object] = {}
    present = definition.elements[: length - 1]
    if any(e.is_mandatory for e in definition.elements[length - 1 :]):
        return _never
    terms = []
    for index, element in enumerate(present, 1):
        term = _term(element, f"e{index}", names, separators)
        if term:
            terms.append(term)
    for note in definition.notes:
        term = _note(note, length)
        if term == "0":
            return _never
        if term:
            terms.append(term)
    if not any(e.is_mandatory for e in present):
        # A segment without any value is a finding.
        terms.append(f"({' or '.join(f'e{i}' for i in range(1, length))})")
    arguments = ", ".join(f"e{i}" for i in range(1, length))
    expression = " and ".join(terms) or "1"
    source = f"def check(segment):\n    _, {arguments} = segment\n    return {expression}\n"
    # The source is made of our own words and numbers alone: nothing of it comes from an interchange.
    exec(compile(source, f"<x12 {definition.id}/{length - 1}>", "exec"), names)  # noqa: S102
    check = names["check"]
    assert callable(check)  # noqa: S101  it was just defined
    return check


def _term(element: ElementDefinition, name: str, names: dict[str, object], separators: Separators | None) -> str:
    """Return the expression that holds when the value `name` is right, "" when every value is."""
    if element.is_forbidden:
        return f"not {name}"
    if element.components:
        return _composite(element, name, names, separators)
    term = _TERMS.get(element.kind, _whole)(element, name, names)
    if separators is not None:
        barred = [f"{s!r} not in {name}" for s in (separators.component, separators.repetition) if s]
        term = " and ".join([f"({term})" if term else "1", *barred])
    return term


def _composite(element: ElementDefinition, name: str, names: dict[str, object], separators: Separators | None) -> str:
    if separators is None:
        first, *others = element.components
        if any(c.is_mandatory for c in others):
            return "0" if element.is_mandatory else f"not {name}"
        term = f"({_term(first, name, names, None)})"
        if element.is_mandatory:
            return f"{name} and {term}"
        return f"(not {name} or {term})"
    alone = SegmentDefinition("", (element,))

    def is_right(value: str) -> bool:
        return not any(True for _ in check_segment(["", value], alone, separators, _NOWHERE))

    # Few composites are met, again and again: LB>1.
    names[f"right_{name}"] = _Memo(is_right)
    return f"right_{name}[{name}]"


def _text(element: ElementDefinition, name: str, _names: dict[str, object]) -> str:
    if element.shortest > 1:
        # Beyond ASCII a character may be two bytes, and the least is told in characters.
        term = f"{element.shortest - 1} < len({name}) < {element.longest + 1} and {name}.isascii()"
        return term if element.is_mandatory else f"(not {name} or {term})"
    return f"{'0 < ' if element.is_mandatory else ''}len({name}) < {element.longest + 1}"


def _code(element: ElementDefinition, name: str, names: dict[str, object]) -> str:
    if element.codes is None:
        return _text(element, name, names)
    # A listed code of the wrong length is a finding too.
    fitting = {c for c in element.codes if element.shortest <= len(c) <= element.longest}
    names[f"codes_{name}"] = frozenset(fitting if element.is_mandatory else fitting | {""})
    return f"{name} in codes_{name}"


def _whole(element: ElementDefinition, name: str, names: dict[str, object]) -> str:
    names[f"number_{name}"] = lambda value: not complaint_of(value, element)
    term = (
        f"({name}.isdecimal() and {element.shortest - 1} < len({name}) < {element.longest + 1}"
        f" or number_{name}({name}))"
    )
    return f"({name} and {term})" if element.is_mandatory else f"(not {name} or {term})"


def _decimal(element: ElementDefinition, name: str, names: dict[str, object]) -> str:
    names[f"number_{name}"] = lambda value: not complaint_of(value, element)
    # The point counts for nothing, so a value no longer than the limit with it is no longer without it.
    least = element.shortest if element.shortest > 1 else 0
    term = (
        f'({name}.replace(".", "", 1).isdecimal() and {least} < len({name}) < {element.longest + 1}'
        f" or number_{name}({name}))"
    )
    return f"({name} and {term})" if element.is_mandatory else f"(not {name} or {term})"


def _date(element: ElementDefinition, name: str, names: dict[str, object]) -> str:
    fixed = {(6, 6): _DATES_6, (8, 8): _DATES_8}
    memo = fixed.get((element.shortest, element.longest), _DATES)
    names["dates_" + name] = memo
    term = f"dates_{name}[{name}]"
    if memo is _DATES:
        term += f" and {element.shortest - 1} < len({name}) < {element.longest + 1}"
    return f"({name} and {term})" if element.is_mandatory else f"(not {name} or {term})"


def _time(element: ElementDefinition, name: str, names: dict[str, object]) -> str:
    names["times_" + name] = _TIMES
    term = f"times_{name}[{name}] and {element.shortest - 1} < len({name}) < {element.longest + 1}"
    return f"({name} and {term})" if element.is_mandatory else f"(not {name} or {term})"


def _binary(element: ElementDefinition, name: str, _names: dict[str, object]) -> str:
    return name if element.is_mandatory else ""


_TERMS: dict[str, Callable[[ElementDefinition, str, dict[str, object]], str]] = {
    "AN": _text,
    "ID": _code,
    "R": _decimal,
    "DT": _date,
    "TM": _time,
    "B": _binary,
}


def _note(note: RelationalNote, length: int) -> str:
    """Return the expression that holds when the relational note does, "" when it always does, "0" when it never does."""
    here = [f"e{p}" for p in note.positions if p < length]
    first = f"e{note.positions[0]}" if note.positions[0] < length else ""
    has_all = len(here) == len(note.positions)
    return _NOTES[note.kind](here, first, has_all)


def _none_of(names: list[str]) -> str:
    return f"not ({' or '.join(names)})" if names else ""


def _paired(here: list[str], _first: str, has_all: bool) -> str:
    if not has_all:
        return _none_of(here)
    return " == ".join(f"(not {n})" for n in here)


def _required(here: list[str], _first: str, _has_all: bool) -> str:
    return f"({' or '.join(here)})" if here else "0"


def _exclusive(here: list[str], _first: str, _has_all: bool) -> str:
    return f"({' + '.join(f'(not {n})' for n in here)} >= {len(here) - 1})" if len(here) > 1 else ""


def _conditional(here: list[str], first: str, has_all: bool) -> str:
    if not first:
        return ""
    if not has_all:
        return f"not {first}"
    return f"(not {first} or {' and '.join(n for n in here if n != first)})"


def _list_conditional(here: list[str], first: str, _has_all: bool) -> str:
    if not first:
        return ""
    others = [n for n in here if n != first]
    return f"(not {first} or {' or '.join(others)})" if others else f"not {first}"


_NOTES: dict[str, Callable[[list[str], str, bool], str]] = {
    "P": _paired,
    "R": _required,
    "E": _exclusive,
    "C": _conditional,
    "L": _list_conditional,
}
