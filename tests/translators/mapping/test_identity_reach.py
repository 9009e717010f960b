"""The identity is only worth what the documents drawn for it say: every field that a map knows is drawn, for every shipped map."""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample

from tests.translators.mapping.documents import documents
from tests.translators.mapping.same_meaning import differences
from tests.translators.mapping.shipped import MAPS, X12_MAPS, shipped_map
from tests.translators.mapping.test_flat_maps import FLAT_MAPS
from tests.translators.mapping.test_xml_maps import XML_MAPS
from translators.mapping.packages import by_line
from translators.mapping.rules import Block, HereRule, ListRule, ObjectRule, QualifiedRule, ValueRule
from translators.mapping.writing import is_written

EVERY_MAP = sorted(
    str(path.relative_to(MAPS)).removesuffix(".toml")
    for path in MAPS.rglob("*.toml")
    if path.relative_to(MAPS).parts[0] not in ("tables", "references") and "[map]" in path.read_text(encoding="utf-8")
)


UNTIL_ALL_IS_SAID = settings(
    max_examples=300, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


def test_the_identity_is_proven_of_every_shipped_map() -> None:
    assert set(EVERY_MAP) == {*X12_MAPS, *FLAT_MAPS, *XML_MAPS}


def known(block: Block, prefix: str = "") -> Iterator[str]:
    """Yield the path of every field that the rules of `block` write, those of lists within lists of their own kind once."""
    for rule in filter(is_written, block.rules):
        if isinstance(rule, QualifiedRule):
            yield from (prefix + name for name in rule.fields.values())
        elif isinstance(rule, ObjectRule | HereRule):
            yield from known(rule.block, f"{prefix}{rule.name}.")
        elif isinstance(rule, ListRule):
            if not rule.nested:
                yield from known(rule.block, f"{prefix}{rule.name}.")
                yield from (f"{prefix}{rule.name}.{name}" for name in (rule.unpack.fields if rule.unpack else ()))
        elif not (isinstance(rule, ValueRule) and rule.since):  # drawn where every release of the map has it
            yield prefix + rule.name


def said(value: Any, prefix: str = "") -> Iterator[str]:
    """Yield the path of every field that a document says something in."""
    if isinstance(value, dict):
        for name, inner in value.items():
            # Units lie within units: what is said at one depth is said of all.
            at = prefix if prefix.endswith(f"{name}.") else f"{prefix}{name}."
            yield from said(inner, at)
        yield prefix.removesuffix(".")
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from said(inner, prefix)
        if value:
            yield prefix.removesuffix(".")
    elif value not in (None, ""):
        yield prefix.removesuffix(".")


@pytest.mark.parametrize("name", EVERY_MAP)
def test_every_field_a_map_knows_is_drawn(name: str) -> None:
    by = shipped_map(name)
    fields = {re.sub(r"(units\.)+", "units.", path) for path in known(by.rules.header)}
    reached: set[str] = set()

    def is_all(document: Any) -> bool:
        # Where the format names the package at the line, the map knows the fields of lines in that order.
        if by.rules.units_by_line:
            reached.update(said(by_line(document).model_dump(exclude_defaults=True)))
        reached.update(said(document.model_dump(exclude_unset=True)))
        return fields <= reached

    with contextlib.suppress(NoSuchExample):
        find(documents(by), is_all, settings=UNTIL_ALL_IS_SAID, random=random.Random(1))
    assert fields - reached == set()


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        (["PO1", "1", "8"], ["PO1", "1", "9"]),
        (["PO1", "01", "8"], ["PO1", "1", "8"]),  # a line's number is a text
        (["PO1", "1", "8", "EA", "", "", "UP", "1"], ["PO1", "1", "8", "EA", "", "", "UP", "2"]),
        (["PO1", "1", "8", "EA", "", "", "UP", "1", "VN", "2"], ["PO1", "1", "8", "EA", "", "", "UP", "1"]),
        (["REF", "DP", "38"], ["REF", "DP", "038"]),
        (["CAD", "", "", "", "SCAC"], ["CAD", "X", "", "", "SCAC"]),
        (["HL", "1", "", "S"], ["HL", "1", "", "O"]),
        (["BEG", "00", "SA", "7"], ["BEG", "00", "", "7"]),
    ],
)
def test_a_changed_element_is_a_loss(sent: list[str], written: list[str]) -> None:
    assert len(differences([sent], [written])) == 2


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        (["PO1", "1", "0008"], ["PO1", "1", "8"]),
        (["PO1", "1", "8", "", "", "", "", "", "UP", "1"], ["PO1", "1", "8", "", "", "", "UP", "1"]),
        (["CAD", "", "", "", "SCAC"], ["CAD", "M", "", "", "SCAC"]),
        (["HL", "01", "", "S"], ["HL", "1", "", "S", "1"]),
    ],
)
def test_what_says_nothing_is_no_loss(sent: list[str], written: list[str]) -> None:
    assert differences([sent], [written]) == []
