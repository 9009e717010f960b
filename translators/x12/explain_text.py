"""Render an explanation for a terminal: one line a segment, findings below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from translators.findings import Finding, Severity
from translators.x12.acknowledgment_words import ACCEPTANCE_WORDS, INTERCHANGE_WORDS
from translators.x12.explain_words import USAGE_WORDS

if TYPE_CHECKING:
    from translators.x12.explain import (
        ExplainedGroup,
        ExplainedInterchange,
        ExplainedSegment,
        ExplainedSet,
        Explanation,
    )

MARKS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.NOTE: "·"}
_INDENT = "  "


def visible(text: str) -> str:
    """Return `text` with control characters as their pictures, and a mark for the others that show nothing.

    What a file holds must not move a terminal's cursor or turn the direction of a line, and is no valid HTML.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _picture(ord(c)) for c in text)


def _picture(code: int) -> str:
    if code == 0xA0:
        return " "
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def text_of_explanation(explanation: Explanation) -> str:
    """Return the explanation as text."""
    lines: list[str] = []
    for outside in explanation.elsewhere:
        lines.append(f"Bytes {outside.offset} to {outside.offset + outside.size_bytes}: no interchange")
        lines += _findings((outside.finding,), _INDENT)
    for interchange in explanation.interchanges:
        lines += _interchange(interchange)
    return "\n".join(visible(line) for line in lines) + "\n"


def interchange_title(interchange: ExplainedInterchange) -> str:
    """Return an interchange in one line."""
    header = interchange.header
    usage = USAGE_WORDS.get(header.usage, header.usage)
    return (
        f"Interchange {header.control_number} from {header.sender_qualifier} {header.sender} "
        f"to {header.receiver_qualifier} {header.receiver}, {header.date} {header.time}, version {header.version}, {usage}"
    )


def group_title(group: ExplainedGroup) -> str:
    """Return a group in one line."""
    header = group.header
    return f"Group {header.control_number}: {header.functional_id}, release {header.release}, from {header.sender} to {header.receiver}"


def set_title(transaction_set: ExplainedSet) -> str:
    """Return a set in one line."""
    words = f" {transaction_set.words}" if transaction_set.words else ""
    return f"{transaction_set.id}{words} {transaction_set.control_number}: {transaction_set.verdict}"


def _interchange(interchange: ExplainedInterchange) -> Iterator[str]:
    yield interchange_title(interchange)
    yield from _findings(interchange.findings, _INDENT)
    for answer in interchange.acknowledgments:
        verdict = ACCEPTANCE_WORDS.get(answer.code, answer.code)
        note = INTERCHANGE_WORDS.get(answer.note, answer.note)
        yield f"{_INDENT}TA1: interchange {answer.control_number} {verdict}: {note}"
    for group in interchange.groups:
        yield _INDENT + group_title(group)
        yield from _findings(group.findings, _INDENT * 2)
        for transaction_set in group.sets:
            yield _INDENT * 2 + set_title(transaction_set)
            yield from _findings(transaction_set.findings, _INDENT * 3)
            for segment in transaction_set.segments:
                yield from _segment(segment)


def _segment(segment: ExplainedSegment) -> Iterator[str]:
    indent = _INDENT * (3 + segment.depth)
    yield from _findings(segment.missing_before, indent)
    words = f" {segment.words}" if segment.words else ""
    values = "; ".join(
        f"{e.name or e.place}: {e.value}" + (f" ({e.words})" if e.words else "") for e in segment.elements if e.value
    )
    yield f"{indent}{segment.number:>4} {segment.id}{words}" + (f" | {values}" if values else "")
    found = [*segment.findings, *(f for e in segment.elements for f in e.findings)]
    yield from _findings(found, indent + "     ")


def _findings(findings: Iterable[Finding], indent: str) -> Iterator[str]:
    for found in findings:
        code = f" [{found.answered}]" if found.answered else ""
        yield f"{indent}{MARKS[found.severity]} {found.code}{code} {found.sentence}"
