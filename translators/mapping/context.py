"""What a map is told when it translates, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from translators.canonical.document import BusinessDocument
from translators.canonical.source import Source
from translators.findings import Finding
from translators.x12.model import Loop, Separators


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What is known of a wire document besides its content.

    Args:
        partner: the trading partner's id.
        is_test: whether the document is a test.
        source: where it came from; the map adds positions, its own name and version.
        separators: of the interchange; the component separator splits composites.
        release: GS08 as received ("004010VICS"), "" for formats without releases.
    """

    partner: str = ""
    is_test: bool = False
    source: Source = field(default_factory=Source)
    separators: Separators = field(default_factory=Separators)
    release: str = ""


@dataclass(frozen=True, slots=True)
class WriteContext:
    """How a document is to be written.

    Args:
        release: of the standard, "" for formats without releases.
        separators: which X12 values must not contain.
        envelope: what the document needs besides itself, by path of the map: the credentials and the payload id of cXML.
    """

    release: str = ""
    separators: Separators = field(default_factory=Separators)
    envelope: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """A canonical document, or None when what was received cannot make one; and everything found on the way."""

    document: BusinessDocument | None
    findings: tuple[Finding, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Return whether there is a document and nothing found refuses it."""
        return self.document is not None and not any(f.refuses for f in self.findings)


@dataclass(frozen=True, slots=True)
class Writing:
    """The wire's tree, and everything that could not be written as the document has it."""

    tree: Loop
    findings: tuple[Finding, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Return whether nothing found forbids sending it."""
        return not any(f.refuses for f in self.findings)
