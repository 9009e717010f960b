"""What the three envelopes claim against what came: ISA/IEA, GS/GE, ST/SE.

Each reading is open from its header to its trailer, counts what lies between and ends in the event that closes it.

Source: X12.5 (TA105 notes), X12.6, 997 elements 716 and 718.
"""

from __future__ import annotations

import re

from translators.findings import Finding, Position
from translators.x12.definitions import ReleaseDefinition, release_definition, release_of, set_definition
from translators.x12.elements import is_date, is_time
from translators.x12.fast_walk import Cut, FastWalk
from translators.x12.finding_codes import finding
from translators.x12.functional_ids import FUNCTIONAL_IDS, PARKED_SETS
from translators.x12.model import (
    Catalogue,
    GroupEnd,
    GroupHeader,
    InterchangeAcknowledgment,
    InterchangeEnd,
    InterchangeHeader,
    Loop,
    Segment,
    TransactionSet,
)
from translators.x12.numbers import NumbersSeen, same_number
from translators.x12.policy import Policy
from translators.x12.segment_check import Place, check_segment, shown
from translators.x12.severity import settle
from translators.x12.walk import SetWalk

_DIGITS = re.compile(r"[0-9]{1,9}\Z")
_SET_ID = re.compile(r"[0-9]{3}\Z")
_SET_CONTROL_NUMBER = re.compile(r"[!-~]{4,9}\Z")
_KNOWN_GROUPS = frozenset(FUNCTIONAL_IDS.values())
_LINE_ENDS = (b"\r\n", b"\n")
_FIRST_LONG_DATE = "004010"


def _element(segment: Segment, position: int) -> str:
    return segment[position] if position < len(segment) else ""


class InterchangeReading:
    """One interchange while it is read."""

    def __init__(self, header: InterchangeHeader, findings: list[Finding]) -> None:
        self.header = header
        self.groups = 0
        self.acknowledgments = 0
        self.group_numbers = NumbersSeen()
        self._findings = findings
        self._saw_breaks = False
        self._cuts: dict[bytes, Cut] = {}

    def cut_at(self, buffer: bytes, start: int) -> Cut:
        """Return how the text is cut whose first terminator ends at `start`."""
        separators = self.header.separators
        gap = next((g for g in _LINE_ENDS if buffer.startswith(g, start)), b"")
        if gap not in self._cuts:
            self._cuts[gap] = Cut(separators, gap)
        return self._cuts[gap]

    def report(
        self, code: str, sentence: str, offset: int, segment_id: str, element: int | None = None, value: str = ""
    ) -> None:
        """Add a finding about the interchange."""
        self._findings.append(
            finding(code, sentence, position=Position(None, segment_id, "", element, offset=offset), value=value)
        )

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

    def _check_iea(self, iea: Segment, offset: int) -> None:
        claimed, number = _element(iea, 1), _element(iea, 2)
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


