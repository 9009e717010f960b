"""Envelope: control numbers and bytes in one commit, so that no number is skipped or given twice and the bytes never change again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.states import Event
from gateway.steps.station import Station
from gateway.steps.wire import AddressedSet
from gateway.store import documents, numbers
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.jobs import Claim
from gateway.store.moves import Outcome
from translators.x12 import EnvelopeToWrite, GroupToWrite, SetToWrite, write_interchange

SET_NUMBER = "0001"  # one set in each group we write; ST02 is unique within its group


def put_in_envelope(document: Document, station: Station, claim: Claim) -> Outcome:  # noqa: ARG001  a leg's signature
    """Give the set its control numbers and its envelope, and store the bytes that every try to send will use."""
    with station.database.read() as connection:
        addressed = AddressedSet.from_json(documents.content(connection, document.id)["wire"])

    def also(connection: Transaction) -> Mapping[str, Any]:
        now = station.clock.now()
        interchange_number = numbers.next_control_number(connection, document.partner, "ISA")
        is_ta1 = addressed.set_id == "TA1"
        group_number = 0 if is_ta1 else numbers.next_control_number(connection, document.partner, "GS")
        content = write_interchange(_envelope(addressed, interchange_number, group_number), now)
        payload = station.payloads.take([content], document.id)
        station.payloads.put(connection, payload, now)
        return {
            "payload_sha256": payload.sha256,
            "payload_size": payload.size_bytes,
            "interchange_number": str(interchange_number),
            "group_number": "" if is_ta1 else str(group_number),
            "set_number": "" if is_ta1 else SET_NUMBER,
        }

    return Outcome(Event.ENVELOPED, "It has its control numbers and its envelope.", also=also)


def _envelope(addressed: AddressedSet, interchange_number: int, group_number: int) -> EnvelopeToWrite:
    """Return the interchange around one set, or around one TA1."""
    sender_qualifier, _, sender = addressed.sender.partition(":")
    receiver_qualifier, _, receiver = addressed.receiver.partition(":")
    groups: tuple[GroupToWrite, ...] = ()
    if addressed.set_id != "TA1":
        one = SetToWrite(addressed.set_id, SET_NUMBER, addressed.body)
        groups = (
            GroupToWrite(
                functional_id=addressed.functional_id,
                sender=addressed.group_sender,
                receiver=addressed.group_receiver,
                release=addressed.release,
                control_number=group_number,
                sets=(one,),
            ),
        )
    return EnvelopeToWrite(
        separators=addressed.separators,
        sender_qualifier=sender_qualifier,
        sender=sender,
        receiver_qualifier=receiver_qualifier,
        receiver=receiver,
        version=addressed.release[:5],
        usage=addressed.usage,
        control_number=interchange_number,
        acknowledgment_requested=False,
        groups=groups,
        ta1s=() if groups else (addressed.body[0],),
        line_end=addressed.line_end,
    )
