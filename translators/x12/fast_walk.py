"""The fast walk of a transaction set: says only "nothing wrong in these segments", or hands over to the exact walk.

Takes text, cuts it with two splits, and follows the automaton. What it refuses, rightly or not, is walked again from the same
segment by `SetWalk`, which alone makes findings; the state it hands over is that walk's own.
"""

from __future__ import annotations

from translators.findings import Finding
from translators.x12.automaton import Automaton, State, item_at, slot_of
from translators.x12.definitions import LoopUse, ReleaseDefinition, SetDefinition
from translators.x12.model import Loop, Segment, Separators
from translators.x12.totals import Totals
from translators.x12.walk import Frame, SetWalk

# All control characters but those that may separate segments are looked for in one go over the bytes.
_CONTROLS = bytes([*range(0x20), 0x7F])


class Cut:
    """How one interchange's text is cut: its separators, and what follows each terminator ("", or a line end)."""

    def __init__(self, separators: Separators, gap: bytes) -> None:
        self.separators = separators
        self.gap = gap
        self.segment = separators.segment.encode("latin-1") + gap
        self.element = separators.element
        self.empty_end = separators.element.encode("latin-1") + separators.segment.encode("latin-1")
        self.trailer = self.segment + b"SE" + separators.element.encode("latin-1")
        self._segment = self.segment.decode("latin-1")
        self._blank = (separators.element + " ").encode("latin-1")
        own = {*self._segment, separators.element}
        self._controls = bytes(c for c in _CONTROLS if chr(c) not in own)
        self._counted = {c.encode("latin-1"): self._segment.count(c) for c in {*self._segment}}
        self._structuring = tuple(s.encode("latin-1") for s in (separators.component, separators.repetition) if s)

    def rows(self, raw: bytes) -> list[Segment] | None:
        """Return the segments of `raw`, which ends before its last terminator; None when they need the careful cutting of `tokens`."""
        if len(raw.translate(None, self._controls)) != len(raw) or self._blank in raw:
            return None
        parts = raw.decode("latin-1").split(self._segment)
        between = len(parts) - 1
        if any(raw.count(c) != between * n for c, n in self._counted.items()):
            return None
        element = self.element
        return [part.split(element) for part in parts]

    def offsets_of(self, tag: str, raw: bytes, offset: int) -> list[int]:
        """Return where in the payload the segments `tag` of `raw` begin, `offset` being that of `raw`."""
        mark = (tag + self.element).encode("latin-1")
        found = [offset] if raw.startswith(mark) else []
        mark = self.segment + mark
        at = raw.find(mark)
        while at >= 0:
            found.append(offset + at + len(self.segment))
            at = raw.find(mark, at + 1)
        return found

    def has_structure(self, raw: bytes) -> bool:
        """Return whether values in `raw` may hold components or repetitions."""
        return any(s in raw for s in self._structuring)


