"""What all business documents carry."""

from __future__ import annotations

from translators.canonical.model import CanonicalModel
from translators.canonical.parties import Party
from translators.canonical.source import Extension, Source


class BusinessDocument(CanonicalModel):
    """Base of the canonical documents.

    `partner` is the trading partner's id (the name of its file in partners/); `is_test` follows ISA15 or the partner's profile.
    """

    schema_version: str = "1.0"
    partner: str = ""
    is_test: bool = False
    source: Source = Source()
    extensions: tuple[Extension, ...] = ()

    def party(self, role: str) -> Party | None:
        """Return the party in `role`, or None."""
        parties: tuple[Party, ...] = getattr(self, "parties", ())
        return next((p for p in parties if p.role == role), None)
