"""The composition root: settings in, everything that runs out. Nothing else constructs adapters.

The configuration is checked here before anything starts, all of it, every complaint at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from pydantic import ValidationError

from gateway.clock import Clock, SystemClock
from gateway.connectors import CONNECTORS
from gateway.errors import ConfigurationError, GatewayError
from gateway.map_shelf import MapShelf, maps_loader
from gateway.partner_drafts import draft_complaints
from gateway.ports import Connector, Transport
from gateway.profiles import Agreement, PartnerProfile, Partners, read_partner_files
from gateway.settings import Settings, read_secret
from gateway.states import Direction
from gateway.steps.file_kinds import file_kind
from gateway.steps.receive_transmission import StationReceptions
from gateway.steps.station import Station
from gateway.store import map_versions
from gateway.store.as2_sent import StoreSentTransmissions
from gateway.store.engine import Database, LostRace
from gateway.store.leases import StoreLeases
from gateway.store.network_shares import network_share_of
from gateway.store.payloads import PayloadStore
from gateway.store.schema import upgrade
from gateway.store.server_clock import ServerClock
from gateway.transports import HOSTED_ROOT, TRANSPORTS, TransportParts
from gateway.transports.as2.endpoint import As2Endpoint
from gateway.transports.as2.service import As2Service
from gateway.transports.claims import folder_of, shared_accounts, shared_as2_names, shared_folders
from gateway.transports.folder import FolderHints
from gateway.transports.hosted import HostedTransport
from gateway.webhooks import webhook_complaints
from translators.errors import TranslationError
from translators.mapping import Map
from translators.x12 import Catalogue

if TYPE_CHECKING:
    from gateway.transports.sftp_host import SftpHost

log = structlog.get_logger("gateway")

KEEP_TRIES = 3  # two processes that start together keep the same maps


def build(settings: Settings) -> Station:
    """Return a station ready to run: configuration checked, database migrated, adapters made.

    Raises:
        ConfigurationError: GW-1001, every complaint.
        GatewayError: GW-5001 the database cannot be reached.
    """
    clock = SystemClock()
    connectors, wrong = _connectors(settings, clock)
    leases, sent = StoreLeases(), StoreSentTransmissions()
    arrangement = _arrange(settings, TransportParts(settings, clock, FolderHints(), leases, sent))
    wrong += arrangement.wrong + _database_complaints(settings) + webhook_complaints(settings)
    if wrong:
        raise ConfigurationError(wrong)
    upgrade(settings.database_url)
    database = Database(settings.database_url)
    station_clock: Clock = clock if database.is_sqlite else ServerClock(database)
    leases.use(database, station_clock)
    payloads = PayloadStore(settings.payload_dir, settings.payload_inline_bytes, settings.payload_limit_bytes)
    sent.use(database, payloads, station_clock)
    load = maps_loader(settings)
    _keep_texts(database, arrangement.map_named, clock)
    return Station(
        settings=settings,
        partners=arrangement.partners,
        database=database,
        payloads=payloads,
        catalogue=Catalogue(lambda name: load(f"x12/{name}")),
        map_named=arrangement.map_named,
        transports=arrangement.transports,
        connectors=connectors,
        clock=station_clock,
    )


def sftp_host(station: Station) -> SftpHost | None:
    """Return the station's SFTP server for partners, not started; None when [sftp_server] is not set.

    Raises:
        ConfigurationError: GW-1001, what it needs is not installed.
    """
    settings = station.settings
    if settings.sftp_server is None:
        return None
    try:
        from gateway.transports.sftp_host import SftpHost  # noqa: PLC0415  asyncssh is an extra
    except ImportError as missing:
        raise ConfigurationError(
            ["gateway.toml: sftp_server: it needs asyncssh: pip install 'partner-gateway[sftp-server]'"]
        ) from missing

    def account(user: str) -> HostedTransport | None:
        hosted = [one for one in list(station.transports.values()) if isinstance(one, HostedTransport)]
        return next((one for one in hosted if one.user == user), None)

    return SftpHost(
        settings.sftp_server, account, settings.path(HOSTED_ROOT), station.clock, settings.payload_limit_bytes
    )


def as2_endpoint(station: Station) -> As2Endpoint | None:
    """Return the station's AS2 endpoint for partners; None when [as2] is not set."""
    settings = station.settings
    if settings.as2 is None:
        return None
    spool = settings.path(Path("var/spool/as2"))
    service = As2Service(station.transports, StationReceptions(station), station.clock, spool)
    return As2Endpoint(service, spool, settings.payload_limit_bytes, settings.as2.body_seconds, settings.as2.threads)


def channels(settings: Settings) -> tuple[Partners, dict[str, Transport]]:
    """Return every partner and the channels of those whose files are right. Touches no database; nothing runs.

    Raises:
        ConfigurationError: GW-1001, a partner's file cannot be read.
    """
    arrangement = _arrange(settings, TransportParts(settings, SystemClock(), FolderHints()))
    if arrangement.wrong and not arrangement.partners.by_id:
        raise ConfigurationError(arrangement.wrong)
    return arrangement.partners, arrangement.transports


