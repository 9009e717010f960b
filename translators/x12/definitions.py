"""The definitions of a release, as data: transaction sets, segments, elements, code lists.

Read lazily and kept in the catalogue's cache: reading one 850 loads the 850's structure, and of the dictionary only the segments it
meets. `maps/x12/README.md` describes the files.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from translators.x12.model import Catalogue
from translators.x12.policy import Policy


@dataclass(frozen=True, slots=True)
class ElementDefinition:
    """One element (or component) as used at one place of a segment."""

    number: str  # data element reference number: "355", "C001"
    name: str
    kind: str  # AN ID N0..N9 R DT TM B; "" for a composite
    shortest: int
    longest: int
    is_mandatory: bool = False
    repeats: int | None = 1  # None: without limit
    components: tuple[ElementDefinition, ...] = ()
    codes: frozenset[str] | None = None
    code_finding: str = "X12-CODE-UNKNOWN"
    is_forbidden: bool = False  # by a partner's guide
    is_mandatory_by_guide: bool = False


@dataclass(frozen=True, slots=True)
class RelationalNote:
    """A relational condition between elements of a segment: P0304 is ("P", (3, 4)). Source: X12.6 clause on conditions."""

    kind: str
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SegmentDefinition:
    """One segment of a release."""

    id: str
    elements: tuple[ElementDefinition, ...]
    notes: tuple[RelationalNote, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentUse:
    """A segment at one place of a transaction set. `most` is None where it may repeat without limit."""

    id: str
    is_mandatory: bool
    most: int | None
    is_forbidden: bool = False

    @property
    def first_id(self) -> str:
        """Return the id by which the item is recognised."""
        return self.id


@dataclass(frozen=True, slots=True)
class LoopUse:
    """A loop at one place of a transaction set; its first item is the segment that opens it."""

    name: str
    is_mandatory: bool
    most: int | None
    items: tuple[SegmentUse | LoopUse, ...]
    places: dict[str, tuple[int, ...]] = field(default_factory=dict, compare=False, repr=False)
    mandatory: tuple[int, ...] = field(default=(), compare=False, repr=False)
    is_forbidden: bool = False

    @property
    def first_id(self) -> str:
        """Return the id by which the item is recognised."""
        return self.items[0].first_id


@dataclass(frozen=True, slots=True)
class SetDefinition:
    """One transaction set of a release."""

    id: str
    release: str
    root: LoopUse
    segment_ids: frozenset[str]


class ReleaseDefinition:
    """The dictionary of one release under one policy; segments are built when first asked for."""

    def __init__(self, release: str, dictionary: dict[str, Any], codes: dict[str, Any], policy: Policy) -> None:
        self.release = release
        self._elements = dictionary["elements"]
        self._segments = dictionary["segments"]
        self._lists = codes.get("lists", {})
        self._open = frozenset(codes.get("open", ()))
        self._policy = policy
        self._built: dict[str, SegmentDefinition] = {}
        self.compiled: dict[Hashable, Any] = {}  # what other modules make of it, kept as long as it is

    def __contains__(self, segment_id: object) -> bool:
        return segment_id in self._segments

    def segment(self, segment_id: str) -> SegmentDefinition | None:
        """Return the definition of `segment_id`, None where the release has no such segment."""
        built = self._built.get(segment_id)
        if built is None and segment_id in self._segments:
            built = self._built[segment_id] = self._segment(segment_id)
        return built

    def codes_of(self, number: str) -> frozenset[str] | None:
        """Return the code list of an element, None where the release has none."""
        values = self._lists.get(number)
        return None if values is None else frozenset(values.split()) | self._policy.codes.get(number, frozenset())

    def _segment(self, segment_id: str) -> SegmentDefinition:
        uses, notes = self._segments[segment_id]
        return SegmentDefinition(
            segment_id,
            tuple(self._element(use) for use in uses.split()),
            tuple(_note(n) for n in notes.split()),
        )

    def _element(self, use: str) -> ElementDefinition:
        number, is_mandatory, repeats = parse_use(use)
        entry = self._elements[number]
        if len(entry) == 2:
            components = tuple(self._element(u) for u in entry[0].split())
            return ElementDefinition(number, entry[1], "", 0, 0, is_mandatory, repeats, components)
        kind, shortest, longest, name = entry
        codes = self.codes_of(number) if kind == "ID" else None
        return ElementDefinition(
            number, name, kind, shortest, longest, is_mandatory, repeats, (), codes, self._code_finding(number)
        )

    def _code_finding(self, number: str) -> str:
        policy = self._policy
        is_strict = number in policy.strict_lists or (
            self.release in policy.strict_releases and number not in self._open
        )
        return "X12-CODE-UNKNOWN" if is_strict else "X12-CODE-UNCONFIRMED"


def parse_use(use: str) -> tuple[str, bool, int | None]:
    """Return name, mandatory and maximum of the short form: "REF*12", "N1!", "MSG*" (without limit)."""
    name, star, most = use.partition("*")
    return name.rstrip("!"), name.endswith("!"), (int(most) if most else None) if star else 1


def _note(text: str) -> RelationalNote:
    digits = text[1:]
    return RelationalNote(text[0], tuple(int(digits[i : i + 2]) for i in range(0, len(digits), 2)))


def loop_use(name: str, is_mandatory: bool, most: int | None, items: tuple[SegmentUse | LoopUse, ...]) -> LoopUse:
    """Return a loop with its look-up tables."""
    places: dict[str, tuple[int, ...]] = {}
    for index, item in enumerate(items):
        places[item.first_id] = (*places.get(item.first_id, ()), index)
    mandatory = tuple(i for i, item in enumerate(items) if item.is_mandatory)
    return LoopUse(name, is_mandatory, most, items, places, mandatory)


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
        catalogue.cache[key] = (
            None
            if segments is None
            else ReleaseDefinition(release, segments, _json(catalogue, f"{release}/codes.json") or {}, policy)
        )
    found = catalogue.cache[key]
    return found if isinstance(found, ReleaseDefinition) else None


def set_definition(catalogue: Catalogue, release: str, set_id: str, policy: Policy) -> SetDefinition | None:
    """Return the structure of `set_id` in `release`, None where the catalogue has none."""
    key = ("set", release, set_id, policy_key(policy))
    if key not in catalogue.cache:
        is_named = release.isalnum() and release.isascii() and set_id.isalnum() and set_id.isascii()
        definition = _json(catalogue, f"{release}/{set_id}.json") if is_named else None
        if definition is None or "structure" not in definition:
            catalogue.cache[key] = None
        else:
            root = loop_use("", True, 1, _items(definition["structure"]))
            catalogue.cache[key] = SetDefinition(set_id, release, root, frozenset(_ids(root)))
    found = catalogue.cache[key]
    return found if isinstance(found, SetDefinition) else None


def policy_key(policy: Policy) -> object:
    """Return what of a policy changes definitions; the same for every policy that leaves them alone."""
    if not (policy.guide or policy.codes or policy.strict_lists) and policy.strict_releases == Policy().strict_releases:
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
        catalogue.cache[key] = None if content is None else json.loads(content)
    found = catalogue.cache[key]
    return found if isinstance(found, dict) else None


__all__ = [
    "ElementDefinition",
    "LoopUse",
    "RelationalNote",
    "ReleaseDefinition",
    "SegmentDefinition",
    "SegmentUse",
    "SetDefinition",
    "loop_use",
    "parse_use",
    "policy_key",
    "release_definition",
    "release_of",
    "set_definition",
]
