"""Titles of columns as people write them, and what to say when one is not there."""

from __future__ import annotations

from collections.abc import Sequence

from translators.findings import Finding, Level
from translators.mapping.errors import did_you_mean
from translators.mapping.rules import Block, ListRule, ObjectRule, Rule, ValueRule

SEPARATORS = (",", ";", "\t", "|")
_SPOKEN = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MOST_TITLES_TOLD = 20


def bare_title(title: str) -> str:
    """Return a title without what people vary: capitals, blanks, dots, underscores ("PO_Number", "po number")."""
    return "".join(c for c in title.casefold() if c.isalnum() or c in "#%")


def missing_column(names: Sequence[str], titles: Sequence[str]) -> Finding:
    """Return the finding that none of the columns `names` is in a file with these titles, which tells what is there."""
    wanted = " or ".join(repr(name) for name in names[:4])
    if len(titles) == 1:
        separator = next((s for s in SEPARATORS if s in titles[0]), "")
        if separator:
            sentence = (
                f"There is no column {wanted}: the titles are separated by {_SPOKEN[separator]}, which the map does not "
                "say. Set format.delimiter in the map, or ask the partner for the agreed file."
            )
            return Finding("FLAT-COLUMN-MISSING", sentence, level=Level.SET, value=names[0])
    near = did_you_mean(names[0], titles)
    hint = near if "did you mean" in near else ""
    there = ", ".join(title for title in titles[:MOST_TITLES_TOLD] if title)
    sentence = (
        f"There is no column {wanted}{hint or '.'} The file has {there}. Ask the partner to send it, or mend the map."
    )
    return Finding("FLAT-COLUMN-MISSING", sentence, level=Level.SET, value=names[0])


def needed_columns(header: Block) -> tuple[tuple[str, ...], ...]:
    """Return the columns without which no document can be made of a file of rows: one of each group must be there."""
    return tuple(dict.fromkeys(group for rule in header.rules for group in _needed(rule)))


def _needed(rule: Rule) -> list[tuple[str, ...]]:
    if isinstance(rule, ValueRule):
        return [tuple(map(_column, rule.paths))] if rule.shape.is_required and not rule.default else []
    if not isinstance(rule, ObjectRule | ListRule) or not rule.shape.is_required:
        return []
    inner = [group for each in rule.block.rules for group in _needed(each)]
    if inner or isinstance(rule, ListRule):
        return inner
    return [tuple(name for each in rule.block.rules for name in _columns(each))]


def _columns(rule: Rule) -> list[str]:
    if isinstance(rule, ValueRule):
        return [_column(path) for path in rule.paths]
    places = getattr(rule, "places", ())
    return [_column(path) for _word, path in places]


def _column(path: object) -> str:
    return str(getattr(path, "text", "")).rpartition(".")[2]
