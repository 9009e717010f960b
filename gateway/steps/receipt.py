"""Receipts: what a partner is told about a file that carries no X12 envelope, and how such an answer is read when it comes to us.

A receipt says, document by document, whether it was taken and what was wrong with it, in words for the partner: a code, a place, a
general sentence, never our inner facts. For rows and fixed width it is a small CSV file, for cXML its Response, for UBL its
ApplicationResponse.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime

from translators.findings import Finding
from translators.xmldoc import Element, read_xml, write_xml

_TITLES = ("receipt", "file", "document", "verdict", "row", "place", "value", "code", "text")
_RECEIPT_BEGINS = ",".join(_TITLES).encode()
_CXML_DOCTYPE = '<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.063/cXML.dtd">'
_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_UBL_NAMESPACES = {
    "": f"{_UBL}ApplicationResponse-2",
    "cac": f"{_UBL}CommonAggregateComponents-2",
    "cbc": f"{_UBL}CommonBasicComponents-2",
}
_VERDICTS = {True: "accepted", False: "refused"}
# What a partner is told about a finding; its place and its value stand beside it.
_WORDS = {
    "MAP-REQUIRED": "A value that is required is missing.",
    "MAP-VALUE": "The value is none that we can read.",
    "MAP-CODE": "The code is none that was agreed.",
    "FLAT-CUT": "The file is cut off here; please send it again.",
    "FLAT-ROW-ODD": "The row is of no kind that was agreed, or stands where it must not.",
    "FLAT-ROW-UNKNOWN": "The row is of no kind that was agreed.",
    "FLAT-ROW-DIFFERS": "The row does not agree with the other rows of the same document, or lacks its number.",
    "FLAT-ROW-WIDE": "The row has more values than there are columns; quote values that hold the delimiter.",
}
_OTHER = "It does not keep to what was agreed."


@dataclass(frozen=True, slots=True)
class Judged:
    """One document of a file: its number, whether it was taken, what was wrong."""

    number: str
    is_accepted: bool
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is told about one file.

    Args:
        id: the receipt's own.
        file: the partner's name for it.
        sender, receiver: names, ours and theirs.
    """

    id: str
    file: str
    sender: str
    receiver: str
    at: datetime
    documents: tuple[Judged, ...]

    @property
    def is_accepted(self) -> bool:
        """Return whether every document was taken."""
        return all(one.is_accepted for one in self.documents)


@dataclass(frozen=True, slots=True)
class ReceivedReceipt:
    """What a partner's receipt says: whether it took everything, and about which of our numbers or files."""

    is_accepted: bool
    about: tuple[str, ...]
    words: str = ""


