"""Files that carry no X12 envelope: which agreement one belongs to, and the documents in it.

Pure: told everything, asks nothing; `gateway validate` judges by it as the journey does. A partner may have several agreements about
such files. The name decides where an agreement says how its files are called; else the content does: the map whose root element,
columns or tags the file has, and that makes documents of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from gateway.profiles import Agreement, PartnerProfile
from gateway.states import Direction
from translators.errors import TranslationError
from translators.findings import Finding, Position
from translators.mapping import Map, ReadContext, Reading
from translators.x12.model import Loop

FILE_LIMIT_BYTES = 50_000_000  # rows and elements are held in memory while a file is opened, about ten times its size
TRIED = 5  # documents of a file by which maps are compared, where several could serve
_MARKS = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"  # what may stand before the first character of text in any encoding

Candidate = tuple[Agreement, Map]


@dataclass(frozen=True, slots=True)
class FileDocument:
    """One document of a file: its place in the file from 1, what its wire tree is, what the map made of it."""

    place: int
    tree: Loop
    reading: Reading


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as it was read. `by` is None when no agreement fits it; `findings` are about the file itself."""

    agreement: Agreement | None = None
    by: Map | None = None
    documents: tuple[FileDocument, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def refusal(self) -> Finding | None:
        """Return what refuses the file as a whole."""
        return next((f for f in self.findings if f.refuses), None)


def file_agreements(profile: PartnerProfile, map_named: Callable[[str], Map]) -> list[Candidate]:
    """Return the agreements about files that come in without X12 envelopes. A map that does not load is left out: `check` names it."""
    found = []
    for agreement in profile.agreements:
        if agreement.direction is Direction.IN:
            try:
                by = map_named(agreement.map)
            except TranslationError:
                continue
            if by.wire != "x12":
                found.append((agreement, by))
    return found


def is_x12(beginning: bytes) -> bool:
    """Return whether a payload begins as an interchange does."""
    return beginning.lstrip(_MARKS).startswith(b"ISA")


def is_xml(beginning: bytes) -> bool:
    """Return whether a payload begins as XML does, in any encoding."""
    return beginning.lstrip(_MARKS).startswith(b"<")


def read_file(payload: bytes, name: str, candidates: Sequence[Candidate], context: ReadContext) -> ReadFile:
    """Return the documents of a file, by the agreement that fits it best.

    Args:
        payload: all of it, at most FILE_LIMIT_BYTES.
        name: the partner's name for it.
        candidates: what is agreed; at least one.
    """
    fitting = [c for c in candidates if (c[1].wire == "xml") is is_xml(payload[:64])]
    named = [c for c in fitting if c[0].files and fnmatchcase(name.casefold(), c[0].files.casefold())]
    chosen = named or [c for c in fitting if not c[0].files]
    best: tuple[tuple[int, int, int], Candidate] | None = None
    for candidate in chosen:
        if len(chosen) == 1:
            best = ((0, 0, 0), candidate)
            break
        fit = _fit(payload, candidate[1], context)
        if best is None or fit > best[0]:
            best = (fit, candidate)
    if best is None:
        return ReadFile()
    agreement, by = best[1]
    trees = by.trees(payload)
    documents = tuple(
        FileDocument(place, tree, read_tree(tree, by, context, trees.about(place - 1)))
        for place, tree in enumerate(trees.trees, 1)
    )
    return ReadFile(agreement, by, documents, trees.findings)


def _fit(payload: bytes, by: Map, context: ReadContext) -> tuple[int, int, int]:
    """Return how well a map fits: whether it finds documents, how many of the first it accepts, how few mistakes it finds."""
    trees = by.trees(payload)
    readings = [read_tree(tree, by, context, trees.about(place)) for place, tree in enumerate(trees.trees[:TRIED])]
    mistakes = len(trees.findings) + sum(len(r.findings) for r in readings)
    has_documents = bool(trees.trees) and not any(f.refuses for f in trees.findings)
    return int(has_documents), sum(r.is_accepted for r in readings), -mistakes


def read_tree(tree: Loop, by: Map, context: ReadContext, about: tuple[Finding, ...] = ()) -> Reading:
    """Return what the map makes of one document, its findings placed as people find them in such a file.

    Args:
        about: what was found about the document when the file was taken apart.
    """
    reading = by.read(tree, context)
    return replace(reading, findings=(*about, *placed(reading.findings, by)))


def placed(findings: Iterable[Finding], by: Map) -> Iterable[Finding]:
    """Yield findings whose places are rows and columns, or lines and elements, where X12 would say segments."""
    for finding in findings:
        position = finding.position
        if position.segment_number is None or not position.segment_id:
            yield finding
            continue
        place = position.segment_id
        if position.element is not None:
            place = by.format.wire.leaf(position.segment_id, position.segment_id, position.element)
        where = f"{'line' if by.wire == 'xml' else 'row'} {position.segment_number}, {place}"
        sentence = finding.sentence.replace(str(position), where, 1)
        yield replace(
            finding,
            position=Position(position.segment_number, place, offset=position.offset),
            sentence=sentence[:1].upper() + sentence[1:],
        )
