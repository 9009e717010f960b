"""Read X12 as a stream: bytes in, events out, nothing asked of the world.

    reader = Reader(catalogue, policy)
    reader.feed(chunk) … reader.close()
    while (event := reader.next_event()) is not NEED_MORE and event is not END: …

NEED_MORE is a value, so that a partial file is never mistaken for a whole one: only `close` says that nothing more will come, and
what is missing then is a finding. Where a read stands is one of four places (outside, interchange, group, set); ROUTES says what
each segment means there.

Source: X12.5 interchange control; X12.6 functional group and transaction set envelopes.
"""

from __future__ import annotations

from collections import deque

from translators.x12.group_reading import GroupReading
from translators.x12.interchange_reading import (
    InterchangeReading,
    Senders,
    check_service,
    interchange_acknowledgment_of,
)
from translators.x12.isa import BEGINNING, WINDOW_BYTES, NoIsa, check_isa, header_of, parse_isa
from translators.x12.junk import not_interchange, say_of_junk
from translators.x12.model import END, NEED_MORE, Catalogue, Event, Pause
from translators.x12.parts import PART_SEGMENTS
from translators.x12.policy import DEFAULT_POLICY, Policy
from translators.x12.segment_check import shown
from translators.x12.set_reading import SetReading
from translators.x12.tokens import PADDING, SEGMENT_LIMIT_BYTES, Token, after_blank, blank_end, next_token
from translators.x12.unread import plain_set

