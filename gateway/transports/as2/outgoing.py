"""Writing a document as a partner's file wants it: which key, which certificate, which algorithms, which receipt."""

from __future__ import annotations

from datetime import datetime

from gateway.errors import GatewayError
from gateway.ports import Dispatch
from gateway.transports.as2.certificates import PinnedCertificate
from gateway.transports.as2.headers import read_headers
from gateway.transports.as2.key_ring import KeyRing
from gateway.transports.as2.message import read_as2
from gateway.transports.as2.octets import Octets, Scratch
from gateway.transports.as2.options import As2Options
from gateway.transports.as2.sealing import write_as2
from gateway.transports.as2.values import CodecError, OutgoingPayload, Receiving, Sealed, Sending


def sealed_for(
    dispatch: Dispatch,
    message_id: str,
    options: As2Options,
    ring: KeyRing,
    now: datetime,
    scratch: Scratch,
    *,
    mdn_url: str,
) -> Sealed:
    """Return the transmission of a document. Raises GatewayError GW-4120, GW-4121, GW-1001.

    Args:
        mdn_url: where our endpoint takes receipts that come later.
    """
    receipt = {"none": "", "sync": "signed", "async": "signed"}[options.mdn]
    sending = Sending(
        options.company_as2_id,
        options.as2_id,
        message_id,
        now,
        scratch,
        subject=dispatch.name if dispatch.name.isascii() and dispatch.name.isprintable() else "EDI",
        sign_with=ring.signs_with(now) if options.sign else None,
        digest=options.sign or "sha-256",
        digest_spelling=options.sign_spelling,
        signature=options.signature,
        encrypt_to=ring.encrypts_to(now) if options.encrypt else None,
        cipher=options.encrypt or "aes-128-cbc",
        key_transport=options.key_transport,
        compress=options.compress,
        receipt="unsigned" if receipt and not options.mdn_signed else receipt,
        receipt_url=mdn_url if options.mdn == "async" else "",
        terms=options.terms,
    )
    payload = OutgoingPayload(
        Octets.of(dispatch.payload),
        dispatch.content_type,
        dispatch.name if options.send_filename else "",
        options.transfer_encoding,
    )
    try:
        return write_as2([payload], sending)
    except CodecError as forbidden:
        raise GatewayError(
            "GW-4121", f"It cannot be written as AS2 for {options.as2_id}: {forbidden} Mend it, then retry."
        ) from forbidden


def loop_back(content: bytes, options: As2Options, ring: KeyRing, now: datetime, scratch: Scratch) -> None:
    """Sign as for the partner, encrypt to ourselves, and open it again. Raises GatewayError GW-4120, GW-4121, GW-1001."""
    own = ring.decrypts_with(now)
    sending = Sending(
        options.company_as2_id,
        options.company_as2_id,
        "<loop-back@partner-gateway>",
        now,
        scratch,
        sign_with=ring.signs_with(now),
        digest=options.sign or "sha-256",
        encrypt_to=own[0] if own else None,
        cipher=options.encrypt or "aes-128-cbc",
        terms=options.terms,
    )
    signer = ring.signs_with(now)
    receiving = Receiving(own, (PinnedCertificate(signer.certificate),), now, scratch, options.terms)
    try:
        sealed = write_as2([OutgoingPayload(Octets.of(content))], sending)
    except CodecError as forbidden:
        raise GatewayError("GW-4121", f"{forbidden}") from forbidden
    opened = read_as2(read_headers(sealed.headers), sealed.body, receiving)
    if not opened.is_accepted:
        words = " ".join(finding.sentence for finding in opened.findings)
        raise GatewayError("GW-4121", f"Our own keys do not open what was made with them: {words}")