def check(settings: Settings) -> list[str]:
    """Return every complaint about the configuration; an empty list when it is fine. Touches no database."""
    clock = SystemClock()
    _, wrong = _connectors(settings, clock)
    arrangement = _arrange(settings, TransportParts(settings, clock, FolderHints()))
    wrong += arrangement.wrong + _database_complaints(settings) + webhook_complaints(settings)
    return wrong + _unclaimed(settings, arrangement.partners)


def _keep_texts(database: Database, shelf: MapShelf, clock: Clock) -> None:
    """Keep the text of the maps that go into service, before they make a document."""
    texts = shelf.texts()
    for _ in range(KEEP_TRIES):
        with database.read() as connection:
            new = map_versions.unknown(connection, texts)
        if not new:
            return
        with contextlib.suppress(LostRace):  # another process kept one of them at the same moment
            database.write(partial(map_versions.keep, texts=new, now=clock.now()))


class ConfigurationWatch:
    """Takes up partners and maps that change while the gateway runs. A broken file never replaces a good one.

    What was changed is taken up when it looks the same twice: a file that is being written, or one of several that belong together,
    may load and yet say something else than its author means.

    Args:
        station: changed in place, so that everybody who holds it sees the change.
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._stamp = self._seen = _stamp(station.settings)

    def look(self) -> list[Transport]:
        """Take up what changed since the last look and return the channels that are new.

        Raises:
            ConfigurationError: GW-1001, every complaint; everything stays as it was.
        """
        station = self._station
        stamp = _stamp(station.settings)
        is_steady, self._seen = stamp == self._seen, stamp
        if stamp == self._stamp or not is_steady:
            return []
        self._stamp = stamp
        leases, sent = StoreLeases(), StoreSentTransmissions()
        leases.use(station.database, station.clock)
        sent.use(station.database, station.payloads, station.clock)
        parts = TransportParts(station.settings, station.clock, FolderHints(), leases, sent)
        fresh = _arrange(station.settings, parts)
        if fresh.wrong:
            raise ConfigurationError(fresh.wrong)
        try:
            _keep_texts(station.database, fresh.map_named, station.clock)
        except GatewayError:
            self._stamp = frozenset()  # look again: nothing is wrong with the files
            raise
        before = station.partners.by_id
        new = {
            name: transport
            for name, transport in fresh.transports.items()
            if name not in before or before[name].transport != fresh.partners.by_id[name].transport
        }
        for name in [n for n in station.transports if n in new or n not in fresh.transports]:
            station.transports.pop(name).close()
        station.transports.update(new)
        changed = _changed_maps(station.map_named.versions(), fresh.map_named.versions())
        station.map_named.replace(fresh.map_named)
        station.partners.replace(fresh.partners)
        after = fresh.partners.by_id
        edited = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        log.info("configuration-taken-up", maps=changed, partners=edited)
        return list(new.values())


def _changed_maps(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Return the maps whose version changed: name → "old → new"."""
    return {
        name: f"{before.get(name, 'none')} → {version}"
        for name, version in sorted(after.items())
        if before.get(name) != version
    }


@dataclass(frozen=True, slots=True)
class _Arrangement:
    """What the partners' files and the maps make, and everything wrong with them."""

    partners: Partners
    map_named: MapShelf
    transports: dict[str, Transport]
    wrong: list[str]


def _arrange(settings: Settings, parts: TransportParts) -> _Arrangement:
    map_named = MapShelf(maps_loader(settings))
    files = read_partner_files(settings.path(settings.partners_dir))
    partners, wrong = Partners(files.profiles), list(files.wrong)
    told: set[str] = set()
    transports: dict[str, Transport] = {}
    for profile in partners.by_id.values():
        transport = _transport(profile, parts)
        complaints = [
            *(transport if isinstance(transport, list) else ()),
            *_connector_complaints(profile, settings),
            *_map_complaints(profile, map_named, told),
            *_secret_complaints(profile),
        ]
        wrong += [f"partners/{profile.id}.toml: {complaint}" for complaint in complaints]
        if not isinstance(transport, list):
            transports[profile.id] = transport
    wrong += shared_folders(partners) + shared_accounts(transports) + shared_as2_names(transports)
    if files.wrong:
        wrong += draft_complaints(files.drafts, TRANSPORTS, map_named, told)
        return _Arrangement(Partners({}), map_named, {}, wrong)
    return _Arrangement(partners, map_named, transports, wrong)


def _connectors(settings: Settings, clock: Clock) -> tuple[dict[str, Connector], list[str]]:
    connectors: dict[str, Connector] = {}
    wrong: list[str] = []
    for name, connector in settings.connectors.items():
        if connector.kind not in CONNECTORS:
            known = ", ".join(CONNECTORS)
            wrong.append(f"gateway.toml: connectors.{name}.kind: no connector {connector.kind!r}; there is {known}")
            continue
        try:
            connectors[name] = CONNECTORS[connector.kind](name, connector.options, clock)
        except ConfigurationError as invalid:
            wrong += invalid.complaints
    return connectors, wrong


