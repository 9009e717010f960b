"""Rows of a file, and text as files hold it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field

from translators.findings import Finding, Level, Position, Severity

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file (from 1), its kind where the file has several, its values as received."""

    number: int
    values: tuple[str, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A file as rows. `titles` are those of its header row, () without one; `is_cut` when its last row has no end."""

    rows: tuple[Row, ...] = ()
    titles: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
    is_cut: bool = False


def text_in(payload: bytes, encoding: str) -> str | Finding:
    """Return the text of `payload`, whose byte order mark wins over `encoding`; a finding when it cannot be that."""
    for mark, marked in BYTE_ORDER_MARKS:
        if payload.startswith(mark):
            payload, encoding = payload[len(mark) :], marked
            break
    try:
        text = payload.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        at = getattr(error, "start", 0)
        sentence = f"Byte {at} of the file is no {encoding}. Ask the partner for the encoding, or name it in the map."
        return Finding("FLAT-ENCODING", sentence, level=Level.INTERCHANGE, position=Position(offset=at))
    if "\0" in text:  # UTF-16 without its mark decodes as most other encodings, and no text holds one
        sentence = f"The file holds zero bytes, perhaps as UTF-16 without its mark, and is no {encoding}. Ask the partner for the encoding."
        return Finding(
            "FLAT-ENCODING", sentence, level=Level.INTERCHANGE, position=Position(offset=payload.find(b"\0"))
        )
    return text.removeprefix("\ufeff")  # a mark written twice


def bytes_of(text: str, encoding: str) -> tuple[bytes, tuple[Finding, ...]]:
    """Return `text` in `encoding`; a character it has not becomes "?", as there is no other way to send the rest, and is told."""
    try:
        return text.encode(encoding), ()
    except UnicodeEncodeError as error:
        sentence = f"{text[error.start]!r} cannot be written in {encoding}; a ? stands for it."
        found = Finding("FLAT-CHARACTER", sentence, Severity.WARNING, value=text[error.start])
        return text.encode(encoding, errors="replace"), (found,)
