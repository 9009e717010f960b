"""The order of the levels of a ship notice: any is read, the one the partner's guide names is written.

Maps and canonical documents know one: shipment, order, pallets and cartons, item (S/O/T/P/I). Partners send others, and BSN05 is
often wrong about which. What is read is put into that order first: cartons that hold several orders (S/P/O/I) become a carton under
each, with the same marks; a notice without an order level (S/T/I) gets one for each PRF; a carton under its only item (S/O/I/P) takes
the item in. Written, `levels = "S/P/O/I"` in the map's head, or BSN05, says which order it shall be.

Source: X12 element 1005, Hierarchical Structure Code.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from translators.x12.model import Loop, Segment

USUAL = "S/O/T/P/I"
LEVELS = ("S", "O", "T", "P", "I")
# What BSN05 says of the order of levels; a pallet (T) stands where the standard says "packaging".
LEVELS_OF_STRUCTURE = {"0001": USUAL, "0002": "S/O/I/T/P", "0003": "S/T/P/O/I", "0004": "S/O/I"}
_PACKAGES = ("T", "P")
# Which levels may hold which where nothing has to be moved.
_HOLDS = {"S": "O", "O": "TPI", "T": "TPI", "P": "TPI", "I": "TP"}


def level_of(loop: Loop) -> str:
    """Return HL03 of a level."""
    head = loop.segments[0]
    return head[3].strip() if len(head) > 3 else ""


def levels_in(loop: Loop) -> list[Loop]:
    """Return the levels directly in `loop`."""
    return [each for each in loop.loops if each.name == "HL"]


def in_usual_order(root: Loop) -> None:
    """Put the nested levels in `root` into shipment, order, packages, item."""
    for shipment in levels_in(root):
        if level_of(shipment) == "S" and not _is_usual(shipment):
            built = _Rearrangement(shipment, USUAL.split("/"))
            for chain in built.chains():
                built.insert(built.with_order(chain))
            built.finish()


def in_order(root: Loop, levels: str) -> None:
    """Put the nested levels in `root`, which are in the usual order, into that of `levels` ("S/P/O/I")."""
    wanted = levels.split("/")
    if levels == USUAL:
        return
    for shipment in levels_in(root):
        built = _Rearrangement(shipment, wanted)
        for chain in built.chains():
            built.insert(chain if "O" in wanted else _without_order(chain))
        built.finish()


def levels_wrong_in(levels: str) -> str:
    """Return what is wrong with an order of levels, "" when nothing is."""
    named = levels.split("/")
    if named[0] != "S" or "I" not in named or set(named) - set(LEVELS) or len(set(named)) < len(named):
        return f"{levels!r} must name levels in their order, from S to I, such as S/O/T/P/I or S/P/O/I"
    return ""


def _is_usual(loop: Loop) -> bool:
    allowed = _HOLDS.get(level_of(loop), "")
    inner = levels_in(loop)
    if level_of(loop) == "I" and len(inner) == 1:
        return False
    return all(level_of(each) in tuple(allowed) and _is_usual(each) for each in inner)


@dataclass(slots=True)
class _Tree:
    """What is built: the new levels in a level, by what makes them the same one."""

    loop: Loop
    inner: dict[object, _Tree] = field(default_factory=dict)


def _chains(loop: Loop, above: tuple[Loop, ...]) -> list[tuple[Loop, ...]]:
    """Return the ways down from `loop`; an item ends one, with the packages that are in it."""
    here = (*above, loop)
    inner = levels_in(loop)
    if not inner or (level_of(loop) == "I" and len(inner) > 1):
        return [here]
    return [chain for each in inner for chain in _chains(each, here)]


class _Rearrangement:
    """One shipment's levels, built again."""

    def __init__(self, shipment: Loop, wanted: list[str]) -> None:
        self._ranks = {level: rank for rank, level in enumerate(wanted)}
        self._shipment = shipment
        self._tree = _Tree(Loop("HL", shipment.segments, shipment.numbers, _other_loops(shipment)))
        self._used: set[int] = set()
        self._named: dict[int, tuple[Loop, Loop]] = {}

    def chains(self) -> list[list[Loop]]:
        """Return every way down, in the order wanted."""
        ways = [way for each in levels_in(self._shipment) for way in _ways_down(each, ())]
        last = len(self._ranks)
        return [sorted(way, key=lambda loop: self._ranks.get(level_of(loop), last)) for way in ways]

    def insert(self, chain: list[Loop]) -> None:
        """Add one way down to what is built, along the levels that are there already."""
        tree = self._tree
        for loop in chain:
            key = _key(loop)
            found = tree.inner.get(key)
            if found is None:
                # What stands at several places is several levels from now on.
                own = loop if id(loop) not in self._used else _copy(loop)
                self._used.add(id(loop))
                inside = own.loops if _holds_packages(own) else _other_loops(own)
                found = tree.inner[key] = _Tree(Loop("HL", own.segments, own.numbers, list(inside)))
            tree = found

    def finish(self) -> None:
        """Give the shipment what was built."""
        self._shipment.loops[:] = _built(self._tree).loops

    def with_order(self, chain: list[Loop]) -> list[Loop]:
        """Return `chain` with a level for the order that its package or item, or the shipment, names."""
        if any(level_of(loop) == "O" for loop in chain) or not any(level_of(loop) == "I" for loop in chain):
            return chain
        for index, loop in enumerate(chain):
            if id(loop) not in self._named and _order_in(loop) is not None:
                self._named[id(loop)] = _split(loop)
            if id(loop) in self._named:
                order, rest = self._named[id(loop)]
                return [order, *chain[:index], rest, *chain[index + 1 :]]
        if id(self._shipment) not in self._named:
            named = _order_in(self._shipment)
            number = self._shipment.numbers[0]
            order = Loop(
                "HL", [["HL", "", "", "O"], *([list(named)] if named else [])], [number, *([number] * bool(named))]
            )
            self._named[id(self._shipment)] = (order, self._shipment)
        return [self._named[id(self._shipment)][0], *chain]


