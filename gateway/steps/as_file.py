"""Documents that travel as files without X12 envelopes: read again from what came in, written to what goes out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from gateway.profiles import CxmlIdentity, PartnerProfile
from gateway.settings import read_secret
from gateway.states import Event, Kind
from gateway.steps.file_kinds import file_kind
from gateway.steps.files import file_agreements, read_tree
from gateway.steps.formats import Again, Written
from gateway.steps.receipt import payload_id
from gateway.steps.station import Station
from gateway.store import documents
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.moves import Outcome
from translators.canonical import Source, parse_canonical
from translators.canonical.document import BusinessDocument
from translators.findings import Finding
from translators.mapping import Map, ReadContext, WriteContext
from translators.x12.model import Loop

FORMAT = "file"
_SECRET = b"<SharedSecret>%b</SharedSecret>"
_NAME_LENGTH = 40
_PAYLOAD_ID = "@payloadID[+1]"  # where a cXML map keeps the payloadID of what it read
_NO_REFERENCE = b'<DocumentReference payloadID="unknown"'  # what the cXML maps write, who cannot know it


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """What is kept of one document of a file, for `contents.wire`.

    Args:
        place: of the document in its file, from 1.
        tree: its own part; None where it is the whole file.
    """

    map: str
    version: str
    place: int
    tree: Any = None
    format: str = FORMAT

    def as_json(self) -> str:
        """Return it for `contents.wire`."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class FileToSend:
    """How a file of ours leaves, for `contents.wire`; its bytes are the document's payload.

    Args:
        secret: reference of the secret that takes the reference's place when the file leaves; "" for none.
    """

    name: str
    content_type: str
    secret: str = ""
    format: str = FORMAT

    def as_json(self) -> str:
        """Return it for `contents.wire`."""
        return json.dumps(asdict(self))


def kept_tree(loop: Loop) -> list[Any]:
    """Return a wire tree as JSON can hold it."""
    return [loop.name, loop.segments, loop.numbers, [kept_tree(inner) for inner in loop.loops]]


def _tree(kept: list[Any]) -> Loop:
    name, segments, numbers, loops = kept
    return Loop(name, segments, numbers, [_tree(inner) for inner in loops])


def read_context(document: Document, profile: PartnerProfile, by: Map | None) -> ReadContext:
    """Return what is known of a document in a file besides its content."""
    source = Source(
        standard="" if by is None else file_kind(by).name,
        payload_sha256=document.payload_sha256 or "",
        map_name="" if by is None else by.name,
        map_version="" if by is None else by.version,
    )
    return ReadContext(partner=profile.id, is_test=profile.files.usage == "T", source=source)


def read_again(document: Document, profile: PartnerProfile, held: Mapping[str, Any], station: Station) -> Again | None:
    """Read one document of a file, by the map that is agreed now; None when nothing is agreed about it any more."""
    agreed = [by for _, by in file_agreements(profile, station.map_named) if by.document_type == document.kind]
    by = next((by for by in agreed if by.name == held["map"]), agreed[0] if agreed else None)
    if by is None:
        return None
    about: tuple[Finding, ...] = ()
    if held["tree"] is not None and by.version == held["version"]:
        tree = _tree(held["tree"])  # what was found about it when the file was opened refused it then
    else:  # the map changed, and with it perhaps what the rows are called
        found = by.trees(station.payload(document))
        if len(found.trees) < held["place"]:
            return Again(by, found.findings, None)
        tree, about = found.trees[held["place"] - 1], found.about(held["place"] - 1)
    return Again(by, (), read_tree(tree, by, read_context(document, profile, by), about))


def write_file(
    document: Document, canonical: BusinessDocument, by: Map, profile: PartnerProfile, station: Station
) -> Written:
    """Write a document of ours as its own file, with the envelope values that its kind asks for."""
    kind = file_kind(by)
    envelope, secret = {}, ""
    if kind.name == "cXML":
        assert profile.cxml is not None  # checked with the configuration  # noqa: S101
        envelope = _cxml_envelope(document, profile.cxml, profile, station)
        secret = profile.cxml.shared_secret
    writing = by.write(canonical, WriteContext(envelope=envelope))
    file = by.payload([writing.tree])
    content = _with_order_reference(file.content, document, station) if kind.name == "cXML" else file.content
    name = file_name(document, kind.ending)
    kept = FileToSend(name, kind.content_type, secret)

    def also(connection: Transaction) -> Mapping[str, Any]:
        payload = station.payloads.take([content], document.id)
        station.payloads.put(connection, payload, station.clock.now())
        return {"payload_sha256": payload.sha256, "payload_size": payload.size_bytes}

    return Written(
        wire=kept.as_json(),
        findings=(*writing.findings, *file.findings),
        words=f"{kind.name}",
        changes={"set_id": kind.name, "release": "", "is_test": profile.files.usage == "T"},
        also=also,
    )


def file_name(document: Document, ending: str) -> str:
    """Return what a file of ours is called: the same on every try, and never the same for two documents."""
    number = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in document.number)[:_NAME_LENGTH]
    kind = document.kind.value.replace("_", "-")
    return f"{kind}-{number}-{document.id}.{ending}" if number else f"{kind}-{document.id}.{ending}"


def _cxml_envelope(
    document: Document, names: CxmlIdentity, profile: PartnerProfile, station: Station
) -> dict[str, str]:
    """Return the header of a cXML document. Source: cXML 1.2 Reference Guide, Header; payloadID stays the same on every try."""
    company = station.settings.company.name
    values = {
        ".@payloadID": payload_id(document.id, company),
        ".@timestamp": document.created_at.isoformat(timespec="seconds"),
        "Header/Sender/UserAgent": "Partner Gateway",
        "Request@deploymentMode": "test" if profile.files.usage == "T" else "production",
    }
    for role, credential in (
        ("From", names.company_credential),
        ("To", names.credential),
        ("Sender", names.sender_credential or names.company_credential),
    ):
        domain, _, identity = credential.partition(":")
        values[f"Header/{role}/Credential@domain"] = domain
        values[f"Header/{role}/Credential/Identity"] = identity
    if names.shared_secret:
        values["Header/Sender/Credential/SharedSecret"] = names.shared_secret
    return values


def _with_order_reference(content: bytes, document: Document, station: Station) -> bytes:
    """Return a cXML answer that names the payloadID its order came under, by which the buyer's software finds the order."""
    if document.answers_id is None:
        return content
    with station.database.read() as connection:
        canonical = documents.content(connection, document.answers_id).get("canonical")
    found = () if canonical is None else parse_canonical(Kind.PURCHASE_ORDER, canonical).extensions
    received = next((e.value for e in found if e.path == _PAYLOAD_ID), None)
    if received is None:
        return content
    return content.replace(_NO_REFERENCE, b"<DocumentReference payloadID=" + quoteattr(received).encode())


def name_file(document: Document, held: Mapping[str, Any], station: Station) -> Outcome:  # noqa: ARG001  as every format
    """Return the outcome of making a file ready: it has no control numbers, its bytes and its name are final."""
    return Outcome(Event.ENVELOPED, f"It is ready to leave as {held['name']}.", facts={"file": held["name"]})


def leaving_bytes(content: bytes, secret: str) -> bytes:
    """Return the bytes that leave: where a secret's reference stands, the secret itself, which is stored nowhere.

    Raises:
        ConfigurationError: GW-1001, there is nothing where the reference points.
    """
    if not secret:
        return content
    held = _SECRET % escape(secret).encode()
    return content.replace(held, _SECRET % escape(read_secret(secret)).encode(), 1)
