"""One interchange while it is read: what ISA and IEA claim against what came, and the service segments between.

Source: X12.5 (TA105 notes).
"""

from __future__ import annotations

import re

from translators.findings import Finding, Position
from translators.x12.elements import is_date, is_time
from translators.x12.fast_walk import Cut, cut_of
from translators.x12.finding_codes import finding
from translators.x12.model import InterchangeAcknowledgment, InterchangeEnd, InterchangeHeader, Segment, element_of
from translators.x12.numbers import NumbersSeen, same_number
from translators.x12.policy import Policy
from translators.x12.segment_check import shown
from translators.x12.severity import settle

_DIGITS = re.compile(r"[0-9]{1,9}\Z")
_NOTE = re.compile(r"0(?:[0-2][0-9]|3[01])\Z")  # I18
_FINDINGS_LIMIT = 1_000  # about one envelope; beyond it a hostile file would only take memory
_LINE_END_BYTES = 2
_LINE_ENDS = (b"\r\n", b"\n")


class InterchangeReading:
    """One interchange while it is read."""

    def __init__(self, header: InterchangeHeader, findings: list[Finding]) -> None:
        self.header = header
        self.groups = 0
        self.acknowledgments = 0
        self.group_numbers = NumbersSeen()
        self._findings = findings
        self._outside_end = -1 - _LINE_END_BYTES
        self._saw_breaks = False
        self._saw_blank = False
        self._cuts: dict[bytes, Cut] = {}

    def cut_at(self, buffer: bytes, start: int) -> Cut:
        """Return how the text is cut whose first terminator ends at `start`."""
        separators = self.header.separators
        gap = next((g for g in _LINE_ENDS if buffer.startswith(g, start)), b"")
        if gap not in self._cuts:
            self._cuts[gap] = cut_of(separators, gap)
        return self._cuts[gap]

    def report(
        self, code: str, sentence: str, offset: int, segment_id: str, element: int | None = None, value: str = ""
    ) -> None:
        """Add a finding about the interchange."""
        if len(self._findings) >= _FINDINGS_LIMIT:
            return
        self._findings.append(
            finding(code, sentence, position=Position(None, segment_id, "", element, offset=offset), value=value)
        )

    def check_length(self, segment: Segment, defined: int, offset: int) -> None:
        """Report elements of an envelope segment beyond the `defined` ones."""
        beyond = next((p for p in range(defined + 1, len(segment)) if segment[p].strip(" ")), None)
        if beyond is not None:
            self.report(
                "X12-ENVELOPE-TOO-MANY",
                f"{segment[0]} has {len(segment) - 1} elements where {defined} are defined.",
                offset,
                segment[0],
                beyond,
                segment[beyond],
            )

    def outside(self, tag: str, offset: int, end: int) -> None:
        """Report a segment where the envelope allows none; of several in a row, which have one cause, the first."""
        is_first = offset - self._outside_end > _LINE_END_BYTES
        self._outside_end = end
        if is_first:
            sentence = f"{shown(tag) or 'A segment without id'} stands outside a transaction set."
            self.report("X12-SEGMENT-OUTSIDE", sentence, offset, tag[:20])

    def saw_blank(self, offset: int) -> None:
        """Note, once, that between segments outside the sets stands one that is empty."""
        if not self._saw_blank:
            self._saw_blank = True
            self.report("X12-ENVELOPE-BLANK", "Two terminators follow each other.", offset, "")

    def saw_breaks(self, offset: int) -> None:
        """Note, once, that line breaks were removed from inside a segment."""
        if not self._saw_breaks:
            self._saw_breaks = True
            self.report("X12-LINE-BREAKS", "Line breaks stand inside segments.", offset, "")

    def end(self, iea: Segment | None, offset: int, end: int, policy: Policy, why: str = "") -> InterchangeEnd:
        """Return the event that closes the interchange."""
        if iea is None:
            self.report("X12-IEA-MISSING", f"There is no IEA: {why}.", offset, "IEA")
        else:
            self._check_iea(iea, offset)
        if not self.groups and not self.acknowledgments:
            self.report("X12-INTERCHANGE-EMPTY", "The interchange is empty.", offset, "IEA")
        return InterchangeEnd(self.header, end, settle(self._findings, policy, ""))

    def unreadable(self, end: int, policy: Policy) -> InterchangeEnd:
        """Return the event that closes an interchange of which nothing but the ISA can be read."""
        return InterchangeEnd(self.header, end, settle(self._findings, policy, ""))

    def _check_iea(self, iea: Segment, offset: int) -> None:
        self.check_length(iea, 2, offset)
        claimed, number = element_of(iea, 1).strip(" "), element_of(iea, 2).strip(" ")
        if not _DIGITS.match(claimed) or int(claimed) != self.groups:
            # Interchanges of nothing but TA1 are seen with a count of their TA1.
            if not (self.groups == 0 and claimed in ("1", str(self.acknowledgments)) and self.acknowledgments):
                self.report(
                    "X12-IEA-COUNT",
                    f"IEA01 is {shown(claimed)!r}; {self.groups} groups came.",
                    offset,
                    "IEA",
                    1,
                    claimed,
                )
        if number != self.header.control_number:
            is_same = same_number(number, self.header.control_number)
            self.report(
                "X12-IEA-NUMBER-FORM" if is_same else "X12-IEA-CONTROL-NUMBER",
                f"IEA02 is {shown(number)!r}, ISA13 is {shown(self.header.control_number)!r}.",
                offset,
                "IEA",
                2,
                number,
            )


