"""A partner's name for a file: kept as a name, never as a way to anywhere.

What could be read as a path, or looks on screen like another name, is refused: the file goes on under a name of ours.
"""

from __future__ import annotations

import unicodedata

from gateway.transports.as2.refusals import warning
from translators.findings import Finding

_BYTES = 255
# Controls, invisible formatting (which turns "fdp.exe" round on screen), private and unpaired code points, line separators.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def kept_filename(claimed: str) -> tuple[str, tuple[Finding, ...]]:
    """Return the name to keep, "" when it is refused, and the finding that says so."""
    name = claimed.strip()
    if not name:
        return "", ()
    reason = _reason_against(name)
    if reason:
        return "", (warning("AS2-FILENAME", f"The file name {reason}; it was not kept.", value=ascii(name)),)
    return name, ()


def _reason_against(name: str) -> str:
    if "/" in name or "\\" in name or ":" in name:
        return "holds a path"
    if name in (".", ".."):
        return "is a folder's"
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        return "holds characters that cannot be seen"
    if len(name.encode()) > _BYTES:
        return f"is longer than {_BYTES} bytes"
    return ""
