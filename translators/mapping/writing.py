"""Compiles the rules of a map into a writer that fills a wire tree from a canonical document: closures, or functions of generated code.

Segments are made when the first value needs them; the format's own writer puts them in the standard's order. What was kept in
`extensions` goes back to where it came from, after everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from translators.mapping.compiled_writing import Part, WrittenBlock, generated_writer
from translators.mapping.extensions import restore
from translators.mapping.functions import FUNCTIONS
from translators.mapping.packs import packed
from translators.mapping.places import Place, WriteState, add_item, open_loop, prepare, usable
from translators.mapping.rules import Block, FixedRule, HereRule, JoinedRule, ListRule, ObjectRule, Rule, ValueRule
from translators.mapping.structure import Node
from translators.mapping.writing_places import WriteRule, clean, write_constants
from translators.mapping.writing_values import VALUE_WRITERS
from translators.x12.model import Loop, Segment


def _write_object(rule: ObjectRule, node: Node | None, here: str | None) -> WriteRule:
    write_block, name = compile_block(rule.block, node, here=here), rule.name
    pack = packed(rule.packs) if rule.packs is not None else None

    def write(owner: Any, place: Place, state: WriteState, at: str) -> None:
        value = getattr(owner, name, None)
        if value is not None and pack is not None:
            value = pack(value, place)
        if value is not None:
            write_block(value, place, state, f"{at}{name}/")

    return write


def _write_here(rule: HereRule, node: Node | None, here: str | None) -> WriteRule:
    write_block, name, when = compile_block(rule.block, node, here=here), rule.name, rule.when

    def write(owner: Any, place: Place, state: WriteState, at: str) -> None:
        mine = [(i, item) for i, item in enumerate(getattr(owner, name, ())) if is_wanted(item, when)]
        for index, item in mine[:1]:
            write_block(item, place, state, f"{at}{name}/{index}/")
        for index, _item in mine[1:]:
            state.left_out(f"{at}{name}/{index}", "a second of its kind")

    return write


def is_wanted(item: Any, when: tuple[dict[str, bool | str], ...]) -> bool:
    """Return whether `item` is one of those a list writes; without a condition all are."""
    return not when or any(_meets(item, choice) for choice in when)


def _meets(item: Any, choice: dict[str, bool | str]) -> bool:
    """Return whether each named field is there, is not there, or has that value."""
    for name, wanted in choice.items():
        value = item
        for part in name.split("."):
            value = getattr(value, part, None)
        value = str(value).lower() if isinstance(value, bool) else value
        has_value = value not in (None, "", ())
        if has_value is not wanted if isinstance(wanted, bool) else value != wanted:
            return False
    return True


def _write_list(
    rule: ListRule, node: Node | None, enclosing: list[Callable[[], WriteRule]], here: str | None
) -> WriteRule:
    if rule.nested:
        outer = enclosing[-1]  # asked for at use: the enclosing list is still being compiled

        def write_nested(owner: Any, place: Place, state: WriteState, at: str) -> None:
            outer()(owner, place, state, at)

        return write_nested
    each, name, when, unpack = rule.each, rule.name, rule.when, rule.unpack
    outside = node
    for step in each.loops:
        outside = outside.loops.get(step.id) if outside is not None else None
    inside = outside.loops.get(each.step.id) if outside is not None else None
    is_loop, has_tests = inside is not None, bool(each.step.tests)
    own: list[WriteRule] = []
    write_block = compile_block(
        rule.block, inside, [*enclosing, lambda: own[0]], None if here is None else each.step.id
    )

    def write(owner: Any, place: Place, state: WriteState, at: str) -> None:
        items = getattr(owner, name, ())
        if not items:
            return
        for step in each.loops:
            place = open_loop(place, step.id, step.text)
            prepare(place.loop.segments[0], step)
        count = 0
        packed: Segment | None = None
        for index, item in enumerate(items):
            if when and not is_wanted(item, when):
                continue
            here = f"{at}{name}/{index}/"
            if unpack is not None:
                packed = _pack(rule, item, place, packed, state, write_block)
                continue
            count += 1
            inner = add_item(place, each.step, f"{each.step.text}[{count}]", is_loop)
            write_block(item, inner, state, here)
            if has_tests:
                prepare(inner.loop.segments[0], each.step)
            extensions = item.__dict__.get("extensions")
            if extensions:
                restore(extensions, inner, state)

    own.append(write)
    return write


def _pack(
    rule: ListRule, item: Any, place: Place, packed: Segment | None, state: WriteState, write_block: WriteRule
) -> Segment:
    """Write `item` into the segment `packed` when what is common to all agrees and there is room, else into a new one."""
    unpack = rule.unpack
    if unpack is None:
        raise AssertionError(rule.key)
    step, start, width = rule.each.step, unpack.start.element, len(unpack.fields)
    head: Segment = [step.id]
    write_block(item, Place(Loop(step.id, [head], [0])), state, "")
    head.extend([""] * (start - len(head)))
    values = []
    for name in unpack.fields:
        value = item
        for part in name.split("."):
            value = getattr(value, part, "")
        values.append(clean(FUNCTIONS["number"].write(value, "") if not isinstance(value, str) else value, state, name))
    if packed is None or packed[:start] != head or len(packed) >= start + unpack.count * width:
        packed = head
        place.loop.segments.append(packed)
        place.loop.numbers.append(0)
    packed.extend(values)
    return packed


def _order(rule: Rule) -> int:
    """Return when a rule is written: values, then quantities that look at their pack factor, then lists."""
    if isinstance(rule, ObjectRule) and rule.packs is not None:
        return 1
    return 2 if isinstance(rule, ListRule | JoinedRule) else 0


def is_written(rule: Rule) -> bool:
    """Return whether `rule` writes: all do that do not only read."""
    return not (isinstance(rule, ValueRule | ListRule) and rule.way.read_only)


def _writer(rule: Rule, node: Node | None, enclosing: list[Callable[[], WriteRule]], here: str | None) -> WriteRule:
    if isinstance(rule, ListRule):
        return _write_list(rule, node, enclosing, here)
    if isinstance(rule, HereRule):
        return _write_here(rule, node, here)
    return _write_object(rule, node, here) if isinstance(rule, ObjectRule) else VALUE_WRITERS[type(rule)](rule, node)


def _conditioned(block: Block) -> dict[str, list[ListRule | HereRule]]:
    """Return the lists that are written on conditions, by field."""
    found: dict[str, list[ListRule | HereRule]] = {}
    for rule in block.rules:
        if isinstance(rule, ListRule | HereRule):
            found.setdefault(rule.name, []).append(rule)
    return {name: rules for name, rules in found.items() if all(rule.when for rule in rules)}


def _every_item_written(name: str, rules: list[ListRule | HereRule]) -> WriteRule:
    def check(owner: Any, _place: Place, state: WriteState, at: str) -> None:
        for index, item in enumerate(getattr(owner, name, ())):
            if any(is_wanted(item, rule.when) for rule in rules):
                continue
            if all(isinstance(rule, HereRule) for rule in rules):
                state.left_out(f"{at}{name}/{index}", "what it says")
            else:
                state.wrong("MAP-NO-PLACE", "is of a kind that this document has no segment for", f"{at}{name}/{index}")

    return check


def _writes_without_value(rule: Rule) -> bool:
    """Return whether `rule` writes even where the document says nothing."""
    return isinstance(rule, FixedRule) or (isinstance(rule, ValueRule) and rule.missing is not None)


def _plan(block: Block, node: Node | None, enclosing: list[Callable[[], WriteRule]], here: str | None) -> WrittenBlock:
    parts = []
    for rule in sorted(filter(is_written, block.rules), key=_order):
        guard = "" if _writes_without_value(rule) else rule.name
        inner = (
            _plan(rule.block, node, [], here)
            if isinstance(rule, ObjectRule) and rule.packs is None and here is not None
            else None
        )
        parts.append(Part(rule, _writer(rule, node, enclosing, here), guard, inner))
    checks = [(_every_item_written(name, rules), name) for name, rules in _conditioned(block).items()]
    return WrittenBlock(parts, write_constants(block.constants, node), checks, node)


def compile_block(
    block: Block, node: Node | None, enclosing: list[Callable[[], WriteRule]] | None = None, here: str | None = None
) -> WriteRule:
    """Return the writer of all rules of `block`.

    Args:
        block: a part of a map.
        node: the loop of the release's structure it lies in.
        enclosing: the lists it lies in, innermost last.
        here: id of the segment that opens the loop it is written in, "" for the document; None writes rule by rule.
    """
    planned = _plan(block, node, enclosing or [], here)
    if here is not None:
        return generated_writer(planned, here, lambda rule: usable(rule.paths, node))
    # Most fields of most lines say nothing: one look tells, without calling what would write them.
    writers = [(part.closure, part.guard) for part in planned.parts] + planned.checks
    constants = planned.constants

    def write(owner: Any, place: Place, state: WriteState, at: str) -> None:
        values = owner.__dict__
        for writer, name in writers:
            if name:
                value = values.get(name)
                if not value and (value is None or isinstance(value, str | tuple)):
                    continue  # a number or a flag says something even when it is 0 or False
            writer(owner, place, state, at)
        if constants is not None:
            constants(place, state)

    return write
