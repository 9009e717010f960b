"""Would a partnership survive a day? Every role is played with the keys and certificates as they are configured for then.

Nothing is sent. What the partner has configured on its side is not known here; what is told is what would be used and believed by us.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from gateway.errors import GatewayError
from gateway.transports.as2.certificates import PinnedCertificate
from gateway.transports.as2.channel import As2Transport
from gateway.transports.as2.outgoing import loop_back

_PARTS = {"verify": "what they sign", "mdn": "receipts that they sign"}


@dataclass(frozen=True, slots=True)
class Played:
    """One role at that time."""

    what: str
    is_well: bool
    sentence: str


def rehearsed(channel: As2Transport, at: datetime) -> Iterator[Played]:
    """Yield what would happen with a partner at `at`, role by role."""
    options, ring = channel.options, channel.ring
    sends = bool(options.url)
    if options.sign and sends:
        yield _used(lambda: ring.signs_with(at), "sign", "we sign with")
    if options.encrypt and sends:
        yield _used(lambda: ring.encrypts_to(at), "encrypt", "we encrypt to")
    try:
        loop_back(b"rehearsal", options, ring, at, io.BytesIO)
    except GatewayError as trouble:
        yield Played("decrypt", False, " ".join(trouble.sentence.split()))
    else:
        own = ring.decrypts_with(at)
        words = " or ".join(f"{one.fingerprint[:16]}" for one in own)
        yield Played("decrypt", True, f"what they encrypt to {words} is read; a test message was.")
    for role, what in _PARTS.items():
        is_needed = (
            options.require_signed if role == "verify" else sends and options.mdn != "none" and options.mdn_signed
        )
        if is_needed:
            yield _believed(ring.verifies_with(role, at), role, what, at, accepts_expired=options.accept_expired)


def _used(find: Callable[[], PinnedCertificate], role: str, words: str) -> Played:
    try:
        found = find()
    except GatewayError as trouble:
        return Played(role, False, trouble.sentence)
    ends = found.certificate.not_valid_after_utc
    return Played(role, True, f"{words} {found.fingerprint[:16]}, which ends on {ends:%Y-%m-%d}.")


def _believed(
    listed: tuple[PinnedCertificate, ...], role: str, what: str, at: datetime, *, accepts_expired: bool
) -> Played:
    fit = [one for one in listed if accepts_expired or not one.trouble_with_dates(at)]
    if not fit:
        return Played(role, False, f"{what} would be refused: none of their {len(listed)} certificates is good then.")
    return Played(role, True, f"{what} with {' or '.join(one.fingerprint[:16] for one in fit)} is believed.")
