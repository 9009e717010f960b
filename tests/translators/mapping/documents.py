"""Canonical documents that a map can carry, drawn from the map's own rules: whatever map is added is tested without more work."""

from __future__ import annotations

import string
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from translators.canonical import CANONICAL, HandlingUnit
from translators.canonical.document import BusinessDocument
from translators.flatfile import FixedColumn
from translators.mapping import Map
from translators.mapping.functions import check_digit
from translators.mapping.packages import by_package
from translators.mapping.paths import Path
from translators.mapping.reading import specificity
from translators.mapping.rules import (
    BOTH_WAYS,
    Block,
    FixedRule,
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
    ValueRule,
)
from translators.mapping.tables import Table
from translators.mapping.writing import is_wanted

# No separators, no control characters; some letters that are not ASCII, inside and outside Latin-1.
LETTERS = string.ascii_letters + string.digits + " .,-/&'()#éßñÄ漢"
TEXT = st.text(LETTERS, min_size=1, max_size=9).map(str.strip).filter(bool)
DATES = st.dates(date(1971, 1, 1), date(2069, 12, 31))
NUMBERS = st.decimals(Decimal("0.001"), Decimal(99999), places=3, allow_nan=False, allow_infinity=False)
CENTS = st.decimals(Decimal(-999), Decimal(99999), places=2, allow_nan=False, allow_infinity=False)
CURRENCIES = ("USD", "CAD", "EUR")

Draw = st.DrawFn
Words = set[str]


REPEATS: list[bool] = [True]  # whether the map's format can hold any number of texts


def by_repeats() -> bool:
    """Return whether the format of the map whose documents are drawn repeats what holds a text."""
    return REPEATS[0]


