"""`gateway documents`: the list of everything that came and left."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import typer

from gateway.api.document_views import DocumentList, document_view
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home, opened_database, settings_of
from gateway.cli.printing import print_columns, print_json, say, when
from gateway.states import Direction, Kind, State
from gateway.store.queries import Filters, page

_PARTNER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def documents(  # noqa: PLR0913, PLR0917  one option for each filter
    partner: Annotated[str, typer.Option(help="Only this partner's; the name of its file in partners/.")] = "",
    kind: Annotated[Kind | None, typer.Option(help="Only this kind.")] = None,
    state: Annotated[State | None, typer.Option(help="Only in this state.")] = None,
    direction: Annotated[Direction | None, typer.Option(help="in: from partners; out: to them.")] = None,
    needs_person: Annotated[bool, typer.Option("--needs-person", help="Only what waits for a person.")] = False,
    since: Annotated[
        datetime | None,
        typer.Option(help="Only from this day or time on, local.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 50,
    cursor: Annotated[str, typer.Option(help="Go on after an earlier list; it ends with its cursor.")] = "",
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """List documents, newest first: good ones and bad ones alike."""
    if partner and not _PARTNER.fullmatch(partner):
        raise typer.BadParameter("a partner's id has lower case letters, digits, - and _", param_hint="--partner")
    filters = Filters(
        partner=partner,
        kind=kind,
        state=state,
        direction=direction,
        needs_person=True if needs_person else None,
        since=None if since is None else since.astimezone(),
    )
    with opened_database(settings_of(home)) as database, database.read() as connection:
        found = page(connection, filters, limit, cursor)
    if as_json:
        print_json(DocumentList(documents=tuple(document_view(d) for d in found.documents), next=found.cursor or None))
        return Exit.DONE
    if not found.documents:
        say("No documents." if not cursor else "No more documents.")
        return Exit.DONE
    rows = [
        (d.id, when(d.created_at), d.partner, d.direction, d.set_id or d.kind.label, d.number, d.state, d.sentence)
        for d in found.documents
    ]
    print_columns(("id", "received", "partner", "", "what", "number", "state", "last"), rows, is_list=True)
    if found.cursor:
        say(f"There are more: --cursor {found.cursor}")
    return Exit.DONE
