"""Compiles the rules for single values, texts and pairs into readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from translators.mapping.functions import join_datetime
from translators.mapping.lookups import all_hits, claim, claim_of_constants, element_of, finder, found_wrong, mask_of
from translators.mapping.paths import Path, Step
from translators.mapping.rules import (
    FixedRule,
    JoinedRule,
    MomentRule,
    NamedRule,
    PairsRule,
    QualifiedRule,
    TextsRule,
    ValueRule,
)
from translators.mapping.scopes import CLAIMED, Hit, ReadState, Scope

Values = dict[str, Any]
ReadRule = Callable[[Scope, Values, ReadState, str], None]


def _convert(rule: ValueRule) -> Callable[[str, Hit, int, ReadState, Values], Any]:
    """Return the conversion of a value's text, which reports what cannot be converted and answers None."""
    table, exact, kind, other = rule.table, rule.exact, rule.shape.kind, rule.other
    if table is not None:
        label = rule.name.replace("_", " ")

        def by_table(text: str, hit: Hit, element: int, state: ReadState, out: Values) -> Any:
            word = table.word(text) or other
            if not word:
                sentence = f"{text!r} is no {label} that table {table.name} knows; add it there or ask for another code"
                state.findings.append(found_wrong("MAP-CODE", sentence, hit, element, text))
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
    convert, is_money = rule.conversion.read, kind == "money"
    is_lossy, currency_element = rule.conversion.is_lossy, rule.currency_element

    def by_function(text: str, hit: Hit, element: int, state: ReadState, _out: Values) -> Any:
        try:
            value = convert(text)
        except ValueError as error:
            state.findings.append(found_wrong("MAP-VALUE", f"{text!r} {error}", hit, element, text))
            return None
        if is_lossy and rule.conversion.write(value, "") != text:
            state.kept_codes[id(hit[0]), element] = element
        if not is_money:
            return value
        currency = element_of(hit[0], currency_element) if currency_element else ""
        if currency:
            state.used[id(hit[0])] = state.used.get(id(hit[0]), 0) | 1 << currency_element
        return {"amount": value, "currency": currency or state.currency}

    return by_function


def _read_value(rule: ValueRule) -> ReadRule:
    choices = [
        (finder(p.loops, p.step), p.element, p.component, CLAIMED | 1 << p.element | mask_of(p.step), p.step.text)
        for p in rule.paths
    ]
    again = [(finder(p.loops, p.step), p.element, p.step) for p in rule.also]
    name, unless, default = rule.name, rule.unless, rule.default
    filler = rule.missing.text if rule.missing is not None else ""
    unsaid = {unless, filler}
    convert, claim_constants = _convert(rule), claim_of_constants(rule.constants)

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
            if rule.missing is not None and text in ("", filler):
                _claim_filler(rule, hit, mask, [find(scope, state) for find, _element, _step in again], state)
            if not text or text in unsaid:
                continue  # the value that is never written stays an extension, so that it is written again
            if not text.isascii():
                text = state.wire.text(text)
            value = convert(text, hit, element, state, out)
            key = id(segment)
            state.used[key] = state.used.get(key, 0) | mask
            state.address.setdefault(key, address)
            if claim_constants is not None:
                claim_constants(scope, state)
            for find_again, at_element, step in again:
                _claim_again(find_again(scope, state), at_element, step, rule.currency_element, text, state)
            if value is not None:
                out[name] = value
                state.positions[at + name] = f"{hit[1]}:{segment[0]}:{element}"
            return
        if default:
            out[name] = convert(default, _NOWHERE, 0, state, out)

    return read


def _claim_filler(rule: ValueRule, hit: Hit, mask: int, again: list[Hit | None], state: ReadState) -> None:
    """Mark what only fills a place, which is no value."""
    money_mask = 1 << rule.currency_element if rule.currency_element else 0
    claim(state, hit[0], mask | money_mask, rule.paths[0].step.text)
    for other, path in zip(again, rule.also, strict=True):
        _claim_again(
            other, path.element, path.step, rule.currency_element, element_of(hit[0], rule.paths[0].element), state
        )


def _claim_again(
    other: Hit | None, element: int, step: Step, currency_element: int, text: str, state: ReadState
) -> None:
    """Mark where a value stands again; another value there is kept beside ours, and takes its place again when written."""
    if other is not None:
        mask = 1 << currency_element if currency_element else 0
        same = 1 << element if element_of(other[0], element) == text else 0
        claim(state, other[0], mask | same, step.text)


_NOWHERE: Hit = ([""], 0, None)


