"""Fixed-width files: each value at its columns, each row of a kind that its tag tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from translators.findings import Finding, Level, Position
from translators.flatfile.rows import Row, Rows, bytes_of, text_in


@dataclass(frozen=True, slots=True)
class FixedColumn:
    """Where a value stands: from character `start` (1 is the first) on, `width` wide; `fill` on the side away from `align`."""

    name: str
    start: int
    width: int
    align: str = "left"
    fill: str = " "


@dataclass(frozen=True, slots=True)
class FixedKind:
    """One kind of row. Its first column holds `tag`; "" where all rows are of one kind."""

    name: str
    columns: tuple[FixedColumn, ...]
    tag: str = ""


def read_fixed(payload: bytes, kinds: Sequence[FixedKind], encoding: str) -> Rows:
    """Return the rows of a fixed-width file; a row of no kind, or with tabs where columns are counted, is a finding."""
    text = text_in(payload, encoding)
    if isinstance(text, Finding):
        return Rows(findings=(text,))
    rows: list[Row] = []
    findings: list[Finding] = []
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        if not line.strip() or line == "\x1a":
            continue
        if "\t" in line:
            sentence = f"Row {number} holds a tab, so its columns cannot be counted. Ask the partner to send blanks."
            found = Finding("FLAT-ROW-UNKNOWN", sentence, level=Level.SEGMENT, position=Position(segment_number=number))
            findings.append(found)
            continue
        kind = next((k for k in kinds if _value(line, k.columns[0]) == k.tag or not k.tag), None)
        if kind is None:
            begins = f"Row {number} begins with {line[:10]!r}, which no kind of row does."
            sentence = f"{begins} Ask the partner what it is, or name it in the map."
            position = Position(segment_number=number)
            findings.append(
                Finding("FLAT-ROW-UNKNOWN", sentence, level=Level.SEGMENT, position=position, value=line[:80])
            )
            continue
        rows.append(Row(number, tuple(_value(line, column) for column in kind.columns), kind.name))
    if not rows:
        findings.append(Finding("FLAT-EMPTY", "There are no rows in the file.", level=Level.INTERCHANGE))
    return Rows(tuple(rows), (), tuple(findings))


def _value(line: str, column: FixedColumn) -> str:
    text = line[column.start - 1 : column.start - 1 + column.width]
    if column.align == "right":
        stripped = text.strip(" ").lstrip(column.fill) if column.fill != " " else text.strip(" ")
        return stripped or (column.fill if column.fill != " " and text.strip(" ") else "")
    return text.rstrip(column.fill).strip(" ") if column.fill != " " else text.strip(" ")


def write_fixed(
    rows: Iterable[Row], kinds: Sequence[FixedKind], encoding: str, line_end: str
) -> tuple[bytes, tuple[Finding, ...]]:
    """Return the bytes of a fixed-width file, and a finding for every value that is wider than its column."""
    by_name = {kind.name: kind for kind in kinds}
    findings: list[Finding] = []
    lines = []
    for row in rows:
        line = ""
        kind = by_name[row.kind]
        for column, value in zip(kind.columns, (*row.values, *[""] * len(kind.columns)), strict=False):
            if len(value) > column.width:
                sentence = (
                    f"{kind.name}.{column.name} has room for {column.width} characters; {value!r} has {len(value)}."
                )
                position = Position(segment_number=row.number, segment_id=f"{kind.name}.{column.name}")
                findings.append(Finding("FLAT-TOO-WIDE", sentence, level=Level.ELEMENT, position=position, value=value))
            fill = column.fill if value else " "
            placed = value.rjust(column.width, fill) if column.align == "right" else value.ljust(column.width, fill)
            line = line.ljust(column.start - 1) + placed[: column.width]
        lines.append(line + line_end)
    content, unwritable = bytes_of("".join(lines), encoding)
    return content, (*findings, *unwritable)
