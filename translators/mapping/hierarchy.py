"""Nests the HL loops of a ship notice by their parents, and numbers them again when writing.

On the wire HL loops stand one after the other, each with its number (HL01) and its parent's (HL02). A map sees them nested:
`HL[03=S]/HL[03=O]` is an order of the shipment. A level whose parent cannot be found hangs under the nearest level before it that
usually contains it.
"""

from __future__ import annotations

from translators.mapping.levels import LEVELS_OF_STRUCTURE, USUAL, in_order, in_usual_order
from translators.x12.model import Loop

# Who may contain whom where HL02 is empty or wrong: the usual order of levels, outermost first.
_RANK = {"S": 0, "O": 1, "T": 2, "P": 3, "I": 4}


def nest(root: Loop) -> Loop:
    """Return `root` with its HL loops nested by HL02; other loops and all segments are shared with it."""
    nested = Loop(root.name, root.segments, root.numbers, [each for each in root.loops if each.name != "HL"])
    by_number: dict[str, Loop] = {}
    before: list[Loop] = []
    for loop in root.loops:
        if loop.name != "HL":
            continue
        head = [*loop.segments[0], "", "", ""]
        copy = Loop("HL", loop.segments, loop.numbers, list(loop.loops))
        parent = by_number.get(head[2].strip()) if head[2].strip() else None
        if parent is None and _RANK.get(head[3].strip(), 9) > 0:
            parent = next((b for b in reversed(before) if _rank(b) < _rank(loop)), None)
        (parent or nested).loops.append(copy)
        by_number.setdefault(head[1].strip(), copy)
        before.append(copy)
    in_usual_order(nested)
    return nested


def _rank(loop: Loop) -> int:
    head = loop.segments[0]
    return _RANK.get(head[3].strip() if len(head) > 3 else "", 9)


def flatten(root: Loop, levels: str = "") -> int:
    """Number nested HL loops, put them one after the other at `root`, and return how many there are.

    Args:
        root: a ship notice in the usual order of levels.
        levels: the order that the partner's guide names ("S/P/O/I"); "" for that of BSN05, or the usual one.
    """
    structure = next((s[5] for s in root.segments if s[0] == "BSN" and len(s) > 5), "")
    in_order(root, levels or LEVELS_OF_STRUCTURE.get(structure, USUAL))
    flat: list[Loop] = []

    def visit(loop: Loop, parent: str) -> None:
        flat.append(loop)
        number = str(len(flat))
        inner = [each for each in loop.loops if each.name == "HL"]
        level = (loop.segments[0] + ["", "", "", ""])[3]
        loop.segments[0][1:] = [number, parent, level, "1" if inner else "0"]
        loop.loops = [each for each in loop.loops if each.name != "HL"]
        for each in inner:
            visit(each, number)

    for loop in [each for each in root.loops if each.name == "HL"]:
        visit(loop, "")
    root.loops = [each for each in root.loops if each.name != "HL"] + flat
    return len(flat)
