"""Compiles the rules of a map into a reader: a tree of closures that fills plain values for the canonical model.

Every value read marks its element as used; what is left at the end goes to `extensions`, so nothing received is dropped. A list
takes the segments that no more specific rule has claimed, so specific rules are compiled first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from translators.mapping.extensions import in_order, leftovers
from translators.mapping.lookups import all_hits, claim, claim_of_constants, element_of, finder, mask_of
from translators.mapping.packs import unpacked
from translators.mapping.paths import Path
from translators.mapping.reading_values import VALUE_READERS, ReadRule, Values
from translators.mapping.rules import (
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
from translators.mapping.scopes import CLAIMED, Hit, ReadState, Scope
from translators.x12.model import Loop


def _peek(rule: Rule) -> Callable[[Scope, ReadState], bool] | None:
    """Return a function that says whether a required value is there, before anything of its object is claimed."""
    if isinstance(rule, ValueRule) and not rule.default:
        finders = [(finder(p.loops, p.step), p.element) for p in rule.paths]

        def is_there(scope: Scope, state: ReadState) -> bool:
            for find, element in finders:
                hit = find(scope, state)
                if hit is not None and element_of(hit[0], element):
                    return True
            return False

        return is_there
    return None


def _read_object(rule: ObjectRule) -> ReadRule:
    read_block, name = compile_block(rule.block), rule.name
    claim_constants = claim_of_constants(rule.block.constants)
    required = {n for n, info in rule.block.model.model_fields.items() if info.is_required()}
    # An optional object is read only when what it cannot do without is there; the rest stays an extension.
    peeks = [p for p in (_peek(r) for r in rule.block.rules if r.name in required) if p is not None]
    if rule.shape.is_required:
        peeks = []
    unpack = unpacked(rule.packs) if rule.packs is not None else None

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        for peek in peeks:
            if not peek(scope, state):
                return
        inside: Values = {}
        read_block(scope, inside, state, f"{at}{name}/")
        if inside:
            if unpack is not None:
                unpack(scope, inside, state)
            out[name] = inside
            if claim_constants is not None:
                claim_constants(scope, state)

    return read


def _read_here(rule: HereRule) -> ReadRule:
    read_block, name = compile_block(rule.block), rule.name
    claim_constants = claim_of_constants(rule.block.constants)
    required = {n for n, info in rule.block.model.model_fields.items() if info.is_required()}
    peeks = [p for p in (_peek(r) for r in rule.block.rules if r.name in required) if p is not None]
    # What is fixed or assumed does not make an object: something must have been received.
    assumed = {r.name for r in rule.block.rules if isinstance(r, FixedRule) or (isinstance(r, ValueRule) and r.default)}

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        if not all(peek(scope, state) for peek in peeks):
            return
        item: Values = {}
        items = out.get(name, [])
        here = f"{at}{name}/{len(items)}/"
        read_block(scope, item, state, here)
        if any(n not in assumed or here + n in state.positions for n in item):
            out[name] = [*items, item]
            if claim_constants is not None:
                claim_constants(scope, state)

    return read


def _read_list(rule: ListRule, enclosing: list[Callable[[], ReadRule]]) -> ReadRule:
    if rule.nested:
        outer = enclosing[-1]  # asked for at use: the enclosing list is still being compiled

        def read_nested(scope: Scope, out: Values, state: ReadState, at: str) -> None:
            outer()(scope, out, state, at)

        return read_nested
    find, step, name = all_hits(rule.each), rule.each.step, rule.name
    mask = mask_of(step)
    own: list[ReadRule] = []
    read_block = compile_block(rule.block, [*enclosing, lambda: own[0]])
    claim_constants = claim_of_constants(rule.block.constants)
    keeps_extensions = "extensions" in rule.block.model.model_fields
    unpack = rule.unpack

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        items: list[Values] = out.get(name, [])
        count = 0
        for hit in find(scope, state):
            segment = hit[0]
            if state.used.get(id(segment), 0) & ~mask:
                continue
            inner = state.scope(hit[2]) if hit[2] is not None else {segment[0]: [hit]}
            loop = hit[2] if hit[2] is not None else Loop(segment[0], [segment], [hit[1]])
            if unpack is not None:
                count += _read_packed(inner, hit, items, state, f"{at}{name}/", read_block, unpack)
                continue
            item: Values = {}
            read_block(inner, item, state, f"{at}{name}/{len(items)}/")
            if not item:
                continue
            count += 1
            state.used[id(segment)] = state.used.get(id(segment), 0) | mask | CLAIMED
            state.address[id(segment)] = f"{step.text}[{count}]"
            if claim_constants is not None:
                claim_constants(inner, state)
            if keeps_extensions:
                _keep_leftovers(item, loop, state)
            items.append(item)
        if items:
            out[name] = items

    own.append(read)
    return read


def _keep_leftovers(item: Values, loop: Loop, state: ReadState) -> None:
    kept = in_order(leftovers(loop, state), state.wire)
    if kept:
        item["extensions"] = kept
    state.done.add(id(loop))
    state.done.add(id(loop.segments[0]))


def _read_packed(
    inner: Scope, hit: Hit, items: list[Values], state: ReadState, at: str, read_block: ReadRule, unpack: Any
) -> int:
    """Read the items packed into one segment; what lies before them is common to all."""
    segment, start, width = hit[0], unpack.start.element, len(unpack.fields)
    made = 0
    for first in range(start, min(start + unpack.count * width, len(segment)), width):
        values = [element_of(segment, first + n) for n in range(width)]
        if not all(values):
            continue
        item: Values = {}
        read_block(inner, item, state, f"{at}{len(items)}/")
        for name, text in zip(unpack.fields, values, strict=True):
            put(item, name, state.wire.text(text))
            state.positions[f"{at}{len(items)}/{name.replace('.', '/')}"] = f"{hit[1]}:{segment[0]}:{first}"
        claim(state, segment, ((1 << width) - 1) << first, f"{segment[0]}[{len(items) + 1}]")
        items.append(item)
        made += 1
    return made


def put(values: Values, name: str, value: object) -> None:
    """Put `value` at a dotted name ("ship_to.identifier.value")."""
    *outer, last = name.split(".")
    for part in outer:
        values = values.setdefault(part, {})
    values[last] = value


def is_read(rule: Rule) -> bool:
    """Return whether `rule` reads: all do that do not only write."""
    return not (isinstance(rule, ValueRule | ListRule) and rule.way.write_only)


def specificity(rule: Rule) -> int:
    """Return when a rule is read: single values, then lists of conditioned segments, then lists that take the rest."""
    if rule.name == "currency":
        return -1  # every amount takes the document's currency
    if isinstance(rule, ListRule | JoinedRule):
        return 2 if not rule.each.step.tests else 1
    if isinstance(rule, FixedRule):
        return 3
    return 1 if isinstance(rule, TextsRule) else 0


def compile_rule(rule: Rule, enclosing: list[Callable[[], ReadRule]] | None = None) -> ReadRule:
    """Return the reader of one rule."""
    enclosing = enclosing or []
    if isinstance(rule, ListRule):
        return _read_list(rule, enclosing)
    if isinstance(rule, HereRule):
        return _read_here(rule)
    return _read_object(rule) if isinstance(rule, ObjectRule) else VALUE_READERS[type(rule)](rule)


def compile_block(block: Block, enclosing: list[Callable[[], ReadRule]] | None = None) -> ReadRule:
    """Return the reader of all rules of `block`."""
    ordered = sorted((rule for rule in block.rules if is_read(rule)), key=specificity)
    readers = [compile_rule(rule, enclosing) for rule in ordered]

    needed = [triggers(rule) for rule in ordered]
    if ordered and ordered[0].name == "currency":
        readers.insert(1, _take_currency)
        needed.insert(1, None)

    # Most rules of most lines are about segments that are not there: one look tells, without calling them.
    planned = list(zip(readers, needed, strict=True))

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        for reader, ids in planned:
            if ids is None or not ids.isdisjoint(scope):
                reader(scope, out, state, at)

    return read


def triggers(rule: Rule) -> frozenset[str] | None:
    """Return the segments and loops without which `rule` reads nothing; None where it may read something without any."""
    if isinstance(rule, ObjectRule | HereRule):
        inner = [triggers(each) for each in rule.block.rules if not isinstance(each, FixedRule)]
        found = [ids for ids in inner if ids is not None]
        return frozenset().union(*found) if len(found) == len(inner) else None
    if isinstance(rule, FixedRule) or (isinstance(rule, ListRule) and rule.nested):
        return None
    if isinstance(rule, ValueRule) and rule.default:
        return None
    return frozenset((*path.loops, path.step)[0].id for path in _paths(rule))


def _paths(rule: Rule) -> tuple[Path, ...]:
    match rule:
        case ValueRule() | TextsRule():
            return rule.paths
        case JoinedRule() | ListRule():
            return (rule.each,)
        case MomentRule():
            return (rule.date,)
        case NamedRule():
            return tuple(path for _word, path in rule.places)
        case PairsRule() | QualifiedRule():
            return (rule.start,)
        case _:
            raise AssertionError(rule)


def _take_currency(_scope: Scope, out: Values, state: ReadState, _at: str) -> None:
    state.currency = out.get("currency", state.currency)
