"""Compiles the rules for lists of texts into writers."""

from __future__ import annotations

from typing import Any

from translators.mapping.paths import Step
from translators.mapping.places import Place, WriteState, add_item, open_loop, prepare, set_element, usable
from translators.mapping.rules import JoinedRule, TextsRule
from translators.mapping.structure import Node
from translators.mapping.writing_places import WriteRule, clean, placer, write_constants
from translators.x12.model import Segment


def write_texts(rule: TextsRule, node: Node | None) -> WriteRule:
    """Return the writer of a list of texts."""
    name, constants = rule.name, write_constants(rule.constants, node)
    paths = usable(rule.paths, node)
    step = paths[0].step
    find = placer(paths[0], node)
    steps = list(dict.fromkeys(p.step.text for p in paths))
    each_its_own = [(placer(p, node), p.element) for p in paths] if len(steps) > 1 else []
    slots = [p.element for p in paths if p.step.text == step.text]
    loops = paths[0].loops
    inside = node
    for each in loops:
        inside = inside.loops.get(each.id) if inside is not None else None
    is_loop = inside is not None and step.id in inside.loops

    def write(owner: Any, place: Place, state: WriteState, at: str) -> None:
        texts = getattr(owner, name, ())
        if not texts:
            return
        if not state.wire.repeats:
            _fill_one(find(place), slots, texts, state, at + name)
            return
        if each_its_own:
            for (find_one, element), text in zip(each_its_own, texts, strict=False):
                _fill(find_one(place) or [], [element], [text], state, at + name)
            for text in texts[len(each_its_own) :]:
                state.left_out(at + name, repr(text))
            return
        outside = place
        for each in loops:
            place = open_loop(place, each.id, each.text)
            prepare(place.loop.segments[0], each)
        if place.loop.name == step.id:
            _fill(place.loop.segments[0], slots, texts, state, at + name)
        else:
            for count, first in enumerate(range(0, len(texts), len(slots)), start=1):
                segment = _segment_for(place, step, count, is_loop)
                prepare(segment, step)
                _fill(segment, slots, texts[first : first + len(slots)], state, at + name)
        if constants is not None:
            constants(outside, state)

    return write


def _segment_for(place: Place, step: Step, count: int, is_loop: bool) -> Segment:
    made = place.made.get(step.text) if count == 1 else None  # other values of it are written already
    return made if isinstance(made, list) else add_item(place, step, f"{step.text}[{count}]", is_loop).loop.segments[0]


def _fill_one(segment: Segment | None, slots: list[int], texts: Any, state: WriteState, at: str) -> None:
    if segment is not None:
        _fill(segment, slots, texts, state, at)
    for text in texts[len(slots) :]:
        state.left_out(at, repr(text))


def _fill(segment: Segment, slots: list[int], texts: Any, state: WriteState, at: str) -> None:
    for slot, text in zip(slots, texts, strict=False):
        set_element(segment, slot, clean(text, state, at))


def write_joined(rule: JoinedRule, node: Node | None) -> WriteRule:
    """Return the writer of a list of texts with a loop for each."""
    name, each, inside = rule.name, rule.each, node
    for step in (*each.loops, each.step):
        inside = inside.loops.get(step.id) if inside is not None else None
    is_loop = inside is not None
    path = usable(rule.paths, inside)[0]
    constants = write_constants(rule.constants, inside)

    def write(owner: Any, place: Place, state: WriteState, at: str) -> None:
        texts = getattr(owner, name, ())
        for step in each.loops if texts else ():
            place = open_loop(place, step.id, step.text)
            prepare(place.loop.segments[0], step)
        for count, text in enumerate(texts, start=1):
            inner = add_item(place, each.step, f"{each.step.text}[{count}]", is_loop)
            prepare(inner.loop.segments[0], each.step)
            if constants is not None:
                constants(inner, state)
            is_element = not state.wire.keeps_segments
            for number, line in enumerate(text.split("\n"), start=1):
                where = f"{path.step.text}[{number}]"
                segment = (
                    inner.loop.segments[0]
                    if path.step.id == each.step.id
                    else add_item(inner, path.step, where, is_element).loop.segments[0]
                )
                set_element(segment, path.element, clean(line, state, at + name))

    return write
