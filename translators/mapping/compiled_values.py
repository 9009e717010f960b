"""Generates the source that reads single values and pairs. See `claims` for what it may leave to the exact reader."""

from __future__ import annotations

from typing import Any

from translators.canonical.amounts import Money
from translators.mapping.building import is_proven
from translators.mapping.claims import PairWords, texts_reader
from translators.mapping.compiled_code import Code, NotCompilable, Selected, Site, are_apart
from translators.mapping.functions import FUNCTIONS, join_datetime
from translators.mapping.lookups import mask_of
from translators.mapping.packs import factor_of
from translators.mapping.paths import Path
from translators.mapping.positions import Notes
from translators.mapping.rules import Constant, MomentRule, Packs, PairsRule, QualifiedRule, TextsRule, ValueRule
from translators.mapping.scopes import CLAIMED
from translators.mapping.tables import Table


class Target:
    """The object being read: the variables of its fields, and the variable that says whether anything was read.

    Args:
        notes: where the function's values stood.
        at: canonical path from the function's object to this one ("", "item/").
    """

    def __init__(self, code: Code, any_read: str, notes: Notes, at: str = "") -> None:
        self.code = code
        self.any_read = any_read
        self.notes = notes
        self.at = at
        self.fields: dict[str, str] = {}

    def field(self, name: str) -> str:
        """Return the variable of a field."""
        if name not in self.fields:
            self.fields[name] = self.code.fresh("v")
        return self.fields[name]

    def put(self, name: str, expression: str) -> None:
        """Write that a field was read."""
        self.code.add(f"{self.field(name)} = {expression}", f"{self.any_read} = True")

    def note(self, name: str, one: Selected, element: int) -> None:
        """Write the note of where a field was read."""
        self.code.add(self.notes.value(self.at + name, one.variable, one.step.id, element))


def condition(one: Selected, tests: str, element: int) -> str:
    """Return the expression that holds when the segment is there and has the element."""
    is_there = "" if one.is_there else f"{one.variable} is not None"
    return " and ".join(filter(None, [is_there, f"len({one.variable}) > {element}", tests]))


def write_value(rule: ValueRule, site: Site, target: Target) -> None:
    """Write the reading of a single value from the first of its places that has one."""
    code = site.code
    if rule.also or rule.currency_element or any(path.component for path in rule.paths):
        raise NotCompilable(rule.key)
    is_open = code.fresh("o") if len(rule.paths) > 1 or rule.default else ""
    if is_open:
        code.add(f"{is_open} = True")
    for path in rule.paths:
        one, tests = site.site(path.loops).select(path.step)
        head = condition(one, tests, path.element)
        with code.under(f"if {is_open} and {head}:" if is_open else f"if {head}:"):
            code.add(f"t = {one.variable}[{path.element}].rstrip()")
            with code.under(f"if t and t != {rule.unless!r}:" if rule.unless else "if t:"):
                if is_open:
                    code.add(f"{is_open} = False")
                _write_conversion(rule, path, one, target)
                target.note(rule.name, one, path.element)
                code.add(f"{one.mask} |= {CLAIMED | 1 << path.element | mask_of(path.step)}")
                write_constants(rule.constants, site)
    if rule.default:
        with code.under(f"if {is_open}:"):
            target.put(rule.name, code.name("default", _default(rule)))
            if (
                rule.table is not None
                and rule.exact
                and rule.table.code(rule.table.word(rule.default) or "") != rule.default
            ):
                target.put(rule.exact, repr(rule.default))


def _default(rule: ValueRule) -> Any:
    if rule.table is not None:
        word = rule.table.word(rule.default) or rule.other
        if not word:
            raise NotCompilable(rule.key)
        return word == "true" if rule.shape.kind == "flag" else word
    if rule.shape.kind == "money":
        raise NotCompilable(rule.key)
    return rule.conversion.read(rule.default)


def _write_conversion(rule: ValueRule, path: Path, one: Selected, target: Target) -> None:
    code, kind = target.code, rule.shape.kind
    if rule.table is not None:
        _write_word(rule, rule.table, path, one, target)
        return
    if rule.conversion.is_lossy or (rule.missing is not None and rule.missing.text):
        raise NotCompilable(rule.key)
    if kind == "choice":
        raise NotCompilable(rule.key)
    if rule.function == "text" and kind == "text":
        target.put(rule.name, "t if t.isascii() else text_of(t)")
        return
    convert = f"{code.name('convert', rule.conversion.read)}(t if t.isascii() else text_of(t))"
    if rule.conversion is FUNCTIONS["number"]:
        convert = f'Decimal(t) if t.replace(".", "", 1).isdecimal() else {convert}'
    if kind == "money":
        code.add(f"a = {convert}")
        write_instance(code, "o", Money, {"amount": "a", "currency": "state.currency"})
        target.put(rule.name, "o")
        return
    target.put(rule.name, convert)


