"""MIME as AS2 uses it: fields, entities, parts, transfer encodings. Strict, because a signature covers these bytes as they are.

An entity is a stretch of a file; nothing is joined, folded or decoded before its signature was verified. Fields that decide how the
rest is read (Content-Type and its like) may stand there once.

Source: RFC 2045, 2046, 2231.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from gateway.transports.as2.octets import CHUNK_BYTES, Octets, Scratch, spooled
from gateway.transports.as2.refusals import RefusedError
from gateway.transports.as2.terms import Limits

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_NAME = re.compile(rb"[!#-'*+\-.0-9A-Z^_`a-z|~]+")
_TYPE = re.compile(r"\s*([!#$&^_.+\-0-9A-Za-z]+/[!#$&^_.+\-0-9A-Za-z]+)\s*")
_TOKEN_TYPE = re.compile(r"\s*([!#$&^_.+\-0-9A-Za-z]+)\s*")
_PARAMETER = re.compile(r';\s*(?:([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))\s*)?', re.DOTALL)
# Not every codec that Python has: some of them are made to be slow (punycode) or are no charsets.
_CHARSET = re.compile(
    r"utf-8|us-ascii|iso-8859-\d{1,2}|windows-125\d|shift_jis|euc-jp|iso-2022-jp|gb2312|gbk|big5", re.IGNORECASE
)
_CONTINUED = re.compile(r"(.+?)\*(\d{1,3})(\*?)")
_DELIMITER_END = re.compile(rb"(--)?[ \t]{0,64}(\r?\n|\Z)")
_DELIMITER_END_BYTES = 70
_FALSE_DELIMITERS = 1_000  # lines that begin like a delimiter and are none; a boundary is chosen so that there are none
_BOUNDARY_BYTES = 200  # RFC 2046 says 70; some write more


def _malformed(what: str) -> RefusedError:
    return RefusedError("AS2-MIME", f"The MIME structure is malformed: {what}.")


class HeaderValue(NamedTuple):
    """A field's value with its parameters; names and `value` in lower case."""

    value: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Fields:
    """A block of MIME fields, names in lower case, values unfolded."""

    pairs: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """Return the value of a field that may stand there once, "" when it does not."""
        found = [value for key, value in self.pairs if key == name]
        if len(found) > 1:
            raise _malformed(f"{name} stands there {len(found)} times")
        return found[0] if found else ""

    @property
    def content_type(self) -> HeaderValue:
        """Return Content-Type; RFC 2045 says what it is when it is missing."""
        text = self.get("content-type")
        return parameterized(text, _TYPE) if text else HeaderValue("text/plain", {})

    @property
    def transfer_encoding(self) -> str:
        """Return Content-Transfer-Encoding in lower case."""
        return self.get("content-transfer-encoding").strip().lower() or "7bit"

    @property
    def filename(self) -> str:
        """Return the file name that the fields claim, "" for none; not yet looked at."""
        disposition = self.get("content-disposition")
        if disposition:
            claimed = parameterized(disposition, _TOKEN_TYPE).parameters.get("filename", "")
            if claimed:
                return claimed
        return self.content_type.parameters.get("name", "")


@dataclass(frozen=True, slots=True)
class Entity:
    """Fields and body.

    Args:
        whole: both, as received.
        body: not decoded.
    """

    fields: Fields
    whole: Octets
    body: Octets


def fields_of(block: bytes, limits: Limits) -> Fields:
    """Return the fields of a block without the blank line at its end."""
    unfolded: list[bytes] = []
    for line in block.replace(b"\r\n", b"\n").split(b"\n") if block else ():
        if line[:1] in (b" ", b"\t"):
            if not unfolded:
                raise _malformed("a folded line without a field before it")
            unfolded[-1] += b" " + line.strip()
        else:
            unfolded.append(line)
        if len(unfolded) > limits.header_fields:
            raise RefusedError("AS2-LIMIT", f"More than {limits.header_fields} MIME fields in one block.")
    pairs = []
    for line in unfolded:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name := name.rstrip(b" \t")):
            raise _malformed("a line among the fields is none")
        pairs.append((name.decode("ascii").lower(), text_of(value.strip(b" \t"))))
    return Fields(tuple(pairs))


