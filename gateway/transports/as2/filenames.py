"""A partner's name for a file: kept as a name, never as a way to anywhere.

What could be read as a path, or looks on screen like another name, is refused: the file goes on under a name of ours.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
import unicodedata

from gateway.transports.as2.mime import text_in
from gateway.transports.as2.refusals import warning
from translators.findings import Finding

_BYTES = 255
# Controls, invisible formatting (which turns "fdp.exe" round on screen), private and unpaired code points, line separators.
_ENCODED_WORD = re.compile(r"=\?([A-Za-z0-9_\-]+)\?([BbQq])\?([!->@-~]*)\?=(?:\s+(?==\?))?")  # RFC 2047
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def kept_filename(claimed: str) -> tuple[str, tuple[Finding, ...]]:
    """Return the name to keep, "" when it is refused, and the finding that says so."""
    name = _ENCODED_WORD.sub(_decoded_word, claimed).strip()
    if not name:
        return "", ()
    reason = _reason_against(name)
    if reason:
        return "", (warning("AS2-FILENAME", f"The file name {reason}; it was not kept.", value=ascii(name)),)
    return name, ()


def _decoded_word(word: re.Match[str]) -> str:
    """Return an encoded word's text. RFC 2231 forbids them in parameters, and JavaMail and others write them there."""
    octets = word[3].encode()
    try:
        found = base64.b64decode(octets, validate=True) if word[2] in "Bb" else quopri.decodestring(octets, header=True)
    except binascii.Error:
        return word[0]
    return text_in(found, word[1])


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
