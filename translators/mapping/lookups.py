"""Finds segments and loops on the wire by the paths of a map, and marks what was used of them."""

from __future__ import annotations

from collections.abc import Callable

from translators.findings import Finding, Position, Severity
from translators.mapping.paths import Path, Step, Test
from translators.mapping.rules import Constant
from translators.mapping.scopes import CLAIMED, Hit, ReadState, Scope
from translators.x12.model import Segment

Finder = Callable[[Scope, ReadState], Hit | None]


def _holds(test: Test) -> Callable[[Segment], bool]:
    element, values, negated = test.element, frozenset(test.values), test.is_negated

    def holds(segment: Segment) -> bool:
        return ((segment[element].rstrip() if len(segment) > element else "") in values) is not negated

    return holds


def matcher(step: Step) -> Callable[[Segment], bool] | None:
    """Return whether a segment meets the conditions of `step`, as a function; None when it has none."""
    tests = [_holds(t) for t in step.tests]
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda segment: all(test(segment) for test in tests)


def mask_of(step: Step) -> int:
    """Return the elements that the conditions of `step` look at, one bit each."""
    return sum(1 << t.element for t in step.tests)


def _hits(scope: Scope, step_id: str, matches: Callable[[Segment], bool] | None) -> list[Hit]:
    hits = scope.get(step_id, [])
    return hits if matches is None else [hit for hit in hits if matches(hit[0])]


def finder(loops: tuple[Step, ...], step: Step) -> Finder:
    """Return a function that finds the first segment (or loop) at a path."""
    if loops:
        outer, inner = loops[0], finder(loops[1:], step)
        outer_id, outer_matches, outer_mask, address = outer.id, matcher(outer), mask_of(outer), outer.text

        def find_inside(scope: Scope, state: ReadState) -> Hit | None:
            for hit in scope.get(outer_id, ()):
                loop = hit[2]
                if loop is None or (outer_matches is not None and not outer_matches(hit[0])):
                    continue
                found = inner(state.scope(loop), state)
                if found is not None:
                    head = id(hit[0])
                    state.used[head] = state.used.get(head, 0) | outer_mask
                    state.address.setdefault(head, address)
                    return found
            return None

        return find_inside
    step_id, matches = step.id, matcher(step)
    if matches is None:

        def find_first(scope: Scope, _state: ReadState) -> Hit | None:
            hits = scope.get(step_id)
            return hits[0] if hits else None

        return find_first

    def find(scope: Scope, _state: ReadState) -> Hit | None:
        for hit in scope.get(step_id, ()):
            if matches(hit[0]):
                return hit
        return None

    return find


def all_hits(path: Path) -> Callable[[Scope, ReadState], list[Hit]]:
    """Return a function that finds every segment or loop at a path."""
    step_id, matches = path.step.id, matcher(path.step)
    if not path.loops:
        return lambda scope, _state: _hits(scope, step_id, matches)
    outer = path.loops[0]
    outer_id, outer_matches, outer_mask, address = outer.id, matcher(outer), mask_of(outer), outer.text
    inner = all_hits(Path(path.loops[1:], path.step))

    def find_inside(scope: Scope, state: ReadState) -> list[Hit]:
        found: list[Hit] = []
        for head, _number, loop in _hits(scope, outer_id, outer_matches):
            if loop is not None:
                state.used[id(head)] = state.used.get(id(head), 0) | outer_mask
                state.address.setdefault(id(head), address)
                found += inner(state.scope(loop), state)
        return found

    return find_inside


def claim(state: ReadState, segment: Segment, mask: int, address: str) -> None:
    """Mark elements of `segment` as used, and remember how the map calls it."""
    key = id(segment)
    state.used[key] = state.used.get(key, 0) | mask | CLAIMED
    state.address.setdefault(key, address)


def element_of(segment: Segment, element: int) -> str:
    """Return an element without blanks at its end, "" when there is none."""
    return segment[element].rstrip() if len(segment) > element else ""


def found_wrong(code: str, sentence: str, hit: Hit, element: int, value: str) -> Finding:
    """Return the error that `value` at an element is."""
    position = Position(
        segment_number=hit[1], segment_id=hit[0][0], loop=hit[2].name if hit[2] else "", element=element
    )
    return Finding(code, f"{position}: {sentence}", Severity.ERROR, position=position, value=value)


def claim_of_constants(constants: tuple[Constant, ...]) -> Callable[[Scope, ReadState], None] | None:
    """Return a function that marks the constants which were received as the map writes them."""
    if not constants:
        return None
    expected = [(finder(c.path.loops, c.path.step), c.path.element, c.value, c.path.step) for c in constants]

    def claim_received(scope: Scope, state: ReadState) -> None:
        for find, element, value, step in expected:
            hit = find(scope, state)
            if hit is not None:
                same = element_of(hit[0], element) == value
                claim(state, hit[0], (1 << element if same else 0) | mask_of(step), step.text)

    return claim_received
