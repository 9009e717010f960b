"""Where the parser of a map is: the file, and the place on the wire that paths are relative to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from translators.mapping.errors import Complaints
from translators.mapping.paths import Path, PathError
from translators.mapping.structure import Node, Structure
from translators.mapping.tables import Table
from translators.mapping.wires import X12, Wire


@dataclass(frozen=True)
class Parsing:
    """Where the parser is: the file, and the place in each release's structure that paths are relative to."""

    file_of: Callable[[str], str]
    complaints: Complaints
    table: Callable[[str, str], Table | None]
    structures: tuple[Structure, ...] = ()
    nodes: tuple[Node | None, ...] = ()
    given: frozenset[str] = frozenset()  # fields of the object that its segment's repeating part fills
    wire: Wire = X12

    def complain(self, key: str, sentence: str) -> None:
        """Note that `key` of the file is wrong."""
        self.complaints.add(self.file_of(key), key, sentence)

    def path(self, value: object, key: str) -> Path | None:
        """Return the path spelled by `value`, or None after complaining."""
        if not isinstance(value, str):
            self.complain(key, "must be a path in quotes, such as BEG03")
            return None
        try:
            return self.wire.parse_path(value)
        except PathError as error:
            self.complain(key, str(error))
            return None

    def paths(self, value: object, key: str) -> tuple[Path, ...]:
        """Return one or several paths, each of which exists in a release; and in each release one of them does."""
        listed = value if isinstance(value, list) else [value]
        found = [p for p in (self.path(each, key) for each in listed) if p is not None]
        self.check(found, key)
        return tuple(found)

    def check(self, paths: list[Path], key: str) -> None:
        """Complain of every release in which none of `paths` exists."""
        for structure, node in zip(self.structures, self.nodes, strict=True):
            wrong = [structure.complaint(node, path) for path in paths] if node is not None else []
            if wrong and all(wrong):
                self.complain(key, wrong[0])
                return

    def since(self, release: str) -> Parsing:
        """Return the parser for what only `release` and later ones have; where a map serves none, nothing is there to check."""
        kept = [(s, n) for s, n in zip(self.structures, self.nodes, strict=True) if s.release >= release]
        return replace(self, structures=tuple(s for s, _n in kept), nodes=tuple(n for _s, n in kept))

    def most_together(self, paths: tuple[Path, ...]) -> int:
        """Return how many of `paths` exist in one release: where it is one, the others are of other releases."""
        counts = [
            sum(not structure.complaint(node, path) for path in paths)
            for structure, node in zip(self.structures, self.nodes, strict=True)
            if node is not None
        ]
        return max(counts, default=len(paths))

    def inside(self, path: Path) -> Parsing:
        """Return the parser for what lies in the loop at `path`."""
        nodes = []
        for outer in self.nodes:
            node = outer
            for step in (*path.loops, path.step):
                node = node.loops.get(step.id) if node is not None else None
            # A repeated segment that is no loop: only its own elements can be meant in it.
            nodes.append(node if node is not None or outer is None else Node(path.step.id))
        return replace(self, nodes=tuple(nodes))
