"""Everything a leg may use; built once by `gateway.bootstrap`."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.ports import Connector, Transport
from gateway.profiles import PartnerProfile, Partners
from gateway.settings import Settings
from gateway.store.documents import Document
from gateway.store.engine import Database
from gateway.store.payloads import PayloadStore
from translators.mapping import Map
from translators.x12 import Catalogue


class Maps(Protocol):
    """Maps by name; loads and caches them."""

    def __call__(self, name: str) -> Map:
        """Return a map. Raises TranslationError when it does not load."""
        ...

    def replace(self, other: Any) -> None:
        """Take over the maps of another shelf."""
        ...

    def versions(self) -> Mapping[str, str]:
        """Return the version of every map that was loaded."""
        ...


@dataclass(frozen=True, slots=True)
class Station:
    """The surroundings of a document on its way.

    Args:
        transports: partner id → its channel.
        connectors: name in [connectors] → system.
    """

    settings: Settings
    partners: Partners
    database: Database
    payloads: PayloadStore
    catalogue: Catalogue
    map_named: Maps
    transports: dict[str, Transport]
    connectors: Mapping[str, Connector]
    clock: Clock

    def partner(self, document: Document) -> PartnerProfile:
        """Return the document's partner. Raises GatewayError GW-3106 when its profile is gone."""
        profile = self.partners.by_id.get(document.partner)
        if profile is None:
            raise GatewayError(
                "GW-3106",
                f"There is no partners/{document.partner}.toml any more; put it back, then retry.",
                partner=document.partner,
            )
        return profile

    def connector(self, profile: PartnerProfile) -> Connector:
        """Return the system the partner's documents are booked with. Raises GatewayError GW-4206."""
        if profile.connector not in self.connectors:
            raise GatewayError(
                "GW-4206",
                f"{profile.name} has no connector: name one of [connectors] as 'connector' in partners/{profile.id}.toml, then retry.",
                partner=profile.id,
            )
        return self.connectors[profile.connector]

    def payload(self, document: Document) -> bytes:
        """Return the document's own bytes. Raises GatewayError GW-5004."""
        if document.payload_sha256 is None:
            return b""
        with self.database.read() as connection:
            return self.payloads.slice(
                connection, document.payload_sha256, document.payload_offset, document.payload_size
            )


def person(channel: str) -> str:
    """Return the actor for what a person does through `channel`: "cli:maria"."""
    try:
        return f"{channel}:{getpass.getuser()}"
    except (KeyError, OSError):  # a container without a passwd entry
        return channel
