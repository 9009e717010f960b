"""`gateway simulate`: play a partner's side against a gateway that runs."""

from __future__ import annotations

import csv
import json
import sys
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.bootstrap import partner_folders
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home, opened_database, settings_of
from gateway.cli.printing import print_columns, print_wrapped, shown
from gateway.errors import GatewayError
from gateway.map_shelf import maps_loader
from gateway.profiles import PartnerProfile, load_partners
from gateway.settings import Settings
from gateway.simulator.behaviours import BEHAVIOURS, MIX
from gateway.simulator.papers import SOLD, Sold
from gateway.simulator.partner import Manners, SimulatedPartner, first_control_number
from gateway.simulator.simulation import Fate, Look, Plan, Report, received
from gateway.simulator.simulation import simulate as play
from gateway.states import STATES, Direction, Kind, State
from gateway.store import documents, tables
from gateway.store.engine import Database
from translators.mapping import Map, load_map
from translators.x12 import Catalogue

_NAMES = [*BEHAVIOURS, MIX]


def simulate(  # noqa: PLR0913, PLR0917  each is an option that a person types
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="Id or name of the partner whose side is played.")],
    behaviour: Annotated[
        str, typer.Option("--behaviour", "-b", metavar="NAME", help=f"One of {', '.join(_NAMES)}.")
    ] = "good",
    count: Annotated[
        int, typer.Option(min=1, max=100_000, help="Orders a customer sends, or orders of ours a supplier answers.")
    ] = 3,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Decides what is left to chance.")] = 1,
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="How long it lasts at most.")] = 60,
    items: Annotated[
        Path | None,
        typer.Option(
            help="CSV file of what is ordered: your item number, UPC or GTIN, price. Default: the sample ERP's."
        ),
    ] = None,
    prefix: Annotated[str, typer.Option(help="What order numbers begin with. Default: the time of the start.")] = "",
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Play a partner's side against a gateway that runs, over its folders.

    A customer sends orders, takes the answers and acknowledges them; a supplier waits for orders of yours and answers them. Everything
    is written and read by the partner's own maps. good: as it should be; late: answers late; duplicate: every file twice; partial: a
    broken order beside the good one, or a part delivered; rejecting: rejects what you send; malformed: files cut off, empty or
    something else; mix: all of these by chance. Says at the end what became of each order. Progress is told on stderr. Ends with 4 when
    an order got no answer in time, or one that was as it should be was parked or refused.
    """
    settings = settings_of(home)
    profile = load_partners(settings.path(settings.partners_dir)).named(partner)
    if profile is None:
        raise GatewayError(
            "GW-6205", f"There is no partner {shown(partner)}; `gateway check` names the files in partners/."
        )
    if behaviour not in _NAMES:
        raise typer.BadParameter(f"{behaviour!r} is none of {', '.join(_NAMES)}.")
    if profile.transport.kind != "folder":
        raise GatewayError(
            "GW-6206",
            f"{profile.name} is reached by {profile.transport.kind}, and only folders can be simulated; try it with a copy of its file "
            f"whose transport is a folder.",
        )
    plan = Plan(behaviour, count, seed, prefix or f"S{datetime.now().astimezone():%m%d%H%M%S}", seconds, _items(items))
    made = _partner(profile, settings, Manners(behaviour, seed, fulfils=profile.role == "supplier", keeps_guide=True))
    with ExitStack() as stack:
        report = play(made, plan, lambda line: print(shown(line), file=sys.stderr), _look(profile, settings, stack))
    if as_json:
        print(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        _show(report)
    return Exit.REFUSED if report.unanswered or report.not_accepted else Exit.DONE


_TAKEN = frozenset(
    {State.POSTED, State.MATCHED, State.DUPLICATE}
)  # a state in which an order that came in was taken; any other final one is a person's


def _look(profile: PartnerProfile, settings: Settings, stack: ExitStack) -> Look:
    """Return what sees in the gateway's database what became of an order; it sees nothing where there is none."""
    database: Database | None = None
    with suppress(GatewayError):  # a gateway that never ran: the answers alone must tell
        database = stack.enter_context(opened_database(settings))

    def look(number: str) -> Fate | None:
        if database is None:
            return None
        with database.read() as connection:
            rows = documents.find(
                connection,
                tables.documents.c.partner == profile.id,
                tables.documents.c.direction == Direction.IN,
                tables.documents.c.kind == Kind.PURCHASE_ORDER,
                tables.documents.c.number == number,
            )
        # A file that came twice has a document that was taken, and one that is its duplicate.
        first = next((d for d in rows if d.state is not State.DUPLICATE), None) or next(iter(rows), None)
        if first is None:
            return None
        is_final = STATES[first.state].is_final
        return Fate(first.state.value, first.code or "", is_final, is_accepted=first.state in _TAKEN)

    return look


def _partner(profile: PartnerProfile, settings: Settings, manners: Manners) -> SimulatedPartner:
    load = maps_loader(settings)
    maps: dict[str, Map] = {}

    def map_named(name: str) -> Map:
        if name not in maps:
            maps[name] = load_map(name, load)
        return maps[name]

    inbox, outbox = partner_folders(settings, {profile.id: profile})
    catalogue = Catalogue(lambda name: load(f"x12/{name}"))
    numbers = first_control_number()
    return SimulatedPartner(
        profile, settings.company, (inbox, outbox), catalogue, map_named, manners, first_number=numbers
    )


def _items(path: Path | None) -> tuple[Sold, ...]:
    """Return what is ordered.

    Raises:
        GatewayError: GW-6203, the file cannot be read, or a row of it has no three values.
    """
    if path is None:
        return SOLD
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError) as unreadable:
        raise GatewayError("GW-6203", f"{shown(str(path))} cannot be read: {unreadable}.") from unreadable
    found = [(row[0].strip(), row[1].strip(), row[2].strip()) for row in rows if len(row) == 3]
    if not found or len(found) != len([row for row in rows if row]):
        raise GatewayError(
            "GW-6203", f"{shown(str(path))}: each row must be item number, UPC or GTIN, price; some are not."
        )
    return tuple(found)


def _show(report: Report) -> None:
    rows = [
        (
            o["number"],
            o["behaviour"],
            ", ".join(o["sent"]).replace("_", " "),
            ", ".join(o["got"]).replace("_", " ") or "nothing",
            o["became"],
        )
        for o in report.orders
    ]
    if rows:
        print_columns(("order", "behaviour", "sent", "received", "became"), rows)
    print_wrapped(f"Received in all: {received(report.got)}.")
    if report.not_accepted:
        print_wrapped(
            f"Not accepted, though sent as they should be: {', '.join(report.not_accepted)}. `gateway status NUMBER` tells why."
        )
    if report.unanswered:
        print_wrapped(f"Without an answer in time: {', '.join(report.unanswered)}. Does the gateway run?")
