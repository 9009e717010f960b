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
    test_mark: tuple[str, str] = (
        "",
        "",
    )  # how the path ends of what says that a document is a test, and what it says then


_XML = ("application/xml", "xml")
FILE_KINDS: dict[str, FileKind] = {
    "delimited": FileKind("CSV", "text/csv", "csv"),
    "fixed": FileKind("fixed", "text/plain", "txt"),
    "xml": FileKind("XML", *_XML),
    "cxml": FileKind("cXML", *_XML, cxml_response, _XML, ("@", "Header"), ("@deploymentMode", "test")),
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


def counted_by(set_id: str) -> str:
    """Return what places in a document are counted in: rows of a file of rows, lines of XML, segments of X12.

    Args:
        set_id: of the document: the name of a kind of file, else a transaction set.
    """
    kind = next((kind for kind in FILE_KINDS.values() if kind.name == set_id), None)
    if kind is None:
        return "segment"
    return "line" if kind.content_type == "application/xml" else "row"


def business_extensions(document: BusinessDocument, by: Map) -> BusinessDocument:
    """Return a document without what its envelope said: an order that is sent again with a new payload id is the same order."""
    outside = file_kind(by).counts_as_envelope if by.wire != "x12" else ()
    if not outside:
        return document
    kept = tuple(e for e in document.extensions if not e.path.startswith(outside))
    return document.model_copy(update={"extensions": kept})


def is_test(document: BusinessDocument, by: Map, *, default: bool) -> bool:
    """Return whether a document says that it is a test; `default` where its kind of file cannot say, or it does not."""
    ends, test = file_kind(by).test_mark
    said = next((e.value for e in document.extensions if ends and e.path.partition("[+")[0].endswith(ends)), None)
    return default if said is None else said == test


def form_of(set_id: str, *, is_receipt: bool = False) -> tuple[str, str] | None:
    """Return the content type and the ending of a file, by the `set_id` of its document; None when it is no kind of file."""
    kind = next((kind for kind in FILE_KINDS.values() if kind.name == set_id), None)
    if kind is None:
        return None
    return kind.receipt_form if is_receipt else (kind.content_type, kind.ending)
