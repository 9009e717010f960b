"""A transaction set's structure as an automaton.

The state after a segment is the place it took; `state[tag]` is the step to the next. Wrong order, a missing mandatory segment and an
unknown one are all the same failed look-up. A step carries what else is to be done: the checks of the segment, what to count, and
which loops end and begin. Steps are worked out when first taken, by the very rule of `walk`, so an automaton costs what it is used for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from translators.x12.compiled_checks import SegmentChecks, checks_of
from translators.x12.definitions import LoopUse, ReleaseDefinition, SegmentUse, SetDefinition
from translators.x12.model import Separators
from translators.x12.totals import watched_segments


@dataclass(frozen=True, slots=True)
class Level:
    """One open loop of a place, and the index of the item in it that the place is at or inside of."""

    loop: LoopUse
    index: int


class Nesting(NamedTuple):
    """How many loops end before the segment, and the names of those that begin with it."""

    closes: int
    opens: tuple[str, ...]


class Effect(NamedTuple):
    """What a step does beside leading on.

    Args:
        slot: where the repeats of the loop that begins are counted; -1 where the run of one segment is, -2 where nothing is.
        most: how often at most.
        is_repeat: whether it goes on counting or begins anew.
        nesting: which loops end and begin, None when none do.
        is_watched: whether the segment counts in the set's totals.
    """

    slot: int
    most: int
    is_repeat: bool
    nesting: Nesting | None
    is_watched: bool


class State(dict[str, "Step"]):
    """The steps from one place, by tag; a tag that leads nowhere is a KeyError."""

    __slots__ = ("automaton", "is_end", "levels")

    def __init__(self, automaton: Automaton, levels: tuple[Level, ...]) -> None:
        super().__init__()
        self.automaton = automaton
        self.levels = levels
        self.is_end = len(levels) == 1 and levels[0].loop.items[levels[0].index].first_id == "SE"

    def __missing__(self, tag: str) -> Step:
        step = self.automaton.step(self.levels, tag)
        if step is None:
            raise KeyError(tag)
        self[tag] = step
        return step


# A plain tuple, because it is taken apart once per segment: the next state, the checks, and what most steps have not.
Step = tuple[State, SegmentChecks, Effect | None]


class Automaton:
    """The automaton of one set in one release; states are made as they are reached."""

    def __init__(self, definition: SetDefinition, release: ReleaseDefinition, separators: Separators | None) -> None:
        """Take `separators` only for texts whose values may hold components or repetitions."""
        self._release = release
        self._separators = separators
        self._watched = watched_segments(definition.id)
        self._states: dict[tuple[tuple[int, int], ...], State] = {}
        self.after_st = self.state_at((Level(definition.root, -1),))["ST"][0]

    @classmethod
    def of(cls, definition: SetDefinition, release: ReleaseDefinition, separators: Separators | None) -> Automaton:
        """Return the automaton, made once and kept with the release."""
        return release.compiled(("automaton", definition.id, separators), lambda: cls(definition, release, separators))

    def state_at(self, levels: tuple[Level, ...]) -> State:
        """Return the state of a place, which may be one of another automaton of the same set."""
        key = tuple((id(level.loop), level.index) for level in levels)
        found = self._states.get(key)
        if found is None:
            found = self._states[key] = State(self, levels)
        return found

    def step(self, levels: tuple[Level, ...], tag: str) -> Step | None:
        """Return the step from a place on `tag`: to the first place, innermost outwards, that passes over nothing mandatory."""
        for depth in range(len(levels) - 1, -1, -1):
            level = levels[depth]
            for index in level.loop.places.get(tag, ()):
                item = level.loop.items[index]
                # A place already passed, or one with no room: the next, as in `walk`.
                if index < level.index or (index == level.index and item.most == 1) or (index == 0 and depth):
                    continue
                if any(level.index < m < index for m in level.loop.mandatory):
                    return None
                # LS01 tells which of several bounded loops begins, and a step knows only the tag.
                if tag == "LS" and len(level.loop.places[tag]) > 1:
                    return None
                return None if item.is_forbidden else self._step_to(levels, depth, index, tag)
            if any(level.index < m for m in level.loop.mandatory):
                return None
        return None

    def _step_to(self, levels: tuple[Level, ...], depth: int, index: int, tag: str) -> Step:
        here = levels[depth]
        item = here.loop.items[index]
        slot, most = -2, 0
        if item.most is not None and item.most > 1:
            slot = slot_of(self._release, item) if isinstance(item, LoopUse) else -1
            most = item.most
        target = [*levels[:depth], Level(here.loop, index)]
        opens: list[str] = []
        while isinstance(item, LoopUse):
            opens.append(item.name)
            target.append(Level(item, 0))
            item = item.items[0]
        closes = len(levels) - 1 - depth
        nesting = Nesting(closes, tuple(opens)) if closes or opens else None
        is_watched = tag in self._watched
        has_effect = slot != -2 or nesting is not None or is_watched
        return (
            self.state_at(tuple(target)),
            checks_of(self._release, tag, self._separators, item.definition),
            Effect(slot, most, index == here.index, nesting, is_watched) if has_effect else None,
        )


def slot_of(release: ReleaseDefinition, loop: LoopUse) -> int:
    """Return the number under which the repeats of `loop` are counted, the same in every automaton of `release`."""
    return release.slots.setdefault(id(loop), len(release.slots))


def item_at(level: Level) -> SegmentUse | LoopUse:
    """Return the item a level is at."""
    return level.loop.items[level.index]