def _built(tree: _Tree) -> Loop:
    tree.loop.loops += [_built(each) for each in tree.inner.values()]
    return tree.loop


def _ways_down(loop: Loop, above: tuple[Loop, ...]) -> list[tuple[Loop, ...]]:
    """Return the ways down from `loop`; an item with several packages ends one, and keeps them."""
    here = (*above, loop)
    inner = levels_in(loop)
    if not inner or _holds_packages(loop):
        return [here]
    return [way for each in inner for way in _ways_down(each, here)]


def _holds_packages(loop: Loop) -> bool:
    return level_of(loop) == "I" and len(levels_in(loop)) > 1


def _other_loops(loop: Loop) -> list[Loop]:
    return [each for each in loop.loops if each.name != "HL"]


def _copy(loop: Loop) -> Loop:
    return Loop(loop.name, [list(s) for s in loop.segments], list(loop.numbers), [_copy(each) for each in loop.loops])


def _key(loop: Loop) -> object:
    """Return what makes two levels the same: an order by all it says, a package by its marks, an item never."""
    level = level_of(loop)
    if level == "O":
        return ("O", _said(loop))
    marks = tuple(tuple(s) for s in loop.segments if s[0] == "MAN")
    return (level, marks) if level in _PACKAGES and marks else id(loop)


def _said(loop: Loop, begin: int = 1) -> tuple[object, ...]:
    own = tuple(tuple(e.rstrip() for e in s) for s in loop.segments[begin:])
    return (own, tuple(_said(each, 0) for each in _other_loops(loop)))


def _order_in(loop: Loop) -> Segment | None:
    return next((s for s in loop.segments if s[0] == "PRF"), None)


def _split(loop: Loop) -> tuple[Loop, Loop]:
    """Return a level for the order that `loop` names, and `loop` without its name."""
    order, rest = Loop("HL", [["HL", "", "", "O"]], [loop.numbers[0]]), Loop("HL", [], [], loop.loops)
    for segment, number in zip(loop.segments, loop.numbers, strict=True):
        to = order if segment[0] == "PRF" else rest
        to.segments.append(segment)
        to.numbers.append(number)
    return order, rest


def _without_order(chain: list[Loop]) -> list[Loop]:
    """Return `chain` with the order's number in its item; an order that says more than its number stays a level."""
    order = next((loop for loop in chain if level_of(loop) == "O"), None)
    item = next((loop for loop in chain if level_of(loop) == "I"), None)
    if order is None or item is None or {s[0] for s in order.segments} - {"HL", "PRF"} or _other_loops(order):
        return chain
    item.segments += [list(s) for s in order.segments[1:]]
    item.numbers += order.numbers[1:]
    return [loop for loop in chain if loop is not order]
