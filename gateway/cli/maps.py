"""`gateway maps list`, `check` and `test`: every map, what is wrong with it, and whether its samples still come out as they should."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.api.map_views import (
    DifferenceView,
    MapComplaints,
    MapList,
    MapView,
    SampleList,
    SampleView,
)
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home
from gateway.cli.map_differences import differences, plain, spoken_findings
from gateway.cli.map_folders import MapFolders, Sample, map_folders, readings_of, written_again
from gateway.cli.printing import counted, print_columns, print_json, say, shown
from gateway.errors import GatewayError
from gateway.map_shelf import MapShelf
from translators.errors import TranslationError
from translators.mapping import Map
from translators.mapping.errors import Complaints
from translators.mapping.tables import read_table

Names = Annotated[list[str] | None, typer.Argument(metavar="[MAP]...", help="Only these; else all of them.")]
SHOWN = 40  # differences of one sample


def list_maps(home: Home = None, as_json: AsJson = False) -> Exit:
    """List the maps: what each is for, its version, and who uses it."""
    folders = map_folders(home)
    shelf = MapShelf(folders.load)
    views = [_map_view(name, shelf, folders) for name in folders.names()]
    if as_json:
        print_json(MapList(maps=tuple(views)))
        return Exit.DONE
    rows = [
        (
            v.name,
            v.document or "does not load",
            f"{v.wire} {v.set} {' '.join(v.releases)}".strip(),
            v.version,
            f"{'yours' if v.is_own else 'shipped'}{', extends ' + v.extends if v.extends else ''}",
            ", ".join(v.used_by),
        )
        for v in views
    ]
    print_columns(("map", "document", "wire", "version", "where", "used by"), rows)
    return Exit.DONE


def _map_view(name: str, shelf: MapShelf, folders: MapFolders) -> MapView:
    by, complaints = _loaded(name, shelf)
    rules = None if by is None else by.rules
    return MapView(
        name=name,
        title="" if rules is None else rules.title,
        document="" if rules is None else str(rules.document_type),
        wire="" if rules is None else rules.wire,
        set="" if rules is None else rules.set_id,
        releases=() if rules is None else rules.releases,
        version="" if by is None else by.version,
        extends="" if rules is None else rules.extends,
        is_own=folders.is_own(name),
        used_by=folders.used_by.get(name, ()),
        complaints=complaints,
    )


def _loaded(name: str, shelf: MapShelf) -> tuple[Map | None, tuple[str, ...]]:
    try:
        return shelf(name), ()
    except TranslationError as unusable:
        return None, tuple(getattr(unusable, "complaints", (unusable.sentence,)))


def check(maps: Names = None, home: Home = None, as_json: AsJson = False) -> Exit:
    """Check maps and code tables, used or not, and name every mistake at once."""
    folders = map_folders(home)
    chosen = folders.chosen(maps or [])
    shelf = MapShelf(folders.load)
    told: dict[str, None] = {}
    for name in chosen:
        told |= dict.fromkeys(_loaded(name, shelf)[1])
    tables = [] if maps else folders.tables()
    for name in tables:
        complaints = Complaints()
        file = f"tables/{name}.toml"
        read_table(name, file, folders.load(file) or b"", complaints)
        told |= dict.fromkeys(complaints.found)
    if as_json:
        print_json(MapComplaints(maps=len(chosen), tables=len(tables), complaints=tuple(told)))
    else:
        for complaint in told:
            print(complaint)
        many = f"{counted(len(chosen), 'map')}" + (f" and {counted(len(tables), 'table')}" if tables else "")
        say(f"{many}: {counted(len(told), 'mistake') if told else 'no mistakes'}.")
    return Exit.FAILED if told else Exit.DONE


def run_samples(maps: Names = None, home: Home = None, as_json: AsJson = False) -> Exit:
    """Translate every map's samples, and show where the result is not what the sample says."""
    folders = map_folders(home)
    chosen = folders.chosen(maps or [])
    shelf = MapShelf(folders.load)
    samples = folders.samples(chosen)
    views = [_tested(sample, shelf, folders) for sample in samples]
    without = tuple(name for name in chosen if name not in {s.map for s in samples})
    if as_json:
        print_json(SampleList(samples=tuple(views), without_samples=without))
    else:
        _print_tested(views, without)
    return Exit.DONE if all(v.is_right for v in views) else Exit.FAILED


def _tested(sample: Sample, shelf: MapShelf, folders: MapFolders) -> SampleView:
    by, complaints = _loaded(sample.map, shelf)
    differing: list[tuple[str, str, str]] = []
    if by is not None:
        try:
            expected, findings = sample.expected()
        except (OSError, ValueError) as broken:
            raise GatewayError(
                "GW-6502", f"The sample {sample.name} has no JSON that can be read: {broken}."
            ) from broken
        contexts = [(str((e or {}).get("partner", "")), bool((e or {}).get("is_test", False))) for e in expected]
        got, found, lost = [], [], []
        for before, reading in readings_of(by, sample.file.read_bytes(), folders, contexts or [("", False)]):
            found += spoken_findings((*before, *(() if reading is None else reading.findings)))
            got.append(None if reading is None else plain(reading.document))
            if reading is not None and reading.is_accepted:
                again = written_again(by, reading)
                lost += (
                    [] if again is None else list(differences(got[-1], plain(again.document), "written and read again"))
                )
        differing = [*differences(expected, got), *differences(findings, found, "findings"), *lost]
    return SampleView(
        map=sample.map,
        sample=sample.name,
        is_right=not complaints and not differing,
        complaints=complaints,
        differences=tuple(DifferenceView(path=p, before=b, after=a) for p, b, a in differing),
    )


def _print_tested(views: list[SampleView], without: tuple[str, ...]) -> None:
    for view in views:
        if view.is_right:
            continue
        print(f"{view.sample}, map {view.map}:")
        for complaint in view.complaints:
            print(f"  {complaint}")
        for one in view.differences[:SHOWN]:
            print(shown(f"  {one.path}: expected {one.before or 'nothing'}, got {one.after or 'nothing'}"))
        if len(view.differences) > SHOWN:
            print(f"  and {len(view.differences) - SHOWN} more")
    if without:
        say(f"Without a sample: {', '.join(without)}.")
    wrong = sum(not v.is_right for v in views)
    verdict = f"{wrong} not as it says" if wrong else "all as they say"
    say(f"{counted(len(views), 'sample')} of {counted(len({v.map for v in views}), 'map')}: {verdict}.")
