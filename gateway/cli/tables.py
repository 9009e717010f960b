"""`gateway tables`: the cross references, one entry at a time, and what waits for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from gateway.api.table_views import (
    ChangeList,
    EntryList,
    MissingList,
    TableChanges,
    TableCount,
    TableList,
    change_view,
    entry_view,
    missing_view,
)
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home, opened_database, settings_of
from gateway.cli.printing import counted, print_columns, print_json, say, shown, when
from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.process.cross_reference_sheets import entry_of
from gateway.process.cross_references import words_of
from gateway.profiles import CrossReferenceTable, read_partner_files
from gateway.settings import Settings
from gateway.states import Direction
from gateway.steps.cross_referencing import ours_named, quoted, theirs_named
from gateway.steps.station import person
from gateway.steps.table_changes import Changed, change_tables
from gateway.store import cross_references
from gateway.store.cross_references import Change, Entry, Missing

REASON_LENGTH = 500
Table = Annotated[
    CrossReferenceTable, typer.Argument(metavar="TABLE", help=f"One of {', '.join(CrossReferenceTable)}.")
]
Theirs = Annotated[str, typer.Argument(help="What the partner calls it.")]
Partner = Annotated[
    str, typer.Option(help="Whose; the name of the partner's file in partners/. Without it: for all partners.")
]
Scheme = Annotated[
    str, typer.Option(help="What the partner's value is: gtin, buyer, gln … Without it: whatever it is.")
]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the change.")]


def list_tables(home: Home = None, as_json: AsJson = False) -> Exit:
    """List the tables, and how much each partner has in them."""
    with opened_database(settings_of(home)) as database, database.read() as connection:
        found = cross_references.counts(connection)
    if as_json:
        print_json(TableList(tables=tuple(TableCount(table=t, partner=p, entries=n) for t, p, n in found)))
        return Exit.DONE
    if not found:
        say("No entries. Set one with `gateway tables set`, or import a file.")
        return Exit.DONE
    print_columns(("table", "partner", "entries"), [(t, p or "(all)", str(n)) for t, p, n in found])
    return Exit.DONE


def show(
    table: Table,
    partner: Annotated[str | None, typer.Option(help='Only this partner\'s; "" for what holds for all.')] = None,
    find: Annotated[str, typer.Option(help="Only entries with this in a value or the note.")] = "",
    is_history: Annotated[bool, typer.Option("--history", help="The changes: who, when, why; newest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many.")] = 200,
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Show the entries of a table, or how they came to be."""
    with opened_database(settings_of(home)) as database, database.read() as connection:
        if is_history:
            changes = cross_references.history(connection, table, partner, find, limit)
            return _show_history(changes, as_json=as_json)
        found = cross_references.listed(connection, table, partner, find)
    if as_json:
        print_json(EntryList(entries=tuple(entry_view(entry) for entry in found[:limit])))
        return Exit.DONE
    if not found:
        say(f"No such entries in {table}.")
        return Exit.DONE
    rows = [
        (e.partner or "(all)", e.scheme, e.theirs, e.ours, f"{when(e.set_at) if e.set_at else ''} {e.set_by} {e.note}")
        for e in found[:limit]
    ]
    print_columns(("partner", "scheme", "theirs", "ours", "set"), rows, is_list=True)
    if len(found) > limit:
        say(f"There are {len(found)}; --limit shows more, `gateway tables export {table}` writes all of them.")
    return Exit.DONE


def _show_history(changes: list[Change], *, as_json: bool) -> Exit:
    if as_json:
        print_json(ChangeList(changes=tuple(change_view(change) for change in changes)))
    elif changes:
        rows = [(when(c.at), c.actor, spoken_change(c), c.reason) for c in changes]
        print_columns(("when", "who", "what", "why"), rows)
    else:
        say("No changes.")
    return Exit.DONE


