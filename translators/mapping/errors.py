"""What is wrong with a map: every complaint at once, each naming the file, the key and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from translators.errors import TranslationError


class MapErrors(TranslationError):  # noqa: N818  it carries all of them
    """A map that does not load.

    Args:
        name: the map that was asked for ("x12/850").
        complaints: "maps/x12/850.toml: lines.price.path: …", all of them, in the order of the file.
    """

    def __init__(self, name: str, complaints: tuple[str, ...]) -> None:
        super().__init__("MAP-INVALID", "; ".join(complaints), map=name)
        self.complaints = complaints


class Complaints:
    """Collects what is wrong with one map while it is read."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, file: str, key: str, sentence: str) -> None:
        """Note that `key` of `file` is wrong; the same complaint is kept once."""
        complaint = f"maps/{file}: {key}: {sentence}" if key else f"maps/{file}: {sentence}"
        if complaint not in self.found:
            self.found.append(complaint)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean X?" for the known word nearest to `word`, else the choice when it is short, else ""."""
    choice = sorted(set(known))
    near = difflib.get_close_matches(word, choice, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known here: {', '.join(choice)}" if 0 < len(choice) <= 12 else ""
