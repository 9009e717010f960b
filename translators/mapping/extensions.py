"""What no field exists for: kept when read, put back when written.

An extension's path is in the map's own terms, relative to the object that carries it (the document, or a line):

    DTM[+1]            a whole segment no rule knows; its value is the segment, elements separated by "*"
    N1[2]/PER[1]09     an element no rule knows, of the segment that became the first contact of the second party
    SPI[+1]/REF[+1]    a segment in a loop no rule knows
    PO109              an element of the segment the object itself was read from
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable

from translators.canonical.source import Extension
from translators.findings import Finding, Position, Severity
from translators.mapping.places import Place, WriteState, open_loop, set_element
from translators.mapping.scopes import ReadState
from translators.mapping.wires import Wire
from translators.x12.model import Loop, Segment

_SLASH = re.compile(r"/(?![^\[{]*[\]}])")  # not within a condition, not within a namespace
_NUMBER = re.compile(r"\d+")
_WHOLE = re.compile(r"(.+)\[\+\d+\]$")


def escape(segment: Segment, text: Callable[[str], str]) -> str:
    """Return a whole segment as one text, elements separated by "*", whatever the wire's own separators were."""
    joined = "*".join(segment)
    is_plain = joined.isascii() and joined.isprintable() and joined.count("*") == len(segment) - 1
    if is_plain and "\\" not in joined and " *" not in joined and joined[-1:] != " ":
        return joined.rstrip("*")  # nothing to escape, and no blanks at the end of any element
    return "*".join(text(e.rstrip()).replace("\\", "\\\\").replace("*", "\\*") for e in segment).rstrip("*")


def leftovers(
    loop: Loop, state: ReadState, prefix: str = "", skip: frozenset[str] = frozenset()
) -> list[dict[str, str]]:
    """Return everything in `loop` that no rule used, as extensions.

    A segment that no rule knows is one extension with the whole segment as its value ("DTM[+1]": "DTM*011*20260109"); of a segment
    that is partly used, each other element is one ("PO109": "x").
    """
    kept: list[dict[str, str]] = []
    more: dict[str, int] = {}
    for index, segment in enumerate(loop.segments):
        id_ = segment[0]
        if id_ in skip or (id(segment) in state.done and index):
            continue
        mask = state.used.get(id(segment), 0)
        if not mask and state.wire.keeps_segments:
            if any(e.strip() for e in segment[1:]):
                more[id_] = more.get(id_, 0) + 1
                kept.append({"path": f"{prefix}{id_}[+{more[id_]}]", "value": escape(segment, state.wire.text)})
            continue
        if id_ == state.hierarchy:
            mask |= 0b11110
        is_head = index == 0 and loop.name in (id_, "") and not (loop.name == "" and state.wire.keeps_segments)
        where = (
            f"{prefix.removesuffix('/')}"
            if is_head and prefix
            else prefix + (id_ if is_head else state.address.get(id(segment), id_))
        )
        if not state.wire.keeps_segments and not mask and not loop.loops and not any(segment[1:]):
            kept.append({"path": where, "value": ""})  # an element without content may still have to be there
        for element in range(1, len(segment)):
            code_at = state.kept_codes.get((id(segment), element))
            if segment[element].strip() and (code_at or not mask >> element & 1):
                path = state.wire.leaf(where, id_, code_at or element)
                kept.append({"path": path, "value": state.wire.text(segment[element].rstrip())})
    for inner in loop.loops:
        if id(inner) in state.done:
            continue
        step = state.address.get(id(inner.segments[0]))
        if step is None:
            more[inner.name] = more.get(inner.name, 0) + 1
            step = f"{inner.name}[+{more[inner.name]}]"
        kept += leftovers(inner, state, f"{prefix}{step}/")
    return kept


def in_order(kept: list[dict[str, str]], wire: Wire) -> list[dict[str, str]]:
    """Return extensions in an order that does not depend on where on the wire they stood, numbers as numbers.

    In XML the schema's order is the wire's, and what no schema knows must keep the order it came in.
    """
    if not wire.keeps_segments:
        return kept
    return sorted(kept, key=lambda e: number_sorted(e["path"]))


