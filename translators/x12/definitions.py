"""The definitions of a release, as data: transaction sets, segments, elements, code lists.

Read lazily and kept in the catalogue's cache: reading one 850 loads the 850's structure, and of the dictionary only the segments it
meets. `maps/x12/README.md` describes the files.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from translators.x12.policy import Policy

T = TypeVar("T")

# Every pair of component and repetition separators has checks of its own, and a hostile file may declare them all.
_COMPILED_LIMIT = 5_000


@dataclass(frozen=True, slots=True)
class GuideUse:
    """What a partner's guide says of one place, beyond what it changes in the definition itself.

    Args:
        page: of the guide; "" for the guide as a whole.
        least: how often the segment or loop must come at least.
        is_dependent: whether it holds only under a qualifier; the 999 tells that apart.
    """

    page: str = ""
    least: int = 0
    is_dependent: bool = False


_NO_GUIDE = GuideUse()


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
    guide: GuideUse = _NO_GUIDE


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
class Variant:
    """What a guide says of the occurrences of a segment or loop that carry a qualifier: REF with DP, the loop N1 of ST.

    Args:
        element: of the segment (a loop's first) that holds the qualifier, from 1.
        values: any of which selects the variant.
        use: what holds for these occurrences; `most` counts them alone.
    """

    element: int
    values: frozenset[str]
    use: SegmentUse | LoopUse

    def fits(self, segment: list[str]) -> bool:
        """Return whether `segment` carries the qualifier."""
        return self.element < len(segment) and segment[self.element] in self.values

    def name(self) -> str:
        """Return the variant as people say it: "REF with DP"."""
        return f"{self.use.first_id} with {' or '.join(sorted(self.values))}"


@dataclass(frozen=True, slots=True)
class SegmentUse:
    """A segment at one place of a transaction set. `most` is None where it may repeat without limit."""

    id: str
    is_mandatory: bool
    most: int | None
    is_forbidden: bool = False
    is_mandatory_by_guide: bool = False
    definition: SegmentDefinition | None = None  # where a guide changes the segment at this place
    guide: GuideUse = _NO_GUIDE
    variants: tuple[Variant, ...] = ()

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
    is_mandatory_by_guide: bool = False
    guide: GuideUse = _NO_GUIDE
    variants: tuple[Variant, ...] = ()

    @property
    def is_counted_by_guide(self) -> bool:
        """Return whether the guide counts or tells apart occurrences somewhere in the loop, which only the exact walk does."""
        return any(
            item.variants or item.guide.least > 1 or (isinstance(item, LoopUse) and item.is_counted_by_guide)
            for item in self.items
        )

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
    needs_exact_walk: bool = False  # whether a guide asks for what the fast walk does not look at


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
        self.slots: dict[int, int] = {}  # numbers under which the repeats of its loops are counted
        self._compiled: dict[Hashable, Any] = {}

    def compiled(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` made for `key`, made once and kept with the release."""
        found = self._compiled.get(key)
        if found is None:
            if len(self._compiled) >= _COMPILED_LIMIT:
                self._compiled.clear()
            found = self._compiled[key] = make()
        made: T = found
        return made

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
        if number in policy.strict_lists:
            return "X12-CODE-UNKNOWN"
        if number in self._open:
            return "X12-CODE-UNLISTED"
        return "X12-CODE-UNKNOWN" if self.release in policy.strict_releases else "X12-CODE-UNCONFIRMED"


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
