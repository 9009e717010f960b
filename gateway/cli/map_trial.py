"""One file, or one canonical document, through a partner's maps: what becomes of it, and what would go out; nothing is booked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.api.document_views import finding_view
from gateway.api.map_views import Translated
from gateway.cli.canonical_json import canonical_values
from gateway.errors import GatewayError
from gateway.map_shelf import MapShelf
from gateway.process.cross_references import Entries, cross_referenced, needs, words_of
from gateway.profiles import PartnerProfile, Partners
from gateway.states import Direction, Kind
from gateway.steps.contained import SETS
from gateway.steps.cross_referencing import entries_for
from gateway.steps.file_kinds import counted_by, file_kind
from gateway.steps.files import file_agreements, read_file
from gateway.steps.wire import plain_id
from gateway.store.engine import Database
from translators.canonical import parse_canonical
from translators.canonical.document import BusinessDocument
from translators.findings import Finding
from translators.mapping import Map, ReadContext, Reading, WriteContext
from translators.x12 import (
    Catalogue,
    FunctionalGroup,
    GroupEnd,
    GroupHeader,
    InterchangeHeader,
    Segment,
    TransactionSet,
    findings_of,
    functional_acknowledgment,
    read,
    write_transaction_set,
)


@dataclass(slots=True)
class Trial:
    """Tries things as from, or for, one partner.

    Args:
        database: for the cross references; None where the gateway has none yet.
        map_name: the map to use whatever is agreed; "" for the agreed one.
    """

    profile: PartnerProfile
    partners: Partners
    shelf: MapShelf
    catalogue: Catalogue
    database: Database | None
    map_name: str = ""
    findings: list[Finding] = field(default_factory=list)
    remarks: dict[str, None] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)

    def interchange(self, content: bytes) -> Iterator[Translated]:
        """Yield what becomes of each transaction set; `answers` then holds the acknowledgments."""
        header: InterchangeHeader | None = None
        group: GroupHeader | None = None
        sets: list[TransactionSet] = []
        for event in read([content], self.catalogue, self.profile.x12.policy, keep_trees=True):
            self.findings += findings_of(event) if not isinstance(event, TransactionSet) else []
            match event:
                case InterchangeHeader():
                    header = event
                case GroupHeader():
                    group, sets = event, []
                    self._note_sender(header, group)
                case TransactionSet():
                    sets.append(event)
                    assert header is not None and group is not None  # a set stands in a group  # noqa: S101, PT018
                    yield from self._set(event, header, group)
                case GroupEnd():
                    assert group is not None  # it began  # noqa: S101
                    whole = FunctionalGroup(event.header, tuple(sets), event.sets_included, event.findings)
                    self._answer(whole)

    def _note_sender(self, header: InterchangeHeader | None, group: GroupHeader) -> None:
        assert header is not None  # a group stands in an interchange  # noqa: S101
        sender = self.partners.sender(header.sender_qualifier, plain_id(header.sender), plain_id(group.sender))
        if sender is None or sender.id != self.profile.id:
            is_who = "nobody we know" if sender is None else sender.name
            self.remarks[
                f"Its envelope says that it is from {is_who}; coming in, it would not be {self.profile.name}'s."
            ] = None

    def _answer(self, group: FunctionalGroup) -> None:
        kind = self.profile.x12.acknowledgment
        body = functional_acknowledgment(group, self.catalogue, release=group.header.release, kind=kind)
        self.answers += [f"ST*{kind}*0001", *lines_of(body)]

    def _set(self, one: TransactionSet, header: InterchangeHeader, group: GroupHeader) -> Iterator[Translated]:
        kind = SETS.get(one.id)
        if kind is None or not kind.is_business:
            self.findings += one.findings
            self.remarks[f"Set {one.id} is not translated."] = None
            return
        by = self._map(kind, Direction.IN)
        if by is None or one.tree is None:
            self.findings += one.findings
            return
        context = ReadContext(self.profile.id, header.usage == "T", separators=header.separators, release=group.release)
        yield self._translated(by, one.findings, by.read(one.tree, context), is_valid=one.is_accepted)

    def file(self, content: bytes, name: str) -> Iterator[Translated]:
        """Yield what becomes of each document of a file that carries no X12 envelope."""
        candidates = file_agreements(self.profile, self.shelf)
        if self.map_name:
            by = self.shelf(self.map_name)
            agreed = self.profile.agreements[:1]
            candidates = [(agreed[0].model_copy(update={"files": ""}), by)] if agreed else []
        context = ReadContext(self.profile.id, self.profile.files.usage == "T")
        found = read_file(content, Path(name).name, candidates, context)
        self.findings += found.findings
        if found.by is None:
            self.remarks[f"It fits nothing that is agreed with {self.profile.name}."] = None
            return
        for one in found.documents:
            yield self._translated(found.by, (), one.reading, is_valid=True)

    def canonical(self, content: bytes) -> tuple[Map, BusinessDocument]:
        """Return a canonical document of ours, and the map it goes out by.

        Raises:
            GatewayError: GW-6504, it is none that is agreed to go out.
        """
        try:
            held = json.loads(content)
            if isinstance(held, list):
                (held,) = held
        except ValueError as broken:
            raise GatewayError("GW-6504", f"The file is no canonical document: {broken}.") from broken
        wrong = "it does not say its document_type, and nothing goes out to them"
        for agreement in self.profile.agreements:
            by = self.shelf(self.map_name or agreement.map)
            if agreement.direction is not Direction.OUT and not self.map_name:
                continue
            if held.get("document_type", by.document_type) != by.document_type:
                wrong = f"nothing is agreed about {held['document_type']} going out"
                continue
            try:
                return by, parse_canonical(by.document_type, json.dumps({**held, "partner": self.profile.id}))
            except ValueError as invalid:
                wrong = str(invalid).splitlines()[0] if "document_type" not in held else str(invalid)
        raise GatewayError("GW-6504", f"The file is no canonical document for {self.profile.name}: {wrong}.")

    def _map(self, kind: Kind, direction: Direction) -> Map | None:
        if self.map_name:
            return self.shelf(self.map_name)
        maps = [self.shelf(a.map) for a in self.profile.agreements if (a.document, a.direction) == (kind, direction)]
        by = next((m for m in maps if m.wire == "x12"), None)
        if by is None:
            self.remarks[f"Nothing is agreed with {self.profile.name} about {kind.with_article} coming in as X12."] = (
                None
            )
        return by

    def _translated(self, by: Map, before: tuple[Finding, ...], reading: Reading, *, is_valid: bool) -> Translated:
        document = reading.document
        ours = None if document is None else self._in_our_words(document)
        noun = "segment" if by.wire == "x12" else counted_by(file_kind(by).name)
        return Translated(
            map=by.name,
            version=by.version,
            document=None if document is None else canonical_values(document),
            in_our_words=None if ours is None else canonical_values(ours),
            findings=tuple(finding_view(f, noun) for f in (*before, *reading.findings)),
            is_accepted=is_valid and reading.is_accepted,
        )

    def _in_our_words(self, document: BusinessDocument) -> BusinessDocument | None:
        """Return what the ERP would see, None where the cross references change nothing."""
        if self.database is None:
            return None
        words = words_of(self.profile, Direction.IN)
        with self.database.read() as connection:
            found = entries_for(connection, self.profile.id, words, needs(document, words))
        done = cross_referenced(document, words, Entries(found, self.profile.id))
        return done.document if done.changed else None


def going_out(
    by: Map, document: BusinessDocument, profile: PartnerProfile, catalogue: Catalogue
) -> tuple[str, tuple[Finding, ...]]:
    """Return a document of ours as it stands on the wire, without its envelope, and what is wrong with it."""
    identity = profile.x12
    if by.wire == "x12":
        writing = by.write(document, WriteContext(release=identity.release, separators=identity.wire_separators))
        body, wrong = write_transaction_set(
            writing.tree,
            by.set_id,
            identity.release,
            catalogue,
            separators=identity.wire_separators,
            policy=identity.policy,
        )
        return "\n".join(lines_of(body)), (*writing.findings, *wrong)
    writing = by.write(document, WriteContext())
    file = by.payload([writing.tree])
    return file.content.decode("utf-8", "replace"), (*writing.findings, *file.findings)


def lines_of(body: list[Segment]) -> list[str]:
    """Return segments as lines for people."""
    return ["*".join(segment) for segment in body]
