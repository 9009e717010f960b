"""Loads a map and everything it names, and complains of all of it at once."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from translators.canonical.documents import CANONICAL
from translators.canonical.ship_notice import HandlingUnit
from translators.mapping.errors import Complaints, MapErrors, did_you_mean
from translators.mapping.flat import FlatFormat
from translators.mapping.flat_format import node_of, parse_flat_format
from translators.mapping.formats import Format, X12Format
from translators.mapping.guide import parse_guide
from translators.mapping.layers import Layers
from translators.mapping.levels import levels_wrong_in
from translators.mapping.maps import Map
from translators.mapping.parsing import parse_block
from translators.mapping.parsing_place import Parsing
from translators.mapping.rules import (
    BOTH_WAYS,
    Block,
    HereRule,
    ListRule,
    MapRules,
    NamedRule,
    ObjectRule,
    Total,
    ValueRule,
)
from translators.mapping.shapes import shapes_of
from translators.mapping.structure import Load, Structure, load_structure
from translators.mapping.tables import Table, read_table
from translators.mapping.titles import needed_columns
from translators.mapping.xml import parse_xml_format

MAP_WORDS = ("title", "wire", "set", "document", "releases", "hierarchy", "levels", "units", "extends", "source")
SECTIONS = ("map", "totals", "format", "rows")  # what can only be one table
TOP_WORDS = ("map", "header", "totals", "guide", "format", "rows")
MOST_EXTENDED = 4  # a map that extends a map that extends a map is hard enough to read
TOTAL_WORDS = ("count", "sum", "product", "written")
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
            found = tomllib.loads(content.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self.complaints.add(file, "", f"is no TOML: {error}")
            return {}
        wrong = [word for word in SECTIONS if not isinstance(found.get(word, {}), dict)]
        for word in wrong:
            self.complaints.add(file, word, f"must be written once, as [{word}] with its words below it")
        return {} if wrong else found

    def layers(self, file: str) -> Layers:
        """Return the map and what it extends, the map itself first."""
        files = [file]
        contents = [self.toml(file)]
        while extends := contents[-1].get("map", {}).get("extends"):
            base = f"{extends}.toml"
            if base in files or len(files) == MOST_EXTENDED:
                self.complaints.add(
                    files[-1], "map.extends", f"{extends} leads back here or too deep; extend a map that stands alone"
                )
                break
            if self.load(base) is None:
                self.complaints.add(
                    files[-1], "map.extends", f"there is no map {extends}; there is no file maps/{base}"
                )
                break
            files.append(base)
            contents.append(self.toml(base))
        return Layers(tuple(files), tuple(contents))

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
    layers = loading.layers(file)
    loading.stop_if_wrong()
    found = layers.merged
    head = found.get("map", {})
    for word in head:
        if word not in MAP_WORDS:
            layers.complain(loading.complaints, f"map.{word}", f"is no word of a map{did_you_mean(word, MAP_WORDS)}")
    document_type = head.get("document", "")
    if document_type not in CANONICAL:
        loading.complaints.add(
            file,
            "map.document",
            f"no canonical document {document_type!r}{did_you_mean(str(document_type), CANONICAL)}",
        )
        loading.stop_if_wrong()
    if "wire" not in head and ("set" not in head or {"format", "rows"} & found.keys()):
        # taken for X12, everything in it would be complained of, and nothing of that is the mistake
        layers.complain(loading.complaints, "map.wire", f"is missing; say which format it is: {', '.join(WIRES)}")
        loading.stop_if_wrong()
    _check_words(loading, layers, head)
    described = DESCRIBED.get(str(head.get("wire", "x12")), _x12)(loading, layers, found, head)
    if described is None:
        raise MapErrors(name, tuple(loading.complaints.found))
    written, structures = described
    at = Parsing(
        layers.file_of,
        loading.complaints,
        lambda table, key: loading.table(table, layers.file_of(key), key),
        tuple(structures.values()),
        tuple(s.root for s in structures.values()),
        wire=written.wire,
    )
    header = _header(found, document_type, at)
    if isinstance(written, FlatFormat):
        _complain_of_shared_columns(header, at)
    totals = _totals(found.get("totals", {}), CANONICAL[document_type], at)
    guide = parse_guide(found.get("guide", []), at)
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
        levels=str(head.get("levels", "")),
        units_by_line="units" in head,
        extends=layers.extends,
        guide=guide,
    )
    if isinstance(written, FlatFormat):
        written.expect(needed_columns(header))
    return Map(rules, loading.version(), structures, written)


def _check_words(loading: _Loading, layers: Layers, head: Mapping[str, Any]) -> None:
    wire = head.get("wire", "x12")
    if wire not in WIRES:
        layers.complain(loading.complaints, "map.wire", f"no wire format {wire}{did_you_mean(str(wire), WIRES)}")
    hierarchy = head.get("hierarchy", "")
    if hierarchy not in ("", "HL"):
        layers.complain(loading.complaints, "map.hierarchy", f"no hierarchy {hierarchy}; only HL is one")
    if head.get("units", "by-line") != "by-line":
        layers.complain(
            loading.complaints, "map.units", 'can only be "by-line": the format names the package at the line'
        )
    levels = str(head.get("levels", ""))
    wrong = levels_wrong_in(levels) if levels else ""
    if levels and not hierarchy:
        wrong = 'is the order of a hierarchy; write hierarchy = "HL" beside it'
    if wrong:
        layers.complain(loading.complaints, "map.levels", wrong)


Described = tuple[Format, dict[str, Structure]]


def _x12(loading: _Loading, layers: Layers, _found: Mapping[str, Any], head: Mapping[str, Any]) -> Described | None:
    return X12Format(), _structures(loading, layers, head)


def _flat(loading: _Loading, layers: Layers, found: Mapping[str, Any], head: Mapping[str, Any]) -> Described | None:
    def complain(key: str, sentence: str) -> None:
        layers.complain(loading.complaints, key, sentence)

    written = parse_flat_format(found, str(head["wire"]), complain)
    if written is None:
        return None
    return written, {"": Structure("", "the file", node_of(written.layout), {})}


def _xml(loading: _Loading, layers: Layers, found: Mapping[str, Any], _head: Mapping[str, Any]) -> Described | None:
    def complain(key: str, sentence: str) -> None:
        layers.complain(loading.complaints, key, sentence)

    described = parse_xml_format(found, loading.content, complain)
    return None if described is None else (described[0], {"": described[1]})


# How each wire format is described in a map; the closed list.
DESCRIBED = {"x12": _x12, "delimited": _flat, "fixed": _flat, "xml": _xml}
WIRES = tuple(DESCRIBED)


def _structures(loading: _Loading, layers: Layers, head: Mapping[str, Any]) -> dict[str, Structure]:
    structures: dict[str, Structure] = {}
    if "releases" not in head:
        layers.complain(loading.complaints, "map.releases", 'is missing; say which the map is for, such as ["004010"]')
        return structures
    if not isinstance(head["releases"], list):
        layers.complain(loading.complaints, "map.releases", 'must be a list, such as ["004010"]')
        return structures
    for release in head.get("releases", ()):
        structure = load_structure(loading.load, str(release), str(head.get("set", "")))
        if structure is None:
            layers.complain(loading.complaints, "map.releases", f"no definition of {head.get('set')} in {release}")
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


def _complain_of_shared_columns(header: Block, at: Parsing) -> None:
    """Complain of a column that two fields are read from and written to: the one would overwrite the other."""
    readers: dict[str, str] = {}
    for key, column in _columns(header):
        first = readers.setdefault(column, key)
        if first != key:
            at.complain(key, f"{column} is the column of {first} already; name another, or say read_only = why")


def _columns(block: Block) -> Iterator[tuple[str, str]]:
    """Yield the key and the column of each field that goes both ways."""
    for rule in block.rules:
        if isinstance(rule, ValueRule) and rule.way == BOTH_WAYS:
            yield rule.key, rule.paths[0].text
        elif isinstance(rule, NamedRule):
            yield from ((f"{rule.key}.named.{qualifier}", path.text) for qualifier, path in rule.places)
        elif isinstance(rule, ObjectRule | ListRule | HereRule):
            yield from _columns(rule.block)


def _computable(model: type[BaseModel], key: str, value: Mapping[str, Any], at: Parsing) -> bool:
    """Return whether what a total counts or adds exists, after complaining when it does not."""
    fields = shapes_of(model)
    count = str(value.get("count", ""))
    segments = {id for structure in at.structures for id in structure.elements}
    if count and not (count in fields and fields[count].is_list) and count not in segments:
        lists = [name for name, shape in fields.items() if shape.is_list]
        at.complain(f"{key}.count", f"no list or segment {count}{did_you_mean(count, lists)}")
        return False
    for part in str(value["sum"]).split(".") if "sum" in value else ():
        if part == "**":
            fields = {**fields, **shapes_of(HandlingUnit)}
            continue
        shape = fields.get(part)
        if shape is None:
            at.complain(f"{key}.sum", f"no field {value['sum']}{did_you_mean(part, fields)}")
            return False
        fields = shapes_of(shape.model) if shape.model is not None else {}
    return True


def _totals(spec: Any, model: type[BaseModel], at: Parsing) -> tuple[Total, ...]:
    totals = []
    for text, value in spec.items():
        key = f"totals.{text}"
        if not isinstance(value, dict) or not {"count", "sum", "product"} & value.keys():
            at.complain(key, 'must say what is computed: { count = "lines" } or { sum = "lines.quantity.value" }')
            continue
        for word in value:
            if word not in TOTAL_WORDS:
                at.complain(f"{key}.{word}", f"is no word of a total{did_you_mean(word, TOTAL_WORDS)}")
        if not _computable(model, key, value, at):
            continue
        count, added = str(value.get("count", "")), str(value.get("sum", ""))
        totals += [
            Total(p, key, count, added, bool(value.get("written", True)), tuple(value.get("product", ())))
            for p in at.paths(text, key)
        ]
    return tuple(totals)
