"""The JSON Schemas of map files and tables, for editors: what the loader checks of their form, and a sentence for every word.

An editor completes by them (Taplo and Even Better TOML read the `#:schema` line at the head of each file). Paths, and what belongs
together, only the loader can check: `gateway maps check`.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from translators.canonical.amounts import Quantity
from translators.canonical.documents import CANONICAL
from translators.mapping.flat_format import FORMAT_WORDS as FLAT_WORDS
from translators.mapping.flat_format import LAYOUTS, LINE_ENDS, ROW_WORDS
from translators.mapping.functions import FUNCTIONS, KINDS_OF_FUNCTION
from translators.mapping.guide import WORDS as GUIDE_WORDS
from translators.mapping.loading import MAP_WORDS, TOTAL_WORDS, WIRES
from translators.mapping.parsing import HERE_WORDS, LIST_WORDS, NAMED_WORDS, PACKS_WORDS, PAIRS_WORDS
from translators.mapping.parsing_values import JOINED_WORDS, MISSING_WORDS, MOMENT_WORDS, TEXTS_WORDS, VALUE_WORDS
from translators.mapping.shapes import Shape, shapes_of
from translators.mapping.tables import KEYS
from translators.mapping.xml import FORMAT_WORDS as XML_WORDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

# What each word means, as an editor shows it.
WORDS = {
    "title": "What it is called on screen.",
    "wire": "The format of the file.",
    "set": "The X12 transaction set, such as 850.",
    "document": "The canonical document on the other side.",
    "releases": "The releases whose structure the paths are checked against.",
    "hierarchy": 'How loops lie in each other: "HL" for ship notices.',
    "levels": "In which order the levels of a ship notice are written, such as S/P/O/I; read is any.",
    "units": 'Where packages are named: "by-line" where the format names them at each line.',
    "extends": "The map this one changes.",
    "source": "The guide or page this is drawn from.",
    "path": "Where the value lies. Of several the first that is there is read, and the first that is free is written.",
    "table": "The code table, by name or written here: code = word.",
    "as": "The function that turns the text into the value and back.",
    "exact": "The field that holds the code itself where several codes mean one word.",
    "default": "The code or text assumed when none was sent.",
    "unless": "The text that is not written, and that says nothing when read.",
    "other": "The word for codes that the table does not list.",
    "also": "Where the same value stands again.",
    "with": "Constants written beside it.",
    "read_only": "Why it is not written.",
    "write_only": "Why it is not read.",
    "lossy": "What does not come back as it was. Demanded wherever something is lost.",
    "since": "The first release that has the place.",
    "missing": "What is written where the document says nothing and the format demands something.",
    "fixed": "What the place itself says.",
    "each": "What repeats: a loop, a segment, a row or an element.",
    "when": "Which objects are written here: field = true, false or a value.",
    "nested": "The field that holds objects of the same kind: the same rules at every depth.",
    "unpack": "Several objects in one segment.",
    "by_qualifier": "Qualifier and value pairs, each qualifier a field of its own.",
    "pairs": "Where qualifier and value pairs start.",
    "count": "How many of them fit; in totals, the list or segment that is counted.",
    "qualifier": "The field that the qualifier goes to.",
    "value": "The field that the value goes to.",
    "named": "Where the value of each word lies: word = path.",
    "here": "One object of the list, whose fields lie at places of their own.",
    "date": "Where the date lies; in a format, how dates are written.",
    "time": "Where the time lies; in a format, how times are written.",
    "packs": "Quantities in packages, counted in what they hold.",
    "factor": "Where it stands how many units one package holds.",
    "package": "The unit of the packages, as UN/ECE Recommendation 20 has it.",
    "unit": "The unit of what they hold.",
    "position": "The place in the list, from 1.",
    "same_as": "The field whose value is written again.",
    "product": "Two numbers that are multiplied.",
    "sum": "The numbers that are added, such as lines.quantity.value.",
    "written": "Whether it is sent; false where it is only checked when received.",
    "page": "Where the guide says so; told in every finding.",
    "require": "What has to be there.",
    "forbid": "What must not be there.",
    "codes": "The values allowed; in a table, wire code = canonical word.",
    "layout": "flat: one row per line. records: each row is of a kind that its first column tells.",
    "delimiter": "The character between values.",
    "quote": 'The character around values that hold the delimiter; "" for none.',
    "encoding": "How characters are written; a byte order mark in the file wins.",
    "line_end": "What ends a row we write; any is read.",
    "header": "Whether the first row holds titles.",
    "mark": "Whether a byte order mark is written.",
    "decimal": "The decimal mark: a point or a comma.",
    "group_by": "Rows with the same values in these columns are one document.",
    "columns": "The columns, in the order of the row.",
    "titles": "What else a column is called: column = [titles].",
    "tag": "What the first column of such a row holds.",
    "in": "The kind of row it lies in.",
    "root": "The root element.",
    "namespaces": "Prefix = namespace.",
    "elements": "The file that says which element may hold which, in the schema's order.",
    "doctype": "The document type declaration written before the document; it is never fetched.",
    "currency": "The attribute that says an amount's currency.",
    "unread": "Elements whose content no document may carry on.",
    "unknown": 'What becomes of a code that is not listed: "refuse", or the prefix it is kept under.',
    "by_length": "Which code of a word is written for values of which length.",
}
TEXT: Schema = {"type": "string"}
PATHS: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}
OF_TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}
TABLE: Schema = {"anyOf": [TEXT, {"type": "object", "additionalProperties": {"type": ["string", "boolean"]}}]}
REASON: Schema = {"type": "string", "minLength": 1}
WHEN: Schema = {"type": "object", "additionalProperties": {"type": ["string", "boolean"]}}
COUNT: Schema = {"type": "integer", "minimum": 1}


def _closed(properties: Schema, **more: Any) -> Schema:
    told = {
        name: {**schema, "description": WORDS[name]} if name in WORDS and "description" not in schema else schema
        for name, schema in properties.items()
    }
    return {"type": "object", "properties": told, "additionalProperties": False, **more}


def _words(words: tuple[str, ...], schemas: Schema) -> Schema:
    """Return the schema of each word of the language; every word of the loader's list is in it."""
    return {word: schemas.get(word, TEXT) for word in words}


