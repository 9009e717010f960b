"""One partner's AS2: what we send to it, and how its receipts are judged. What it sends to us comes by the endpoint (`service`).

A transmission is written once, at the first try, and kept before its first byte leaves; every try posts the same bytes under the same
Message-ID, so that the partner takes it once. A new one is written only after a person let a refused one go on.

| what comes back | what follows |
|---|---|
| a receipt that is believed: taken | delivered |
| a receipt that is believed: refused, or of other bytes | a person looks at it |
| 2xx, and the receipt comes later | waited for; when it is overdue, posted again |
| 2xx without a receipt that is believed, 408, 425, 429, 5xx, none | tried again |
| 3xx, any other 4xx | a person looks at it |
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from gateway.clock import Clock, new_id
from gateway.errors import GatewayError
from gateway.ports import Arrival, Dispatch, Receipt
from gateway.transmissions import (
    Headers,
    SentStatus,
    SentTransmission,
    SentTransmissions,
    Settlement,
    StoredMdn,
)
from gateway.transports.as2.client import As2Client
from gateway.transports.as2.key_ring import KeyRing
from gateway.transports.as2.mdn import judge_mdn, read_mdn
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.options import As2Options
from gateway.transports.as2.outgoing import loop_back, sealed_for
from gateway.transports.as2.scratch import ScratchFiles
from gateway.transports.as2.terms import Limits
from gateway.transports.as2.values import (
    Mic,
    Outcome,
    Receiving,
    Sent,
    Verdict,
)
from gateway.transports.schedules import Schedule, check_open

MOST_UNANSWERED_POSTS = 3  # of a transmission whose receipt is to come later; then a person asks the partner

_STATUS = {
    Outcome.DELIVERED: SentStatus.DELIVERED,
    Outcome.DELIVERED_WITH_WARNING: SentStatus.DELIVERED,
    Outcome.REFUSED: SentStatus.REFUSED,
    Outcome.MISMATCHED: SentStatus.MISMATCHED,
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a channel works with, the same for every partner but for the schedule.

    Args:
        sent: where transmissions are kept; None where nothing is sent.
        mdn_url: where our endpoint takes receipts that come later.
        spool: where files lie while they are opened or sealed.
        schedule: when it is posted to; None for always.
    """

    clock: Clock
    sent: SentTransmissions | None
    mdn_url: str
    spool: Path
    limits: Limits = field(default_factory=Limits)
    schedule: Schedule | None = None