class GroupReading:
    """One functional group while it is read."""

    def __init__(
        self, gs: Segment, offset: int, interchange: InterchangeReading, catalogue: Catalogue, policy: Policy
    ) -> None:
        values = [_element(gs, n).strip(" ") for n in range(9)]
        self._begin(GroupHeader(*values[1:9]), interchange, catalogue, policy)
        self._check_gs(offset)
        interchange.groups += 1

    @classmethod
    def resumed(
        cls, header: GroupHeader, interchange: InterchangeReading, catalogue: Catalogue, policy: Policy
    ) -> GroupReading:
        """Return a reading of the group of `header` that begins with one of its sets."""
        group = cls.__new__(cls)
        group._begin(header, interchange, catalogue, policy)  # noqa: SLF001  another way to construct it
        return group

    def _begin(
        self, header: GroupHeader, interchange: InterchangeReading, catalogue: Catalogue, policy: Policy
    ) -> None:
        self.header = header
        self._interchange = interchange
        self._catalogue = catalogue
        self._policy = policy
        self.sets = 0
        self._set_numbers = NumbersSeen()
        self._findings: list[Finding] = []
        self.release_name = release_of(header.release, policy)
        self.release = release_definition(catalogue, self.release_name, policy)
        self.separators = interchange.header.separators

    def _report(self, code: str, sentence: str, offset: int, segment_id: str, element: int, value: str) -> None:
        self._findings.append(
            finding(code, sentence, position=Position(None, segment_id, "", element, offset=offset), value=value)
        )

    def _check_gs(self, offset: int) -> None:
        header = self.header
        if header.functional_id not in _KNOWN_GROUPS:
            self._report(
                "X12-GROUP-UNKNOWN", f"GS01 is {shown(header.functional_id)!r}.", offset, "GS", 1, header.functional_id
            )
        if self.release is None:
            self._report("X12-RELEASE-UNKNOWN", f"GS08 is {shown(header.release)!r}.", offset, "GS", 8, header.release)
        if not _DIGITS.match(header.control_number):
            self._report(
                "X12-GS-CONTROL-NUMBER",
                f"GS06 is {shown(header.control_number)!r}.",
                offset,
                "GS",
                6,
                header.control_number,
            )
        elif not self._interchange.group_numbers.add(header.control_number):
            self._report(
                "X12-GS-DUPLICATE", f"GS06 is {header.control_number} again.", offset, "GS", 6, header.control_number
            )
        for element, value, is_right in (
            (2, header.sender, bool(header.sender)),
            (3, header.receiver, bool(header.receiver)),
            (4, header.date, is_date(header.date)),
            (5, header.time, is_time(header.time)),
            (7, header.agency, header.agency in ("X", "T")),
        ):
            if not is_right:
                self._interchange.report(
                    "X12-GS-ELEMENT", f"GS{element:02d} is {shown(value)!r}.", offset, "GS", element, value
                )
        if is_date(header.date) and (len(header.date) == 8) != (self.release_name >= _FIRST_LONG_DATE):
            self._interchange.report(
                "X12-GS-DATE-FORM", f"GS04 is {header.date} in {header.release}.", offset, "GS", 4, header.date
            )

    def begin_set(self, st: Segment, offset: int, *, keeps_tree: bool) -> SetReading:
        """Return the reading of the set that `st` begins."""
        self.sets += 1
        is_new = self._set_numbers.add(_element(st, 2).strip(" "))
        return SetReading(self, st, offset, keeps_tree=keeps_tree, is_new=is_new)

    def end_set(self, reading: SetReading, why: str) -> TransactionSet:
        """Return the set that `reading` read; `why` says what came instead of its SE."""
        return reading.end(why)

    def definition_walk(self, set_id: str, *, keeps_tree: bool) -> FastWalk | None:
        """Return a walk of a set of this group, None where the set has no definition in the release."""
        definition = set_definition(self._catalogue, self.release_name, set_id, self._policy)
        if definition is None or self.release is None:
            return None
        return FastWalk(
            definition,
            self.release,
            self.separators,
            keeps_tree=keeps_tree,
            guide=self._policy.guide_name,
        )

    def settled(self, findings: list[Finding]) -> tuple[Finding, ...]:
        """Return `findings` as the partner's policy weighs them."""
        return settle(findings, self._policy, self.release_name)

    def end(self, ge: Segment | None, offset: int, why: str = "") -> GroupEnd:
        """Return the event that closes the group."""
        included = self.sets
        if ge is None:
            self._report("X12-GE-MISSING", f"There is no GE: {why}.", offset, "GE", 1, "")
        else:
            claimed, number = _element(ge, 1), _element(ge, 2)
            if _DIGITS.match(claimed):
                included = int(claimed)
            if not _DIGITS.match(claimed) or included != self.sets:
                self._report(
                    "X12-GE-COUNT", f"GE01 is {shown(claimed)!r}; {self.sets} sets came.", offset, "GE", 1, claimed
                )
            if number != self.header.control_number:
                is_same = same_number(number, self.header.control_number)
                self._report(
                    "X12-GE-NUMBER-FORM" if is_same else "X12-GE-CONTROL-NUMBER",
                    f"GE02 is {shown(number)!r}, GS06 is {shown(self.header.control_number)!r}.",
                    offset,
                    "GE",
                    2,
                    number,
                )
        if not self.sets:
            self._report("X12-GROUP-EMPTY", "The group is empty.", offset, "GE", 1, "")
        return GroupEnd(self.header, included, self.sets, settle(self._findings, self._policy, self.release_name))


