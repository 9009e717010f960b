"""Compiles the rules of a map into a reader: a tree of closures that fills plain values for the canonical model.

Every value read marks its element as used; what is left at the end goes to `extensions`, so nothing received is dropped. A list
takes the segments that no more specific rule has claimed, so specific rules are compiled first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from translators.findings import Finding, Position, Severity
from translators.mapping.extensions import in_order, leftovers
from translators.mapping.functions import FUNCTIONS, join_datetime
from translators.mapping.paths import Path, Step, Test
from translators.mapping.rules import (
    Block,
    Constant,
    FixedRule,
    JoinedRule,
    ListRule,
    MomentRule,
    ObjectRule,
    PairsRule,
    QualifiedRule,
    Rule,
    TextsRule,
    ValueRule,
)
from translators.mapping.scopes import CLAIMED, Hit, ReadState, Scope
from translators.x12.model import Loop, Segment, text_of

Values = dict[str, Any]


ReadRule = Callable[[Scope, Values, ReadState, str], None]
Finder = Callable[[Scope, ReadState], Hit | None]


def _holds(test: Test) -> Callable[[Segment], bool]:
    element, values, negated = test.element, frozenset(test.values), test.is_negated

    def holds(segment: Segment) -> bool:
        return ((segment[element].rstrip() if len(segment) > element else "") in values) is not negated

    return holds


def _matcher(step: Step) -> Callable[[Segment], bool] | None:
    tests = [_holds(t) for t in step.tests]
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda segment: all(test(segment) for test in tests)


def _mask(step: Step) -> int:
    return sum(1 << t.element for t in step.tests)


def _hits(scope: Scope, step_id: str, matches: Callable[[Segment], bool] | None) -> list[Hit]:
    hits = scope.get(step_id, [])
    return hits if matches is None else [hit for hit in hits if matches(hit[0])]


def finder(loops: tuple[Step, ...], step: Step) -> Finder:
    """Return a function that finds the first segment (or loop) at a path."""
    if loops:
        outer, inner = loops[0], finder(loops[1:], step)
        outer_id, outer_matches, outer_mask, address = outer.id, _matcher(outer), _mask(outer), outer.text

        def find_inside(scope: Scope, state: ReadState) -> Hit | None:
            for hit in scope.get(outer_id, ()):
                loop = hit[2]
                if loop is None or (outer_matches is not None and not outer_matches(hit[0])):
                    continue
                found = inner(state.scope(loop), state)
                if found is not None:
                    head = id(hit[0])
                    state.used[head] = state.used.get(head, 0) | outer_mask
                    state.address.setdefault(head, address)
                    return found
            return None

        return find_inside
    step_id, matches = step.id, _matcher(step)
    if matches is None:

        def find_first(scope: Scope, _state: ReadState) -> Hit | None:
            hits = scope.get(step_id)
            return hits[0] if hits else None

        return find_first

    def find(scope: Scope, _state: ReadState) -> Hit | None:
        for hit in scope.get(step_id, ()):
            if matches(hit[0]):
                return hit
        return None

    return find


def _all_hits(path: Path) -> Callable[[Scope, ReadState], list[Hit]]:
    """Return a function that finds every segment or loop at a path."""
    step_id, matches = path.step.id, _matcher(path.step)
    if not path.loops:
        return lambda scope, _state: _hits(scope, step_id, matches)
    outer = path.loops[0]
    outer_id, outer_matches, outer_mask, address = outer.id, _matcher(outer), _mask(outer), outer.text
    inner = _all_hits(Path(path.loops[1:], path.step))

    def find_inside(scope: Scope, state: ReadState) -> list[Hit]:
        found: list[Hit] = []
        for head, _number, loop in _hits(scope, outer_id, outer_matches):
            if loop is not None:
                state.used[id(head)] = state.used.get(id(head), 0) | outer_mask
                state.address.setdefault(id(head), address)
                found += inner(state.scope(loop), state)
        return found

    return find_inside


def claim(state: ReadState, segment: Segment, mask: int, address: str) -> None:
    key = id(segment)
    state.used[key] = state.used.get(key, 0) | mask | CLAIMED
    state.address.setdefault(key, address)


def _element(segment: Segment, element: int) -> str:
    return segment[element].rstrip() if len(segment) > element else ""


def _found_wrong(code: str, sentence: str, hit: Hit, element: int, value: str) -> Finding:
    position = Position(
        segment_number=hit[1], segment_id=hit[0][0], loop=hit[2].name if hit[2] else "", element=element
    )
    return Finding(code, f"{position}: {sentence}", Severity.ERROR, position=position, value=value)


def _claim_constants(constants: tuple[Constant, ...]) -> Callable[[Scope, ReadState], None] | None:
    """Return a function that marks the constants which were received as the map writes them."""
    if not constants:
        return None
    expected = [(finder(c.path.loops, c.path.step), c.path.element, c.value, c.path.step) for c in constants]

    def claim_received(scope: Scope, state: ReadState) -> None:
        for find, element, value, step in expected:
            hit = find(scope, state)
            if hit is not None and _element(hit[0], element) == value:
                claim(state, hit[0], 1 << element | _mask(step), step.text)

    return claim_received


def _convert(rule: ValueRule) -> Callable[[str, Hit, int, ReadState, Values], Any]:
    """Return the conversion of a value's text, which reports what cannot be converted and answers None."""
    table, exact, kind, other = rule.table, rule.exact, rule.shape.kind, rule.other
    if table is not None:
        label = rule.name.replace("_", " ")

        def by_table(text: str, hit: Hit, element: int, state: ReadState, out: Values) -> Any:
            word = table.word(text) or other
            if not word:
                sentence = f"{text!r} is no {label} that table {table.name} knows; add it there or ask for another code"
                state.findings.append(_found_wrong("MAP-CODE", sentence, hit, element, text))
                return None
            if table.code(word) != text:
                if exact:
                    out[exact] = text
                else:  # several codes for one word: the one received is kept beside it
                    state.kept_codes[id(hit[0]), element] = element
            return word == "true" if kind == "flag" else word

        return by_table
    if rule.function == "text" and kind in ("text", "choice"):
        return lambda text, hit, element, state, out: text
    convert, is_money = FUNCTIONS[rule.function].read, kind == "money"

    def by_function(text: str, hit: Hit, element: int, state: ReadState, out: Values) -> Any:
        try:
            value = convert(text)
        except ValueError as error:
            state.findings.append(_found_wrong("MAP-VALUE", f"{text!r} {error}", hit, element, text))
            return None
        return {"amount": value, "currency": state.currency} if is_money else value

    return by_function


