"""Reads the rules for single values, texts and moments from the TOML of a map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from translators.canonical.parties import ROLES
from translators.mapping.errors import did_you_mean
from translators.mapping.functions import KINDS_OF_FUNCTION
from translators.mapping.parsing_place import Parsing
from translators.mapping.paths import Path, PathError
from translators.mapping.rules import (
    BOTH_WAYS,
    Constant,
    FixedRule,
    JoinedRule,
    Missing,
    MomentRule,
    Rule,
    TextsRule,
    ValueRule,
    Way,
)
from translators.mapping.shapes import FUNCTION_OF_KIND, Shape
from translators.mapping.tables import Table, merged_codes, table_of

VALUE_WORDS = (
    *("path", "table", "as", "exact", "default", "unless", "other", "also", "with"),
    *("read_only", "write_only", "lossy", "since", "missing"),
)
MOMENT_WORDS = ("date", "time")
JOINED_WORDS = ("each", "path", "with")
FIXED_WORDS = ("fixed",)
TEXTS_WORDS = ("path", "with", "unless")
MISSING_WORDS = ("position", "same_as", "product")
REASONS = ("read_only", "write_only", "lossy")


def unknown_words(spec: Mapping[str, Any], allowed: tuple[str, ...], key: str, at: Parsing) -> None:
    """Complain of every word of `spec` that is not one of `allowed`."""
    for word in spec:
        if word not in allowed:
            at.complain(f"{key}.{word}", f"is no word of a map here{did_you_mean(word, allowed)}")


def value_rule(name: str, key: str, value: Any, shape: Shape, at: Parsing) -> Rule | None:
    """Return the rule for a single value, or None after complaining."""
    spec: Mapping[str, Any] = value if isinstance(value, dict) else {"path": value}
    where = f"{key}.path" if isinstance(value, dict) else key
    if "fixed" in spec:
        return _fixed(name, key, spec, shape, at)
    unknown_words(spec, VALUE_WORDS, key, at)
    if "path" not in spec:
        at.complain(key, 'says no path; write path = "BEG03"')
        return None
    since = text_of(spec, "since", key, at)
    at = at.since(since) if since else at
    paths = at.paths(spec["path"], where)
    function = _function(name, key, spec, shape, at)
    table = find_table(spec.get("table"), f"{key}.table", at)
    if table is not None:
        _check_words(table, shape, f"{key}.table", at)
    elif shape.kind in ("choice", "flag") and "table" not in spec:
        at.complain(key, f"needs a table that leads to {', '.join(map(str, shape.choices)) or 'true and false'}")
    texts = {word: text_of(spec, word, key, at) for word in ("exact", "default", "unless", "other", "lossy")}
    _check_assumed(texts, table, shape, key, at)
    if not paths:
        return None
    rule = ValueRule(
        name,
        key,
        shape,
        paths,
        function,
        table,
        conversion=at.wire.functions[function],
        also=at.paths(spec["also"], f"{key}.also") if "also" in spec else (),
        currency_element=_currency_element(spec["path"], at) if shape.kind == "money" else 0,
        constants=constants_of(spec.get("with", {}), f"{key}.with", at),
        way=way_of(spec, key, at),
        since=since,
        missing=_missing(spec.get("missing"), f"{key}.missing", at),
        **texts,
    )
    _check_default(rule, at)
    _check_loss(rule, spec, at)
    return rule


def _fixed(name: str, key: str, spec: Mapping[str, Any], shape: Shape, at: Parsing) -> Rule:
    unknown_words(spec, FIXED_WORDS, key, at)
    fixed = spec["fixed"] if shape.kind == "flag" else str(spec["fixed"])
    if shape.kind == "flag" and not isinstance(fixed, bool):
        at.complain(f"{key}.fixed", f"must be true or false, as {name} is")
    elif shape.kind == "choice" and fixed not in shape.choices:
        at.complain(
            f"{key}.fixed",
            f"{fixed!r} is no word the canonical document knows{did_you_mean(str(fixed), shape.choices)}",
        )
    elif name == "role" and str(fixed) not in ROLES and ":" not in str(fixed):
        at.complain(f"{key}.fixed", f"{fixed!r} is no role of a party{did_you_mean(str(fixed), ROLES)}")
    return FixedRule(name, key, fixed)


def _function(name: str, key: str, spec: Mapping[str, Any], shape: Shape, at: Parsing) -> str:
    own: str = FUNCTION_OF_KIND[shape.kind]
    function = str(spec.get("as", own))
    if function not in at.wire.functions:
        at.complain(f"{key}.as", f"no function {function}{did_you_mean(function, at.wire.functions)}")
        return own
    if shape.kind not in KINDS_OF_FUNCTION[function]:
        at.complain(f"{key}.as", f"{function} gives a {KINDS_OF_FUNCTION[function][0]}, and {name} is a {shape.kind}")
    return function


def text_of(spec: Mapping[str, Any], word: str, key: str, at: Parsing) -> str:
    """Return what `spec` says under `word`, "" when nothing."""
    text: object = spec.get(word, "")
    if not isinstance(text, str):
        at.complain(f"{key}.{word}", "must be a text in quotes")
        return ""
    if not text and word in spec and word in REASONS:
        at.complain(f"{key}.{word}", "must say why, in words")
    return text


def way_of(spec: Mapping[str, Any], key: str, at: Parsing) -> Way:
    """Return in which directions a rule works."""
    way = Way(text_of(spec, "read_only", key, at), text_of(spec, "write_only", key, at))
    if way.read_only and way.write_only:
        at.complain(key, "is read_only and write_only at once; drop one of them, or the rule")
        return BOTH_WAYS
    return way


def _missing(spec: Any, key: str, at: Parsing) -> Missing | None:
    if spec is None or isinstance(spec, str):
        return Missing(text=spec) if spec else None
    if isinstance(spec, dict):
        unknown_words(spec, MISSING_WORDS, key, at)
        if spec.get("position") is True:
            return Missing(is_position=True)
        if isinstance(spec.get("same_as"), str):
            return Missing(same_as=spec["same_as"])
        if isinstance(spec.get("product"), list) and len(spec["product"]) == 2:
            return Missing(product=tuple(map(str, spec["product"])))
    at.complain(key, 'must be a text, or one of { position = true }, { same_as = "…" }, { product = ["…", "…"] }')
    return None


def _check_assumed(texts: Mapping[str, str], table: Table | None, shape: Shape, key: str, at: Parsing) -> None:
    """Complain of a code or word assumed that the table does not know."""
    if table is None:
        if texts["other"]:
            at.complain(f"{key}.other", "is the word for codes a table does not list; name the table")
        return
    if texts["default"] and table.word(texts["default"]) is None:
        at.complain(
            f"{key}.default",
            f"{texts['default']!r} is no code of the table{did_you_mean(texts['default'], table.read)}",
        )
    if texts["other"] and table.code(texts["other"]) is None:
        at.complain(f"{key}.other", f"the table has no code for {texts['other']!r}, so it cannot be written; add one")
    if texts["other"] and shape.kind == "choice" and texts["other"] not in shape.choices:
        at.complain(
            f"{key}.other",
            f"{texts['other']!r} is no word the canonical document knows{did_you_mean(texts['other'], shape.choices)}",
        )


def _check_default(rule: ValueRule, at: Parsing) -> None:
    """Complain of a default that is no value: it is put where nothing came, and would refuse every such document."""
    if rule.default and rule.table is None:
        try:
            rule.conversion.read(rule.default)
        except ValueError as error:
            at.complain(f"{rule.key}.default", f"{rule.default!r} {error}")


def _check_loss(rule: ValueRule, spec: Mapping[str, Any], at: Parsing) -> None:
    """Complain where a rule does not give back what it took and does not say so, or says so for nothing."""
    if rule.way.read_only or rule.way.write_only:
        if rule.lossy:
            at.complain(
                f"{rule.key}.lossy", "says what a rule loses on the way back, and this one goes one way; drop it"
            )
        return
    why = _loss(rule, spec, at)
    if why and not rule.lossy:
        at.complain(rule.key, f'{why}; say so here: lossy = "what does not come back as it was"')
    elif rule.lossy and not why:
        at.complain(f"{rule.key}.lossy", "nothing is lost here; drop it")


def _loss(rule: ValueRule, spec: Mapping[str, Any], at: Parsing) -> str:
    if rule.other:
        return f"any other code becomes {rule.other!r}"
    if isinstance(spec.get("table"), dict) and rule.table is not None and not rule.exact:
        merged = merged_codes(rule.table)
        if merged:
            return merged
    if len(rule.paths) > 1 and at.most_together(rule.paths) > 1:
        return f"what is read at {rule.paths[1].text} is written at {rule.paths[0].text}"
    return ""


def _currency_element(path: object, at: Parsing) -> int:
    attribute = at.wire.currency_attribute
    first = path[0] if isinstance(path, list) else path
    return at.wire.parse_path(f"{first}@{attribute}").element if attribute else 0


def find_table(value: object, key: str, at: Parsing) -> Table | None:
    """Return the table that a map names or holds, None without one or after complaining."""
    if value is None:
        return None
    if isinstance(value, dict):
        read = {str(code): str(word).lower() if isinstance(word, bool) else str(word) for code, word in value.items()}
        return table_of(key.removesuffix(".table"), read)
    if isinstance(value, str):
        return at.table(value, key)
    at.complain(key, 'must be the name of a table ("units") or a table itself ({ A = "accepted" })')
    return None


def _check_words(table: Table, shape: Shape, key: str, at: Parsing) -> None:
    known = shape.choices if shape.kind == "choice" else ("true", "false") if shape.kind == "flag" else ()
    for word in dict.fromkeys(table.read.values()):
        if known and word not in known:
            at.complain(
                key, f"leads to {word!r}, which the canonical document does not know{did_you_mean(word, known)}"
            )


def constants_of(spec: Any, key: str, at: Parsing) -> tuple[Constant, ...]:
    """Return the constants written beside a value."""
    if not isinstance(spec, dict):
        at.complain(key, 'must be paths and values, such as { CUR01 = "BY" }')
        return ()
    found = []
    for text, value in spec.items():
        if not isinstance(value, str):
            at.complain(f"{key}.{text}", "must be a text in quotes")
            continue
        paths = at.paths(text, f"{key}.{text}")
        found += [Constant(path, value) for path in paths]
    return tuple(found)


def text_list(name: str, key: str, value: Any, shape: Shape, at: Parsing) -> Rule | None:
    """Return the rule for a list of texts, or None after complaining."""
    if shape.kind != "text":
        at.complain(key, "is a list a map cannot fill")
        return None
    spec: Mapping[str, Any] = value if isinstance(value, dict) else {"path": value}
    if "each" not in spec:
        unknown_words(spec, TEXTS_WORDS, key, at)
        paths = at.paths(spec.get("path"), f"{key}.path" if isinstance(value, dict) else key)
        constants = constants_of(spec.get("with", {}), f"{key}.with", at)
        return TextsRule(name, key, shape, paths, constants, text_of(spec, "unless", key, at)) if paths else None
    unknown_words(spec, JOINED_WORDS, key, at)
    each = each_path(spec["each"], f"{key}.each", at)
    if each is None:
        return None
    inside = at.inside(each)
    paths = inside.paths(spec.get("path"), f"{key}.path")
    return (
        JoinedRule(name, key, shape, each, paths, constants_of(spec.get("with", {}), f"{key}.with", inside))
        if paths
        else None
    )


def each_path(value: object, key: str, at: Parsing) -> Path | None:
    """Return what repeats, or None after complaining."""
    if not isinstance(value, str):
        at.complain(key, 'must name a loop or segment in quotes, such as "PO1"')
        return None
    try:
        each = at.wire.parse_each(value)
    except PathError as error:
        at.complain(key, str(error))
        return None
    at.check([each], key)
    return each


def moment(name: str, key: str, value: Any, shape: Shape, at: Parsing) -> Rule | None:
    """Return the rule for a date with its time, or None after complaining."""
    spec: Mapping[str, Any] = value if isinstance(value, dict) else {"date": value}
    unknown_words(spec, MOMENT_WORDS, key, at)
    day = at.paths(spec.get("date"), f"{key}.date")
    functions = at.wire.functions
    clock = at.paths(spec["time"], f"{key}.time") if "time" in spec else ()
    return (
        MomentRule(name, key, shape, day[0], clock[0] if clock else None, functions["date"], functions["time"])
        if day
        else None
    )
