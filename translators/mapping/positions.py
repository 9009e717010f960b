"""Where each canonical field stood on the wire, found out when somebody asks.

Most documents are never asked: they are right. To write a position for each value costs as much as to read the values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping


class WirePositions(Mapping[str, str]):
    """Canonical path ("lines/0/quantity") to wire position ("7:PO1:2"), made at the first look.

    Args:
        find: returns all of them; called once at most, by whichever thread looks first (or by two, with the same answer).
    """

    __slots__ = ("_find", "_found")

    def __init__(self, find: Callable[[], Mapping[str, str]]) -> None:
        self._find: Callable[[], Mapping[str, str]] | None = find
        self._found: Mapping[str, str] = {}

    def _all(self) -> Mapping[str, str]:
        find = self._find
        if find is not None:
            self._found = find()
            self._find = None  # lets go of the wire
        return self._found

    def __getitem__(self, path: str) -> str:
        return self._all()[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __eq__(self, other: object) -> bool:
        return dict(self._all()) == (dict(other) if isinstance(other, Mapping) else other)

    def __hash__(self) -> int:
        raise TypeError("unhashable, as a dict is")

    def __repr__(self) -> str:
        return repr(dict(self._all()))

    def __reduce__(self) -> tuple[type[dict[str, str]], tuple[dict[str, str]]]:
        return dict, (dict(self._all()),)
