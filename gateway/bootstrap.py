"""The composition root: settings in, everything that runs out. Nothing else constructs adapters.

The configuration is checked here before anything starts, all of it, every complaint at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from gateway import shipped
from gateway.clock import SystemClock
from gateway.connectors import CONNECTORS
from gateway.errors import ConfigurationError
from gateway.ports import Connector, Transport
from gateway.profiles import PartnerProfile, Partners, load_partners
from gateway.settings import Settings
from gateway.states import Direction
from gateway.steps.station import Station
from gateway.store.engine import Database
from gateway.store.payloads import PayloadStore
from gateway.store.schema import upgrade
from gateway.transports import TRANSPORTS, TransportParts
from gateway.transports.folder import FolderHints
from translators.errors import TranslationError
from translators.mapping import Map, load_map
from translators.x12 import Catalogue


def build(settings: Settings) -> Station:
    """Return a station ready to run: configuration checked, database migrated, adapters made.

    Raises:
        ConfigurationError: GW-1001, every complaint.
        GatewayError: GW-5001 the database cannot be reached.
    """
    station, wrong = _assemble(settings)
    if station is None or wrong:
        raise ConfigurationError(wrong)
    upgrade(settings.database_url)
    return station


def check(settings: Settings) -> list[str]:
    """Return every complaint about the configuration; an empty list when it is fine. Touches no database."""
    return _assemble(settings)[1]


def _assemble(settings: Settings) -> tuple[Station | None, list[str]]:
    wrong: list[str] = []
    clock = SystemClock()
    try:
        partners = load_partners(settings.path(settings.partners_dir))
    except ConfigurationError as invalid:
        return None, invalid.complaints
    load = maps_loader(settings)
    map_named = _MapShelf(load)
    connectors: dict[str, Connector] = {}
    for name, connector in settings.connectors.items():
        if connector.kind not in CONNECTORS:
            wrong.append(
                f"gateway.toml: connectors.{name}.kind: no connector {connector.kind!r}; there is {', '.join(CONNECTORS)}"
            )
            continue
        try:
            connectors[name] = CONNECTORS[connector.kind](name, connector.options, clock)
        except ConfigurationError as invalid:
            wrong += invalid.complaints
    transports: dict[str, Transport] = {}
    parts = TransportParts(settings, clock, FolderHints())
    for profile in partners.by_id.values():
        complaints = [
            *_transport_complaints(profile),
            *_connector_complaints(profile, settings),
            *_map_complaints(profile, map_named),
        ]
        wrong += [f"partners/{profile.id}.toml: {complaint}" for complaint in complaints]
        if profile.transport.kind in TRANSPORTS:
            transports[profile.id] = TRANSPORTS[profile.transport.kind].build(profile, profile.transport.options, parts)
    wrong += _shared_folders(partners)
    station = Station(
        settings=settings,
        partners=partners,
        database=Database(settings.database_url),
        payloads=PayloadStore(settings.payload_dir, settings.payload_inline_bytes, settings.payload_limit_bytes),
        catalogue=Catalogue(lambda name: load(f"x12/{name}")),
        map_named=map_named,
        transports=transports,
        connectors=connectors,
        clock=clock,
    )
    return station, wrong


class _MapShelf:
    """Maps by name, loaded once."""

    def __init__(self, load: Callable[[str], bytes | None]) -> None:
        self._load = load
        self._maps: dict[str, Map] = {}

    def __call__(self, name: str) -> Map:
        if name not in self._maps:
            self._maps[name] = load_map(name, self._load)
        return self._maps[name]


def maps_loader(settings: Settings) -> Callable[[str], bytes | None]:
    """Return the function that finds a map or a definition by name: the operator's own first, then the shipped ones."""
    folders = (settings.path(settings.maps_dir), shipped.maps_dir())

    def load(name: str) -> bytes | None:
        for folder in folders:
            path = folder / name
            if folder.resolve() in path.resolve().parents and path.is_file():
                return path.read_bytes()
        return None

    return load


def _transport_complaints(profile: PartnerProfile) -> list[str]:
    kind = TRANSPORTS.get(profile.transport.kind)
    if kind is None:
        return [f"transport.kind: no transport {profile.transport.kind!r}; there is {', '.join(TRANSPORTS)}"]
    wrong = []
    for key, value in profile.transport.options.items():
        if key not in kind.options:
            wrong.append(f"transport.{key}: not a key of {profile.transport.kind}; it takes {', '.join(kind.options)}")
        elif not isinstance(value, kind.options[key]):
            wrong.append(f"transport.{key}: must be {kind.options[key].__name__}")
    folder = profile.transport.options.get("folder", profile.id)
    if isinstance(folder, str) and (Path(folder).is_absolute() or ".." in Path(folder).parts):
        wrong.append("transport.folder: must lie inside the inbox and outbox folders")
    return wrong


def _shared_folders(partners: Partners) -> list[str]:
    """Two partners must not read each other's files."""
    wrong = []
    seen: dict[Path, str] = {}
    for profile in partners.by_id.values():
        if profile.transport.kind != "folder":
            continue
        folder = Path(str(profile.transport.options.get("folder", profile.id)))
        other = seen.setdefault(folder, profile.id)
        if other != profile.id:
            wrong.append(
                f"partners/{profile.id}.toml: transport.folder: {folder} is also the folder of partners/{other}.toml"
            )
    return wrong


def _connector_complaints(profile: PartnerProfile, settings: Settings) -> list[str]:
    if not profile.connector:
        return ["connector: missing; name one of [connectors] in gateway.toml"] if profile.agreements else []
    if profile.connector not in settings.connectors:
        known = ", ".join(settings.connectors) or "none"
        return [f"connector: gateway.toml has no [connectors.{profile.connector}]; it has {known}"]
    return [] if profile.account else ["account: missing; its customer or vendor number in the ERP"]


def _map_complaints(profile: PartnerProfile, map_named: Callable[[str], Map]) -> list[str]:
    wrong = []
    for number, agreement in enumerate(profile.agreements):
        key = f"agreements[{number}]"
        if not agreement.document.is_business:
            wrong.append(f"{key}.document: {agreement.document} is not agreed, it is always answered; leave it out")
            continue
        try:
            found = map_named(agreement.map)
        except TranslationError as unusable:
            complaints = getattr(unusable, "complaints", (unusable.sentence,))
            wrong += [f"{key}.map: {complaint}" for complaint in complaints]
            continue
        if found.document_type != agreement.document:
            wrong.append(f"{key}.map: {agreement.map} makes {found.document_type}, not {agreement.document}")
        if found.wire != "x12":
            way = "read" if agreement.direction is Direction.IN else "write"
            wrong.append(f"{key}.map: {agreement.map} is {found.wire}; the journey can {way} x12 only")
    return wrong


def partner_folders(settings: Settings, partners: Mapping[str, PartnerProfile]) -> list[Path]:
    """Return the inbox and outbox folders of the partners that use the folder transport."""
    names = [str(p.transport.options.get("folder", p.id)) for p in partners.values() if p.transport.kind == "folder"]
    roots = (settings.path(settings.inbox_dir), settings.path(settings.outbox_dir))
    return [root / name for root in roots for name in names]
