"""Whether a file that waits for us is all there: what its name says, and what its end says.

The two other signs, a close that was seen and a size and time that stay the same, belong to whoever looks at the folder.
"""

from __future__ import annotations

import re

TEMPORARY = (".tmp", ".part", ".filepart", ".partial", ".crdownload", "~")
HEAD_BYTES = 64
TAIL_BYTES = 512
# The last segment with all it has: cut off within its control number, or before its terminator, the file is still being written.
_TRAILER = re.compile(rb"IEA(.)[0-9 ]+\1[0-9 ]+[^0-9 ]", re.DOTALL)


def is_in_the_making(name: str) -> bool:
    """Return whether a file's name says that somebody is still at it, or that it is nobody's business."""
    return name.startswith(".") or name.lower().endswith(TEMPORARY)


def lacks_trailer(head: bytes, tail: bytes) -> bool:
    """Return whether a file begins as X12 and does not end with an IEA: its writer may only be slow.

    Args:
        head: its first HEAD_BYTES, or all there are.
        tail: its last TAIL_BYTES, or all there are.
    """
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"ISA"):
        return False
    return _TRAILER.search(tail) is None
