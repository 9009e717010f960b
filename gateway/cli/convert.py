"""`gateway convert`: what a file says, as canonical JSON, or written again by another map; nothing booked."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from gateway.cli.canonical_json import canonical_values
from gateway.cli.edi_files import chunks_of
from gateway.cli.exits import Exit
from gateway.cli.home import Home
from gateway.cli.mapped_files import MapName, MappedFile, MapReader, PartnerName
from gateway.cli.printing import say
from gateway.cli.stored import print_bytes
from gateway.errors import GatewayError
from gateway.steps.files import is_x12
from translators.canonical.document import BusinessDocument
from translators.mapping import WriteContext


def convert(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file; - for standard input.")],
    partner: PartnerName = "",
    map_name: MapName = "",
    to: Annotated[
        str, typer.Option("--to", metavar="MAP", help="Write it by this map, delimited, fixed or XML, instead of JSON.")
    ] = "",
    home: Home = None,
) -> Exit:
    """Read a file by its map and print what it says, as JSON or in another format.

    X12 is read by the map that is agreed with its sender, any other file by the agreements of --partner, of the partner in whose folder
    it lies, or by --map. Prints a JSON array of canonical documents; with --to, a file of the other format. Mistakes go to stderr. Ends
    with 4 when a document is refused; the others are printed all the same.
    """
    reader = MapReader(home, partner, map_name)
    payload = b"".join(chunks_of(file))
    found = list(reader.sets(file, payload)) if is_x12(payload[:64]) else [reader.file(file, payload)]
    _tell(found)
    documents = [d.document for one in found for d in one.documents if d.is_accepted and d.document is not None]
    if not to:
        told = [_extensions_last(canonical_values(d)) for d in documents]
        print(json.dumps(told, indent=2, ensure_ascii=False))
    elif documents:
        by = reader.map_named(to)
        if by.wire == "x12" or any(d.document_type != by.document_type for d in documents):  # type: ignore[attr-defined]
            raise GatewayError(
                "GW-6207",
                f"{to} cannot write it: it writes {by.document_type.replace('_', ' ')}s as {by.wire}; X12 needs an envelope, which only "
                f"the gateway gives.",
            )
        plain = [_without_extensions(d) for d in documents]
        if plain != documents:
            say(f"What {to} has no place for is left out.")
        trees = [by.write(document, WriteContext()).tree for document in plain]
        sys.stdout.flush()
        for part in [[tree] for tree in trees] if by.wire == "xml" else [trees]:
            print_bytes(iter([by.payload(part).content]))
    return Exit.REFUSED if any(one.is_refused for one in found) else Exit.DONE


def _extensions_last(value: Any) -> Any:
    """Return plain values with what the map only kept behind what it understood."""
    if isinstance(value, list):
        return [_extensions_last(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {key: _extensions_last(value[key]) for key in sorted(value, key=lambda key: key == "extensions")}


def _without_extensions(document: BusinessDocument) -> BusinessDocument:
    """Return a document without the values that only the format it came in has a place for."""
    content = document.model_dump(mode="json")
    return type(document).model_validate(_bare(content))


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(inner) for key, inner in value.items() if key != "extensions"}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value


def _tell(found: list[MappedFile]) -> None:
    for one in found:
        for finding in one.findings:
            say(f"{finding.code} {finding.sentence}")
        for document in one.documents:
            for finding in document.findings:
                say(f"{document.name}: {finding.code} {finding.sentence}")
