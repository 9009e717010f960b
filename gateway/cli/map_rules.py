"""A map's rules as people ask for them: what becomes of BEG03, where does order_number come from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from gateway.api.map_views import RuleView
from gateway.map_shelf import Load
from translators.mapping import Map
from translators.mapping.layers import Layers
from translators.mapping.paths import Path
from translators.mapping.rules import (
    Block,
    Constant,
    FixedRule,
    GuideRule,
    HereRule,
    JoinedRule,
    ListRule,
    MomentRule,
    NamedRule,
    ObjectRule,
    PairsRule,
    QualifiedRule,
    Rule,
    TextsRule,
    Total,
    ValueRule,
    Way,
)
from translators.mapping.shapes import FUNCTION_OF_KIND
from translators.mapping.tables import Table

_CONDITION = re.compile(r"\[[^\]]*\]")
_ELEMENT = re.compile(r"([A-Z][A-Z0-9]{1,2})(\d\d)$")
_READS, _WRITES = "read", "write"


@dataclass(frozen=True, slots=True)
class Told:
    """One rule, told: which canonical field, where on the wire, what becomes of it.

    Args:
        key: where it stands in the map's file.
        wire: the places, from the document down ("PO1/PO102").
        covers: elements that belong to it besides: pairs from PO106 on cover PO107.
    """

    canonical: str
    key: str
    wire: tuple[str, ...]
    kind: str
    says: tuple[str, ...] = ()
    table: Table | None = None
    way: Way | None = None
    covers: tuple[str, ...] = ()

    @property
    def direction(self) -> str:
        """Return "both", "read" or "write"."""
        if self.way is None or not (self.way.read_only or self.way.write_only):
            return "both"
        return _READS if self.way.read_only else _WRITES


def told_rules(by: Map) -> list[Told]:
    """Return every rule of a map."""
    found = [*_of_block(by.rules.header, "", ""), *(_of_total(total) for total in by.rules.totals)]
    if by.wire in ("delimited", "fixed"):  # a column names its row itself
        return [replace(told, wire=tuple(place.rpartition("/")[2] for place in told.wire)) for told in found]
    return found


def asked_for(rules: list[Told], path: str) -> list[Told]:
    """Return the rules that `path` means: a canonical field, all below it, or a place on the wire with or without its conditions."""
    wanted = path.strip().casefold()
    exact = [rule for rule in rules if _is_exactly(rule, wanted)]
    if exact:
        return exact
    below = [rule for rule in rules if rule.canonical.casefold().startswith(f"{wanted}.")]
    last = [rule for rule in rules if rule.canonical.casefold().rpartition(".")[2] == wanted]
    return below or last or [rule for rule in rules if any(_is_at(place, wanted) for place in rule.wire)]


def _is_exactly(rule: Told, wanted: str) -> bool:
    places = {place.casefold() for place in (*rule.wire, *rule.covers)}
    bare = {_CONDITION.sub("", place) for place in places}
    ends = {place.rpartition("/")[2] for place in places | bare}
    return wanted in {rule.canonical.casefold(), rule.key.casefold(), *places, *bare, *ends}


def _is_at(place: str, wanted: str) -> bool:
    """Return whether a place lies at or below `wanted`, a segment, a loop or an element."""
    steps = [re.sub(r"\d\d(-\d+)?$", "", step) for step in _CONDITION.sub("", place).casefold().split("/")]
    return wanted in steps or _CONDITION.sub("", place).casefold().endswith(f"/{wanted}")


def clauses_about(by: Map, rules: list[Told], path: str) -> list[GuideRule]:
    """Return the clauses of the guide about a place on the wire, or about where the rules found lie."""
    wanted = {path.strip().casefold()}
    for rule in rules:
        for place in (*rule.wire, *rule.covers):
            wanted |= {_CONDITION.sub("", place).casefold().rpartition("/")[2], place.casefold().rpartition("/")[2]}
    return [clause for clause in by.rules.guide if wanted & _names_of(clause)]


def _names_of(clause: GuideRule) -> set[str]:
    """Return by which names people ask for what a clause is about: REF[01=DP]02, REF02, REF."""
    last = clause.path.text.casefold().rpartition("/")[2]
    bare = _CONDITION.sub("", last)
    return {clause.path.text.casefold(), last, bare, re.sub(r"\d\d(-\d+)?$", "", bare) if clause.path.element else bare}


def spoken_clause(clause: GuideRule) -> str:
    """Return a clause of a guide in words."""
    where = f" in each {clause.each.text}" if clause.each is not None else ""
    what = {
        "require": f"{clause.path.text} has to be there{where}",
        "forbid": f"{clause.path.text} is not used{where}",
        "codes": f"{clause.path.text}{where} is one of {', '.join(clause.codes)}",
    }
    return f"{what.get(clause.kind, f'{clause.kind} {clause.path.text}{where}')} ({clause.page})"


def rule_view(told: Told, by: Map, layers: Layers) -> RuleView:
    """Return a rule for printing."""
    table = told.table
    return RuleView(
        canonical=told.canonical,
        wire=told.wire,
        direction=told.direction,
        kind=told.kind,
        says=told.says + _reasons(told.way),
        table="" if table is None else table.name,
        codes={} if table is None else table.read,
        file=f"maps/{layers.file_of(told.key)}",
        pages=tuple(dict.fromkeys(clause.page for clause in clauses_about(by, [told], ""))),
    )


def layers_of(name: str, load: Load) -> Layers:
    """Return a map's files, the map itself first, so that the one that says something can be named."""
    files = [f"{name}.toml"]
    contents: list[dict[str, Any]] = []
    while len(contents) < len(files):
        contents.append(tomllib.loads((load(files[-1]) or b"").decode()))
        extends = contents[-1].get("map", {}).get("extends")
        if extends:
            files.append(f"{extends}.toml")
    return Layers(tuple(files), tuple(contents))


