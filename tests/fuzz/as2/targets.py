"""What the campaigns throw bytes at: whole transmissions, what lies inside of a signature, CMS structures, receipts.

A target raises where a contract is broken; anything else that it raises is a defect too.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from gateway.transports.as2 import judge_mdn, read_as2, read_headers, read_mdn, write_mdn
from gateway.transports.as2.compressed import inflated
from gateway.transports.as2.dispositions import SENTENCES
from gateway.transports.as2.enveloped import decrypted
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.refusals import RefusedError
from gateway.transports.as2.signed import read_signer
from gateway.transports.as2.terms import Limits, Terms
from gateway.transports.as2.values import Answering, Mic, Outcome, Receiving, Sent
from tests.fuzz.as2.keys import ACME, NOW, US, pinned
from tests.gateway.transports.as2.forging import signed

_TERMS = (Terms(), Terms(requires_signature=False, requires_encryption=False, is_legacy=True))
_LIMITS = Limits(payload_bytes=1_000_000)
_SENT = Sent("US", "ACME", "<4711@us.example>", Mic(bytes(32), "sha-256"))


class BrokenContractError(AssertionError):
    """The codec says something that cannot be."""


def _receiving(terms: Terms) -> Receiving:
    return Receiving((US,), (pinned(ACME),), NOW, io.BytesIO, terms, _LIMITS)


def _raw(block: bytes) -> list[tuple[bytes, bytes]]:
    """Return header lines as a server hands them over: no line ends, a name before a colon."""
    pairs = (line.rstrip(b"\r").partition(b":") for line in block.split(b"\n"))
    return [(name.strip(), value.strip()) for name, colon, value in pairs if colon]


def _see(headers: Sequence[tuple[bytes, bytes]], body: bytes, terms: Terms) -> None:
    read = read_headers(headers)
    opened = read_as2(read, Octets.of(body), _receiving(terms))
    if opened.is_accepted != bool(opened.payloads) or opened.disposition not in SENTENCES:
        raise BrokenContractError("accepted and refused at once")
    if opened.is_accepted and terms.requires_signature and not opened.evidence.signed_by:
        raise BrokenContractError("unsigned, and accepted")
    if not opened.is_accepted and not any(finding.refuses for finding in opened.findings):
        raise BrokenContractError("refused for no reason")
    for payload in opened.payloads:
        if sum(map(len, payload.content.chunks())) != payload.content.size_bytes:
            raise BrokenContractError("a payload that is not there")
        if set(payload.filename) & set("/\\:\0\n"):
            raise BrokenContractError("a path for a name")
    receipt = write_mdn(read, opened, Answering("<m@us.example>", NOW))
    if receipt is None:
        return
    theirs = read_mdn(receipt.headers, receipt.body, _receiving(Terms()))
    if theirs.mdn is None or theirs.mdn.disposition != opened.disposition:
        raise BrokenContractError("our own receipt cannot be read")
    if theirs.mdn.original_message_id != read.message_id:
        raise BrokenContractError("our receipt is about something else")


def transmission(payload: bytes) -> None:
    """HTTP headers, a blank line, a body."""
    head, _, body = payload.partition(b"\r\n\r\n")
    for terms in _TERMS:
        _see(_raw(head), body, terms)


def inside(payload: bytes) -> None:
    """What somebody with a good key signs, so that everything behind the signature is reached."""
    if b"--B" in payload:
        return
    head, _, body = signed(payload, key=ACME).partition(b"\r\n\r\n")
    usual = b"AS2-From: ACME\nAS2-To: US\nMessage-ID: <1@a>\nDisposition-Notification-To: x\n"
    _see(_raw(usual + head), body, _TERMS[1])


def structure(payload: bytes) -> None:
    """A CMS structure; the first byte says which."""
    octets = Octets.of(payload[1:])
    try:
        if payload[:1] < b"\x55":
            decrypted(octets, _receiving(_TERMS[1]))
        elif payload[:1] < b"\xaa":
            read_signer(payload[1:], _LIMITS, _TERMS[1])
        else:
            inflated(octets, _LIMITS, io.BytesIO)
    except RefusedError as refusal:
        if refusal.disposition not in SENTENCES:
            raise BrokenContractError("a disposition without a sentence") from refusal


def receipt(payload: bytes) -> None:
    """An answer that should be a receipt: headers, a blank line, a body. As it is, and with its body signed."""
    head, _, body = payload.partition(b"\r\n\r\n")
    ours = _receiving(Terms())
    verdict = judge_mdn(read_mdn(_raw(head), body, ours), _SENT, ours)
    if verdict.outcome is not Outcome.UNUSABLE and b"multipart/signed" not in payload.lower():
        raise BrokenContractError("an unsigned receipt was believed")
    if b"--B" not in payload:
        outer, _, inner = signed(payload, key=ACME).partition(b"\r\n\r\n")
        verdict = judge_mdn(read_mdn(_raw(outer), inner, ours), _SENT, ours, b"H: x\r\n\r\n", Octets.of(b"content\n"))
        if verdict.outcome in (Outcome.DELIVERED, Outcome.DELIVERED_WITH_WARNING) and verdict.findings:
            if any(finding.refuses for finding in verdict.findings):
                raise BrokenContractError("delivered with an error")
