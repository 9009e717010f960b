"""Cut bytes into segments, whatever stands around them: line breaks, indentation, hard wraps, blank lines.

Source: X12.5 (delimiters are bytes); the oddities are of real files.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from translators.x12.model import Segment, Separators

# The longest segments of the standard hold some 30 elements of at most 264 characters (BIN apart, which no set here has).
SEGMENT_LIMIT_BYTES = 1_000_000

PADDING = b"\r\n \t\x1a\x00"  # stands between segments and means nothing; 0x1A and NUL are left by old file transfers
_BLANK_BYTES = 64  # what stands between segments is shorter, where nobody means harm
_BREAKS = re.compile(r"[\r\n]+")
_TRAILERS = ("SE", "GE", "IEA")


class Token(NamedTuple):
    """One segment as found: `end` is the offset just after its terminator."""

    segment: Segment
    offset: int
    end: int
    had_breaks: bool = False
    is_terminated: bool = True
    is_too_long: bool = False
    follows_blank: bool = False  # an empty segment stands before it


def next_token(buffer: bytes, start: int, separators: Separators, *, is_whole: bool) -> Token | None:
    """Return the segment that begins at or after `start`, None when `buffer` does not hold its end.

    Blank stretches between segments are skipped; with `is_whole` a last segment without terminator is a segment too.
    """
    terminator, padding, skip, trailers = _marks(separators.segment, separators.element)
    size = len(buffer)
    begin = start
    if start < size and buffer[start] in skip:
        start = blank_end(buffer, start, skip)
    # A line end that is the terminator makes blank lines, which people put between segments; another one makes empty segments.
    follows_blank = terminator not in b"\r\n" and terminator in buffer[begin:start]
    if start >= size:
        return None
    end = buffer.find(terminator, start)
    is_terminated = end >= 0
    if not is_terminated:
        if not is_whole and size - start <= SEGMENT_LIMIT_BYTES:
            return None
        end = min(size, start + SEGMENT_LIMIT_BYTES)
    elif end - start > SEGMENT_LIMIT_BYTES:
        end, is_terminated = start + SEGMENT_LIMIT_BYTES, False
    raw = buffer[start:end].decode("latin-1")
    has_breaks = "\n" in raw or "\r" in raw
    if has_breaks:
        first, rest = _BREAKS.split(raw, maxsplit=1)
        if raw.startswith(trailers) and _begins_segment(rest, separators):
            # A trailer that ends with a line break instead of the terminator.
            return Token(
                _split(first, separators),
                start,
                start + len(first) + 1,
                is_terminated=False,
                follows_blank=follows_blank,
            )
        raw = _BREAKS.sub("", raw)
    if not is_terminated:
        raw = raw.rstrip(padding)
    return Token(
        _split(raw, separators),
        start,
        end + is_terminated,
        has_breaks and bool(raw),
        is_terminated,
        end - start >= SEGMENT_LIMIT_BYTES,
        follows_blank,
    )


def blank_end(buffer: bytes, start: int, blank: bytes) -> int:
    """Return where in `buffer` the run of `blank` bytes from `start` ends."""
    found = _run_of(blank).match(buffer, start)
    return start if found is None else found.end()


@lru_cache(maxsize=64)
def _run_of(blank: bytes) -> re.Pattern[bytes]:
    return re.compile(b"[" + re.escape(blank) + b"]+")


def after_blank(buffer: bytes, start: int, separators: Separators) -> int:
    """Return where to go on when `buffer` holds no segment from `start`: a long blank stretch is not looked at again.

    Its last terminator stays, since that makes empty segments, and trailers are recognised by it.
    """
    terminator, _, skip, _ = _marks(separators.segment, separators.element)
    if len(buffer) - start <= _BLANK_BYTES or blank_end(buffer, start, skip) < len(buffer):
        return start
    last = buffer.rfind(terminator, start)
    return len(buffer) if last < 0 else last


@lru_cache(maxsize=64)
def _marks(segment: str, element: str) -> tuple[bytes, str, bytes, tuple[str, ...]]:
    """Return the terminator, what may pad a segment, what is skipped before one, and how trailers begin."""
    terminator = segment.encode("latin-1")
    padding = PADDING.replace(terminator, b"").replace(element.encode("latin-1"), b"")
    # Empty segments are blank lines.
    return terminator, padding.decode("latin-1"), padding + terminator, tuple(t + element for t in _TRAILERS)


def _split(raw: str, separators: Separators) -> Segment:
    segment = raw.split(separators.element)
    # Blanks before the terminator belong to no tag; inside values they stay.
    segment[0] = segment[0].strip(" ")
    return segment


def _begins_segment(rest: str, separators: Separators) -> bool:
    text = rest.strip()
    return not text or text.startswith(tuple(t + separators.element for t in ("GE", "IEA", "ISA", "GS", "ST")))
