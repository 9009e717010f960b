"""`gateway maps diff`: what a change to the maps changes in the documents that were exchanged last, before it takes effect."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.api.map_views import ChangedDocument, MapDifference
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home
from gateway.cli.map_comparison import as_made, compared, last_documents, with_maps
from gateway.cli.map_sources import maps_of
from gateway.cli.printing import bold, counted, print_json, print_wrapped, red, say, shown
from gateway.cli.station import built_station
from gateway.map_shelf import maps_loader
from gateway.states import LABELS, Kind

SHOWN = 20  # differences of one document on screen; --json has all of them


def diff(
    maps: Annotated[
        list[str] | None, typer.Argument(metavar="[MAP]...", help="Only what these made; else all.")
    ] = None,
    candidate: Annotated[
        str,
        typer.Option(
            help="The changed maps: a folder, or a git revision of the maps folder. Default: the maps as they are."
        ),
    ] = "",
    against: Annotated[
        str,
        typer.Option(
            help="What to compare with: a folder or a git revision. Default: the map that made each document."
        ),
    ] = "",
    partner: Annotated[str, typer.Option(help="Only this partner's documents.")] = "",
    last: Annotated[int, typer.Option(min=1, max=100_000, help="How many documents, the newest.")] = 50,
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Translate the last documents again by changed maps, and show what would be different.

    What came in is read again from its stored bytes, what went out is written again from its canonical form; nothing is stored or sent.
    Ends with 4 when a document that was good would be refused.
    """
    changed: list[ChangedDocument] = []
    looked_at = 0
    with built_station(home) as station:
        settings = station.settings
        load = maps_loader(settings)
        after = with_maps(station, maps_of(candidate, settings)) if candidate else station
        past = with_maps(station, maps_of(against, settings)) if against else None
        for document in last_documents(station, set(maps or ()), partner, last):
            looked_at += 1
            before = past or as_made(station, document, station.map_named, load)
            found = compared(document, before, after)
            if found is not None:
                changed.append(found)
                if not as_json:
                    _print_changed(found)
    if as_json:
        print_json(MapDifference(looked_at=looked_at, documents=tuple(changed)))
    else:
        refused = sum(c.is_refused_now for c in changed)
        said = f"{counted(looked_at, 'document')} translated again: {len(changed)} would be different"
        say(said + (f", {refused} of them refused." if refused else "."))
    return Exit.REFUSED if any(c.is_refused_now for c in changed) else Exit.DONE


def _print_changed(changed: ChangedDocument) -> None:
    versions = f"{changed.before or '?'} → {changed.after or '?'}"
    what = f"{LABELS[Kind(changed.kind)]} {changed.number}"
    print(bold(shown(f"{changed.id}  {changed.partner}  {what}  {changed.map} {versions}")))
    if changed.is_refused_now:
        print(red("  would be refused"))
    if changed.trouble:
        print_wrapped(f"could not be translated again: {changed.trouble}", indent="  ", hanging="  ")
    for one in changed.differences[:SHOWN]:
        print(shown(f"  {one.path}: {one.before or '(none)'} → {one.after or '(none)'}"))
    for line in changed.lines[:SHOWN]:
        print(shown(f"  {line}"))
    more = len(changed.differences) + len(changed.lines) - SHOWN
    if more > 0:
        print(f"  and {more} more")
    for sign, findings in (("+", changed.new_findings), ("-", changed.gone_findings)):
        for finding in findings:
            print_wrapped(f"{sign} {finding}", indent="  ", hanging="  ")