def _read_value(rule: ValueRule) -> ReadRule:
    choices = [
        (finder(p.loops, p.step), p.element, p.component, CLAIMED | 1 << p.element | _mask(p.step), p.step.text)
        for p in rule.paths
    ]
    name, unless, default = rule.name, rule.unless, rule.default
    convert, claim_constants = _convert(rule), _claim_constants(rule.constants)

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        for find, element, component, mask, address in choices:
            hit = find(scope, state)
            if hit is None:
                continue
            segment = hit[0]
            text = segment[element].rstrip() if len(segment) > element else ""
            if component and text:
                parts = text.split(state.component)
                text = parts[component - 1] if len(parts) >= component else ""
            if not text or text == unless:
                continue  # the value that is never written stays an extension, so that it is written again
            if not text.isascii():
                text = text_of(text)
            value = convert(text, hit, element, state, out)
            key = id(segment)
            state.used[key] = state.used.get(key, 0) | mask
            state.address.setdefault(key, address)
            if claim_constants is not None:
                claim_constants(scope, state)
            if value is not None:
                out[name] = value
                state.positions[at + name] = f"{hit[1]}:{segment[0]}:{element}"
            return
        if default:
            out[name] = convert(default, _NOWHERE, 0, state, out)

    return read


_NOWHERE: Hit = ([""], 0, None)


def _read_texts(rule: TextsRule) -> ReadRule:
    # Elements of the same segment are read segment by segment: N201 N202, then the next N2.
    groups: dict[str, list[Path]] = {}
    for path in rule.paths:
        groups.setdefault("/".join([*(s.text for s in path.loops), path.step.text]), []).append(path)
    plans = [(_all_hits(paths[0]), [p.element for p in paths], paths[0].step) for paths in groups.values()]
    name, claim_constants = rule.name, _claim_constants(rule.constants)

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        texts: list[str] = []
        for find, elements, step in plans:
            count = 0
            for hit in find(scope, state):
                if (
                    state.used.get(id(hit[0]), 0)
                    and hit[2] is None
                    and len(elements) == 1
                    and _is_used(state, hit, elements)
                ):
                    continue
                count += 1
                for element in elements:
                    text = _element(hit[0], element)
                    if text:
                        state.positions[f"{at}{name}/{len(texts)}"] = f"{hit[1]}:{hit[0][0]}:{element}"
                        texts.append(text_of(text))
                        claim(state, hit[0], 1 << element | _mask(step), f"{step.text}[{count}]")
        if texts:
            out[name] = texts
            if claim_constants is not None:
                claim_constants(scope, state)

    return read


