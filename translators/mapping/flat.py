"""Files of rows for maps: which rows there are, how columns are called, how rows make documents.

    [format]
    layout = "flat"            # one row per line, the order's columns repeated on each
    group_by = ["PO Number"]   # rows with the same values here are one document

    [rows.order]
    columns = ["PO Number", "PO Date"]

    [rows.line]
    columns = ["Line", "SKU", "Qty"]

In `layout = "records"` each row is of one kind, told by its first column (`tag = "H"`), and may lie in another (`in = "order"`).
A path is `row.column`: `order.PO Number`, `line.SKU`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from translators.findings import Finding, Level, Position
from translators.flatfile import (
    DelimitedFormat,
    FixedColumn,
    FixedKind,
    Row,
    Rows,
    read_delimited,
    read_fixed,
    write_delimited,
    write_fixed,
)
from translators.mapping.errors import did_you_mean
from translators.mapping.formats import Payload, Trees
from translators.mapping.paths import Path, PathError, Step, Test
from translators.mapping.titles import bare_title, missing_column
from translators.mapping.wires import Wire
from translators.x12.model import Loop, Segment

_PATH = re.compile(r"(\w+)(?:\[([^=\]]+)=([^\]]*)\])?(?:\.(.+))?$")
MORE = "column"  # the segment a column that no map knows comes in


@dataclass(frozen=True)
class RowKind:
    """One kind of row: its columns, the tag in its first column, the kind of row it lies in."""

    name: str
    columns: tuple[str, ...]
    tag: str = ""
    inside: str = ""
    fixed: tuple[FixedColumn, ...] = ()
    titles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # what else a column is called, by its name


@dataclass(frozen=True)
class Layout:
    """How the rows of a file make documents. The first kind opens one."""

    kinds: tuple[RowKind, ...]
    is_flat: bool
    group_by: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()  # of a flat file, in the file's order

    def places(self, titles: Sequence[str]) -> dict[str, int]:
        """Return where each column stands in a file with these titles; one that is not there is left out."""
        known = {bare_title(title): index for index, title in reversed(list(enumerate(titles)))}
        also = {name: others for kind in self.kinds for name, others in kind.titles.items()}
        found: dict[str, int] = {}
        for name in self.columns:
            at = next((known[t] for t in map(bare_title, (name, *also.get(name, ()))) if t in known), None)
            if at is not None and at not in found.values():
                found[name] = at
        return found

    def kind(self, name: str) -> RowKind | None:
        """Return the kind called `name`."""
        return next((kind for kind in self.kinds if kind.name == name), None)

    def path(self, text: str, *, needs_column: bool) -> Path:
        """Return the path that `text` spells ("line.SKU", "party[Role=ST].Name").

        Raises:
            PathError: no such row or column.
        """
        match = _PATH.match(text)
        if match is None:
            raise PathError(f"{text!r} is no row and column; write it like order.number")
        kind = self.kind(match[1])
        if kind is None:
            raise PathError(f"{text}: no row {match[1]}{did_you_mean(match[1], [k.name for k in self.kinds])}")
        if needs_column and not match[4]:
            raise PathError(f"{text!r} names no column; write it like {kind.name}.{kind.columns[0]}")
        tests = (Test(self._column(kind, match[2], text), (match[3],)),) if match[2] else ()
        element = self._column(kind, match[4], text) if match[4] else 0
        step = Step(kind.name, tests, text.partition(".")[0] if not tests else text[: text.index("]") + 1])
        # The first kind is the document's own row; a row that lies in another is a loop of it.
        return Path((), step, element, 0, text)

    def _column(self, kind: RowKind, name: str, text: str) -> int:
        if name not in kind.columns:
            raise PathError(f"{text}: no column {name} in row {kind.name}{did_you_mean(name, kind.columns)}")
        return kind.columns.index(name) + 1

    def wire(self, name: str, functions: Mapping[str, Any]) -> Wire:
        """Return how a map spells paths into these rows."""
        return Wire(
            name,
            lambda text: self.path(text, needs_column=True),
            lambda text: self.path(text, needs_column=False),
            functions,
            self._leaf,
            self._split,
            repeats=False,
        )

    def _leaf(self, step: str, segment_id: str, element: int) -> str:
        kind = self.kind(segment_id)
        return f"{step}.{kind.columns[element - 1] if kind is not None else element}"

    def _split(self, leaf: str) -> tuple[str, int] | None:
        step, _, column = leaf.partition(".") if "]." not in leaf else leaf.partition("].")
        step = step + "]" if "]." in leaf else step
        kind = self.kind(step.partition("[")[0])
        return (step, kind.columns.index(column) + 1) if kind is not None and column in kind.columns else None


class FlatFormat:
    """A delimited or fixed-width file of a layout."""

    def __init__(
        self, wire: Wire, layout: Layout, written: DelimitedFormat | None, encoding: str, line_end: str
    ) -> None:
        self.wire = wire
        self.layout = layout
        self._written = written
        self._encoding = encoding
        self._line_end = line_end
        self._needed: tuple[tuple[str, ...], ...] = ()
        self._fixed = [FixedKind(k.name, k.fixed, k.tag) for k in layout.kinds]

    def expect(self, needed: tuple[tuple[str, ...], ...]) -> None:
        """Take in, once, without which columns there is no document: one of each group must be in the file."""
        self._needed = needed

    def trees(self, payload: bytes) -> Trees:
        """Return the documents of a file, each a tree of rows."""
        if self._written is None:
            return self._records(read_fixed(payload, self._fixed, self._encoding))
        rows = read_delimited(payload, self._written)
        if self.layout.is_flat and not rows.findings:
            return self._groups(rows)
        return self._records(rows)

    def payload(self, trees: Sequence[Loop]) -> Payload:
        """Return the file of documents."""
        if self._written is None:
            rows = [Row(n, tuple(s[1:]), s[0]) for n, s in enumerate((s for t in trees for s in _in_order(t)), start=1)]
            content, findings = write_fixed(rows, self._fixed, self._encoding, self._line_end)
            return Payload(content, findings)
        if not self.layout.is_flat:
            values = [self._whole(s) for t in trees for s in _in_order(t)]
            return Payload(*write_delimited(values, (), self._written))
        more = list(dict.fromkeys(title for tree in trees for title, _value in _more_columns(tree)))
        titles = [*self.layout.columns, *more]
        return Payload(*write_delimited([r for t in trees for r in self._flat_rows(t, more)], titles, self._written))

    def _records(self, rows: Rows) -> Trees:
        """Return the documents of rows that tell by their first column what they are."""
        documents: list[Loop] = []
        odd = [f for f in rows.findings if f.code == "FLAT-ROW-UNKNOWN"]
        findings = [f for f in rows.findings if f.code != "FLAT-ROW-UNKNOWN"]
        open_rows: list[tuple[str, Loop]] = []
        first = self.layout.kinds[0]
        for row in rows.rows:
            kind = self._kind_of(row)
            if kind is None:
                odd.append(_odd_row(row, f"begins with {row.values[0]!r}, which no kind of row does"))
                continue
            segment: Segment = [kind.name, *(v.strip() for v in row.values[: len(kind.columns)])]
            if kind is first:
                root = Loop("", [segment], [row.number])
                documents.append(root)
                open_rows = [(kind.name, root)]
                continue
            while open_rows and open_rows[-1][0] != (kind.inside or first.name):
                open_rows.pop()
            if not open_rows:
                odd.append(_odd_row(row, f"is a {kind.name} row outside any {kind.inside or first.name}"))
                continue
            loop = Loop(kind.name, [segment], [row.number])
            open_rows[-1][1].loops.append(loop)
            open_rows.append((kind.name, loop))
        # A row nobody can read may be a line: it refuses the document it stands in, and the file where it stands before all of them.
        by_document: list[list[Finding]] = [[] for _ in documents]
        starts = [document.numbers[0] for document in documents]
        for finding in odd:
            inside = bisect_right(starts, finding.position.segment_number or 0)
            (by_document[inside - 1] if inside else findings).append(finding)
        return Trees(tuple(documents), tuple(findings), tuple(map(tuple, by_document)))

    def _whole(self, segment: Segment) -> list[str]:
        kind = self.layout.kind(segment[0])
        return [*segment[1:], *[""] * (len(kind.columns) - len(segment) + 1)] if kind is not None else segment[1:]

    def _kind_of(self, row: Row) -> RowKind | None:
        if row.kind:
            return self.layout.kind(row.kind)
        tag = row.values[0].strip()
        return next((kind for kind in self.layout.kinds if kind.tag == tag), None)

    def _groups(self, rows: Rows) -> Trees:
        """Return the documents of a file in which every row is one line and repeats what it belongs to."""
        layout = self.layout
        titles = rows.titles or layout.columns
        places = layout.places(titles)
        needed = (*((name,) for name in layout.group_by), *self._needed)
        lost = [names for names in dict.fromkeys(needed) if not any(name in places for name in names)]
        if lost:
            return Trees((), tuple(missing_column(names, titles) for names in lost))
        head, line = layout.kinds[0], layout.kinds[1]
        used = set(places.values())
        more = [(index, title) for index, title in enumerate(titles) if index not in used and title]
        documents: dict[tuple[str, ...], Loop] = {}
        about: dict[int, list[Finding]] = {}  # by the document that a row belongs to, its row as number in a loop

        def values_of(row: Row, columns: tuple[str, ...]) -> list[str]:
            found = [places.get(name) for name in columns]
            return [row.values[i].strip() if i is not None and i < len(row.values) else "" for i in found]

        root: Loop | None = None
        for row in rows.rows:
            key = tuple(values_of(row, layout.group_by))
            header = [head.name, *values_of(row, head.columns)]
            if root is None or any(header[1:]):
                root = documents.get(key)
                if root is None:
                    root = documents[key] = Loop("", [header], [row.number])
                said = about.setdefault(id(root), [])
                said += _contradiction(row, head.columns, root, header)
            else:  # whose line it is can only be guessed
                said = about.setdefault(id(root), [])
                said.append(_nameless(row, layout.group_by, root))
            said += _too_wide(row, titles)
            if rows.is_cut and row is rows.rows[-1] and len(row.values) < len(titles):
                said.append(_cut(row, titles))
            loop = Loop(line.name, [[line.name, *values_of(row, line.columns)]], [row.number])
            for index, title in more:
                if index < len(row.values) and row.values[index].strip():
                    loop.segments.append([MORE, title, row.values[index].strip()])
                    loop.numbers.append(row.number)
            root.loops.append(loop)
        found = tuple(documents.values())
        return Trees(found, (), tuple(tuple(about[id(root)]) for root in found))

    def _flat_rows(self, tree: Loop, more: list[str]) -> list[list[str]]:
        layout = self.layout
        head, line = layout.kinds[0], layout.kinds[1]
        values = dict(zip(head.columns, (tree.segments or [[head.name]])[0][1:], strict=False))
        rows = []
        for loop in tree.loops or [Loop(line.name, [[line.name]], [0])]:
            row = {**values, **dict(zip(line.columns, loop.segments[0][1:], strict=False))}
            row.update({s[1]: s[2] for s in loop.segments[1:] if s[0] == MORE and len(s) > 2})
            rows.append([row.get(name, "") for name in (*layout.columns, *more)])
        return rows


def _more_columns(tree: Loop) -> list[tuple[str, str]]:
    return [(s[1], s[2]) for loop in tree.loops for s in loop.segments[1:] if s[0] == MORE and len(s) > 2]


def _in_order(tree: Loop) -> list[Segment]:
    """Return the rows of a document: its own, then each row followed by those that lie in it."""
    rows = list(tree.segments)
    for loop in tree.loops:
        rows += _in_order(loop)
    return rows


def _odd_row(row: Row, what: str) -> Finding:
    return _refusing(
        "FLAT-ROW-ODD", f"Row {row.number} {what}. Ask the partner what it is, or name it in the map.", row
    )


def _contradiction(row: Row, columns: Sequence[str], root: Loop, header: Segment) -> list[Finding]:
    """Return what refuses a document whose rows do not agree about it; a row that leaves a value out agrees."""
    pairs = zip(columns, root.segments[0][1:], header[1:], strict=True)
    differing = [name for name, first, again in pairs if again and again != first]
    if not differing:
        return []
    sentence = (
        f"Row {row.number} says another {', '.join(differing)} than row {root.numbers[0]} of the same document. Ask the partner which "
        "one is meant; where each line may have its own, make it a column of the line in the map."
    )
    return [_refusing("FLAT-ROW-DIFFERS", sentence, row)]


def _nameless(row: Row, group_by: Sequence[str], root: Loop) -> Finding:
    sentence = (
        f"Row {row.number} has no {' or '.join(group_by)}, so nobody can tell whether it belongs to the document of row "
        f"{root.numbers[0]} before it. Ask the partner to repeat it on every row."
    )
    return _refusing("FLAT-ROW-DIFFERS", sentence, row)


def _too_wide(row: Row, titles: Sequence[str]) -> list[Finding]:
    """Return what refuses a row with more values than columns: somewhere in it values stand under the wrong title."""
    if not any(value.strip() for value in row.values[len(titles) :]):
        return []
    sentence = (
        f"Row {row.number} has {len(row.values)} values for {len(titles)} columns, so some stand in the wrong one. Ask the partner to put "
        "values that hold the delimiter in quotes."
    )
    return [_refusing("FLAT-ROW-WIDE", sentence, row)]


def _cut(row: Row, titles: Sequence[str]) -> Finding:
    sentence = (
        f"Row {row.number} is the last, has {len(row.values)} values for {len(titles)} columns and no end: the file was cut off. Ask the "
        "partner to send it again."
    )
    return _refusing("FLAT-CUT", sentence, row)


def _refusing(code: str, sentence: str, row: Row) -> Finding:
    return Finding(code, sentence, level=Level.SEGMENT, position=Position(segment_number=row.number))
