"""XML documents: bytes to elements and back, safely. Pure; knows no map and no other format."""

from translators.xmldoc.elements import Element, read_xml, write_xml

__all__ = ["Element", "read_xml", "write_xml"]
