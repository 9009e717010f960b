"""Stored documents through two states of the maps: what the one makes of them, what the other, and where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.api.map_views import ChangedDocument, DifferenceView
from gateway.cli.map_differences import changed_lines, differences, plain, spoken_findings
from gateway.cli.map_trial import going_out
from gateway.errors import GatewayError
from gateway.map_shelf import Load, MapShelf, kept_loader, loaded
from gateway.states import Direction
from gateway.steps.station import Station
from gateway.steps.translate import FORMATS
from gateway.steps.wire import held_wire
from gateway.store import documents, map_versions
from gateway.store.documents import Document
from gateway.store.queries import PAGE_LIMIT, Filters, page
from translators.canonical import parse_canonical
from translators.errors import TranslationError
from translators.findings import Finding
from translators.mapping import Map

UNKNOWN_VERSION = "its version is not kept here"


@dataclass(frozen=True, slots=True)
class Result:
    """What one state of the maps makes of a document: a canonical document as JSON, or the text that goes out."""

    version: str
    findings: tuple[Finding, ...]
    canonical: Any = None
    text: str = ""

    @property
    def is_refused(self) -> bool:
        """Return whether the document would stop."""
        return any(f.refuses for f in self.findings)


@dataclass(slots=True)
class AsMade:
    """Maps as they were when they made a document; any other as it is now.

    Args:
        now: the maps as they are.
        load: for definitions of the standard.
    """

    station: Station
    now: Callable[[str], Map]
    load: Load
    document: Document
    _known: dict[tuple[str, str], Map | None] = field(default_factory=dict)

    def __call__(self, name: str) -> Map:
        """Return a map. Raises GatewayError GW-6507 where the version is not kept, TranslationError."""
        if name != self.document.map_name:
            return self.now(name)
        key = (name, self.document.map_version)
        if key not in self._known:
            self._known[key] = self._kept(*key)
        by = self._known[key]
        if by is None:
            raise GatewayError("GW-6507", UNKNOWN_VERSION)
        return by

    def _kept(self, name: str, version: str) -> Map | None:
        with self.station.database.read() as connection:
            text = map_versions.kept(connection, name, version)
        return None if text is None else loaded(name, kept_loader(text.files, self.load))[1]

    def versions(self) -> Mapping[str, str]:
        """Return no version: nothing is taken over from here."""
        return {}

    def replace(self, other: Any) -> None:
        """Refuse: a state of the past is not replaced."""
        raise NotImplementedError(other)


def last_documents(station: Station, names: set[str], partner: str, last: int) -> Iterator[Document]:
    """Yield the newest documents that were translated by one of `names` (any, when it is empty), newest first."""
    cursor, found = "", 0
    with station.database.read() as connection:
        while found < last:
            some = page(connection, Filters(partner=partner), PAGE_LIMIT, cursor)
            for document in some.documents:
                if document.kind.is_business and document.map_name and (not names or document.map_name in names):
                    found += 1
                    yield document
                    if found == last:
                        return
            cursor = some.cursor
            if not cursor:
                return


def compared(document: Document, before: Station, after: Station) -> ChangedDocument | None:
    """Return what differs between two stations' maps for one stored document, None when nothing does."""
    trouble = ""
    old = new = Result("", ())
    try:
        old = _old_result(document, before)
        new = _result(document, after)
    except (GatewayError, TranslationError, LookupError, ValueError) as wrong:
        trouble = getattr(wrong, "sentence", str(wrong))
    differing = list(differences(old.canonical, new.canonical)) if not trouble else []
    lines = changed_lines(old.text, new.text)
    then, now = spoken_findings(old.findings), spoken_findings(new.findings)
    appeared, gone = [f for f in now if f not in then], [f for f in then if f not in now]
    if not (differing or lines or appeared or gone or trouble):
        return None
    return ChangedDocument(
        id=document.id,
        partner=document.partner,
        kind=document.kind,
        direction=document.direction,
        number=document.number,
        map=document.map_name,
        before=old.version,
        after=new.version,
        differences=tuple(DifferenceView(path=p, before=b, after=a) for p, b, a in differing),
        lines=tuple(lines),
        new_findings=tuple(appeared),
        gone_findings=tuple(gone),
        is_refused_now=new.is_refused and not old.is_refused,
        trouble=trouble,
    )


def _old_result(document: Document, station: Station) -> Result:
    """Return what was made, or what the old maps make; what came in by a version that is not kept is as it was stored."""
    try:
        return _result(document, station)
    except GatewayError as unknown:
        if unknown.code != "GW-6507" or document.direction is Direction.OUT:
            raise
    with station.database.read() as connection:
        held = documents.content(connection, document.id)
        found = documents.findings_of(connection, document.id)
    canonical = parse_canonical(document.kind, held["canonical"])
    wire = tuple(f for f in found if not f.code.startswith(("ERP-", "XREF-")))
    return Result(document.map_version, wire, plain(canonical))


def _result(document: Document, station: Station) -> Result:
    profile = station.partner(document)
    with station.database.read() as connection:
        held = documents.content(connection, document.id)
    if document.direction is Direction.OUT:
        agreement = profile.agreement(document.kind, Direction.OUT)
        by = station.map_named(document.map_name if agreement is None else agreement.map)
        canonical = parse_canonical(document.kind, held["canonical"])
        text, found = going_out(by, canonical, profile, station.catalogue)
        return Result(by.version, found, text=text)
    format_name, wire = held_wire(held["wire"])
    again = FORMATS[format_name].read_again(document, profile, wire, station)
    if again is None or again.reading is None:
        raise GatewayError("GW-6507", f"nothing is agreed with {profile.name} about it any more")
    reading = again.reading
    return Result(again.by.version, (*again.findings, *reading.findings), plain(reading.document))


def as_made(station: Station, document: Document, now: Callable[[str], Map], load: Load) -> Station:
    """Return the station with the map that made `document` as it was then."""
    return replace(station, map_named=AsMade(station, now, load, document))


def with_maps(station: Station, load: Load) -> Station:
    """Return the station with other maps."""
    return replace(station, map_named=MapShelf(load))
