"""The compiled reader of a map: generated code for what is as expected, which gives up where it is not. See `claims`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from translators.findings import Finding
from translators.mapping.claims import Claims, FastState, add_claim
from translators.mapping.compiled_blocks import compile_root
from translators.mapping.guide import Check
from translators.mapping.lookups import matcher
from translators.mapping.positions import Record
from translators.mapping.rules import MapRules, Total
from translators.mapping.scopes import CLAIMED
from translators.mapping.wires import Wire
from translators.x12.model import Loop, Segment

ENVELOPE = frozenset({"ST", "SE"})


class CompiledReader:
    """Reads a document's fields.

    Args:
        read_document: the generated function.
        source: its source, to look at.
    """

    def __init__(
        self, read_document: Callable[..., None], source: str, rules: MapRules, wire: Wire, guide: Check
    ) -> None:
        self.source = source
        self._read_document = read_document
        self._hierarchy = rules.hierarchy
        self._wire = wire
        self._guide = guide if rules.guide else None
        self._totals = [(total, matcher(total.path.step)) for total in rules.totals]

    def read(
        self, tree: Loop, component: str
    ) -> tuple[dict[str, Any], list[tuple[Total, Segment, int]], tuple[Finding, ...], list[Record]]:
        """Return the fields of the document, the totals received with their segments' numbers, what the guide says, and where all was.

        Raises:
            GiveUp, ValueError: the exact reader has to say what this is.
        """
        state, claims = FastState(component, self._wire, self._hierarchy), Claims()
        fields: dict[str, Any] = {}
        self._read_document(tree, state, claims, fields, "")
        received = list(self._received(tree, claims))
        findings: Iterable[Finding] = ()
        if self._guide is not None:
            exact = state.exact(claims)
            findings = tuple(self._guide(exact.scope(tree), exact))
            for key, mask in exact.used.items():
                claims[key] = (mask, exact.address.get(key, ""), None)
        kept = state.leftovers(tree, claims, ENVELOPE)
        if kept:
            fields["extensions"] = kept
        return fields, received, tuple(findings), state.records

    def _received(self, tree: Loop, claims: Claims) -> Iterable[tuple[Total, Segment, int]]:
        for total, matches in self._totals:
            step, element = total.path.step, total.path.element
            for segment, number in _heads(tree, step.id):
                if matches is not None and not matches(segment):
                    continue
                if len(segment) > element:
                    if total.product:
                        add_claim(claims, segment, CLAIMED, step.text)
                    else:
                        if total.is_written:
                            add_claim(claims, segment, 1 << element | CLAIMED, step.text)
                        yield total, segment, number
                break


def _heads(tree: Loop, id: str) -> Iterable[tuple[Segment, int]]:
    """Yield the segments `id` right in `tree`, then those that open a loop there, with their numbers."""
    for segment, number in zip(tree.segments, tree.numbers, strict=True):
        if segment[0] == id:
            yield segment, number
    for loop in tree.loops:
        if loop.name == id:
            yield loop.segments[0], loop.numbers[0]


def compile_reader(rules: MapRules, wire: Wire, guide: Check) -> CompiledReader | None:
    """Return the compiled reader of a map, None for one that only the exact reader reads."""
    if not wire.keeps_segments or any(total.path.loops for total in rules.totals):
        return None
    found = compile_root(rules.header, rules.hierarchy, rules.name)
    return CompiledReader(*found, rules, wire, guide) if found is not None else None
