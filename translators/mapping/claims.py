"""What a compiled reader has used of the wire, and what it does about the rest.

A compiled reader reads what is as the map expects it, which is nearly everything. Where anything is wrong or ambiguous it gives up,
and the exact reader (`reading`), which alone makes findings, reads the document again.

Claims are kept for each object that carries extensions: id of a segment -> (bits of its elements used, its step in the map's words,
the segment).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from translators.canonical.source import Extension
from translators.mapping.building import new_model, set_extra, set_given, set_private, set_values
from translators.mapping.extensions import escape, leftovers, number_sorted
from translators.mapping.lookups import matcher
from translators.mapping.paths import Step
from translators.mapping.positions import IN_WORDS, Record
from translators.mapping.scopes import CLAIMED, ReadState
from translators.mapping.tables import Table
from translators.mapping.wires import Wire
from translators.x12.model import Loop, Segment, text_of

Claims = dict[int, tuple[int, str, Segment | None]]
Here = dict[str, list[Any]]  # id -> the segments (lists) and loops (Loop) of that id, in wire order
NOTHING_HERE: Here = {}
NOT_READ: Any = object()  # stands for a field nothing was read for and that has no default
_LENGTH_BITS = 10


def place_in_order(kept: tuple[str, str]) -> str:
    """Return what extensions are sorted by, from path and value."""
    return number_sorted(kept[0])


class GiveUp(Exception):  # noqa: N818  no error: the exact reader takes over
    """Something is not as the compiled reader expects it."""


class FastState:
    """What one compiled reading keeps besides the document."""

    __slots__ = ("component", "currency", "done", "hierarchy", "kept_codes", "records", "wire")

    def __init__(self, component: str, wire: Wire, hierarchy: str) -> None:
        self.component = component
        self.wire = wire
        self.hierarchy = hierarchy
        self.currency = "USD"
        self.kept_codes: dict[tuple[int, int], int] = {}
        self.done: set[int] = set()
        self.records: list[Record] = []

    def exact(self, claims: Claims) -> ReadState:
        """Return the state of an exact reading that has come as far."""
        state = ReadState(self.component, self.wire, hierarchy=self.hierarchy)
        state.currency = self.currency
        state.kept_codes = self.kept_codes
        state.done = self.done
        for key, (mask, address, _segment) in claims.items():
            state.used[key] = mask
            state.address[key] = address
        return state

    def rest(self, loop: Loop, claims: Claims) -> tuple[Extension, ...]:
        """Return what `leftovers` does, quickly where everything is used: then codes alone may have to be kept."""
        if not self._is_used(loop, claims):
            return self.leftovers(loop, claims)
        if not self.kept_codes:
            return ()
        kept = []
        head = id(loop.segments[0])
        for (key, element), place in self.kept_codes.items():
            _mask, address, segment = claims[key]
            if segment is None:
                return self.leftovers(loop, claims)
            where = segment[0] if key == head else address
            kept.append((f"{where}{place:02d}", self.wire.text(segment[element].rstrip())))
        if len(kept) > 1:
            kept.sort(key=place_in_order)
        return tuple([extension(path, value) for path, value in kept])

    def _is_used(self, loop: Loop, claims: Claims) -> bool:
        """Return whether everything in `loop` is used; in doubt, no."""
        count = len(loop.segments)
        for inner in loop.loops:
            if id(inner) not in self.done:
                if inner.loops:
                    return False
                count += len(inner.segments)
        if count != len(claims):
            return False
        for mask, _address, segment in claims.values():
            if segment is None:
                return False
            for element in unused(mask, segment):
                if segment[element]:
                    return False
        return True

    def leftovers(self, loop: Loop, claims: Claims, skip: frozenset[str] = frozenset()) -> tuple[Extension, ...]:
        """Return what nothing used in `loop`, as extensions: the same as `extensions.leftovers`, which does the rarer part."""
        kept: list[tuple[str, str]] = []
        more: dict[str, int] = {}
        done, head = self.done, loop.segments[0] if loop.name else None
        for segment in loop.segments:
            claim = claims.get(id(segment))
            if claim is not None:
                self._keep_elements(segment, claim[0], segment[0] if segment is head else claim[1], kept)
            elif segment[0] not in skip and id(segment) not in done and any(e.strip() for e in segment[1:]):
                count = more[segment[0]] = more.get(segment[0], 0) + 1
                kept.append((f"{segment[0]}[+{count}]", escape(segment, self.wire.text)))
        for inner in loop.loops:
            if id(inner) in done:
                continue
            claim = claims.get(id(inner.segments[0]))
            if claim is not None and len(inner.segments) == 1 and not inner.loops:
                self._keep_elements(inner.segments[0], claim[0], claim[1], kept)
                continue
            if claim is None:
                more[inner.name] = more.get(inner.name, 0) + 1
            step = f"{inner.name}[+{more[inner.name]}]" if claim is None else claim[1]
            if claim is None and self._keep_unknown(inner, step, claims, kept):
                continue
            kept += [(e["path"], e["value"]) for e in leftovers(inner, self.exact(claims), f"{step}/")]
        if len(kept) > 1:
            kept.sort(key=place_in_order)
        return tuple([extension(path, value) for path, value in kept])

    def _keep_unknown(self, loop: Loop, step: str, claims: Claims, kept: list[tuple[str, str]]) -> bool:
        """Keep all of a loop that no rule knows; return whether it is that plain, with nothing used in it and no loop."""
        if loop.loops or any(id(s) in claims or id(s) in self.done for s in loop.segments):
            return False
        more: dict[str, int] = {}
        for segment in loop.segments:
            if any(e.strip() for e in segment[1:]):
                count = more[segment[0]] = more.get(segment[0], 0) + 1
                kept.append((f"{step}/{segment[0]}[+{count}]", escape(segment, self.wire.text)))
        return True

    def _keep_elements(self, segment: Segment, mask: int, where: str, kept: list[tuple[str, str]]) -> None:
        kept += [
            (f"{where}{element:02d}", self.wire.text(segment[element].rstrip()))
            for element in unused(mask, segment)
            if segment[element].strip()
        ]
        if self.kept_codes:
            for (key, element), place in self.kept_codes.items():
                # What is not used at all was kept above.
                if key == id(segment) and mask >> element & 1:
                    kept.append((f"{where}{place:02d}", self.wire.text(segment[element].rstrip())))

    def rest_here(self, segment: Segment, claims: Claims) -> tuple[Extension, ...]:
        """Return what nothing used of one segment, as extensions."""
        return self.rest(Loop(segment[0], [segment], [0]), claims)


class _Unused(dict[int, tuple[int, ...]]):
    """The elements that a mask of used ones leaves, by mask and number of elements."""

    def __missing__(self, key: int) -> tuple[int, ...]:
        mask, length = key >> _LENGTH_BITS, key & ((1 << _LENGTH_BITS) - 1)
        found = tuple(e for e in range(1, length) if not mask >> e & 1)
        if len(self) < 10_000:  # a hostile file may have segments of any length
            self[key] = found
        return found


_UNUSED = _Unused()


def unused(mask: int, segment: Segment) -> tuple[int, ...]:
    """Return the elements of `segment` that are not in `mask`."""
    length = len(segment)
    if length >> _LENGTH_BITS:
        raise GiveUp
    return _UNUSED[mask << _LENGTH_BITS | length]


def extension(path: str, value: str) -> Extension:
    """Return an extension."""
    made = new_model(Extension)
    set_values(made, {"path": path, "value": value})
    set_given(made, _PATH_AND_VALUE)
    set_extra(made, None)
    set_private(made, None)
    return made


_PATH_AND_VALUE = {"path", "value"}


def what_lies_in(loop: Loop) -> Here:
    """Return the segments and loops directly in `loop`, by id, without the segment that opens it."""
    here: Here = {}
    for segment in loop.segments if not loop.name else loop.segments[1:]:
        known = here.get(segment[0])
        if known is None:
            here[segment[0]] = [segment]
        else:
            known.append(segment)
    for inner in loop.loops:
        known = here.get(inner.name)
        if known is None:
            here[inner.name] = [inner]
        else:
            known.append(inner)
    return here


def add_claim(claims: Claims, segment: Segment, mask: int, address: str) -> None:
    """Mark elements as used; what first claimed a segment gives it its name."""
    old = claims.get(id(segment))
    claims[id(segment)] = (mask, address, segment) if old is None else (old[0] | mask, old[1], segment)


class PairWords(dict[tuple[str, int], tuple[str, bool]]):
    """The word of a qualifier, and whether the same qualifier is written again, by qualifier and length of the value."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table

    def __missing__(self, key: tuple[str, int]) -> tuple[str, bool]:
        code, length = key
        word = self._table.word(code)
        if word is None:
            raise GiveUp
        found = word, self._table.code(word, "0" * length) == code
        if len(self) < 10_000:
            self[key] = found
        return found


