"""What all writers of a map's rules share: how the segment of a path is found or made, constants, texts fit for the wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from translators.findings import Finding, Position, Severity
from translators.mapping.paths import Path
from translators.mapping.places import Place, WriteState, open_loop, prepare, set_element
from translators.mapping.rules import Constant
from translators.mapping.structure import Node
from translators.x12.model import Segment

WriteRule = Callable[[Any, Place, WriteState, str], None]


Placer = Callable[[Place], Segment | None]
ConstantsWriter = Callable[[Place, WriteState], None]


def placer(path: Path, node: Node | None) -> Placer:
    """Return a function that finds or makes the segment of `path`."""
    steps, step = path.loops, path.step
    inside = node
    for each in steps:
        inside = inside.loops.get(each.id) if inside is not None else None
    is_loop = inside is not None and step.id in inside.loops and step.id != inside.id
    step_id, text = step.id, step.text

    def place_segment(place: Place) -> Segment | None:
        for each in steps:
            place = open_loop(place, each.id, each.text)
            prepare(place.loop.segments[0], each)
        if step_id in (place.loop.name, "."):
            head = place.loop.segments[0]
            return head if prepare(head, step) else None
        found = place.made.get(text)
        if isinstance(found, Place):
            return found.loop.segments[0]
        if found is not None:
            segment: Segment = found
            return segment
        if is_loop:
            segment = open_loop(place, step_id, text).loop.segments[0]
        else:
            segment = [step_id]
            place.loop.segments.append(segment)
            place.loop.numbers.append(0)
            place.made[text] = segment
        prepare(segment, step)
        return segment

    return place_segment


def write_constants(constants: tuple[Constant, ...], node: Node | None) -> ConstantsWriter | None:
    """Return a function that writes the constants where nothing else stands, None when there are none."""
    if not constants:
        return None
    plans = [(placer(c.path, node), c.path.element, c.value) for c in constants]

    def write(place: Place, state: WriteState) -> None:
        for find, element, value in plans:
            segment = find(place)
            if segment is not None and not (len(segment) > element and segment[element]):
                set_element(segment, element, value)
                state.constants.add((id(segment), element))

    return write


def clean(text: str, state: WriteState, at: str) -> str:
    """Return `text` fit for the wire: separators inside a value cannot be escaped in X12 and become blanks, with a warning."""
    if state.forbidden.isdisjoint(text):
        return text
    for separator in state.forbidden:
        text = text.replace(separator, " ")
    sentence = f"{at}: holds a separator of this interchange; a blank is sent instead"
    state.findings.append(Finding("MAP-SEPARATOR", sentence, Severity.WARNING, position=Position(segment_id=at)))
    return text
