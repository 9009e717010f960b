"""`gateway tables export` and `import`: the cross references in a spreadsheet and back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from gateway.api.table_views import BadRows, TableChanges, change_view
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home, opened_database, settings_of
from gateway.cli.printing import counted, print_json, say, shown
from gateway.cli.tables import checked_reason, known_partners, spoken_change
from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.process.cross_reference_sheets import LIMIT_BYTES, sheet_of, written
from gateway.profiles import CrossReferenceTable
from gateway.steps.station import person
from gateway.steps.table_changes import Changed, change_tables
from gateway.store import cross_references
from gateway.store.cross_references import Change, Entry
from gateway.store.engine import Database, Transaction

SHOWN = 200  # changes that are printed; --json has all of them


@dataclass(frozen=True, slots=True)
class _Plan:
    """What an import is about to do.

    Args:
        removed: what there is and the file does not have, with --replace.
    """

    entries: tuple[Entry, ...]
    removed: tuple[Entry, ...]


def export(
    table: Annotated[
        CrossReferenceTable | None, typer.Argument(metavar="[TABLE]", help="Only this one; else all of them.")
    ] = None,
    partner: Annotated[str | None, typer.Option(help='Only this partner\'s; "" for what holds for all.')] = None,
    output: Annotated[
        Path | None, typer.Option(help="The file to write, with a mark that it is UTF-8; else stdout.")
    ] = None,
    home: Home = None,
) -> Exit:
    """Write entries as CSV, for a spreadsheet or another gateway."""
    with opened_database(settings_of(home)) as database, database.read() as connection:
        found = cross_references.listed(connection, table, partner)
    text = written(found)
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    else:
        try:
            output.write_bytes(text.encode("utf-8-sig"))  # without the mark, spreadsheets guess another encoding
        except OSError as refused:
            raise GatewayError("GW-6203", f"{output} cannot be written: {refused.strerror}.") from refused
        say(f"{counted(len(found), 'row')} written to {output}.")
    return Exit.DONE


def import_file(  # noqa: PLR0913, PLR0917  one option for each question
    file: Annotated[
        Path, typer.Argument(help="A CSV file, as export writes it; - for standard input.", allow_dash=True)
    ],
    table: Annotated[
        CrossReferenceTable | None, typer.Option(metavar="TABLE", help="For a file without a column table.")
    ] = None,
    partner: Annotated[str, typer.Option(help="For a file without a column partner.")] = "",
    is_replacing: Annotated[
        bool,
        typer.Option("--replace", help="Remove what the file does not have, of the tables and partners it is about."),
    ] = False,
    is_dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    encoding: Annotated[str, typer.Option(help="The file's, when it is neither UTF-8 nor marked.")] = "",
    reason: Annotated[str, typer.Option(help="Why; it is kept with each change.")] = "",
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Take entries from a CSV file, all of them or none, and let go on what waited for them."""
    why = checked_reason(reason)
    settings = settings_of(home)
    sheet = sheet_of(_content(file), known_partners(settings), encoding, table=table or "", partner=partner)
    if sheet.complaints:
        return _refused(file, sheet.complaints, as_json=as_json)
    with opened_database(settings) as database:
        plan = _planned(database, sheet.entries, is_replacing=is_replacing)
        now = SystemClock().now()

        def take(connection: Transaction) -> Changed:
            done = change_tables(connection, plan.entries, plan.removed, now, person("cli"), why)
            if is_dry_run:
                raise _DryRun(done)
            return done

        try:
            done = database.write(take)
        except _DryRun as rehearsed:  # written and taken back: what it shows is what would happen, releases and all
            done = rehearsed.changed
    return _print_done(done, len(plan.entries), is_dry_run=is_dry_run, as_json=as_json)


class _DryRun(Exception):  # noqa: N818  not an error: it takes the transaction back
    """Everything was written; now it is taken back."""

    def __init__(self, changed: Changed) -> None:
        super().__init__()
        self.changed = changed


def _content(file: Path) -> bytes:
    try:
        content = sys.stdin.buffer.read(LIMIT_BYTES + 1) if str(file) == "-" else _bytes_of(file)
    except OSError as refused:
        raise GatewayError("GW-6203", f"{file} cannot be read: {refused.strerror}.") from refused
    if len(content) > LIMIT_BYTES:
        raise GatewayError("GW-6203", f"{file} is larger than {LIMIT_BYTES:,} bytes; import it in parts.")
    return content


def _bytes_of(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LIMIT_BYTES + 1)


def _planned(database: Database, entries: Sequence[Entry], *, is_replacing: bool) -> _Plan:
    if not is_replacing:
        return _Plan(tuple(entries), ())
    kept = {entry.key for entry in entries}
    with database.read() as connection:
        there = [
            entry
            for table, partner in dict.fromkeys((e.table, e.partner) for e in entries)
            for entry in cross_references.listed(connection, table, partner)
        ]
    return _Plan(tuple(entries), tuple(entry for entry in there if entry.key not in kept))


def _refused(file: Path, complaints: tuple[str, ...], *, as_json: bool) -> Exit:
    if as_json:
        print_json(BadRows(complaints=complaints))
    else:
        for complaint in complaints:
            print(shown(complaint))
    raise GatewayError("GW-6403", f"{file} has {counted(len(complaints), 'mistake')}; nothing was imported.")


def _print_done(done: Changed, asked: int, *, is_dry_run: bool, as_json: bool) -> Exit:
    changed = sum(c.after is not None for c in done.changes)
    if as_json:
        view = TableChanges(
            changes=tuple(change_view(c) for c in done.changes),
            unchanged=asked - changed,
            released=done.released,
            is_dry_run=is_dry_run,
        )
        print_json(view)
        return Exit.DONE
    for change in done.changes[:SHOWN]:
        print(shown(f"{_sign(change)} {spoken_change(change)}"))
    if len(done.changes) > SHOWN:
        say(f"And {len(done.changes) - SHOWN} more.")
    signs = [_sign(change) for change in done.changes]
    counts = (
        f"{signs.count('+')} new, {signs.count('~')} changed, {signs.count('-')} removed, {asked - changed} as before"
    )
    go_on = f"; {counted(len(done.released), 'document')} that waited" if done.released else ""
    if is_dry_run:
        say(f"Would be: {counts}{go_on and go_on + ' would go on'}. Nothing was written.")
    else:
        say(f"{counts}{go_on and go_on + ' went on'}.")
    return Exit.DONE


def _sign(change: Change) -> str:
    if change.after is None:
        return "-"
    return "+" if change.before is None else "~"
