"""What the commands about cross references print with `--json`."""

from __future__ import annotations

from datetime import datetime

from gateway.api.document_views import View
from gateway.store.cross_references import Change, Entry, Missing


class TableCount(View):
    """How many entries a table has for a partner; "" for all partners."""

    table: str
    partner: str
    entries: int


class TableList(View):
    """Every table; those without entries have none."""

    tables: tuple[TableCount, ...]


class EntryView(View):
    """What a partner ("" for all) calls something, and what we call it."""

    table: str
    partner: str
    scheme: str
    theirs: str
    ours: str
    note: str
    set_at: datetime | None
    set_by: str


class EntryList(View):
    """Entries in the order in which they were set."""

    entries: tuple[EntryView, ...]


class ChangeView(View):
    """One change of a table. `before` is null for a new entry, `after` for one that was removed."""

    table: str
    partner: str
    scheme: str
    theirs: str
    before: str | None
    after: str | None
    at: datetime | None
    by: str
    reason: str


class ChangeList(View):
    """Changes, newest first."""

    changes: tuple[ChangeView, ...]


class TableChanges(View):
    """What a command changed, or would change; `released` are the documents that go on."""

    changes: tuple[ChangeView, ...]
    unchanged: int
    released: tuple[str, ...]
    is_dry_run: bool


class BadRows(View):
    """What is wrong with a file."""

    complaints: tuple[str, ...]


class MissingView(View):
    """An entry that documents wait for. `direction` in: `value` is the partner's; out: it is ours."""

    table: str
    partner: str
    direction: str
    scheme: str
    value: str
    documents: int


class MissingList(View):
    """What is waited for, by most documents first."""

    missing: tuple[MissingView, ...]


def entry_view(entry: Entry) -> EntryView:
    """Return an entry's facts."""
    return EntryView(
        table=entry.table,
        partner=entry.partner,
        scheme=entry.scheme,
        theirs=entry.theirs,
        ours=entry.ours,
        note=entry.note,
        set_at=entry.set_at,
        set_by=entry.set_by,
    )


def change_view(change: Change) -> ChangeView:
    """Return a change's facts."""
    entry = change.entry
    return ChangeView(
        table=entry.table,
        partner=entry.partner,
        scheme=entry.scheme,
        theirs=entry.theirs,
        before=change.before,
        after=change.after,
        at=change.at,
        by=change.actor,
        reason=change.reason,
    )


def missing_view(missing: Missing) -> MissingView:
    """Return what is missing."""
    return MissingView(
        table=missing.table,
        partner=missing.partner,
        direction=missing.direction,
        scheme=missing.scheme,
        value=missing.value,
        documents=missing.documents,
    )
