"""Python source while it is generated for a map: lines, the values they name, and the places on the wire they look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from translators.mapping.building import SLOT_SETTERS
from translators.mapping.lookups import mask_of
from translators.mapping.paths import Step, Test


class NotCompilable(Exception):  # noqa: N818  a decision, no error
    """A rule is beyond what is compiled: the map is read exactly."""


class Code:
    """The source of all functions of one map, and the names they use."""

    def __init__(self) -> None:
        self.functions: list[str] = []
        self.names: dict[str, Any] = dict(SLOT_SETTERS)
        self.lines: list[str] = []
        self._depth = 1
        self._count = 0

    def fresh(self, word: str) -> str:
        """Return a name not used yet."""
        self._count += 1
        return f"{word}{self._count}"

    def name(self, word: str, value: Any) -> str:
        """Return the name under which the source finds `value`."""
        for known, old in self.names.items():
            if old is value:
                return known
        name = self.fresh(f"{word}_")
        self.names[name] = value
        return name

    def add(self, *lines: str) -> None:
        """Add lines at the present depth."""
        self.lines += ["    " * self._depth + line for line in lines]

    @contextmanager
    def under(self, head: str) -> Iterator[None]:
        """Add `head`, and what is added meanwhile beneath it."""
        self.add(head)
        self._depth += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.add("pass")
        self._depth -= 1

    def function(self, head: str, write_body: Callable[[], None]) -> None:
        """Add a whole function."""
        outer, depth = self.lines, self._depth
        self.lines, self._depth = [], 1
        write_body()
        self.functions.append("\n".join([head, *self.lines, ""]))
        self.lines, self._depth = outer, depth

    def inserted(self, at: int, write: Callable[[], None]) -> None:
        """Put what `write` adds before line `at` of the present function."""
        later, self.lines = self.lines[at:], self.lines[:at]
        write()
        self.lines += later

    def run(self, origin: str) -> dict[str, Any]:
        """Return the functions, made of the source."""
        # Names, numbers and quoted words of the map are all there is in it: nothing of it comes from an interchange.
        exec(compile("\n".join(self.functions), f"<map {origin}>", "exec"), self.names)  # noqa: S102
        return self.names


def test_of(test: Test, segment: str) -> str:
    """Return the expression that holds when `segment` meets one condition."""
    value = f'({segment}[{test.element}].rstrip() if len({segment}) > {test.element} else "")'
    if len(test.values) == 1:
        return f"{value} {'!=' if test.is_negated else '=='} {test.values[0]!r}"
    return f"{value} {'not in' if test.is_negated else 'in'} {tuple(test.values)!r}"


def tests_of(step: Step, segment: str) -> str:
    """Return the expression that holds when `segment` meets the conditions of `step`; "" when it has none."""
    return " and ".join(test_of(test, segment) for test in step.tests)


class Selected:
    """A segment that single values are read from: the variable that holds it or None, and the bits used of it."""

    def __init__(self, variable: str, mask: str, step: Step, address: str, *, is_there: bool = False) -> None:
        self.variable = variable
        self.mask = mask
        self.step = step
        self.address = address
        self.is_there = is_there  # whether it can not be None


class Site:
    """A place on the wire within one function: the segment that opens it, what lies in it, and what is selected there."""

    def __init__(self, code: Code, id: str, head: str, here: str, depth_key: tuple[str, ...] = ()) -> None:
        self.code = code
        self.id = id
        self.here = here
        self.key = depth_key
        self.head = Selected(head, code.fresh("m"), Step(id), "", is_there=not depth_key) if head else None
        self.selected: dict[str, Selected] = {}
        self.inner: dict[str, tuple[Step, Site]] = {}
        self.texts: list[Step] = []  # what lists of texts take
        self.takes_lists = False

    def site(self, steps: tuple[Step, ...]) -> Site:
        """Return the place in the one loop that meets each of `steps`."""
        if not steps:
            return self
        step = steps[0]
        if step.text not in self.inner:
            code = self.code
            inner = Site(code, step.id, code.fresh("h"), code.fresh("g"), (*self.key, step.text))
            self.inner[step.text] = (step, inner)
        return self.inner[step.text][1].site(steps[1:])

    def select(self, step: Step) -> tuple[Selected, str]:
        """Return the first segment that meets `step`, and a condition still to be asked of it ("" for none)."""
        if self.head is not None and step.id == self.id:
            return self.head, tests_of(step, self.head.variable)
        if step.text not in self.selected:
            for other in (*(each.step for each in self.selected.values()), *self.texts):
                if not are_apart(other, step):
                    raise NotCompilable(f"{other.text} and {step.text} may be the same segment")
            self.selected[step.text] = Selected(self.code.fresh("s"), self.code.fresh("m"), step, step.text)
        return self.selected[step.text], ""

    def sites(self) -> Iterator[Site]:
        """Yield this place and those within it."""
        yield self
        for _step, inner in self.inner.values():
            yield from inner.sites()

    def write_selection(self) -> None:
        """Write the search for all that was selected."""
        code = self.code
        if self.head is not None:
            code.add(f"{self.head.mask} = 0")
        for one in self.selected.values():
            code.add(f"{one.variable} = None", f"{one.mask} = 0")
        for _step, inner in self.inner.values():
            if inner.head is not None:
                code.add(f"{inner.head.variable} = None", f"{inner.here} = NOTHING_HERE")
        if not self.selected and not self.inner:
            return
        with code.under(f"if {self.here}:"):
            for one in self.selected.values():
                self._write_search(one)
            for step, inner in self.inner.values():
                self._write_opening(step, inner)
        for _step, inner in self.inner.values():
            inner.write_selection()

    def _write_search(self, one: Selected) -> None:
        code = self.code
        with code.under(f"if (c := {self.here}.get({one.step.id!r})) is not None:"):
            tests = tests_of(one.step, "s")
            if not tests:
                code.add("s = c[0]", f"{one.variable} = s if s.__class__ is list else s.segments[0]")
                return
            with code.under("for s in c:"):
                with code.under("if s.__class__ is not list:"):
                    code.add("s = s.segments[0]")
                with code.under(f"if {tests}:"):
                    code.add(f"{one.variable} = s", "break")

    def _write_opening(self, step: Step, inner: Site) -> None:
        code = self.code
        if inner.head is None:
            raise NotCompilable(step.text)
        with (
            code.under(f"for x in {self.here}.get({step.id!r}, ()):"),
            code.under("if x.__class__ is not list:"),
        ):
            code.add("s = x.segments[0]")
            with code.under(f"if {tests_of(step, 's') or 'True'}:"):
                # The exact reader looks for each value in each of them.
                with code.under(f"if {inner.head.variable} is not None:"):
                    code.add("raise GiveUp")
                code.add(f"{inner.head.variable} = s", f"{inner.here} = what_lies_in(x)")

    def write_claims(self) -> None:
        """Write the claims of all that was selected and read; the function's own head is claimed by its list."""
        code = self.code
        for one in self.selected.values():
            with code.under(f"if {one.mask}:"):
                code.add(f"add_claim(claims, {one.variable}, {one.mask}, {one.address!r})")
        for step, inner in self.inner.values():
            if inner.head is None:
                continue
            head = inner.head
            found = [f"{one.variable} is not None" for each in inner.sites() for one in each.selected.values()]
            with code.under(f"if {head.variable} is not None and ({' or '.join([head.mask, *found])}):"):
                code.add(f"add_claim(claims, {head.variable}, {head.mask} | {mask_of(step)}, {step.text!r})")
                inner.write_claims()

    def write_claims_of_lists(self) -> None:
        """Write the claims of the loops that lists were looked for in, found or not."""
        for step, inner in self.inner.values():
            if inner.takes_lists and inner.head is not None:
                with self.code.under(f"if {inner.head.variable} is not None:"):
                    self.code.add(f"add_claim(claims, {inner.head.variable}, {mask_of(step)}, {step.text!r})")
            inner.write_claims_of_lists()


def are_apart(one: Step, other: Step) -> bool:
    """Return whether no segment can meet both steps."""
    if one.id != other.id:
        return True
    return any(
        a.element == b.element and not a.is_negated and not b.is_negated and not {*a.values} & {*b.values}
        for a in one.tests
        for b in other.tests
    )