class As2Transport:
    """One partner's AS2.

    Args:
        ring: the keys and certificates of this partnership.
    """

    kind = "as2"

    def __init__(self, partner: str, options: As2Options, ring: KeyRing, around: Surroundings) -> None:
        self.partner = partner
        self.options = options
        self.ring = ring
        self.around = around
        self._clock = around.clock
        self._client = As2Client(partner, options, around.clock)

    def arrivals(self) -> list[Arrival]:
        """Return nothing: what is posted to us is received when it comes."""
        return []

    def read(self, arrival: Arrival) -> Iterator[bytes]:
        """Raise GatewayError GW-4105: what was posted is received at once or not at all."""
        raise GatewayError("GW-4105", f"{arrival.name} is not here any more; it has to be posted again.")

    def settle(self, arrival: Arrival) -> None:
        """Nothing is to be taken out of the way."""

    def watch(self, notify: Callable[[], None]) -> None:
        """Nothing is watched."""

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def tls(self) -> ssl.SSLContext:
        """Return what decides whom we believe to be the partner's server. Raises ConfigurationError."""
        return self._client.tls()

    def looped_back(self, content: bytes) -> None:
        """Sign as for the partner, encrypt to ourselves, and open it again. Raises GatewayError GW-4120, GW-4121, GW-1001."""
        with ScratchFiles(self.around.spool) as scratch:
            loop_back(content, self.options, self.ring, self._clock.now(), scratch)

    def receiving(self, scratch: Callable[[], BinaryIO], role: str = "verify") -> Receiving:
        """Return what is needed to open what this partner sends; `role` is "mdn" for receipts."""
        now = self._clock.now()
        return Receiving(
            self.ring.decrypts_with(now) if role == "verify" else (),
            self.ring.verifies_with(role, now),
            now,
            scratch,
            self.options.terms,
            self.around.limits,
        )

    def send(self, dispatch: Dispatch) -> Receipt:
        """Post a document, or a receipt of ours; the same bytes on every try.

        Raises:
            GatewayError: GW-4101 not reached or busy, GW-4103 no url, GW-4114 no public address, GW-4115 not at this time, GW-4116
                refused by its server, GW-4117 no receipt that is believed, GW-4118 refused by a receipt, GW-4119 a receipt of other
                bytes, GW-4120 no certificate, GW-4121 not to be written, GW-4122 no receipt at all, GW-1001 a secret.
        """
        check_open(self.around.schedule, self.partner, self._clock.now())
        mdn = self._sent.mdn_to_post(dispatch.delivery_id)
        if mdn is not None:
            return self._post_mdn(mdn)
        if not self.options.url:
            raise GatewayError(
                "GW-4103", f"partners/{self.partner}.toml names no url, so nothing can be posted. Add it, then retry."
            )
        sent = self._sent.latest(dispatch.delivery_id)
        if sent is None or self._is_given_up(sent):
            sent = self._written(dispatch)
        if sent.settled_at is not None:
            return self._settled(sent)
        if sent.status is SentStatus.POSTED and self.options.mdn == "async":
            waits = self._waits(sent)
            if waits is not None:
                return waits
        return self._posted(sent)

    def take_mdn(self, headers: Headers, body: bytes) -> Verdict | None:
        """Take a receipt that came by itself; return what it means, None when it is about nothing of ours.

        Raises:
            GatewayError: it cannot be kept now.
        """
        with ScratchFiles(self.around.spool) as scratch:
            receiving = self.receiving(scratch, "mdn")
            read = read_mdn(headers, body, receiving)
            named = None if read.mdn is None else self._sent.named(self.partner, read.mdn.original_message_id)
            if named is None:
                return None if read.mdn is not None else Verdict(Outcome.UNUSABLE, read.findings)
            return self._judged(named, headers, body, scratch)

    def _is_given_up(self, sent: SentTransmission) -> bool:
        """Return whether a person let go on what the partner had refused: it needs another Message-ID to be looked at anew."""
        if sent.status not in (SentStatus.REFUSED, SentStatus.MISMATCHED) or sent.settled_at is None:
            return False
        return self._sent.is_released_since(sent.document_id, sent.settled_at)

    def _written(self, dispatch: Dispatch) -> SentTransmission:
        """Write the transmission and make it durable; nothing of it has left yet."""
        options, now = self.options, self._clock.now()
        message_id = f"<{new_id(now)}.{dispatch.delivery_id}@partner-gateway>"
        with ScratchFiles(self.around.spool) as scratch:
            sealed = sealed_for(dispatch, message_id, options, self.ring, now, scratch, mdn_url=self.around.mdn_url)
            sent = SentTransmission(
                message_id=message_id,
                document_id=dispatch.delivery_id,
                partner=self.partner,
                as2_from=options.company_as2_id,
                as2_to=options.as2_id,
                headers=sealed.headers,
                body_sha256="",
                body_bytes=sealed.body.size_bytes,
                mic_digest=sealed.mic.digest,
                mic_algorithm=sealed.mic.algorithm,
                payload_header=sealed.payload_header,
                is_receipt_signed=options.mdn_signed,
                evidence={
                    "signed_by": sealed.evidence.signed_by,
                    "signature": sealed.evidence.signature,
                    "encrypted_to": sealed.evidence.encrypted_to,
                    "encryption": sealed.evidence.encryption,
                },
            )
            self._sent.keep(sent, sealed.body.chunks())
        kept = self._sent.latest(dispatch.delivery_id)
        assert kept is not None  # noqa: S101  it was just kept
        return kept

    def _posted(self, sent: SentTransmission) -> Receipt:
        options = self.options
        answer = self._client.post(options.url, sent.headers, self._sent.body(sent), sent.body_bytes)
        now = self._clock.now()
        due_at = now + timedelta(minutes=options.mdn_due_minutes) if options.mdn == "async" else None
        sent = self._sent.posted(sent, now, due_at)
        if options.mdn == "sync" and sent.settled_at is None:
            with ScratchFiles(self.around.spool) as scratch:
                verdict = self._judged(sent, answer.headers, answer.body, scratch)
            if verdict.outcome is Outcome.UNUSABLE:
                raise GatewayError(
                    "GW-4117",
                    f"{self._host} took it, but its receipt is not to be believed: {_words(verdict)} It is posted again, the same "
                    f"bytes under the same Message-ID.",
                    is_retryable=True,
                    partner=self.partner,
                )
            sent = self._sent.named(self.partner, sent.message_id) or sent
        if sent.settled_at is not None:
            return self._settled(sent)
        if options.mdn == "none":
            return Receipt(f"Posted to {self._host} by AS2, which took it; no receipt is agreed.", facts=_facts(sent))
        return self._awaited(sent)

    def _judged(
        self, sent: SentTransmission, headers: Headers, body: bytes, scratch: Callable[[], BinaryIO]
    ) -> Verdict:
        """Return what a receipt means, and keep it when it is believed. Only the first one counts."""
        receiving = self.receiving(scratch, "mdn")
        read = read_mdn(headers, body, receiving)
        asked = Sent(
            sent.as2_from,
            sent.as2_to,
            sent.message_id,
            Mic(sent.mic_digest, sent.mic_algorithm),
            sent.is_receipt_signed,
        )
        content = Octets.of(self._sent.content(sent)) if sent.payload_header else None
        verdict = judge_mdn(read, asked, receiving, sent.payload_header, content)
        if verdict.outcome is Outcome.UNUSABLE:
            return verdict
        mdn = read.mdn
        assert mdn is not None  # noqa: S101  what is none is unusable
        by = read.evidence.signed_by
        evidence = {
            "receipt_signed_by": by,
            "receipt_signature": read.evidence.signature,
            "receipt_mic": "" if mdn.mic is None else str(mdn.mic),
            "receipt_disposition": str(mdn.disposition),
            "receipt_from": mdn.reporting_agent[:200],
        }
        settlement = Settlement(
            _STATUS[verdict.outcome], _words(verdict), headers, body, evidence, self.ring.pem_of(by)
        )
        self._sent.settle(sent, settlement)
        return verdict

    def _settled(self, sent: SentTransmission) -> Receipt:
        """Return the receipt of what was delivered. Raises GatewayError GW-4118, GW-4119 for what was not."""
        if sent.status is SentStatus.DELIVERED:
            warned = f" {sent.sentence}" if sent.sentence else ""
            signed = "signed " if sent.evidence.get("receipt_signed_by") else ""
            sentence = f"Delivered to {self._host} by AS2; its {signed}receipt says that it has our bytes.{warned}"
            return Receipt(sentence, is_proven=True, facts=_facts(sent))
        code = "GW-4118" if sent.status is SentStatus.REFUSED else "GW-4119"
        said = "refuses it" if sent.status is SentStatus.REFUSED else "does not confirm what we sent"
        raise GatewayError(
            code,
            f"{self.partner} {said}: {sent.sentence} Mend it with them, then retry; it then goes out under a new Message-ID.",
            partner=self.partner,
            transmission=sent.message_id,
        )

    def _waits(self, sent: SentTransmission) -> Receipt | None:
        """Return that the receipt is awaited, None when it is overdue and to be asked for by posting again.

        Raises:
            GatewayError: GW-4122 it was asked for often enough.
        """
        now = self._clock.now()
        if sent.due_at is not None and now < sent.due_at:
            return self._awaited(sent)
        is_released = sent.posted_at is not None and self._sent.is_released_since(sent.document_id, sent.posted_at)
        if sent.posts >= MOST_UNANSWERED_POSTS and not is_released:
            raise GatewayError(
                "GW-4122",
                f"{self.partner} took it {sent.posts} times and sent no receipt. Ask them whether {sent.message_id} arrived and where "
                f"their receipts go; retry posts it again, the same bytes under the same Message-ID.",
                partner=self.partner,
                transmission=sent.message_id,
            )
        return None

    def _awaited(self, sent: SentTransmission) -> Receipt:
        due = sent.due_at
        assert due is not None  # noqa: S101  what is posted for a later receipt has a deadline
        again = f" The receipt is overdue; it was posted again, {sent.posts} times now." if sent.posts > 1 else ""
        return Receipt(
            f"Posted to {self._host} by AS2, which took it; the receipt is awaited until {due:%Y-%m-%d %H:%M} UTC.{again}",
            is_final=False,
            is_overdue=sent.posts > 1,
            awaited_until=due,
            facts=_facts(sent),
        )

    def _post_mdn(self, mdn: StoredMdn) -> Receipt:
        url = self.options.mdn_url
        if not url:
            raise GatewayError(
                "GW-4103",
                f"partners/{self.partner}.toml names no mdn_url, so no receipt can be posted. Add it, then retry.",
            )
        answer = self._client.post(url, mdn.headers, [mdn.body], len(mdn.body))
        return Receipt(
            f"The receipt was posted to {urlsplit(url).netloc}, which took it ({answer.status}).", facts={"url": url}
        )

    @property
    def _sent(self) -> SentTransmissions:
        sent = self.around.sent
        assert sent is not None  # noqa: S101  bootstrap gives it wherever something runs
        return sent

    @property
    def _host(self) -> str:
        return urlsplit(self.options.url).netloc


def _facts(sent: SentTransmission) -> dict[str, str]:
    return {"message_id": sent.message_id, **{key: value for key, value in sent.evidence.items() if value}}


def _words(verdict: Verdict) -> str:
    return " ".join(finding.sentence for finding in verdict.findings)