def texts_reader(step: Step, elements: Sequence[int], *, is_repeated: bool, mask: int) -> Callable[..., None]:
    """Return a function that adds the texts of several segments to a list."""
    matches, text = matcher(step), step.text

    def read(candidates: Iterable[Any], claims: Claims, found: list[str], places: list[tuple[Segment, int]]) -> None:
        count = 0
        for each in candidates:
            segment = each if each.__class__ is list else each.segments[0]
            if matches is not None and not matches(segment):
                continue
            old = claims.get(id(segment))
            used = old[0] if old is not None else 0
            fresh = 0
            for element in elements:
                value = segment[element].rstrip() if len(segment) > element and not used >> element & 1 else ""
                if value:
                    fresh |= 1 << element
                    found.append(value if value.isascii() else text_of(value))
                    places.append((segment, element))
            if fresh:
                count += 1
                add_claim(claims, segment, fresh | mask | CLAIMED, f"{text}[{count}]" if is_repeated else text)

    return read


def exactly(
    reader: Callable[..., None], name: str, validate: Callable[[Any], Any]
) -> Callable[[Loop, Claims, FastState, str, tuple[Any, ...]], Any]:
    """Return a rule of the exact reader as a part of a compiled one: the list it fills after what is in it already, or None.

    Args:
        reader: the rule's exact reader.
        name: the field it fills.
        validate: gives the field's value from plain ones.
    """

    def read(loop: Loop, claims: Claims, state: FastState, at: str, before: tuple[Any, ...]) -> Any:
        exact = state.exact(claims)
        values: dict[str, Any] = {name: [*before]} if before else {}
        reader(exact.scope(loop), values, exact, at)
        if exact.findings:
            raise GiveUp
        for key, mask in exact.used.items():
            if claims.get(key, (0,))[0] != mask:
                claims[key] = (mask, exact.address.get(key, ""), None)
        state.records.append((IN_WORDS, exact.positions))
        return validate(values[name]) if name in values else None

    return read
