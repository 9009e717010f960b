"""Which maps there are, where they lie, and the samples beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gateway import shipped
from gateway.errors import ConfigurationError, GatewayError
from gateway.map_shelf import Load, folders_loader
from gateway.profiles import load_partners
from gateway.settings import Settings, load_settings
from translators.findings import Finding
from translators.mapping import Map, ReadContext, Reading, WriteContext
from translators.x12 import Catalogue, GroupHeader, InterchangeHeader, Policy, Separators, TransactionSet, read

SAMPLES = "samples"
TABLES = "tables"
FINDINGS = ".findings.json"


@dataclass(frozen=True, slots=True)
class MapFolders:
    """The folders of maps, the operator's own first; what lies in both is the operator's.

    Args:
        used_by: map → the partners whose agreements name it.
    """

    roots: tuple[Path, ...]
    used_by: dict[str, tuple[str, ...]]

    @property
    def load(self) -> Load:
        """Return the function that gives the bytes of a file by its name below maps/."""
        return folders_loader(self.roots)

    @property
    def catalogue(self) -> Catalogue:
        """Return the definitions of the standard."""
        load = self.load
        return Catalogue(lambda name: load(f"x12/{name}"))

    def names(self) -> list[str]:
        """Return the name of every map, in order."""
        return self._below(lambda parts: TABLES not in parts)

    def tables(self) -> list[str]:
        """Return the name of every code table, in order: "units"."""
        return [name.removeprefix(f"{TABLES}/") for name in self._below(lambda parts: parts[0] == TABLES)]

    def _below(self, wanted: Callable[[tuple[str, ...]], bool]) -> list[str]:
        found = set()
        for root in self.roots:
            for file in root.rglob("*.toml"):
                parts = file.relative_to(root).parts
                if SAMPLES not in parts and wanted(parts):
                    found.add("/".join(parts).removesuffix(".toml"))
        return sorted(found)

    def chosen(self, names: Sequence[str]) -> list[str]:
        """Return the maps called `names`, all of them when there are none.

        Raises:
            GatewayError: GW-6501, there is no such map.
        """
        known = self.names()
        for name in names:
            if name not in known:
                close = get_close_matches(name, known, n=1)
                hint = f"; did you mean {close[0]}?" if close else ". `gateway maps list` lists those there are."
                raise GatewayError("GW-6501", f"There is no map {name}{hint}")
        return list(names) or known

    def is_own(self, name: str) -> bool:
        """Return whether a map is the operator's own."""
        return len(self.roots) > 1 and (self.roots[0] / f"{name}.toml").is_file()

    def samples(self, names: Sequence[str]) -> list[Sample]:
        """Return the samples of maps, in order: those beside samples/'s folder whose name they begin with."""
        every = self.names()
        found = []
        for root in self.roots:
            for file in sorted(root.rglob(f"{SAMPLES}/*")):
                if file.suffix == ".json" or not file.with_suffix(".json").is_file():
                    continue
                folder = "/".join(file.relative_to(root).parts[:-2])
                fitting = [n for n in every if f"{folder}/{file.stem}-".startswith(f"{n}-")]
                if fitting and max(fitting, key=len) in names:
                    found.append(Sample(max(fitting, key=len), file))
        return sorted(found, key=lambda s: (s.map, s.file.name))


@dataclass(frozen=True, slots=True)
class Sample:
    """A wire file and, beside it, what its map must make of it: `.json`, and `.findings.json` where it finds something."""

    map: str
    file: Path

    @property
    def name(self) -> str:
        """Return what a sample is called."""
        return f"{self.map.rpartition('/')[0]}/{SAMPLES}/{self.file.name}"

    def expected(self) -> tuple[list[Any], list[str]]:
        """Return the canonical documents (None for one that is refused) and the findings, "code value", that must come of it."""
        documents = json.loads(self.file.with_suffix(".json").read_text(encoding="utf-8"))
        found = self.file.with_name(self.file.stem + FINDINGS)
        findings = json.loads(found.read_text(encoding="utf-8")) if found.is_file() else []
        return documents if isinstance(documents, list) else [documents], findings


def map_folders(home: Path | None) -> MapFolders:
    """Return the maps of the gateway in `home`; where there is none, the shipped ones."""
    settings = load_settings(home)
    own = settings.path(settings.maps_dir)
    came = shipped.maps_dir()
    roots = (own, came) if own.is_dir() and own.resolve() != came.resolve() else (came,)
    return MapFolders(roots, _used_by(settings))


def _used_by(settings: Settings) -> dict[str, tuple[str, ...]]:
    try:
        partners = load_partners(settings.path(settings.partners_dir))
    except ConfigurationError:
        return {}  # `gateway check` says why
    found: dict[str, dict[str, None]] = {}
    for profile in partners.by_id.values():
        for agreement in profile.agreements:
            found.setdefault(agreement.map, {})[profile.id] = None
    return {name: tuple(names) for name, names in found.items()}


def readings_of(
    by: Map, content: bytes, folders: MapFolders, contexts: Sequence[tuple[str, bool]]
) -> Iterator[tuple[tuple[Finding, ...], Reading | None]]:
    """Yield what a map makes of each document in a file, and what was found before it.

    Args:
        contexts: for each document, the partner and whether it is a test; the last serves for all further ones.
    """
    given = iter(contexts)
    partner, is_test = contexts[0]
    if by.wire == "x12":
        header: InterchangeHeader | None = None
        group: GroupHeader | None = None
        for event in read([content], folders.catalogue, _policy(by, content, folders), keep_trees=True):
            if isinstance(event, InterchangeHeader):
                header = event
            elif isinstance(event, GroupHeader):
                group = event
            elif isinstance(event, TransactionSet) and header is not None and group is not None:
                partner, is_test = next(given, (partner, is_test))
                context = ReadContext(partner, is_test, separators=header.separators, release=group.release)
                yield event.findings, None if event.tree is None else by.read(event.tree, context)
        return
    trees = by.trees(content)
    if not trees.trees:
        yield trees.findings, None
    for number, tree in enumerate(trees.trees):
        partner, is_test = next(given, (partner, is_test))
        yield (*(() if number else trees.findings), *trees.about(number)), by.read(tree, ReadContext(partner, is_test))


def _policy(by: Map, content: bytes, folders: MapFolders) -> Policy:
    """Return a policy by which a release without definitions is read by the nearest one that the map is for."""
    found = {}
    for event in read([content], folders.catalogue):
        if isinstance(event, GroupHeader):
            release = event.release[:6]
            if folders.load(f"x12/{release}/{by.set_id}.json") is None:
                known = sorted(by.rules.releases)
                found[release] = max((r for r in known if r <= release), default=known[0])
    return Policy(releases=found)


def written_again(by: Map, reading: Reading, separators: Separators | None = None) -> Reading | None:
    """Return what the map reads of what it writes of a document; None where the document cannot be written."""
    document = reading.document
    assert document is not None  # asked only of what was read  # noqa: S101
    release = max(by.rules.releases, default="")
    writing = by.write(
        document, WriteContext(release=release, separators=separators or Separators("\x1d", "\x1f", "\x1c", "\x1e"))
    )
    if any(f.refuses for f in writing.findings):
        return None
    context = ReadContext(
        document.partner,
        document.is_test,
        separators=separators or Separators("\x1d", "\x1f", "\x1c", "\x1e"),
        release=release,
    )
    if by.wire == "x12":
        return by.read(writing.tree, context)
    (tree,) = by.trees(by.payload([writing.tree]).content).trees
    return by.read(tree, context)
