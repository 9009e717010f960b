"""The schemas that editors complete maps by: they are those of the code, know every word, and agree with the loader."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.translators.mapping.shipped import MAPS, shipped_map
from tests.translators.mapping.test_bad_maps import CASES, HEAD, TABLES
from translators.canonical import CANONICAL, canonical_schema
from translators.mapping import map_schema as schemas
from translators.mapping.map_schema import WORDS, map_schema, table_schema

FOLDER = MAPS / "schemas"
MAP_FILES = tuple(sorted(p for p in MAPS.rglob("*.toml") if p.parent.name != "tables"))
TABLE_FILES = tuple(sorted((MAPS / "tables").glob("*.toml")))
SAMPLES = tuple(sorted(p for p in MAPS.rglob("samples/*.json")))
MAP, TABLE = Draft202012Validator(map_schema()), Draft202012Validator(table_schema())

# What an editor underlines while a map is written; the rest needs the standard and the other files, and is the loader's.
EDITOR_SEES = {
    *("unknown document", "no document", "unknown wire", "unknown word of the map", "releases are no list"),
    *("unknown field", "required list unmapped", "unknown table of fields", "unknown field of a line"),
    *("unknown field of an object", "path is a number", "unknown word of a rule", "unknown function"),
    *("function that does not fit", "table is no table", "each is no text", "object as a text", "pairs with no count"),
    *("pairs with an unknown word", "constants that are none", "constant that is a number", "extensions mapped"),
    *("total of nothing", "total with an unknown word", "qualified numbers without a start", "hierarchy of nothing"),
    *("a clause without its page", "a clause with an unknown word", "fields of another document", "missing what"),
    *("packs without what they hold", "units by what", "one way without a reason", "one way for a reason that is none"),
    *("codes that are a text", "codes nowhere", "a head that is a list", "totals that are a list"),
}


def _parsed(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def test_the_schemas_checked_in_are_those_of_the_code() -> None:
    expected = {
        s["$id"].rpartition(":")[2]: s for s in (*map(canonical_schema, CANONICAL), map_schema(), table_schema())
    }
    found = {p.name: json.loads(p.read_bytes()) for p in FOLDER.glob("*.json")}
    assert found == expected, "run `python tools/write_schemas.py`"


@pytest.mark.parametrize("path", [*MAP_FILES, *TABLE_FILES], ids=lambda p: str(p.relative_to(MAPS)))
def test_a_shipped_file_is_valid_and_names_its_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    first = text.partition("\n")[0]
    assert first.startswith("#:schema ")
    schema = json.loads((path.parent / first.removeprefix("#:schema ")).read_bytes())
    assert [e.message for e in Draft202012Validator(schema).iter_errors(tomllib.loads(text))] == []
    assert schema["title"].startswith("A code table" if path in TABLE_FILES else "A map")


@pytest.mark.parametrize("case", CASES)
def test_editor_and_loader_agree_on_wrong_maps(case: str) -> None:
    was, becomes, _complaint = CASES[case]
    found = _parsed(HEAD.replace(was, becomes, 1))
    assert (found is not None and not MAP.is_valid(found)) is (case in EDITOR_SEES)


def test_the_map_the_cases_start_from_is_valid() -> None:
    assert MAP.is_valid(tomllib.loads(HEAD))
    assert set(CASES) >= EDITOR_SEES


def test_editor_and_loader_agree_on_wrong_tables() -> None:
    wrong = {
        case for case, (text, _complaint) in TABLES.items() if (t := _parsed(text)) is None or not TABLE.is_valid(t)
    }
    assert wrong >= {"no TOML", "no codes", "unknown word", "a number as word", "unknown is no text"}


def test_every_word_of_the_language_is_explained() -> None:
    lists = [value for name, value in vars(schemas).items() if name.endswith("_WORDS") or name == "KEYS"]
    used = {word for words in lists for word in words}
    assert used - set(WORDS) == set()
    told = used | {"factor", "package", "unit", "fixed", "position", "same_as", "product", "titles", "packs"}
    assert set(WORDS) - told == set()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: str(p.relative_to(MAPS)))
def test_the_documents_of_samples_are_valid_by_the_published_schemas(path: Path) -> None:
    names = [p for p in path.parent.parent.glob("*.toml") if path.stem == p.stem or path.stem.startswith(f"{p.stem}-")]
    name = str(max(names, key=lambda p: len(p.stem)).relative_to(MAPS)).removesuffix(".toml")
    judge = Draft202012Validator(canonical_schema(shipped_map(name).document_type))
    found = json.loads(path.read_bytes())
    for document in found if isinstance(found, list) else [found]:
        assert [e.message for e in judge.iter_errors(document)] == []
