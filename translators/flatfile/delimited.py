"""Delimited files: one character between values, quotes around those that hold it.

Source: RFC 4180; what real files add to it: other delimiters, a byte order mark, blank lines, any line end.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from translators.findings import Finding, Level, Position
from translators.flatfile.rows import Row, Rows, bytes_of, text_in

MOST_CHARACTERS_IN_A_VALUE = 1_000_000  # a quote that is never closed makes the rest of the file one value


@dataclass(frozen=True, slots=True)
class DelimitedFormat:
    """How a delimited file is written.

    Args:
        delimiter: one character.
        quote: one character; "" for files without quoting.
        encoding: a Python codec's name; a byte order mark in the file wins.
        line_end: written after every row; any is read.
        has_header: whether the first row holds titles.
        has_mark: whether a byte order mark is written.
    """

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    line_end: str = "\r\n"
    has_header: bool = True
    has_mark: bool = False


def read_delimited(payload: bytes, written: DelimitedFormat) -> Rows:
    """Return the rows of a delimited file; blank lines are no rows."""
    text = text_in(payload, written.encoding)
    if isinstance(text, Finding):
        return Rows(findings=(text,))
    rows: list[Row] = []
    csv.field_size_limit(MOST_CHARACTERS_IN_A_VALUE)
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=written.delimiter,
        quotechar=written.quote or None,
        quoting=csv.QUOTE_MINIMAL if written.quote else csv.QUOTE_NONE,
        strict=True,
    )
    try:
        rows.extend(Row(reader.line_num, tuple(values)) for values in reader if any(v.strip() for v in values))
    except csv.Error as error:
        sentence = f"Row {reader.line_num} cannot be read: {error}. Ask the partner how values are quoted."
        position = Position(segment_number=reader.line_num)
        return Rows(findings=(Finding("FLAT-QUOTING", sentence, level=Level.INTERCHANGE, position=position),))
    if not rows:
        return Rows(findings=(Finding("FLAT-EMPTY", "There are no rows in the file.", level=Level.INTERCHANGE),))
    is_cut = not text.endswith(("\n", "\r", "\x1a"))
    if not written.has_header:
        return Rows(tuple(rows), is_cut=is_cut)
    return Rows(tuple(rows[1:]), tuple(title.strip() for title in rows[0].values), is_cut=is_cut)


def write_delimited(
    rows: Iterable[Sequence[str]], titles: Sequence[str], written: DelimitedFormat
) -> tuple[bytes, tuple[Finding, ...]]:
    """Return the bytes of a delimited file, and the characters its encoding has not."""
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=written.delimiter,
        quotechar=written.quote or None,
        quoting=csv.QUOTE_MINIMAL if written.quote else csv.QUOTE_NONE,
        escapechar=None if written.quote else "\\",
        lineterminator=written.line_end,
    )
    if written.has_header:
        writer.writerow(titles)
    writer.writerows(rows)
    mark = "\ufeff" if written.has_mark else ""
    return bytes_of(mark + out.getvalue(), written.encoding)
