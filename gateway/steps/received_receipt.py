"""A partner's receipt for a file of ours: what it took is accepted, what it refused waits for a person. Receipts are not answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.profiles import PartnerProfile
from gateway.states import MOVES, Acknowledgment, DeliveryFact, Event
from gateway.steps.acknowledge import printable
from gateway.steps.receipt import ReceivedReceipt
from gateway.steps.station import Station
from gateway.store import jobs, lookups
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.moves import Outcome, move, parked


def take_receipt(document: Document, receipt: ReceivedReceipt, profile: PartnerProfile, station: Station) -> Outcome:
    """Carry what a receipt says to the documents it is about, as far as it says which these are."""
    with station.database.read() as connection:
        about = lookups.sent_as_file(connection, document.partner, receipt.about)
    words = "accepted" if receipt.is_accepted else "refused"
    what = ", ".join(f"{one.kind.label} {one.number}" for one in about)
    if not about and not receipt.is_accepted:
        return parked(
            "GW-2109",
            f"{printable(document.number)} is a receipt: {profile.name} refused a file of ours ({receipt.words}). It does not say which; "
            f"find it, mend it and send it again, then cancel this.",
        )

    def also(connection: Transaction) -> Mapping[str, Any]:
        now = station.clock.now()
        for ours in about:
            event = Event.ACCEPTED if receipt.is_accepted else Event.REJECTED
            fact = Acknowledgment.ACCEPTED if receipt.is_accepted else Acknowledgment.REJECTED
            changes: dict[str, Any] = {
                "acknowledgment": fact,
                "acknowledgment_due": None,
                "delivery": ours.delivery if ours.delivery.has_left else DeliveryFact.SENT,
            }
            if (ours.state, event) not in MOVES:
                event, changes = Event.ANSWERED, {"sentence": ours.sentence, "code": ours.code}
            else:
                jobs.drop(connection, ours.id)
            outcome = Outcome(
                event,
                f"{profile.name} {words} it ({ours.set_id} receipt).{' ' + receipt.words if receipt.words else ''}",
                code="GW-3203" if event is Event.REJECTED else "",
                facts={"acknowledgment": document.id},
                changes=changes,
            )
            move(connection, ours, outcome, now)
        return {"answers_id": about[0].id, "order_number": about[0].order_number} if about else {}

    return Outcome(
        Event.OPENED,
        f"{printable(document.number)} is a receipt: {profile.name} {words} {what or 'a file of ours'}.",
        also=also,
    )