def _reasons(way: Way | None) -> tuple[str, ...]:
    if way is None:
        return ()
    return tuple(
        f"only {what}: {reason}" for what, reason in (("read", way.read_only), ("written", way.write_only)) if reason
    )


def _of_block(block: Block, canonical: str, wire: str) -> Iterator[Told]:
    for rule in block.rules:
        yield from _of_rule(rule, canonical, wire)


def _of_rule(rule: Rule, canonical: str, wire: str) -> Iterator[Told]:
    name = f"{canonical}.{rule.name}" if canonical and rule.name else canonical or rule.name
    if isinstance(rule, ObjectRule | HereRule):
        yield from _of_block(rule.block, name, wire)
    elif isinstance(rule, ListRule):
        yield Told(name, rule.key, _places((rule.each,), wire), "a list", tuple(_repeats(rule)), way=rule.way)
        inside = f"{wire}{rule.each.text}/"
        yield from _of_unpacked(rule, name, inside)
        yield from _of_block(rule.block, name, inside)
    elif isinstance(rule, PairsRule | QualifiedRule | NamedRule):
        yield from _of_pairs(rule, name, wire)
    else:
        yield _of_value(rule, name, wire)


def _of_unpacked(rule: ListRule, name: str, wire: str) -> Iterator[Told]:
    """Yield the fields of several items in one segment: they lie at the first item's place, and again after each item."""
    unpack = rule.unpack
    match = _ELEMENT.search(unpack.start.text) if unpack is not None else None
    if unpack is None or match is None:
        return
    width, first = len(unpack.fields), int(match[2])
    for number, field in enumerate(unpack.fields):
        elements = [first + number + width * item for item in range(unpack.count)]
        places = [f"{wire}{unpack.start.text[: match.start()]}{match[1]}{element:02d}" for element in elements]
        says = (f"again every {width} elements, up to {unpack.count} times",)
        yield Told(f"{name}.{field}", f"{rule.key}.unpack", (places[0],), "a text", says, covers=tuple(places[1:]))


