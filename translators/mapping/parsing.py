"""Reads the rules of a map from its TOML, checks them against the canonical type and the standard, and complains of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from translators.canonical.amounts import Quantity
from translators.mapping.errors import did_you_mean
from translators.mapping.parsing_place import Parsing
from translators.mapping.parsing_values import (
    constants_of,
    each_path,
    find_table,
    moment,
    text_list,
    unknown_words,
    value_rule,
    way_of,
)
from translators.mapping.rules import (
    Block,
    FixedRule,
    HereRule,
    ListRule,
    NamedRule,
    ObjectRule,
    Packs,
    PairsRule,
    QualifiedRule,
    Rule,
    Unpack,
    ValueRule,
)
from translators.mapping.shapes import Shape, shapes_of

LIST_WORDS = ("each", "when", "with", "nested", "unpack", "by_qualifier", "read_only", "write_only")
PAIRS_WORDS = ("pairs", "count", "qualifier", "value", "table")
NAMED_WORDS = ("named", "qualifier", "value")
HERE_WORDS = ("here", "when", "with", "by_qualifier")
PACKS_WORDS = ("factor", "package", "unit")
MOST_PAIRS = 10


def parse_block(
    spec: Mapping[str, Any], model: type[BaseModel], key: str, at: Parsing, words: tuple[str, ...] = ()
) -> Block:
    """Return the rules for an object of `model` that `spec` gives.

    Args:
        spec: the TOML table.
        model: the canonical class; its fields are the names the table may use.
        key: where the table stands in the file ("lines").
        at: where its paths are relative to.
        words: the words that the table may use besides, which the caller reads itself.
    """
    shapes = shapes_of(model)
    rules: list[Rule] = []
    for name, value in spec.items():
        here = f"{key}.{name}" if key else name
        if name in words or name == "with":
            continue
        shape = shapes.get(name)
        if shape is None or name == "extensions":
            known = [n for n in shapes if n != "extensions"]
            at.complain(here, f"{_called(model)} has no field {name}{did_you_mean(name, [*known, *words])}")
            continue
        rules += _rules(name, here, value, shape, at)
    _complain_of_fields(rules, model, shapes, at)
    if "by_qualifier" in spec:
        qualified = _qualified(spec["by_qualifier"], f"{key}.by_qualifier", shapes, at)
        rules += [qualified] if qualified else []
    _complain_of_missing(spec, model, rules, key, at)
    return Block(model, tuple(rules), constants_of(spec.get("with", {}), f"{key}.with", at))


def _complain_of_fields(rules: list[Rule], model: type[BaseModel], shapes: Mapping[str, Shape], at: Parsing) -> None:
    """Complain of fields that a rule names beside its own and the object has not."""
    for rule in rules:
        if not isinstance(rule, ValueRule):
            continue
        if rule.exact and rule.exact not in shapes:
            at.complain(
                f"{rule.key}.exact", f"{model.__name__} has no field {rule.exact}{did_you_mean(rule.exact, shapes)}"
            )
        missing = rule.missing
        if missing is not None:
            for word, name in (("same_as", missing.same_as), *(("product", name) for name in missing.product)):
                if name and name.split(".")[0] not in shapes:
                    at.complain(
                        f"{rule.key}.missing.{word}",
                        f"{model.__name__} has no field {name}{did_you_mean(name, shapes)}",
                    )


def _complain_of_missing(
    spec: Mapping[str, Any], model: type[BaseModel], rules: list[Rule], key: str, at: Parsing
) -> None:
    """Complain of fields the model cannot do without and no rule fills; the whole document is the loader's to judge."""
    if key in ("", "header"):
        return
    names = {rule.name for rule in rules} | {f.split(".")[0] for f in at.given} | spec.keys()
    for name, info in model.model_fields.items():
        if info.is_required() and name not in names:
            at.complain(key, f"says nothing of {name}, without which there is no {model.__name__}")


def _called(model: type[BaseModel]) -> str:
    return model.__name__


