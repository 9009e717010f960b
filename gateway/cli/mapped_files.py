"""Files on disk, read by maps as the gateway would read them: by the partner's agreements, or by a map that is named; nothing booked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.api.document_views import FileVerdict, finding_view
from gateway.bootstrap import partner_folders
from gateway.cli.printing import shown
from gateway.cli.verdict_words import verdict_words
from gateway.errors import GatewayError
from gateway.map_shelf import maps_loader
from gateway.process.business_numbers import business_numbers
from gateway.profiles import Agreement, PartnerProfile, Partners, load_partners
from gateway.settings import FILE_NAME, Settings, load_settings
from gateway.states import Direction, Kind
from gateway.steps.file_kinds import counted_by, file_kind
from gateway.steps.files import FILE_LIMIT_BYTES, Candidate, file_agreements, is_x12, read_file
from gateway.steps.wire import sender_of, set_with_article
from translators.canonical.document import BusinessDocument
from translators.errors import TranslationError
from translators.findings import Finding
from translators.mapping import Map, ReadContext, load_map
from translators.x12 import Catalogue, GroupHeader, InterchangeHeader, TransactionSet, findings_of, read

PartnerName = Annotated[
    str, typer.Option("--partner", metavar="PARTNER", help="Whose file it is, by id or name; for what is not X12.")
]
MapName = Annotated[
    str, typer.Option("--map", metavar="MAP", help='Which map reads it, such as "csv/order", whatever was agreed.')
]


@dataclass(frozen=True, slots=True)
class MappedDocument:
    """One document of a file: what the map made of it, and what was found."""

    place: int
    kind: Kind
    document: BusinessDocument | None
    findings: tuple[Finding, ...]

    @property
    def is_accepted(self) -> bool:
        """Return whether the gateway would take it."""
        return self.document is not None and not any(f.refuses for f in self.findings)

    @property
    def verdict(self) -> str:
        """Return what is said of it where it is no X12."""
        return verdict_words((), is_refused=not self.is_accepted, is_x12=False)

    @property
    def name(self) -> str:
        """Return what people call it: "purchase order 4711"."""
        number = "" if self.document is None else business_numbers(self.document).number
        return f"{self.kind.label} {number}" if number else f"{self.kind.label} ({self.place})"


@dataclass(frozen=True, slots=True)
class MappedFile:
    """A file as a map reads it. `findings` are about the file itself."""

    name: str
    kind: str
    by: Map
    documents: tuple[MappedDocument, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def counted_by(self) -> str:
        """Return what its places are counted in: segment, row or line."""
        return counted_by(self.kind)

    @property
    def is_refused(self) -> bool:
        """Return whether the gateway would refuse the file, or a document in it."""
        whole = any(f.refuses for f in self.findings) or not self.documents
        return whole or not all(one.is_accepted for one in self.documents)

    def verdict(self) -> FileVerdict:
        """Return what `gateway validate` says of it."""
        found = [*self.findings, *(f for one in self.documents for f in one.findings)]
        return FileVerdict(
            file=self.name,
            is_refused=self.is_refused,
            transaction_sets=len(self.documents),
            findings=tuple(finding_view(f, self.counted_by) for f in found),
            remarks=(f"Judged as {self.kind} by the map {self.by.name} {self.by.version}.",),
        )

    def as_json(self) -> dict[str, Any]:
        """Return all of it for programs."""
        return {
            "file": self.name,
            "format": self.kind,
            "map": self.by.name,
            "map_version": self.by.version,
            "findings": [finding_view(f, self.counted_by).model_dump(mode="json") for f in self.findings],
            "documents": [
                {
                    "kind": one.kind.value,
                    "is_accepted": one.is_accepted,
                    "document": None if one.document is None else one.document.model_dump(mode="json"),
                    "findings": [finding_view(f, self.counted_by).model_dump(mode="json") for f in one.findings],
                }
                for one in self.documents
            ],
        }


class MapReader:
    """Reads files by the agreements and maps of the gateway in `home`.

    Raises:
        GatewayError: GW-6205, there is no partner of that name; GW-1001, the partner files have mistakes.
    """

    def __init__(self, home: Path | None, partner: str = "", map_name: str = "") -> None:
        self._settings: Settings = load_settings(home)
        self._load = maps_loader(self._settings)
        self.map_named = cache(lambda name: load_map(name, self._load))
        self.map_name = map_name
        self._named = partner
        self._has_home = (self._settings.home / FILE_NAME).is_file()
        self._profile = None if not partner else self._partners().named(partner)
        if partner and self._profile is None:
            raise GatewayError(
                "GW-6205", f"There is no partner {shown(partner)}; `gateway check` names the files in partners/."
            )

    def owner(self, file: str) -> PartnerProfile | None:
        """Return whose file it is: the partner that was named, else the one in whose folder it lies."""
        if self._profile is not None or not self._has_home or file == "-":
            return self._profile
        try:
            profiles = self._partners().by_id.values()
        except GatewayError:
            return None
        place = Path(file).resolve()
        folders = {p.id: partner_folders(self._settings, {p.id: p}) for p in profiles}
        return next((p for p in profiles if any(folder.resolve() in place.parents for folder in folders[p.id])), None)

    def is_for_map(self, file: str, beginning: bytes) -> bool:
        """Return whether a file is read by a map alone: it is no X12, and it is known whose it is or by which map."""
        return bool(beginning.strip()) and not is_x12(beginning) and bool(self.map_name or self.owner(file))

    def file(self, name: str, payload: bytes) -> MappedFile:
        """Return a file that is no X12, as its map reads it.

        Raises:
            GatewayError: GW-2201, nothing that is agreed reads it; GW-2202, it is too large.
        """
        if len(payload) > FILE_LIMIT_BYTES:
            raise GatewayError("GW-2202", f"{shown(name)} is larger than {FILE_LIMIT_BYTES} bytes.")
        profile = self.owner(name)
        context = ReadContext(partner="" if profile is None else profile.id)
        candidates = self._candidates(profile)
        found = read_file(payload, Path(name).name, candidates, context) if candidates else None
        if found is None or found.by is None:
            agreed = ", ".join(by.name for _, by in candidates) or "nothing"
            raise GatewayError(
                "GW-2201", f"{shown(name)} fits nothing that is agreed ({agreed}). Name a map that reads it with --map."
            )
        by = found.by
        documents = tuple(
            MappedDocument(one.place, Kind(by.document_type), one.reading.document, one.reading.findings)
            for one in found.documents
        )
        return MappedFile(name, file_kind(by).name, by, documents, found.findings)

    def sets(self, name: str, payload: bytes) -> Iterator[MappedFile]:
        """Yield each transaction set of X12 as its map reads it.

        Raises:
            GatewayError: GW-6207, nothing is agreed about it.
        """
        catalogue = Catalogue(lambda file: self._load(f"x12/{file}"))
        header: InterchangeHeader | None = None
        group: GroupHeader | None = None
        about: tuple[Finding, ...] = ()
        for event in read([payload], catalogue, keep_trees=True):
            match event:
                case InterchangeHeader():
                    header = event
                case GroupHeader():
                    group = event
                case TransactionSet() if header is not None and group is not None:
                    by = self._map_of_set(event.id, header, group)
                    kind = Kind(by.document_type)
                    if event.tree is None or not event.is_accepted:
                        yield MappedFile(name, "X12", by, (MappedDocument(1, kind, None, event.findings),))
                        continue
                    context = ReadContext(separators=header.separators, release=group.release)
                    reading = by.read(event.tree, context)
                    found = event.findings + reading.findings
                    yield MappedFile(name, "X12", by, (MappedDocument(1, kind, reading.document, found),))
                case _:
                    about += tuple(f for f in findings_of(event) if f.refuses)
        if about or header is None:
            what = about[0].sentence if about else "There is no interchange in it."
            raise GatewayError("GW-6207", f"{shown(name)}: {what}")

    def _map_of_set(self, set_id: str, header: InterchangeHeader, group: GroupHeader) -> Map:
        profile = self._profile
        if profile is None and self._has_home:
            partners = self._partners()
            profile = sender_of(partners, header, group)
        agreed = () if profile is None else profile.agreements
        names = [self.map_name] if self.map_name else [a.map for a in agreed]
        found = next((by for by in map(self._loaded, names) if by.set_id == set_id), None)
        if found is None:
            what = f"Nothing that is agreed reads {set_with_article(shown(set_id))}."
            raise GatewayError("GW-6207", f"{what} Name a map that does with --map{self._shipped_for(set_id)}.")
        return found

    def _shipped_for(self, set_id: str) -> str:
        name = f"x12/{set_id}"
        try:
            return f", such as --map {name}" if set_id.isdigit() and self.map_named(name).set_id == set_id else ""
        except TranslationError:
            return ""

    def _candidates(self, profile: PartnerProfile | None) -> list[Candidate]:
        if not self.map_name:
            return [] if profile is None else file_agreements(profile, self.map_named)
        by = self._loaded(self.map_name)
        return [(Agreement(document=Kind(by.document_type), direction=Direction.IN, map=by.name), by)]

    def _loaded(self, name: str) -> Map:
        try:
            return self.map_named(name)
        except TranslationError as unusable:
            raise GatewayError("GW-6207", f"The map {name} does not load: {unusable.sentence}") from unusable

    def _partners(self) -> Partners:
        return load_partners(self._settings.path(self._settings.partners_dir))


def values_of(one: MappedDocument, by: Map) -> Iterator[tuple[str, str, str]]:
    """Yield what a document says, value by value: where in the canonical document, the value, where on the wire.

    What the map only kept comes last.
    """
    if one.document is None:
        return
    positions = one.document.source.positions
    content = one.document.model_dump(mode="json", exclude_defaults=True, exclude={"source", "document_type"})
    for path, value in sorted(_flat(content, ""), key=lambda row: _is_kept(row[0])):
        number, _, rest = positions.get(path, "").partition(":")
        segment_id, _, element = rest.rpartition(":")
        place = ""
        if number:
            leaf = by.format.wire.leaf(segment_id, segment_id, int(element)) if element.isdigit() else segment_id
            place = f"{counted_by(file_kind(by).name)} {number}, {leaf}"
        yield path, value, place


def _is_kept(path: str) -> bool:
    return "extensions" in path.split("/")


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}/{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _flat(inner, f"{path}/{index}")
    else:
        yield path, str(value)
