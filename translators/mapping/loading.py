"""Loads a map and everything it names, and complains of all of it at once."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from translators.canonical.documents import CANONICAL
from translators.mapping.errors import Complaints, MapErrors, did_you_mean
from translators.mapping.maps import Map
from translators.mapping.parsing import Parsing, parse_block
from translators.mapping.rules import Block, MapRules, Total
from translators.mapping.structure import Load, Structure, load_structure
from translators.mapping.tables import Table, read_table

MAP_WORDS = ("title", "wire", "set", "document", "releases", "hierarchy", "notes")
TOP_WORDS = ("map", "header", "totals")
TOTAL_WORDS = ("count", "sum", "written")
VERSION_DIGITS = 12


class _Loading:
    """One load: what was read, for the version; tables read once; complaints."""

    def __init__(self, name: str, load: Load) -> None:
        self.name = name
        self.load = load
        self.complaints = Complaints()
        self.read: dict[str, bytes] = {}
        self.tables: dict[str, Table | None] = {}

    def content(self, file: str) -> bytes | None:
        content = self.load(file)
        if content is not None:
            self.read[file] = content
        return content

    def table(self, name: str, file: str, key: str = "") -> Table | None:
        if name not in self.tables:
            path = f"tables/{name}.toml"
            content = self.content(path)
            if content is None:
                self.complaints.add(file, key, f"no table {name}; there is no file maps/{path}")
            self.tables[name] = None if content is None else read_table(name, path, content, self.complaints)
        return self.tables[name]

    def toml(self, file: str) -> dict[str, Any]:
        content = self.content(file)
        if content is None:
            self.complaints.add(file, "", "there is no such file")
            return {}
        try:
            return tomllib.loads(content.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self.complaints.add(file, "", f"is no TOML: {error}")
            return {}

    def version(self) -> str:
        digest = hashlib.sha256()
        for file in sorted(self.read):
            digest.update(file.encode() + b"\0" + self.read[file] + b"\0")
        return digest.hexdigest()[:VERSION_DIGITS]

    def stop_if_wrong(self) -> None:
        if self.complaints.found:
            raise MapErrors(self.name, tuple(self.complaints.found))


def load_map(name: str, load: Load) -> Map:
    """Return the map `name`, checked and compiled both ways.

    Args:
        name: "x12/850".
        load: returns the bytes of a file under maps/ ("x12/850.toml", "tables/units.toml"), None when there is none.

    Raises:
        MapErrors: MAP-INVALID, with every complaint at once.
    """
    loading = _Loading(name, load)
    file = f"{name}.toml"
    found = loading.toml(file)
    loading.stop_if_wrong()
    head = found.get("map", {})
    for word in head:
        if word not in MAP_WORDS:
            loading.complaints.add(file, f"map.{word}", f"is no word of a map{did_you_mean(word, MAP_WORDS)}")
    document_type = head.get("document", "")
    if document_type not in CANONICAL:
        loading.complaints.add(
            file,
            "map.document",
            f"no canonical document {document_type!r}{did_you_mean(str(document_type), CANONICAL)}",
        )
        loading.stop_if_wrong()
    structures = _structures(loading, file, head)
    at = Parsing(
        file,
        loading.complaints,
        lambda table: loading.table(table, file),
        tuple(structures.values()),
        tuple(s.root for s in structures.values()),
    )
    header = _header(found, document_type, at)
    totals = _totals(found.get("totals", {}), at)
    loading.stop_if_wrong()
    rules = MapRules(
        name=name,
        file=file,
        title=str(head.get("title", name)),
        wire=str(head.get("wire", "x12")),
        set_id=str(head.get("set", "")),
        document_type=document_type,
        releases=tuple(head.get("releases", ())),
        header=header,
        totals=totals,
        hierarchy=str(head.get("hierarchy", "")),
    )
    return Map(rules, loading.version(), structures)


def _structures(loading: _Loading, file: str, head: Mapping[str, Any]) -> dict[str, Structure]:
    structures = {}
    for release in head.get("releases", ()):
        structure = load_structure(loading.load, str(release), str(head.get("set", "")))
        if structure is None:
            loading.complaints.add(file, "map.releases", f"no definition of {head.get('set')} in {release}")
        else:
            structures[str(release)] = structure
    return structures


def _header(found: Mapping[str, Any], document_type: str, at: Parsing) -> Block:
    """Return the rules of the whole document: those of [header], and every other table by its canonical name."""
    model = CANONICAL[document_type]
    header = parse_block(found.get("header", {}), model, "header", at)
    rest = {name: value for name, value in found.items() if name not in TOP_WORDS}
    lists = parse_block(rest, model, "", at, TOP_WORDS)
    names = {rule.name for rule in (*header.rules, *lists.rules)}
    for name, info in model.model_fields.items():
        if info.is_required() and name not in names:
            at.complain("header", f"says nothing of {name}, without which there is no {document_type}")
    return replace(header, rules=(*header.rules, *lists.rules))


def _totals(spec: Any, at: Parsing) -> tuple[Total, ...]:
    totals = []
    for text, value in spec.items():
        key = f"totals.{text}"
        if not isinstance(value, dict) or not ("count" in value or "sum" in value):
            at.complain(key, 'must say what is computed: { count = "lines" } or { sum = "lines.quantity.value" }')
            continue
        for word in value:
            if word not in TOTAL_WORDS:
                at.complain(f"{key}.{word}", f"is no word of a total{did_you_mean(word, TOTAL_WORDS)}")
        count, added = str(value.get("count", "")), str(value.get("sum", ""))
        totals += [Total(p, key, count, added, bool(value.get("written", True))) for p in at.paths(text, key)]
    return tuple(totals)