def _rules(name: str, key: str, value: Any, shape: Shape, at: Parsing) -> list[Rule]:
    if shape.kind == "object" and isinstance(value, list):
        found = [_object_rule(name, f"{key}[{i}]", each, shape, at) for i, each in enumerate(value)]
    elif shape.kind == "object":
        found = [_object_rule(name, key, value, shape, at)]
    elif shape.is_list:
        found = [text_list(name, key, value, shape, at)]
    elif shape.kind == "datetime":
        found = [moment(name, key, value, shape, at)]
    else:
        found = [value_rule(name, key, value, shape, at)]
    return [rule for rule in found if rule is not None]


def _object_rule(name: str, key: str, value: Any, shape: Shape, at: Parsing) -> Rule | None:
    if shape.model is None:
        raise AssertionError(name)
    if shape.kind == "object" and not isinstance(value, dict):
        first = next(iter(shape.model.model_fields))
        at.complain(key, f"must say which fields lie where, such as {{ {first} = … }}")
        return None
    if not shape.is_list:
        given = frozenset(f.removeprefix(f"{name}.") for f in at.given if f.startswith(f"{name}."))
        words = ("packs",) if shape.model is Quantity else ()
        block = parse_block(value, shape.model, key, replace(at, given=given), words)
        return ObjectRule(name, key, shape, block, _packs(value.get("packs"), f"{key}.packs", at))
    if "pairs" in value:
        return _pairs(name, key, value, shape, at)
    if "named" in value:
        return _named(name, key, value, shape, at)
    if value.get("here") is True:
        return _here(name, key, value, shape, at)
    return _list(name, key, value, shape, at)


def _packs(spec: Any, key: str, at: Parsing) -> Packs | None:
    if spec is None:
        return None
    if not isinstance(spec, dict) or spec.keys() != set(PACKS_WORDS):
        at.complain(
            key, 'must say how many of what are in which package: { factor = "PO401", package = "XCS", unit = "EA" }'
        )
        return None
    factor = at.paths(spec["factor"], f"{key}.factor")
    return Packs(factor[0], str(spec["package"]), str(spec["unit"])) if factor else None


def _pairs(name: str, key: str, spec: Mapping[str, Any], shape: Shape, at: Parsing) -> Rule | None:
    unknown_words(spec, PAIRS_WORDS, key, at)
    start = at.paths(spec["pairs"], f"{key}.pairs")
    fields = shapes_of(shape.model) if shape.model else {}
    names = [str(spec.get("qualifier", "scheme")), str(spec.get("value", "value"))]
    for word, field in zip(("qualifier", "value"), names, strict=True):
        if field not in fields:
            at.complain(f"{key}.{word}", f"no field {field}{did_you_mean(field, fields)}")
    table = find_table(spec.get("table"), f"{key}.table", at)
    count = _count(spec, key, at)
    return PairsRule(name, key, shape, start[0], count, names[0], names[1], table) if start else None


def _named(name: str, key: str, spec: Mapping[str, Any], shape: Shape, at: Parsing) -> Rule | None:
    unknown_words(spec, NAMED_WORDS, key, at)
    fields = shapes_of(shape.model) if shape.model else {}
    names = [str(spec.get("qualifier", "scheme")), str(spec.get("value", "value"))]
    for word, field in zip(("qualifier", "value"), names, strict=True):
        if field not in fields:
            at.complain(f"{key}.{word}", f"no field {field}{did_you_mean(field, fields)}")
    if not isinstance(spec["named"], dict):
        at.complain(f"{key}.named", 'must say which word lies where, such as { gtin = "line.UPC" }')
        return None
    places = [(word, path) for word, text in spec["named"].items() for path in at.paths(text, f"{key}.named.{word}")]
    return NamedRule(name, key, shape, names[0], names[1], tuple(places)) if places else None


