"""Message integrity checks: which algorithm a receipt uses, and why one does not match.

Source: RFC 4130 sections 7.3 and 7.4.3.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable

from gateway.transports.as2.algorithms import DIGESTS, Digest, digest_spelled
from gateway.transports.as2.dispositions import UNSUPPORTED_FORMAT, UNSUPPORTED_MIC
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.refusals import RefusedError, warning
from gateway.transports.as2.terms import Terms
from gateway.transports.as2.values import Mic, ReceiptRequest
from translators.findings import Finding

_EXPLAINED_BYTES = 4_194_304  # larger contents are not tried: some forty variations, each a pass, two copies at a time
_FORM = re.compile(r"\s*([A-Za-z0-9+/=\s]+?)\s*,\s*([A-Za-z0-9_\-]+)\s*")


def read_mic(field: str) -> Mic | None:
    """Return what a Received-Content-MIC says; None when its form is wrong or its algorithm none of ours."""
    found = _FORM.fullmatch(field)
    digest = digest_spelled(found[2]) if found else None
    if found is None or digest is None:
        return None
    try:
        octets = binascii.a2b_base64("".join(found[1].split()), strict_mode=True)
    except binascii.Error:
        return None
    return Mic(octets, digest.name, found[2]) if len(octets) == digest.hash.digest_size else None


def is_allowed(digest: Digest | None, terms: Terms) -> bool:
    """Return whether a digest may be used with this partner."""
    return digest is not None and (terms.is_legacy or not digest.is_legacy)


def wanted_digest(request: ReceiptRequest | None, terms: Terms) -> tuple[Digest | None, str, list[Finding]]:
    """Return the first MIC algorithm of the sender's list that we may use, as spelled there; None when there is no list.

    Raises:
        RefusedError: AS2-RECEIPT, with UNSUPPORTED_FORMAT or UNSUPPORTED_MIC, when the sender requires what we do not give.
    """
    if request is None:
        return None, "", []
    if request.wants_signature and request.protocol not in ("pkcs7-signature", "x-pkcs7-signature"):
        if request.is_protocol_required:
            raise RefusedError(
                "AS2-RECEIPT",
                "A receipt signed in an unknown way is required.",
                UNSUPPORTED_FORMAT,
                value=request.protocol,
            )
    for spelling in request.mic_algorithms:
        digest = digest_spelled(spelling)
        if is_allowed(digest, terms):
            return digest, spelling, []
    if not request.mic_algorithms:
        return None, "", []
    listed = ", ".join(request.mic_algorithms)
    if request.is_mic_required:
        raise RefusedError(
            "AS2-RECEIPT", "None of the MIC algorithms required is accepted.", UNSUPPORTED_MIC, value=listed
        )
    return (
        None,
        "",
        [warning("AS2-RECEIPT", "None of the MIC algorithms asked for is accepted; another one was used.", listed)],
    )


def explained_mic(theirs: Mic, header: bytes, content: Octets) -> str:
    """Return which way of writing the content `theirs` was computed over, as the end of a sentence; "" when none is known.

    Args:
        header: the MIME fields with the blank line after them, as sent or received.
        content: what follows them.
    """
    digest = DIGESTS.get(theirs.algorithm)
    if digest is None or content.size_bytes > _EXPLAINED_BYTES:
        return ""
    whole = content.read()
    headers = {"with its MIME fields": header, "without its MIME fields": b""}
    if b"\n" in header:
        headers["with its MIME fields ended by LF"] = _lf(header)
        headers["with its MIME fields ended by CRLF"] = _crlf(header)
    for content_words, variation in _VARIATIONS.items():
        octets = variation(whole)
        for header_words, some_header in headers.items():
            found = digest.new()
            found.update(some_header)
            found.update(octets)
            if hmac.compare_digest(found.digest(), theirs.digest):
                return f"over the content {content_words}, {header_words}"
    return ""


def _lf(octets: bytes) -> bytes:
    return octets.replace(b"\r\n", b"\n")


def _crlf(octets: bytes) -> bytes:
    return _lf(octets).replace(b"\n", b"\r\n")


def _out_of_base64(octets: bytes) -> bytes:
    try:
        return binascii.a2b_base64(octets.translate(None, b"\r\n \t"), strict_mode=True)
    except binascii.Error:
        return octets


_VARIATIONS: dict[str, Callable[[bytes], bytes]] = {
    "as sent": lambda octets: octets,
    "with line ends as LF": _lf,
    "with line ends as CRLF": _crlf,
    "with a line end added": lambda octets: octets + b"\r\n",
    "without its last line end": lambda octets: octets.removesuffix(b"\n").removesuffix(b"\r"),
    "without white space around it": bytes.strip,
    "in base64": lambda octets: base64.encodebytes(octets).replace(b"\n", b"\r\n"),
    "after its base64 was decoded": _out_of_base64,
    "after its quoted-printable was decoded": binascii.a2b_qp,
}
