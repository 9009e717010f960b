"""What bytes are that belong to no interchange: other formats by their first bytes, orphaned X12, or just junk.

Only the sentence and the code depend on it; no byte of junk is ever read as X12.
"""

from __future__ import annotations

import re
from dataclasses import replace

from translators.findings import Position, Severity
from translators.x12.finding_codes import finding
from translators.x12.model import NotInterchange
from translators.x12.policy import Policy
from translators.x12.segment_check import shown
from translators.x12.severity import settle

# First bytes → what the file is, in the words of a person who has to tell the partner.
_KINDS = (
    (b"\xff\xfe", "is UTF-16 text"),
    (b"\xfe\xff", "is UTF-16 text"),
    (b"I\x00S\x00A\x00", "is UTF-16 text"),
    (b"\x00I\x00S\x00A", "is UTF-16 text"),
    (b"\xc9\xe2\xc1", "is EBCDIC"),
    (b"\x1f\x8b", "is compressed by gzip"),
    (b"PK\x03\x04", "is a ZIP archive"),
    (b"%PDF", "is a PDF document"),
    (b"UNA", "is EDIFACT"),
    (b"UNB", "is EDIFACT"),
    (b"<", "is XML or HTML"),
    (b"{", "is JSON"),
    (b"isa", "begins with isa in lower case"),
)
_ORPHAN = re.compile(rb"(GS|ST|TA1)[^A-Za-z0-9 ]")
_LEFT_OVER = re.compile(rb"(SE|GE|IEA)[^A-Za-z0-9 ]")


def say_of_junk(head: bytes, size_bytes: int, *, is_first: bool) -> tuple[str, str]:
    """Return the finding's code and sentence for bytes outside any interchange.

    Args:
        head: their first bytes.
        size_bytes: how many there are.
        is_first: whether no interchange came before.
    """
    orphan = _ORPHAN.match(head)
    if orphan:
        # Documents may stand here that nobody will read: never a mere warning.
        where = "The file begins" if is_first else "After an interchange the file goes on"
        return "X12-ENVELOPE-MISSING", f"{where} with {orphan[1].decode()} instead of ISA."
    if not is_first:
        trailer = _LEFT_OVER.match(head)
        if trailer:
            return "X12-TRAILER-LEFT-OVER", f"{trailer[1].decode()} stands after the interchange has ended."
        return "X12-BETWEEN-INTERCHANGES", f"{size_bytes} bytes after an interchange begin no other."
    kind = next((words for first, words in _KINDS if head.startswith(first)), "")
    if kind:
        return "X12-ISA-MISSING", f"The file {kind}."
    return "X12-ISA-MISSING", f"The file begins with {shown(head.decode('latin-1'))!r}."


def not_interchange(offset: int, size_bytes: int, code: str, sentence: str, policy: Policy) -> NotInterchange:
    """Return the event for bytes that are no interchange; it always has its finding as `policy` weighs it, if only as a note."""
    made = finding(code, sentence, position=Position(offset=offset))
    settled = settle((made,), policy, "")
    return NotInterchange(offset, size_bytes, settled[0] if settled else replace(made, severity=Severity.NOTE))
