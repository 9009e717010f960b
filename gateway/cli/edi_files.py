"""`gateway validate` and `gateway explain`: a file on disk, looked at as the gateway would, and stored bytes explained; nothing booked."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from gateway.api.document_views import FileVerdict, FileVerdicts
from gateway.cli.exits import Exit, exit_of, exit_of_several
from gateway.cli.home import AsJson, Home, opened_database, settings_of
from gateway.cli.judge import Judge
from gateway.cli.printing import counted, print_json, print_wrapped, red, say, shown
from gateway.cli.status_words import print_findings
from gateway.cli.stored import interchange_bytes
from gateway.errors import GatewayError
from gateway.map_shelf import maps_loader
from gateway.settings import load_settings
from gateway.store import documents
from gateway.store.queries import ID
from translators.x12 import Catalogue, findings_of, read
from translators.x12 import explain as explain_interchange

CHUNK_BYTES = 262_144

Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="Files to look at; - for standard input.")]


def validate(files: Files, home: Home = None, as_json: AsJson = False) -> Exit:
    """Check files as the gateway would, and book nothing.

    First the standard, then the map that was agreed with the sender. Every mistake is listed with its place. Without a gateway, or
    for a sender it does not know, only the standard is judged, and that is said. Ends with 4 when a file is refused, with 6 when
    some are and some are not.
    """
    judge = Judge(home)
    verdicts: list[FileVerdict] = []
    ended: list[Exit] = []
    for file in files:
        try:
            verdict = judge.verdict(file, chunks_of(file))
        except GatewayError as unreadable:
            say(f"{unreadable.code} {unreadable.sentence}")
            ended.append(exit_of(unreadable.code))
            continue
        verdicts.append(verdict)
        ended.append(Exit.REFUSED if verdict.is_refused else Exit.DONE)
        if not as_json:
            _print_verdict(verdict)
    if as_json:
        print_json(FileVerdicts(files=tuple(verdicts)))
    return exit_of_several(ended)


def explain(
    file: Annotated[
        str, typer.Argument(metavar="FILE|ID", help="A file; - for standard input; or the id of a stored document.")
    ],
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Tell what an interchange says in plain words, each mistake under its segment.

    A document's id explains what is stored: the whole interchange it came or left in. Ends with 4 when the gateway would refuse the
    file or a part of it.
    """
    catalogue = catalogue_of(home)
    is_id = ID.fullmatch(file.upper()) is not None and not Path(file).exists()
    pieces = _stored(file.upper(), home) if is_id else list(chunks_of(file))
    explanation = explain_interchange(pieces, catalogue)
    if as_json:
        print(json.dumps(explanation.as_json(), indent=2, ensure_ascii=False))
    else:
        print("\n".join(shown(line) for line in explanation.text().splitlines()))
    is_refused = any(f.refuses for event in read(pieces, catalogue) for f in findings_of(event))
    return Exit.REFUSED if is_refused else Exit.DONE


def _stored(document_id: str, home: Path | None) -> list[bytes]:
    """Return the bytes of the interchange that a stored document lies in.

    Raises:
        GatewayError: GW-6101, there is no such document; GW-6104, it has no bytes.
    """
    settings = settings_of(home)
    with opened_database(settings) as database, database.read() as connection:
        document = documents.get(connection, document_id)
        if document is None:
            raise GatewayError("GW-6101", f"There is no document {document_id}.")
        return list(interchange_bytes(connection, settings, document))


def _print_verdict(verdict: FileVerdict) -> None:
    words = red("refused") if verdict.is_refused else "valid"
    sets, findings = verdict.transaction_sets, len(verdict.findings)
    print(f"{shown(verdict.file)}: {words}, {counted(sets, 'transaction set')}, {counted(findings, 'finding')}")
    for remark in verdict.remarks:
        print_wrapped(remark, indent="  ")
    if verdict.findings:
        print_findings(verdict.findings, indent="  ")


def catalogue_of(home: Path | None) -> Catalogue:
    """Return the definitions that the gateway in `home` uses; where there is none, the shipped ones."""
    load = maps_loader(load_settings(home))
    return Catalogue(lambda name: load(f"x12/{name}"))


def chunks_of(file: str) -> Iterator[bytes]:
    """Yield the bytes of a file, or of standard input for "-".

    Raises:
        GatewayError: GW-6203, it cannot be read.
    """
    if file == "-":
        while chunk := sys.stdin.buffer.read(CHUNK_BYTES):
            yield chunk
        return
    try:
        with Path(file).open("rb") as opened:
            while chunk := opened.read(CHUNK_BYTES):
                yield chunk
    except OSError as unreadable:
        raise GatewayError("GW-6203", f"{shown(file)} cannot be read: {unreadable.strerror}.") from unreadable
