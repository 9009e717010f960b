"""Exit codes: what a script may rely on. The table in the help and in the handbook is EXITS."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4
    OUTSIDE = 5
    PARTLY = 6
    INTERRUPTED = 130


EXITS: dict[Exit, str] = {
    Exit.DONE: "done",
    Exit.FAILED: "failed; the line on stderr says why",
    Exit.USAGE: "the command was not understood",
    Exit.NOT_FOUND: "nothing goes by that number or name",
    Exit.REFUSED: "the document is refused",
    Exit.OUTSIDE: "a partner or the ERP failed",
    Exit.PARTLY: "part of it was done",
    Exit.INTERRUPTED: "interrupted",
}

# The longest beginning of an error's code decides.
_BY_CODE: dict[str, Exit] = {
    "GW-22": Exit.REFUSED,
    "GW-4": Exit.OUTSIDE,
    "GW-6101": Exit.NOT_FOUND,
    "GW-6104": Exit.NOT_FOUND,
    "GW-6105": Exit.NOT_FOUND,
    "GW-6107": Exit.NOT_FOUND,
    "GW-6203": Exit.NOT_FOUND,
    "GW-6205": Exit.NOT_FOUND,
    "GW-6207": Exit.NOT_FOUND,
    "GW-6303": Exit.NOT_FOUND,
    "GW-6402": Exit.NOT_FOUND,
    "GW-6501": Exit.NOT_FOUND,
    "GW-6503": Exit.NOT_FOUND,
    "GW-6505": Exit.NOT_FOUND,
    "GW-6801": Exit.NOT_FOUND,
    "GW-6601": Exit.NOT_FOUND,
}


def exit_of(code: str) -> Exit:
    """Return the exit code that an error's code stands for."""
    known = [start for start in _BY_CODE if code.startswith(start)]
    return _BY_CODE[max(known, key=len)] if known else Exit.FAILED


def exit_of_several(exits: list[Exit]) -> Exit:
    """Return the exit code for several things of which each ended by itself: the same for all, or partly."""
    return exits[0] if len(set(exits)) == 1 else Exit.PARTLY
