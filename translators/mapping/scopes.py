"""The wire tree while it is being read: what lies where, and what has been used of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from translators.findings import Finding
from translators.mapping.wires import Wire
from translators.x12.model import Loop, Segment

Hit = tuple[Segment, int, Loop | None]
Scope = dict[str, list[Hit]]
CLAIMED = 1  # bit 0 of a segment's elements: some rule has read from it


@dataclass(slots=True)
class ReadState:
    """What one reading collects: the elements used, where each was claimed, positions and findings."""

    component: str
    wire: Wire
    currency: str = "USD"
    hierarchy: str = ""  # the segment whose first four elements only number the levels
    used: dict[int, int] = field(default_factory=dict)  # id of segment -> bit per element
    address: dict[int, str] = field(default_factory=dict)  # id of segment -> its step in the map's own terms
    kept_codes: dict[tuple[int, int], int] = field(default_factory=dict)  # element -> where it will stand when written
    done: set[int] = field(default_factory=set)  # loops whose leftovers are already kept
    scopes: dict[int, Scope] = field(default_factory=dict)
    positions: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def scope(self, loop: Loop) -> Scope:
        """Return the segments and loops directly in `loop`, by id."""
        found = self.scopes.get(id(loop))
        if found is None:
            found = self.scopes[id(loop)] = {}
            if not self.wire.keeps_segments:
                # An element is reached as "."; under its own name may lie others like it.
                found["."] = [(loop.segments[0], loop.numbers[0], None)]
            else:
                for segment, number in zip(loop.segments, loop.numbers, strict=True):
                    found.setdefault(segment[0], []).append((segment, number, None))
            for inner in loop.loops:
                found.setdefault(inner.name, []).append((inner.segments[0], inner.numbers[0], inner))
        return found
