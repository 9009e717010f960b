"""The exact walk of one transaction set: places every segment in its loop and says what does not fit.

A segment goes to the first place, from the innermost open loop outwards and forward from where that loop stands, that has room for
it and passes over nothing mandatory; failing that, to the first place that exists; failing that, back to a place already passed, which is
"not in sequence". A mandatory segment passed over is reported when its loop closes, so that two swapped segments are one finding.

Source: X12.6 clause on loops; X12.22 element 720.
"""

from __future__ import annotations

from translators.findings import Finding
from translators.x12.compiled_checks import checks_of
from translators.x12.definitions import LoopUse, ReleaseDefinition, SegmentDefinition, SegmentUse, SetDefinition
from translators.x12.finding_codes import finding
from translators.x12.model import Loop, Segment, Separators
from translators.x12.segment_check import Place, check_segment, shown
from translators.x12.totals import Totals

# A set with more findings is no set of ours; listing on would only take memory (a hostile file holds millions).
FINDINGS_LIMIT = 2_000

_CONTROL_SEGMENTS = ("ST", "SE")  # checked with the envelope; their codes are AK502's


class Frame:
    """One open loop: where it stands, how often each item was used, and which mandatory items it passed."""

    __slots__ = ("counts", "index", "loop", "passed", "use", "variant_counts")

    def __init__(self, use: LoopUse, loop: Loop) -> None:
        self.use = use
        self.loop = loop
        self.index = 0
        self.counts: dict[int, int] = {}
        self.passed: dict[int, Place] = {}
        self.variant_counts: dict[tuple[int, int], int] = {}


