"""Write X12: a canonical tree → segments in the standard's order → an interchange.

Control numbers and the time are given by the caller. A value that holds a separator is refused, or replaced where the partner's rule
says by what; nothing is ever cut or escaped silently.

Source: X12.5, X12.6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from translators.errors import TranslationError
from translators.findings import Finding, Position, Severity
from translators.x12.definition_files import release_definition, release_of, set_definition
from translators.x12.definitions import LoopUse, ReleaseDefinition, SegmentUse
from translators.x12.finding_codes import finding
from translators.x12.model import Catalogue, Loop, Segment, Separators
from translators.x12.policy import DEFAULT_POLICY, Policy
from translators.x12.segment_check import shown
from translators.x12.walk import SetWalk

_FIRST_LONG_DATE = "004010"
_FIRST_REPETITION_VERSION = "00402"
_NUMBER_LIMIT = 999_999_999  # elements I12 and 28: nine digits


@dataclass(frozen=True, slots=True)
class SetToWrite:
    """One transaction set to write: its body without ST and SE."""

    id: str
    control_number: str
    body: Sequence[Segment]
    implementation: str = ""


@dataclass(frozen=True, slots=True)
class GroupToWrite:
    """One functional group to write. `release` goes into GS08 as it is ("004010VICS")."""

    functional_id: str
    sender: str
    receiver: str
    release: str
    control_number: int
    sets: tuple[SetToWrite, ...]
    agency: str = "X"


@dataclass(frozen=True, slots=True)
class EnvelopeToWrite:
    r"""One interchange to write.

    Args:
        separators: all four; `repetition` is written as ISA11 from version 00402 on, before that ISA11 is "U".
        version: ISA12, "00401".
        usage: "P" or "T".
        ta1s: TA1 segments, written between ISA and the first group.
        line_end: written after every terminator: "", "\n" or "\r\n".
        replacements: character → what to write instead, for values that hold a separator (a partner's rule).
    """

    separators: Separators
    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    version: str
    usage: str
    control_number: int
    acknowledgment_requested: bool
    groups: tuple[GroupToWrite, ...]
    ta1s: tuple[Segment, ...] = ()
    line_end: str = ""
    replacements: Mapping[str, str] = field(default_factory=dict)


def write_interchange(envelope: EnvelopeToWrite, now: datetime) -> bytes:
    """Return the bytes of the interchange.

    Raises:
        TranslationError: X12-VALUE-HOLDS-SEPARATOR, X12-ENVELOPE-VALUE.

    Source: X12.5; ISA fields are padded to their fixed widths.
    """
    _check_separators(envelope)
    rows = _Rows(envelope.separators, envelope.replacements)
    segments = [*envelope.ta1s]
    for group in envelope.groups:
        segments += _group_segments(group, now)
    trailer = ["IEA", str(len(envelope.groups)), _isa_number(envelope)]
    end = envelope.separators.segment + envelope.line_end
    text = _isa(envelope, now) + end + "".join(rows.row(s) + end for s in (*segments, trailer))
    return text.encode("latin-1")


def _check_separators(envelope: EnvelopeToWrite) -> None:
    separators = envelope.separators
    used = [separators.element, separators.component, separators.segment]
    if envelope.version >= _FIRST_REPETITION_VERSION and separators.repetition:
        used.append(separators.repetition)
    wrong = [s for s in used if len(s) != 1 or s.isalnum() or s == " " or ord(s) > 255 or used.count(s) > 1]
    if wrong or envelope.line_end.strip("\r\n"):
        raise TranslationError(
            "X12-ENVELOPE-VALUE",
            f"{used!r} cannot separate: each must be one character, unlike the others, and no letter, digit or blank; only a line end "
            "may follow a terminator. Correct the partner's profile.",
            separators=used,
        )


def _isa_number(envelope: EnvelopeToWrite) -> str:
    if not 0 <= envelope.control_number <= _NUMBER_LIMIT:
        raise TranslationError(
            "X12-ENVELOPE-VALUE",
            f"The interchange control number {envelope.control_number} has more than nine digits. Reset the counter.",
            number=envelope.control_number,
        )
    return f"{envelope.control_number:09d}"


def _isa(envelope: EnvelopeToWrite, now: datetime) -> str:
    separators = envelope.separators
    has_repetition = envelope.version >= _FIRST_REPETITION_VERSION and separators.repetition
    fields = (
        ("00", 2),
        ("", 10),
        ("00", 2),
        ("", 10),
        (envelope.sender_qualifier, 2),
        (envelope.sender, 15),
        (envelope.receiver_qualifier, 2),
        (envelope.receiver, 15),
        (now.strftime("%y%m%d"), 6),
        (now.strftime("%H%M"), 4),
        (separators.repetition if has_repetition else "U", 1),
        (envelope.version, 5),
        (_isa_number(envelope), 9),
        ("1" if envelope.acknowledgment_requested else "0", 1),
        (envelope.usage, 1),
        (separators.component, 1),
    )
    for number, (value, width) in enumerate(fields, 1):
        barred = separators.element in value or separators.segment in value
        is_text = value.isascii() and (value.isprintable() or number in (11, 16))
        is_absent = number in (6, 8) and not value.strip(" ")
        is_narrow = number in (5, 7, 12, 15) and len(value) != width
        if len(value) > width or barred or not is_text or is_absent or is_narrow:
            raise TranslationError(
                "X12-ENVELOPE-VALUE",
                f"ISA{number:02d} cannot be {value!r}: it must be there, fit {width} characters and hold no separator. "
                "Correct the partner's profile.",
                element=number,
                value=value,
            )
    return separators.element.join(["ISA", *(value.ljust(width) for value, width in fields)])


def _check_group(group: GroupToWrite) -> None:
    if not 0 <= group.control_number <= _NUMBER_LIMIT:
        raise TranslationError(
            "X12-ENVELOPE-VALUE",
            f"The group control number {group.control_number} has more than nine digits. Reset the counter.",
            number=group.control_number,
        )
    for number, value, width in (
        (1, group.functional_id, 2),
        (2, group.sender, 15),
        (3, group.receiver, 15),
        (8, group.release, 12),
    ):
        if not 0 < len(value.strip(" ")) <= len(value) <= width or not value.isprintable():
            raise TranslationError(
                "X12-ENVELOPE-VALUE",
                f"GS{number:02d} cannot be {value!r}: it must be there and fit {width} characters. Correct the partner's profile.",
                element=number,
                value=value,
            )


def _group_segments(group: GroupToWrite, now: datetime) -> Iterator[Segment]:
    _check_group(group)
    is_long = release_of(group.release, DEFAULT_POLICY) >= _FIRST_LONG_DATE
    yield [
        "GS",
        group.functional_id,
        group.sender,
        group.receiver,
        now.strftime("%Y%m%d" if is_long else "%y%m%d"),
        now.strftime("%H%M"),
        str(group.control_number),
        group.agency,
        group.release,
    ]
    for transaction_set in group.sets:
        st = ["ST", transaction_set.id, transaction_set.control_number]
        yield [*st, transaction_set.implementation] if transaction_set.implementation else st
        yield from transaction_set.body
        yield ["SE", str(len(transaction_set.body) + 2), transaction_set.control_number]
    yield ["GE", str(len(group.sets)), str(group.control_number)]


class _Rows:
    """Writes segments with one interchange's separators."""

    def __init__(self, separators: Separators, replacements: Mapping[str, str]) -> None:
        self._element = separators.element
        # Component and repetition separators structure an element, so they may stand in it.
        self._barred = (separators.element, separators.segment)
        self._replacements = str.maketrans(dict(replacements))
        self._has_replacements = bool(replacements)

    def row(self, segment: Segment) -> str:
        row = self._element.join(segment)
        if row.count(self._element) == len(segment) - 1 and self._barred[1] not in row and row.isascii():
            return row
        return self._element.join(self._value(segment, i) for i in range(len(segment)))

    def _value(self, segment: Segment, position: int) -> str:
        value = segment[position]
        if self._has_replacements and position:
            value = value.translate(self._replacements)
        for barred in self._barred:
            if barred in value:
                raise TranslationError(
                    "X12-VALUE-HOLDS-SEPARATOR",
                    f"{segment[0]}{position:02d} is {shown(value)!r}, which holds the separator {barred!r}. "
                    "Choose other separators for the partner, or a replacement.",
                    segment=segment[0],
                    element=position,
                    value=value,
                )
        if any(ord(c) > 255 for c in value):
            # Beyond Latin-1: text in the tree is one character per byte, so a map's own text is encoded here.
            return value.encode("utf-8").decode("latin-1")
        return value


def write_transaction_set(
    tree: Loop,
    set_id: str,
    release: str,
    catalogue: Catalogue,
    *,
    separators: Separators | None = None,
    policy: Policy = DEFAULT_POLICY,
    replacements: Mapping[str, str] | None = None,
) -> tuple[list[Segment], tuple[Finding, ...]]:
    """Return the body of the set, without ST and SE, in the standard's order, and what is wrong with it.

    Args:
        tree: root loop; loops named by their first segment's id, in any order between kinds, segments likewise. Within a kind
            the order given is kept.
        set_id: "850".
        release: "004010", or with a suffix.
        catalogue: where definitions come from.
        separators: that the set will be written with; values are checked for components and repetitions by them.
        policy: the partner's, for its guide and code lists.
        replacements: character → what to write instead, in values; those that structure a composite stay.

    Returns:
        The segments, trailing empty elements trimmed, and the findings of the same engine that reads.

    Raises:
        TranslationError: X12-DEFINITION-MISSING.
    """
    name = release_of(release, policy)
    dictionary = release_definition(catalogue, name, policy)
    definition = set_definition(catalogue, name, set_id, policy)
    if dictionary is None or definition is None:
        raise TranslationError(
            "X12-DEFINITION-MISSING",
            f"There is no definition of {set_id} in {release}. Choose a release that has it.",
            set_id=set_id,
            release=release,
        )
    segments: list[Segment] = []
    unplaced: list[Finding] = []
    _order(tree, definition.root, segments, unplaced)
    separators = separators or Separators()
    if replacements:
        segments = [_replaced(s, dictionary, separators, replacements) for s in segments]
    walk = SetWalk(definition, dictionary, separators, keeps_tree=False, guide=policy.guide_name)
    walk.take(["ST", set_id, "0001"], 1, 0)
    for number, segment in enumerate(segments, 2):
        walk.take(segment, number, 0)
    walk.take(["SE", str(len(segments) + 2), "0001"], len(segments) + 2, 0)
    return segments, (*unplaced, *(_strictly(f) for f in walk.finish(len(segments) + 3, 0)))


def _strictly(found: Finding) -> Finding:
    """Return `found` as it weighs in what we send: a separator in a value, which is everyday in what comes, refuses."""
    is_separator = found.code in ("X12-COMPONENTS-TOO-MANY", "X12-REPETITIONS-TOO-MANY")
    return replace(found, severity=Severity.ERROR) if is_separator else found


def _replaced(
    segment: Segment, dictionary: ReleaseDefinition, separators: Separators, replacements: Mapping[str, str]
) -> Segment:
    everywhere = str.maketrans(dict(replacements))
    structure = (separators.component, separators.repetition)
    in_composites = str.maketrans({c: r for c, r in replacements.items() if c not in structure})
    definition = dictionary.segment(segment[0])
    elements = () if definition is None else definition.elements
    composites = {n for n, e in enumerate(elements, 1) if e.components or e.repeats != 1}
    return [
        value if n == 0 else value.translate(in_composites if n in composites else everywhere)
        for n, value in enumerate(segment)
    ]


def _order(tree: Loop, use: LoopUse, out: list[Segment], unplaced: list[Finding]) -> None:
    """Append the segments of `tree` to `out` in the order of `use`."""
    segments: dict[str, list[Segment]] = {}
    for segment in tree.segments:
        segments.setdefault(segment[0], []).append(segment)
    loops: dict[str, list[Loop]] = {}
    for loop in tree.loops:
        loops.setdefault(loop.name, []).append(loop)
    for tag in ("ST", "SE"):
        segments.pop(tag, None)
    for index, item in enumerate(use.items):
        tag = item.first_id
        if isinstance(item, SegmentUse):
            waiting = segments.get(tag, [])
            # Where the same segment stands again later, each place takes what fits it.
            taken = waiting if _is_last(use, index) or item.most is None else waiting[: item.most]
            out += [_trimmed(s) for s in taken]
            segments[tag] = waiting[len(taken) :]
        else:
            waiting_loops = loops.get(tag, [])
            fits = waiting_loops if _is_last(use, index) or item.most is None else waiting_loops[: item.most]
            for loop in fits:
                _order(loop, item, out, unplaced)
            loops[tag] = waiting_loops[len(fits) :]
            # A map may give a loop of one segment as that segment; where the segment has a place of its own it belongs there.
            has_own_place = any(isinstance(use.items[i], SegmentUse) for i in use.places[tag])
            for segment in [] if has_own_place else segments.pop(tag, []):
                _order(Loop(tag, [segment]), item, out, unplaced)
    unplaced += [_unplaced(s, use) for left in segments.values() for s in left]
    unplaced += [_unplaced(s, use) for left in loops.values() for loop in left for s in loop.segments[:1]]


def _is_last(use: LoopUse, index: int) -> bool:
    return use.places[use.items[index].first_id][-1] == index


def _unplaced(segment: Segment, use: LoopUse) -> Finding:
    where = f"loop {use.name}" if use.name else "the transaction set"
    return finding(
        "X12-WRITE-SEGMENT", f"{segment[0]} has no place in {where}.", position=Position(None, segment[0], use.name)
    )


def _trimmed(segment: Segment) -> Segment:
    end = len(segment)
    while end > 1 and not segment[end - 1]:
        end -= 1
    return segment[:end]
