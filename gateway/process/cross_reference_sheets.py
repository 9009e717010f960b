"""Cross references as CSV, for people with spreadsheets: RFC 4180, safe from formulas, every bad row told.

Written with commas, CRLF and UTF-8. A cell that a spreadsheet would take for a formula gets an apostrophe in front, and so does one
that begins with an apostrophe; reading takes it away again, so that what was written is read back letter for letter.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from gateway.profiles import CrossReferenceTable
from gateway.store.cross_references import SCHEME_LENGTH, VALUE_LENGTH, Entry

COLUMNS = ("table", "partner", "scheme", "theirs", "ours", "note")
NEEDED = ("theirs", "ours")
NOTE_LENGTH = 500
LIMIT_BYTES = 64 * 1024 * 1024  # some hundred thousand rows; a table is held in memory while it is checked
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SCHEME = re.compile(r"[a-z0-9][a-z0-9-]*")
_SPOILT = re.compile(r"\d[.,]?\d*E[+-]?\d+")  # what a spreadsheet makes of a long number
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds: entries, or what is wrong with it, a sentence for each bad row."""

    entries: tuple[Entry, ...] = ()
    complaints: tuple[str, ...] = ()


def written(entries: Iterable[Entry]) -> str:
    """Return entries as CSV text."""
    out = io.StringIO(newline="")
    sheet = csv.writer(out, lineterminator="\r\n")
    sheet.writerow(COLUMNS)
    for entry in entries:
        sheet.writerow(
            [guarded(c) for c in (entry.table, entry.partner, entry.scheme, entry.theirs, entry.ours, entry.note)]
        )
    return out.getvalue()


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula. Source: OWASP, CSV injection."""
    return f"'{cell}" if cell.startswith((*_FORMULA, "'")) else cell


def unguarded(cell: str) -> str:
    """Return what `guarded` made a cell of."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'")) else cell


def sheet_of(content: bytes, partners: Collection[str], encoding: str = "", **given: str) -> Sheet:
    """Return the entries in a CSV file, or everything that is wrong with it.

    Args:
        partners: those there are.
        encoding: of the file; "" finds out: UTF-8, or what its first bytes say.
        given: `table` and `partner` for a file without these columns.
    """
    mark = next((name for start, name in _MARKS.items() if content.startswith(start)), "")
    try:
        text = content.decode(encoding or mark or "utf-8")
    except LookupError:
        return Sheet(complaints=(f"There is no encoding {encoding}; utf-8, utf-16, cp1252 and latin-1 are usual.",))
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        return Sheet(
            complaints=(
                f"Line {line} is no {encoding or mark or 'UTF-8'}; name the file's encoding: --encoding cp1252.",
            )
        )
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return _read(rows, partners, {name: value for name, value in given.items() if value})


def _read(rows: Iterable[list[str]], partners: Collection[str], given: Mapping[str, str]) -> Sheet:
    complaints: list[str] = []
    entries: dict[tuple[str, ...], Entry] = {}
    lines: dict[tuple[str, ...], int] = {}
    reader = iter(rows)
    try:
        heading = [cell.strip().lower() for cell in next(reader, [])]
        complaints += _of_heading(heading, given)
        if complaints:
            return Sheet(complaints=tuple(complaints))
        for row in reader:
            line: int = reader.line_num  # type: ignore[attr-defined]
            if not any(cell.strip() for cell in row):
                continue
            if len(row) > len(heading):
                complaints.append(f"Line {line}: {len(row)} cells under {len(heading)} headings.")
                continue
            cells = {**given, **dict(zip(heading, (unguarded(cell) for cell in row), strict=False))}
            entry, wrong = entry_of(cells, partners)
            if entry is None:
                complaints += [f"Line {line}: {one}" for one in wrong]
            elif entry.key in entries and entries[entry.key].ours != entry.ours:
                complaints.append(
                    f"Line {line}: {entry.theirs} is {entry.ours} here and {entries[entry.key].ours} in line {lines[entry.key]}."
                )
            else:
                entries[entry.key] = entry
                lines.setdefault(entry.key, line)
    except csv.Error as broken:
        line = getattr(reader, "line_num", 0)
        complaints.append(f"Line {line}: {broken}. A cell with quotes is quoted, and the quotes in it are doubled.")
    return Sheet(tuple(entries.values()), tuple(complaints)) if not complaints else Sheet(complaints=tuple(complaints))


def _of_heading(heading: list[str], given: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the first line."""
    wrong = []
    for name in heading:
        if name not in COLUMNS:
            close = get_close_matches(name, COLUMNS, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(COLUMNS)}."
            wrong.append(f"Line 1: there is no column {name!r}{hint}")
    wrong += [f"Line 1: the column {name} is missing." for name in NEEDED if name not in heading]
    if "table" not in heading and "table" not in given:
        wrong.append("Line 1: the column table is missing; or say --table.")
    wrong += [f"Line 1: the column {name} is there twice." for name in COLUMNS if heading.count(name) > 1]
    return wrong


def entry_of(cells: Mapping[str, str], partners: Collection[str]) -> tuple[Entry | None, list[str]]:
    """Return the entry that `cells` (by the names of COLUMNS) say, or everything that is wrong with it."""
    held = {name: cells.get(name, "").strip() for name in COLUMNS}
    wrong = []
    if held["table"] not in list(CrossReferenceTable):
        wrong.append(f"there is no table {held['table']!r}; there are {', '.join(CrossReferenceTable)}.")
    if held["partner"] and held["partner"] not in partners:
        close = get_close_matches(held["partner"], list(partners), n=1)
        hint = (
            f"did you mean {close[0]}?"
            if close
            else "its name is that of its file in partners/; leave it empty for all."
        )
        wrong.append(f"there is no partner {held['partner']!r}; {hint}")
    if held["scheme"] and (not _SCHEME.fullmatch(held["scheme"]) or len(held["scheme"]) > SCHEME_LENGTH):
        wrong.append(f"{held['scheme']!r} is no scheme; one is a short word such as gtin, buyer or gln.")
    for name in NEEDED:
        wrong += _of_value(name, held[name])
    if len(held["note"]) > NOTE_LENGTH or not held["note"].isprintable():
        wrong.append(f"the note has more than {NOTE_LENGTH} characters, or some that cannot be printed.")
    if wrong:
        return None, wrong
    table = CrossReferenceTable(held["table"])
    return Entry(table, held["partner"], held["scheme"], held["theirs"], held["ours"], held["note"]), []


def _of_value(name: str, value: str) -> list[str]:
    if not value:
        return [f"{name} is empty."]
    if len(value) > VALUE_LENGTH:
        return [f"{name} has {len(value)} characters; {VALUE_LENGTH} is the most."]
    if not value.isprintable():
        return [f"{name} holds characters that cannot be printed."]
    if _SPOILT.fullmatch(value):
        return [
            f"{name} is {value}: a spreadsheet made that of a long number; format the column as text, and put it in again."
        ]
    return []
