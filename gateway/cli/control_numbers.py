"""`gateway control-numbers`: how far the numbers we give out are, and moving them."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.api.control_number_views import ControlNumberList, ControlNumberView
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home, opened_database, settings_of
from gateway.cli.printing import print_columns, print_json, say
from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.profiles import load_partners
from gateway.steps.station import person
from gateway.store import control_numbers


def list_numbers(home: Home = None, as_json: AsJson = False) -> Exit:
    """List how far each partner's control numbers are."""
    with opened_database(settings_of(home)) as database, database.read() as connection:
        found = control_numbers.listed(connection)
    if as_json:
        views = tuple(ControlNumberView(partner=n.partner, scope=n.scope, last=n.last, next=n.next) for n in found)
        print_json(ControlNumberList(control_numbers=views))
        return Exit.DONE
    print_columns(("partner", "of", "last", "next"), [(n.partner, n.scope, str(n.last), str(n.next)) for n in found])
    return Exit.DONE


def set_number(
    partner: Annotated[str, typer.Argument(help="The partner's id.")],
    scope: Annotated[str, typer.Argument(help="ISA or GS.")],
    number: Annotated[int, typer.Argument(help="The number that is given out next.")],
    reason: Annotated[str, typer.Option(help="Why; is kept.")],
    home: Home = None,
) -> Exit:
    """Say which control number a partner gets next; who did it and why is kept."""
    settings = settings_of(home)
    if partner not in load_partners(settings.path(settings.partners_dir)).by_id:
        raise GatewayError("GW-6205", f"There is no partner {partner[:64]!r} in {settings.partners_dir}.")
    now = SystemClock().now()
    with opened_database(settings) as database:
        was = database.write(
            lambda c: control_numbers.set_next(c, partner, scope.upper(), number, reason, person("cli"), now)
        )
    before = "none was given out yet" if was is None else f"{was.next} would have been next"
    say(f"{partner} gets {scope.upper()} {number} next; {before}.")
    return Exit.DONE