def text_of(octets: bytes) -> str:
    """Return a field's value as text: UTF-8, else Latin-1, which always can be read."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def entity_of(octets: Octets, limits: Limits) -> Entity:
    """Return the entity that a stretch holds."""
    head = octets.at(0, limits.header_bytes + 4)
    for start in (b"\r\n", b"\n"):
        if head.startswith(start):
            return Entity(Fields(), octets, octets.part(len(start)))
    found = _BLANK_LINE.search(head)
    if found is None:
        if octets.size_bytes > limits.header_bytes:
            raise RefusedError("AS2-LIMIT", f"The MIME fields of a part are longer than {limits.header_bytes:,} bytes.")
        raise _malformed("no blank line after the fields")
    return Entity(fields_of(head[: found.start()], limits), octets, octets.part(found.end()))


def parameterized(text: str, form: re.Pattern[str] = _TYPE) -> HeaderValue:
    """Return a value such as `text/plain; charset="utf-8"`, RFC 2231 resolved."""
    start = form.match(text)
    if start is None:
        raise RefusedError(
            "AS2-MIME", "A Content-Type or Content-Disposition is not in the standard's form.", value=text
        )
    plain: dict[str, str] = {}
    continued: dict[str, dict[int, tuple[str, bool]]] = {}
    at = start.end()
    while at < len(text):
        found = _PARAMETER.match(text, at)
        if found is None:
            raise RefusedError("AS2-MIME", "The parameters of a MIME field are not in the standard's form.", value=text)
        at = found.end()
        if found[1] is None:
            continue
        name = found[1].lower()
        value = found[3].strip() if found[2] is None else re.sub(r'\\(["\\])', r"\1", found[2])
        section = _CONTINUED.fullmatch(name)
        if section is not None:
            continued.setdefault(section[1], {})[int(section[2])] = (value, bool(section[3]))
        elif name.endswith("*"):
            continued.setdefault(name[:-1], {})[0] = (value, True)
        elif name in plain:
            raise RefusedError("AS2-MIME", f"The parameter {name} stands in a MIME field twice.", value=text)
        else:
            plain[name] = value
    return HeaderValue(start[1].lower(), plain | {name: _joined(sections) for name, sections in continued.items()})


def _joined(sections: dict[int, tuple[str, bool]]) -> str:
    """Return the value of a parameter in sections; what is not in order is malformed."""
    if set(sections) != set(range(len(sections))):
        raise _malformed("a parameter's sections are not all there")
    charset, octets = "utf-8", b""
    for number in range(len(sections)):
        value, is_extended = sections[number]
        if is_extended and number == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        octets += unquote_to_bytes(value) if is_extended else value.encode()
    return text_in(octets, charset)


def text_in(octets: bytes, charset: str) -> str:
    """Return text in a charset that a field names; UTF-8 or Latin-1 where it is wrong or no usual one."""
    try:
        return octets.decode(charset if _CHARSET.fullmatch(charset) else "utf-8")
    except (LookupError, ValueError):
        return text_of(octets)


def parts_of(body: Octets, boundary: str, bound: int) -> list[Octets]:
    """Return the parts of a multipart body, each without the line end before the next delimiter.

    Args:
        bound: how many there may be.
    """
    delimiter = b"\n--" + boundary.encode("latin-1", "replace")
    if not boundary or len(delimiter) > _BOUNDARY_BYTES:
        raise _malformed("no boundary, or one that is too long")
    parts: list[Octets] = []
    start: int | None = None
    for at, after, is_last in _delimiters(body, delimiter):
        if start is not None:
            if at < start:
                raise _malformed("a part without even a blank line")
            parts.append(body.part(start, at - start))
        if len(parts) > bound:
            raise RefusedError("AS2-LIMIT", f"A multipart has more than {bound} parts.")
        if is_last:
            rest = body.size_bytes - after
            if start is None or rest > 64 or body.at(after, rest).strip(b" \t\r\n"):
                raise _malformed("something follows the last part")
            return parts
        start = after
    raise _malformed("the last delimiter is missing")


def _delimiters(body: Octets, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield for each delimiter line: where its line end before starts, where the next line starts, whether it closes."""
    overlap = len(delimiter) + _DELIMITER_END_BYTES
    base, window, at = 0, b"\n" + body.at(0, CHUNK_BYTES + overlap), 0
    shift = 1  # the line end that is thought before the first byte
    false = 0
    while True:
        is_end = base - shift + len(window) >= body.size_bytes
        found = window.find(delimiter, at)
        if found >= 0 and (is_end or found <= len(window) - overlap):
            end = _DELIMITER_END.match(window, found + len(delimiter))
            at = found + 1
            if end is None:
                false += 1
                if false > _FALSE_DELIMITERS:
                    raise RefusedError("AS2-LIMIT", "Too many lines begin like a delimiter of the multipart.")
            else:
                line = found - 1 if found and window[found - 1 : found] == b"\r" else found
                yield max(0, base - shift + line), base - shift + end.end(), end[1] is not None
            continue
        if is_end:
            return
        keep = max(at, len(window) - overlap - 1)  # one more, for the CR before
        base, shift = base - shift + keep, 0
        window, at = body.at(base, CHUNK_BYTES + overlap), 0


def _from_base64(octets: Octets) -> Iterator[bytes]:
    kept = b""
    for chunk in octets.chunks():
        kept += chunk.translate(None, b"\r\n\t ")
        cut = len(kept) - len(kept) % 4
        if cut and kept[cut - 1 : cut] != b"=":
            yield binascii.a2b_base64(kept[:cut], strict_mode=True)
            kept = kept[cut:]
        elif len(kept) > 2 * CHUNK_BYTES:
            raise binascii.Error
    if kept:
        yield binascii.a2b_base64(kept, strict_mode=True)


def _from_quoted_printable(octets: Octets) -> Iterator[bytes]:
    kept = b""
    for chunk in octets.chunks():
        kept += chunk
        cut = kept.rfind(b"\n") + 1
        if not cut and len(kept) > CHUNK_BYTES:
            cut = len(kept) - 2 if b"=" not in kept[-2:] else kept.rfind(b"=")
        if cut:
            yield binascii.a2b_qp(kept[:cut])
            kept = kept[cut:]
    yield binascii.a2b_qp(kept)


_DECODERS = {"base64": _from_base64, "quoted-printable": _from_quoted_printable}
_AS_IS = ("7bit", "8bit", "binary")


def decoded(body: Octets, encoding: str, scratch: Scratch) -> Octets:
    """Return the body without its transfer encoding; as it is when it has none."""
    if encoding in _AS_IS:
        return body
    decoder = _DECODERS.get(encoding)
    if decoder is None:
        raise RefusedError("AS2-MIME", "The Content-Transfer-Encoding is none of the standard's.", value=encoding)
    try:
        return spooled(decoder(body), scratch)
    except binascii.Error:
        raise RefusedError("AS2-MIME", f"A part is not in the {encoding} that it claims.") from None