_VALUE: Schema = {
    "path": PATHS,
    "also": PATHS,
    "table": TABLE,
    "with": OF_TEXTS,
    "read_only": REASON,
    "write_only": REASON,
    "lossy": REASON,
    "missing": {
        "anyOf": [
            TEXT,
            _closed(
                _words(
                    MISSING_WORDS,
                    {
                        "position": {"const": True},
                        "product": {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2},
                    },
                ),
                minProperties=1,
                maxProperties=1,
            ),
        ]
    },
}
_LIST: Schema = {
    "when": {"anyOf": [WHEN, {"type": "array", "items": WHEN}]},
    "with": OF_TEXTS,
    "unpack": _closed(
        {"from": TEXT, "count": COUNT, "fields": {"type": "array", "items": TEXT}}, required=["from", "fields"]
    ),
    "by_qualifier": {"type": "object", "required": ["from"], "additionalProperties": {"type": ["string", "integer"]}},
    "here": {"const": True},
    "count": COUNT,
    "table": TABLE,
    "named": {"type": "object", "additionalProperties": PATHS},
    "read_only": REASON,
    "write_only": REASON,
}
_GONE: Schema = {"const": False, "description": "Takes away the rule of the map that this one extends."}


def _value(kind: str) -> Schema:
    functions = [name for name in FUNCTIONS if kind in KINDS_OF_FUNCTION[name]]
    properties = {**_words(VALUE_WORDS, _VALUE), "as": {"enum": functions}}
    fixed: Schema = {"type": "boolean"} if kind == "flag" else TEXT
    return {"anyOf": [PATHS, _closed(properties), _closed({"fixed": fixed}, required=["fixed"]), _GONE]}


def _texts() -> Schema:
    words = dict.fromkeys((*TEXTS_WORDS, *JOINED_WORDS))
    return {"anyOf": [PATHS, _closed(_words(tuple(words), {"path": PATHS, "with": OF_TEXTS})), _GONE]}


def _field(shape: Shape) -> Schema:
    if shape.kind == "object" and shape.model is not None:
        one: Schema = {"$ref": f"#/$defs/{'list of ' if shape.is_list else ''}{shape.model.__name__}"}
        return {"anyOf": [one, {"type": "array", "items": one}, _GONE]} if shape.is_list else {"anyOf": [one, _GONE]}
    return {"$ref": f"#/$defs/{'texts' if shape.is_list else shape.kind}"}


def _fields(model: type[BaseModel]) -> Schema:
    return {name: _field(shape) for name, shape in shapes_of(model).items() if name != "extensions"}


def _models(model: type[BaseModel], found: dict[str, type[BaseModel]]) -> dict[str, type[BaseModel]]:
    for shape in shapes_of(model).values():
        if shape.model is not None and shape.model.__name__ not in found:
            found[shape.model.__name__] = shape.model
            _models(shape.model, found)
    return found