def _write_word(rule: ValueRule, table: Table, path: Path, one: Selected, target: Target) -> None:
    """Write the look-up of a word; of a code that is not the one written for it, the code is kept."""
    code, choices = target.code, rule.shape.choices
    words = {c: table.word(c) or "" for c in table.read}
    for word in (*words.values(), *([rule.other] if rule.other else [])):
        if choices and word not in choices:
            raise NotCompilable(rule.key)
    if choices and table.prefix:
        raise NotCompilable(rule.key)
    plain = {c: w == "true" if rule.shape.kind == "flag" else w for c, w in words.items() if table.code(w) == c}
    code.add(f"w = {code.name('words', plain)}.get(t)")
    with code.under("if w is None:"):
        with code.under("if not t.isascii():"):
            code.add("t = text_of(t)")
        code.add(f"w = {code.name('word_of', table.word)}(t) or {rule.other!r}")
        with code.under("if not w:"):
            code.add("raise GiveUp")
        with code.under(f"if {code.name('code_of', table.code)}(w) != t:"):
            if rule.exact:
                target.put(rule.exact, "t")
            else:
                code.add(f"state.kept_codes[id({one.variable}), {path.element}] = {path.element}")
        if rule.shape.kind == "flag":
            code.add('w = w == "true"')
    target.put(rule.name, "w")


def write_constants(constants: tuple[Constant, ...], site: Site) -> None:
    """Write the claims of constants that came as the map writes them."""
    code = site.code
    for each in constants:
        path = each.path
        one, tests = site.site(path.loops).select(path.step)
        with code.under(f"if {' and '.join(filter(None, [f'{one.variable} is not None', tests]))}:"):
            code.add(f"{one.mask} |= {CLAIMED | mask_of(path.step)}")
            value = (
                f"len({one.variable}) > {path.element} and {one.variable}[{path.element}].rstrip() == {each.value!r}"
            )
            with code.under(f"if {value}:"):
                code.add(f"{one.mask} |= {1 << path.element}")


def write_instance(code: Code, variable: str, model: Any, fields: dict[str, str]) -> None:
    """Write the making of one instance of `model` from expressions for its fields."""
    name = code.name(model.__name__, model)
    infos = model.model_fields
    if not is_proven(model):
        given = ", ".join(f"{n!r}: {e}" for n, e in fields.items())
        code.add(f"{variable} = {name}.model_validate({{{given}}})")
        return
    values = ", ".join(
        f"{n!r}: {fields[n] if n in fields else code.name('default', infos[n].get_default(call_default_factory=True))}"
        for n in infos
    )
    given = code.name("given", {n for n in infos if n in fields})
    code.add(
        f"{variable} = new_model({name})",
        f"set_values({variable}, {{{values}}})",
        f"set_given({variable}, {given})",
        f"set_extra({variable}, None)",
        f"set_private({variable}, None)",
    )


def write_pairs(rule: PairsRule, site: Site, target: Target) -> None:
    """Write the reading of qualifier/value pairs."""
    code, start = target.code, rule.start.element
    one, tests = site.site(rule.start.loops).select(rule.start.step)
    if rule.shape.model is None:
        raise NotCompilable(rule.key)
    used = code.fresh("u")
    target.notes.pair_list(used, one.variable, one.step.id, target.at + rule.name, rule.value, start)
    with code.under(f"if {condition(one, tests, start)}:"):
        code.add("q = []", f"n = len({one.variable})")
        with code.under(
            f"for e in range({start}, {start + 2 * rule.count} if n > {start + 2 * rule.count} else n, 2):"
        ):
            code.add(f't = {one.variable}[e + 1].rstrip() if n > e + 1 else ""')
            with code.under("if not t:"):
                code.add(f"{used} |= 1 << e", "continue")  # a qualifier of nothing says nothing and is not kept
            code.add(f"w = {one.variable}[e].rstrip()")
            with code.under("if not t.isascii():"):
                code.add("t = text_of(t)")
            if rule.table is not None:
                code.add(f"w, p = {code.name('pair_words', PairWords(rule.table))}[w, len(t)]")
                with code.under("if not p:"):
                    code.add(f"state.kept_codes[id({one.variable}), e] = {start} + 2 * len(q)")
            write_instance(code, "o", rule.shape.model, {rule.qualifier: "w", rule.value: "t"})
            code.add("q.append(o)", f"{used} |= 3 << e")
        with code.under(f"if {used}:"):
            code.add(f"{one.mask} |= {used} | {CLAIMED | mask_of(rule.start.step)}")
        with code.under("if q:"):
            target.put(rule.name, "tuple(q)")


