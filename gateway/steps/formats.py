"""What the journey needs of a wire format: one row each in FORMATS, in gateway/steps/translate.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.profiles import PartnerProfile
from gateway.steps.station import Station
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.moves import Outcome
from translators.canonical.document import BusinessDocument
from translators.findings import Finding
from translators.mapping import Map, Reading


@dataclass(frozen=True, slots=True)
class Again:
    """One document read again by itself: the map, what the format found, what the map made of it (None: it is not there any more)."""

    by: Map
    findings: tuple[Finding, ...]
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class Written:
    """A document of ours on the wire.

    Args:
        wire: for `contents.wire`.
        words: what it became, for people: "an 855".
        changes: of the document's row.
        also: runs in the commit.
    """

    wire: str
    findings: tuple[Finding, ...]
    words: str
    changes: Mapping[str, Any]
    also: Callable[[Transaction], Mapping[str, Any]] = field(default=lambda _: {})


@dataclass(frozen=True, slots=True)
class WireFormat:
    """What the journey does differently for a wire format.

    Args:
        read_again: (document, partner, what was kept of it, station) → the document as its map reads it; None: nothing is agreed.
        write: (document, its canonical form, map, partner, station) → what goes on the wire.
        envelope: (document, what was kept, station) → the outcome of making it ready to leave.
    """

    read_again: Callable[[Document, PartnerProfile, Mapping[str, Any], Station], Again | None]
    write: Callable[[Document, BusinessDocument, Map, PartnerProfile, Station], Written]
    envelope: Callable[[Document, Mapping[str, Any], Station], Outcome]