def receipt_rows(receipt: Receipt) -> bytes:
    """Return a receipt as delimited rows with titles: one row for each document, one more for each further finding."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_TITLES)
    for one in receipt.documents:
        refusals = [_told(f) for f in one.findings if f.refuses]
        for told in refusals or [("", "", "", "", "")]:
            cells = (receipt.id, receipt.file, one.number, _VERDICTS[one.is_accepted], *told)
            writer.writerow([inert(cell) for cell in cells])
    return out.getvalue().encode()


def inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula. Source: OWASP ASVS 5.0, 1.2.10."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\0")) else cell


def _told(finding: Finding) -> tuple[str, str, str, str, str]:
    """Return row, place, value, code and words for the partner."""
    position = finding.position
    row = "" if position.segment_number is None else str(position.segment_number)
    words = _WORDS.get(finding.code, _OTHER)
    return row, position.segment_id, finding.value[:80], finding.code, words


def _sentence(receipt: Receipt) -> str:
    """Return all of it in one line."""
    refused = [one for one in receipt.documents if not one.is_accepted]
    if not refused:
        return f"Received: {', '.join(one.number for one in receipt.documents)}."
    told = []
    for one in refused:
        findings = [_told(f) for f in one.findings if f.refuses]
        places = "; ".join(
            " ".join(part for part in (f"line {row}", place, words) if part) for row, place, _, _, words in findings
        )
        told.append(f"{one.number} was refused: {places or _OTHER}")
    return " ".join(told)


def cxml_response(receipt: Receipt) -> bytes:
    """Return a cXML Response: status 200, or 400 with what was wrong. Source: cXML 1.2 Reference Guide, Response and Status."""
    status = Element("Status", _sentence(receipt))
    status.attributes = {"code": "200", "text": "OK"} if receipt.is_accepted else {"code": "400", "text": "Bad Request"}
    status.attributes["xml:lang"] = "en"
    root = Element("cXML", children=[Element("Response", children=[status])])
    root.attributes = {"payloadID": f"{receipt.id}@{_domain(receipt.sender)}", "timestamp": _timestamp(receipt.at)}
    return write_xml(root, {}, _CXML_DOCTYPE)


def _domain(name: str) -> str:
    """Return a name as the right side of a payloadID can hold it."""
    return "".join(c for c in name.lower().replace(" ", "-") if c.isascii() and (c.isalnum() or c == "-")) or "gateway"


def payload_id(document_id: str, company: str) -> str:
    """Return the payloadID of what we send: the same on every try. Source: cXML 1.2 Reference Guide, cXML element."""
    return f"{document_id}@{_domain(company)}"


def _timestamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def application_response(receipt: Receipt) -> bytes:
    """Return a UBL ApplicationResponse. Source: OASIS UBL 2.1; response codes of UN/EDIFACT 4343: AB acknowledged, RE rejected."""
    root = Element(
        "ApplicationResponse",
        children=[
            Element("cbc:UBLVersionID", "2.1"),
            Element("cbc:ID", receipt.id),
            Element("cbc:IssueDate", f"{receipt.at:%Y-%m-%d}"),
            Element("cbc:IssueTime", f"{receipt.at:%H:%M:%S}Z"),
            Element("cac:SenderParty", children=[_party(receipt.sender)]),
            Element("cac:ReceiverParty", children=[_party(receipt.receiver)]),
            *(_document_response(one) for one in receipt.documents),
        ],
    )
    return write_xml(root, _UBL_NAMESPACES)


def _party(name: str) -> Element:
    return Element("cac:PartyName", children=[Element("cbc:Name", name)])


def _document_response(one: Judged) -> Element:
    lines = [_told(f) for f in one.findings if f.refuses]
    words = [
        " ".join(part for part in (f"line {row}" if row else "", place, said) if part)
        for row, place, _, _, said in lines
    ]
    response = Element("cac:Response", children=[Element("cbc:ResponseCode", "AB" if one.is_accepted else "RE")])
    response.children += [Element("cbc:Description", said) for said in words]
    reference = Element("cac:DocumentReference", children=[Element("cbc:ID", one.number)])
    return Element("cac:DocumentResponse", children=[response, reference])


def received_receipt(payload: bytes) -> ReceivedReceipt | None:
    """Return what a receipt says, or None when `payload` is none. Answers are never answered, or two gateways would never end."""
    if payload.startswith(_RECEIPT_BEGINS):
        return _read_rows(payload)
    if not payload.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return None
    root = read_xml(payload, {uri: prefix for prefix, uri in _UBL_NAMESPACES.items()})
    if not isinstance(root, Element):
        return None
    if root.name == "cXML":
        return _read_cxml(root)
    return _read_ubl(root) if root.name == "ApplicationResponse" else None


def _read_rows(payload: bytes) -> ReceivedReceipt:
    rows = list(csv.DictReader(io.StringIO(payload.decode("utf-8", "replace"), newline="")))
    about = dict.fromkeys(f"{row.get('file') or ''}" for row in rows)
    words = [f"{row.get('document')}: {row.get('text')}" for row in rows if row.get("text")]
    return ReceivedReceipt(all(row.get("verdict") == "accepted" for row in rows), tuple(about), " ".join(words))


def _read_cxml(root: Element) -> ReceivedReceipt | None:
    response = next((child for child in root.children if child.name == "Response"), None)
    if response is None:
        return None
    status = next((child for child in response.children if child.name == "Status"), Element("Status"))
    code = status.attributes.get("code", "")
    return ReceivedReceipt(
        code.startswith("2"), (), f"{code} {status.attributes.get('text', '')} {status.text}".strip()
    )


def _read_ubl(root: Element) -> ReceivedReceipt:
    about, words, is_accepted = [], [], True
    for one in (child for child in root.children if child.name == "cac:DocumentResponse"):
        for part in one.children:
            if part.name == "cac:DocumentReference":
                about += [inner.text for inner in part.children if inner.name == "cbc:ID"]
            elif part.name == "cac:Response":
                code = next((inner.text for inner in part.children if inner.name == "cbc:ResponseCode"), "")
                is_accepted = is_accepted and code != "RE"
                words += [inner.text for inner in part.children if inner.name == "cbc:Description"]
    return ReceivedReceipt(is_accepted, tuple(about), " ".join(words))
