"""Ways in and out. One module each and one row in TRANSPORTS; the contract suite runs over every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gateway.clock import Clock
from gateway.errors import ConfigurationError
from gateway.ports import Leases, Transport
from gateway.profiles import PartnerProfile
from gateway.settings import Settings
from gateway.transmissions import SentTransmissions
from gateway.transports.as2.channel import As2Transport, Surroundings
from gateway.transports.as2.key_ring import KeyRing, OurKeys, partner_certificates
from gateway.transports.as2.options import As2Options
from gateway.transports.as2.terms import Limits
from gateway.transports.folder import FolderHints, FolderRules, FolderTransport
from gateway.transports.folder_options import FolderOptions
from gateway.transports.hosted import HostedTransport
from gateway.transports.hosted_options import HostedOptions
from gateway.transports.http import HttpTransport
from gateway.transports.http_options import HttpOptions
from gateway.transports.options import TransportOptions
from gateway.transports.schedule_options import ScheduleOptions
from gateway.transports.schedules import Schedule
from gateway.transports.sftp import SftpTransport
from gateway.transports.sftp_options import SftpOptions
from gateway.transports.spool import spool_folder

HOSTED_ROOT = Path("sftp")  # under the home: a folder for each partner of our SFTP server


@dataclass(frozen=True, slots=True)
class TransportParts:
    """What transports share.

    Args:
        leases: which process does what only one should; None where nothing runs.
    """

    settings: Settings
    clock: Clock
    hints: FolderHints
    leases: Leases | None = None
    sent: SentTransmissions | None = None
    our_keys: OurKeys = field(default_factory=OurKeys)


def _folder(profile: PartnerProfile, options: TransportOptions, parts: TransportParts) -> Transport:
    assert isinstance(options, FolderOptions)  # noqa: S101
    settings = parts.settings
    folder = Path(options.folder or profile.id)
    rules = FolderRules(
        _first(options.stable_seconds, settings.stable_seconds),
        _first(options.trailer_seconds, settings.trailer_seconds),
        is_share=options.is_share,
        deletes=options.after == "delete",
    )
    inbox, outbox = settings.path(settings.inbox_dir) / folder, settings.path(settings.outbox_dir) / folder
    return FolderTransport(profile.id, inbox, outbox, parts.clock, parts.hints, rules)


def _sftp(profile: PartnerProfile, options: TransportOptions, parts: TransportParts) -> Transport:
    assert isinstance(options, SftpOptions)  # noqa: S101
    settings = parts.settings
    times = {
        "stable_seconds": _first(options.stable_seconds, settings.stable_seconds),
        "trailer_seconds": _first(options.trailer_seconds, settings.trailer_seconds),
    }
    spool = _spool(profile, parts)
    schedule = _schedule(options.schedule, parts)
    limit_bytes = settings.payload_limit_bytes
    options = options.model_copy(update=times)
    return SftpTransport(profile.id, options, parts.clock, spool, limit_bytes, schedule, parts.leases)


def _http(profile: PartnerProfile, options: TransportOptions, parts: TransportParts) -> Transport:
    assert isinstance(options, HttpOptions)  # noqa: S101
    schedule = _schedule(options.schedule, parts)
    return HttpTransport(profile.id, options, parts.clock, _spool(profile, parts), schedule)


def _hosted(profile: PartnerProfile, options: TransportOptions, parts: TransportParts) -> Transport:
    assert isinstance(options, HostedOptions)  # noqa: S101
    settings = parts.settings
    if settings.sftp_server is None:
        raise ConfigurationError(["transport.kind: hosted-sftp needs [sftp_server] in gateway.toml"])
    # A close that the partner asked for is what names a file; what stays the same for a moment was closed.
    rules = FolderRules(
        0.0, _first(options.trailer_seconds, settings.trailer_seconds), deletes=options.after == "delete"
    )
    root = settings.path(HOSTED_ROOT) / profile.id
    return HostedTransport(profile.id, options, root, parts.clock, parts.hints, rules)


def _as2(profile: PartnerProfile, options: TransportOptions, parts: TransportParts) -> Transport:
    assert isinstance(options, As2Options)  # noqa: S101
    settings = parts.settings
    if settings.as2 is None:
        raise ConfigurationError(["transport.kind: as2 needs [as2] in gateway.toml"])
    if options.url and options.mdn == "async" and not settings.as2.url:
        raise ConfigurationError(["transport.mdn: async needs the url of [as2] in gateway.toml, where receipts come"])
    home = settings.home
    listed = [*parts.our_keys.listed(home, settings.as2), *partner_certificates(home, profile.id, options)]
    ring = KeyRing(profile.id, listed, options.usage, options.company_as2_id, accepts_expired=options.accept_expired)
    around = Surroundings(
        parts.clock,
        parts.sent,
        f"{settings.as2.url}/mdn",
        _spool(profile, parts),
        Limits(payload_bytes=settings.payload_limit_bytes),
        _schedule(options.schedule, parts),
    )
    return As2Transport(profile.id, options, ring, around)


def _schedule(options: ScheduleOptions, parts: TransportParts) -> Schedule | None:
    """Return the partner's schedule, None when it has none. Raises ConfigurationError: there is no such calendar."""
    if options == ScheduleOptions():
        return None
    calendars = parts.settings.calendars
    if options.calendar and options.calendar not in calendars:
        known = ", ".join(calendars) or "none"
        raise ConfigurationError(
            [f"transport.schedule.calendar: gateway.toml has no [calendars.{options.calendar}]; it has {known}"]
        )
    return Schedule(options, calendars[options.calendar].holidays if options.calendar else ())


def _spool(profile: PartnerProfile, parts: TransportParts) -> Path:
    return spool_folder(parts.settings.path(Path("var/spool")), profile.id)


def _first(own: float | None, setting: float) -> float:
    return setting if own is None else own


@dataclass(frozen=True, slots=True)
class TransportKind:
    """A row of the table.

    Args:
        options: the keys it takes in [transport] beside `kind`; checked before `build` sees them.
        build: makes the channel and does nothing yet: no connection, no thread, no secret read.
    """

    build: Callable[[PartnerProfile, TransportOptions, TransportParts], Transport]
    options: type[TransportOptions]


TRANSPORTS: dict[str, TransportKind] = {
    "as2": TransportKind(_as2, As2Options),
    "folder": TransportKind(_folder, FolderOptions),
    "hosted-sftp": TransportKind(_hosted, HostedOptions),
    "http": TransportKind(_http, HttpOptions),
    "sftp": TransportKind(_sftp, SftpOptions),
}