def _definitions() -> Schema:
    models: dict[str, type[BaseModel]] = {}
    for document in CANONICAL.values():
        _models(document, models)
    kinds = sorted({kind for kinds in KINDS_OF_FUNCTION.values() for kind in kinds})
    definitions: Schema = {
        **{kind: _value(kind) for kind in kinds},
        "texts": _texts(),
        "datetime": {"anyOf": [TEXT, _closed(_words(MOMENT_WORDS, {})), _GONE]},
    }
    for name, model in sorted(models.items()):
        fields = _fields(model)
        packs = {"packs": _closed(_words(PACKS_WORDS, {}), required=list(PACKS_WORDS))} if model is Quantity else {}
        definitions[name] = _closed({**fields, "with": OF_TEXTS, **packs})
        words = dict.fromkeys((*LIST_WORDS, *HERE_WORDS, *PAIRS_WORDS, *NAMED_WORDS))
        # A field and a word may have one name (the value of an identifier, the value column of pairs): either is right.
        both = {w: s if w not in fields else {"anyOf": [s, fields[w]]} for w, s in _words(tuple(words), _LIST).items()}
        definitions[f"list of {name}"] = _closed({**fields, **both})
    return definitions


def _head() -> Schema:
    schemas: Schema = {
        "wire": {"enum": list(WIRES)},
        "document": {"enum": sorted(map(str, CANONICAL))},
        "releases": {"type": "array", "items": {"type": "string", "pattern": "^[0-9]{6}$"}},
        "hierarchy": {"const": "HL"},
        "levels": {"type": "string", "pattern": "^S(/[OTPI])*$"},
        "units": {"const": "by-line"},
    }
    return _closed(_words(MAP_WORDS, schemas), anyOf=[{"required": ["document"]}, {"required": ["extends"]}])


def _format() -> Schema:
    dates: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}
    texts: Schema = {"type": "array", "items": TEXT}
    schemas: Schema = {
        "layout": {"enum": list(LAYOUTS)},
        "line_end": {"enum": list(LINE_ENDS)},
        "delimiter": {"type": "string", "minLength": 1, "maxLength": 1},
        "quote": {"type": "string", "maxLength": 1},
        "decimal": {"enum": [".", ","]},
        "header": {"type": "boolean"},
        "mark": {"type": "boolean"},
        "date": dates,
        "group_by": texts,
        "columns": texts,
        "namespaces": OF_TEXTS,
        "unread": texts,
    }
    return _closed(_words(tuple(dict.fromkeys((*FLAT_WORDS, *XML_WORDS))), schemas))


def _rows() -> Schema:
    schemas: Schema = {
        "columns": {"type": "array", "items": TEXT, "minItems": 1},
        "titles": {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}},
    }
    return {"type": "object", "additionalProperties": _closed(_words(ROW_WORDS, schemas))}


def _guide() -> Schema:
    codes: Schema = {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}}
    clause = _closed(_words(GUIDE_WORDS, {"codes": codes, "page": REASON}), required=["page"])
    return {"type": "array", "items": clause}


def _totals() -> Schema:
    schemas: Schema = {"written": {"type": "boolean"}, "product": {"type": "array", "items": TEXT}}
    computed = [{"required": [word]} for word in ("count", "sum", "product")]
    total = _closed(_words(TOTAL_WORDS, schemas), anyOf=computed)
    return {"type": "object", "additionalProperties": {"anyOf": [total, _GONE]}}


def map_schema() -> Schema:
    """Return the JSON Schema of a map file."""
    common = {
        "map": _head(),
        "format": _format(),
        "rows": _rows(),
        "totals": _totals(),
        "guide": _guide(),
    }
    documents = []
    every: Schema = {}
    for name, model in CANONICAL.items():
        fields = _fields(model)
        properties = {"header": _closed({**fields, "with": OF_TEXTS}), **fields, **dict.fromkeys(common, True)}
        wanted = {"properties": {"map": {"properties": {"document": {"const": str(name)}}, "required": ["document"]}}}
        documents.append({"if": wanted, "then": {"properties": properties, "additionalProperties": False}})
        every.update(dict.fromkeys(fields, True))
    return {
        "$schema": DIALECT,
        "$id": "urn:partner-gateway:map.schema.json",
        "title": "A map between a wire document and a canonical document",
        "type": "object",
        "required": ["map"],
        "properties": {**common, "header": {"type": "object"}, **every},
        "additionalProperties": False,
        "allOf": documents,
        "$defs": _definitions(),
    }


def table_schema() -> Schema:
    """Return the JSON Schema of a code table."""
    by_length: Schema = {"type": "object", "additionalProperties": OF_TEXTS}
    codes: Schema = {"type": "object", "minProperties": 1, "additionalProperties": {"type": ["string", "boolean"]}}
    properties = _words(KEYS, {"codes": codes, "by_length": by_length, "lossy": REASON})
    found = _closed(properties, required=["codes"])
    return {
        "$schema": DIALECT,
        "$id": "urn:partner-gateway:table.schema.json",
        "title": "A code table, usable both ways",
        **found,
    }
