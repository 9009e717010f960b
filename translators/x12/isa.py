"""Read the ISA: its sixteen separators are counted, never sliced, because trimmed and over-wide fields are common.

Source: X12.5 ISA; ISA11 is a repetition separator from 00402 on, before that the identifier of the standard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from translators.findings import Finding, Position, Severity
from translators.x12.elements import is_date, is_time
from translators.x12.finding_codes import finding
from translators.x12.model import InterchangeHeader, Separators
from translators.x12.segment_check import shown

# An ISA is 106 bytes; over-wide fields have been seen up to some 150. What is longer has no sixteen separators in reach.
ISA_LIMIT_BYTES = 512
# What must be seen after the ISA to tell a missing ISA16 from a terminator that is a line feed: GS has at most 60 bytes.
LOOK_AHEAD_BYTES = 120
# What of a payload an ISA is read from; the byte more tells whether the payload goes on beyond what is looked at.
WINDOW_BYTES = ISA_LIMIT_BYTES + LOOK_AHEAD_BYTES + 1

# What may begin an ISA: letters, digits and blanks cannot separate.
BEGINNING = re.compile(rb"ISA[^A-Za-z0-9 ]")

_FIRST_REPETITION_VERSION = "00402"
_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_NEXT_TAGS = (b"GS", b"TA1", b"IEA")
_TAGS_IN_ENVELOPE = (*_NEXT_TAGS, b"ST", b"GE")
_PLAIN = re.compile(r"[A-Za-z0-9 ]")

# I11: every version of the control structures that was published, 00200 to 00806.
_VERSIONS = re.compile(r"00(?:20[0-4]|30[0-7]|40[0-6]|50[0-5]|60[0-6]|70[0-6]|80[0-6])\Z")
_AUTHORIZATION = frozenset({"00", "01", "02", "03", "04", "05", "06", "07", "08"})
_SECURITY = frozenset({"00", "01"})


@dataclass(frozen=True, slots=True)
class IsaSegment:
    """An ISA as found: its elements untrimmed, its separators, its size with the terminator."""

    elements: tuple[str, ...]
    separators: Separators
    size_bytes: int
    findings: tuple[Finding, ...] = ()


class NoIsa(Exception):  # noqa: N818  a reason, not an error of ours
    """The bytes begin like an ISA and are none."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def parse_isa(data: bytes, *, is_whole: bool) -> IsaSegment | None:
    """Return the ISA at the start of `data`, None when more bytes are needed to tell.

    Args:
        data: begins with b"ISA".
        is_whole: whether no more bytes will come.

    Raises:
        NoIsa: the bytes are no ISA, however many follow.
    """
    window = data[:WINDOW_BYTES]
    if len(window) < 4:
        if is_whole:
            _refuse("X12-ISA-SHORT", "The file ends within the ISA.")
        return None
    element = window[3:4]
    if element.isalnum() or element == b" ":
        _refuse(
            "X12-ISA-SEPARATOR", f"The byte after ISA is {element.decode('latin-1')!r}, which cannot separate elements."
        )
    parts = window.split(element, 16)
    short = _fifteen(parts, element)
    if short is not None:
        return short
    if len(parts) < 17:
        if is_whole or len(data) > ISA_LIMIT_BYTES:
            _refuse("X12-ISA-SHORT", f"The ISA has not sixteen elements within {ISA_LIMIT_BYTES} bytes.")
        return None
    head = sum(len(p) + 1 for p in parts[:16])
    if head > ISA_LIMIT_BYTES:
        _refuse("X12-ISA-SHORT", f"The ISA has not sixteen elements within {ISA_LIMIT_BYTES} bytes.")
    tail = parts[16]
    if len(tail) <= LOOK_AHEAD_BYTES and not is_whole:
        return None
    # However much is here, the same is looked at: what the ISA says must not hang on how the payload was cut.
    return _with_tail(parts[1:16], element, head, tail[:LOOK_AHEAD_BYTES], is_end=len(tail) <= LOOK_AHEAD_BYTES)


def _refuse(code: str, sentence: str) -> NoReturn:
    raise NoIsa(code, sentence)