def _database_complaints(settings: Settings) -> list[str]:
    url = settings.database_url
    if not url.startswith("sqlite:///"):
        return []
    path = Path(url.removeprefix("sqlite:///"))
    share = network_share_of(path)
    if not share:
        return []
    complaint = (
        f"gateway.toml: database: {path} is on a network share ({share}), where SQLite's locks do not hold. Put it on a disk of this "
        f"machine, or use PostgreSQL"
    )
    return [complaint]


def _stamp(settings: Settings) -> frozenset[tuple[str, int, int]]:
    """Return what changes when a partner's file or a map of the operator's changes."""
    maps = settings.path(settings.maps_dir)
    files = [
        *settings.path(settings.partners_dir).glob("*.toml"),
        *(file for ending in ("*.toml", "*.json") for file in maps.rglob(ending) if "samples" not in file.parts),
    ]
    found = set()
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            stat = file.stat()
            found.add((str(file), stat.st_mtime_ns, stat.st_size))
    return frozenset(found)


def _unclaimed(settings: Settings, partners: Partners) -> list[str]:
    """Return a complaint for each thing in the inbox folder that no partner's channel looks at."""
    inbox = settings.path(settings.inbox_dir)
    claimed = {folder.parts[0] for folder in (folder_of(p) for p in partners.by_id.values()) if folder.parts}
    # A partner whose file has a mistake is no stranger: that complaint stands above, and is the one to mend.
    broken = {file.stem for file in settings.path(settings.partners_dir).glob("*.toml")} - partners.by_id.keys()
    there = sorted(e.name for e in inbox.iterdir() if not e.name.startswith(".")) if inbox.is_dir() else []
    return [
        f"{settings.inbox_dir}/{name}: no partner has this folder, so nothing in it is read; add partners/{name}.toml, or move it away"
        for name in there
        if name not in claimed | broken and name != "README.md"
    ]


def _transport(profile: PartnerProfile, parts: TransportParts) -> Transport | list[str]:
    """Return the partner's channel, or every complaint about its [transport]."""
    kind = TRANSPORTS.get(profile.transport.kind)
    if kind is None:
        return [f"transport.kind: no transport {profile.transport.kind!r}; there is {', '.join(TRANSPORTS)}"]
    try:
        options = kind.options.model_validate(profile.transport.options)
    except ValidationError as invalid:
        known = ", ".join(kind.options.model_fields)
        return [
            f"{'.'.join(('transport', *(str(step) for step in error['loc'])))}: "
            + (
                f"not a key of {profile.transport.kind}; it takes {known}"
                if error["type"] == "extra_forbidden"
                else error["msg"].removeprefix("Value error, ")
            )
            for error in invalid.errors()
        ]
    try:
        return kind.build(profile, options, parts)
    except ConfigurationError as invalid:
        return invalid.complaints


def _connector_complaints(profile: PartnerProfile, settings: Settings) -> list[str]:
    if not profile.connector:
        return ["connector: missing; name one of [connectors] in gateway.toml"] if profile.agreements else []
    if profile.connector not in settings.connectors:
        known = ", ".join(settings.connectors) or "none"
        return [f"connector: gateway.toml has no [connectors.{profile.connector}]; it has {known}"]
    return [] if profile.account else ["account: missing; its customer or vendor number in the ERP"]


def _map_complaints(profile: PartnerProfile, map_named: Callable[[str], Map], told: set[str]) -> list[str]:
    """Return what is wrong with a partner's maps; what is wrong with a map itself is told once, whoever uses it."""
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
            wrong += [f"{key}.map: {complaint}" for complaint in complaints if complaint not in told]
            told.update(complaints)
            continue
        if found.document_type != agreement.document:
            wrong.append(f"{key}.map: {agreement.map} makes {found.document_type}, not {agreement.document}")
        wrong += [f"{key}.map: {agreement.map} {lacks}" for lacks in _lacks(profile, agreement, found)]
    return wrong


def _secret_complaints(profile: PartnerProfile) -> list[str]:
    """Return what is wrong with the secret of a partner's cXML: better said at the start than when something is to leave."""
    if profile.cxml is None or not profile.cxml.shared_secret:
        return []
    try:
        read_secret(profile.cxml.shared_secret)
    except ConfigurationError as missing:
        return [f"cxml.shared_secret: {complaint}" for complaint in missing.complaints]
    return []


def _lacks(profile: PartnerProfile, agreement: Agreement, by: Map) -> list[str]:
    """Return what a partner's file must still say before a document can travel by this map."""
    if by.wire == "x12":
        return [] if profile.x12.interchange_id else ["is x12; say under [x12] by which interchange_id they are known"]
    if agreement.direction is Direction.OUT and file_kind(by).name == "cXML" and profile.cxml is None:
        return ["is cXML; name both sides under [cxml]: credential and company_credential"]
    return []


def partner_folders(settings: Settings, partners: Mapping[str, PartnerProfile]) -> list[Path]:
    """Return the inbox and outbox folders of the partners that use the folder transport."""
    names = [folder_of(profile) for profile in partners.values() if profile.transport.kind == "folder"]
    roots = (settings.path(settings.inbox_dir), settings.path(settings.outbox_dir))
    return [root / name for root in roots for name in names]
