"""Takes a partner's names, addresses, people and references out of a file, and leaves it a file of the same kind.

Letters become X, digits 9, so that lengths and kinds of characters stay what they were. What an order is about (items, quantities,
prices, dates, codes) stays: it is what a regression case is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from xml.sax.saxutils import escape

from translators.canonical.document import BusinessDocument

# Segment → elements that name somebody, or are free text.
PRIVATE: dict[str, tuple[int, ...]] = {
    "ISA": (6, 8),
    "GS": (2, 3),
    "N1": (2, 4),
    "N2": (1, 2),
    "N3": (1, 2),
    "N4": (1, 3),
    "N9": (2, 3),
    "PER": (2, 4, 6, 8, 9),
    "REF": (2, 3),
    "MSG": (1,),
    "MTX": (2,),
    "NTE": (2,),
    "G61": (2, 4),
    "TD5": (3, 5),
}
_PRIVATE_FIELDS = frozenset(
    {"name", "additional_names", "city", "postal_code", "phone", "email", "fax", "notes", "identifier"}
)
_PEOPLE = frozenset({"parties", "ship_to", "contacts", "address", "references"})
SHORTEST = 3  # of a text that is looked for in a file without segments; shorter ones would be found in everything


def masked(text: str) -> str:
    """Return a text with its letters and digits made unreadable."""
    return re.sub(r"[0-9]", "9", re.sub(r"[^\W\d_]", lambda m: "X" if m[0].isupper() else "x", text))


def redacted_x12(content: bytes, element: str, terminator: str) -> bytes:
    """Return an interchange without what is private in it."""
    text = content.decode("latin-1")
    pieces = text.split(terminator)
    for number, piece in enumerate(pieces):
        start = len(piece) - len(piece.lstrip())
        elements = piece[start:].split(element)
        for place in PRIVATE.get(elements[0], ()):
            if place < len(elements):
                elements[place] = masked(elements[place])
        pieces[number] = piece[:start] + element.join(elements)
    return terminator.join(pieces).encode("latin-1")


def redacted_text(content: bytes, documents: Iterable[BusinessDocument], encoding: str = "utf-8") -> bytes:
    """Return a file of rows or XML without the private values of the documents that were read from it."""
    text = content.decode(encoding, "surrogateescape")
    for value in sorted(private_values(documents), key=len, reverse=True):
        for spelled in _spellings(value):
            text = re.sub(rf"(?<!\w){spelled}(?!\w)", lambda m: _masked_markup(m[0]), text)
    return text.encode(encoding, "surrogateescape")


def private_values(documents: Iterable[BusinessDocument]) -> set[str]:
    """Return the names, addresses, people, references and notes in documents."""
    return {value for one in documents for value in _private(one.model_dump(mode="json"), is_person=False)}


def _spellings(value: str) -> Iterator[str]:
    """Yield patterns of a value as files have it: blanks and line breaks alike, quotes doubled in rows, escaped in XML."""
    escaped = (value, value.replace('"', '""'), escape(value), escape(value, {'"': "&quot;", "'": "&apos;"}))
    for spelled in dict.fromkeys(escaped):
        yield r"\s+".join(re.escape(word) for word in spelled.split())


def _masked_markup(text: str) -> str:
    """Return a text masked, but for the entities of XML in it."""
    return "".join(part if part.startswith("&") else masked(part) for part in re.split(r"(&\w+;)", text))


def _private(value: Any, *, is_person: bool) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _private(one, is_person=is_person)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in ("source", "extensions"):
                continue
            inside = is_person or key in _PEOPLE
            if (inside and key in ("value", "lines")) or (key in _PRIVATE_FIELDS and (inside or key == "notes")):
                yield from _texts(inner)
            yield from _private(inner, is_person=inside)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and len(value) >= SHORTEST:
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
