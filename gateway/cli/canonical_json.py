"""A canonical document as JSON for people and programs: with every value that counts, said or assumed, and without what is empty."""

from __future__ import annotations

from typing import Any

from translators.canonical.document import BusinessDocument

_EMPTY: tuple[object, ...] = (None, "", [], {})


def canonical_values(document: BusinessDocument) -> dict[str, Any]:
    """Return what a document says, without its source.

    A default stays where it is a value (the unit EA, the currency USD), as leaving it out looks as if it were lost. An empty text stays
    where the default is none, as it would be read again as the default.
    """
    whole = document.model_dump(mode="json", exclude={"source"})
    told: dict[str, Any] = _told(whole, document.model_dump(mode="json", exclude={"source"}, exclude_defaults=True))
    return told


def _told(whole: Any, said: Any) -> Any:
    if isinstance(whole, dict):
        own = said if isinstance(said, dict) else {}
        return {k: _told(v, own.get(k)) for k, v in whole.items() if k in own or v not in _EMPTY}
    if isinstance(whole, list):
        listed = said if isinstance(said, list) else [None] * len(whole)
        return [_told(v, s) for v, s in zip(whole, listed, strict=True)]
    return whole
