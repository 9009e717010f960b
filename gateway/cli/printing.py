"""Print: data on stdout, words on stderr; columns for people, JSON for programs.

What a partner wrote may hold anything, so everything goes through `shown` before a terminal sees it. Colour only on a terminal, and
never where NO_COLOR is set.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol

NARROWEST = 24  # characters that the last column gets however narrow the terminal
_NARROWEST_CELL = 12  # and in a list, where it is cut
WIDE = 120  # below it, lists and tables take their narrow form
UNLIMITED = 1_000_000


class Json(Protocol):
    """What can write itself as JSON."""

    def model_dump_json(self, *, indent: int | None = None) -> str:
        """Return it as JSON."""
        ...


def print_json(view: Json) -> None:
    """Print one JSON document on stdout."""
    print(view.model_dump_json(indent=2))


def say(text: str) -> None:
    """Tell the person at the terminal something that is not data."""
    print(text, file=sys.stderr)


def shown(text: str) -> str:
    """Return `text` without what a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in text)


def when(at: datetime) -> str:
    """Return a time as people here read it: local time, to the second."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def when_short(at: datetime) -> str:
    """Return a time for a narrow line: local time, without the year and the seconds."""
    return at.astimezone().strftime("%m-%d %H:%M")


def zone(at: datetime) -> str:
    """Return the name of the local time zone at a time."""
    return at.astimezone().strftime("%Z")


def bold(text: str) -> str:
    """Return `text` emphasised, on a terminal."""
    return f"\x1b[1m{text}\x1b[0m" if has_colour() else text


def red(text: str) -> str:
    """Return `text` as an alarm, on a terminal; the words must say it too."""
    return f"\x1b[31m{text}\x1b[0m" if has_colour() else text


def has_colour() -> bool:
    """Return whether stdout is a terminal that wants colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def counted(number: int, what: str) -> str:
    """Return a number of things in words: "1 finding", "2 findings"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def width() -> int:
    """Return how many characters a line may have: the terminal's width, or what COLUMNS says; a program gets whole lines."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return max(shutil.get_terminal_size().columns, 2 * NARROWEST)
    return UNLIMITED


def print_wrapped(text: str, indent: str = "", hanging: str = "", style: Callable[[str], str] = str) -> None:
    """Print a sentence in lines that fit; what continues it is indented by `hanging` more. A word is never cut."""
    lines = textwrap.wrap(
        shown(text),
        width(),
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    for line in lines:
        print(style(line))


def print_columns(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    indent: str = "",
    *,
    is_list: bool = False,
    below: Sequence[str] = (),
) -> None:
    """Print rows in columns. The last column ends at the line's edge: cut in a list, else continued below itself.

    Args:
        below: a sentence for each row, on lines of its own.
    """
    cells = [list(headings), *([shown(cell) for cell in row] for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(headings) - 1)]
    before = len(indent) + sum(widths) + 2 * len(widths)
    room = width() - before
    for number, row in enumerate(cells):
        start = indent + "".join(cell.ljust(columns) + "  " for cell, columns in zip(row, widths, strict=False))
        lines = _fitted(row[-1], max(room, _NARROWEST_CELL if is_list else NARROWEST), is_list=is_list)
        text = "\n".join([start + lines[0], *(" " * before + line for line in lines[1:])])
        text = "\n".join(line.rstrip() for line in text.split("\n"))
        print(bold(text) if number == 0 else text)
        if below and number:
            print_wrapped(below[number - 1], indent=indent + "    ")


def print_chain(links: Sequence[str], indent: str = "") -> None:
    """Print links with arrows between them, in lines that fit; a link is never cut."""
    line = indent + shown(links[0]) if links else ""
    for link in links[1:]:
        more = f" → {shown(link)}"
        if len(line) + len(more) > width():
            print(line)
            line = f"{indent} {more}"
        else:
            line += more
    print(line)


def _fitted(text: str, room: int, *, is_list: bool) -> list[str]:
    """Return `text` in lines of at most `room` characters."""
    if len(text) <= room:
        return [text]
    return [text[: room - 1] + "…"] if is_list else textwrap.wrap(text, room)