def _is_used(state: ReadState, hit: Hit, elements: list[int]) -> bool:
    return bool(state.used.get(id(hit[0]), 0) & sum(1 << e for e in elements))


def _read_joined(rule: JoinedRule) -> ReadRule:
    find_each, step = _all_hits(rule.each), rule.each.step
    lines = [(_all_hits(p), p.element, p.step) for p in rule.paths]
    name, mask, claim_constants = rule.name, _mask(step), _claim_constants(rule.constants)

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        texts: list[str] = []
        for hit in find_each(scope, state):
            if state.used.get(id(hit[0])):
                continue
            inner = state.scope(hit[2]) if hit[2] is not None else {step.id: [hit]}
            found: list[str] = []
            for find, element, line_step in lines:
                for line in find(inner, state):
                    text = _element(line[0], element)
                    if text:
                        found.append(text_of(text))
                        claim(state, line[0], 1 << element, f"{line_step.text}[{len(found)}]")
                        state.positions.setdefault(f"{at}{name}/{len(texts)}", f"{line[1]}:{line[0][0]}:{element}")
            if found:
                texts.append("\n".join(found))
                state.used[id(hit[0])] = state.used.get(id(hit[0]), 0) | mask | CLAIMED
                state.address[id(hit[0])] = f"{step.text}[{len(texts)}]"
                if claim_constants is not None:
                    claim_constants(inner, state)
        if texts:
            out[name] = texts

    return read


def _read_moment(rule: MomentRule) -> ReadRule:
    day, clock, name = rule.date, rule.time, rule.name
    find = finder(day.loops, day.step)

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        hit = find(scope, state)
        text = _element(hit[0], day.element) if hit else ""
        if hit is None or not text:
            return
        claim(state, hit[0], 1 << day.element | _mask(day.step), day.step.text)
        time_text = _element(hit[0], clock.element) if clock is not None else ""
        try:
            date = FUNCTIONS["date"].read(text)
        except ValueError as error:
            state.findings.append(_found_wrong("MAP-VALUE", f"{text!r} {error}", hit, day.element, text))
            return
        time = None
        if time_text and clock is not None:
            try:
                time = FUNCTIONS["time"].read(time_text)
                claim(state, hit[0], 1 << clock.element, day.step.text)
            except ValueError:
                time = None  # the day is what counts; a time nobody can read stays an extension
        out[name] = join_datetime(date, time)  # type: ignore[arg-type]
        state.positions[at + name] = f"{hit[1]}:{hit[0][0]}:{day.element}"

    return read


def _read_pairs(rule: PairsRule) -> ReadRule:
    start, count, name = rule.start.element, rule.count, rule.name
    find, step, table = finder(rule.start.loops, rule.start.step), rule.start.step, rule.table
    qualifier, value_name = rule.qualifier, rule.value

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        hit = find(scope, state)
        if hit is None:
            return
        segment, mask = hit[0], 0
        pairs: list[dict[str, str]] = []
        for element in range(start, min(start + 2 * count, len(segment)), 2):
            code = segment[element].rstrip()
            value = segment[element + 1].rstrip() if len(segment) > element + 1 else ""
            if not value:
                mask |= 1 << element  # a qualifier of nothing says nothing and is not kept
                continue
            word = table.word(code) if table is not None else code
            if word is None:
                sentence = f"{code!r} is no qualifier that table {table.name if table else ''} knows; add it there"
                state.findings.append(_found_wrong("MAP-CODE", sentence, hit, element, code))
                continue
            state.positions[f"{at}{name}/{len(pairs)}/{value_name}"] = f"{hit[1]}:{segment[0]}:{element + 1}"
            if table is not None and table.code(word, value) != code:
                state.kept_codes[id(segment), element] = start + 2 * len(pairs)
            pairs.append({qualifier: word, value_name: text_of(value)})
            mask |= 3 << element
        if mask:
            claim(state, segment, mask | _mask(step), step.text)
        if pairs:
            out[name] = pairs

    return read


def _read_qualified(rule: QualifiedRule) -> ReadRule:
    start, count, fields = rule.start.element, rule.count, rule.fields
    find, step = finder(rule.start.loops, rule.start.step), rule.start.step

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        hit = find(scope, state)
        if hit is None:
            return
        segment, mask = hit[0], 0
        for element in range(start, min(start + 2 * count, len(segment) - 1), 2):
            name = fields.get(segment[element].rstrip())
            value = segment[element + 1].rstrip()
            if name is None or not value or name in out:
                continue
            out[name] = text_of(value)
            state.positions[at + name] = f"{hit[1]}:{segment[0]}:{element + 1}"
            mask |= 3 << element
        if mask:
            claim(state, segment, mask, step.text)

    return read