def write_packs(packs: Packs, site: Site, target: Target) -> None:
    """Write the counting of what packages hold. The factor is looked at, not used up."""
    code, factor = target.code, packs.factor
    if factor.loops or not {"value", "unit"} <= target.fields.keys():
        raise NotCompilable(factor.text)
    one, tests = site.select(factor.step)
    value, unit = target.fields["value"], target.fields["unit"]
    is_packed = f"{unit} == {packs.package!r} and {value} is not NOT_READ"
    with code.under(f"if {is_packed} and {condition(one, tests, factor.element)}:"):
        code.add(f"a = {code.name('factor_of', factor_of)}({one.variable}[{factor.element}].rstrip())")
        with code.under("if a:"):
            code.add(f"{value} = {value} * a", f"{unit} = {packs.unit!r}")


def write_qualified(rule: QualifiedRule, site: Site, target: Target) -> None:
    """Write the reading of pairs whose qualifiers are fields."""
    code, start = target.code, rule.start.element
    one, tests = site.site(rule.start.loops).select(rule.start.step)
    if set(rule.fields.values()) & target.fields.keys():
        raise NotCompilable(rule.key)
    places = code.fresh("p")
    target.notes.qualified_fields(places, one.variable, one.step.id, target.at)
    with code.under(f"if {condition(one, tests, start)}:"):
        code.add("q = {}", f"{places} = {{}}", "u = 0")
        last = start + 2 * rule.count
        with code.under(f"for e in range({start}, min({last}, len({one.variable}) - 1), 2):"):
            code.add(f"w = {code.name('fields', rule.fields)}.get({one.variable}[e].rstrip())")
            code.add(f"t = {one.variable}[e + 1].rstrip()")
            with code.under("if w is None or not t or w in q:"):
                code.add("continue")
            code.add("q[w] = t if t.isascii() else text_of(t)", "u |= 3 << e", f"{places}[w] = e + 1")
        with code.under("if q:"):
            code.add(f"{one.mask} |= u | {CLAIMED | mask_of(rule.start.step)}", f"{target.any_read} = True")
            for name in dict.fromkeys(rule.fields.values()):
                code.add(f'{target.field(name)} = q.get({name!r}, "")')


def write_moment(rule: MomentRule, site: Site, target: Target) -> None:
    """Write the reading of a date and its time."""
    code, day, clock = target.code, rule.date, rule.time
    one, tests = site.site(day.loops).select(day.step)
    with code.under(f"if {condition(one, tests, day.element)}:"):
        code.add(f"t = {one.variable}[{day.element}].rstrip()")
        with code.under("if t:"):
            code.add(f"{one.mask} |= {CLAIMED | 1 << day.element | mask_of(day.step)}")
            code.add(f"d = {code.name('convert', rule.date_conversion.read)}(t)", "k = None")
            if clock is not None:
                at, tests_at = site.site(clock.loops).select(clock.step)
                with code.under(f"if {condition(at, tests_at, clock.element)}:"):
                    code.add(f"t = {at.variable}[{clock.element}].rstrip()")
                    with code.under("if t:"):
                        code.add(f"k = {code.name('convert', rule.time_conversion.read)}(t)")
                        code.add(f"{at.mask} |= {CLAIMED | 1 << clock.element}")
            target.put(rule.name, f"{code.name('join_datetime', join_datetime)}(d, k)")
            target.note(rule.name, one, day.element)


def write_texts(rule: TextsRule, site: Site, target: Target) -> None:
    """Write the reading of all texts at some places."""
    if rule.unless:
        raise NotCompilable(rule.key)
    code = target.code
    groups: dict[str, list[Path]] = {}
    for path in rule.paths:
        groups.setdefault("/".join([*(s.text for s in path.loops), path.step.text]), []).append(path)
    code.add("l = []")
    places = code.fresh("p")
    target.notes.text_list(places, target.at + rule.name)
    for paths in groups.values():
        step, place = paths[0].step, site.site(paths[0].loops)
        if step.id == place.id or any(not are_apart(s.step, step) for s in place.selected.values()):
            raise NotCompilable(rule.key)
        elements = [p.element for p in paths]
        read = texts_reader(step, elements, is_repeated=len(groups) == 1, mask=mask_of(step))
        place.takes_lists = True
        place.texts.append(step)
        with code.under(f"if {step.id!r} in {place.here}:"):
            if len(groups) > 1:
                with code.under(f"if {places} is None:"):
                    code.add(f"{places} = []")
            else:
                code.add(f"{places} = []")
            code.add(f"{code.name('read_texts', read)}({place.here}[{step.id!r}], claims, l, {places})")
    with code.under("if l:"):
        target.put(rule.name, "tuple(l)")
        write_constants(rule.constants, site)