_SENDERS_LIMIT = 10_000  # senders of one file whose control numbers are told apart; memory stays flat beyond


class Senders:
    """The control numbers of the interchanges of one payload, by sender and receiver."""

    def __init__(self) -> None:
        self._numbers: dict[str, NumbersSeen] = {}

    def check(self, header: InterchangeHeader, interchange: InterchangeReading) -> None:
        """Report an interchange whose number its sender used before in this payload."""
        sender = f"{header.sender_qualifier} {header.sender} {header.receiver_qualifier} {header.receiver}"
        if len(self._numbers) < _SENDERS_LIMIT:
            self._numbers.setdefault(sender, NumbersSeen())
        seen = self._numbers.get(sender)
        if seen is not None and not seen.add(header.control_number):
            interchange.report(
                "X12-ISA-DUPLICATE",
                f"ISA13 is {header.control_number} again.",
                header.offset,
                "ISA",
                13,
                header.control_number,
            )


_SERVICES = {
    "ISB": ((1, re.compile(r"[0-9A-Z]\Z").match, "X12-ISB-GRADE"),),
    "ISE": (
        (1, lambda v: len(v) == 6 and is_date(v), "X12-ISE-DATE"),
        (2, lambda v: len(v) == 4 and is_time(v), "X12-ISE-TIME"),
        (3, re.compile(r"[0-9A-Z]{2,3}\Z").match, "X12-ISE-TIME-CODE"),
    ),
}


def check_service(segment: Segment, offset: int, interchange: InterchangeReading) -> None:
    """Check an ISB or ISE: grade of service and deferred delivery, which networks act on and we do not. Source: X12.5."""
    for element, is_right, code in _SERVICES[segment[0]]:
        value = element_of(segment, element)
        if not is_right(value):
            interchange.report(
                code, f"{segment[0]}{element:02d} is {shown(value)!r}.", offset, segment[0], element, value
            )


def interchange_acknowledgment_of(
    ta1: Segment, offset: int, interchange: InterchangeReading, *, is_in_group: bool
) -> InterchangeAcknowledgment:
    """Return the TA1 as an event; what is wrong with it is a finding of the interchange it came in."""
    interchange.acknowledgments += 1
    if is_in_group:
        interchange.report("X12-TA1-IN-GROUP", "TA1 stands after a GS.", offset, "TA1")
    elif interchange.groups:
        interchange.report("X12-TA1-PLACE", "TA1 stands after a GE.", offset, "TA1")
    interchange.check_length(ta1, 5, offset)
    number, date, time, code, note = (element_of(ta1, n).strip(" ") for n in range(1, 6))
    for element, value, is_right in (
        (1, number, bool(_DIGITS.match(number))),
        (2, date, len(date) == 6 and is_date(date)),
        (3, time, len(time) == 4 and is_time(time)),
        (4, code, code in ("A", "E", "R")),
        (5, note, bool(_NOTE.match(note))),
    ):
        if not is_right:
            interchange.report(
                "X12-TA1-INVALID", f"TA1{element:02d} is {shown(value)!r}.", offset, "TA1", element, value
            )
    return InterchangeAcknowledgment(number, date, time, code, note)
