"""Maps by name, as the files have them: the operator's own first, then the shipped ones; loaded once, their text kept beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway import shipped
from gateway.settings import Settings
from translators.mapping import Map, load_map

Load = Callable[[str], bytes | None]
_DEFINITION = re.compile(r"x12/\d{6}/")  # facts of the standard, which no map's version counts


@dataclass(frozen=True, slots=True)
class MapText:
    """Everything that one version of a map was made of: the map, what it extends, its tables, by name below maps/."""

    name: str
    version: str
    files: Mapping[str, bytes]


class MapShelf:
    """Maps by name, loaded once.

    Args:
        load: gives the bytes of a file below maps/, None when there is none.
    """

    def __init__(self, load: Load) -> None:
        self._load = load
        self._maps: dict[str, Map] = {}
        self._files: dict[str, dict[str, bytes]] = {}

    def __call__(self, name: str) -> Map:
        """Return a map. Raises TranslationError when it does not load."""
        maps = self._maps
        if name not in maps:
            self._files[name], maps[name] = loaded(name, self._load)
        return maps[name]

    def texts(self) -> list[MapText]:
        """Return the text of every map that was loaded."""
        return [
            MapText(name, by.version, self._files[name]) for name, by in self._maps.items() if self._files.get(name)
        ]

    def versions(self) -> dict[str, str]:
        """Return the version of every map that was loaded."""
        return {name: by.version for name, by in self._maps.items()}

    def replace(self, other: MapShelf) -> None:
        """Take over the maps of another shelf; what is being translated goes on with the map it began with."""
        self._maps, self._files = other._maps, other._files


def loaded(name: str, load: Load) -> tuple[dict[str, bytes], Map]:
    """Return a map and the text it was made of. Raises TranslationError when it does not load."""
    read: dict[str, bytes] = {}

    def noted(file: str) -> bytes | None:
        content = load(file)
        if content is not None and not _DEFINITION.match(file):
            read[file] = content
        return content

    by = load_map(name, noted)
    return read, by


def maps_loader(settings: Settings) -> Load:
    """Return the function that finds a map or a definition by name: the operator's own first, then the shipped ones."""
    return folders_loader((settings.path(settings.maps_dir), shipped.maps_dir()))


def folders_loader(folders: Iterable[Path]) -> Load:
    """Return the function that finds a file below the first of `folders` that has it."""
    roots = [folder.resolve() for folder in folders]

    def load(name: str) -> bytes | None:
        for root in roots:
            path = (root / name).resolve()
            if root in path.parents and path.is_file():
                return path.read_bytes()
        return None

    return load


def kept_loader(files: Mapping[str, bytes], load: Load) -> Load:
    """Return the function that finds a file among those that were kept, definitions of the standard by `load`."""
    return lambda name: load(name) if _DEFINITION.match(name) else files.get(name)
