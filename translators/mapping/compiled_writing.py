"""Generates one Python function for each block of a map, which writes what is as the map expects it.

Each value that is anything else (no code for a word, no free place, a separator in a text) is left, before anything of it is written,
to the closure of its rule in `writing`, which alone makes findings. Rules of kinds that are not generated are always left to theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from translators.canonical.amounts import Money
from translators.mapping.compiled_code import Code
from translators.mapping.functions import FUNCTIONS
from translators.mapping.paths import Path
from translators.mapping.rules import PairsRule, Rule, ValueRule
from translators.mapping.structure import Node
from translators.mapping.tables import SameValue, Table
from translators.mapping.writing_places import ConstantsWriter, WriteRule, placer

_CACHED = 10_000


@dataclass(slots=True)
class Part:
    """One rule of a block, as it is written: its closure, and the block within it when it is an object."""

    rule: Rule
    closure: WriteRule
    guard: str  # the field without which it writes nothing, "" when it may write all the same
    block: WrittenBlock | None = None


@dataclass(slots=True)
class WrittenBlock:
    """Everything that writes one block, in its order."""

    parts: list[Part]
    constants: ConstantsWriter | None
    checks: list[tuple[WriteRule, str]]
    node: Node | None


class _Codes(dict[str, str | None]):
    """The code of a word."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._code = table.code

    def __missing__(self, word: str) -> str | None:
        code = self._code(word)
        if len(self) < _CACHED:
            self[word] = code
        return code


