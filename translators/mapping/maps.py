"""Map: one wire document against one canonical type, compiled into a reader and a writer."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from translators.canonical.document import BusinessDocument
from translators.canonical.documents import CANONICAL
from translators.canonical.positions import WirePositions
from translators.canonical.source import Extension, Source
from translators.findings import Finding, Position, Severity
from translators.mapping import hierarchy, reading, writing
from translators.mapping.claims import GiveUp
from translators.mapping.collector import resting_collector
from translators.mapping.compiled_reading import ENVELOPE, compile_reader
from translators.mapping.context import ReadContext, Reading, WriteContext, Writing
from translators.mapping.extensions import in_order, leftovers, restore
from translators.mapping.formats import Format, Payload, Trees
from translators.mapping.guide import check_written, compile_guide
from translators.mapping.lookups import claim_of_constants, finder
from translators.mapping.map_totals import computed_total, is_number, received_total
from translators.mapping.omissions import omissions, omitted_by
from translators.mapping.packages import by_line, by_package
from translators.mapping.places import Place, WriteState, set_element
from translators.mapping.positions import positions_in_words
from translators.mapping.rules import Block, ListRule, MapRules, ObjectRule, Rule, Total, ValueRule
from translators.mapping.scopes import ReadState
from translators.mapping.structure import Node, Structure
from translators.mapping.wires import X12, Wire
from translators.mapping.writing_places import Placer, WriteRule, placer
from translators.x12.model import Loop


class Map:
    """A checked map. `read` and `write` are pure and may be used from several threads.

    Args:
        rules: what the file says.
        version: hash of the file and of everything it takes in: the same version translates the same way.
        written: the format, and how its files become trees and back.
        structures: the releases the map was checked against, by release; the first serves for one that has no definition.
    """

    def __init__(self, rules: MapRules, version: str, structures: dict[str, Structure], written: Format) -> None:
        self.rules = rules
        self.name = rules.name
        self.version = version
        self.wire = rules.wire
        self.set_id = rules.set_id
        self.document_type = rules.document_type
        self._model = CANONICAL[rules.document_type]
        self.format = written
        self._read_header = reading.compile_block(rules.header)
        self._totals = [(t, finder(t.path.loops, t.path.step)) for t in rules.totals]
        self._claim_constants = claim_of_constants(rules.header.constants)
        self._guide = compile_guide(rules.guide)
        self._omitted = omitted_by(rules.header, is_hierarchy=bool(rules.hierarchy))
        self._compiled = compile_reader(rules, written.wire, self._guide)
        self._hints = dict(_hints(rules.header))
        # One writer per release: what is a loop in one is a segment in another. Compiled at load, so that use is read-only.
        self._structures: dict[str, Structure | None] = {**structures} or {"": None}
        here = "" if rules.wire == X12.name else None  # segments are what is generated for
        self._writers = {r: self._compile_writer(s, here) for r, s in self._structures.items()}

    def __repr__(self) -> str:
        return f"<Map {self.name} {self.version}>"

    def trees(self, payload: bytes) -> Trees:
        """Return the documents in a file as trees, one for each document. X12 is read by its own engine.

        Args:
            payload: a whole file of the map's format.
        """
        return self.format.trees(payload)

    def payload(self, trees: Sequence[Loop]) -> Payload:
        """Return the file that holds the documents of `trees`, in their order. X12 is written by its own engine."""
        return self.format.payload(trees)

    def structure(self, release: str) -> Node | None:
        """Return the root of what a document of `release` is made of; None where the map was checked against nothing."""
        found = self._structures[_nearest(release[:6], list(self._structures))]
        return found.root if found is not None else None

    def nested(self, tree: Loop) -> Loop:
        """Return `tree` with its hierarchical levels inside each other, itself where the map has no hierarchy."""
        return hierarchy.nest(tree) if self.rules.hierarchy else tree

    # Reading

    @property
    def source(self) -> str:
        """Return the Python that the map became, to look at; "" for a map that only the exact reader reads."""
        return self._compiled.source if self._compiled is not None else ""

    def read(self, wire_tree: Loop, context: ReadContext) -> Reading:
        """Return the canonical document in `wire_tree`, and everything found on the way.

        Args:
            wire_tree: the root loop of one document. It is not changed, and must not be later: positions are found out when asked for.
            context: what is known besides its content.
        """
        with resting_collector():
            reading = self.read_as_expected(wire_tree, context)
            return self.read_exactly(wire_tree, context) if reading is None else reading

    def read_as_expected(self, wire_tree: Loop, context: ReadContext) -> Reading | None:
        """Return what the compiled reader makes of `wire_tree`: the same as the exact one, or None where that one is needed."""
        if self._compiled is None:
            return None
        tree = hierarchy.nest(wire_tree) if self.rules.hierarchy else wire_tree
        try:
            values, found, clauses, records = self._compiled.read(tree, context.separators.component)
            values["partner"] = context.partner
            values["is_test"] = context.is_test
            values["source"] = self._source(context, WirePositions(lambda: positions_in_words(records, tree)))
            document = self._model.model_validate(values)
        except (GiveUp, ValueError):
            return None
        document = self._without_own_totals(document)
        if self.rules.units_by_line:
            document = by_package(document)
        received = [
            (t, s[t.path.element].strip(), Position(segment_number=n, segment_id=s[0], element=t.path.element))
            for t, s, n in found
        ]
        return Reading(document, (*clauses, *self._wrong_totals(received, document, wire_tree)))

    def _source(self, context: ReadContext, positions: Mapping[str, str]) -> Source:
        return context.source.model_copy(
            update={"positions": positions, "map_name": self.name, "map_version": self.version}
        )

    def read_exactly(self, wire_tree: Loop, context: ReadContext) -> Reading:
        """Return what `read` does, rule by rule: it alone knows every finding and every position."""
        values, state, received, clauses = self._read_plainly(wire_tree, context)
        values["partner"] = context.partner
        values["is_test"] = context.is_test
        values["source"] = self._source(context, state.positions)
        try:
            document = self._model.model_validate(values)
        except ValidationError as error:
            known = {f.position.segment_number for f in state.findings}
            findings = (*state.findings, *clauses, *self._invalid(error, state, has_found=bool(known)))
            return Reading(None, findings)
        document = self._without_own_totals(document)
        if self.rules.units_by_line:
            document = by_package(document)
        findings = (*state.findings, *clauses, *self._wrong_totals(received, document, wire_tree))
        return Reading(document, tuple(findings))

    def _read_plainly(
        self, wire_tree: Loop, context: ReadContext
    ) -> tuple[dict[str, Any], ReadState, list[tuple[Total, str, Position]], tuple[Finding, ...]]:
        """Return plain values for the canonical model, what was noted on the way, the totals received, and what the guide says."""
        rules = self.rules
        tree = hierarchy.nest(wire_tree) if rules.hierarchy else wire_tree
        state = ReadState(context.separators.component, self.format.wire, hierarchy=rules.hierarchy)
        scope = state.scope(tree)
        values: dict[str, Any] = {}
        self._read_header(scope, values, state, "")
        if self._claim_constants is not None:
            self._claim_constants(scope, state)
        received = [(total, *received_total(total, find, scope, state)) for total, find in self._totals]
        clauses = tuple(self._guide(scope, state))
        kept = in_order(leftovers(tree, state, "", ENVELOPE), state.wire)
        if kept:
            values["extensions"] = kept
        return values, state, received, clauses

    def _without_own_totals(self, document: BusinessDocument) -> BusinessDocument:
        """Return `document` without kept totals that say no more than its lines do."""
        own = {t.path.text: computed_total(t, document, Loop("")) for t in self.rules.totals if t.product}
        kept = tuple(e for e in document.extensions if not (e.path in own and is_number(e.value, own[e.path])))
        return document if len(kept) == len(document.extensions) else document.model_copy(update={"extensions": kept})

    def _invalid(self, error: ValidationError, state: ReadState, *, has_found: bool) -> Iterable[Finding]:
        """Yield a finding for every complaint of the canonical model; none for a value already complained about."""
        for one in error.errors(include_url=False, include_context=False):
            loc = [str(part) for part in one["loc"]]
            name = ".".join(part for part in loc if not part.isdigit())
            hint = self._hints.get(name) or self._hints.get(f"header.{name}", "")
            position = _near(loc, state)
            if one["type"] == "missing":
                if has_found and any(f.value and _said(f, hint, state.wire) for f in state.findings):
                    continue
                what = name.rpartition(".")[2].replace("_", " ")
                owner = _owner(loc)
                place = f" ({hint})" if hint else ""
                sentence = f"{owner} has no {what}{place}. Ask the partner to send it."
                yield Finding("MAP-REQUIRED", sentence, Severity.ERROR, position=position)
            else:
                sentence = f"{'/'.join(loc)}: {one['msg']}. Ask the partner to correct it."
                yield Finding("MAP-VALUE", sentence, Severity.ERROR, position=position, value=str(one["input"])[:80])

    def _wrong_totals(
        self, received: list[tuple[Total, str, Position]], document: BusinessDocument, wire_tree: Loop
    ) -> Iterable[Finding]:
        for total, text, position in received:
            if not text:
                continue
            expected = computed_total(total, document, wire_tree)
            if not is_number(text, expected):
                what = f"the number of {total.count}" if total.count else f"the sum of {total.sum}"
                sentence = (
                    f"{position}: {total.path.text} is {text}, but {what} is {expected}. Compare with the partner."
                )
                yield Finding("MAP-TOTAL", sentence, Severity.WARNING, position=position, value=text)

    # Writing

    def write(self, document: BusinessDocument, context: WriteContext) -> Writing:
        """Return the wire tree of `document`, and everything that could not be written as the document has it.

        Raises:
            TypeError: the document is of another type than the map's.
        """
        if not isinstance(document, self._model):
            raise TypeError(f"map {self.name} writes {self._model.__name__}, not {type(document).__name__}")
        with resting_collector():
            return self._write(document, context, self._writers)

    def write_exactly(self, document: BusinessDocument, context: WriteContext) -> Writing:
        """Return what `write` does, rule by rule: what generated writers are held against."""
        with resting_collector():
            return self._write(document, context, self._exact_writers)

    @functools.cached_property
    def _exact_writers(self) -> dict[str, tuple[WriteRule, list[tuple[Total, Placer]]]]:
        return {r: self._compile_writer(s, None) for r, s in self._structures.items()}

    def _write(
        self,
        document: BusinessDocument,
        context: WriteContext,
        writers: dict[str, tuple[WriteRule, list[tuple[Total, Placer]]]],
    ) -> Writing:
        document = by_line(document) if self.rules.units_by_line else document
        separators = context.separators
        forbidden = {separators.element, separators.component, separators.segment, separators.repetition} - {""}
        is_x12 = self.wire == X12.name
        state = WriteState(
            context.release, frozenset(forbidden if is_x12 else ()), self.format.wire, separators.component
        )
        state.currency = getattr(document, "currency", "USD")
        place = Place(Loop("") if self.format.wire.keeps_segments else Loop("", [["."]], [0]))
        write_header, writes_totals = writers[_nearest(context.release[:6], list(writers))]
        write_header(document, place, state, "")
        levels = hierarchy.flatten(place.loop, self.rules.levels) if self.rules.hierarchy else 0
        around = [Extension(path=self.format.wire.around(path), value=v) for path, v in context.envelope.items()]
        computed = {}
        for total, find in writes_totals:
            value = levels if total.count == "HL" else computed_total(total, document, place.loop)
            text = format(value, "f") if isinstance(value, Decimal) else str(value)
            if not total.product:
                computed[total.path.text] = text
            segment = find(place) if total.is_written else None
            if segment is not None:
                set_element(segment, total.path.element, text)
                state.constants.add((id(segment), total.path.element))
        # A total received where we send none is sent again, but as it is now.
        kept = [
            e.model_copy(update={"value": computed[e.path]}) if e.path in computed else e for e in document.extensions
        ]
        restore((*around, *kept), place, state)
        if is_x12:
            encode(place.loop)
        left_out = omissions(self.name, self._omitted(document))
        return Writing(place.loop, (*state.findings, *left_out, *check_written(self._guide, place.loop, self.nested)))

    def _compile_writer(
        self, structure: Structure | None, here: str | None
    ) -> tuple[WriteRule, list[tuple[Total, Placer]]]:
        root = structure.root if structure is not None else None
        totals = [(t, placer(t.path, root)) for t in self.rules.totals]
        return writing.compile_block(self.rules.header, root, here=here), totals


def _nearest(release: str, known: list[str]) -> str:
    """Return the release whose structure serves: itself, else the latest one before it, else the first."""
    return release if release in known else max((k for k in known if k <= release), default=known[0])


def encode(root: Loop) -> None:
    """Turn every text of a wire tree into one character per byte: Latin-1 where all of it fits and reads back the same, else UTF-8."""
    segments = [s for loop in root.walk() for s in loop.segments if not "".join(s).isascii()]
    if not segments:
        return
    fits = all(_is_latin(e) for s in segments for e in s)
    if fits:
        return
    for segment in segments:
        segment[:] = [e.encode("utf-8").decode("latin-1") for e in segment]


def _is_latin(text: str) -> bool:
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    if text.isascii():
        return True
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False  # its bytes happen to be UTF-8 of something else: only UTF-8 reads back the same


def _hints(block: Block) -> Iterable[tuple[str, str]]:
    """Yield where each canonical field lies on the wire, for sentences about what is missing."""
    for rule in block.rules:
        yield from _hint(rule)


def _hint(rule: Rule) -> Iterable[tuple[str, str]]:
    if isinstance(rule, ValueRule):
        yield rule.key, rule.paths[0].text
    elif isinstance(rule, ObjectRule | ListRule):
        if isinstance(rule, ListRule):
            yield rule.key, rule.each.text
        yield from _hints(rule.block)


def _said(finding: Finding, hint: str, wire: Wire) -> bool:
    name = finding.position.segment_id
    return bool(name) and hint.endswith(wire.leaf(name, name, finding.position.element or 0))


def _owner(loc: list[str]) -> str:
    """Return what lacks something, for people: "Line 3", "The document"."""
    for index in range(len(loc) - 1, 0, -1):
        if loc[index].isdigit():
            noun = {"parties": "party"}.get(loc[index - 1], loc[index - 1].replace("_", " ").removesuffix("s"))
            return f"{noun.capitalize()} {int(loc[index]) + 1}"
    return "The document"


def _near(loc: list[str], state: ReadState) -> Position:
    """Return the wire position of the field, or of something read beside it."""
    for length in range(len(loc), 0, -1):
        prefix = "/".join(loc[:length])
        for path, where in state.positions.items():
            if path == prefix or path.startswith(prefix + "/"):
                number, _, segment_id = where.rpartition(":")[0].partition(":")
                return Position(segment_number=int(number), segment_id=segment_id)
    return Position()
