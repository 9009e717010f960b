"""`gateway documents`: the list of everything that came and left."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from gateway.api.document_views import DocumentList, document_view
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home, opened_database, settings_of
from gateway.cli.printing import WIDE, print_columns, print_json, say, when, when_short, width
from gateway.states import Direction, Kind, State
from gateway.store.documents import Document
from gateway.store.queries import Filters, page

_PARTNER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def _choices(values: type[StrEnum]) -> str:
    """Return what an option takes, for its help."""
    return ", ".join(values)


def documents(  # noqa: PLR0913, PLR0917  one option for each filter
    partner: Annotated[str, typer.Option(help="Only this partner's; the name of its file in partners/.")] = "",
    kind: Annotated[Kind | None, typer.Option(metavar="KIND", help=f"Only this kind: {_choices(Kind)}.")] = None,
    state: Annotated[
        State | None, typer.Option(metavar="STATE", help=f"Only in this state: {_choices(State)}.")
    ] = None,
    direction: Annotated[
        Direction | None, typer.Option(metavar="in|out", help="in: from partners; out: to them.")
    ] = None,
    needs_person: Annotated[bool, typer.Option("--needs-person", help="Only what waits for a person.")] = False,
    since: Annotated[
        datetime | None,
        typer.Option(
            metavar="YYYY-MM-DD",
            help="Only from this day on, local; a time may follow: 2026-11-01T08:30:00.",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
        ),
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
    _print_list(found.documents)
    if found.cursor:
        say(f"There are more: --cursor {found.cursor}")
    return Exit.DONE


def _print_list(found: tuple[Document, ...]) -> None:
    """Print one row for each document; on a narrow terminal its sentence stands below it."""
    if width() >= WIDE:
        rows = [
            (d.id, when(d.created_at), d.partner, d.direction, d.set_id or d.kind.label, d.number, d.state, d.sentence)
            for d in found
        ]
        print_columns(("id", "received", "partner", "", "what", "number", "state", "last"), rows, is_list=True)
        return
    narrow = [
        (d.id, when_short(d.created_at), d.state, d.partner, f"{d.set_id or d.kind.label} {d.number}") for d in found
    ]
    sentences = [f"{d.code} {d.sentence}".strip() for d in found]
    print_columns(("id", "received", "state", "partner", "number"), narrow, is_list=True, below=sentences)
