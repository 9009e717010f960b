"""Find and load definitions: GS08 → release, release and set → what the catalogue has of it, kept in the catalogue's cache.

Reading one 850 loads one structure and one dictionary, however many releases there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from translators.x12.definitions import (
    LoopUse,
    ReleaseDefinition,
    SegmentUse,
    SetDefinition,
    loop_use,
    parse_use,
)
from translators.x12.guide import applied
from translators.x12.guide_complaints import complaints_of
from translators.x12.model import Catalogue
from translators.x12.policy import DEFAULT_POLICY, Policy

# Files that do not exist are remembered, too, but a hostile file may ask for a million of them.
_MISSES_LIMIT = 5_000


def _items(short: list[Any]) -> tuple[SegmentUse | LoopUse, ...]:
    items: list[SegmentUse | LoopUse] = []
    for entry in short:
        if isinstance(entry, str):
            items.append(SegmentUse(*parse_use(entry)))
        else:
            items.append(loop_use(*parse_use(entry[0]), _items(entry[1:])))
    return tuple(items)


def _ids(loop: LoopUse) -> set[str]:
    ids: set[str] = set()
    for item in loop.items:
        ids |= {item.id} if isinstance(item, SegmentUse) else _ids(item)
    return ids


def release_of(gs08: str, policy: Policy) -> str:
    """Return the release whose definitions serve for `gs08`: suffixes such as VICS, UCS and guide numbers fall back to their release.

    Source: X12.22 element 480, positions 1-6 version, release and subrelease.
    """
    mapped = policy.releases.get(gs08)
    if mapped is not None:
        return mapped
    digits = gs08[:6]
    if len(digits) == 6 and digits.isascii() and digits.isdigit():
        return digits
    # Careless senders write 4010 or 5010.
    if gs08[:4].isascii() and gs08[:4].isdigit():
        return f"00{gs08[:4]}"
    return ""


def release_definition(catalogue: Catalogue, release: str, policy: Policy) -> ReleaseDefinition | None:
    """Return the dictionary of `release`, None where the catalogue has none."""
    key = ("release", release, policy_key(policy))
    if key not in catalogue.cache:
        segments = _json(catalogue, f"{release}/segments.json") if release else None
        if segments is None:
            return None
        codes = _json(catalogue, f"{release}/codes.json") or {}
        catalogue.cache[key] = ReleaseDefinition(release, segments, codes, policy)
    found = catalogue.cache[key]
    return found if isinstance(found, ReleaseDefinition) else None


def set_definition(catalogue: Catalogue, release: str, set_id: str, policy: Policy) -> SetDefinition | None:
    """Return the structure of `set_id` in `release`, None where the catalogue has none."""
    key = ("set", release, set_id, policy_key(policy))
    if key not in catalogue.cache:
        is_named = release.isalnum() and release.isascii() and set_id.isalnum() and set_id.isascii()
        definition = _json(catalogue, f"{release}/{set_id}.json") if is_named else None
        if definition is None or "structure" not in definition:
            return None
        root = loop_use("", True, 1, _items(definition["structure"]))
        dictionary = release_definition(catalogue, release, policy)
        rules = policy.guide.get(set_id)
        if dictionary is not None and isinstance(rules, Mapping):
            root = applied(root, dictionary, rules)
        catalogue.cache[key] = SetDefinition(
            set_id, release, root, frozenset(_ids(root)), needs_exact_walk=root.is_counted_by_guide
        )
    found = catalogue.cache[key]
    return found if isinstance(found, SetDefinition) else None


def policy_key(policy: Policy) -> object:
    """Return what of a policy changes definitions; the same for every policy that leaves them alone."""
    if (
        not (policy.guide or policy.codes or policy.strict_lists)
        and policy.strict_releases == DEFAULT_POLICY.strict_releases
    ):
        return None
    return (
        policy.strict_releases,
        policy.strict_lists,
        tuple(sorted((k, tuple(sorted(v))) for k, v in policy.codes.items())),
        json.dumps(policy.guide, sort_keys=True, default=list),
        policy.guide_name,
    )


def _json(catalogue: Catalogue, name: str) -> dict[str, Any] | None:
    key = ("json", name)
    if key not in catalogue.cache:
        content = catalogue.load(name)
        if content is None and len(catalogue.cache) >= _MISSES_LIMIT:
            return None
        catalogue.cache[key] = None if content is None else json.loads(content)
    found = catalogue.cache[key]
    return found if isinstance(found, dict) else None


def guide_complaints(catalogue: Catalogue, release: str, guide: Mapping[str, object]) -> Iterator[str]:
    """Yield what is wrong with a partner's guide for sets of `release`, each with its place; for the check of a profile."""
    name = release_of(release, DEFAULT_POLICY)
    dictionary = release_definition(catalogue, name, DEFAULT_POLICY)
    for set_id, rules in guide.items():
        definition = set_definition(catalogue, name, set_id, DEFAULT_POLICY)
        if definition is None or dictionary is None:
            yield f"{set_id}: there is no definition of it in {release}."
        elif not isinstance(rules, Mapping):
            yield f"{set_id}: the guide of a set is a table of places."
        else:
            yield from (f"{set_id}: {c}" for c in complaints_of(definition.root, dictionary, rules))
