"""The interchanges of a payload, as they are read; one at a time, so that memory grows with their number of sets only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.steps.station import Station
from gateway.store.documents import Document
from translators.x12 import (
    DEFAULT_POLICY,
    FunctionalGroup,
    GroupEnd,
    GroupHeader,
    InterchangeAcknowledgment,
    InterchangeEnd,
    InterchangeHeader,
    NotInterchange,
    TransactionSet,
    read,
)


@dataclass(slots=True)
class ReadInterchange:
    """One interchange of a payload as it was read; `end` is None only while it is being read."""

    header: InterchangeHeader
    groups: list[FunctionalGroup] = field(default_factory=list)
    acknowledgments: list[InterchangeAcknowledgment] = field(default_factory=list)
    end: InterchangeEnd | None = None

    @property
    def is_only_ta1(self) -> bool:
        """Return whether it is an answer to an envelope and nothing else: no envelope around one is answered, or two would never end."""
        return bool(self.acknowledgments) and not self.groups

    @property
    def is_only_acknowledgment(self) -> bool:
        """Return whether nothing in it wants an answer: answers are never answered."""
        return all(g.header.functional_id == "FA" for g in self.groups)


def read_parts(document: Document, station: Station) -> Iterator[ReadInterchange | NotInterchange]:
    """Yield what the payload holds, in order; memory grows with the number of sets, not with their size."""
    assert document.payload_sha256 is not None  # an arrival without bytes is refused where it is received  # noqa: S101
    profile = station.partners.by_id.get(document.partner)
    policy = DEFAULT_POLICY if profile is None else profile.x12.policy
    with station.database.read() as connection:
        chunks = station.payloads.chunks(connection, document.payload_sha256)
        current: ReadInterchange | None = None
        sets: list[TransactionSet] = []
        for event in read(chunks, station.catalogue, policy):
            match event:
                case InterchangeHeader():
                    current = ReadInterchange(event)
                case NotInterchange():
                    yield event
                case _ if current is None:
                    continue
                case GroupHeader():
                    sets = []
                case TransactionSet():
                    sets.append(event)
                case GroupEnd():
                    current.groups.append(
                        FunctionalGroup(event.header, tuple(sets), event.sets_included, event.findings)
                    )
                case InterchangeAcknowledgment():
                    current.acknowledgments.append(event)
                case InterchangeEnd():
                    current.end = event
                    yield current
                    current = None


def size_bytes(interchange: ReadInterchange) -> int:
    """Return how much of the payload the interchange takes, from its ISA to just after its IEA."""
    assert interchange.end is not None  # noqa: S101
    return interchange.end.offset - interchange.header.offset


def interchange_sha256(document: Document, interchange: ReadInterchange, station: Station) -> str:
    """Return the hash of the interchange alone, so that the same one in another file is the same."""
    assert document.payload_sha256 is not None  # noqa: S101
    digest = hashlib.sha256()
    skip, left = interchange.header.offset, size_bytes(interchange)
    with station.database.read() as connection:
        for chunk in station.payloads.chunks(connection, document.payload_sha256):
            part = chunk[skip : skip + left]
            digest.update(part)
            left -= len(part)
            skip = max(0, skip - len(chunk))
            if left <= 0:
                break
    return digest.hexdigest()


BEGINNING_BYTES = 512  # holds ST and the beginning segment, whatever stands in it


def beginning_of(document: Document, one: TransactionSet, station: Station) -> str:
    """Return the first characters of a transaction set, one for each byte."""
    assert document.payload_sha256 is not None  # noqa: S101
    with station.database.read() as connection:
        size = min(one.size_bytes, BEGINNING_BYTES)
        return station.payloads.slice(connection, document.payload_sha256, one.offset, size).decode("latin-1")
