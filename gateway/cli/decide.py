"""`gateway retry`, `cancel`, `reprocess`, `resend`: what a person decides, each with a reason that stands in the document's story.

Documents are named by their ids, or chosen by the same filters as `gateway documents` has; `--dry-run` says what would come of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.api.document_views import DocumentList, document_view
from gateway.cli.exits import Exit, exit_of, exit_of_several
from gateway.cli.home import AsJson, Home
from gateway.cli.printing import counted, print_json, say, shown
from gateway.cli.station import built_station
from gateway.errors import GatewayError
from gateway.states import STATES, Direction, Kind, State
from gateway.steps import again, decisions
from gateway.steps.again import Numbers, Plan
from gateway.steps.station import Station, person
from gateway.store.documents import Document
from gateway.store.queries import PAGE_LIMIT, Filters, page

Ids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ID...]", help="Ids of documents, as `gateway documents` lists them; none: use the filters."
    ),
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the document's story.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would come of it, and change nothing.")]
Partner = Annotated[str, typer.Option(help="All of this partner's.")]
OfKind = Annotated[Kind | None, typer.Option("--kind", metavar="KIND", help="All of this kind.")]
InState = Annotated[State | None, typer.Option("--state", metavar="STATE", help="All in this state.")]
Code = Annotated[str, typer.Option(help='All that this code stopped: "GW-3102".')]
Way = Annotated[
    Direction | None, typer.Option("--direction", metavar="in|out", help="in: from partners; out: to them.")
]
Since = Annotated[
    datetime | None,
    typer.Option(
        metavar="YYYY-MM-DD",
        help="From this day on, local; a time may follow.",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
    ),
]

REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class _Decision:
    """What is decided.

    Args:
        plan: document → what would come of it, in sentences. Raises GatewayError when it cannot be.
        apply: document, actor, reason → the document to show. Raises GatewayError.
        ended: what is printed of a document that was decided; "{id}" is the one that `apply` returned.
    """

    plan: Callable[[Station, str], tuple[str, ...]]
    apply: Callable[[Station, str, str, str], Document]
    ended: str


def _goes_on(station: Station, document_id: str) -> tuple[str, ...]:
    document = decisions.existing(station, document_id)
    where = document.stopped_in or document.state
    return (f"It would go on where it stopped: {STATES[where].words}.",)


def _ends(station: Station, document_id: str) -> tuple[str, ...]:
    document = decisions.existing(station, document_id)
    return (f"It would end, and its number {document.number} would be free for another one.",)


_RETRY = _Decision(_goes_on, decisions.retry, "goes on.")
_CANCEL = _Decision(_ends, decisions.cancel, "is cancelled.")


def retry(  # noqa: PLR0913, PLR0917  one option for each filter
    reason: Reason,
    ids: Ids = None,
    partner: Partner = "",
    kind: OfKind = None,
    state: InState = None,
    direction: Way = None,
    code: Code = "",
    since: Since = None,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Let documents that wait for a person go on where they stopped."""
    chosen = _Chosen(ids or [], _filters(partner, kind, state, direction, code, since), State.PARKED)
    return _decide(_RETRY, chosen, reason, home, dry_run=dry_run, as_json=as_json)


