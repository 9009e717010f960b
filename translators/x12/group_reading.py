"""One functional group while it is read: what GS and GE claim against what came.

Source: X12.6; 997 element 716; X12.5 TA105 note 024 for what is wrong with the GS itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from translators.findings import Finding, Position
from translators.x12.definition_files import release_definition, release_of
from translators.x12.elements import is_date, is_time
from translators.x12.finding_codes import finding
from translators.x12.functional_ids import KNOWN_GROUPS
from translators.x12.interchange_reading import InterchangeReading
from translators.x12.model import Catalogue, GroupEnd, GroupHeader, Segment, UnreadSet, element_of
from translators.x12.numbers import NumbersSeen, same_number
from translators.x12.policy import Policy
from translators.x12.segment_check import shown
from translators.x12.set_reading import GroupContext, SetReading
from translators.x12.severity import settle

_DIGITS = re.compile(r"[0-9]{1,9}\Z")
_FIRST_LONG_DATE = "004010"
_ID_LIMIT = 15  # elements 142 and 124


class GroupReading:
    """One functional group while it is read."""

    def __init__(
        self,
        gs: Segment,
        offset: int,
        interchange: InterchangeReading,
        catalogue: Catalogue,
        policy: Policy,
        *,
        is_exact: bool = False,
    ) -> None:
        values = [element_of(gs, n).strip(" ") for n in range(9)]
        self._begin(GroupHeader(*values[1:9]), interchange, catalogue, policy, is_exact=is_exact)
        self._check_gs(offset)
        interchange.check_length(gs, 8, offset)
        interchange.groups += 1

    @classmethod
    def resumed(
        cls,
        header: GroupHeader,
        interchange: InterchangeReading,
        catalogue: Catalogue,
        policy: Policy,
        numbers_before: Iterable[str] = (),
    ) -> GroupReading:
        """Return a reading of the group of `header` that goes on with one of its sets, after those of `numbers_before` (ST02)."""
        group = cls.__new__(cls)
        group._begin(header, interchange, catalogue, policy)  # noqa: SLF001  another way to construct it
        for number in numbers_before:
            group._set_numbers.add(number)  # noqa: SLF001
        return group

    def _begin(
        self,
        header: GroupHeader,
        interchange: InterchangeReading,
        catalogue: Catalogue,
        policy: Policy,
        *,
        is_exact: bool = False,
    ) -> None:
        self.header = header
        self.interchange = interchange
        self._policy = policy
        self.sets = 0
        self._set_numbers = NumbersSeen()
        self._findings: list[Finding] = []
        name = release_of(header.release, policy)
        self._context = GroupContext(
            header,
            name,
            release_definition(catalogue, name, policy),
            interchange.header.separators,
            catalogue,
            policy,
            is_exact,
        )

    def _report(self, code: str, sentence: str, offset: int, segment_id: str, element: int, value: str) -> None:
        self._findings.append(
            finding(code, sentence, position=Position(None, segment_id, "", element, offset=offset), value=value)
        )

    def _check_gs(self, offset: int) -> None:
        header = self.header
        if header.functional_id not in KNOWN_GROUPS:
            self._report(
                "X12-GROUP-UNKNOWN", f"GS01 is {shown(header.functional_id)!r}.", offset, "GS", 1, header.functional_id
            )
        if self._context.release is None:
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
        elif not self.interchange.group_numbers.add(header.control_number):
            self._report(
                "X12-GS-DUPLICATE", f"GS06 is {header.control_number} again.", offset, "GS", 6, header.control_number
            )
        for element, value, is_right in (
            # What is longer than fifteen cannot stand in the GS of our answer.
            (2, header.sender, 0 < len(header.sender) <= _ID_LIMIT),
            (3, header.receiver, 0 < len(header.receiver) <= _ID_LIMIT),
            (4, header.date, is_date(header.date)),
            (5, header.time, is_time(header.time)),
            (7, header.agency, header.agency in ("X", "T")),
        ):
            if not is_right:
                self.interchange.report(
                    "X12-GS-ELEMENT", f"GS{element:02d} is {shown(value)!r}.", offset, "GS", element, value
                )
        for element, value in ((2, header.sender), (3, header.receiver)):
            if len(value) == 1:
                self.interchange.report(
                    "X12-GS-LENGTH", f"GS{element:02d} is {shown(value)!r}.", offset, "GS", element, value
                )
        is_known = self._context.release is not None
        if (
            is_known
            and is_date(header.date)
            and (len(header.date) == 8) != (self._context.release_name >= _FIRST_LONG_DATE)
        ):
            self.interchange.report(
                "X12-GS-DATE-FORM", f"GS04 is {header.date} in {header.release}.", offset, "GS", 4, header.date
            )

    def begin_set(self, st: Segment, offset: int, *, keeps_tree: bool) -> SetReading:
        """Return the reading of the set that `st` begins."""
        self.sets += 1
        is_new = self._set_numbers.add(element_of(st, 2).strip(" "))
        return SetReading(self._context, st, offset, keeps_tree=keeps_tree, is_new=is_new)

    def set_aside(self, st: Segment, offset: int, payload: bytes) -> UnreadSet:
        """Return the set that `st` begins, counted and unread."""
        self.sets += 1
        number = element_of(st, 2).strip(" ")
        return UnreadSet(payload, offset, self.interchange.header, self.header, number, self._set_numbers.add(number))

    def end(self, ge: Segment | None, offset: int, why: str = "") -> GroupEnd:
        """Return the event that closes the group."""
        included = self.sets
        if ge is None:
            self._report("X12-GE-MISSING", f"There is no GE: {why}.", offset, "GE", 1, "")
        else:
            self.interchange.check_length(ge, 2, offset)
            claimed, number = element_of(ge, 1).strip(" "), element_of(ge, 2).strip(" ")
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
        return GroupEnd(
            self.header, included, self.sets, settle(self._findings, self._policy, self._context.release_name)
        )