class SetWalk:
    """Takes the segments of one set, from ST to SE, one by one.

    Args:
        definition: the set's structure.
        release: its dictionary.
        separators: of the interchange.
        keeps_tree: whether `tree` holds the whole set; without it memory does not grow with the set.
        guide: name of the partner's guide, for references.
        frames: the open loops of a walk that this one goes on with.
        totals: what that walk counted.
        uses_compiled_checks: whether segments that the compiled checks find right are believed; the two are one by contract.
    """

    def __init__(
        self,
        definition: SetDefinition,
        release: ReleaseDefinition,
        separators: Separators,
        *,
        keeps_tree: bool,
        guide: str = "",
        frames: list[Frame] | None = None,
        totals: Totals | None = None,
        uses_compiled_checks: bool = True,
    ) -> None:
        self._definition = definition
        self._release = release
        self._separators = separators
        self._keeps_tree = keeps_tree
        self._guide = guide
        self._stack = frames or [Frame(definition.root, Loop(""))]
        self.tree = self._stack[0].loop
        self._totals = totals or Totals(definition.id)
        self._uses_compiled_checks = uses_compiled_checks
        self.findings: list[Finding] = []

    @property
    def loops(self) -> list[Loop]:
        """The open loops of the tree, the set itself first."""
        return [frame.loop for frame in self._stack]

    @loops.setter
    def loops(self, loops: list[Loop]) -> None:
        for frame, loop in zip(self._stack, loops, strict=True):
            frame.loop = loop
        self.tree = loops[0]

    def take(self, segment: Segment, number: int, offset: int) -> None:
        """Place and check one segment."""
        tag = segment[0]
        if len(self.findings) > FINDINGS_LIMIT:
            return
        found = self._place(tag)
        if found is None:
            self._report_misplaced(segment, Place(number, self._stack[-1].use.name, offset))
            return
        depth, index, is_in_sequence = found
        if tag == "LS":
            index = self._bounded_place(segment, depth, index)
        while len(self._stack) - 1 > depth:
            self._close(number, offset)
        frame = self._stack[-1]
        if is_in_sequence:
            self._pass_over(frame, index, number, offset)
            frame.index = index
        item = frame.use.items[index]
        count = frame.counts[index] = frame.counts.get(index, 0) + 1
        if not is_in_sequence or item.is_forbidden or (item.most is not None and count > item.most):
            self._check_use(item, count, tag, Place(number, frame.use.name, offset), is_in_sequence=is_in_sequence)
        if item.variants:
            item = self._variant(segment, frame, index, Place(number, frame.use.name, offset))
        while isinstance(item, LoopUse):
            frame = self._open(item)
            item = item.items[0]
            if item.variants:
                item = self._variant(segment, frame, 0, Place(number, frame.use.name, offset))
        if self._keeps_tree:
            frame.loop.segments.append(segment)
            frame.loop.numbers.append(number)
        if tag not in _CONTROL_SEGMENTS:
            self._check(segment, item, number, frame.use.name, offset)

    def finish(self, number: int, offset: int) -> list[Finding]:
        """Close every loop and return all findings, in wire order. `number` and `offset` are those after the last segment."""
        while len(self._stack) > 1:
            self._close(number, offset)
        root = self._stack[0]
        self._pass_over(root, len(root.use.items), number, offset)
        self._report_missing(root)
        if self._definition.needs_exact_walk:
            self._report_too_few(root, Place(number, "", offset))
        if len(self.findings) > FINDINGS_LIMIT:
            # What is missing or does not add up after the walk stopped is not known.
            cut = finding(
                "X12-FINDINGS-CUT",
                f"The first {FINDINGS_LIMIT} findings are listed.",
                position=Place(number, "", offset).at(""),
            )
            self.findings = [*self.findings[:FINDINGS_LIMIT], cut]
            return self.findings
        self.findings += self._totals.finish()
        self.findings.sort(key=lambda f: f.position.segment_number or 0)
        return self.findings

    def _check(self, segment: Segment, use: SegmentUse, number: int, loop: str, offset: int) -> None:
        definition = use.definition or self._release.segment(segment[0])
        if definition is not None and not self._is_right(segment, definition):
            place = Place(number, loop, offset)
            found = list(check_segment(segment, definition, self._separators, place, self._guide))
            if not found and not any(segment[1:]) and definition.elements:
                found.append(
                    finding("X12-SEGMENT-EMPTY", f"{segment[0]} holds no element.", position=place.at(segment[0]))
                )
            self.findings += found
        if segment[0] in self._totals.watched:
            self.findings += self._totals.take(segment, Place(number, loop, offset))

    def _is_right(self, segment: Segment, definition: SegmentDefinition) -> bool:
        """Return whether the compiled check finds nothing wrong and may be believed."""
        if not self._uses_compiled_checks:
            return False
        text = "*".join(segment)
        # What the compiled checks take for granted; `fast_walk` rules it out for a whole text at once.
        if not text.isprintable() or "* " in text:
            return False
        return bool(checks_of(self._release, segment[0], self._separators, definition)[len(segment)](segment))

    def _place(self, tag: str) -> tuple[int, int, bool] | None:
        """Return depth, index and "is in sequence" of the place `tag` goes to, None when there is none."""
        second: tuple[int, int, bool] | None = None
        passes_mandatory_outside = False
        for depth in range(len(self._stack) - 1, -1, -1):
            frame = self._stack[depth]
            for index in frame.use.places.get(tag, ()):
                # The segment that opened the innermost loop is its first place; again, it opens the loop again.
                if index < frame.index or (index == 0 and depth):
                    continue
                item = frame.use.items[index]
                has_room = item.most is None or frame.counts.get(index, 0) < item.most
                if has_room and not passes_mandatory_outside and not self._passes_mandatory(frame, index):
                    return depth, index, True
                if second is None:
                    second = (depth, index, True)
            passes_mandatory_outside = passes_mandatory_outside or self._passes_mandatory(frame, len(frame.use.items))
        if second is not None:
            return second
        for depth in range(len(self._stack) - 1, -1, -1):
            places = self._stack[depth].use.places.get(tag)
            if places:
                return depth, places[-1], False
        return None

    def _bounded_place(self, ls: Segment, depth: int, index: int) -> int:
        """Return the place of an LS: where several bounded loops stand side by side, LS01 names the one it begins (X12.6)."""
        frame = self._stack[depth]
        for other in frame.use.places["LS"]:
            item = frame.use.items[other]
            has_room = other >= frame.index and (item.most is None or frame.counts.get(other, 0) < item.most)
            if has_room and isinstance(item, LoopUse) and ls[1:2] == [item.items[1].first_id]:
                return other
        return index

    @staticmethod
    def _passes_mandatory(frame: Frame, index: int) -> bool:
        for mandatory in frame.use.mandatory:  # noqa: SIM110  a generator costs a third of the walk
            if frame.index <= mandatory < index and not frame.counts.get(mandatory):
                return True
        return False

    @staticmethod
    def _pass_over(frame: Frame, index: int, number: int, offset: int) -> None:
        for mandatory in frame.use.mandatory:
            if frame.index <= mandatory < index and not frame.counts.get(mandatory):
                frame.passed.setdefault(mandatory, Place(number, frame.use.name, offset))

    def _open(self, use: LoopUse) -> Frame:
        parent = self._stack[-1].loop
        loop = Loop(use.name)
        if self._keeps_tree:
            parent.loops.append(loop)
        frame = Frame(use, loop)
        frame.counts[0] = 1
        self._stack.append(frame)
        return frame

    def _close(self, number: int, offset: int) -> None:
        frame = self._stack.pop()
        self._pass_over(frame, len(frame.use.items), number, offset)
        if frame.passed:
            self._report_missing(frame)
        if self._definition.needs_exact_walk:
            self._report_too_few(frame, Place(number, frame.use.name, offset))

    def _variant(self, segment: Segment, frame: Frame, index: int, place: Place) -> SegmentUse | LoopUse:
        """Return what holds for `segment` by its qualifier, and count it as such."""
        item = frame.use.items[index]
        for number, variant in enumerate(item.variants):
            if variant.fits(segment):
                use = variant.use
                count = frame.variant_counts[index, number] = frame.variant_counts.get((index, number), 0) + 1
                if use.is_forbidden or (use.most is not None and count > use.most):
                    self._check_use(use, count, variant.name(), place, is_in_sequence=True)
                return use
        return item

    def _report_too_few(self, frame: Frame, place: Place) -> None:
        """Report what the guide wants more often than it came. What never came at all is reported as missing elsewhere."""
        for index, item in enumerate(frame.use.items):
            count = frame.counts.get(index, 0)
            if 0 < count < item.guide.least:
                self._report_missing_by_guide(item, item.first_id, count, frame, place)
            for number, variant in enumerate(item.variants):
                count = frame.variant_counts.get((index, number), 0)
                if count < variant.use.guide.least:
                    self._report_missing_by_guide(variant.use, variant.name(), count, frame, place)

    def _report_missing_by_guide(
        self, item: SegmentUse | LoopUse, name: str, count: int, frame: Frame, place: Place
    ) -> None:
        where = f"in loop {frame.use.name}" if frame.use.name else "in the transaction set"
        came = f"comes {count} times {where} where {item.guide.least} are wanted" if count else f"is missing {where}"
        of_loop = "I7" if isinstance(item, LoopUse) else "I8"
        self.findings.append(
            finding(
                "X12-GUIDE-SEGMENT-MISSING",
                f"{name} {came} before segment {place.number}; the guide asks for it.",
                position=place.at(item.first_id),
                reference=item.guide.page or self._guide,
                # Of what is wanted only in a loop with a qualifier, the 999 says that it depends on that.
                x12_code="I6" if frame.use.guide.is_dependent else of_loop,
            )
        )

    def _report_missing(self, frame: Frame) -> None:
        for index, place in frame.passed.items():
            item = frame.use.items[index]
            missing = item.first_id
            if frame.counts.get(index) or missing in _CONTROL_SEGMENTS:
                continue
            if item.is_mandatory_by_guide:
                self._report_missing_by_guide(item, missing, 0, frame, place)
                continue
            where = f"in loop {frame.use.name}" if frame.use.name else "in the transaction set"
            self.findings.append(
                finding(
                    "X12-SEGMENT-MISSING",
                    f"{missing} is missing {where} before segment {place.number}; it is mandatory.",
                    position=place.at(missing),
                )
            )

    def _check_use(
        self, item: SegmentUse | LoopUse, count: int, tag: str, place: Place, *, is_in_sequence: bool
    ) -> None:
        if item.is_forbidden:
            self.findings.append(
                finding(
                    "X12-GUIDE-SEGMENT",
                    f"{tag} is sent, which the guide does not use here.",
                    position=place.at(item.first_id),
                    reference=item.guide.page or self._guide,
                    x12_code="I9" if item.guide.is_dependent else None,
                )
            )
        if not is_in_sequence:
            self.findings.append(
                finding(
                    "X12-SEGMENT-OUT-OF-ORDER",
                    f"{tag} stands after segments that must follow it.",
                    position=place.at(tag),
                )
            )
        elif item.most is not None and count > item.most:
            is_loop = isinstance(item, LoopUse)
            noun = "loop" if is_loop else "segment"
            self.findings.append(
                finding(
                    "X12-LOOP-TOO-OFTEN" if is_loop else "X12-SEGMENT-TOO-OFTEN",
                    f"This is {noun} {tag} number {count} here; {item.most} are allowed.",
                    position=place.at(item.first_id),
                    reference=item.guide.page,
                )
            )

    def _report_misplaced(self, segment: Segment, place: Place) -> None:
        tag = segment[0]
        if tag in self._definition.segment_ids:
            code, sentence = "X12-SEGMENT-OUT-OF-ORDER", f"{tag} has no place here in set {self._definition.id}."
        elif tag in self._release:
            code, sentence = "X12-SEGMENT-NOT-IN-SET", f"{tag} is no segment of set {self._definition.id}."
        else:
            code, sentence = (
                "X12-SEGMENT-UNKNOWN",
                f"{shown(tag) or 'A segment without id'} is no segment of {self._release.release}.",
            )
        self.findings.append(finding(code, sentence, position=place.at(tag[:20])))
