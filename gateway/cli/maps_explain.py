"""`gateway maps explain`: what a map does with one place on the wire, or where one canonical field comes from and goes to."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated

import typer

from gateway.api.map_views import RuleList, RuleView
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home
from gateway.cli.map_folders import map_folders
from gateway.cli.map_rules import Told, asked_for, clauses_about, layers_of, rule_view, spoken_clause, told_rules
from gateway.cli.printing import bold, print_json, print_wrapped, shown
from gateway.errors import GatewayError
from gateway.map_shelf import MapShelf

CODES_SHOWN = 12
_ARROWS = {"both": "↔", "read": "→", "write": "←"}


def explain(
    map_name: Annotated[str, typer.Argument(metavar="MAP", help="The map, as agreements name it: x12/850.")],
    path: Annotated[
        str,
        typer.Argument(
            help="A place on the wire (BEG03, PO1/PO102, PO1) or a canonical field (order_number, lines.price)."
        ),
    ],
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Tell what a map does with a place on the wire, or where a canonical field comes from and goes to."""
    folders = map_folders(home)
    (name,) = folders.chosen([map_name])
    by = MapShelf(folders.load)(name)
    every = told_rules(by)
    found = asked_for(every, path)
    clauses = clauses_about(by, found, path)
    if not found and not clauses:
        raise GatewayError("GW-6503", f"Nothing in map {name} is about {shown(path)}{_hint(path, every)}")
    layers = layers_of(name, folders.load)
    views = [rule_view(told, by, layers) for told in found]
    if as_json:
        spoken = tuple(spoken_clause(clause) for clause in clauses)
        print_json(RuleList(map=name, version=by.version, path=path, rules=tuple(views), clauses=spoken))
        return Exit.DONE
    for view in views:
        _print_rule(view)
    for clause in clauses:
        print_wrapped(f"The guide: {spoken_clause(clause)}", hanging="  ")
    return Exit.DONE


def _hint(path: str, every: list[Told]) -> str:
    known = [rule.canonical for rule in every] + [place.rpartition("/")[2] for rule in every for place in rule.wire]
    close = get_close_matches(path, known, n=1)
    kept = "what comes there is kept among the document's extensions"
    return f"; {kept}. Did you mean {close[0]}?" if close else f"; if it is a place on the wire, {kept}."


def _print_rule(view: RuleView) -> None:
    places = " or ".join(view.wire) or "(no place of its own)"
    print_wrapped(f"{view.canonical}  {_ARROWS[view.direction]}  {places}", hanging="    ", style=bold)
    for said in (view.kind, *view.says):
        print_wrapped(said, indent="  ", hanging="  ")
    if view.codes:
        codes = [f"{code} = {word}" for code, word in view.codes.items()]
        more = f" and {len(codes) - CODES_SHOWN} more" if len(codes) > CODES_SHOWN else ""
        table = f"table {view.table}" if view.table else "codes"
        print_wrapped(f"{table}: {', '.join(codes[:CODES_SHOWN])}{more}", indent="  ", hanging="  ")
    print(f"  said in {view.file}")
