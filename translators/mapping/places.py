"""The wire tree while it is being written: loops and segments, found again by the step that made them."""

from __future__ import annotations

from dataclasses import dataclass, field

from translators.findings import Finding, Position, Severity
from translators.mapping.paths import Path, Step
from translators.mapping.structure import Node
from translators.mapping.tables import SameValue, Table
from translators.mapping.wires import Wire
from translators.x12.model import Loop, Segment


@dataclass(slots=True)
class Place:
    """A loop being written, and what was made in it, by the step that made it."""

    loop: Loop
    made: dict[str, Segment | Place] = field(default_factory=dict)  # step text -> Segment or Place


@dataclass(slots=True)
class WriteState:
    """What one writing collects."""

    release: str
    forbidden: frozenset[str]
    wire: Wire
    component: str = ">"
    currency: str = "USD"
    pairs: dict[int, tuple[int, int]] = field(default_factory=dict)  # id of segment -> first element, number of pairs
    tables: dict[tuple[int, int], Table | SameValue] = field(
        default_factory=dict
    )  # id of segment, element -> where its code came from
    constants: set[tuple[int, int]] = field(
        default_factory=set
    )  # what a map wrote of its own gives way to what was received
    findings: list[Finding] = field(default_factory=list)

    def wrong(self, code: str, sentence: str, at: str, value: object = "") -> None:
        """Note that the canonical field `at` cannot be written."""
        position = Position(segment_id=at)
        self.findings.append(Finding(code, f"{at}: {sentence}", Severity.ERROR, position=position, value=str(value)))

    def left_out(self, at: str, what: str) -> None:
        """Note that this format has no place for something that the document can be sent without."""
        sentence = f"{at}: {what} has no place in this format and is not sent"
        self.findings.append(Finding("MAP-LEFT-OUT", sentence, Severity.WARNING, position=Position(segment_id=at)))


def set_element(segment: Segment, element: int, text: str) -> None:
    """Set one element, with empty ones before it where needed."""
    missing = element - len(segment) + 1
    if missing > 0:
        segment.extend([""] * missing)
    segment[element] = text


def prepare(segment: Segment, step: Step) -> bool:
    """Give `segment` the values its step's conditions ask for; return False when it has others already."""
    for test in step.tests:
        found = segment[test.element] if len(segment) > test.element else ""
        if test.is_negated:
            if found in test.values:
                return False
        elif found not in test.values:
            if found:
                return False
            set_element(segment, test.element, test.values[0])
    return True


def open_loop(place: Place, id_: str, text: str) -> Place:
    """Return the loop made for step `text` in `place`, made now when there is none."""
    found = place.made.get(text)
    if isinstance(found, Place):
        return found
    inner = Place(Loop(id_, [[id_]], [0]))
    place.loop.loops.append(inner.loop)
    place.made[text] = inner
    return inner


def add_item(place: Place, step: Step, text: str, is_loop: bool) -> Place:
    """Return a new occurrence of `step` in `place`: a loop, or a segment that is its own place."""
    segment: Segment = [step.id]
    inner = Place(Loop(step.id, [segment], [0]))
    place.made[text] = inner
    if is_loop:
        place.loop.loops.append(inner.loop)
    else:
        place.loop.segments.append(segment)
        place.loop.numbers.append(0)
    return inner


def with_component(composite: str, component: int, text: str, separator: str) -> str:
    """Return `composite` with `text` as its component number `component`."""
    parts = composite.split(separator)
    parts += [""] * (component - len(parts))
    parts[component - 1] = text
    return separator.join(parts)


def put_value(segment: Segment | None, element: int, text: str) -> None:
    """Set an element of a segment that has a place."""
    if segment is not None:
        set_element(segment, element, text)


def usable(paths: tuple[Path, ...], node: Node | None) -> tuple[Path, ...]:
    """Return the paths that exist in the release being written (MSG01 in 004010, MTX02 in 005010); all of them when none does."""

    def exists(path: Path) -> bool:
        inside = node
        for step in path.loops:
            if inside is None:
                return True
            if step.id not in inside.loops:
                return False
            inside = inside.loops[step.id]
        return inside is None or inside.id == path.step.id or inside.has(path.step.id)

    return tuple(p for p in paths if exists(p)) or paths