def _peek(rule: Rule) -> Callable[[Scope, ReadState], bool] | None:
    """Return a function that says whether a required value is there, before anything of its object is claimed."""
    if isinstance(rule, ValueRule) and not rule.default:
        finders = [(finder(p.loops, p.step), p.element) for p in rule.paths]

        def is_there(scope: Scope, state: ReadState) -> bool:
            for find, element in finders:
                hit = find(scope, state)
                if hit is not None and _element(hit[0], element):
                    return True
            return False

        return is_there
    return None


def _read_object(rule: ObjectRule) -> ReadRule:
    read_block, name = compile_block(rule.block), rule.name
    required = {n for n, info in rule.block.model.model_fields.items() if info.is_required()}
    # An optional object is read only when what it cannot do without is there; the rest stays an extension.
    peeks = [p for p in (_peek(r) for r in rule.block.rules if r.name in required) if p is not None]
    if rule.shape.is_required:
        peeks = []

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        for peek in peeks:
            if not peek(scope, state):
                return
        inside: Values = {}
        read_block(scope, inside, state, f"{at}{name}/")
        if inside:
            out[name] = inside

    return read


def _read_list(rule: ListRule, enclosing: list[Callable[[], ReadRule]]) -> ReadRule:
    if rule.nested:
        outer = enclosing[-1]  # asked for at use: the enclosing list is still being compiled

        def read_nested(scope: Scope, out: Values, state: ReadState, at: str) -> None:
            outer()(scope, out, state, at)

        return read_nested
    find, step, name = _all_hits(rule.each), rule.each.step, rule.name
    mask = _mask(step)
    own: list[ReadRule] = []
    read_block = compile_block(rule.block, [*enclosing, lambda: own[0]])
    claim_constants = _claim_constants(rule.block.constants)
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
                kept = in_order(leftovers(loop, state))
                if kept:
                    item["extensions"] = kept
                state.done.add(id(loop))
                state.done.add(id(segment))
            items.append(item)
        if items:
            out[name] = items

    own.append(read)
    return read


def _read_packed(
    inner: Scope, hit: Hit, items: list[Values], state: ReadState, at: str, read_block: ReadRule, unpack: Any
) -> int:
    """Read the items packed into one segment; what lies before them is common to all."""
    segment, start, width = hit[0], unpack.start.element, len(unpack.fields)
    made = 0
    for first in range(start, min(start + unpack.count * width, len(segment)), width):
        values = [_element(segment, first + n) for n in range(width)]
        if not all(values):
            continue
        item: Values = {}
        read_block(inner, item, state, f"{at}{len(items)}/")
        for name, text in zip(unpack.fields, values, strict=True):
            put(item, name, text_of(text))
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


def _read_fixed(rule: FixedRule) -> ReadRule:
    name, value = rule.name, rule.value

    def read(_scope: Scope, out: Values, _state: ReadState, _at: str) -> None:
        if out:
            out[name] = value

    return read


_COMPILE: dict[type, Callable[[Any], ReadRule]] = {
    ValueRule: _read_value,
    FixedRule: _read_fixed,
    TextsRule: _read_texts,
    JoinedRule: _read_joined,
    MomentRule: _read_moment,
    PairsRule: _read_pairs,
    QualifiedRule: _read_qualified,
    ObjectRule: _read_object,
}


def _specificity(rule: Rule) -> int:
    """Return when a rule is read: single values, then lists of conditioned segments, then lists that take the rest."""
    if rule.name == "currency":
        return -1  # every amount takes the document's currency
    if isinstance(rule, ListRule | JoinedRule):
        return 2 if not rule.each.step.tests else 1
    if isinstance(rule, FixedRule):
        return 3
    return 1 if isinstance(rule, TextsRule) else 0


def compile_block(block: Block, enclosing: list[Callable[[], ReadRule]] | None = None) -> ReadRule:
    """Return the reader of all rules of `block`."""
    ordered = sorted(block.rules, key=_specificity)
    readers = [
        _read_list(rule, enclosing or []) if isinstance(rule, ListRule) else _COMPILE[type(rule)](rule)
        for rule in ordered
    ]

    if ordered and ordered[0].name == "currency":
        readers.insert(1, _take_currency)

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        for reader in readers:
            reader(scope, out, state, at)

    return read


def _take_currency(_scope: Scope, out: Values, state: ReadState, _at: str) -> None:
    state.currency = out.get("currency", state.currency)
