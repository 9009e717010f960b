"""Where each canonical field stood on the wire, found out when somebody asks.

A document that is right and is not stored is never asked; one that is stored is asked for all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping


class WirePositions(Mapping[str, str]):
    """Canonical path ("lines/0/quantity") to wire position ("7:PO1:2"), made at the first look.

    Args:
        find: returns all of them; called once at most, by whichever thread looks first (or by two, with the same answer).
    """

    __slots__ = ("_find", "_found")

    def __init__(self, find: Callable[[], Mapping[str, str]]) -> None:
        self._find: Callable[[], Mapping[str, str]] | None = find
        self._found: Mapping[str, str] = {}

    def plain(self) -> Mapping[str, str]:
        """Return all of them, as what found them holds them."""
        find = self._find
        if find is not None:
            self._found = find()
            self._find = None  # lets go of the wire
        return self._found

    def __getitem__(self, path: str) -> str:
        return self.plain()[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.plain())

    def __len__(self) -> int:
        return len(self.plain())

    def items(self) -> ItemsView[str, str]:
        """Return paths and positions: without a look-up for each, as `Mapping` would do it."""
        return self.plain().items()

    def __eq__(self, other: object) -> bool:
        return dict(self.plain()) == (dict(other) if isinstance(other, Mapping) else other)

    def __hash__(self) -> int:
        raise TypeError("unhashable, as a dict is")

    def __repr__(self) -> str:
        return repr(dict(self.plain()))

    def __reduce__(self) -> tuple[type[dict[str, str]], tuple[dict[str, str]]]:
        return dict, (dict(self.plain()),)


def plain_positions(positions: Mapping[str, str]) -> dict[str, str]:
    """Return `positions` as the dict that is stored."""
    found = positions.plain() if isinstance(positions, WirePositions) else positions
    return found if isinstance(found, dict) else dict(found)
