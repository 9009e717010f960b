"""One transaction set while it is read: what ST and SE claim against what came, and the walk of what lies between.

Source: X12.6; 997 element 718.
"""

from __future__ import annotations

import gc
import re
from dataclasses import dataclass, field

from translators.findings import Finding, Position
from translators.x12.definition_files import set_definition
from translators.x12.definitions import ReleaseDefinition, SetDefinition
from translators.x12.fast_walk import Cut, FastWalk
from translators.x12.finding_codes import finding
from translators.x12.functional_ids import FUNCTIONAL_IDS, KNOWN_GROUPS, PARKED_SETS
from translators.x12.model import Catalogue, GroupHeader, Loop, Segment, Separators, SetPart, TransactionSet, element_of
from translators.x12.parts import Parts
from translators.x12.policy import Policy
from translators.x12.segment_check import Place, check_segment, shown
from translators.x12.severity import settle
from translators.x12.walk import SetWalk

# Five times the largest set we were ever asked to read. What is beyond is counted and no longer walked.
SET_LIMIT_BYTES = 500_000_000
# Tags that mean something to the reader wherever they stand.
_ENVELOPE = frozenset({"ISA", "ISB", "ISE", "TA1", "GS", "ST", "GE", "IEA"})
_DEFINITIONS_LIMIT = 100  # a group holds sets of one kind; a hostile one may name a thousand
_SET_ID = re.compile(r"[0-9]{3}\Z")
_COUNT = re.compile(r"[0-9]{1,10}\Z")
_SET_CONTROL_NUMBER = re.compile(r"[!-~]{4,9}\Z")


@dataclass(frozen=True, slots=True)
class GroupContext:
    """What a set needs to know of the group it stands in."""

    header: GroupHeader
    release_name: str  # "004010", from GS08
    release: ReleaseDefinition | None
    separators: Separators
    catalogue: Catalogue
    policy: Policy
    is_exact: bool = False
    definitions: dict[str, SetDefinition | None] = field(default_factory=dict)  # of the sets that came

    def definition(self, set_id: str) -> SetDefinition | None:
        """Return the definition of a set of the group, None where the release has none."""
        if set_id not in self.definitions:
            if len(self.definitions) >= _DEFINITIONS_LIMIT:
                self.definitions.clear()
            self.definitions[set_id] = set_definition(self.catalogue, self.release_name, set_id, self.policy)
        return self.definitions[set_id]


def _walk_of(group: GroupContext, set_id: str, *, keeps_tree: bool) -> FastWalk | None:
    """Return a walk of a set of `group`, None where the set has no definition in the release."""
    definition = group.definition(set_id)
    if definition is None or group.release is None:
        return None
    return FastWalk(definition, group.release, group.separators, keeps_tree=keeps_tree, guide=group.policy.guide_name)


class _FlatTree:
    """The tree of a set without definition: its segments, in no loop."""

    def __init__(self) -> None:
        self.loops = [Loop("")]