def _fifteen(parts: list[bytes], element: bytes) -> IsaSegment | None:
    """Return the ISA whose ISA16 and its separator are both missing: ISA15, terminator, GS."""
    if len(parts) < 17:
        return None
    usage = parts[15]
    for tag in _NEXT_TAGS:
        body = usage.removesuffix(tag).rstrip(b"\r\n \t") if usage.endswith(tag) else b""
        if len(body) >= 2 and not body[-1:].isalnum() and len(body) <= 3:
            return _isa(
                [*parts[1:15], body[:-1]], element, b"", body[-1:], sum(len(p) + 1 for p in parts[:15]) + len(body)
            )
    return None


def _with_tail(fields: list[bytes], element: bytes, head: int, tail: bytes, *, is_end: bool) -> IsaSegment:
    if not tail.strip():
        _refuse("X12-ISA-SHORT", "The file ends within the ISA.")
    first = tail[:1]
    rest = tail[1:].lstrip(b"\r\n \t")
    if any(rest.startswith(tag + element) for tag in _NEXT_TAGS) and _ends_segments(
        first, rest, element, is_end=is_end
    ):
        return _isa(fields, element, b"", first, head + 1)
    if len(tail) < 2:
        # ISA16 and nothing else: no terminator was ever sent.
        return _isa(fields, element, b"", first, head + 1)
    return _isa(fields, element, first, tail[1:2], head + 2)


def _ends_segments(first: bytes, rest: bytes, element: bytes, *, is_end: bool) -> bool:
    """Return whether `first`, which stands where ISA16 should, ends the segment `rest` begins with.

    With `is_end` the payload may end with `rest`; without it nothing after `first` tells nothing, and a component separator in a value
    may well be the last byte in view.
    """
    end = rest.find(first)
    after = rest[end + 1 :].lstrip(b"\r\n \t")
    return end >= 0 and (is_end if not after else after.startswith(tuple(tag + element for tag in _TAGS_IN_ENVELOPE)))


def _isa(fields: list[bytes], element: bytes, component: bytes, segment: bytes, size: int) -> IsaSegment:
    # A hard wrap may fall inside the ISA; a line break is no part of a value.
    elements = tuple(f.decode("latin-1").replace("\r", "").replace("\n", "") for f in (*fields, component))
    findings: list[Finding] = []
    text_element, text_component = element.decode("latin-1"), component.decode("latin-1")
    terminator = segment.decode("latin-1")
    if _PLAIN.match(terminator) or terminator == text_element:
        findings.append(finding("X12-ISA-TERMINATOR", f"The segment terminator is {terminator!r}."))
    if not text_component or _PLAIN.match(text_component) or text_component in (text_element, terminator):
        findings.append(
            finding(
                "X12-ISA-COMPONENT-SEPARATOR",
                f"ISA16 is {text_component!r}.",
                position=Position(None, "ISA", "", 16),
                value=text_component,
                # Where it is only missing, everything else can still be cut as it was meant.
                severity=None if text_component else Severity.WARNING,
            )
        )
        text_component = ""
    repetition = elements[10]
    taken = (text_element, text_component, terminator)
    has_repetition = (
        elements[11] >= _FIRST_REPETITION_VERSION
        and len(repetition) == 1
        and not _PLAIN.match(repetition)
        and repetition not in taken
    )
    separators = Separators(text_element, text_component, terminator, repetition if has_repetition else "")
    return IsaSegment(elements, separators, size, tuple(findings))


def header_of(isa: IsaSegment, offset: int) -> InterchangeHeader:
    """Return the header that the segment says."""
    e = [value.strip(" ") for value in isa.elements]
    return InterchangeHeader(
        separators=isa.separators,
        sender_qualifier=e[4],
        sender=e[5],
        receiver_qualifier=e[6],
        receiver=e[7],
        date=e[8],
        time=e[9],
        version=e[11],
        control_number=e[12],
        acknowledgment_requested=e[13] == "1",
        usage=e[14],
        offset=offset,
    )


