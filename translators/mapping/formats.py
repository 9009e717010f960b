"""A format of files as a map uses it: bytes to trees and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from translators.findings import Finding
from translators.mapping.wires import X12, Wire
from translators.x12.model import Loop


@dataclass(frozen=True, slots=True)
class Trees:
    """The documents of a file; findings about the file itself, and about one document each, in the order of `trees`."""

    trees: tuple[Loop, ...] = ()
    findings: tuple[Finding, ...] = ()
    by_document: tuple[tuple[Finding, ...], ...] = ()

    def about(self, place: int) -> tuple[Finding, ...]:
        """Return what was found about the document at `place` (from 0) before any map read it."""
        return self.by_document[place] if place < len(self.by_document) else ()


@dataclass(frozen=True, slots=True)
class Payload:
    """A file, and what could not be written as the documents have it."""

    content: bytes
    findings: tuple[Finding, ...] = ()


class Format(Protocol):
    """What a map needs of a format."""

    wire: Wire

    def trees(self, payload: bytes) -> Trees:
        """Return the documents in a file."""

    def payload(self, trees: Sequence[Loop]) -> Payload:
        """Return a file of documents."""


class X12Format:
    """X12 comes as trees from its own engine and goes to it as trees."""

    wire = X12

    def trees(self, payload: bytes) -> Trees:  # noqa: ARG002  as the others
        """Raise: the X12 engine reads interchanges."""
        raise TypeError("X12 is read by translators.x12, which knows envelopes")

    def payload(self, trees: Sequence[Loop]) -> Payload:  # noqa: ARG002  as the others
        """Raise: the X12 engine writes interchanges."""
        raise TypeError("X12 is written by translators.x12, which knows envelopes")