class SetReading:
    """One transaction set while it is read."""

    def __init__(self, group: GroupContext, st: Segment, offset: int, *, keeps_tree: bool, is_new: bool) -> None:
        self._group = group
        self._id = element_of(st, 1).strip(" ")
        self._control_number = element_of(st, 2).strip(" ")
        self._implementation = element_of(st, 3).strip(" ")
        self._offset = offset
        self._end = offset
        self._count = 0
        self._se: tuple[Segment, int] | None = None
        self._keeps_tree = keeps_tree
        self._flat = _FlatTree()
        self._parts = Parts()
        self._handed = 0
        # The walk is fast until something may be wrong, and exact from there on.
        self._fast = _walk_of(group, self._id, keeps_tree=keeps_tree)
        self._walk: SetWalk | None = None
        self._is_known = self._fast is not None
        self._saw_blank = self._saw_empty_end = False
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
        if expected is not None and group_id in KNOWN_GROUPS and expected != group_id:
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
        release = self._group.release
        definition = None if release is None else release.segment(segment[0])
        if definition is None:
            return []
        separators = self._group.separators
        return [f for f in check_segment(segment, definition, separators, place) if (f.position.element or 3) > 2]

    def take(self, segment: Segment, offset: int, end: int) -> None:
        """Take the next segment of the set."""
        self._count += 1
        self._end = end
        self._saw_empty_end = self._saw_empty_end or not segment[-1]
        if segment[0] == "SE":
            self._se = (segment, offset)
        if end - self._offset > SET_LIMIT_BYTES:
            return
        if self._fast is not None:
            if self._count == 1:
                self._fast.take_first(segment)
                if not self._fast.suffices:
                    self._go_exact(self._fast)
                return
            self._go_exact(self._fast)
        if self._walk is not None:
            self._walk.take(segment, self._count, offset)
        elif self._keeps_tree:
            self._flat.loops[0].segments.append(segment)
            self._flat.loops[0].numbers.append(self._count)

    def _go_exact(self, fast: FastWalk) -> None:
        self._walk = fast.hand_over(uses_compiled_checks=not self._group.is_exact)
        self._fast = None

    def saw_blank(self, offset: int) -> None:
        """Report, once, an empty segment; it is not counted."""
        if not self._saw_blank:
            self._saw_blank = True
            at = Place(self._count + 1, "", offset).at("")
            self._report("X12-SEGMENT-BLANK", f"An empty segment stands before segment {self._count + 1}.", at)

    @property
    def is_fast(self) -> bool:
        """Return whether `take_batch` may be tried: by the fast walk, or by the exact one on whole batches."""
        return self._is_known and self._count > 0 and not self._group.is_exact

    def take_batch(self, raw: bytes, cut: Cut, offset: int) -> bool:
        """Take the segments in `raw`, which ends before a terminator; return whether they were taken.

        They are not when they need the careful cutting of `tokens`, or hold segments of the envelope. The walk is fast until something
        may be wrong, and exact from there on.
        """
        # A batch makes thousands of lists and no cycle. The collector would walk the whole tree again and again while it grows, which
        # takes three quarters of the time of a large set; it rests for the milliseconds of one batch.
        if offset + len(raw) - self._offset > SET_LIMIT_BYTES and self._fast is not None:
            self._go_exact(self._fast)
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            rows = cut.rows(raw)
            is_right = (
                rows is not None and self._fast is not None and self._fast.take(rows, self._count + 1, raw, cut, offset)
            )
        finally:
            if was_enabled:
                gc.enable()
        if rows is None or not is_right:
            if self._fast is not None:
                self._go_exact(self._fast)
            return rows is not None and self._take_rows(rows, cut, offset)
        self._saw_empty_end = self._saw_empty_end or cut.empty_end in raw or not rows[-1][-1]
        self._count += len(rows)
        self._end = offset + len(raw) + 1
        if rows[-1][0] == "SE":
            self._se = (rows[-1], self._end - 1 - len(cut.element.join(rows[-1])))
        return True

    def _take_rows(self, rows: list[Segment], cut: Cut, offset: int) -> bool:
        """Take `rows` by the exact walk, one by one; return whether they were taken."""
        tags = [row[0] for row in rows]
        # Blanks and empty segments are for `tokens` to judge, envelope segments for the reader, and so is an SE without elements;
        # any other SE may only be the last.
        if not all(map(str.isalnum, tags)) or not _ENVELOPE.isdisjoint(tags) or "SE" in tags[:-1] or rows[-1] == ["SE"]:
            return False
        for row in rows:
            end = offset + len(cut.element.join(row)) + 1
            self.take(row, offset, end)
            offset = end + len(cut.gap)
        return True

    @property
    def waiting(self) -> int:
        """Return how many segments came since the last part was handed on."""
        return self._count - self._handed

    def hand_on(self) -> SetPart:
        """Return what came of the set since the last part, but for loops that are worth waiting for; the set keeps no tree then."""
        self._handed = self._count
        tree = self._walk or self._fast or self._flat
        part, tree.loops = self._parts.hand_on(tree.loops, self._count + 1)
        return part

    def hand_on_rest(self) -> SetPart:
        """Return the last part."""
        self._handed = self._count
        return self._parts.rest((self._walk or self._fast or self._flat).loops[0])

    def end(self, why: str) -> TransactionSet:
        """Return the set."""
        if self._se is None:
            at = Place(self._count + 1, "", self._end).at("SE")
            self._report("X12-SE-MISSING", f"There is no SE: {why}.", at)
        else:
            self._check_se(*self._se)
        size = self._end - self._offset
        if size > SET_LIMIT_BYTES:
            at = Place(self._count, "", self._end).at("")
            self._report("X12-SET-TOO-LARGE", f"The set has {size:,} bytes; {SET_LIMIT_BYTES:,} are the limit.", at)
        findings = self._findings
        if self._fast is not None and self._se is None:
            self._go_exact(self._fast)
        tree = (self._walk or self._fast or self._flat).loops[0]
        if self._walk is not None:
            findings = findings + self._walk.finish(self._count + 1, self._end)
        elif self._fast is not None:
            findings = findings + self._fast.finish()
        if self._saw_empty_end:
            at = Place(1, "", self._offset).at("")
            made = finding("X12-TRAILING-SEPARATORS", "Segments end with empty elements.", position=at)
            findings = [made, *findings]
        findings = sorted(findings, key=lambda f: f.position.segment_number or 0)
        return TransactionSet(
            id=self._id,
            control_number=self._control_number,
            implementation=self._implementation,
            offset=self._offset,
            size_bytes=self._end - self._offset,
            segment_count=self._count,
            is_known=self._is_known,
            tree=tree if self._keeps_tree and not self._handed else None,
            findings=settle(findings, self._group.policy, self._group.release_name),
        )

    def _check_se(self, se: Segment, offset: int) -> None:
        at = Place(self._count, "", offset).at
        claimed, number = element_of(se, 1).strip(" "), element_of(se, 2).strip(" ")
        if not _COUNT.match(claimed) or int(claimed) != self._count:
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
