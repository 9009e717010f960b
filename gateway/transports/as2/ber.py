"""The little of ASN.1 that CMS needs: BER read strictly and in bounds, DER written.

Two readers share one grammar. `Element` is for structures that are held in memory (a recipient, a signer); `Reader` walks through
structures around a content that may be a gigabyte, and hands that content out in pieces, whether it is one octet string or thousands
of segments of indefinite length. Nothing here recurses, and no length is believed beyond the bytes that are there.

Source: ITU-T X.690.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gateway.transports.as2.octets import Octets
from gateway.transports.as2.refusals import RefusedError
from gateway.transports.as2.terms import Limits

INTEGER, OCTET_STRING, NULL, OBJECT_IDENTIFIER, UTC_TIME, GENERALIZED_TIME = 0x02, 0x04, 0x05, 0x06, 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
CONSTRUCTED = 0x20
_HEADER_BYTES = 10  # an identifier, 0x88, and eight bytes of length
_WINDOW_BYTES = 65_536
_JOINED_BYTES = 65_536
_CHILDREN = 1_000  # of one structure in memory; a distinguished name or a list of signers has tens at most


def _malformed(what: str) -> RefusedError:
    return RefusedError("AS2-ASN1", f"A CMS structure is malformed: {what}.")


def _header(source: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Return tag, length (-1 for indefinite) and where the content starts."""
    if at + 2 > end:
        raise _malformed("it ends in the middle")
    tag, length = source[at], source[at + 1]
    if tag & 0x1F == 0x1F:
        raise _malformed("a tag that CMS does not have")
    at += 2
    if length < 0x80:
        return tag, length, at
    if length == 0x80:
        if not tag & CONSTRUCTED:
            raise _malformed("a primitive value of indefinite length")
        return tag, -1, at
    count = length & 0x7F
    if count > 8 or at + count > end:
        raise _malformed("a length that cannot be")
    return tag, int.from_bytes(source[at : at + count], "big"), at + count


class Element(NamedTuple):
    """One value in memory.

    Args:
        source: the bytes it is in.
        start: where its identifier stands.
        content: where its content starts; `end` where it ends; `after` where the next value starts.
    """

    source: bytes
    tag: int
    start: int
    content: int
    end: int
    after: int

    @property
    def octets(self) -> bytes:
        """Return the content."""
        return self.source[self.content : self.end]

    @property
    def encoded(self) -> bytes:
        """Return the value with identifier and length, as it stands."""
        return self.source[self.start : self.after]

    def children(self, depth: int) -> list[Element]:
        """Return the values in a constructed value; `depth` bounds how deep those of indefinite length may lie."""
        if not self.tag & CONSTRUCTED:
            raise _malformed("a simple value where a structure is due")
        found = []
        at = self.content
        while at < self.end:
            one = element(self.source, at, self.end, depth)
            found.append(one)
            at = one.after
            if len(found) > _CHILDREN:
                raise RefusedError("AS2-LIMIT", f"A CMS structure holds more than {_CHILDREN:,} values.")
        return found

    def integer(self) -> int:
        """Return the value of an INTEGER."""
        if self.tag != INTEGER or self.content == self.end:
            raise _malformed("no number where one is due")
        return int.from_bytes(self.octets, "big", signed=True)

    def oid(self) -> bytes:
        """Return the content of an OBJECT IDENTIFIER, the form in which the tables hold it."""
        if self.tag != OBJECT_IDENTIFIER:
            raise _malformed("no object identifier where one is due")
        return self.octets

    def joined_octets(self, depth: int, tag: int = OCTET_STRING) -> bytes:
        """Return the content of an octet string, whole or in segments."""
        if self.tag == tag:
            return self.octets
        if self.tag != tag | CONSTRUCTED or depth < 1:
            raise _malformed("no octet string where one is due")
        return b"".join(child.joined_octets(depth - 1) for child in self.children(depth))


