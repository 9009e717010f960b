"""Which segments and loops a transaction set has in a release: paths are checked against it, and written by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from translators.mapping.errors import did_you_mean
from translators.mapping.paths import Path

Load = Callable[[str], bytes | None]


@dataclass(slots=True)
class Node:
    """One loop: the segments directly in it, and the loops in it by id."""

    id: str
    segments: set[str] = field(default_factory=set)
    loops: dict[str, Node] = field(default_factory=dict)

    def has(self, id: str) -> bool:
        """Return whether a segment or loop `id` may stand directly here."""
        return id in self.segments or id in self.loops


@dataclass(frozen=True)
class Structure:
    """One transaction set in one release: its tree, and the number of elements of every segment."""

    release: str
    set_id: str
    root: Node
    elements: dict[str, int]

    def complaint(self, node: Node, path: Path) -> str:
        """Return what is wrong with `path` used at `node`, or "" when it can lie there."""
        for step in path.loops:
            inner = node if step.id == node.id == "HL" else node.loops.get(step.id)
            if inner is None:
                return f"no loop {step.id} in {self._place(node)}{did_you_mean(step.id, node.loops)}"
            node = inner
        id = path.step.id
        if id not in (node.id, ".") and not node.has(id):
            return f"no segment {id} in {self._place(node)}{did_you_mean(id, [*node.segments, *node.loops])}"
        last = self.elements.get(id, 99)
        if path.element > last:
            return f"no element {id}{path.element:02d}; {id} has {last} elements in {self.release}"
        return ""

    def _place(self, node: Node) -> str:
        where = f"loop {node.id} of " if node.id else ""
        return f"{where}{self.set_id} {self.release}"


def _name(use: str) -> str:
    return use.partition("*")[0].rstrip("!")


def _node(id: str, items: list[Any]) -> Node:
    node = Node(id)
    for item in items:
        if isinstance(item, str):
            node.segments.add(_name(item))
            continue
        inner = _node(_name(item[0]), item[1:])
        known = node.loops.setdefault(inner.id, inner)
        if known is not inner:  # the same loop at two places of one parent (SLN and its N1): one place for a map
            known.segments |= inner.segments
            known.loops.update(inner.loops)
    return node


def load_structure(load: Load, release: str, set_id: str) -> Structure | None:
    """Return the structure of `set_id` in `release` ("004010"), or None when there is no definition of it."""
    content = load(f"x12/{release}/{set_id}.json")
    if content is None:
        return None
    root = _node("", json.loads(content)["structure"])
    if "HL" in root.loops:  # levels lie within levels once the hierarchy is nested
        root.loops["HL"].loops["HL"] = root.loops["HL"]
    segments = json.loads(load(f"x12/{release}/segments.json") or b'{"segments": {}}')["segments"]
    counts = {id: len(uses.split()) for id, (uses, _notes) in segments.items()}
    return Structure(release, set_id, root, counts)