def _read_texts(rule: TextsRule) -> ReadRule:
    # Elements of the same segment are read segment by segment: N201 N202, then the next N2.
    groups: dict[str, list[Path]] = {}
    for path in rule.paths:
        groups.setdefault("/".join([*(s.text for s in path.loops), path.step.text]), []).append(path)
    is_repeated = len(groups) == 1
    plans = [(all_hits(paths[0]), [p.element for p in paths], paths[0].step) for paths in groups.values()]
    name, unless, claim_constants = rule.name, rule.unless, claim_of_constants(rule.constants)

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        texts: list[str] = []
        for find, elements, step in plans:
            count = 0
            for hit in find(scope, state):
                used = state.used.get(id(hit[0]), 0)
                found = [(e, element_of(hit[0], e)) for e in elements if not used >> e & 1]
                found = [(e, text) for e, text in found if text and text != unless]
                count += bool(found)
                for element, text in found:
                    state.positions[f"{at}{name}/{len(texts)}"] = f"{hit[1]}:{hit[0][0]}:{element}"
                    texts.append(state.wire.text(text))
                    claim(
                        state,
                        hit[0],
                        1 << element | mask_of(step),
                        f"{step.text}[{count}]" if is_repeated else step.text,
                    )
        if texts:
            out[name] = texts
            if claim_constants is not None:
                claim_constants(scope, state)

    return read


def _read_joined(rule: JoinedRule) -> ReadRule:
    find_each, step = all_hits(rule.each), rule.each.step
    lines = [(all_hits(p), p.element, p.step) for p in rule.paths]
    name, mask, claim_constants = rule.name, mask_of(step), claim_of_constants(rule.constants)

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        texts: list[str] = []
        for hit in find_each(scope, state):
            if state.used.get(id(hit[0])):
                continue
            inner = state.scope(hit[2]) if hit[2] is not None else {step.id: [hit]}
            found: list[str] = []
            for find, element, line_step in lines:
                for line in find(inner, state):
                    text = element_of(line[0], element)
                    if text:
                        found.append(state.wire.text(text))
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
    find_clock = finder(clock.loops, clock.step) if clock is not None else None

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        hit = find(scope, state)
        text = element_of(hit[0], day.element) if hit else ""
        if hit is None or not text:
            return
        claim(state, hit[0], 1 << day.element | mask_of(day.step), day.step.text)
        at_clock = find_clock(scope, state) if find_clock is not None else None
        time_text = element_of(at_clock[0], clock.element) if clock is not None and at_clock is not None else ""
        try:
            date = rule.date_conversion.read(text)
        except ValueError as error:
            state.findings.append(found_wrong("MAP-VALUE", f"{text!r} {error}", hit, day.element, text))
            return
        time = None
        if time_text and clock is not None and at_clock is not None:
            try:
                time = rule.time_conversion.read(time_text)
                claim(state, at_clock[0], 1 << clock.element, clock.step.text)
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
                state.findings.append(found_wrong("MAP-CODE", sentence, hit, element, code))
                continue
            state.positions[f"{at}{name}/{len(pairs)}/{value_name}"] = f"{hit[1]}:{segment[0]}:{element + 1}"
            text = state.wire.text(value)  # its length in characters, not in bytes, chooses among codes
            if table is not None and table.code(word, text) != code:
                state.kept_codes[id(segment), element] = start + 2 * len(pairs)
            pairs.append({qualifier: word, value_name: text})
            mask |= 3 << element
        if mask:
            claim(state, segment, mask | mask_of(step), step.text)
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
            out[name] = state.wire.text(value)
            state.positions[at + name] = f"{hit[1]}:{segment[0]}:{element + 1}"
            mask |= 3 << element
        if mask:
            claim(state, segment, mask, step.text)

    return read


def _read_named(rule: NamedRule) -> ReadRule:
    name, qualifier, value_name = rule.name, rule.qualifier, rule.value
    places = [(word, finder(p.loops, p.step), p.element, p.step) for word, p in rule.places]

    def read(scope: Scope, out: Values, state: ReadState, at: str) -> None:
        found: list[dict[str, str]] = []
        for word, find, element, step in places:
            hit = find(scope, state)
            text = element_of(hit[0], element) if hit is not None else ""
            if hit is not None and text:
                state.positions[f"{at}{name}/{len(found)}/{value_name}"] = f"{hit[1]}:{hit[0][0]}:{element}"
                found.append({qualifier: word, value_name: state.wire.text(text)})
                claim(state, hit[0], 1 << element | mask_of(step), step.text)
        if found:
            out[name] = [*out.get(name, []), *found]

    return read


def _read_fixed(rule: FixedRule) -> ReadRule:
    name, value = rule.name, rule.value

    def read(_scope: Scope, out: Values, _state: ReadState, _at: str) -> None:
        if out:
            out[name] = value

    return read


VALUE_READERS: dict[type, Callable[[Any], ReadRule]] = {
    ValueRule: _read_value,
    FixedRule: _read_fixed,
    TextsRule: _read_texts,
    JoinedRule: _read_joined,
    MomentRule: _read_moment,
    PairsRule: _read_pairs,
    NamedRule: _read_named,
    QualifiedRule: _read_qualified,
}
