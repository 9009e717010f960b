"""What else is wrong with a partner's file that makes no profile yet: its channel and its maps are looked at all the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from translators.errors import TranslationError
from translators.mapping import Map


def draft_complaints(
    drafts: Mapping[str, Mapping[str, Any]],
    transports: Collection[str],
    map_named: Callable[[str], Map],
    told: set[str],
) -> list[str]:
    """Return what is wrong besides with files that were complained about already.

    Args:
        drafts: the TOML of each file, by the partner's id.
        transports: the kinds of channels there are.
        map_named: raises TranslationError for a map that does not load.
        told: complaints about maps that stand elsewhere already; what is found is added.
    """
    wrong = []
    for partner, content in drafts.items():
        transport = content.get("transport")
        kind = transport.get("kind") if isinstance(transport, dict) else None
        if isinstance(kind, str) and kind not in transports:
            wrong.append(
                f"partners/{partner}.toml: transport.kind: no transport {kind!r}; there is {', '.join(transports)}"
            )
        agreements = content.get("agreements")
        for number, agreement in enumerate(agreements if isinstance(agreements, list) else ()):
            name = agreement.get("map") if isinstance(agreement, dict) else None
            complaints = _of_map(name, map_named) if isinstance(name, str) else []
            key = f"partners/{partner}.toml: agreements[{number}].map"
            wrong += [f"{key}: {complaint}" for complaint in complaints if complaint not in told]
            told.update(complaints)
    return wrong


def _of_map(name: str, map_named: Callable[[str], Map]) -> list[str]:
    try:
        map_named(name)
    except TranslationError as unusable:
        return list(getattr(unusable, "complaints", (unusable.sentence,)))
    return []
