"""`gateway validate` and `gateway explain`: a file on disk, looked at as the gateway would, and stored bytes explained; nothing booked."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from gateway.api.document_views import FileVerdict, FileVerdicts, finding_view
from gateway.cli.exits import Exit, exit_of, exit_of_several
from gateway.cli.explain_page import mapped_fragment, page_of
from gateway.cli.home import AsJson, Home, opened_database, settings_of
from gateway.cli.judge import Judge
from gateway.cli.mapped_files import MapName, MappedFile, MapReader, PartnerName, values_of
from gateway.cli.printing import counted, print_columns, print_json, print_wrapped, red, say, shown
from gateway.cli.status_words import print_findings
from gateway.cli.stored import interchange_bytes
from gateway.cli.verdict_words import verdict_words
from gateway.errors import GatewayError
from gateway.steps.files import is_x12
from gateway.store import documents
from gateway.store.queries import ID
from translators.findings import Severity

CHUNK_BYTES = 262_144
# On several processors: the more sets lie whole in a chunk, the fewer are left to this process.
LARGE_CHUNK_BYTES = 4_000_000
# From here on several processors are worth starting: one alone needs a second or two for the file.
LARGE_FILE_BYTES = 16_000_000
_MOST_PROCESSORS = 8  # one process cuts the file for them, at some eight times the pace of one that validates

NO_X12 = "Where it is not meant to be X12, say whose it is with --partner, or which map reads it with --map."

Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="Files to look at; - for standard input.")]

Processors = Annotated[
    int,
    typer.Option(
        "--processors", min=0, max=64, help="How many validate a file; 0: all there are, for a file of over 16 MB."
    ),
]

AsHtml = Annotated[bool, typer.Option("--html", help="Print an HTML page, to mail or to print; it fetches nothing.")]


def validate(
    files: Files,
    partner: PartnerName = "",
    map_name: MapName = "",
    home: Home = None,
    as_json: AsJson = False,
    processors: Processors = 0,
) -> Exit:
    """Check files as the gateway would, and book nothing.

    First the standard, then the map that was agreed with the sender. Every mistake is listed with its place. Without a gateway, or
    for a sender it does not know, only the standard is judged, and that is said. A file that is no X12 is judged by what is agreed with
    --partner, or with the partner in whose folder it lies, or by --map. Ends with 4 when a file is refused, with 6 when
    some are and some are not.
    """
    judge = Judge(home)
    reader = MapReader(home, partner, map_name)
    verdicts: list[FileVerdict] = []
    ended: list[Exit] = []
    for file in files:
        try:
            used = processors or _processors_for(file)
            chunks = chunks_of(file, CHUNK_BYTES if used == 1 else LARGE_CHUNK_BYTES)
            first = next(chunks, b"")
            if reader.is_for_map(file, first):
                verdict = reader.file(file, b"".join((first, *chunks))).verdict()
            else:
                verdict = judge.verdict(file, chain((first,) if first else (), chunks), used)
                if first.strip() and not is_x12(first) and not verdict.transaction_sets:
                    verdict = verdict.model_copy(update={"remarks": (*verdict.remarks, NO_X12)})
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
    partner: PartnerName = "",
    map_name: MapName = "",
    home: Home = None,
    as_json: AsJson = False,
    as_html: AsHtml = False,
) -> Exit:
    """Tell what an interchange says in plain words, each mistake under its segment.

    What the map and the guide find that were agreed with its sender stands there too, as `gateway validate` has it.
    A document's id explains what is stored: the whole interchange it came or left in. A file that is no X12 is explained by what is
    agreed with --partner, or with the partner in whose folder it lies, or by --map: each value, and its row or line. Ends with 4 when
    the gateway would refuse the file or a part of it.
    """
    is_id = ID.fullmatch(file.upper()) is not None and not Path(file).exists()
    pieces = _stored(file.upper(), home) if is_id else list(chunks_of(file))
    reader = MapReader(home, partner, map_name)
    if reader.is_for_map(file, b"".join(pieces[:1])):
        return _explain_file(reader.file(file, b"".join(pieces)), as_json=as_json, as_html=as_html)
    told = Judge(home).explanation(pieces)
    if as_json:
        print(json.dumps(told.explanation.as_json(), indent=2, ensure_ascii=False))
    elif as_html:
        print(page_of(file, told.explanation.html(), told.remarks))
    else:
        print("\n".join(shown(line) for line in told.explanation.text().splitlines()))
        for remark in told.remarks:
            print_wrapped(remark)
    return Exit.REFUSED if told.is_refused else Exit.DONE


def _explain_file(found: MappedFile, *, as_json: bool, as_html: bool) -> Exit:
    """Tell what a file says that is no X12."""
    if as_html:
        print(page_of(found.name, mapped_fragment(found)))
        return Exit.REFUSED if found.is_refused else Exit.DONE
    if as_json:
        print(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
        return Exit.REFUSED if found.is_refused else Exit.DONE
    print(f"{shown(found.name)}: {found.kind}, read by the map {found.by.name} {found.by.version}")
    if found.findings:
        print_findings([finding_view(f, found.counted_by) for f in found.findings], indent="  ")
    for one in found.documents:
        print(f"{shown(one.name)}: {one.verdict if one.is_accepted else red(one.verdict)}")
        rows = [(path, value, place) for path, value, place in values_of(one, found.by)]
        print_columns(("what", "value", "where"), rows, indent="  ")
        if one.findings:
            print_findings([finding_view(f, found.counted_by) for f in one.findings], indent="  ")
    return Exit.REFUSED if found.is_refused else Exit.DONE


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
    is_x12 = not any(r.startswith("Judged as ") for r in verdict.remarks)
    stopping = [f.code for f in verdict.findings if f.severity is Severity.ERROR]
    if not verdict.transaction_sets:
        stopping.append("")  # a file with nothing in it is refused as a whole
    words = verdict_words(stopping, is_refused=verdict.is_refused, is_x12=is_x12)
    words = red(words) if verdict.is_refused else words
    sets, findings = verdict.transaction_sets, len(verdict.findings)
    noun = "transaction set" if is_x12 else "document"
    print(f"{shown(verdict.file)}: {words}, {counted(sets, noun)}, {counted(findings, 'finding')}")
    for remark in verdict.remarks:
        print_wrapped(remark, indent="  ")
    if verdict.findings:
        print_findings(verdict.findings, indent="  ")


def _processors_for(file: str) -> int:
    path = Path(file)
    is_large = path.is_file() and path.stat().st_size > LARGE_FILE_BYTES
    return min(len(os.sched_getaffinity(0)), _MOST_PROCESSORS) if is_large else 1


def chunks_of(file: str, size_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Yield the bytes of a file, or of standard input for "-", `size_bytes` at a time.

    Raises:
        GatewayError: GW-6203, it cannot be read.
    """
    if file == "-":
        while chunk := sys.stdin.buffer.read(size_bytes):
            yield chunk
        return
    try:
        with Path(file).open("rb") as opened:
            while chunk := opened.read(size_bytes):
                yield chunk
    except OSError as unreadable:
        raise GatewayError("GW-6203", f"{shown(file)} cannot be read: {unreadable.strerror}.") from unreadable
