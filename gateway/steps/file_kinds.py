"""Kinds of files that carry no X12 envelope: what people call them, how they travel, how a receipt for one looks.

To add one: a row of FILE_KINDS, and of DIALECTS when it is XML.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.steps.receipt import Receipt, application_response, cxml_response, receipt_rows
from translators.canonical.document import BusinessDocument
from translators.mapping import Map


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file.

    Args:
        name: for people and for `documents.set_id`, at most 6 characters.
        ending: of the names of files we send.
        receipt: writes the answer to a file of this kind.
        receipt_form: content type and ending of that answer.
        counts_as_envelope: beginnings of wire paths that say nothing of the business, and change when the same document is sent again.
    """

    name: str
    content_type: str
    ending: str
    receipt: Callable[[Receipt], bytes] = receipt_rows
    receipt_form: tuple[str, str] = ("text/csv", "csv")
    counts_as_envelope: tuple[str, ...] = ()


_XML = ("application/xml", "xml")
FILE_KINDS: dict[str, FileKind] = {
    "delimited": FileKind("CSV", "text/csv", "csv"),
    "fixed": FileKind("fixed", "text/plain", "txt"),
    "xml": FileKind("XML", *_XML),
    "cxml": FileKind("cXML", *_XML, cxml_response, _XML, counts_as_envelope=("@", "Header")),
    "ubl": FileKind("UBL", *_XML, application_response, _XML),
}
# What an XML file is, by the namespace of its root element, else by its name.
DIALECTS: tuple[tuple[str, str], ...] = (("urn:oasis:names:specification:ubl:", "ubl"), ("cXML", "cxml"))


def file_kind(by: Map) -> FileKind:
    """Return the kind of file that a map reads and writes."""
    if by.wire != "xml":
        return FILE_KINDS[by.wire]
    named = (getattr(by.format, "namespace", ""), getattr(by.format, "root", ""))
    dialect = next((kind for begins, kind in DIALECTS if any(name.startswith(begins) for name in named)), "xml")
    return FILE_KINDS[dialect]


def business_extensions(document: BusinessDocument, by: Map) -> BusinessDocument:
    """Return a document without what its envelope said: an order that is sent again with a new payload id is the same order."""
    outside = file_kind(by).counts_as_envelope if by.wire != "x12" else ()
    if not outside:
        return document
    kept = tuple(e for e in document.extensions if not e.path.startswith(outside))
    return document.model_copy(update={"extensions": kept})


def media_type(set_id: str) -> tuple[str, str]:
    """Return the content type and the ending of what a document with this `set_id` was sent or received as."""
    kind = next((kind for kind in FILE_KINDS.values() if kind.name == set_id), None)
    return ("application/edi-x12", "edi") if kind is None else (kind.content_type, kind.ending)
