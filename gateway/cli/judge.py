"""Judge a file as the gateway would: the standard, then the map that was agreed with its sender; no database, nothing booked.

What keeps the sender's own rules from being applied is said in a remark, never passed over: a file is then judged by the standard only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain
from pathlib import Path

from gateway.api.document_views import FileVerdict, finding_view
from gateway.cli.parallel import ReadElsewhere, read_on_processors
from gateway.errors import ConfigurationError
from gateway.map_shelf import maps_loader
from gateway.profiles import PartnerProfile, Partners, load_partners
from gateway.settings import FILE_NAME, load_settings
from gateway.steps.as_x12 import set_context, set_map
from gateway.steps.contained import SETS
from gateway.steps.wire import plain_id, sender_of, set_with_article
from translators.errors import TranslationError
from translators.findings import Finding
from translators.mapping import load_map
from translators.x12 import (
    DEFAULT_POLICY,
    Catalogue,
    Event,
    Explanation,
    GroupHeader,
    InterchangeEnd,
    InterchangeHeader,
    Policy,
    SetPart,
    TransactionSet,
    UnreadSet,
    explain,
    findings_of,
    joined,
    read,
    read_transaction_set,
)

STANDARD_ONLY = "Judged by the standard only: "
# A map takes a set as a whole: 100 parts are some 20 MB on the wire and half a gigabyte here.
MAPPED_PARTS_LIMIT = 100


@dataclass(slots=True)
class _Sight:
    """What is known of the file so far: the envelope it is in, whose it is, how many sets came."""

    interchange: InterchangeHeader | None = None
    group: GroupHeader | None = None
    profile: PartnerProfile | None = None
    sets: int = 0
    is_refused: bool = False
    parts: list[SetPart] = field(default_factory=list)  # of the set that is being read, for the map
    is_too_large: bool = False  # for a map

    def hold(self, part: SetPart) -> None:
        """Keep a part of a set that a map may want."""
        self.is_too_large = self.is_too_large or len(self.parts) >= MAPPED_PARTS_LIMIT
        if self.is_too_large:
            self.parts.clear()
        elif self.profile is not None:
            self.parts.append(part)

    def let_go(self) -> None:
        """Forget the set."""
        self.parts, self.is_too_large = [], False


@dataclass(frozen=True, slots=True)
class Explained:
    """A file explained, by what it was judged where its sender is known, and whether the gateway would stop a part of it."""

    explanation: Explanation
    remarks: tuple[str, ...]
    is_refused: bool


def catalogue_of(home: Path | None) -> Catalogue:
    """Return the definitions that the gateway in `home` uses; where there is none, the shipped ones."""
    load = maps_loader(load_settings(home))
    return Catalogue(lambda name: load(f"x12/{name}"))


class Judge:
    """Judges files by the partners and maps of the gateway in `home`; by the standard only where there is none.

    Raises:
        ConfigurationError: GW-1001, gateway.toml has mistakes.
    """

    def __init__(self, home: Path | None) -> None:
        settings = load_settings(home)
        self._home = home
        self._load = maps_loader(settings)
        self._catalogue = catalogue_of(home)
        self._map_named = cache(lambda name: load_map(name, self._load))
        self._partners: Partners | None = None
        self._missing = ""
        if not (settings.home / FILE_NAME).is_file():
            self._missing = f"there is no gateway in {settings.home}; --home names one."
            return
        try:
            self._partners = load_partners(settings.path(settings.partners_dir))
        except ConfigurationError as invalid:
            self._missing = f"the partner files do not load; `gateway check` says why. First: {invalid.complaints[0]}"

    def verdict(self, file: str, chunks: Iterable[bytes], processors: int = 1) -> FileVerdict:
        """Return what the gateway would say of a file.

        Args:
            file: its name, for the verdict.
            chunks: its bytes, in any cutting.
            processors: how many processes validate its sets; with one, this one does.
        """
        found: list[Finding] = []
        remarks: dict[str, None] = {}  # in order, each once
        sight = _Sight()
        pieces, sender = self._beginning(iter(chunks))
        policy = DEFAULT_POLICY if sender is None else sender.x12.policy
        for event in self._events(pieces, policy, processors):
            found += event.one.findings if isinstance(event, ReadElsewhere) else findings_of(event)
            match event:
                case InterchangeHeader():
                    sight.interchange, sight.group, sight.profile = event, None, None
                case GroupHeader():
                    if sight.group is None:  # the first group decides for the whole interchange
                        assert sight.interchange is not None  # a group stands in an interchange  # noqa: S101
                        sight.profile = self._sender(sight.interchange, event)
                    sight.group = event
                case SetPart():
                    sight.hold(event)
                case TransactionSet() | ReadElsewhere():
                    sight.sets += 1
                    one = event if isinstance(event, TransactionSet) else event.one
                    if isinstance(event, ReadElsewhere) and sight.profile is not None and one.is_accepted:
                        sight.hold(self._whole(event.unread, policy))
                    beyond, said = self._beyond_standard(one, sight)
                    sight.let_go()
                    found += beyond
                    remarks |= dict.fromkeys(said)
        return FileVerdict(
            file=file,
            is_refused=sight.is_refused or any(f.refuses for f in found),
            transaction_sets=sight.sets,
            findings=tuple(finding_view(f) for f in found),
            remarks=tuple(remarks),
        )

    def explanation(self, chunks: Iterable[bytes]) -> Explained:
        """Return a file explained as the gateway would judge it: what the agreed map and guide find stands beside the standard's."""
        beginning, sender = self._beginning(iter(chunks))
        pieces = list(beginning)
        policy = DEFAULT_POLICY if sender is None else sender.x12.policy
        sight = _Sight()
        further: list[Finding] = []
        remarks: dict[str, None] = {}

        def beyond(interchange: InterchangeHeader, group: GroupHeader, one: TransactionSet) -> tuple[Finding, ...]:
            if sight.interchange is not interchange:  # the first group decides for the whole interchange
                sight.interchange, sight.profile = interchange, self._sender(interchange, group)
            sight.group = group
            if sight.profile is None or one.tree is None:
                return ()
            sight.hold(SetPart(one.tree, 0))
            found, said = self._beyond_standard(one, sight)
            sight.let_go()
            further.extend(found)
            remarks.update(dict.fromkeys(said))
            return found

        explanation = explain(pieces, self._catalogue, policy, beyond)
        found = chain(further, (f for event in read(pieces, self._catalogue, policy) for f in findings_of(event)))
        return Explained(explanation, tuple(remarks), sight.is_refused or any(f.refuses for f in found))

    def _events(self, pieces: Iterator[bytes], policy: Policy, processors: int) -> Iterator[Event | ReadElsewhere]:
        if processors == 1:
            return read(pieces, self._catalogue, policy, in_parts=True)
        return read_on_processors(pieces, partial(catalogue_of, self._home), policy, processors)

    def _whole(self, unread: UnreadSet, policy: Policy) -> SetPart:
        """Return a set that another process validated as one part: a map wants its tree."""
        one = read_transaction_set(unread.payload, unread.interchange, unread.group, self._catalogue, policy)
        assert one.tree is not None  # it was asked for  # noqa: S101
        return SetPart(one.tree, 0)

    def _beginning(self, chunks: Iterator[bytes]) -> tuple[Iterator[bytes], PartnerProfile | None]:
        """Return all the chunks again, and the sender that the first envelope names: how strictly it is read depends on it."""
        seen: list[bytes] = []

        def noted() -> Iterator[bytes]:
            for chunk in chunks:
                seen.append(chunk)
                yield chunk

        header: InterchangeHeader | None = None
        sender: PartnerProfile | None = None
        events: Iterator[Event] = read(noted(), self._catalogue)
        for event in events:
            if isinstance(event, InterchangeHeader):
                header = event
            elif isinstance(event, GroupHeader) and header is not None:
                sender = self._sender(header, event)
                break
            elif isinstance(event, InterchangeEnd):
                break
        return chain(seen, chunks), sender

    def _sender(self, interchange: InterchangeHeader, group: GroupHeader) -> PartnerProfile | None:
        if self._partners is None:
            return None
        return sender_of(self._partners, interchange, group)

    def _beyond_standard(self, one: TransactionSet, sight: _Sight) -> tuple[tuple[Finding, ...], list[str]]:
        """Return what the agreed map finds in a set, and what has to be said about how it was judged."""
        interchange, group, profile = sight.interchange, sight.group, sight.profile
        assert interchange is not None and group is not None  # a set stands in a group  # noqa: S101, PT018
        if self._missing:
            return (), [STANDARD_ONLY + self._missing]
        if profile is None:
            address = f"{interchange.sender_qualifier}:{plain_id(interchange.sender)}"
            return (), [
                f"{STANDARD_ONLY}no partner file has {address} with group id {plain_id(group.sender)}; coming in, it would be refused."
            ]
        kind = SETS.get(one.id)
        if kind is None:
            return (), [
                f"{STANDARD_ONLY}there is no use for set {one.id} here; it would be acknowledged and wait for a person."
            ]
        if not kind.is_business:
            return (), []
        said = _usage(interchange, profile)
        try:
            by = set_map(profile, kind, self._map_named)
        except TranslationError as unusable:
            return (), [
                *said,
                f"{STANDARD_ONLY}the map {unusable.facts.get('map', '')} does not load: {unusable.sentence}",
            ]
        if by is None:
            where = f"partners/{profile.id}.toml"
            return (), [
                f"{STANDARD_ONLY}nothing is agreed with {profile.name} about {set_with_article(one.id)} coming in ({where})."
            ]
        if not one.is_known or not one.is_accepted:
            return (), said
        if sight.is_too_large:
            words = f"{STANDARD_ONLY}no map is tried here on {set_with_article(one.id)} of {one.size_bytes:,} bytes."
            return (), [*said, words]
        reading = by.read(joined(sight.parts), set_context(profile, interchange, group))
        if reading.document is None and not any(f.refuses for f in reading.findings):
            sight.is_refused = True
            said.append(f"The map {by.name} makes no document of the {one.id}.")
        said.append(f"Judged by the standard, then as from {profile.name} by the map {by.name} {by.version}.")
        return reading.findings, said


def _usage(interchange: InterchangeHeader, profile: PartnerProfile) -> list[str]:
    """Return what has to be said when a test comes from a partner in production, or the other way round."""
    is_test = interchange.usage == "T"
    if is_test == (profile.x12.usage == "T"):
        return []
    meant = "test" if is_test else "production"
    return [
        f"It would wait for a person: the envelope says {meant} (ISA15), and {profile.name} is set to {profile.x12.usage}."
    ]