# How much of a set is taken at once: enough that its cost is that of its segments, little enough to be held twice.
BATCH_BYTES = 256 * 1024
_LINE_END_BYTES = 2
_JUNK_HEAD_BYTES = 20  # what a sentence shows of bytes that are no interchange

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Reader:
    """The sans-IO reader. Holds the bytes of one segment, and of one set only when trees are kept."""

    def __init__(
        self,
        catalogue: Catalogue,
        policy: Policy = DEFAULT_POLICY,
        *,
        keep_trees: bool = False,
        in_parts: bool = False,
        sets_aside: bool = False,
        is_exact: bool = False,
    ) -> None:
        """Take up a payload at its beginning.

        Args:
            catalogue: where definitions come from.
            policy: how strictly this partner is read.
            keep_trees: whether each TransactionSet carries its tree.
            in_parts: whether each set is handed on in SetParts as it is read, instead.
            sets_aside: whether sets are set aside unread where their end is certain; see `unread`.
            is_exact: whether everything is walked by the exact walk, without compiled checks: the judge of the fast one.
        """
        self._is_exact = is_exact
        self._catalogue = catalogue
        self._policy = policy
        self._keep_trees = keep_trees or in_parts
        self._in_parts = in_parts
        self._sets_aside = sets_aside
        self._buffer = b""
        self._fed: list[bytes] = []
        self._start = 0
        self._base = 0  # offset of the buffer's first byte in the payload
        self._is_whole = False
        self._events: deque[Event] = deque()
        self._interchange: InterchangeReading | None = None
        self._group: GroupReading | None = None
        self._set: SetReading | None = None
        self._has_begun = False
        self._padding = PADDING  # what may stand between interchanges: the last one's terminator too
        self._senders = Senders()
        self._junk: tuple[int, bytes, NoIsa | None] | None = None  # offset, first bytes, and why they are no ISA
        self._slow_until = 0  # offset before which a batch was refused: no byte is tried twice

    @classmethod
    def within(
        cls,
        group: GroupReading,
        interchange: InterchangeReading,
        catalogue: Catalogue,
        offset: int,
        *,
        keep_trees: bool,
    ) -> Reader:
        """Return a reader of bytes that lie at `offset` of a payload, inside a group whose beginning was read."""
        reader = cls(catalogue, keep_trees=keep_trees)
        reader._group, reader._interchange, reader._base = group, interchange, offset
        return reader

    def feed(self, data: bytes) -> None:
        """Take further bytes of the payload."""
        if data:
            self._fed.append(data)

    def close(self) -> None:
        """Say that no more bytes will come."""
        self._is_whole = True

    def next_event(self) -> Event | Pause:
        """Return the next event, NEED_MORE, or END."""
        while not self._events:
            if self._fed:
                # The byte before stays: it is the terminator that a trailer is recognised by.
                keep = max(self._start - 1, 0)
                self._buffer = self._buffer[keep:] + b"".join(self._fed)
                self._base += keep
                self._start -= keep
                self._fed.clear()
            moved = self._read_outside() if self._interchange is None else self._read_segment(self._interchange)
            if not moved and not self._events:
                if not self._is_whole:
                    return NEED_MORE
                if self._interchange is None:
                    return END
                self._end_interchange("the file ends")
        return self._events.popleft()

    # Outside any interchange.

    def _read_outside(self) -> bool:
        buffer, start = self._buffer, self._start
        if self._junk is None:
            if self._base + start == 0 and buffer.startswith(BYTE_ORDER_MARK):
                start = len(BYTE_ORDER_MARK)
            self._start = start = blank_end(buffer, start, self._padding)
        if buffer.startswith(b"ISA", start):
            return self._begin_interchange()
        rest = len(buffer) - start
        if rest == 0 or (rest < _JUNK_HEAD_BYTES and not self._is_whole):
            return self._is_whole and self._end_outside()
        self._skip_junk()
        return True

    def _end_outside(self) -> bool:
        """Say, once, what the end of the payload leaves unsaid; return whether there was anything."""
        end = self._base + self._start
        if self._junk is not None:
            self._emit_junk(end)
        elif not self._has_begun:
            self._events.append(not_interchange(0, end, "X12-EMPTY", "The file is empty.", self._policy))
        else:
            return False
        self._has_begun = True
        return True

    def _begin_interchange(self) -> bool:
        window = self._buffer[self._start : self._start + WINDOW_BYTES]
        try:
            isa = parse_isa(window, is_whole=self._is_whole)
        except NoIsa as reason:
            self._skip_junk(reason)
            return True
        if isa is None:
            return False
        offset = self._base + self._start
        if self._junk is not None:
            self._emit_junk(offset)
        self._has_begun = True
        header = header_of(isa, offset)
        self._interchange = InterchangeReading(header, list(check_isa(isa, offset)))
        self._senders.check(header, self._interchange)
        self._events.append(header)
        self._start += isa.size_bytes
        self._padding = PADDING + header.separators.segment.encode("latin-1")
        if isa.separators.segment.isalnum() or isa.separators.segment in (" ", isa.separators.element):
            # Nothing can be cut by such a terminator: the interchange is over before it began, but it has a header to answer.
            self._events.append(self._interchange.unreadable(self._base + self._start, self._policy))
            self._interchange = None
        return True

    def _skip_junk(self, reason: NoIsa | None = None) -> None:
        """Move to what may be the next ISA; what is passed over is told when it ends."""
        start = self._start
        if self._junk is None:
            self._junk = (self._base + start, self._buffer[start : start + _JUNK_HEAD_BYTES], reason)
        found = BEGINNING.search(self._buffer, start + 1)
        if found is not None:
            self._start = found.start()
        else:
            # "ISA" at the end may become one with the next byte.
            self._start = len(self._buffer) if self._is_whole else max(len(self._buffer) - 3, start + 1)

    def _emit_junk(self, end: int) -> None:
        if self._junk is None:
            return
        offset, head, reason = self._junk
        self._junk = None
        if reason is not None:
            code, sentence = reason.code, reason.sentence
        else:
            code, sentence = say_of_junk(head, end - offset, is_first=not self._has_begun)
        self._has_begun = True
        self._events.append(not_interchange(offset, end - offset, code, sentence, self._policy))

    # Inside an interchange.

    def _read_segment(self, interchange: InterchangeReading) -> bool:
        if self._set is not None and self._set.is_fast:
            moved = self._read_batch(interchange, self._set)
            if moved is not None:
                return moved
        elif self._sets_aside and self._set is None and self._group is not None and self._set_aside(self._group):
            return True
        separators = interchange.header.separators
        token = next_token(self._buffer, self._start, separators, is_whole=self._is_whole)
        if token is None:
            self._start = after_blank(self._buffer, self._start, separators)
            return False
        self._start = token.end
        if token.follows_blank:
            self._saw_blank(token, interchange)
        if token.had_breaks:
            interchange.saw_breaks(self._base + token.offset)
        tag = token.segment[0]
        if token.is_too_long:
            sentence = f"{shown(tag)} has over {SEGMENT_LIMIT_BYTES:,} bytes without a terminator."
            interchange.report("X12-SEGMENT-TOO-LONG", sentence, self._base + token.offset, tag[:20])
        if tag == "ISA" and len(token.segment) > 8:
            self._end_interchange("another ISA follows")
            self._start = token.offset
            return True
        route = _ROUTES.get(tag)
        if route is not None:
            route(self, token)
        elif self._set is not None:
            self._take(token)
        else:
            self._outside_set(token)
        if token.segment[0] != "IEA" and not token.is_terminated and tag in ("SE", "GE"):
            interchange.report(
                "X12-IEA-TERMINATOR", f"{tag} ends without the terminator.", self._base + token.offset, tag
            )
        return True

    def _set_aside(self, group: GroupReading) -> bool:
        found = plain_set(self._buffer, self._start, group.interchange.cut_at(self._buffer, self._start))
        if found is None:
            return False
        st, begin, self._start = found
        self._events.append(group.set_aside(st, self._base + begin, self._buffer[begin : self._start]))
        return True

    def _read_batch(self, interchange: InterchangeReading, reading: SetReading) -> bool | None:
        """Read as much of the set as is here, fast; None when it must be read segment by segment."""
        buffer, start = self._buffer, self._start
        if self._base + start < self._slow_until:
            return None
        if len(buffer) - start < _LINE_END_BYTES and not self._is_whole:
            return False
        cut = interchange.cut_at(buffer, start)
        begin = start + len(cut.gap)
        limit = begin + BATCH_BYTES
        trailer = buffer.find(cut.trailer, start - 1, limit)
        end = buffer.find(cut.segment[:1], trailer + len(cut.segment), limit) if trailer >= 0 else -1
        is_over = end >= 0
        if not is_over:
            end = buffer.rfind(cut.segment, begin, trailer + 1 if trailer >= 0 else limit)
        if end <= begin:
            # Not one whole segment is here: more bytes may bring it.
            return None if self._is_whole or len(buffer) > limit else False
        if not reading.take_batch(buffer[begin:end], cut, self._base + begin):
            self._slow_until = self._base + end
            return None
        self._start = end + 1
        if is_over:
            self._end_set("")
        else:
            self._hand_on(reading)
        return True

    def _hand_on(self, reading: SetReading) -> None:
        if self._in_parts and reading.waiting >= PART_SEGMENTS:
            self._events.append(reading.hand_on())

    def _take(self, token: Token) -> None:
        if self._set is not None:
            self._set.take(token.segment, self._base + token.offset, self._base + token.end)
            self._hand_on(self._set)

    def _saw_blank(self, token: Token, interchange: InterchangeReading) -> None:
        offset = self._base + token.offset
        if self._set is not None:
            self._set.saw_blank(offset)
        else:
            interchange.saw_blank(offset)

    def _outside_set(self, token: Token) -> None:
        if self._interchange is not None:
            self._interchange.outside(token.segment[0], self._base + token.offset, self._base + token.end)

    def _gs(self, token: Token) -> None:
        self._end_group("another GS follows", self._base + token.offset)
        if self._interchange is None:
            return
        self._group = GroupReading(
            token.segment,
            self._base + token.offset,
            self._interchange,
            self._catalogue,
            self._policy,
            is_exact=self._is_exact,
        )
        self._events.append(self._group.header)

    def _st(self, token: Token) -> None:
        self._end_set("another ST follows")
        if self._interchange is None or self._group is None:
            self._outside_set(token)
            return
        self._set = self._group.begin_set(token.segment, self._base + token.offset, keeps_tree=self._keep_trees)
        self._take(token)

    def _se(self, token: Token) -> None:
        if self._set is None:
            self._outside_set(token)
            return
        self._take(token)
        self._end_set("")

    def _ge(self, token: Token) -> None:
        self._end_set("GE follows")
        if self._group is None:
            self._outside_set(token)
            return
        self._events.append(self._group.end(token.segment, self._base + token.offset))
        self._group = None

    def _iea(self, token: Token) -> None:
        self._end_group("IEA follows", self._base + token.offset)
        if self._interchange is not None:
            if not token.is_terminated:
                is_line_end = self._interchange.header.separators.segment in "\r\n"
                code = "X12-LAST-LINE-END" if is_line_end else "X12-IEA-TERMINATOR"
                self._interchange.report(code, "IEA ends without the terminator.", self._base + token.offset, "IEA")
            self._events.append(
                self._interchange.end(token.segment, self._base + token.offset, self._base + token.end, self._policy)
            )
        self._interchange = None

    def _ta1(self, token: Token) -> None:
        if self._interchange is None:
            return
        if self._set is not None:
            self._take(token)
            return
        offset, is_in_group = self._base + token.offset, self._group is not None
        self._events.append(
            interchange_acknowledgment_of(token.segment, offset, self._interchange, is_in_group=is_in_group)
        )

    def _service(self, token: Token) -> None:
        if self._interchange is None or self._group is not None:
            self._take(token) if self._set is not None else self._outside_set(token)
            return
        check_service(token.segment, self._base + token.offset, self._interchange)

    def _end_set(self, why: str) -> None:
        if self._set is not None and self._group is not None:
            if self._in_parts:
                self._events.append(self._set.hand_on_rest())
            self._events.append(self._set.end(why))
        self._set = None

    def _end_group(self, why: str, offset: int) -> None:
        self._end_set(why)
        if self._group is not None:
            self._events.append(self._group.end(None, offset, why))
        self._group = None

    def _end_interchange(self, why: str) -> None:
        offset = self._base + self._start
        self._end_group(why, offset)
        if self._interchange is not None:
            self._events.append(self._interchange.end(None, offset, offset, self._policy, why))
        self._interchange = None


_ROUTES = {
    "GS": Reader._gs,  # noqa: SLF001  the table belongs to the class
    "ST": Reader._st,  # noqa: SLF001
    "SE": Reader._se,  # noqa: SLF001
    "GE": Reader._ge,  # noqa: SLF001
    "IEA": Reader._iea,  # noqa: SLF001
    "ISB": Reader._service,  # noqa: SLF001
    "ISE": Reader._service,  # noqa: SLF001
    "TA1": Reader._ta1,  # noqa: SLF001
}