class _PairCodes(dict[tuple[str, int], str | None]):
    """The code of a word that qualifies a value, by word and length of the value."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._code = table.code

    def __missing__(self, key: tuple[str, int]) -> str | None:
        word, length = key
        code = self._code(word, "0" * length)
        if len(self) < _CACHED:
            self[key] = code
        return code


def generated_writer(block: WrittenBlock, here: str, usable: Callable[[ValueRule], tuple[Path, ...]]) -> WriteRule:
    """Return the generated writer of a block.

    Args:
        block: its rules in the order in which they are written.
        here: id of the segment that opens the loop it is written in, "" for the document.
        usable: the paths of a value that the release has.
    """
    code = Code()
    code.names.update(Money=Money, Decimal=Decimal, SILENT=(str, tuple))

    def body() -> None:
        code.add("made = place.made")
        if here:
            code.add("head = place.loop.segments[0]")
        _Blocks(code, here, usable).write(block, "owner", "")

    code.function("def write_block(owner, place, state, at):", body)
    writer: WriteRule = code.run("writer")["write_block"]
    return writer


class _Blocks:
    """Writes the function of one block and of the objects in it."""

    def __init__(self, code: Code, here: str, usable: Callable[[ValueRule], tuple[Path, ...]]) -> None:
        self.code = code
        self.here = here
        self.usable = usable

    def write(self, block: WrittenBlock, owner: str, at: str) -> None:
        """Write all that writes the fields of the object in variable `owner`, whose path begins with `at`."""
        code, values = self.code, self.code.fresh("values")
        code.add(f"{values} = {owner}.__dict__")
        for part in block.parts:
            self._write_part(part, block, owner, values, at)
        for check, name in block.checks:
            with code.under(f"if {values}.get({name!r}):"):
                code.add(self._call(check, owner, at))
        if block.constants is not None:
            code.add(f"{code.name('constants', block.constants)}(place, state)")

    def _call(self, closure: WriteRule, owner: str, at: str) -> str:
        where = f"at + {at!r}" if at else "at"
        return f"{self.code.name('write', closure)}({owner}, place, state, {where})"

    def _write_part(self, part: Part, block: WrittenBlock, owner: str, values: str, at: str) -> None:
        code, rule, call = self.code, part.rule, self._call(part.closure, owner, at)
        if not part.guard:
            code.add(call)
            return
        value = code.fresh("v")
        code.add(f"{value} = {values}.get({part.guard!r})")
        # A number or a flag says something even when it is 0 or False.
        with code.under(f"if {value} or ({value} is not None and {value}.__class__ not in SILENT):"):
            if part.block is not None:
                self.write(part.block, value, f"{at}{part.guard}/")
            elif isinstance(rule, ValueRule) and self._is_plain(rule):
                self._write_value(rule, block, value, call)
            elif isinstance(rule, PairsRule):
                self._write_pairs(rule, block, value, call)
            else:
                code.add(call)

    def _is_plain(self, rule: ValueRule) -> bool:
        path = self.usable(rule)[0]
        is_beside = bool(rule.also or rule.currency_element or rule.missing is not None or rule.since or rule.exact)
        is_flag = rule.table is not None and rule.shape.kind == "flag"
        return not (is_beside or is_flag or path.component or path.step.id == "." or rule.constants)

    def _write_value(self, rule: ValueRule, block: WrittenBlock, value: str, call: str) -> None:
        code, path = self.code, self.usable(rule)[0]
        self._write_text(rule, value)
        with code.under("if t is None or not state.forbidden.isdisjoint(t):"):
            code.add(call)
        with code.under(f"elif t and t != {rule.unless!r}:" if rule.unless else "elif t:"):
            segment = self._segment(path, block)
            element = path.element
            codes = rule.table or (SameValue(rule.conversion) if rule.conversion.is_lossy else None)
            is_there = "True" if segment == "head" else f"{segment} is not None"
            code.add(f"n = len({segment}) if {is_there} else 0")
            with code.under(f"if n == {element}:"):
                code.add(f"{segment}.append(t)")
            with code.under(f"elif 0 < n < {element}:"):
                code.add(f'{segment} += [""] * ({element} - n)', f"{segment}.append(t)")
            with code.under(f'elif n and ({segment}[{element}] == "" or {segment}[{element}] == t):'):
                code.add(f"{segment}[{element}] = t")
            with code.under("else:"):
                code.add(call, "n = 0")
            if codes is not None:
                with code.under("if n:"):
                    code.add(f"state.tables[id({segment}), {element}] = {code.name('table', codes)}")

    def _write_text(self, rule: ValueRule, value: str) -> None:
        """Write the making of the text "t", None where the closure has to say why there is none."""
        code, kind = self.code, rule.shape.kind
        if rule.table is not None:
            codes = code.name("codes", _Codes(rule.table))
            code.add(f"t = {codes}[{value} if {value}.__class__ is str else str({value})]")
            return
        if rule.function == "text" and kind in ("text", "choice"):
            code.add(f"t = {value} if {value}.__class__ is str else str({value})")
            return
        if kind == "money":
            is_ours = f"{value}.__class__ is Money and {value}.currency == state.currency"
            code.add(f"a = {value}.amount if {is_ours} else None")
        else:
            code.add(f"a = {value}")
        is_number = rule.conversion is FUNCTIONS["number"]
        if is_number:
            with code.under("if a.__class__ is Decimal:"):
                code.add("t = str(a)")
                with code.under('if "E" in t or t[0] == "-":'):
                    code.add(f"t = {code.name('convert', rule.conversion.write)}(a, state.release)")
        with code.under("elif a is None:" if is_number else "if a is None:"):
            code.add("t = None")
        with code.under("else:"):
            with code.under("try:"):
                code.add(f"t = {code.name('convert', rule.conversion.write)}(a, state.release)")
            with code.under("except (ValueError, TypeError):"):
                code.add("t = None")

    def _segment(self, path: Path, block: WrittenBlock) -> str:
        """Write the search for the segment of `path`; return the variable that holds it, or None."""
        code, step = self.code, path.step
        is_here = not path.loops and step.id == self.here
        if is_here and not step.tests:
            return "head"
        find = code.name("find", placer(path, block.node))
        if path.loops or is_here:
            code.add(f"s = {find}(place)")
            return "s"
        code.add(f"s = made.get({step.text!r})")
        with code.under("if s.__class__ is not list:"):
            code.add(f"s = {find}(place)")
        return "s"

    def _write_pairs(self, rule: PairsRule, block: WrittenBlock, value: str, call: str) -> None:
        code, start = self.code, rule.start.element
        code.add("q = []")
        with code.under(f"for o in {value}:"):
            code.add(f"w, t = o.{rule.qualifier}, o.{rule.value}")
            if rule.table is not None:
                code.add(f"w = {code.name('pair_codes', _PairCodes(rule.table))}[w, len(t)]")
            code.add("q += w, t")
        segment = self._segment(rule.start, block) if rule.start.step.id != "." else "None"
        is_fit = f"{segment} is not None and len(q) <= {2 * rule.count} and None not in q"
        with code.under(f'if {is_fit} and state.forbidden.isdisjoint("".join(q[1::2])):'):
            code.add(f"state.pairs[id({segment})] = {(start, rule.count)!r}", f"n = len({segment})")
            with code.under(f"if n < {start}:"):
                code.add(f'{segment} += [""] * ({start} - n)')
            code.add(f"{segment}[{start}:{start} + len(q)] = q")
            if rule.table is not None:
                table = code.name("table", rule.table)
                with code.under(f"for e in range({start}, {start} + len(q), 2):"):
                    code.add(f"state.tables[id({segment}), e] = {table}")
        with code.under("else:"):
            code.add(call)