def set_entry(  # noqa: PLR0913, PLR0917  one for each part of an entry
    table: Table,
    theirs: Theirs,
    ours: Annotated[str, typer.Argument(help="What we call it.")],
    partner: Partner = "",
    scheme: Scheme = "",
    note: Annotated[str, typer.Option(help="What people should know about it.")] = "",
    reason: Reason = "",
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Say what we call what a partner calls so, and let go on what waited for it."""
    settings = settings_of(home)
    cells = {"table": table, "partner": partner, "scheme": scheme, "theirs": theirs, "ours": ours, "note": note}
    entry = _entry(cells, settings)
    return _print_changed(_changed(settings, [entry], [], reason), 1, as_json=as_json)


def remove(
    table: Table,
    theirs: Theirs,
    partner: Partner = "",
    scheme: Scheme = "",
    reason: Reason = "",
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Take an entry away; its history stays."""
    settings = settings_of(home)
    entry = Entry(table, partner, scheme, theirs.strip(), "")
    done = _changed(settings, [], [entry], reason)
    if not done.changes:
        whose = f"{partner or 'all partners'}" + (f" and the scheme {scheme}" if scheme else "")
        raise GatewayError(
            "GW-6402",
            f"Table {table} has no entry {theirs!r} of {whose}. `gateway tables show {table}` lists those there are.",
        )
    return _print_changed(done, 0, as_json=as_json)


def missing(home: Home = None, as_json: AsJson = False) -> Exit:
    """List the entries that documents wait for, with the command that sets each."""
    settings = settings_of(home)
    with opened_database(settings) as database, database.read() as connection:
        found = cross_references.missing(connection)
    if as_json:
        print_json(MissingList(missing=tuple(missing_view(one) for one in found)))
        return Exit.DONE
    if not found:
        say("No document waits for an entry.")
        return Exit.DONE
    profiles = read_partner_files(settings.path(settings.partners_dir)).profiles.values()
    own = {p.id: words_of(p, Direction.IN).theirs for p in profiles}
    rows = [(m.table, m.partner, f"{m.value} ({m.scheme})" if m.scheme else m.value, str(m.documents)) for m in found]
    print_columns(("table", "partner", "value", "documents"), rows, below=[_command(m, own) for m in found])
    if any(m.table is CrossReferenceTable.ITEM for m in found):
        say("An item that waits under several numbers needs an entry for one of them.")
    return Exit.DONE


def _command(missing: Missing, own: Mapping[str, str]) -> str:
    """Return what is typed to set an entry that is missing, as the parked document says it.

    Args:
        own: the scheme of each partner's own numbers, which need not be typed.
    """
    start = f"gateway tables set {missing.table} --partner {missing.partner}"
    if missing.direction is Direction.OUT:
        return f"{start} {theirs_named(missing.table)} {quoted(missing.value)}"
    scheme = f" --scheme {missing.scheme}" if missing.scheme not in ("", own.get(missing.partner, "")) else ""
    return f"{start}{scheme} {quoted(missing.value)} {ours_named(missing.table)}"


def known_partners(settings: Settings) -> list[str]:
    """Return the partners there are files of; whether these load is for `gateway check` to say."""
    return [path.stem for path in settings.path(settings.partners_dir).glob("*.toml")]


def checked_reason(reason: str) -> str:
    """Return a reason as it is kept. Raises typer.BadParameter."""
    reason = shown(reason.strip())
    if len(reason) > REASON_LENGTH:
        raise typer.BadParameter(f"a reason has at most {REASON_LENGTH} characters", param_hint="--reason")
    return reason


def spoken_change(change: Change) -> str:
    """Return a change in short words: "item BUYER-123 of acme: OUR-8 → OUR-9"."""
    entry = change.entry
    scheme = f" ({entry.scheme})" if entry.scheme else ""
    before, after = change.before or "(none)", change.after or "(none)"
    if change.before == change.after:
        return f"{entry.table} {entry.theirs}{scheme} of {entry.partner or 'all'}: {after}, its note"
    return f"{entry.table} {entry.theirs}{scheme} of {entry.partner or 'all'}: {before} → {after}"


def _entry(cells: dict[str, str], settings: Settings) -> Entry:
    entry, wrong = entry_of(cells, known_partners(settings))
    if entry is None:
        raise GatewayError("GW-6401", f"This cannot be an entry: {' '.join(wrong)}")
    return entry


def _changed(settings: Settings, entries: list[Entry], removed: list[Entry], reason: str) -> Changed:
    why = checked_reason(reason)
    with opened_database(settings) as database:
        now = SystemClock().now()
        return database.write(lambda c: change_tables(c, entries, removed, now, person("cli"), why))


def _print_changed(done: Changed, asked: int, *, as_json: bool) -> Exit:
    if as_json:
        unchanged = max(asked - len(done.changes), 0)
        print_json(
            TableChanges(
                changes=tuple(change_view(c) for c in done.changes),
                unchanged=unchanged,
                released=done.released,
                is_dry_run=False,
            )
        )
        return Exit.DONE
    for change in done.changes:
        print(shown(spoken_change(change)))
    if not done.changes:
        say("It was so already.")
    if done.released:
        go = "goes" if len(done.released) == 1 else "go"
        say(f"{counted(len(done.released), 'document')} that waited for it {go} on.")
    return Exit.DONE