def number_sorted(path: str) -> str:
    """Return `path` as it is sorted, numbers as numbers."""
    return _NUMBER.sub(lambda m: m[0].zfill(6), path)


def restore(extensions: Iterable[Extension], place: Place, state: WriteState) -> None:
    """Put what was received without a field back where it came from.

    What belonged to something the document no longer has, or came from another format, is left out with a note.
    """
    moved: dict[tuple[int, int], int] = {}
    for extension in extensions:
        if not _restore(extension, place, state, moved):
            sentence = f"{extension.path}: {extension.value!r} has no place in this document and is not sent"
            position = Position(segment_id=extension.path)
            state.findings.append(Finding("MAP-EXTENSION", sentence, Severity.NOTE, position=position))


def _restore(extension: Extension, place: Place, state: WriteState, moved: dict[tuple[int, int], int]) -> bool:
    steps, leaf = _steps(extension.path)
    for step in steps:
        inner = place.made.get(step)
        if inner is None and not state.wire.keeps_segments and "[" not in step:
            inner = open_loop(place, step, step)
        if inner is None and _WHOLE.match(step):
            name = step.partition("[")[0]
            inner = place.made[step] = Place(Loop(name) if state.wire.keeps_segments else Loop(name, [[name]], [0]))
            place.loop.loops.append(inner.loop)
        if not isinstance(inner, Place):
            return False
        place = inner
    if _WHOLE.match(leaf) and state.wire.keeps_segments:
        segment = unescape(extension.value)
        is_head = place.loop.name == segment[0] and not (
            place.loop.segments and place.loop.segments[0][0] == segment[0]
        )
        place.loop.segments.insert(0 if is_head else len(place.loop.segments), segment)
        place.loop.numbers.append(0)
        return True
    found = state.wire.split(leaf)
    if found is None:
        return False
    step, element = found
    target = _target(step, place, state)
    if target is None:
        return False
    element = _free(target, element, extension.value, state, moved)
    if element:
        set_element(target, element, extension.value)
    return bool(element)


@functools.lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[list[str], str]:
    """Return the steps of an extension's path and what is in the last one. The same few stand in every line of a document."""
    *steps, leaf = _SLASH.split(path)
    return steps, leaf


def _target(step: str, place: Place, state: WriteState) -> Segment | None:
    """Return the segment that `step` made; where values are kept one by one, make what was more on the wire."""
    if step in (place.loop.name, ".") and place.loop.segments:
        return place.loop.segments[0]
    made = place.made.get(step)
    more = _WHOLE.match(step)
    if made is None and more is not None and not state.wire.keeps_segments:
        made = place.made[step] = Place(Loop(more[1], [[more[1]]], [0]))
        place.loop.loops.append(made.loop)
    if made is None and more is None and not state.wire.keeps_segments:
        made = open_loop(place, step, step)
    return made.loop.segments[0] if isinstance(made, Place) else made


def _free(segment: Segment, element: int, value: str, state: WriteState, moved: dict[tuple[int, int], int]) -> int:
    """Return where `value` can stand: at its element, or among pairs, whose order says nothing, at the next free pair; 0 nowhere."""
    if (id(segment), element) in state.constants:
        return element
    table = state.tables.get((id(segment), element))
    if table is not None and table.word(value) in (table.word(segment[element]), None):
        return element  # another code for the same word
    start, count = state.pairs.get(id(segment), (0, 0))
    if not start <= element < start + 2 * count:
        return element if len(segment) <= element or segment[element] in ("", value) else 0
    slot, part = divmod(element - start, 2)
    to = moved.get((id(segment), slot))
    if to is None:
        free = (at for at in (slot, *range(count)) if not any(segment[start + 2 * at : start + 2 * at + 2]))
        to = moved[id(segment), slot] = next(free, -1)
    return start + 2 * to + part if to >= 0 else 0


def unescape(text: str) -> Segment:
    """Return the segment that `escape` made one text of."""
    parts, current, is_escaped = [], "", False
    for character in text:
        if is_escaped:
            current, is_escaped = current + character, False
        elif character == "\\":
            is_escaped = True
        elif character == "*":
            parts.append(current)
            current = ""
        else:
            current += character
    return [*parts, current]
