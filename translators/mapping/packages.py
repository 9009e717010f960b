"""Turns packages by line into lines by package, and back.

Some formats say for each line in which package it is; the canonical document says for each package what is in it. A map of such a
format says `units = "by-line"`. Read, a line with one package (which may lie in another) goes into that package; packages with the
same number are one. Of a line in several packages nobody says how many are in which: it keeps them. Written, each line of a package
names it again.
"""

from __future__ import annotations

from collections.abc import Iterable

from translators.canonical.document import BusinessDocument
from translators.canonical.positions import WirePositions
from translators.canonical.ship_notice import HandlingUnit, ShipmentOrder, ShipNotice, ShippedLine


def by_package(document: BusinessDocument) -> BusinessDocument:
    """Return a ship notice in which lines that name one package lie in it; any other document as it is."""
    if not isinstance(document, ShipNotice) or not any(line.units for order in document.orders for line in order.lines):
        return document
    moved: dict[str, str] = {}
    orders = tuple(_order_by_package(order, f"orders/{n}", moved) for n, order in enumerate(document.orders))
    found = document.source.positions
    positions = WirePositions(lambda: {_moved(path, moved): where for path, where in found.items()})
    source = document.source.model_copy(update={"positions": positions})
    return document.model_copy(update={"orders": orders, "source": source})


def by_line(document: BusinessDocument) -> BusinessDocument:
    """Return a ship notice in which every line names its package; any other document as it is."""
    if not isinstance(document, ShipNotice) or not any(order.units for order in document.orders):
        return document
    orders = tuple(
        order.model_copy(update={"units": (), "lines": (*_lines_of(order.units, ()), *order.lines)})
        for order in document.orders
    )
    return document.model_copy(update={"orders": orders})


def _lines_of(units: Iterable[HandlingUnit], around: tuple[HandlingUnit, ...]) -> Iterable[ShippedLine]:
    for unit in units:
        bare = unit.model_copy(update={"units": (), "lines": ()})
        chain = (*around, bare)
        named: HandlingUnit | None = None
        for each in reversed(chain):
            named = each if named is None else each.model_copy(update={"units": (named,)})
        for line in unit.lines:
            yield line.model_copy(update={"units": (named,)})
        yield from _lines_of(unit.units, chain)


def _order_by_package(order: ShipmentOrder, at: str, moved: dict[str, str]) -> ShipmentOrder:
    units: list[HandlingUnit] = list(order.units)
    kept: list[ShippedLine] = []
    for number, line in enumerate(order.lines):
        chain = _chain(line)
        if not chain:
            moved[f"{at}/lines/{number}"] = f"{at}/lines/{len(kept)}"
            kept.append(line)
            continue
        units, path = _put(units, chain, line.model_copy(update={"units": ()}))
        moved[f"{at}/lines/{number}"] = f"{at}/{path}"
    return order.model_copy(update={"units": tuple(units), "lines": tuple(kept)})


def _chain(line: ShippedLine) -> tuple[HandlingUnit, ...]:
    """Return the one package of `line` from the outermost in; nothing when there are several, or what they hold is said."""
    chain: list[HandlingUnit] = []
    units = line.units
    while len(units) == 1 and not units[0].lines:
        chain.append(units[0].model_copy(update={"units": ()}))
        units = units[0].units
    return () if units else tuple(chain)


def _put(
    units: list[HandlingUnit], chain: tuple[HandlingUnit, ...], line: ShippedLine
) -> tuple[list[HandlingUnit], str]:
    """Return `units` with `line` in the package that `chain` names, and where it is."""
    first, *rest = chain
    at = next((n for n, unit in enumerate(units) if _is_same(unit, first)), len(units))
    unit = units[at] if at < len(units) else first
    if rest:
        inner, path = _put(list(unit.units), tuple(rest), line)
        unit = unit.model_copy(update={"units": tuple(inner)})
    else:
        path = f"lines/{len(unit.lines)}"
        unit = unit.model_copy(update={"lines": (*unit.lines, line)})
    return [*units[:at], unit, *units[at + 1 :]], f"units/{at}/{path}"


def _is_same(unit: HandlingUnit, other: HandlingUnit) -> bool:
    marks = (unit.level, unit.sscc, unit.identifiers)
    return bool(unit.sscc or unit.identifiers) and marks == (other.level, other.sscc, other.identifiers)


def _moved(path: str, moved: dict[str, str]) -> str:
    line = "/".join(path.split("/")[:4])
    return moved[line] + path[len(line) :] if line in moved else path