def cancel(  # noqa: PLR0913, PLR0917  one option for each filter
    reason: Reason,
    ids: Ids = None,
    partner: Partner = "",
    kind: OfKind = None,
    state: InState = None,
    direction: Way = None,
    code: Code = "",
    since: Since = None,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """End documents that wait for a person; their numbers are free again."""
    chosen = _Chosen(ids or [], _filters(partner, kind, state, direction, code, since), State.PARKED)
    return _decide(_CANCEL, chosen, reason, home, dry_run=dry_run, as_json=as_json)


def reprocess(  # noqa: PLR0913, PLR0917  one option for each filter
    reason: Reason,
    ids: Ids = None,
    edited: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Read these bytes instead: the document as it should have been. What was changed is kept with it.",
        ),
    ] = None,
    partner: Partner = "",
    kind: OfKind = None,
    state: InState = None,
    code: Code = "",
    since: Since = None,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Read documents that came in once more, by today's map and profile; each becomes a new one in its place.

    The ERP is called under the key of the first: what it has booked is not booked again.
    """
    chosen = _Chosen(ids or [], _filters(partner, kind, state, Direction.IN, code, since), State.PARKED)
    if edited is not None and len(chosen.ids) != 1:
        raise typer.BadParameter("an edited file replaces one document: give its id", param_hint="--edited")
    content = None if edited is None else edited.read_bytes()
    decision = _Decision(
        plan=lambda station, i: again.plan_reprocessing(station, i, content).sentences,
        apply=lambda station, i, actor, why: _made(station, again.plan_reprocessing(station, i, content), actor, why),
        ended="is read again as {id}.",
    )
    return _decide(decision, chosen, reason, home, dry_run=dry_run, as_json=as_json)


def resend(  # noqa: PLR0913, PLR0917  one option for each filter
    reason: Reason,
    numbers: Annotated[
        Numbers,
        typer.Option(help="same: the same bytes and control numbers; new: the same content under new ones."),
    ],
    ids: Ids = None,
    partner: Partner = "",
    kind: OfKind = None,
    state: InState = None,
    code: Code = "",
    since: Since = None,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Send documents that went out once more; each goes as a new one in its place, and its acknowledgment is awaited anew."""
    chosen = _Chosen(ids or [], _filters(partner, kind, state, Direction.OUT, code, since), None)
    decision = _Decision(
        plan=lambda station, i: again.plan_resending(station, i, numbers).sentences,
        apply=lambda station, i, actor, why: _made(station, again.plan_resending(station, i, numbers), actor, why),
        ended="is sent again as {id}.",
    )
    return _decide(decision, chosen, reason, home, dry_run=dry_run, as_json=as_json)


def _made(station: Station, plan: Plan, actor: str, reason: str) -> Document:
    return again.carry_out(station, plan, actor, reason)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Which documents are meant: by id, else by filters; `usual` is the state that filters without one look for."""

    ids: list[str]
    filters: Filters
    usual: State | None

    def each(self, station: Station) -> Iterator[str]:
        """Yield their ids; a long list is read page by page before anything is changed."""
        if self.ids:
            yield from (i.strip().upper() for i in self.ids)
            return
        filters = self.filters if self.filters.state is not None else self.filters.in_state(self.usual)
        found: list[str] = []
        cursor = ""
        with station.database.read() as connection:
            while True:
                some = page(connection, filters, PAGE_LIMIT, cursor)
                found += [d.id for d in some.documents]
                cursor = some.cursor
                if not cursor:
                    break
        yield from reversed(found)  # oldest first


def _filters(
    partner: str, kind: Kind | None, state: State | None, direction: Direction | None, code: str, since: datetime | None
) -> Filters:
    return Filters(
        partner=partner,
        kind=kind,
        state=state,
        direction=direction,
        code=code,
        since=None if since is None else since.astimezone(),
    )


def _decide(decision: _Decision, chosen: _Chosen, reason: str, home: Home, *, dry_run: bool, as_json: bool) -> Exit:
    """Apply a decision to each document; one that cannot be decided so does not hold the others."""
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise typer.BadParameter(f"a reason has 1 to {REASON_LENGTH} characters", param_hint="--reason")
    if not chosen.ids and chosen.filters == Filters(direction=chosen.filters.direction):
        raise typer.BadParameter("name documents by id, or choose them by at least one filter", param_hint="ID...")
    ended: list[Exit] = []
    decided: list[Document] = []
    with built_station(home) as station:
        for document_id in chosen.each(station):
            try:
                if dry_run:
                    _print_plan(document_id, decision.plan(station, document_id))
                    decided.append(decisions.existing(station, document_id))
                else:
                    document = decision.apply(station, document_id, person("cli"), shown(reason))
                    decided.append(document)
                    if not as_json:
                        print(f"{document_id} {decision.ended.format(id=document.id)}")
            except GatewayError as impossible:
                say(f"{impossible.code} {impossible.sentence}")
                ended.append(exit_of(impossible.code))
                continue
            ended.append(Exit.DONE)
    if as_json:
        print_json(DocumentList(documents=tuple(document_view(d) for d in decided), next=None))
    if not ended:
        say("No document is meant by that.")
        return Exit.DONE
    if dry_run:
        say(f"Nothing was changed. {counted(len(decided), 'document')} would be.")
    return exit_of_several(ended)


def _print_plan(document_id: str, sentences: tuple[str, ...]) -> None:
    say(f"{document_id}:")
    for sentence in sentences:
        say(f"  {shown(sentence)}")