# I05, as of 005010; 05 and 06 were never given out.
_QUALIFIERS = frozenset(
    ["01", "02", "03", "04", "07", "08", "09", "AM", "NR", "SA", "SN", "ZZ", *(str(n) for n in range(10, 39))]
)
_VERSION = re.compile(r"[0-9]{5}\Z")
_CONTROL_NUMBER = re.compile(r"[0-9]{1,9}\Z")

# Element → what it must be, the code when it is not. In the order of TA105, the worst first where two name one cause.
_RULES = (
    (1, lambda v: v in _AUTHORIZATION, "X12-ISA-AUTHORIZATION"),
    (3, lambda v: v in _SECURITY, "X12-ISA-SECURITY"),
    (5, lambda v: v in _QUALIFIERS, "X12-ISA-SENDER-QUALIFIER"),
    (6, bool, "X12-ISA-SENDER"),
    (7, lambda v: v in _QUALIFIERS, "X12-ISA-RECEIVER-QUALIFIER"),
    (8, bool, "X12-ISA-RECEIVER"),
    (9, lambda v: len(v) == 6 and is_date(v), "X12-ISA-DATE"),
    (10, lambda v: len(v) == 4 and is_time(v), "X12-ISA-TIME"),
    (12, lambda v: bool(_VERSION.match(v)), "X12-ISA-VERSION"),
    (13, lambda v: bool(_CONTROL_NUMBER.match(v)), "X12-ISA-CONTROL-NUMBER"),
    (14, lambda v: v in ("0", "1"), "X12-ISA-ACKNOWLEDGMENT"),
    (15, lambda v: v in ("P", "T", "I"), "X12-ISA-USAGE"),
)


def check_isa(isa: IsaSegment, offset: int) -> Iterator[Finding]:
    """Yield what is wrong with the ISA."""
    yield from isa.findings
    for element, is_right, code in _RULES:
        value = isa.elements[element - 1]
        if not is_right(value.strip(" ")):
            yield finding(
                code,
                f"ISA{element:02d} is {shown(value)!r}.",
                position=Position(None, "ISA", "", element, offset=offset),
                value=value,
            )
    yield from _check_values(isa, offset)
    wrong = [
        f"ISA{n:02d}"
        for n, (value, width) in enumerate(zip(isa.elements, _WIDTHS, strict=True), 1)
        if len(value) != width and n != 16
    ]
    if wrong:
        yield finding(
            "X12-ISA-WIDTH",
            f"Not of the fixed width: {', '.join(wrong)}.",
            position=Position(None, "ISA", offset=offset),
        )


def _check_values(isa: IsaSegment, offset: int) -> Iterator[Finding]:
    """Yield what only several elements together tell: an announced value that is not there, a standard, a version."""
    e = [value.strip(" ") for value in isa.elements]
    version, standard = e[11], e[10]
    is_plain = not standard or bool(_PLAIN.match(standard))
    # From 00402 on ISA11 separates repetitions; "U" there is an everyday slip of senders that never repeat. Before that it names the
    # standard; a separator there is the same slip the other way round, and nothing repeats in those releases.
    wrong_standard = standard != "U" and (
        is_plain if version < _FIRST_REPETITION_VERSION else not isa.separators.repetition
    )
    is_other = wrong_standard and version < _FIRST_REPETITION_VERSION and standard.isalpha()
    for element, is_wrong, code in (
        (2, e[0] in _AUTHORIZATION - {"00"} and not e[1], "X12-ISA-AUTHORIZATION-VALUE"),
        (4, e[2] == "01" and not e[3], "X12-ISA-SECURITY-VALUE"),
        (11, is_other, "X12-ISA-STANDARD-UNSUPPORTED"),
        (11, wrong_standard and not is_other, "X12-ISA-STANDARD"),
        (12, bool(_VERSION.match(version)) and not _VERSIONS.match(version), "X12-ISA-VERSION-UNSUPPORTED"),
    ):
        if is_wrong:
            value = isa.elements[element - 1]
            yield finding(
                code,
                f"ISA{element:02d} is {shown(value)!r}.",
                position=Position(None, "ISA", "", element, offset=offset),
                value=value,
            )
