"""The page of the map language: each of its examples is a rule that loads, and says what it does to a wire document and back."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest

from tests.translators.mapping.shipped import MAPS, load, read_with, tree_of
from tests.translators.mapping.test_map_schema import MAP
from translators.mapping import Map, WriteContext, load_map
from translators.mapping.map_schema import WORDS
from translators.x12 import Separators

PAGE = (MAPS / "README.md").read_text(encoding="utf-8")
# ### a heading, then ```toml the map, the wire, ```json what it becomes.
_EXAMPLE = re.compile(
    r"^### (.+?)\n.*?```toml\n(.*?)```\n+```(x12|csv|xml)\n(.*?)```\n+```json\n(.*?)```", re.DOTALL | re.MULTILINE
)
EXAMPLES = {m[0]: m[1:] for m in _EXAMPLE.findall(PAGE)}

HEADS = {
    "x12": '[map]\nwire = "x12"\nset = "850"\ndocument = "purchase_order"\nreleases = ["004010"]\n',
    "856": '[map]\nextends = "x12/856"\n',
}
HEADER = 'order_number = "BEG03"\nissue_date = "BEG05"\nwith = { BEG01 = "00", BEG02 = "SA" }\n'
LINES = (
    '[lines]\neach = "PO1"\nquantity = { value = "PO102", unit = { path = "PO103", table = "units" } }\n'
    'item = { identifiers = { pairs = "PO106", table = "product_schemes" } }\n'
)


def _map(example: str) -> Map:
    """Return the map of an example: an X12 one says only what it is about, the rest is a small order."""
    return load_map("x/page", lambda name: example.encode() if name == "x/page.toml" else load(name))


def _whole(toml: str) -> str:
    if "[map]" in toml:
        return toml
    header, _, rest = toml.partition("\n[")
    is_header = not toml.startswith("[")
    rest = f"[{rest}" if is_header and rest else ("" if is_header else toml)
    lines = "" if "[lines]" in toml else LINES
    return f"{HEADS['x12']}\n[header]\n{HEADER}{header if is_header else ''}\n{rest}\n{lines}"


def _body(wire: str) -> list[list[str]]:
    return [line.rstrip("~").split("*") for line in wire.strip().splitlines()]


def _holds(found: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(found, dict) and all(
            name in found and _holds(found[name], value) for name, value in part.items()
        )
    if isinstance(part, list):
        return isinstance(found, list) and len(found) == len(part) and all(map(_holds, found, part))
    return bool(found == part)


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_reads_as_it_says_and_writes_the_same_again(title: str) -> None:
    toml, kind, wire, expected = EXAMPLES[title]
    text = _whole(toml)
    assert MAP.is_valid(tomllib.loads(text)), [e.message for e in MAP.iter_errors(tomllib.loads(text))]
    by = _map(text)
    separators = Separators("*", ">", "~", "^")
    if kind == "x12":
        body = _body(wire)
        if by.set_id == "850" and not any(s[0] == "BEG" for s in body):
            body = [["BEG", "00", "SA", "4711", "", "20260109"], *body]
        if by.set_id == "850" and not any(s[0] == "PO1" for s in body):
            body = [*body, ["PO1", "1", "5", "EA", "", "", "VN", "A-1"]]
        body = body if any(s[0] == "CTT" for s in body) else [*body, ["CTT", "1"]]
        tree = tree_of(body, by.set_id, "004010")
    else:
        (tree,) = by.trees(wire.encode()).trees
        body = []
    reading = read_with(by, tree, "004010" if kind == "x12" else "", separators)
    document = reading.document
    assert document is not None, reading.findings
    found = json.loads(document.model_dump_json(exclude_defaults=True, exclude={"source", "partner", "is_test"}))
    wanted = json.loads(expected)
    told, other = wanted.pop("findings", []), wanted.pop("again", {})
    assert all(any(sentence in f.sentence for f in reading.findings) for sentence in told), reading.findings
    assert _holds(found, wanted), json.dumps(found, indent=1)
    writing = by.write(document, WriteContext("004010" if kind == "x12" else "", separators))
    assert writing.is_accepted, writing.findings
    again = read_with(by, writing.tree, "004010" if kind == "x12" else "", separators).document
    assert again is not None
    if told:
        return  # a wrong total is sent as it should have been
    if other:
        assert _holds(json.loads(again.model_dump_json()), other)
    else:
        assert again.model_dump(exclude={"source"}) == document.model_dump(exclude={"source"})


def test_the_page_has_an_example_of_every_word() -> None:
    # Words of the head and of formats stand in the tables of the page; the others in an example.
    shown = " ".join(toml for toml, *_rest in EXAMPLES.values())
    told = set(re.findall(r"`(\w[\w-]*)`", PAGE)) | set(re.findall(r"\w+", shown))
    assert set(WORDS) - told == set()


def test_the_page_says_enough_to_have_been_written_with_care() -> None:
    assert len(EXAMPLES) >= 25
