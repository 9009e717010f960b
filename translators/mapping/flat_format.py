"""Reads from a map how its file of rows looks: [format] and [rows]."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from translators.flatfile import DelimitedFormat, FixedColumn
from translators.mapping.errors import did_you_mean
from translators.mapping.flat import FlatFormat, Layout, RowKind
from translators.mapping.functions import FUNCTIONS, Function
from translators.mapping.structure import Node

FORMAT_WORDS = (
    "layout",
    "delimiter",
    "quote",
    "encoding",
    "line_end",
    "header",
    "mark",
    "decimal",
    "date",
    "time",
    "group_by",
    "columns",
)
ROW_WORDS = ("columns", "tag", "in", "titles")
LAYOUTS = ("flat", "records")
LINE_ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
_COLUMN = re.compile(r"(.+?)\s+(\d+)-(\d+)(?:\s+(left|right))?(?:\s+(\S))?$")
_TOKENS = {"YYYY": r"(?P<y>\d{4})", "YY": r"(?P<y>\d{2})", "MM": r"(?P<m>\d{1,2})", "DD": r"(?P<d>\d{1,2})"}

# The other mark, or a blank, groups thousands, and only thousands: "12,50" where a point is agreed is a price in another notation,
# and not 1250.
_BLANK = "[ \u00a0\u202f]"
_NUMBERS = {
    decimal: re.compile(
        rf"[+-]?(?:(?:[0-9]++|[0-9]{{1,3}}(?:{group}[0-9]{{3}})++|[0-9]{{1,3}}(?:{_BLANK}[0-9]{{3}})++)(?:{mark}[0-9]*+)?|{mark}[0-9]++)"
    )
    for decimal, mark, group in ((".", r"\.", ","), (",", ",", r"\."))
}
_IN_NUMBERS = frozenset("+-0123456789")

Complain = Callable[[str, str], None]


def parse_flat_format(found: Mapping[str, Any], wire: str, complain: Complain) -> FlatFormat | None:
    """Return the format a map describes, or None after complaining."""
    spec = found.get("format", {})
    for word in spec:
        if word not in FORMAT_WORDS:
            complain(f"format.{word}", f"is no word of a format{did_you_mean(word, FORMAT_WORDS)}")
    layout = spec.get("layout", "flat")
    if layout not in LAYOUTS:
        complain("format.layout", f"no layout {layout}{did_you_mean(str(layout), LAYOUTS)}")
    kinds = [_kind(name, row, wire, complain) for name, row in found.get("rows", {}).items()]
    if not kinds or (layout == "flat" and len(kinds) != 2):
        complain("rows", "must say the columns of [rows.order] and of [rows.line], the document's own row first")
        return None
    names = [kind.name for kind in kinds]
    for kind in kinds:
        if kind.inside and kind.inside not in names:
            complain(f"rows.{kind.name}.in", f"no row {kind.inside}{did_you_mean(kind.inside, names)}")
    group_by = tuple(map(str, spec.get("group_by", ())))
    for name in group_by:
        if name not in kinds[0].columns:
            complain("format.group_by", f"no column {name} in row {names[0]}{did_you_mean(name, kinds[0].columns)}")
    columns = tuple(map(str, spec.get("columns", [c for kind in kinds[:2] for c in kind.columns])))
    for name in {c for kind in kinds[:2] for c in kind.columns} - set(columns) if layout == "flat" else ():
        complain("format.columns", f"lacks {name}; list all columns in the order of the file")
    encoding, line_end = _text_words(spec, complain)
    written = None
    if wire == "delimited":
        written = DelimitedFormat(
            str(spec.get("delimiter", ",")),
            str(spec.get("quote", '"')),
            encoding,
            line_end,
            bool(spec.get("header", layout == "flat")) and layout == "flat",
            bool(spec.get("mark", False)),
        )
        if len(written.delimiter) != 1 or len(written.quote) > 1:
            complain("format.delimiter", "must be one character, and so must quote")
            return None
    described = Layout(tuple(kinds), layout == "flat" and wire == "delimited", group_by, columns)
    return FlatFormat(described.wire(wire, _functions(spec, complain)), described, written, encoding, line_end)


def _text_words(spec: Mapping[str, Any], complain: Complain) -> tuple[str, str]:
    encoding = str(spec.get("encoding", "utf-8"))
    try:
        "".encode(encoding)
    except LookupError:
        complain("format.encoding", f"no encoding {encoding}; usual ones are utf-8, latin-1, cp1252, utf-16")
        encoding = "utf-8"
    line_end = spec.get("line_end", "crlf")
    if line_end not in LINE_ENDS:
        complain("format.line_end", f"no line end {line_end}{did_you_mean(str(line_end), LINE_ENDS)}")
    return encoding, LINE_ENDS.get(str(line_end), "\r\n")


def _kind(name: str, row: Mapping[str, Any], wire: str, complain: Complain) -> RowKind:
    for word in row:
        if word not in ROW_WORDS:
            complain(f"rows.{name}.{word}", f"is no word of a row{did_you_mean(word, ROW_WORDS)}")
    columns = [str(c) for c in row.get("columns", ())]
    if not columns:
        complain(f"rows.{name}.columns", "is missing; list the columns in the order of the row")
        columns = ["?"]
    fixed: list[FixedColumn] = []
    if wire == "fixed":
        for text in columns:
            match = _COLUMN.match(text)
            if match is None or int(match[3]) < int(match[2]):
                complain(
                    f"rows.{name}.columns", f"{text!r}: write name, first and last character, such as qty 16-23 right 0"
                )
                continue
            width = int(match[3]) - int(match[2]) + 1
            fixed.append(FixedColumn(match[1], int(match[2]), width, match[4] or "left", match[5] or " "))
        columns = [column.name for column in fixed] or ["?"]
    titles = _titles(name, row.get("titles", {}), columns, complain)
    return RowKind(name, tuple(columns), str(row.get("tag", "")), str(row.get("in", "")), tuple(fixed), titles)


def _titles(name: str, spec: Any, columns: list[str], complain: Complain) -> dict[str, tuple[str, ...]]:
    """Return what else columns are called."""
    found: dict[str, tuple[str, ...]] = {}
    if not isinstance(spec, dict):
        complain(f"rows.{name}.titles", 'must say what else a column is called: { "PO Number" = ["Order Number"] }')
        return found
    for column, others in spec.items():
        if column not in columns:
            complain(f"rows.{name}.titles.{column}", f"is no column of row {name}{did_you_mean(column, columns)}")
        elif not isinstance(others, list) or not all(isinstance(each, str) for each in others):
            complain(f"rows.{name}.titles.{column}", 'must be a list of titles, such as ["Order Number"]')
        else:
            found[column] = tuple(others)
    return found


def node_of(layout: Layout) -> Node:
    """Return the structure that paths are checked against: which row lies in which."""
    first = layout.kinds[0]
    root = Node("", {first.name})
    nodes = {first.name: root, **{kind.name: Node(kind.name) for kind in layout.kinds[1:]}}
    for kind in layout.kinds[1:]:
        nodes.get(kind.inside or first.name, root).loops[kind.name] = nodes[kind.name]
    return root


def _functions(spec: Mapping[str, Any], complain: Complain) -> dict[str, Function]:
    """Return the closed list as this file writes numbers and dates."""
    decimal = str(spec.get("decimal", "."))
    if decimal not in (".", ","):
        complain("format.decimal", 'must be "." or ","')
    return {
        **FUNCTIONS,
        "number": Function(lambda text: _read_number(text, decimal), lambda v, _r: _write_number(v, decimal)),
        "date": _dates(spec.get("date", "YYYY-MM-DD"), complain),
        "time": Function(_read_time, lambda v, _r: v.isoformat(timespec="auto") if isinstance(v, time) else str(v)),
    }


def _read_number(text: str, decimal: str) -> Decimal:
    if _NUMBERS.get(decimal, _NUMBERS["."]).fullmatch(text) is None:
        raise ValueError(f"is no number; write it like 1250{decimal}50")
    # What is left besides the decimal mark groups thousands.
    return Decimal("".join("." if c == decimal else c for c in text if c in _IN_NUMBERS or c == decimal))


def _write_number(value: object, decimal: str) -> str:
    return format(Decimal(str(value)), "f").replace(".", decimal)


def _dates(spec: Any, complain: Complain) -> Function:
    """Return the function for dates: of several patterns all are read and the first is written."""
    patterns = [str(pattern) for pattern in (spec if isinstance(spec, list) else [spec])]
    functions = [_date_function(pattern, complain) for pattern in patterns or ["YYYY-MM-DD"]]
    if len(functions) == 1:
        return functions[0]

    def read(text: str) -> object:
        for function in functions:
            try:
                return function.read(text)
            except ValueError:
                continue
        raise ValueError(f"is no date; write it like {' or '.join(patterns)}")

    return Function(read, functions[0].write)


def _date_function(pattern: str, complain: Complain) -> Function:
    tokens = [token for token in ("YYYY", "MM", "DD") if token in pattern]
    if "YYYY" not in tokens and "YY" in pattern:
        tokens = ["YY", *tokens]
    if len(tokens) != 3:
        complain("format.date", f"{pattern!r} must name YYYY (or YY), MM and DD, such as DD.MM.YYYY")
        pattern, tokens = "YYYY-MM-DD", ["YYYY", "MM", "DD"]
    expression = re.escape(pattern)
    is_tight = re.sub(r"[YMD]", "", pattern) == ""
    for token in tokens:
        expression = expression.replace(token, _TOKENS[token].replace("{1,2}", "{2}") if is_tight else _TOKENS[token])
    compiled = re.compile(expression)

    def read(text: str) -> date:
        match = compiled.fullmatch(text)
        try:
            if match is not None:
                year = int(match["y"])
                if "YYYY" not in tokens:
                    year += 2000 if year < 70 else 1900
                return date(year, int(match["m"]), int(match["d"]))
        except ValueError:
            pass
        raise ValueError(f"is no date; write it like {pattern}")

    def write(value: object, _release: str) -> str:
        if not isinstance(value, date):
            raise TypeError(f"a date is needed, not {value!r}")
        text = pattern.replace("YYYY", f"{value.year:04d}").replace("YY", f"{value.year % 100:02d}")
        return text.replace("MM", f"{value.month:02d}").replace("DD", f"{value.day:02d}")

    return Function(read, write)


def _read_time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError("is no time; write it like 14:02:00") from None
