"""`gateway retry` and `gateway cancel`: what a person decides, each with a reason that stands in the document's story."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from gateway.api.document_views import DocumentList, document_view
from gateway.cli.exits import Exit, exit_of, exit_of_several
from gateway.cli.home import AsJson, Home
from gateway.cli.printing import print_json, say, shown
from gateway.cli.station import built_station
from gateway.errors import GatewayError
from gateway.steps import decisions
from gateway.steps.station import Station, person
from gateway.store.documents import Document

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of documents, as `gateway documents` lists them.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the document's story.")]

Decision = Callable[[Station, str, str, str], Document]
REASON_LENGTH = 500
_ENDED: dict[Decision, str] = {decisions.retry: "goes on.", decisions.cancel: "is cancelled."}


def retry(ids: Ids, reason: Reason, home: Home = None, as_json: AsJson = False) -> Exit:
    """Let documents that wait for a person go on where they stopped."""
    return _decide(decisions.retry, ids, reason, home, as_json=as_json)


def cancel(ids: Ids, reason: Reason, home: Home = None, as_json: AsJson = False) -> Exit:
    """End documents that wait for a person; their numbers are free again."""
    return _decide(decisions.cancel, ids, reason, home, as_json=as_json)


def _decide(decision: Decision, ids: list[str], reason: str, home: Home, *, as_json: bool) -> Exit:
    """Apply a decision to each document; one that cannot be decided so does not hold the others."""
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise typer.BadParameter(f"a reason has 1 to {REASON_LENGTH} characters", param_hint="--reason")
    ended: list[Exit] = []
    decided: list[Document] = []
    with built_station(home) as station:
        for document_id in ids:
            try:
                document = decision(station, document_id.strip().upper(), person("cli"), shown(reason))
            except GatewayError as impossible:
                say(f"{impossible.code} {impossible.sentence}")
                ended.append(exit_of(impossible.code))
                continue
            decided.append(document)
            ended.append(Exit.DONE)
            if not as_json:
                print(f"{document.id} {_ENDED[decision]}")
    if as_json:
        print_json(DocumentList(documents=tuple(document_view(d) for d in decided), next=None))
    return exit_of_several(ended)