def element(source: bytes, at: int, end: int, depth: int) -> Element:
    """Return the value that starts at `at` and ends before `end`."""
    tag, length, content = _header(source, at, end)
    if length >= 0:
        if content + length > end:
            raise _malformed("a value is longer than what is there")
        return Element(source, tag, at, content, content + length, content + length)
    here, level = content, 1
    while True:
        inner, length, inner_content = _header(source, here, end)
        if inner == 0:
            if length:
                raise _malformed("a wrong end of contents")
            level -= 1
            if level == 0:
                return Element(source, tag, at, content, here, inner_content)
            here = inner_content
        elif length < 0:
            level += 1
            if level > depth:
                raise _malformed("structures lie too deep in each other")
            here = inner_content
        else:
            here = inner_content + length


def only(source: bytes, depth: int) -> Element:
    """Return the one value that `source` consists of; line ends after it do not count."""
    one = element(source, 0, len(source), depth)
    if source[one.after :].strip(b"\r\n"):
        raise _malformed("something follows its end")
    return one


class Reader:
    """Walks through a structure without holding it.

    The caller names the way: `enter` a structure, take `small` values, hand out the `pieces` of the content, `leave`, and `finish`.
    """

    def __init__(self, octets: Octets, limits: Limits, at: int = 0) -> None:
        self._octets = octets
        self._limits = limits
        self._window = b""
        self._window_start = 0
        self._ends: list[int | None] = []  # of the structures we are in; None for indefinite length
        self.at = at

    def tag(self) -> int:
        """Return the tag of the next value, 0 when the structure has no more."""
        end = self._ends[-1] if self._ends else self._octets.size_bytes
        if end is not None and self.at >= end:
            return 0
        return self._see(1)[0]

    def enter(self, tag: int) -> None:
        """Go into the structure that comes next."""
        length = self._open(tag)
        if len(self._ends) >= self._limits.asn1_depth:
            raise _malformed("structures lie too deep in each other")
        self._ends.append(None if length < 0 else self.at + length)

    def leave(self) -> None:
        """Go out of a structure that must have nothing more."""
        end = self._ends.pop()
        if end is None:
            if self._see(2) != b"\0\0":
                raise _malformed("more than what CMS has in a structure")
            self.at += 2
        elif self.at != end:
            raise _malformed("more than what CMS has in a structure")

    def small(self) -> Element:
        """Return the next value, held in memory."""
        bound = self._limits.control_bytes
        _, length, content = _header(header := self._see(_HEADER_BYTES), 0, len(header))
        size = content + length if length >= 0 else min(bound, self._bound() - self.at)
        if size > bound:
            raise RefusedError("AS2-ASN1", f"A CMS structure is larger than the {bound:,} bytes that are read of one.")
        if self.at + size > self._bound():
            raise _malformed("a value is longer than what is there")
        source = self._octets.at(self.at, size) if size > _WINDOW_BYTES else self._see(size)
        one = element(source, 0, len(source), self._limits.asn1_depth)
        self.at += one.after
        return one

    def skip(self) -> None:
        """Go past the next value, whatever it is and however long."""
        tag, length, _ = _header(header := self._see(_HEADER_BYTES), 0, len(header))
        size = self._open(tag)
        if length >= 0:
            self.at += size
            return
        level = 1
        while level:
            tag, length, content = _header(header := self._see(_HEADER_BYTES), 0, len(header))
            self.at += content
            if tag == 0:
                if length:
                    raise _malformed("a wrong end of contents")
                level -= 1
            elif length < 0:
                level += 1
                if level > self._limits.asn1_depth:
                    raise _malformed("structures lie too deep in each other")
            else:
                self._need(length)
                self.at += length

    def pieces(self, tag: int = OCTET_STRING) -> Iterator[bytes]:
        """Yield the content of an octet string in pieces; its tag is `tag`, or that with the constructed bit."""
        if self.tag() == tag:
            yield from self._stretch(self._open(tag))
            return
        length = self._open(tag | CONSTRUCTED)
        ends: list[int | None] = [None if length < 0 else self.at + length]
        joined = bytearray()
        while ends:
            if ends[-1] is not None and self.at >= ends[-1]:
                if self.at != ends[-1]:
                    raise _malformed("a segment is longer than what it is in")
                ends.pop()
                continue
            header = self._see(_HEADER_BYTES)
            found, length, content = _header(header, 0, len(header))
            self.at += content
            if found == 0 and length == 0 and ends[-1] is None:
                ends.pop()
            elif found == OCTET_STRING:
                self._need(length)
                if length > _JOINED_BYTES:
                    yield bytes(joined)
                    joined.clear()
                    yield from self._stretch(length)
                    continue
                joined += self._see(length)
                self.at += length
                if len(joined) >= _JOINED_BYTES:
                    yield bytes(joined)
                    joined.clear()
            elif found == OCTET_STRING | CONSTRUCTED and len(ends) < self._limits.asn1_depth:
                ends.append(None if length < 0 else self.at + length)
            else:
                raise _malformed("something else among the segments of an octet string")
        yield bytes(joined)

    def finish(self) -> None:
        """See that nothing follows; line ends do not count."""
        rest = self._octets.size_bytes - self.at
        if self._ends or (rest and (rest > 4 or self._see(rest).strip(b"\r\n"))):
            raise _malformed("something follows its end")

    def _stretch(self, length: int) -> Iterator[bytes]:
        self._need(length)
        at = self.at
        self.at += length
        yield from self._octets.part(at, length).chunks()

    def _open(self, tag: int) -> int:
        header = self._see(_HEADER_BYTES)
        found, length, content = _header(header, 0, len(header))
        if found != tag:
            raise _malformed(f"tag {found:#04x} where {tag:#04x} is due")
        self.at += content
        self._need(max(length, 0))
        return length

    def _bound(self) -> int:
        for end in reversed(self._ends):
            if end is not None:
                return end
        return self._octets.size_bytes

    def _need(self, length: int) -> None:
        if self.at + length > self._bound():
            raise _malformed("a value is longer than what is there")

    def _see(self, count: int) -> bytes:
        """Return up to `count` bytes from here on, without going on."""
        offset = self.at - self._window_start
        if offset < 0 or offset + count > len(self._window):
            self._window = self._octets.at(self.at, max(_WINDOW_BYTES, count))
            self._window_start, offset = self.at, 0
        if offset >= len(self._window) and count:
            raise _malformed("it ends in the middle")
        return self._window[offset : offset + count]


def der(tag: int, *contents: bytes) -> bytes:
    """Return a value in DER."""
    content = b"".join(contents)
    return der_header(tag, len(content)) + content


def der_header(tag: int, length: int) -> bytes:
    """Return identifier and length of a value whose content is written elsewhere."""
    if length < 0x80:
        return bytes((tag, length))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets


def der_integer(number: int) -> bytes:
    """Return an INTEGER that is not negative."""
    return der(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """Return the content of an object identifier: "1.2.840" → 2A 86 48."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    octets = bytearray()
    for arc in (first * 40 + second, *rest):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(arc & 0x7F | 0x80)
        octets.extend(reversed(septets))
    return bytes(octets)


def definite(one: Element, depth: int) -> bytes:
    """Return the value with definite lengths and whole octet strings throughout, as DER has them; otherwise as it stands."""
    if one.tag == OCTET_STRING | CONSTRUCTED:
        return der(OCTET_STRING, one.joined_octets(depth))
    if not one.tag & CONSTRUCTED:
        return der(one.tag, one.octets)
    if depth < 1:
        raise _malformed("structures lie too deep in each other")
    return der(one.tag, *(definite(child, depth - 1) for child in one.children(depth)))
