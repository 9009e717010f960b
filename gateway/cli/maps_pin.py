"""`gateway maps pin`: a document that came in becomes a sample of its map, and so a test of every change to it."""

from __future__ import annotations

import codecs
import json
import re
from pathlib import Path
from typing import Annotated

import typer

from gateway.api.map_views import Pinned
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home, opened_database, settings_of
from gateway.cli.map_differences import differences, plain, spoken_findings
from gateway.cli.map_folders import FINDINGS, SAMPLES, MapFolders, map_folders, readings_of
from gateway.cli.map_redaction import masked, private_values, redacted_text, redacted_x12
from gateway.cli.map_rules import layers_of
from gateway.cli.printing import print_json, say, shown
from gateway.cli.stored import interchange_bytes
from gateway.errors import GatewayError
from gateway.map_shelf import MapShelf
from gateway.profiles import load_partners
from gateway.settings import Settings
from gateway.states import Direction
from gateway.steps.wire import ReceivedEnvelope, held_wire
from gateway.store import documents
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from translators.canonical import parse_canonical
from translators.canonical.document import BusinessDocument
from translators.findings import Finding
from translators.mapping import Map, Reading

ENDINGS = {"x12": "edi", "delimited": "csv", "fixed": "txt", "xml": "xml"}
REDACTED = "redacted"
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SECRET = re.compile(rb"(<SharedSecret>)[^<]*(</SharedSecret>)")  # no file that stays carries it on
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def pin(
    document_id: Annotated[str, typer.Argument(metavar="DOCUMENT", help="Id of a document that came in.")],
    name: Annotated[str, typer.Option(help="What the case is called. Default: the end of the id.")] = "",
    is_redacted: Annotated[
        bool, typer.Option("--redact", help="Without names, addresses, people, references and notes.")
    ] = False,
    into: Annotated[
        Path | None, typer.Option(help="A folder of maps, instead of the gateway's own.", show_default=False)
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> Exit:
    """Keep a document that came in as a sample of its map, which `gateway maps test` translates from then on."""
    called = name or document_id.strip().lower()[-8:]
    if not _NAME.fullmatch(called):
        raise typer.BadParameter("lower case letters, digits and dashes, at most 64", param_hint="--name")
    settings = settings_of(home)
    folders = map_folders(home)
    with opened_database(settings) as database, database.read() as connection:
        document = _received(connection, document_id.strip().upper())
        by = MapShelf(folders.load)(_map_name(document, settings))
        content, stored = _own_bytes(connection, settings, document, by)
    got = list(readings_of(by, content, folders, [(document.partner, document.is_test)]))
    partner = REDACTED if is_redacted else document.partner
    if is_redacted:
        before = _documents_in(got)
        content = _redacted(content, by, before, folders)
        got = list(readings_of(by, content, folders, [(partner, document.is_test)]))
        _see_that_nothing_is_left(before, _documents_in(got))
    made = [None if reading is None else plain(reading.document) for _, reading in got]
    found = [
        one for before, reading in got for one in spoken_findings((*before, *(reading.findings if reading else ())))
    ]
    folder = (into or settings.path(settings.maps_dir)) / Path(by.name).parent / SAMPLES
    files = _written(folder / f"{Path(by.name).name}-{called}.{ENDINGS[by.wire]}", content, made, found)
    if as_json:
        print_json(Pinned(map=by.name, files=tuple(str(file) for file in files), is_redacted=is_redacted))
    else:
        for file in files:
            print(file)
    _warn(made, stored, partner, is_redacted=is_redacted)
    return Exit.DONE


def _warn(made: list[object], stored: object, partner: str, *, is_redacted: bool) -> None:
    if is_redacted:
        say("Names, addresses, people, references and notes were replaced; read the file before you hand it on.")
        return
    say(f"The file holds {partner}'s own data: names, addresses, prices. Mind where it goes, or pin it with --redact.")
    if stored is not None and len(made) == 1 and (changed := list(differences(stored, made[0]))):
        say(
            f"The map as it is now makes something else of it than it did then, at {changed[0][0]}: that is what was pinned."
        )


def _received(connection: Transaction, document_id: str) -> Document:
    document = documents.get(connection, document_id)
    if document is None:
        raise GatewayError("GW-6101", f"There is no document {document_id}.")
    if document.direction is not Direction.IN or not document.kind.is_business:
        raise GatewayError(
            "GW-6508", f"Document {document_id} is no business document that came in; only such a one is pinned."
        )
    return document


def _map_name(document: Document, settings: Settings) -> str:
    """Return the map that made a document, or where none did, the one that is agreed."""
    if document.map_name:
        return document.map_name
    profile = load_partners(settings.path(settings.partners_dir)).by_id.get(document.partner)
    agreement = None if profile is None else profile.agreement(document.kind, Direction.IN)
    if agreement is None:
        raise GatewayError("GW-6508", f"Document {document.id} was not translated, and nothing is agreed about it.")
    return agreement.map


def _own_bytes(connection: Transaction, settings: Settings, document: Document, by: Map) -> tuple[bytes, object]:
    """Return a file with the document alone, and its canonical form as it was stored; of rows and XML the whole file it came in."""
    payload = b"".join(interchange_bytes(connection, settings, document))
    held = documents.content(connection, document.id)
    canonical = held.get("canonical")
    stored = None if canonical is None else plain(parse_canonical(document.kind, canonical))
    if by.wire != "x12":
        return SECRET.sub(rb"\1\2", payload), stored
    envelope = ReceivedEnvelope.from_held(held_wire(held["wire"])[1])
    header = envelope.interchange
    element, terminator = header.separators.element, header.separators.segment
    before = payload[header.offset : document.payload_offset].decode("latin-1")
    segments = [s for s in before.split(terminator) if s.strip()]
    group = next(s for s in reversed(segments) if s.lstrip().startswith("GS"))
    end = terminator + before.rpartition(terminator)[2]  # with the line break that follows it, if one does
    own = payload[document.payload_offset : document.payload_offset + document.payload_size].decode("latin-1").strip()
    own = own if own.endswith(terminator) else own + terminator
    trailers = [
        element.join(("GE", "1", envelope.group.control_number)),
        element.join(("IEA", "1", header.control_number)),
    ]
    rest = end[1:]
    text = segments[0] + end + group.lstrip() + end + own + rest + "".join(t + end for t in trailers)
    return text.encode("latin-1"), stored


Got = list[tuple[tuple[Finding, ...], Reading | None]]


def _documents_in(got: Got) -> list[BusinessDocument]:
    return [reading.document for _, reading in got if reading is not None and reading.document is not None]


def _redacted(content: bytes, by: Map, documents_in: list[BusinessDocument], folders: MapFolders) -> bytes:
    if by.wire == "x12":
        text = content.decode("latin-1")
        return redacted_x12(content, text[3], text[105])
    return redacted_text(content, documents_in, _encoding(by, content, folders))


def _see_that_nothing_is_left(before: list[BusinessDocument], after: list[BusinessDocument]) -> None:
    """Read what was redacted as the map does, and look for what was to be taken out. Raises GatewayError GW-6510."""
    left = {value for value in private_values(before) & private_values(after) if masked(value) != value}
    if left:
        raise GatewayError(
            "GW-6510",
            f"It could not be redacted: {shown(min(left))!r} is still in it. Pin it without --redact and replace it by hand.",
        )


def _encoding(by: Map, content: bytes, folders: MapFolders) -> str:
    """Return the encoding that a file without X12 envelopes is in: what its mark says, then what the map or the XML says."""
    if content.startswith(MARKS):
        return "utf-8-sig" if content.startswith(codecs.BOM_UTF8) else "utf-16"
    declared = re.match(rb"<\?xml[^>]*encoding=[\"']([A-Za-z0-9._-]+)", content)
    if declared is not None:
        return declared[1].decode()
    return str(layers_of(by.name, folders.load).merged.get("format", {}).get("encoding", "utf-8"))


def _written(file: Path, content: bytes, made: list[object], found: list[str]) -> list[Path]:
    """Write the case and what must come of it; return the files.

    Raises:
        GatewayError: GW-6509, there is a case of that name, or the folder cannot be written.
    """
    expected = made[0] if len(made) == 1 else made
    beside = {file.with_suffix(".json"): expected}
    if found:
        beside[file.with_name(file.stem + FINDINGS)] = found
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as opened:
            opened.write(content)
        for path, held in beside.items():
            path.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except FileExistsError:
        raise GatewayError("GW-6509", f"There is {file} already; give the case another --name.") from None
    except OSError as refused:
        raise GatewayError("GW-6509", f"{file} cannot be written: {refused.strerror}.") from refused
    return [file, *beside]
