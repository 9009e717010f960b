"""Compiles the rules for single values, texts and pairs into writers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from translators.canonical.amounts import Money
from translators.mapping.missing import Filler, fill, value_or_missing
from translators.mapping.places import (
    Place,
    WriteState,
    put_value,
    set_element,
    usable,
    with_component,
)
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
from translators.mapping.structure import Node
from translators.mapping.tables import SameValue
from translators.mapping.writing_places import Placer, WriteRule, clean, placer, write_constants
from translators.mapping.writing_texts import write_joined, write_texts


def _text_writer(rule: ValueRule) -> Callable[[Any, Any, WriteState, str], str | None]:
    """Return the conversion of a value to its text, which reports what cannot be written and answers None."""
    table, exact, kind, label = rule.table, rule.exact, rule.shape.kind, rule.name.replace("_", " ")
    if table is not None:

        def by_table(value: Any, owner: Any, state: WriteState, at: str) -> str | None:
            word = str(value).lower() if kind == "flag" else str(value)
            if exact:
                code = str(getattr(owner, exact, ""))
                if code and table.word(code) == word:
                    return code
            found = table.code(word)
            if found is None:
                state.wrong("MAP-CODE", f"table {table.name} has no code for {label} {word!r}; add it there", at, word)
            return found

        return by_table
    if rule.function == "text" and kind in ("text", "choice"):
        return lambda value, owner, state, at: str(value)
    convert, is_money, has_currency = rule.conversion.write, kind == "money", bool(rule.currency_element)

    def by_function(value: Any, _owner: Any, state: WriteState, at: str) -> str | None:
        if is_money:
            if isinstance(value, Money) and not has_currency and value.currency != state.currency:
                state.wrong(
                    "MAP-CURRENCY", f"is in {value.currency}, the document in {state.currency}", at, value.amount
                )
            value = value.amount
        try:
            return convert(value, state.release)
        except (ValueError, TypeError) as error:
            state.wrong("MAP-VALUE", f"{value} {error}", at, value)
            return None

    return by_function


def _write_value(rule: ValueRule, node: Node | None) -> WriteRule:
    name, unless, table, since = rule.name, rule.unless, rule.table, rule.since
    copies = [(placer(p, node), p.element) for p in rule.also]
    money_at = rule.currency_element
    codes = table or (SameValue(rule.conversion) if rule.conversion.is_lossy else None)
    value_of = value_or_missing(name, rule.missing)
    to_text, constants = _text_writer(rule), write_constants(rule.constants, node)
    choices = [(placer(p, node), p.element, p.component) for p in usable(rule.paths, node)]
    fillable = [choices[0][:2], *copies]

    def write(owner: Any, place: Place, state: WriteState, at: str) -> None:
        value: Any = value_of(owner, at)
        if isinstance(value, Filler):
            fill([(find(place), element) for find, element in fillable], value, money_at, state)
            return
        text = to_text(value, owner, state, at + name) if _sendable(value, since, state, at + name) else ""
        if not text or text == unless:
            return
        text = clean(text, state, at + name)
        for find, element, component in choices:
            segment = find(place)
            if segment is None:
                continue
            found = segment[element] if len(segment) > element else ""
            written = with_component(found, component, text, state.component) if component else text
            if found not in ("", written) and not component:
                continue
            if codes is not None:
                state.tables[id(segment), element] = codes
            put_value(segment, element, written)
            _write_again(copies, place, written, state)
            if money_at:
                for same in (segment, *(again(place) for again, _at in copies)):
                    put_value(same, money_at, value.currency)
            if constants is not None:
                constants(place, state)
            return
        state.wrong(
            "MAP-NO-PLACE", f"has no free place on the wire ({', '.join(p.text for p in rule.paths)})", at + name, text
        )

    return write


def _write_again(copies: list[tuple[Placer, int]], place: Place, text: str, state: WriteState) -> None:
    for again, element in copies:
        copy = again(place)
        put_value(copy, element, text)
        state.constants.add((id(copy), element))


def _sendable(value: Any, since: str, state: WriteState, at: str) -> bool:
    """Return whether there is a value, and a place for it in this release; a missing place is told."""
    if value is None or value == "":
        return False
    if since and state.release[:6] < since:
        state.left_out(at, f"what only {since} and later can hold")
        return False
    return True


def _write_moment(rule: MomentRule, node: Node | None) -> WriteRule:
    find, day, clock, name = placer(rule.date, node), rule.date, rule.time, rule.name
    find_clock = placer(clock, node) if clock is not None else None

    def write(owner: Any, place: Place, state: WriteState, _at: str) -> None:
        moment = getattr(owner, name, None)
        segment = find(place) if moment is not None else None
        if moment is None or segment is None:
            return
        set_element(segment, day.element, rule.date_conversion.write(moment.date(), state.release))
        at_clock = find_clock(place) if find_clock is not None else None
        if clock is not None and at_clock is not None:
            set_element(at_clock, clock.element, rule.time_conversion.write(moment.time(), state.release))

    return write


def _write_pairs(rule: PairsRule, node: Node | None) -> WriteRule:
    find, start, name, table = placer(rule.start, node), rule.start.element, rule.name, rule.table
    qualifier, value_name, count = rule.qualifier, rule.value, rule.count

    def write(owner: Any, place: Place, state: WriteState, at: str) -> None:
        pairs = getattr(owner, name, ())
        if not pairs:
            return
        segment = find(place)
        if segment is None:
            return
        if len(pairs) > count:
            state.wrong("MAP-NO-PLACE", f"has {len(pairs)} entries; {rule.start.text} takes {count}", at + name)
        state.pairs[id(segment)] = (start, count)
        for index, pair in enumerate(pairs[:count]):
            word = getattr(pair, qualifier)
            code = table.code(word, getattr(pair, value_name)) if table is not None else word
            if code is None:
                sentence = f"table {table.name if table else ''} has no code for {word!r}; add it there"
                state.wrong("MAP-CODE", sentence, f"{at}{name}/{index}", word)
                continue
            set_element(segment, start + 2 * index, code)
            if table is not None:
                state.tables[id(segment), start + 2 * index] = table
            value = clean(str(getattr(pair, value_name)), state, f"{at}{name}/{index}")
            set_element(segment, start + 2 * index + 1, value)

    return write


def _write_qualified(rule: QualifiedRule, node: Node | None) -> WriteRule:
    find, start, count = placer(rule.start, node), rule.start.element, rule.count
    fields = [(name, code) for code, name in rule.fields.items()]

    def write(owner: Any, place: Place, state: WriteState, at: str) -> None:
        values = [(n, c, getattr(owner, n, "")) for n, c in fields if getattr(owner, n, "")]
        segment = find(place) if values else None
        if segment is None:
            return
        state.pairs[id(segment)] = (start, count)
        for index, (name, code, value) in enumerate(values):
            if index == count:
                state.wrong("MAP-NO-PLACE", f"{rule.start.text} takes {count} numbers", at + name, value)
                return
            set_element(segment, start + 2 * index, code)
            set_element(segment, start + 2 * index + 1, clean(str(value), state, at + name))

    return write


def _write_named(rule: NamedRule, node: Node | None) -> WriteRule:
    name, qualifier, value_name = rule.name, rule.qualifier, rule.value
    places = {word: (placer(path, node), path.element) for word, path in rule.places}

    def write(owner: Any, place: Place, state: WriteState, at: str) -> None:
        written: set[str] = set()
        for index, item in enumerate(getattr(owner, name, ())):
            word = getattr(item, qualifier)
            if word not in places or word in written:
                state.left_out(f"{at}{name}/{index}", f"{word} {getattr(item, value_name)}")
                continue
            written.add(word)
            find, element = places[word]
            segment = find(place)
            if segment is not None:
                set_element(segment, element, clean(str(getattr(item, value_name)), state, at + name))

    return write


def _write_fixed(rule: FixedRule, _node: Node | None) -> WriteRule:
    name, value = rule.name, rule.value

    def write(owner: Any, _place: Place, state: WriteState, at: str) -> None:
        found = getattr(owner, name, "")
        if found != value:
            state.wrong(
                "MAP-CODE", f"is {found!r}, but this place on the wire can only mean {value!r}", at + name, found
            )

    return write


VALUE_WRITERS: dict[type, Callable[[Any, Node | None], WriteRule]] = {
    ValueRule: _write_value,
    FixedRule: _write_fixed,
    TextsRule: write_texts,
    JoinedRule: write_joined,
    MomentRule: _write_moment,
    PairsRule: _write_pairs,
    NamedRule: _write_named,
    QualifiedRule: _write_qualified,
}
