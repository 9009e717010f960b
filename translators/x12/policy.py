"""What one partner's findings mean for us, and where its guide narrows the standard.

A policy is data: it changes the severity of findings, never which findings there are. The guide overlay is read by `definitions`,
which applies it to the standard's definition before anything is compiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from translators.findings import Severity


@dataclass(frozen=True, slots=True)
class Policy:
    """How strictly one partner is read.

    Args:
        severities: finding code → severity, or None for "ignore it". A code may be narrowed to a segment or an element:
            "X12-CODE-UNKNOWN@PO1", "X12-CODE-UNKNOWN@PO103"; the narrowest wins.
        releases: GS08 as received → the release whose definitions serve ("003010" → "003040").
        strict_releases: the releases whose code lists refuse; in the others an unknown code only warns.
        strict_lists: element numbers whose list refuses in every release ("355").
        codes: further values by element number that are accepted from this partner.
        guide: the partner's guide as an overlay; see `translators.x12.guide`.
        guide_name: told in the reference of every finding the guide causes.
    """

    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    releases: Mapping[str, str] = field(default_factory=dict)
    # Source for 004010 alone: its lists were confirmed twice over; those of 005010 have gaps (N101 lacks RE).
    strict_releases: frozenset[str] = frozenset({"004010"})
    strict_lists: frozenset[str] = frozenset()
    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    guide: Mapping[str, object] = field(default_factory=dict)
    guide_name: str = ""


DEFAULT_POLICY = Policy()
