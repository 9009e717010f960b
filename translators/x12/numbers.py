"""Control numbers: equal, unique."""

from __future__ import annotations


def same_number(one: str, other: str) -> bool:
    """Return whether two control numbers are equal as numbers: 3438 and 000003438."""
    return one.isascii() and other.isascii() and one.isdigit() and other.isdigit() and int(one) == int(other)


# Numbers out of order that are remembered: some 20 MB. Beyond it a number that comes again is no longer told.
_REMEMBERED_LIMIT = 200_000


class NumbersSeen:
    """Which control numbers came. Those that count up one by one take no memory, however many they are."""

    def __init__(self) -> None:
        self._first = self._last = 0
        self._width = 0
        self._others: set[str] = set()

    def add(self, number: str) -> bool:
        """Remember `number`; return whether it is new."""
        if not (number.isascii() and number.isdigit() and len(number) <= 9):
            is_new = number not in self._others
            self._remember(number)
            return is_new
        value = int(number)
        if self._width == 0:
            self._first = self._last = value
            self._width = len(number)
            return True
        if self._first <= value <= self._last or str(value) in self._others:
            return False
        if value == self._last + 1:
            self._last = value
        else:
            self._remember(str(value))
        return True

    def _remember(self, number: str) -> None:
        if len(self._others) < _REMEMBERED_LIMIT:
            self._others.add(number)
