"""Acknowledgments that we receive: a 997 or 999, read into what the partner says of each set, in words.

Source: 997 (AK1-AK9) and 999 (IK3-IK5, CTX); elements 715, 716, 717, 718, 720, 723, 618, 620, 621.
"""

from __future__ import annotations

from dataclasses import dataclass

from translators.findings import Finding, Level, Position, Severity
from translators.x12.acknowledgment_words import ELEMENT_WORDS, GROUP_WORDS, SEGMENT_WORDS, SET_WORDS
from translators.x12.model import Loop, Segment, Separators, text_of

_CODE = {
    Level.SEGMENT: "X12-REPORTED-SEGMENT",
    Level.ELEMENT: "X12-REPORTED-ELEMENT",
    Level.SET: "X12-REPORTED-SET",
    Level.GROUP: "X12-REPORTED-GROUP",
}


@dataclass(frozen=True, slots=True)
class SetAcknowledgment:
    """What the partner says of one set that we sent."""

    set_id: str  # AK201
    control_number: str  # AK202
    code: str  # AK501: A, E, M, R, W, X
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupAcknowledgment:
    """What the partner says of one group that we sent."""

    functional_id: str  # AK101
    control_number: str  # AK102
    code: str  # AK901: A, E, P, R
    sets: tuple[SetAcknowledgment, ...]
    included: int  # AK902
    received: int  # AK903
    accepted: int  # AK904
    findings: tuple[Finding, ...] = ()


def read_functional_acknowledgment(tree: Loop, separators: Separators) -> tuple[GroupAcknowledgment, ...]:
    """Return what the 997 or 999 in `tree` says.

    Args:
        tree: of the set as read, or the segments in any loops: only their order counts.
        separators: of the interchange it came in.
    """
    segments = [s for _, s in sorted(_numbered(tree), key=lambda pair: pair[0])]
    groups: list[GroupAcknowledgment] = []
    current: _Group | None = None
    for segment in segments:
        if segment[0] == "AK1":
            if current is not None:
                groups.append(current.done([]))
            current = _Group(segment, separators)
        elif current is not None and segment[0] == "AK9":
            groups.append(current.done(segment))
            current = None
        elif current is not None:
            current.take(segment)
    if current is not None:
        groups.append(current.done([]))
    return tuple(groups)


def _numbered(tree: Loop) -> list[tuple[int, Segment]]:
    # Trees made by hand carry no numbers: their order is the order of the walk.
    numbered: list[tuple[int, Segment]] = []
    for loop in tree.walk():
        for index, segment in enumerate(loop.segments):
            number = loop.numbers[index] if index < len(loop.numbers) else len(numbered)
            numbered.append((number, segment))
    return numbered


def _at(segment: Segment, position: int) -> str:
    return segment[position].strip() if position < len(segment) else ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class _Group:
    def __init__(self, ak1: Segment, separators: Separators) -> None:
        self._ak1 = ak1
        self._separators = separators
        self._sets: list[SetAcknowledgment] = []
        self._set: Segment | None = None
        self._findings: list[Finding] = []
        self._position = Position()
        self._segment_code = ""

    def take(self, segment: Segment) -> None:
        taken = _TAKEN.get(segment[0])
        if taken is not None:
            taken(self, segment)

    def done(self, ak9: Segment) -> GroupAcknowledgment:
        self._end_set([])
        code = _at(ak9, 1)
        severity = Severity.ERROR if code not in ("A", "E", "P") else Severity.WARNING
        findings = tuple(
            _reported(
                Level.GROUP, reason, Position(), f"the group: {GROUP_WORDS.get(reason, f'code {reason}')}", "", severity
            )
            for reason in (_at(ak9, n) for n in range(5, 10))
            if reason
        )
        return GroupAcknowledgment(
            _at(self._ak1, 1),
            _at(self._ak1, 2),
            code,
            tuple(self._sets),
            _number(_at(ak9, 2)),
            _number(_at(ak9, 3)),
            _number(_at(ak9, 4)),
            findings,
        )

    def _ak2(self, segment: Segment) -> None:
        self._end_set([])
        self._set = segment

    def _ak3(self, segment: Segment) -> None:
        self._end_segment()
        self._position = Position(_number(_at(segment, 2)) or None, _at(segment, 1), _at(segment, 3))
        self._segment_code = _at(segment, 4)

    def _ak4(self, segment: Segment) -> None:
        if self._segment_code == "8":
            self._segment_code = ""  # "has data element errors": its AK4 say which
        parts = _at(segment, 1).split(self._separators.component) if self._separators.component else [_at(segment, 1)]
        numbers = [_number(p) or None for p in (*parts[:3], "", "")]
        at = self._position
        position = Position(at.segment_number, at.segment_id, at.loop, numbers[0], numbers[1], numbers[2])
        code, value = _at(segment, 3), _at(segment, 4)
        words = ELEMENT_WORDS.get(code, f"code {code}")
        said = f"{text_of(value)}: {words}" if value else words
        place = f"{position.segment_id} element {position.element or '?'}"
        if position.component:
            place += f" component {position.component}"
        self._findings.append(
            _reported(Level.ELEMENT, code, position, f"{_where(position)}: {said}; {place}", value, Severity.ERROR)
        )

    def _ak5(self, segment: Segment) -> None:
        self._end_set(segment)

    def _end_segment(self) -> None:
        if self._segment_code:
            position = self._position
            words = SEGMENT_WORDS.get(self._segment_code, f"code {self._segment_code}")
            self._findings.append(
                _reported(
                    Level.SEGMENT,
                    self._segment_code,
                    position,
                    f"{_where(position)}: {position.segment_id} {words}",
                    "",
                    Severity.ERROR,
                )
            )
        self._segment_code = ""

    def _end_set(self, ak5: Segment) -> None:
        self._end_segment()
        if self._set is None:
            return
        code = _at(ak5, 1)
        reasons = [r for r in (_at(ak5, n) for n in range(2, 7)) if r and r not in ("5", "I5")]
        found = self._findings + [
            _reported(
                Level.SET, r, Position(), f"the transaction set: {SET_WORDS.get(r, f'code {r}')}", "", Severity.ERROR
            )
            for r in reasons
        ]
        if code in ("A", "E"):
            found = [_softened(f) for f in found]
        self._sets.append(SetAcknowledgment(_at(self._set, 1), _at(self._set, 2), code, tuple(found)))
        self._set = None
        self._findings = []


_TAKEN = {
    "AK2": _Group._ak2,  # noqa: SLF001  the table belongs to the class
    "AK3": _Group._ak3,  # noqa: SLF001
    "IK3": _Group._ak3,  # noqa: SLF001
    "AK4": _Group._ak4,  # noqa: SLF001
    "IK4": _Group._ak4,  # noqa: SLF001
    "AK5": _Group._ak5,  # noqa: SLF001
    "IK5": _Group._ak5,  # noqa: SLF001
}


def _where(position: Position) -> str:
    return f"segment {position.segment_number}" if position.segment_number else "a segment"


def _reported(level: Level, code: str, position: Position, sentence: str, value: str, severity: Severity) -> Finding:
    return Finding(_CODE[level], f"{sentence}.", severity, level, position, value, code)


def _softened(found: Finding) -> Finding:
    return Finding(
        found.code, found.sentence, Severity.WARNING, found.level, found.position, found.value, found.x12_code
    )
