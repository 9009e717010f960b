"""Post: book a document in the ERP, once.

The intent is committed, then the call is made under a key that never changes, then the result is committed. Whoever comes back to a
document that was already tried looks it up before calling again; a system that does not honour keys is first given the time in which
an earlier call may still take effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.ports import Posted
from gateway.states import Acknowledgment, Event
from gateway.steps.check import in_our_words, posting_key, posting_of
from gateway.steps.station import Station
from gateway.store import documents, numbers
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.jobs import Claim
from gateway.store.moves import Outcome


def intend_to_post(document: Document, station: Station, claim: Claim) -> Outcome:  # noqa: ARG001  a leg's signature
    """Write down that the document is about to be booked."""
    key = posting_key(document)

    def also(connection: Transaction) -> Mapping[str, Any]:
        numbers.intend(connection, key, document.id, "post", station.clock.now())
        return {}

    return Outcome(Event.POST_INTENDED, "About to be booked in the ERP.", facts={"key": key}, also=also)


def post(document: Document, station: Station, claim: Claim) -> Outcome:
    """Book the document, or find that an earlier try did."""
    profile = station.partner(document)
    connector = station.connector(profile)
    posting = posting_of(document, in_our_words(document, station), profile)
    # What is made again may have been booked by what it was made from.
    if claim.claims > 1 or document.origin_id is not None or _is_intended_again(posting.key, station):
        earlier = connector.find(posting)
        if earlier is not None:
            return _posted(document, earlier, "An earlier try had booked it: ", station)
        if not connector.honours_keys:
            wait = _settle_time_left(posting.key, connector.settle_seconds, station)
            if wait > 0:
                sentence = (
                    "The ERP may still be booking an earlier try; it is looked up again before anything is repeated."
                )
                return Outcome(Event.TRY_FAILED, sentence, "GW-4209", wait_seconds=wait)
            station.database.write(lambda c: numbers.intend(c, posting.key, document.id, "post", station.clock.now()))
    return _posted(document, connector.post(posting), "", station)


def _posted(document: Document, posted: Posted, how: str, station: Station) -> Outcome:
    key = posting_key(document)

    def also(connection: Transaction) -> Mapping[str, Any]:
        now: datetime = station.clock.now()
        numbers.fulfil(connection, key, now, {"reference": posted.reference})
        documents.add_references(connection, document.id, [("erp", posted.reference)])
        return {}

    return Outcome(
        Event.POSTED,
        f"{how}{posted.sentence}",
        facts={"erp_reference": posted.reference, "key": key},
        changes={"erp_reference": posted.reference, "acknowledgment": Acknowledgment.ACCEPTED},
        also=also,
    )


def _is_intended_again(key: str, station: Station) -> bool:
    """Return whether somebody may have posted it before: the gateway of which this one is a restored copy, too."""
    with station.database.read() as connection:
        return numbers.is_intended_again(connection, key)


def _settle_time_left(key: str, settle_seconds: float, station: Station) -> float:
    with station.database.read() as connection:
        called_at = numbers.last_call(connection, key)
    if called_at is None:
        return 0
    return settle_seconds - (station.clock.now() - called_at).total_seconds()
