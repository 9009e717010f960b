"""Explain an interchange: what stands in it, in the field's words, each finding at its place.

`explain` holds the whole payload and shows every segment in wire order, the misplaced ones too; it is for looking at a file, not for
running one. The rendering is in `explain_text` and `explain_html`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from translators.findings import Finding
from translators.x12.code_words import CODE_WORDS
from translators.x12.definition_files import release_definition, release_of
from translators.x12.definitions import ElementDefinition, ReleaseDefinition
from translators.x12.explain_html import html_of
from translators.x12.explain_text import text_of_explanation
from translators.x12.explain_words import SEGMENT_WORDS, SET_WORDS
from translators.x12.model import (
    Catalogue,
    GroupEnd,
    GroupHeader,
    InterchangeAcknowledgment,
    InterchangeEnd,
    InterchangeHeader,
    Loop,
    NotInterchange,
    Segment,
    Separators,
    SetPart,
    TransactionSet,
    UnreadSet,
    text_of,
)
from translators.x12.policy import DEFAULT_POLICY, Policy
from translators.x12.reading import read
from translators.x12.tokens import next_token

# What is found in a set beyond the standard: by the partner's map and guide, where it is known whose it is.
Beyond = Callable[[InterchangeHeader, GroupHeader, TransactionSet], tuple[Finding, ...]]

# What is said of a set, and by the commands of a file.
ACCEPTED = "accepted"
WITH_FINDINGS = "accepted with findings"
REFUSED = "refused"
PARKED = "acknowledged, but would be parked"
UNREAD = "not read: no definition"


def _nothing(_interchange: InterchangeHeader, _group: GroupHeader, _one: TransactionSet) -> tuple[Finding, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class ExplainedElement:
    """One element with a value, or with a finding about the value it lacks."""

    place: str  # "PO103", "MEA04-1"
    name: str
    value: str
    words: str  # what the code means, where we know
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ExplainedSegment:
    """One segment. `depth` is the number of loops it stands in."""

    number: int
    id: str
    words: str
    loops: tuple[str, ...]
    depth: int
    elements: tuple[ExplainedElement, ...]
    findings: tuple[Finding, ...]
    missing_before: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ExplainedSet:
    """One transaction set."""

    id: str
    words: str
    control_number: str
    verdict: str
    segments: tuple[ExplainedSegment, ...]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class ExplainedGroup:
    """One functional group."""

    header: GroupHeader
    sets: list[ExplainedSet] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class ExplainedInterchange:
    """One interchange."""

    header: InterchangeHeader
    acknowledgments: list[InterchangeAcknowledgment] = field(default_factory=list)
    groups: list[ExplainedGroup] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class Explanation:
    """A payload explained."""

    interchanges: list[ExplainedInterchange] = field(default_factory=list)
    elsewhere: list[NotInterchange] = field(default_factory=list)

    def text(self) -> str:
        """Return the explanation for a terminal."""
        return text_of_explanation(self)

    def html(self) -> str:
        """Return the explanation as an HTML fragment: no script, no inline style, everything escaped."""
        return html_of(self)

    def as_json(self) -> dict[str, Any]:
        """Return the explanation as plain values."""
        return asdict(self)


def explain(
    chunks: Iterable[bytes], catalogue: Catalogue, policy: Policy = DEFAULT_POLICY, beyond: Beyond = _nothing
) -> Explanation:
    """Return the payload explained.

    Args:
        chunks: its bytes, in any cutting.
        catalogue: where definitions come from.
        policy: how strictly this partner is read.
        beyond: what else is found in a set, with its tree; it is shown in its place too, and parks a set that keeps to the standard.
    """
    payload = b"".join(chunks)
    explanation = Explanation()
    for event in read([payload], catalogue, policy, keep_trees=True):
        if isinstance(event, InterchangeHeader):
            explanation.interchanges.append(ExplainedInterchange(event))
        elif isinstance(event, NotInterchange):
            explanation.elsewhere.append(event)
        elif not isinstance(event, SetPart | UnreadSet):
            _add(explanation.interchanges[-1], event, payload, catalogue, policy, beyond)
    return explanation


def _add(
    interchange: ExplainedInterchange,
    event: GroupHeader | TransactionSet | GroupEnd | InterchangeEnd | InterchangeAcknowledgment,
    payload: bytes,
    catalogue: Catalogue,
    policy: Policy,
    beyond: Beyond,
) -> None:
    if isinstance(event, GroupHeader):
        interchange.groups.append(ExplainedGroup(event))
    elif isinstance(event, TransactionSet):
        group = interchange.groups[-1]
        release = release_definition(catalogue, release_of(group.header.release, policy), policy)
        more = beyond(interchange.header, group.header, event)
        group.sets.append(_set(event, more, payload, interchange.header.separators, release))
    elif isinstance(event, GroupEnd):
        interchange.groups[-1].findings = event.findings
    elif isinstance(event, InterchangeEnd):
        interchange.findings = event.findings
    else:
        interchange.acknowledgments.append(event)


def _set(
    transaction_set: TransactionSet,
    beyond: tuple[Finding, ...],
    payload: bytes,
    separators: Separators,
    release: ReleaseDefinition | None,
) -> ExplainedSet:
    loops = _loops_by_number(transaction_set.tree)
    by_segment: dict[int, list[Finding]] = {}
    for found in (*transaction_set.findings, *beyond):
        by_segment.setdefault(found.position.segment_number or 0, []).append(found)
    segments = []
    wire = payload[transaction_set.offset : transaction_set.offset + transaction_set.size_bytes]
    start = 0
    number = 0
    while (token := next_token(wire, start, separators, is_whole=True)) is not None:
        start = token.end
        number += 1
        segments.append(
            _segment(token.segment, number, loops.get(number, ()), by_segment.pop(number, []), separators, release)
        )
    return ExplainedSet(
        transaction_set.id,
        SET_WORDS.get(transaction_set.id, ""),
        transaction_set.control_number,
        _verdict(transaction_set, beyond),
        tuple(segments),
        tuple(f for left in by_segment.values() for f in left),
    )


def _verdict(transaction_set: TransactionSet, beyond: tuple[Finding, ...]) -> str:
    if not transaction_set.is_known:
        return UNREAD
    if not transaction_set.is_accepted:
        return REFUSED
    if any(f.refuses for f in beyond):
        return PARKED
    return WITH_FINDINGS if transaction_set.findings or beyond else ACCEPTED


def _loops_by_number(tree: Loop | None) -> dict[int, tuple[str, ...]]:
    if tree is None:
        return {}
    paths: dict[int, tuple[str, ...]] = {}
    waiting: list[tuple[Loop, tuple[str, ...]]] = [(tree, ())]
    while waiting:
        loop, path = waiting.pop()
        paths.update(dict.fromkeys(loop.numbers, path))
        waiting += [(inner, (*path, inner.name)) for inner in loop.loops]
    return paths


def _segment(
    segment: Segment,
    number: int,
    loops: tuple[str, ...],
    findings: list[Finding],
    separators: Separators,
    release: ReleaseDefinition | None,
) -> ExplainedSegment:
    tag = segment[0]
    definition = None if release is None else release.segment(tag)
    defined = () if definition is None else definition.elements
    here = [f for f in findings if f.position.segment_id == tag]
    by_element: dict[tuple[int, int], list[Finding]] = {}
    for found in here:
        if found.position.element is not None:
            by_element.setdefault((found.position.element, found.position.component or 0), []).append(found)
    elements: list[ExplainedElement] = []
    for position in range(1, max(len(segment), len(defined) + 1)):
        value = segment[position] if position < len(segment) else ""
        element = defined[position - 1] if position <= len(defined) else None
        elements += _elements(f"{tag}{position:02d}", value, element, position, by_element, separators)
    return ExplainedSegment(
        number,
        tag,
        SEGMENT_WORDS.get(tag, ""),
        loops,
        len(loops),
        tuple(elements),
        tuple(f for f in here if f.position.element is None),
        tuple(f for f in findings if f.position.segment_id != tag),
    )


def _elements(
    place: str,
    value: str,
    element: ElementDefinition | None,
    position: int,
    findings: dict[tuple[int, int], list[Finding]],
    separators: Separators,
) -> list[ExplainedElement]:
    about_whole = tuple(findings.get((position, 0), ()))
    parts = element.components if element is not None else ()
    if not parts:
        about = (*about_whole, *(f for (p, c), found in findings.items() if p == position and c for f in found))
        if not value and not about:
            return []
        name = element.name if element is not None else ""
        words = _words(element, value)
        return [ExplainedElement(place, name, text_of(value), words, about)]
    explained = (
        [ExplainedElement(place, element.name, text_of(value), "", about_whole)] if element and about_whole else []
    )
    values = value.split(separators.component) if separators.component else [value]
    for component in range(1, max(len(values), len(parts)) + 1):
        text = values[component - 1] if component <= len(values) else ""
        part = parts[component - 1] if component <= len(parts) else None
        about = tuple(findings.get((position, component), ()))
        if text or about:
            name = part.name if part else ""
            explained.append(ExplainedElement(f"{place}-{component}", name, text_of(text), _words(part, text), about))
    return explained


def _words(element: ElementDefinition | None, value: str) -> str:
    """Return what `value` means: a code's words, or the number with the decimal point that N2 only implies."""
    if element is None:
        return ""
    words = CODE_WORDS.get(element.number, {}).get(value.strip(), "")
    decimals = int(element.kind[1:] or 0) if element.kind[:1] == "N" else 0
    if words or not decimals or not value.isascii() or not value.removeprefix("-").isdigit():
        return words
    digits = value.removeprefix("-").zfill(decimals + 1)
    return f"{'-' if value[0] == '-' else ''}{digits[:-decimals]}.{digits[-decimals:]}"