class FastWalk:
    """Walks the segments of one set in batches."""

    def __init__(
        self,
        definition: SetDefinition,
        release: ReleaseDefinition,
        separators: Separators,
        *,
        keeps_tree: bool,
        guide: str = "",
    ) -> None:
        self._definition = definition
        self._release = release
        self._separators = separators
        self._guide = guide
        self._plain = Automaton.of(definition, release, None)
        self._state = self._plain.start()["ST"][0]
        self._run = 1
        self._slots: dict[int, int] = {}
        self._totals = Totals(definition.id)
        self._keeps_tree = keeps_tree
        self._stack = [Loop("")]

    @property
    def tree(self) -> Loop:
        """Return the tree as far as it was walked."""
        return self._stack[0]

    def take_first(self, st: Segment) -> None:
        """Take the ST."""
        if self._keeps_tree:
            self.tree.segments.append(st)
            self.tree.numbers.append(1)

    def take(self, rows: list[Segment], number: int, raw: bytes, cut: Cut, offset: int) -> bool:
        """Take `rows`, cut from `raw`, the first being segment `number` of the set; return whether nothing is wrong with them.

        When something may be wrong, the walk stands where it stood before.
        """
        automaton = (
            Automaton.of(self._definition, self._release, self._separators) if cut.has_structure(raw) else self._plain
        )
        state = automaton.state_at(self._state.levels)
        before = (self._run, self._slots.copy())
        marks = [(loop, len(loop.segments), len(loop.loops)) for loop in self._stack] if self._keeps_tree else []
        follow = self._follow_with_tree if self._keeps_tree else self._follow
        reached = follow(rows, state, number)
        if reached is None or not self._totals.take_rows(rows, number, lambda: cut.offsets_of("HL", raw, offset)):
            self._run, self._slots = before
            self._undo(marks)
            return False
        self._state = reached
        return True

    def _undo(self, marks: list[tuple[Loop, int, int]]) -> None:
        for loop, segments, loops in marks:
            del loop.segments[segments:], loop.numbers[segments:], loop.loops[loops:]
        if marks:
            self._stack = [loop for loop, _, _ in marks]

    def _follow(self, rows: list[Segment], state: State, _number: int) -> State | None:
        run = self._run
        slots = self._slots
        try:
            for segment in rows:
                state, checks, count, _ = state[segment[0]]
                if not checks[len(segment)](segment):
                    return None
                if count is not None:
                    slot, most, is_repeat = count
                    if slot >= 0:
                        slots[slot] = repeats = slots[slot] + 1 if is_repeat else 1
                        if repeats > most:
                            return None
                    elif is_repeat:
                        run += 1
                        if run > most:
                            return None
                    else:
                        run = 1
        except KeyError:
            return None
        self._run = run
        return state

    def _follow_with_tree(self, rows: list[Segment], state: State, number: int) -> State | None:
        run = self._run
        slots = self._slots
        stack = self._stack = self._stack.copy()
        loop = stack[-1]
        add_segment, add_number = loop.segments.append, loop.numbers.append
        try:
            for place, segment in enumerate(rows, number):
                state, checks, count, nesting = state[segment[0]]
                if not checks[len(segment)](segment):
                    return None
                if count is not None:
                    slot, most, is_repeat = count
                    if slot >= 0:
                        slots[slot] = repeats = slots[slot] + 1 if is_repeat else 1
                        if repeats > most:
                            return None
                    elif is_repeat:
                        run += 1
                        if run > most:
                            return None
                    else:
                        run = 1
                if nesting is not None:
                    closes, opens = nesting
                    if closes:
                        del stack[-closes:]
                    loop = stack[-1]
                    for name in opens:
                        inner = Loop(name, [], [], [])
                        loop.loops.append(inner)
                        stack.append(inner)
                        loop = inner
                    add_segment, add_number = loop.segments.append, loop.numbers.append
                add_segment(segment)
                add_number(place)
        except KeyError:
            return None
        self._run = run
        return state

    def finish(self) -> list[Finding]:
        """Return what can be said only now that the set is over."""
        return list(self._totals.finish())

    def hand_over(self, *, uses_compiled_checks: bool = True) -> SetWalk:
        """Return an exact walk that stands where this one stands."""
        frames = []
        levels = self._state.levels
        for depth, level in enumerate(levels):
            item = item_at(level)
            frame = Frame(level.loop, self._stack[depth] if self._keeps_tree else Loop(level.loop.name))
            frame.index = level.index
            if isinstance(item, LoopUse):
                has_limit = item.most is not None and item.most > 1
                frame.counts[level.index] = self._slots[slot_of(self._release, item)] if has_limit else 1
            else:
                has_limit = item.most is not None and item.most > 1
                frame.counts[level.index] = self._run if has_limit else 1
            frames.append(frame)
        return SetWalk(
            self._definition,
            self._release,
            self._separators,
            keeps_tree=self._keeps_tree,
            guide=self._guide,
            frames=frames,
            totals=self._totals,
            uses_compiled_checks=uses_compiled_checks,
        )