class SetReading:
    """One transaction set while it is read."""

    def __init__(self, group: GroupReading, st: Segment, offset: int, *, keeps_tree: bool, is_new: bool) -> None:
        self._group = group
        self._id = _element(st, 1).strip(" ")
        self._control_number = _element(st, 2).strip(" ")
        self._implementation = _element(st, 3).strip(" ")
        self._offset = offset
        self._end = offset
        self._count = 0
        self._se: tuple[Segment, int] | None = None
        self._keeps_tree = keeps_tree
        self._tree = Loop("") if keeps_tree else None
        # The walk is fast until something may be wrong, and exact from there on.
        self._fast = group.definition_walk(self._id, keeps_tree=keeps_tree)
        self._walk: SetWalk | None = None
        self._is_known = self._fast is not None
        self._findings: list[Finding] = []
        self._check_st(st, is_new=is_new)

    def _report(self, code: str, sentence: str, position: Position, value: str = "") -> None:
        self._findings.append(finding(code, sentence, position=position, value=value))

    def _check_st(self, st: Segment, *, is_new: bool) -> None:
        at = Place(1, "", self._offset).at
        if not _SET_ID.match(self._id):
            self._report("X12-ST-ID", f"ST01 is {shown(self._id)!r}.", at("ST", 1), self._id)
        elif not self._is_known:
            code = "X12-SET-PARKED" if self._id in PARKED_SETS else "X12-SET-UNKNOWN"
            release = self._group.header.release
            self._report(code, f"The set is {self._id} of {shown(release)}.", at("ST", 1), self._id)
        group_id = self._group.header.functional_id
        expected = FUNCTIONAL_IDS.get(self._id)
        if expected is not None and group_id in _KNOWN_GROUPS and expected != group_id:
            self._report(
                "X12-SET-NOT-OF-GROUP",
                f"A {self._id} stands in a group {group_id}; it belongs in {expected}.",
                at("ST", 1),
                self._id,
            )
        if not _SET_CONTROL_NUMBER.match(self._control_number):
            self._report(
                "X12-ST-CONTROL-NUMBER", f"ST02 is {shown(self._control_number)!r}.", at("ST", 2), self._control_number
            )
        elif not is_new:
            self._report(
                "X12-ST-DUPLICATE", f"ST02 is {self._control_number} again.", at("ST", 2), self._control_number
            )
        if len(st) > 3:
            self._findings += self._beyond_control(st, Place(1, "", self._offset))

    def _beyond_control(self, segment: Segment, place: Place) -> list[Finding]:
        """Return the findings of ST or SE beyond its first two elements, which have codes of their own (AK502)."""
        release: ReleaseDefinition | None = self._group.release
        definition = None if release is None else release.segment(segment[0])
        if definition is None:
            return []
        separators = self._group.separators
        return [f for f in check_segment(segment, definition, separators, place) if (f.position.element or 3) > 2]

    def take(self, segment: Segment, offset: int, end: int) -> None:
        """Take the next segment of the set."""
        self._count += 1
        self._end = end
        if segment[0] == "SE":
            self._se = (segment, offset)
        if self._fast is not None:
            if self._count == 1:
                self._fast.take_first(segment)
                return
            self._walk, self._fast = self._fast.hand_over(), None
        if self._walk is not None:
            self._walk.take(segment, self._count, offset)
        elif self._tree is not None:
            self._tree.segments.append(segment)
            self._tree.numbers.append(self._count)

    @property
    def is_fast(self) -> bool:
        """Return whether `take_batch` may be tried."""
        return self._fast is not None and self._count > 0

    def take_batch(self, raw: bytes, cut: Cut, offset: int) -> bool:
        """Take the segments in `raw`, which ends before a terminator; return whether nothing is wrong with them.

        If something may be, nothing was taken and the walk is exact from here on.
        """
        if self._fast is None:
            return False
        rows = cut.rows(raw)
        if rows is None or not self._fast.take(rows, self._count + 1, has_structure=cut.has_structure(raw)):
            self._walk, self._fast = self._fast.hand_over(), None
            return False
        self._count += len(rows)
        self._end = offset + len(raw) + 1
        if rows[-1][0] == "SE":
            self._se = (rows[-1], self._end - 1 - len(cut.element.join(rows[-1])))
        return True

    def end(self, why: str) -> TransactionSet:
        """Return the set."""
        if self._se is None:
            at = Place(self._count + 1, "", self._end).at("SE")
            self._report("X12-SE-MISSING", f"There is no SE: {why}.", at)
        else:
            self._check_se(*self._se)
        findings = self._findings
        tree = self._tree
        if self._fast is not None and self._se is None:
            self._walk, self._fast = self._fast.hand_over(), None
        if self._walk is not None:
            findings = findings + self._walk.finish(self._count + 1, self._end)
            tree = self._walk.tree
        elif self._fast is not None:
            findings = findings + self._fast.finish()
            tree = self._fast.tree
        findings = sorted(findings, key=lambda f: f.position.segment_number or 0)
        return TransactionSet(
            id=self._id,
            control_number=self._control_number,
            implementation=self._implementation,
            offset=self._offset,
            size_bytes=self._end - self._offset,
            segment_count=self._count,
            is_known=self._is_known,
            tree=tree if self._keeps_tree else None,
            findings=self._group.settled(findings),
        )

    def _check_se(self, se: Segment, offset: int) -> None:
        at = Place(self._count, "", offset).at
        claimed, number = _element(se, 1), _element(se, 2).strip(" ")
        if not re.match(r"[0-9]{1,10}\Z", claimed) or int(claimed) != self._count:
            self._report(
                "X12-SE-COUNT", f"SE01 is {shown(claimed)!r}; {self._count} segments came.", at("SE", 1), claimed
            )
        if number != self._control_number:
            self._report(
                "X12-SE-CONTROL-NUMBER",
                f"SE02 is {shown(number)!r}, ST02 is {shown(self._control_number)!r}.",
                at("SE", 2),
                number,
            )
        if len(se) > 3:
            self._findings += self._beyond_control(se, Place(self._count, "", offset))


def interchange_acknowledgment_of(
    ta1: Segment, offset: int, interchange: InterchangeReading
) -> InterchangeAcknowledgment:
    """Return the TA1 as an event; what is wrong with it is a finding of the interchange it came in."""
    interchange.acknowledgments += 1
    number, date, time, code, note = (_element(ta1, n).strip(" ") for n in range(1, 6))
    for element, value, is_right in (
        (1, number, bool(_DIGITS.match(number))),
        (4, code, code in ("A", "E", "R")),
        (5, note, bool(re.match(r"[0-9]{3}\Z", note))),
    ):
        if not is_right:
            interchange.report(
                "X12-TA1-INVALID", f"TA1{element:02d} is {shown(value)!r}.", offset, "TA1", element, value
            )
    return InterchangeAcknowledgment(number, date, time, code, note)
