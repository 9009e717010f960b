"""Makes what a simulated partner writes keep to the partner's own guide: restricted codes, what must and what must not be there.

A guide demands that something stands at a place, not what: a plausible value is put there. What no row of the tables below knows how to
say is not made up; the clause is returned, and the person is told which one it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from translators.findings import Finding
from translators.mapping import Map
from translators.mapping.guide import check_written, compile_guide
from translators.mapping.lookups import all_hits, element_of
from translators.mapping.paths import Path, Step
from translators.mapping.places import Place, open_loop, prepare, set_element
from translators.mapping.rules import GuideRule
from translators.mapping.scopes import Hit, ReadState
from translators.mapping.structure import Node
from translators.mapping.writing_places import placer
from translators.x12.model import Loop, Segment

PLAUSIBLE = "1001"
GLN = "0614141000012"
# What stands beside the qualifier of a segment that a guide asks for, by element, where nothing stands yet.
_BESIDE: dict[str, dict[int, str]] = {
    "N1": {2: "Simulated", 3: "92", 4: PLAUSIBLE},
    "N9": {2: PLAUSIBLE},
    "REF": {2: PLAUSIBLE},
    "PER": {2: "Purchasing", 3: "TE", 4: "555-0100"},
    "PID": {1: "F", 5: "Simulated item"},
    "TD5": {2: "2", 3: "RDWY"},
    "FOB": {1: "CC"},
    "CUR": {1: "BY", 2: "USD"},
}
# A code that a guide restricts an element to asks for another value beside it: (segment, element, code) → (element, value).
_WITH_CODE: dict[tuple[str, int, str], tuple[int, str]] = {("N1", 3, "UL"): (4, GLN)}


def _store_quantities(line: Loop) -> Segment:
    """Return an SDQ that sends all of a PO1 to one store."""
    head = line.segments[0]
    return ["SDQ", element_of(head, 3), "92", "0012", element_of(head, 2)]


_WHOLE: dict[str, Callable[[Loop], Segment]] = {"SDQ": _store_quantities}


def keep_guide(tree: Loop, by: Map, release: str) -> list[Finding]:
    """Change `tree`, a document as `by` wrote it, until it keeps to the guide; return the clauses that it still breaks.

    Args:
        release: that it is written in, as in GS08; "" where the format has none.
    """
    root = by.structure(release)
    for rule in by.rules.guide:
        for place in list(_owners(rule, tree, by)):
            _KEEP[rule.kind](rule, place, by, _node_of(rule.each, root))
    return list(check_written(compile_guide(by.rules.guide), tree, by.nested))


def _state(by: Map) -> ReadState:
    return ReadState("", by.format.wire)  # scopes are kept by it: a new one for every look at a tree that changes


def _hits(path: Path, loop: Loop, by: Map) -> list[Hit]:
    state = _state(by)
    return all_hits(path)(state.scope(loop), state)


def _owners(rule: GuideRule, tree: Loop, by: Map) -> Iterator[Loop]:
    """Yield each place that a clause holds in: the whole document, or each of its loops."""
    root = by.nested(tree)
    if rule.each is None:
        yield tree if root is tree else root
        return
    for segment, number, loop in _hits(rule.each, root, by):
        yield loop if loop is not None else Loop(segment[0], [segment], [number])


def _node_of(each: Path | None, root: Node | None) -> Node | None:
    for step in () if each is None else (*each.loops, each.step):
        root = root.loops.get(step.id) if root is not None else None
    return root


def _restrict(rule: GuideRule, loop: Loop, by: Map, _node: Node | None) -> None:
    for segment, _number, _loop in _hits(rule.path, loop, by):
        if element_of(segment, rule.path.element) not in ("", *rule.codes):
            set_element(segment, rule.path.element, rule.codes[0])
        beside = _WITH_CODE.get((segment[0], rule.path.element, element_of(segment, rule.path.element)))
        if beside is not None:
            set_element(segment, *beside)


def _forbid(rule: GuideRule, loop: Loop, by: Map, _node: Node | None) -> None:
    """Empty an element that is not used; a whole segment of an order that is drawn never breaks such a clause."""
    for segment, _number, _loop in _hits(rule.path, loop, by) if rule.path.element else ():
        if element_of(segment, rule.path.element):
            set_element(segment, rule.path.element, "")


def _require(rule: GuideRule, loop: Loop, by: Map, node: Node | None) -> None:
    path = rule.path
    found = _hits(path, loop, by)
    if found and (not path.element or any(element_of(hit[0], path.element) for hit in found)):
        return
    whole = _WHOLE.get(path.step.id)
    if whole is not None and not path.loops:
        loop.segments.append(whole(loop))
        loop.numbers.append(0)
        return
    is_told = path.element or path.step.tests or path.step.id in _BESIDE
    segment = found[0][0] if found else _made(path, loop, by, node) if is_told else None
    if segment is None:
        return  # what such a segment says is not known here: the clause stays broken, and is told
    for element, value in _BESIDE.get(segment[0], {}).items():
        if not element_of(segment, element):
            set_element(segment, element, value)
    if path.element and not element_of(segment, path.element):
        set_element(segment, path.element, PLAUSIBLE)


def _made(path: Path, loop: Loop, by: Map, node: Node | None) -> Segment | None:
    """Return a new segment at `path`, in the loops on the way to it that are there, else in new ones."""
    place = Place(loop)
    for step in path.loops:
        there = _hits(Path((), step), place.loop, by)
        inner = next((hit[2] for hit in there if hit[2] is not None), None)
        place = Place(inner) if inner is not None else _opened(place, step)
        node = node.loops.get(step.id) if node is not None else None
    return placer(Path((), path.step, path.element, text=path.text), node)(place)


def _opened(place: Place, step: Step) -> Place:
    opened = open_loop(place, step.id, step.text)
    head = opened.loop.segments[0]
    prepare(head, step)
    for element, value in _BESIDE.get(step.id, {}).items():
        if not element_of(head, element):
            set_element(head, element, value)
    return opened


_KEEP: dict[str, Callable[[GuideRule, Loop, Map, Node | None], None]] = {
    "codes": _restrict,
    "forbid": _forbid,
    "require": _require,
}
