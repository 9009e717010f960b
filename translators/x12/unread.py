"""Find a transaction set whose end is certain, so that it can be set aside unread for somebody else to validate.

Certain is: one way of cutting throughout, no control characters, and between ST and SE no segment that could mean something to the
envelope. Any other set is read on the spot.
"""

from __future__ import annotations

import re
from functools import lru_cache

from translators.x12.fast_walk import Cut
from translators.x12.model import Segment
from translators.x12.tokens import SEGMENT_LIMIT_BYTES


def plain_set(buffer: bytes, start: int, cut: Cut) -> tuple[Segment, int, int] | None:
    """Return the ST of the set that begins at `start`, where it begins and where it ends; None when that is not certain.

    Args:
        buffer: bytes of the payload.
        start: just after a terminator.
        cut: how the text is cut there.
    """
    begin = start + len(cut.gap)
    if not buffer.startswith(cut.trailer[len(cut.segment) :].replace(b"SE", b"ST"), begin):
        return None
    # No segment in it can be too long when the whole is not.
    trailer = buffer.find(cut.trailer, begin, begin + SEGMENT_LIMIT_BYTES)
    end = buffer.find(cut.segment[:1], trailer + len(cut.segment), begin + SEGMENT_LIMIT_BYTES) if trailer >= 0 else -1
    if end < 0 or not cut.is_uniform(buffer[begin:end]):
        return None
    if _envelope(cut.segment, cut.element).search(buffer, begin, trailer + 1) is not None:
        return None
    st = buffer[begin : buffer.index(cut.segment[:1], begin)].decode("latin-1").split(cut.element)
    return st, begin, end + 1


@lru_cache(maxsize=64)
def _envelope(terminator: bytes, element: str) -> re.Pattern[bytes]:
    """Return the pattern of segments that belong to the envelope, or may."""
    after = re.escape(element.encode("latin-1")) + b"|" + re.escape(terminator[:1])
    return re.compile(re.escape(terminator) + rb" *(?:ISA|ISB|ISE|TA1|GS|ST|SE|GE|IEA) *(?:" + after + rb")")
