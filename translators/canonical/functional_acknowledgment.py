"""FunctionalAcknowledgment (X12 997): what a partner's translator says to the transaction sets of one functional group."""

from __future__ import annotations

from typing import Literal

from translators.canonical.document import BusinessDocument
from translators.canonical.model import CanonicalModel
from translators.canonical.source import Extension

SyntaxStatus = Literal["accepted", "accepted-with-errors", "partially-accepted", "rejected"]


class ElementError(CanonicalModel):
    """One element in error: its place in the segment (from 1), its number in the dictionary, the code and the value received."""

    position: int
    component: int | None = None
    repetition: int | None = None
    reference: str = ""
    error_code: str
    value: str = ""


class SegmentError(CanonicalModel):
    """One segment in error. `position` counts from ST, which is 1."""

    segment_id: str
    position: int
    loop_id: str = ""
    error_code: str = ""
    elements: tuple[ElementError, ...] = ()
    extensions: tuple[Extension, ...] = ()


class AcknowledgedSet(CanonicalModel):
    """One transaction set and what became of it. `status_code` is the wire's own word where several mean the same."""

    set_id: str
    control_number: str
    implementation: str = ""
    status: SyntaxStatus
    status_code: str = ""
    error_codes: tuple[str, ...] = ()
    segments: tuple[SegmentError, ...] = ()
    extensions: tuple[Extension, ...] = ()


class FunctionalAcknowledgment(BusinessDocument):
    """The answer to one functional group. `functional_id` is its GS01 ("PO"), `group_control_number` its GS06."""

    document_type: Literal["functional_acknowledgment"] = "functional_acknowledgment"
    functional_id: str
    group_control_number: str
    version: str = ""
    status: SyntaxStatus
    status_code: str = ""
    sets_included: int
    sets_received: int
    sets_accepted: int
    error_codes: tuple[str, ...] = ()
    sets: tuple[AcknowledgedSet, ...] = ()