def _of_pairs(rule: PairsRule | QualifiedRule | NamedRule, name: str, wire: str) -> Iterator[Told]:
    kind = "qualifier/value pairs"
    if isinstance(rule, NamedRule):
        for word, path in rule.places:
            yield Told(
                f"{name}.{rule.value}", rule.key, _places((path,), wire), "a text", (f"{rule.qualifier} is {word}",)
            )
        return
    places, covers = _places((rule.start,), wire), _covered(rule, wire)
    if isinstance(rule, PairsRule):
        says = (f"up to {rule.count} pairs: {rule.qualifier}, then {rule.value}",)
        yield Told(name, rule.key, places, kind, says, rule.table, covers=covers)
        return
    for code, field in rule.fields.items():
        inner = f"{name}.{field}" if name else field
        yield Told(inner, rule.key, places, kind, (f"the value after qualifier {code}",), covers=covers)


def _of_value(rule: ValueRule | FixedRule | TextsRule | JoinedRule | MomentRule, name: str, wire: str) -> Told:
    match rule:
        case ValueRule():
            places = _places(rule.paths, wire)
            return Told(name, rule.key, places, f"a {rule.shape.kind}", tuple(_says(rule)), rule.table, rule.way)
        case FixedRule():
            here = (wire.rstrip("/"),) if wire else ()
            return Told(name, rule.key, here, "a constant", (f"always {rule.value}: the place says so",))
        case TextsRule():
            says = ("every one, in order", *_beside(rule.constants))
            return Told(name, rule.key, _places(rule.paths, wire), "texts", says)
        case JoinedRule():
            says = (f"one text for each {rule.each.text}", *_beside(rule.constants))
            return Told(name, rule.key, _places(rule.paths, f"{wire}{rule.each.text}/"), "texts", says)
        case MomentRule():
            places = _places((rule.date,) if rule.time is None else (rule.date, rule.time), wire)
            return Told(name, rule.key, places, "a date and its time")


def _of_total(total: Total) -> Told:
    computed = f"the number of {total.count}" if total.count else f"the sum of {total.sum}"
    if total.product:
        computed = f"the sum of {' × '.join(total.product)}"
    written = "" if total.is_written else "; checked when it comes, not sent unless it was"
    return Told("(total)", total.key, (total.path.text,), "a total", (computed + written,))


def _places(paths: tuple[Path, ...], wire: str) -> tuple[str, ...]:
    return tuple(f"{wire}{path.text}" for path in paths)


def _covered(rule: PairsRule | QualifiedRule, wire: str) -> tuple[str, ...]:
    """Return the elements of all pairs; "" where the format has no numbered elements."""
    match = _ELEMENT.search(rule.start.text)
    if match is None:
        return ()
    start = rule.start.text[: match.start()]
    return tuple(f"{wire}{start}{match[1]}{int(match[2]) + n:02d}" for n in range(2 * rule.count))


def _says(rule: ValueRule) -> Iterator[str]:
    if rule.function != FUNCTION_OF_KIND.get(rule.shape.kind):
        yield f"written as {rule.function}"
    if len(rule.paths) > 1:
        yield "the first that is there is read, the first that is free is written"
    if rule.exact:
        yield f"the code itself is kept in {rule.exact}"
    if rule.default:
        yield f"{rule.default} when nothing was sent"
    if rule.unless:
        yield f"not written when it is {rule.unless}"
    if rule.other:
        yield f"{rule.other} for codes that are not listed"
    if rule.also:
        yield f"the same again at {', '.join(p.text for p in rule.also)}"
    if rule.since:
        yield f"from release {rule.since} on"
    if rule.lossy:
        yield f"does not come back as it was: {rule.lossy}"
    if rule.table is not None and rule.table.prefix:
        yield f"a code that the table does not have is kept as {rule.table.prefix}CODE"
    yield from _beside(rule.constants)


def _beside(constants: tuple[Constant, ...]) -> Iterator[str]:
    for constant in constants:
        yield f"{constant.path.text} = {constant.value} is written beside it"


def _repeats(rule: ListRule) -> Iterator[str]:
    yield f"one for each {rule.each.text}"
    if rule.nested:
        yield f"the same rules for {rule.nested} at every depth"
    for choice in rule.when:
        yield "written here: " + ", ".join(
            f"{name} {'there' if wanted is True else 'not there' if wanted is False else f'is {wanted}'}"
            for name, wanted in choice.items()
        )
