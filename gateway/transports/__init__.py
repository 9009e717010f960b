"""Ways in and out. One module each and one row in TRANSPORTS; the contract suite runs over every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.clock import Clock
from gateway.ports import Transport
from gateway.profiles import PartnerProfile
from gateway.settings import Settings
from gateway.transports.folder import FolderHints, FolderTransport


@dataclass(frozen=True, slots=True)
class TransportParts:
    """What transports share."""

    settings: Settings
    clock: Clock
    hints: FolderHints


def _folder(profile: PartnerProfile, options: Mapping[str, Any], parts: TransportParts) -> Transport:
    settings = parts.settings
    inbox = settings.path(settings.inbox_dir) / Path(options.get("folder", profile.id))
    outbox = settings.path(settings.outbox_dir) / Path(options.get("folder", profile.id))
    return FolderTransport(
        profile.id,
        inbox,
        outbox,
        parts.clock,
        parts.hints,
        stable_seconds=settings.stable_seconds,
        trailer_seconds=settings.trailer_seconds,
    )


@dataclass(frozen=True, slots=True)
class TransportKind:
    """A row of the table.

    Args:
        options: the keys it takes in [transport] beside `kind`, and what each must be.
    """

    build: Callable[[PartnerProfile, Mapping[str, Any], TransportParts], Transport]
    options: Mapping[str, type]


TRANSPORTS: dict[str, TransportKind] = {
    "folder": TransportKind(_folder, {"folder": str}),
}
