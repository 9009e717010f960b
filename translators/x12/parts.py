"""A transaction set handed on in parts while it is read, so that a consumer sees its loops and memory does not grow with the set.

    for event in read(chunks, catalogue, in_parts=True):
        match event:
            case SetPart(): for loop in event.tree.loops: …    # an order's lines, a few thousand segments at a time
            case TransactionSet(): …                           # what the set was worth, only now

A loop stands whole in one part unless it has over HELD_SEGMENTS segments; then its inner loops are handed on before it ends. `joined`
makes the whole tree of the parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from translators.x12.model import Loop, SetPart

# A part is made when this many segments wait: a few milliseconds of work, some megabytes of tree.
PART_SEGMENTS = 2_000
# An open loop is held back until it ends, up to here: ten times the longest line item we know of, with its schedules and addresses.
HELD_SEGMENTS = 5_000


class Parts:
    """Takes the tree of a set that is being read apart."""

    def __init__(self) -> None:
        self._continued: list[Loop] = []  # copies of open loops of which earlier parts told something

    def hand_on(self, loops: list[Loop], number: int) -> tuple[SetPart, list[Loop]]:
        """Return the part that can be handed on, and the open loops to go on with.

        Args:
            loops: the open loops, the set itself first.
            number: of the next segment.
        """
        depth = self._held(loops, number)
        part = SetPart(loops[0], len(self._continued))
        fresh = [Loop(loop.name) for loop in loops[:depth]] + loops[depth:]
        if depth < len(loops):
            loops[depth - 1].loops.pop()  # the open one is the last
        for outer, inner in pairwise(fresh[: depth + 1]):
            outer.loops.append(inner)
        self._continued = fresh[1:depth]
        return part, fresh

    def rest(self, tree: Loop) -> SetPart:
        """Return the last part: all of `tree` that was not handed on."""
        return SetPart(tree, len(self._continued))

    def _held(self, loops: list[Loop], number: int) -> int:
        """Return the depth of the outermost open loop that can wait until it ends."""
        for depth in range(1, len(loops)):
            loop = loops[depth]
            if (
                loop.numbers
                and number - loop.numbers[0] <= HELD_SEGMENTS
                and not any(loop is c for c in self._continued)
            ):
                return depth
        return len(loops)


def joined(parts: Iterable[SetPart]) -> Loop:
    """Return the whole tree that `parts` of one set make; it takes over their loops."""
    root = Loop("")
    for part in parts:
        _join(root, part.tree, part.continues)
    return root


def _join(loop: Loop, more: Loop, continues: int) -> None:
    loop.segments.extend(more.segments)
    loop.numbers.extend(more.numbers)
    if continues:
        _join(loop.loops[-1], more.loops[0], continues - 1)
    loop.loops.extend(more.loops[1:] if continues else more.loops)
