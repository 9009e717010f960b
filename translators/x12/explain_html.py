"""Render an explanation as an HTML fragment: nested sections, a table row a segment, findings in place. Everything is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING

from translators.findings import Finding
from translators.x12.acknowledgment_words import ACCEPTANCE_WORDS, INTERCHANGE_WORDS
from translators.x12.explain_text import MARKS, group_title, interchange_title, set_title, visible

if TYPE_CHECKING:
    from translators.x12.explain import ExplainedElement, ExplainedSegment, Explanation


def html_of(explanation: Explanation) -> str:
    """Return the explanation as an HTML fragment; the page that holds it brings the style for its classes."""
    return "".join(visible(part) for part in _parts(explanation))


def _parts(explanation: Explanation) -> Iterator[str]:
    yield '<article class="x12">'
    for outside in explanation.elsewhere:
        yield f"<section><h2>Bytes {outside.offset} to {outside.offset + outside.size_bytes}: no interchange</h2>"
        yield from _findings((outside.finding,))
        yield "</section>"
    for interchange in explanation.interchanges:
        yield f"<section><h2>{escape(interchange_title(interchange))}</h2>"
        yield from _findings(interchange.findings)
        for answer in interchange.acknowledgments:
            verdict = ACCEPTANCE_WORDS.get(answer.code, answer.code)
            note = INTERCHANGE_WORDS.get(answer.note, answer.note)
            yield f"<p>TA1: interchange {escape(answer.control_number)} {escape(verdict)}: {escape(note)}</p>"
        for group in interchange.groups:
            yield f"<section><h3>{escape(group_title(group))}</h3>"
            yield from _findings(group.findings)
            for transaction_set in group.sets:
                yield f"<section><h4>{escape(set_title(transaction_set))}</h4>"
                yield from _findings(transaction_set.findings)
                yield "<table><tbody>"
                for segment in transaction_set.segments:
                    yield from _segment(segment)
                yield "</tbody></table></section>"
            yield "</section>"
        yield "</section>"
    yield "</article>"


def _segment(segment: ExplainedSegment) -> Iterator[str]:
    if segment.missing_before:
        yield '<tr class="missing"><td colspan="3">'
        yield from _findings(segment.missing_before)
        yield "</td></tr>"
    yield f'<tr class="depth-{segment.depth}"><td>{segment.number}</td>'
    yield f'<th scope="row">{escape(segment.id)} <small>{escape(segment.words)}</small></th><td>'
    yield from _findings(segment.findings)
    if segment.elements:
        yield "<dl>"
        for element in segment.elements:
            yield from _element(element)
        yield "</dl>"
    yield "</td></tr>"


def _element(element: ExplainedElement) -> Iterator[str]:
    words = f" <em>{escape(element.words)}</em>" if element.words else ""
    yield f"<dt>{escape(element.place)} <small>{escape(element.name)}</small></dt>"
    yield f"<dd><code>{escape(element.value)}</code>{words}"
    yield from _findings(element.findings)
    yield "</dd>"


def _findings(findings: Iterable[Finding]) -> Iterator[str]:
    rows = [
        f'<li class="{f.severity.value}">{MARKS[f.severity]} <a href="#{escape(f.code)}">{escape(f.code)}</a>'
        f"{f' [{escape(f.answered)}]' if f.answered else ''} {escape(f.sentence)}</li>"
        for f in findings
    ]
    if rows:
        yield f'<ul class="findings">{"".join(rows)}</ul>'
