"""One thing wrong with a partner's data, and where.

Findings are values: they are collected, all of them, in one pass; nothing is raised. The same finding feeds the acknowledgment
(997/999/TA1), the sentence on screen, and the position under which `gateway explain` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """What a finding means for the document it was found in."""

    ERROR = "error"  # the document is refused
    WARNING = "warning"  # accepted; reported
    NOTE = "note"  # accepted; worth knowing, never reported to the partner


class Level(StrEnum):
    """The part of the wire a finding is about; decides which acknowledgment segment carries its code."""

    INTERCHANGE = "interchange"  # TA105
    GROUP = "group"  # AK905
    SET = "set"  # AK502 / IK502
    SEGMENT = "segment"  # AK304 / IK304
    ELEMENT = "element"  # AK403 / IK403
    DOCUMENT = "document"  # beyond syntax: found by a map or a check, no X12 code


_ANSWERED_IN = {
    Level.INTERCHANGE: "TA105",
    Level.GROUP: "AK905",
    Level.SET: "AK502",
    Level.SEGMENT: "AK304",
    Level.ELEMENT: "AK403",
}


@dataclass(frozen=True, slots=True)
class Position:
    """Where on the wire.

    Args:
        segment_number: 1 for the ST of its transaction set (AK301 counting); in files without sets, the row, from 1.
        segment_id: "PO1"; in files without segments, the element or column path.
        loop: the loop's identifier ("PO1", "N1"), "" in the header.
        element: 1 for the first element after the segment id.
        component: 1 for the first component of a composite.
        repetition: 1 for the first repetition of a repeated element.
        offset: bytes from the start of the payload to the start of the segment.
    """

    segment_number: int | None = None
    segment_id: str = ""
    loop: str = ""
    element: int | None = None
    component: int | None = None
    repetition: int | None = None
    offset: int | None = None

    def __str__(self) -> str:
        """Return the position as people write it: "segment 12, PO103"."""
        if not self.segment_id and self.segment_number is None:
            return ""
        name = self.segment_id
        if self.element is not None:
            name += f"{self.element:02d}"
        if self.component is not None:
            name += f"-{self.component}"
        return f"segment {self.segment_number}, {name}" if self.segment_number is not None else name


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in a partner's data.

    Args:
        code: ours, stable, with a heading in the handbook ("X12-ELEMENT-MISSING").
        sentence: what is wrong and what to do, readable by customer service.
        severity: whether it refuses the document.
        level: which part of the wire it is about.
        position: where.
        value: the value found, as received; "" when there was none.
        x12_code: the standard's code for it at `level` (AK304 "8", AK403 "7", TA105 "006", ...); "" when the standard has none.
        reference: the clause that says so: the standard's, or the page of the partner's guide.
    """

    code: str
    sentence: str
    severity: Severity = Severity.ERROR
    level: Level = Level.DOCUMENT
    position: Position = field(default_factory=Position)
    value: str = ""
    x12_code: str = ""
    reference: str = ""

    @property
    def answered(self) -> str:
        """Return the element of an acknowledgment that carries the standard's code, and the code: "AK403 7"; "" without one.

        Codes that begin with I are about a guide, and only the 999 has them.
        """
        if not self.x12_code:
            return ""
        element = _ANSWERED_IN.get(self.level, "")
        if self.x12_code.startswith("I"):
            element = element.replace("AK", "IK")
        return f"{element} {self.x12_code}".strip()

    @property
    def refuses(self) -> bool:
        """Return whether this finding alone refuses the document."""
        return self.severity is Severity.ERROR