def _here(name: str, key: str, spec: Mapping[str, Any], shape: Shape, at: Parsing) -> Rule | None:
    if shape.model is None:
        raise AssertionError(name)
    block = parse_block(spec, shape.model, key, at, HERE_WORDS)
    fixed: dict[str, bool | str] = {
        rule.name: str(rule.value).lower() if isinstance(rule.value, bool) else rule.value
        for rule in block.rules
        if isinstance(rule, FixedRule)
    }
    when = _when(spec.get("when", [fixed]), f"{key}.when", shape.model, at)
    return HereRule(name, key, shape, block, when)


def _count(spec: Mapping[str, Any], key: str, at: Parsing) -> int:
    count = spec.get("count", MOST_PAIRS)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        at.complain(f"{key}.count", "must be a number from 1 on")
        return MOST_PAIRS
    return count


def _qualified(spec: Any, key: str, shapes: Mapping[str, Shape], at: Parsing) -> QualifiedRule | None:
    if not isinstance(spec, dict) or "from" not in spec:
        at.complain(
            key, 'must say where pairs start and which qualifier is which field: { from = "PER03", TE = "phone" }'
        )
        return None
    start = at.paths(spec["from"], f"{key}.from")
    fields = {code: field for code, field in spec.items() if code not in ("from", "count")}
    for code, field in fields.items():
        if field not in shapes:
            at.complain(f"{key}.{code}", f"no field {field}{did_you_mean(str(field), shapes)}")
    return QualifiedRule("", key, start[0], _count({"count": spec.get("count", 3)}, key, at), fields) if start else None


def _list(name: str, key: str, spec: Mapping[str, Any], shape: Shape, at: Parsing) -> Rule | None:
    if shape.model is None:
        raise AssertionError(name)
    if "each" not in spec:
        at.complain(
            key, 'is a list: say what repeats, such as each = "PO1", or where pairs start, such as pairs = "PO106"'
        )
        return None
    each = each_path(spec["each"], f"{key}.each", at)
    if each is None:
        return None
    inside = at.inside(each)
    unpack = _unpack(spec["unpack"], f"{key}.unpack", inside) if "unpack" in spec else None
    given = frozenset(unpack.fields) if unpack is not None else frozenset()
    block = parse_block(spec, shape.model, key, replace(inside, given=given), LIST_WORDS)
    rules = list(block.rules)
    nested = spec.get("nested", "")
    if nested:
        inner = shapes_of(shape.model).get(nested)
        if inner is None or inner.model is not shape.model:
            at.complain(f"{key}.nested", f"{shape.model.__name__} has no list {nested} of its own kind")
        else:
            rules.append(ListRule(nested, f"{key}.nested", inner, each, Block(shape.model, ()), nested=nested))
    when = _when(spec.get("when", []), f"{key}.when", shape.model, at)
    return ListRule(name, key, shape, each, replace(block, rules=tuple(rules)), when, "", unpack, way_of(spec, key, at))


def _when(spec: Any, key: str, model: type[BaseModel], at: Parsing) -> tuple[dict[str, bool | str], ...]:
    choices = spec if isinstance(spec, list) else [spec]
    for choice in choices:
        if not isinstance(choice, dict):
            at.complain(key, "must say which fields are there: { ship_date = true }")
            return ()
        for name, wanted in choice.items():
            fields = shapes_of(model)
            if name.split(".")[0] not in fields:
                at.complain(f"{key}.{name}", f"no field {name}{did_you_mean(name, fields)}")
            if not isinstance(wanted, bool | str):
                at.complain(f"{key}.{name}", "must be true, false or a value in quotes")
    return tuple(choices)


def _unpack(spec: Any, key: str, at: Parsing) -> Unpack | None:
    if not isinstance(spec, dict) or not {"from", "fields"} <= spec.keys():
        at.complain(key, 'must say from where which fields repeat: { from = "SDQ03", fields = ["…"], count = 10 }')
        return None
    start = at.paths(spec["from"], f"{key}.from")
    return Unpack(start[0], _count(spec, key, at), tuple(map(str, spec["fields"]))) if start else None
