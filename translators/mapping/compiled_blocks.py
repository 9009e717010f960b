"""Generates one Python function for each list of a map, and one for the document, which read what is as the map expects it.

The order is the exact reader's: single values, then lists of conditioned segments, then lists that take the rest. `Map.source` is
what comes out. A rule of a kind that is not generated is read by the exact reader's closure within the generated function.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from translators.mapping import claims as runtime
from translators.mapping.compiled_code import Code, NotCompilable, Site, tests_of
from translators.mapping.compiled_values import (
    Target,
    condition,
    write_constants,
    write_instance,
    write_moment,
    write_packs,
    write_pairs,
    write_qualified,
    write_texts,
    write_value,
)
from translators.mapping.lookups import mask_of
from translators.mapping.positions import Notes
from translators.mapping.reading import compile_rule, is_read, specificity, triggers
from translators.mapping.rules import (
    Block,
    FixedRule,
    ListRule,
    MomentRule,
    ObjectRule,
    PairsRule,
    QualifiedRule,
    Rule,
    TextsRule,
    ValueRule,
)
from translators.mapping.scopes import CLAIMED
from translators.x12.model import text_of

WRITERS: dict[type, Callable[[Any, Site, Target], None]] = {
    ValueRule: write_value,
    PairsRule: write_pairs,
    QualifiedRule: write_qualified,
    MomentRule: write_moment,
    TextsRule: write_texts,
}
RUNTIME = {
    "Decimal": Decimal,
    "text_of": text_of,
    "GiveUp": runtime.GiveUp,
    "NOT_READ": runtime.NOT_READ,
    "NOTHING_HERE": runtime.NOTHING_HERE,
    "add_claim": runtime.add_claim,
    "what_lies_in": runtime.what_lies_in,
}


def in_reading_order(block: Block) -> list[Rule]:
    """Return the rules of `block` that read, in the order in which they do."""
    return sorted((rule for rule in block.rules if is_read(rule)), key=specificity)


class Blocks:
    """Writes the functions of one map."""

    def __init__(self, code: Code, hierarchy: str) -> None:
        self.code = code
        self.hierarchy = hierarchy
        self._names: dict[int, str] = {}

    def write_root(self, block: Block, head: str) -> None:
        """Write the function that returns the fields of the document."""
        code = self.code

        def body() -> None:
            site = Site(code, "", "", "g")
            target = Target(code, "any_read", Notes())
            code.add("g = what_lies_in(loop)")
            self._write_block(block, site, target, enclosing="")
            write_constants(block.constants, site)
            site.write_claims()
            self._write_record(target, "at")
            for name in target.fields:
                with code.under(f"if {target.fields[name]} is not NOT_READ:"):
                    code.add(f"fields[{name!r}] = {target.fields[name]}")

        code.function(head, body)

    def _write_block(self, block: Block, site: Site, target: Target, enclosing: str) -> None:
        """Write the reading of all rules of `block`, up to its fields' variables."""
        code = self.code
        start = len(code.lines)
        ordered = in_reading_order(block)
        for rule in (r for r in ordered if specificity(r) <= 0):
            self._write_rule(rule, block, site, target, enclosing)
            if rule.name == "currency":
                with code.under(f"if {target.field('currency')} is not NOT_READ:"):
                    code.add(f"state.currency = {target.field('currency')}")
        site.write_claims()
        selected = len(list(_selections(site)))
        for rule in (r for r in ordered if 0 < specificity(r) < FIXED):
            self._write_rule(rule, block, site, target, enclosing)
        site.write_claims_of_lists()
        if len(list(_selections(site))) != selected:
            raise NotCompilable("a list looks at a segment of its own")
        for rule in ordered:
            if isinstance(rule, FixedRule):
                with code.under(f"if {target.any_read}:"):
                    code.add(f"{target.field(rule.name)} = {rule.value!r}")

        def write_start() -> None:
            code.add(f"{target.any_read} = False", *target.notes.starts())
            for variable in target.fields.values():
                code.add(f"{variable} = NOT_READ")
            site.write_selection()

        code.inserted(start, write_start)

    def _write_rule(self, rule: Rule, block: Block, site: Site, target: Target, enclosing: str) -> None:
        if isinstance(rule, ObjectRule):
            self._write_object(rule, site, target)
        elif isinstance(rule, ListRule) and rule.unpack is None:
            self._write_list(rule, site, target, enclosing)
        elif type(rule) in WRITERS:
            WRITERS[type(rule)](rule, site, target)
        elif not isinstance(rule, FixedRule):
            self._write_exact(rule, block, site, target)

    def _write_exact(self, rule: Rule, block: Block, site: Site, target: Target) -> None:
        """Write a call of the exact reader for one rule that lies right here."""
        code, ids, is_list = self.code, triggers(rule), isinstance(rule, ListRule)
        if ids is None or site.key or specificity(rule) <= 0 or (rule.name in target.fields and not is_list):
            raise NotCompilable(rule.key)
        annotation: Any = block.model.model_fields[rule.name].annotation
        validate = TypeAdapter(annotation).validate_python
        read = runtime.exactly(compile_rule(rule), rule.name, validate)
        with code.under(f"if {' or '.join(f'{i!r} in g' for i in sorted(ids))}:"):
            field = target.field(rule.name)
            before = f"() if {field} is NOT_READ else {field}"
            code.add(f"x = {code.name('read_exactly', read)}(loop, claims, state, at, {before})")
            with code.under("if x is not None:"):
                target.put(rule.name, "x")

    def _write_object(self, rule: ObjectRule, site: Site, target: Target) -> None:
        code = self.code
        if any(isinstance(r, ListRule) for r in rule.block.rules):
            raise NotCompilable(rule.key)
        inner = Target(code, code.fresh("any"), target.notes, f"{target.at}{rule.name}/")
        required = {n for n, info in rule.block.model.model_fields.items() if info.is_required()}
        peeks = [
            self._peek(r, site)
            for r in in_reading_order(rule.block)
            if isinstance(r, ValueRule) and r.name in required and not r.default and not rule.shape.is_required
        ]
        code.add(f"{inner.any_read} = False")
        with code.under(f"if {' and '.join(peeks) or 'True'}:"):
            start = len(code.lines)
            for each in in_reading_order(rule.block):
                if isinstance(each, FixedRule):
                    with code.under(f"if {inner.any_read}:"):
                        code.add(f"{inner.field(each.name)} = {each.value!r}")
                else:
                    self._write_rule(each, rule.block, site, inner, enclosing="")
            code.inserted(start, lambda: code.add(*(f"{v} = NOT_READ" for v in inner.fields.values())))
            if rule.packs is not None:
                write_packs(rule.packs, site, inner)
            with code.under(f"if {inner.any_read}:"):
                self._write_made(rule.block, inner, "o")
                target.put(rule.name, "o")
                write_constants(rule.block.constants, site)

    def _peek(self, rule: ValueRule, site: Site) -> str:
        found = []
        for path in rule.paths:
            one, tests = site.site(path.loops).select(path.step)
            found.append(f"({condition(one, tests, path.element)} and {one.variable}[{path.element}].rstrip())")
        return f"({' or '.join(found)})"

    def _write_made(self, block: Block, target: Target, variable: str) -> None:
        """Write the making of an object from its fields' variables."""
        code, infos = self.code, block.model.model_fields
        for name, field in target.fields.items():
            with code.under(f"if {field} is NOT_READ:"):
                if infos[name].is_required():
                    code.add("raise GiveUp")
                else:
                    default = code.name("default", infos[name].get_default(call_default_factory=True))
                    code.add(f"{field} = {default}")
        if any(info.is_required() and name not in target.fields for name, info in infos.items()):
            raise NotCompilable(block.model.__name__)
        write_instance(code, variable, block.model, target.fields)

    def _write_list(self, rule: ListRule, site: Site, target: Target, enclosing: str) -> None:
        code = self.code
        read = enclosing if rule.nested else self._item(rule)
        if not read:
            raise NotCompilable(rule.key)
        place, step = site.site(rule.each.loops), rule.each.step
        place.takes_lists = True
        if site.key:
            raise NotCompilable(rule.key)
        with code.under(f"if {step.id!r} in {place.here}:"):
            field = target.field(rule.name)
            code.add("l = []", "n = 1", f"k = 0 if {field} is NOT_READ else len({field})")
            with code.under(f"for x in {place.here}[{step.id!r}]:"):
                with code.under("if x.__class__ is list:"):
                    code.add("s, x = x, None")
                with code.under("else:"):
                    code.add("s = x.segments[0]")
                tests = tests_of(step, "s")
                if tests:
                    with code.under(f"if not ({tests}):"):
                        code.add("continue")
                with code.under(f"if id(s) in claims and claims[id(s)][0] & {~mask_of(step)}:"):
                    code.add("continue")
                code.add(f'o = {read}(s, x, state, claims, n, f"{{at}}{rule.name}/{{k}}/")')
                with code.under("if o is not None:"):
                    code.add("n += 1", "k += 1", "l.append(o)")
            with code.under("if l:"):
                code.add(f"{field} = tuple(l) if {field} is NOT_READ else (*{field}, *l)", f"{target.any_read} = True")

    def _item(self, rule: ListRule) -> str:
        """Return the function that reads one object of a list, written now when it is not yet."""
        if id(rule) in self._names:
            return self._names[id(rule)]
        code = self.code
        name = self._names[id(rule)] = code.fresh(f"read_{rule.name}_")
        step, block = rule.each.step, rule.block
        keeps = "extensions" in block.model.model_fields

        def body() -> None:
            site = Site(code, step.id, "head", "g")
            target = Target(code, "any_read", Notes())
            code.add("g = what_lies_in(loop) if loop is not None else NOTHING_HERE")
            if keeps:
                code.add("claims = {}", "kept_codes, state.kept_codes = state.kept_codes, {}")
            self._write_block(block, site, target, enclosing=name)
            with code.under("if not any_read:"):
                if keeps:
                    code.add("state.kept_codes = kept_codes")
                code.add("return None")
            self._write_end(rule, site, target, keeps=keeps)

        code.function(f"def {name}(head, loop, state, claims, number, at):", body)
        return name

    def _write_end(self, rule: ListRule, site: Site, target: Target, *, keeps: bool) -> None:
        code, step, block = self.code, rule.each.step, rule.block
        if site.head is None:
            raise NotCompilable(rule.key)
        start = len(list(_selections(site)))
        write_constants(block.constants, site)
        if len(list(_selections(site))) != start:
            raise NotCompilable(rule.key)
        mask = mask_of(step) | CLAIMED | (0b11110 if step.id == self.hierarchy else 0)
        address = repr(step.id) if keeps else f'f"{_braced(step.text)}[{{number}}]"'
        code.add(f"claims[id(head)] = {site.head.mask} | {mask}, {address}, head")
        if keeps:
            extensions = target.field("extensions")
            with code.under("if loop is not None:"):
                code.add(f"{extensions} = state.rest(loop, claims)", "state.done.add(id(loop))")
            with code.under("else:"):
                code.add(f"{extensions} = state.rest_here(head, claims)")
            code.add("state.done.add(id(head))", "state.kept_codes = kept_codes")
        self._write_made(block, target, "o")
        self._write_record(target, "at")
        code.add("return o")

    def _write_record(self, target: Target, at: str) -> None:
        name = self.code.name("notes", target.notes)
        self.code.add(f"state.records.append({target.notes.record(name, at)})")


FIXED = 3


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}").replace('"', '\\"')


def _selections(site: Site) -> list[Any]:
    return [each for one in site.sites() for each in one.selected.values()] + list(site.sites())


def compile_root(block: Block, hierarchy: str, origin: str) -> tuple[Any, str] | None:
    """Return the function (loop, state, claims, fields, at) that reads a document, and its source; None where the exact one has to."""
    code = Code()
    code.names.update(RUNTIME)
    try:
        Blocks(code, hierarchy).write_root(block, "def read_document(loop, state, claims, fields, at):")
    except NotCompilable:
        return None
    return code.run(origin)["read_document"], "\n".join(code.functions)