def _checked(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(string.digits, min_size=least, max_size=most).map(lambda digits: digits + check_digit(digits))


CHECKED = {"check-digit": _checked(7, 11), "gtin": _checked(11, 13), "gln": _checked(12, 12), "sscc": _checked(17, 17)}
COLUMNS: dict[str, FixedColumn] = {}  # of the fixed-width map whose documents are drawn


def _fits(path: Path) -> st.SearchStrategy[str]:
    """Return texts that the place at `path` can hold: in fixed columns neither wider nor beginning with what fills them."""
    column = COLUMNS.get(path.text)
    if column is None:
        return TEXT
    if column.fill == "0":
        return st.integers(1, 10**column.width - 1).map(str)
    return TEXT.map(lambda text: text.encode("latin-1", "ignore").decode("latin-1")[: column.width].strip()).filter(
        bool
    )


def _numbers(path: Path) -> st.SearchStrategy[Decimal]:
    column = COLUMNS.get(path.text)
    return NUMBERS if column is None else st.integers(0, 10 ** min(column.width, 6) - 1).map(Decimal)


RELEASE: list[str] = [""]  # in which the documents are to be written


def documents(by: Map, release: str = "") -> st.SearchStrategy[BusinessDocument]:
    """Return a strategy for documents in the normal form that `by` reads, of what `release` can hold."""
    RELEASE[0] = release or min(by.rules.releases, default="")
    layout = getattr(by.format, "layout", None)
    COLUMNS.clear()
    REPEATS[0] = by.format.wire.repeats
    for kind in layout.kinds if layout is not None else ():
        COLUMNS.update({f"{kind.name}.{column.name}": column for column in kind.fixed})

    @st.composite
    def draw_document(draw: Draw) -> BusinessDocument:
        has_currency = any(rule.name == "currency" for rule in by.rules.header.rules)
        currency = draw(st.sampled_from(CURRENCIES)) if has_currency else "USD"
        values = _object(draw, by.rules.header, currency, depth=0)
        if has_currency:
            values["currency"] = currency
        document = CANONICAL[by.document_type].model_validate(values)
        return by_package(document) if by.rules.units_by_line else document

    return draw_document()


def _object(
    draw: Draw, block: Block, currency: str, depth: int, rules: tuple[Rule, ...] | None = None
) -> dict[str, Any]:
    required = {n for n, i in block.model.model_fields.items() if i.is_required()}
    values: dict[str, Any] = {}
    # Of several sources of one list the reader takes those first that ask for a qualifier.
    for rule in sorted(block.rules if rules is None else rules, key=specificity):
        is_required = rule.name in required or (isinstance(rule, ValueRule) and _is_always_there(rule))
        if isinstance(rule, QualifiedRule):
            for name in rule.fields.values():
                if draw(st.booleans()):
                    values[name] = draw(TEXT)
            continue
        if rule.name == "currency" and depth == 0:
            continue
        if isinstance(rule, ValueRule | ListRule) and rule.way != BOTH_WAYS:
            if isinstance(rule, ValueRule) and rule.default:
                values[rule.name] = rule.default  # what reading puts there
            continue  # what goes one way cannot come back
        if isinstance(rule, ValueRule) and rule.since > RELEASE[0]:
            continue
        if not is_required and draw(st.integers(0, 3)) == 0 and not isinstance(rule, FixedRule):
            continue
        drawn = _drawn(draw, rule, block, currency, depth, is_required)
        if isinstance(drawn, list) and rule.name in values:
            drawn = [*values[rule.name], *drawn]
        if drawn not in (None, [], {}):
            values[rule.name] = drawn
    _exact_codes(draw, block, values)
    return values


def _is_always_there(rule: ValueRule) -> bool:
    """Return whether a document read has the value: assumed when it was not sent, or made up when it was written."""
    return bool(rule.default) or (rule.missing is not None and not rule.missing.text)


def _drawn(draw: Draw, rule: Rule, block: Block, currency: str, depth: int, is_required: bool) -> Any:
    if isinstance(rule, FixedRule):
        return rule.value
    if isinstance(rule, ValueRule):
        return _value(draw, rule, currency, _claimed(block, rule))
    if isinstance(rule, TextsRule | JoinedRule):
        most = 4 if by_repeats() or isinstance(rule, JoinedRule) else len(rule.paths)
        if isinstance(rule, TextsRule) and not _is_x12(rule) and len({p.step.text for p in rule.paths}) > 1:
            most = len(rule.paths)
        return draw(st.lists(TEXT, min_size=1, max_size=most))
    if isinstance(rule, MomentRule):
        clock = draw(st.times()) if rule.time else time()
        return datetime.combine(draw(DATES), clock.replace(microsecond=clock.microsecond // 10_000 * 10_000))
    if isinstance(rule, PairsRule):
        words = _words(rule.table, set()) if rule.table else TEXT
        pair = st.fixed_dictionaries({rule.qualifier: words, rule.value: TEXT})
        return draw(st.lists(pair, min_size=1, max_size=min(rule.count, 5)))
    if isinstance(rule, NamedRule):
        words_here = [word for word, _path in rule.places if draw(st.booleans())] or [rule.places[0][0]]
        places = dict(rule.places)
        return [{rule.qualifier: word, rule.value: draw(_fits(places[word]))} for word in words_here]
    if isinstance(rule, HereRule):
        one = _object(draw, rule.block, currency, depth + 1)
        said = {k for k in one if not any(isinstance(r, FixedRule) and r.name == k for r in rule.block.rules)}
        return [one] if said and _is_whole(rule.block, one) else []
    if isinstance(rule, ObjectRule):
        inner = _object(draw, rule.block, currency, depth + 1)
        if is_required and not inner:  # something must be said of it
            first = rule.block.rules[0]
            inner = {first.name: _drawn(draw, first, rule.block, currency, depth + 1, is_required=True)}
        return inner if is_required or _is_whole(rule.block, inner) else None
    return _items(draw, rule, block, currency, depth)


def _is_x12(rule: TextsRule) -> bool:
    return rule.paths[0].step.id.isupper()


def _items(draw: Draw, rule: ListRule, block: Block, currency: str, depth: int) -> list[dict[str, Any]]:
    if rule.nested:
        return []  # drawn by the outer list, one level deeper
    claimed = _claimed_words(block, rule)
    items = []
    # A line with one package is a package with one line: see translators.mapping.levels.
    is_of_line = rule.block.model is HandlingUnit and not any(r.name == "lines" for r in rule.block.rules)
    for _ in range(draw(st.integers(1 + is_of_line, 3))):
        item = _object(draw, rule.block, currency, depth + 1, _without(rule, claimed))
        for name, words in claimed.items():
            value_rule = next((r for r in rule.block.rules if r.name == name), None)
            if isinstance(value_rule, ValueRule):
                item[name] = _value(draw, value_rule, currency, words)
        if rule.unpack is not None:
            _fill_packed(draw, rule.block, rule.unpack.fields, item, currency, depth)
        nested = next((r.nested for r in rule.block.rules if isinstance(r, ListRule) and r.nested), "")
        if nested and depth < 3 and draw(st.integers(0, 2)) == 0:
            item[nested] = _items(draw, rule, block, currency, depth + 1)
        if is_of_line and not item.get("sscc"):
            continue  # a package of which nothing is said is none
        if _is_whole(rule.block, item) and _is_possible(rule, item):
            items.append(item)
    return [] if is_of_line and len(items) < 2 else items


def _fill_packed(
    draw: Draw, block: Block, fields: tuple[str, ...], item: dict[str, Any], currency: str, depth: int
) -> None:
    """Draw what several items of one segment have each for itself, and what the objects around it cannot do without."""
    for name in fields:
        target, inside = item, block
        *outer, last = name.split(".")
        for part in outer:
            target = target.setdefault(part, {})
            inner = next((r for r in inside.rules if isinstance(r, ObjectRule) and r.name == part), None)
            inside = inner.block if inner is not None else inside
            for each in inside.rules if inner is not None else ():
                if isinstance(each, FixedRule | ValueRule) and each.name not in target:
                    target[each.name] = _drawn(draw, each, inside, currency, depth, is_required=True)
        target[last] = draw(NUMBERS if last == "value" and outer[-1:] == ["quantity"] else TEXT)


def _without(rule: ListRule, claimed: dict[str, Words]) -> tuple[Rule, ...]:
    return tuple(r for r in rule.block.rules if r.name not in claimed)


def _is_whole(block: Block, item: dict[str, Any]) -> bool:
    """Return whether everything the model requires is there, all through."""
    try:
        block.model.model_validate(item)
    except ValueError:
        return False
    return bool(item)


def _is_possible(rule: ListRule, item: dict[str, Any]) -> bool:
    return is_wanted(rule.block.model.model_validate(item), rule.when)


def _value(draw: Draw, rule: ValueRule, currency: str, claimed: Words) -> Any:
    kind = rule.shape.kind
    if rule.table is not None:
        word = draw(_words(rule.table, claimed))
        return word == "true" if kind == "flag" else word
    if rule.function.startswith("implied"):
        amount: Any = draw(CENTS if not COLUMNS else CENTS.map(abs))
    elif kind in ("number", "money"):
        amount = draw(_numbers(rule.paths[0]))
    elif kind == "whole":
        amount = draw(st.integers(0, 9999))
    elif kind == "date":
        amount = draw(DATES)
    else:
        amount = draw(CHECKED[rule.function] if rule.function in CHECKED else _fits(rule.paths[0]))
    return {"amount": amount, "currency": currency} if kind == "money" else amount


def _words(table: Table, claimed: Words) -> st.SearchStrategy[str]:
    words = sorted(set(table.read.values()) - claimed)
    known: st.SearchStrategy[str] = st.sampled_from(words)
    if not table.prefix:
        return known
    own = st.text(string.ascii_uppercase, min_size=2, max_size=2).filter(lambda c: c not in table.read)
    return known | own.map(lambda code: table.prefix + code)


def _tests(path: Path, segment: str) -> Words:
    """Return the values that `path` claims of `segment`'s elements."""
    if path.step.id != segment:
        return set()
    return {f"{t.element:02d}={v}" for t in path.step.tests for v in t.values}


def _claimed_words(block: Block, rule: ListRule) -> dict[str, Words]:
    """Return the words that more specific rules beside a list take from it: a REF*BM is no general reference."""
    taken: dict[str, Words] = {}
    claims: Words = set()
    for other in block.rules:
        if isinstance(other, ValueRule | TextsRule):
            for path in other.paths:
                if [s.text for s in path.loops] == [s.text for s in rule.each.loops]:
                    claims |= _tests(path, rule.each.step.id)
    for inner in rule.block.rules:
        if isinstance(inner, ValueRule) and inner.table is not None:
            element = f"{inner.paths[0].element:02d}="
            words = {inner.table.word(c.removeprefix(element)) for c in claims if c.startswith(element)}
            if words:
                taken[inner.name] = {w for w in words if w}
    return taken


def _claimed(_block: Block, _rule: ValueRule) -> Words:
    return set()


def _exact_codes(draw: Draw, block: Block, values: dict[str, Any]) -> None:
    """Where several codes mean one word, sometimes say which it was."""
    for rule in block.rules:
        if isinstance(rule, ValueRule) and rule.exact and rule.table is not None and rule.name in values:
            others = [c for c, w in rule.table.read.items() if w == values[rule.name] and rule.table.code(w) != c]
            if others and draw(st.booleans()):
                values[rule.exact] = draw(st.sampled_from(others))
