"""The fast walk of a transaction set: says only "nothing wrong in these segments", or hands over to the exact walk.

Takes text, cuts it with two splits, and follows the automaton. What it refuses, rightly or not, is walked again from the same
segment by `SetWalk`, which alone makes findings; the state it hands over is that walk's own.
"""

from __future__ import annotations

from functools import lru_cache

from translators.findings import Finding
from translators.x12.automaton import Automaton, Nesting, State, item_at, slot_of
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
        # A terminator of one character has been counted by the split itself.
        counted = {*self._segment} if gap else set()
        self._counted = {c.encode("latin-1"): self._segment.count(c) for c in counted}
        self._structuring = tuple(s.encode("latin-1") for s in (separators.component, separators.repetition) if s)

    def rows(self, raw: bytes) -> list[Segment] | None:
        """Return the segments of `raw`, which ends before its last terminator; None when they need the careful cutting of `tokens`."""
        if len(raw.translate(None, self._controls)) != len(raw) or self._blank in raw:
            return None
        parts = raw.decode("latin-1").split(self._segment)
        between = len(parts) - 1
        for character, times in self._counted.items():
            if raw.count(character) != between * times:
                return None
        element = self.element
        return [part.split(element) for part in parts]

    def is_uniform(self, raw: bytes) -> bool:
        """Return whether `raw`, which ends before its last terminator, is cut in this one way and holds no control character."""
        if len(raw.translate(None, self._controls)) != len(raw):
            return False
        between = raw.count(self.segment)
        return all(raw.count(character) == between * times for character, times in self._counted.items())

    def offsets_of(self, tag: str, raw: bytes, offset: int) -> list[int]:
        """Return where in the payload the segments `tag` of `raw` begin, `offset` being that of `raw`."""
        mark = (tag + self.element).encode("latin-1")
        found = [offset] if raw.startswith(mark) else []
        mark = self.segment + mark
        at = offset + len(self.segment)
        for stretch in raw.split(mark)[:-1]:
            at += len(stretch)
            found.append(at)
            at += len(mark)
        return found

    def has_structure(self, raw: bytes) -> bool:
        """Return whether values in `raw` may hold components or repetitions."""
        return any(s in raw for s in self._structuring)


@lru_cache(maxsize=64)
def cut_of(separators: Separators, gap: bytes) -> Cut:
    """Return the cut of interchanges with these separators; most files have those of the file before."""
    return Cut(separators, gap)


_Change = tuple[int, Nesting]  # the number of the segment before which loops end and begin


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
        self._state = self._plain.after_st
        self._run = 1
        self._slots: dict[int, int] = {}
        self._needs_exact_walk = definition.needs_exact_walk
        self._totals = Totals(definition.id)
        self._keeps_tree = keeps_tree
        self._loops = [Loop("")]

    @property
    def suffices(self) -> bool:
        """Return whether this walk looks at everything that the definition asks for."""
        return not self._needs_exact_walk

    @property
    def loops(self) -> list[Loop]:
        """The open loops of the tree, the set itself first."""
        return self._loops

    @loops.setter
    def loops(self, loops: list[Loop]) -> None:
        self._loops = loops

    def take_first(self, st: Segment) -> None:
        """Take the ST."""
        if self._keeps_tree:
            self._loops[0].segments.append(st)
            self._loops[0].numbers.append(1)

    def take(self, rows: list[Segment], number: int, raw: bytes, cut: Cut, offset: int) -> bool:
        """Take `rows`, cut from `raw`, the first being segment `number` of the set; return whether nothing is wrong with them.

        When something may be wrong, the walk stands where it stood before.
        """
        automaton = (
            Automaton.of(self._definition, self._release, self._separators) if cut.has_structure(raw) else self._plain
        )
        state = self._state
        if state.automaton is not automaton:
            state = automaton.state_at(state.levels)
        before = (self._run, self._slots.copy())
        changes: list[_Change] = []
        watched: list[tuple[int, Segment]] = []
        reached = self._follow(rows, state, number, changes, watched)
        if reached is None or not self._adds_up(watched, reached, raw, cut, offset):
            self._run, self._slots = before
            return False
        self._state = reached
        if self._keeps_tree:
            self._hang(rows, number, changes)
        return True

    def _adds_up(self, watched: list[tuple[int, Segment]], reached: State, raw: bytes, cut: Cut, offset: int) -> bool:
        if not watched and not reached.is_end:
            return True
        return self._totals.take_rows(watched, lambda: cut.offsets_of("HL", raw, offset), is_over=reached.is_end)

    def _follow(
        self,
        rows: list[Segment],
        state: State,
        number: int,
        changes: list[_Change],
        watched: list[tuple[int, Segment]],
    ) -> State | None:
        """Return the state after `rows`, None when something may be wrong.

        Args:
            rows: segments of the set.
            state: before the first of them.
            number: of the first of them.
            changes: takes where loops end and begin, when a tree is kept.
            watched: takes the segments that count in totals, each with its number.
        """
        run = self._run
        slots = self._slots
        keeps_tree = self._keeps_tree
        try:
            for place, segment in enumerate(rows, number):
                state, checks, effect = state[segment[0]]
                if not checks[len(segment)](segment):
                    return None
                if effect is not None:
                    slot, most, is_repeat, nesting, is_watched = effect
                    if slot >= 0:
                        slots[slot] = repeats = slots[slot] + 1 if is_repeat else 1
                        if repeats > most:
                            return None
                    elif slot == -1:
                        run = run + 1 if is_repeat else 1
                        if run > most:
                            return None
                    if is_watched:
                        watched.append((place, segment))
                    if keeps_tree and nesting is not None:
                        changes.append((place, nesting))
        except KeyError:
            return None
        self._run = run
        return state

    def _hang(self, rows: list[Segment], number: int, changes: list[_Change]) -> None:
        """Hang `rows`, the first being segment `number`, in the tree: a loop at a time, since objects are most of the cost."""
        open_loops = self._loops
        after = number + len(rows)
        first = changes[0][0] if changes else after
        if first > number:
            open_loops[-1].segments.extend(rows[: first - number])
            open_loops[-1].numbers.extend(range(number, first))
        ends = [place for place, _ in changes[1:]]
        ends.append(after)
        for (begin, (closes, opens)), end in zip(changes, ends, strict=False):
            if closes:
                del open_loops[-closes:]
            own = rows[begin - number : end - number]
            if not opens:
                open_loops[-1].segments.extend(own)
                open_loops[-1].numbers.extend(range(begin, end))
                continue
            for name in opens[:-1]:
                outer = Loop(name)
                open_loops[-1].loops.append(outer)
                open_loops.append(outer)
            inner = Loop(opens[-1], own, range(begin, end))
            open_loops[-1].loops.append(inner)
            open_loops.append(inner)

    def finish(self) -> list[Finding]:
        """Return what can be said only now that the set is over."""
        return list(self._totals.finish())

    def hand_over(self, *, uses_compiled_checks: bool = True) -> SetWalk:
        """Return an exact walk that stands where this one stands."""
        frames = []
        levels = self._state.levels
        for depth, level in enumerate(levels):
            item = item_at(level)
            frame = Frame(level.loop, self._loops[depth] if self._keeps_tree else Loop(level.loop.name))
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
