"""Reads and writes XML as plain elements, their names with the prefixes a map uses.

Nothing outside the payload is ever fetched and no entity is expanded: a DOCTYPE that only names an external DTD (all cXML does) is
passed over, one that declares anything is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from lxml import etree

from translators.findings import Finding, Level, Position

XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MOST_DEEP = 200  # business documents are some ten levels deep


@dataclass(slots=True)
class Element:
    """One element: its name ("cbc:ID"), its text, its attributes, what lies in it, the line it begins on."""

    name: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    line: int = 0


# The stubs of lxml are narrower than lxml.
_TO_BYTES: Any = etree.tostring
_MAKE: Any = etree.Element


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def read_xml(payload: bytes, prefixes: Mapping[str, str]) -> Element | Finding:
    """Return the root element of `payload`, or the finding that says why there is none.

    Args:
        payload: a whole document.
        prefixes: namespace → prefix, "" for none; an element of another namespace is called "{namespace}name".
    """
    try:
        root = etree.fromstring(payload, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        sentence = f"The file is no well-formed XML: {getattr(error, 'msg', error)}. Ask the partner to send it again."
        return Finding("XML-SYNTAX", sentence, level=Level.INTERCHANGE, position=Position(segment_number=line))
    if root.getroottree().docinfo.internalDTD is not None and _declares(payload):
        sentence = "The file declares entities or elements of its own, which is not safe to read. Ask for it without."
        return Finding("XML-DOCTYPE", sentence, level=Level.INTERCHANGE)
    return _element(root, prefixes, 0)


class _DoctypeRead(Exception):  # noqa: N818  it stops the reader and is no error
    """All of the prolog that matters was read."""


def _declares(payload: bytes) -> bool:
    """Return whether the DOCTYPE brings declarations of its own: entities, elements, or values for attributes nobody sent.

    lxml shows entities and elements, not attributes: expat says whether there is anything between the brackets.
    """
    found = []

    def started(_name: str, _system: str | None, _public: str | None, has_declarations: int) -> None:
        found.append(bool(has_declarations))
        raise _DoctypeRead

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = started
    try:
        parser.Parse(payload, True)
    except _DoctypeRead:
        return found[0]
    except expat.ExpatError:
        pass  # an encoding that only lxml knows
    return True


def _name(tag: str, prefixes: Mapping[str, str]) -> str:
    if not tag.startswith("{"):
        return tag
    namespace, _, local = tag[1:].partition("}")
    prefix = "xml" if namespace == XML_NAMESPACE else prefixes.get(namespace)
    if prefix is None:
        return tag
    return f"{prefix}:{local}" if prefix else local


def _element(node: Any, prefixes: Mapping[str, str], depth: int) -> Element | Finding:
    if depth > MOST_DEEP:
        sentence = f"The elements lie more than {MOST_DEEP} deep in each other. No business document does."
        return Finding("XML-SYNTAX", sentence, level=Level.INTERCHANGE)
    attributes = {_name(str(k), prefixes): str(v) for k, v in node.attrib.items()}
    element = Element(_name(str(node.tag), prefixes), (node.text or "").strip(), attributes, [], node.sourceline or 0)
    later = []  # text after an inner element, as in <Description><ShortName>x</ShortName>this</Description>
    for child in node:
        if child.tail and not child.tail.isspace():
            later.append(child.tail.strip())
        if not isinstance(child.tag, str):
            return Finding("XML-DOCTYPE", "The file uses an entity of its own, which is not safe to read.")
        inner = _element(child, prefixes, depth + 1)
        if isinstance(inner, Finding):
            return inner
        element.children.append(inner)
    if later:
        element.text = " ".join([element.text, *later] if element.text else later)
    return element


def write_xml(root: Element, namespaces: Mapping[str, str], doctype: str = "") -> bytes:
    """Return the bytes of a document, UTF-8, indented.

    Args:
        root: the root element.
        namespaces: prefix → namespace; "" for that of names without a prefix.
        doctype: the document type declaration to write before it, "" for none.
    """
    known: dict[str | None, str] = {prefix or None: uri for prefix, uri in namespaces.items()}
    tree = _node(root, namespaces, known)
    written: bytes = _TO_BYTES(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True, doctype=doctype or None)
    return written


def _tag(name: str, namespaces: Mapping[str, str], *, is_attribute: bool = False) -> str:
    if name.startswith("{"):
        return name
    prefix, colon, local = name.partition(":")
    if not colon:
        return f"{{{namespaces['']}}}{name}" if "" in namespaces and not is_attribute else name
    if prefix == "xml":
        return f"{{{XML_NAMESPACE}}}{local}"
    return f"{{{namespaces[prefix]}}}{local}" if prefix in namespaces else local


def _node(element: Element, namespaces: Mapping[str, str], known: dict[str | None, str]) -> Any:
    node = _MAKE(_tag(element.name, namespaces), nsmap=known)
    node.text = _allowed(element.text) or None
    for name, value in element.attributes.items():
        node.set(_tag(name, namespaces, is_attribute=True), _allowed(value))
    for child in element.children:
        node.append(_node(child, namespaces, known))
    return node


def _allowed(text: str) -> str:
    """Return `text` without the characters XML cannot hold. Source: XML 1.0, production 2."""
    return _FORBIDDEN.sub("", text)
