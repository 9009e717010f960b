"""What is kept of a transaction set between two legs: where it goes and its segments, before control numbers; the envelope it came in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gateway.profiles import PartnerProfile, Partners
from gateway.settings import CompanySettings
from translators.x12 import FUNCTIONAL_IDS, GroupHeader, InterchangeHeader, Segment, Separators, text_of


@dataclass(frozen=True, slots=True)
class ReceivedEnvelope:
    """The ISA and GS that a received set stood in; what is needed to read the set again by itself."""

    interchange: InterchangeHeader
    group: GroupHeader

    def as_json(self) -> str:
        """Return it for `contents.wire`."""
        return json.dumps({"interchange": asdict(self.interchange), "group": asdict(self.group)})

    @classmethod
    def from_held(cls, held: Mapping[str, Any]) -> ReceivedEnvelope:
        """Return what `as_json` wrote, as JSON has it."""
        interchange = dict(held["interchange"])
        separators = Separators(**interchange.pop("separators"))
        return cls(InterchangeHeader(separators=separators, **interchange), GroupHeader(**held["group"]))


@dataclass(frozen=True, slots=True)
class AddressedSet:
    """A transaction set ready for its envelope, or a TA1 (`set_id` "TA1", one segment, no group).

    Args:
        sender, receiver: ISA "qualifier:id".
        body: the segments between ST and SE.
    """

    set_id: str
    release: str
    usage: str
    separators: Separators
    line_end: str
    sender: str
    receiver: str
    group_sender: str
    group_receiver: str
    body: list[Segment]

    @property
    def functional_id(self) -> str:
        """Return GS01."""
        return FUNCTIONAL_IDS[self.set_id]

    def as_json(self) -> str:
        """Return it for `contents.wire`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_held(cls, held: Mapping[str, Any]) -> AddressedSet:
        """Return what `as_json` wrote, as JSON has it."""
        rest = {key: value for key, value in held.items() if key != "separators"}
        return cls(separators=Separators(**held["separators"]), **rest)


def held_wire(text: str) -> tuple[str, dict[str, Any]]:
    """Return the format of what `contents.wire` holds, and what it holds. X12 came first and does not say so."""
    held: dict[str, Any] = json.loads(text)
    return str(held.get("format", "x12")), held


def sender_of(partners: Partners, interchange: InterchangeHeader, group: GroupHeader) -> PartnerProfile | None:
    """Return the partner that an envelope names as its sender, by ISA and GS; None for a stranger."""
    return partners.sender(interchange.sender_qualifier, plain_id(interchange.sender), plain_id(group.sender))


LINE_ENDS = {"": "", "lf": "\n", "crlf": "\r\n"}


def to_partner(profile: PartnerProfile, company: CompanySettings, set_id: str, body: list[Segment]) -> AddressedSet:
    """Address a set of ours to a partner, as its profile says."""
    identity = profile.x12
    return AddressedSet(
        set_id=set_id,
        release=identity.release,
        usage=identity.usage,
        separators=identity.wire_separators,
        line_end=LINE_ENDS[identity.line_end],
        sender=identity.company_interchange_id or company.interchange_id,
        receiver=identity.interchange_id,
        group_sender=identity.company_group_id or company.group_id,
        group_receiver=identity.group_id,
        body=body,
    )


def back_to_sender(
    header: InterchangeHeader,
    group: GroupHeader | None,
    profile: PartnerProfile | None,
    set_id: str,
    release: str,
    body: list[Segment],
) -> AddressedSet:
    """Address an acknowledgment to whoever sent `header`, whether we know them or not: the received addresses, swapped."""
    theirs = None if profile is None else profile.x12
    return AddressedSet(
        set_id=set_id,
        release=release,
        usage="T" if header.usage == "T" else "P",
        separators=Separators("*", ">", "~", "") if theirs is None else theirs.wire_separators,
        line_end="" if theirs is None else LINE_ENDS[theirs.line_end],
        sender=_fitted_id(header.receiver_qualifier, header.receiver),
        receiver=_fitted_id(header.sender_qualifier, header.sender),
        group_sender=_fitted(header.receiver if group is None else group.receiver),
        group_receiver=_fitted(header.sender if group is None else group.sender),
        body=body,
    )


_ID_LENGTH = 15  # ISA06 and ISA08 are that wide, GS02 and GS03 at most


def _fitted_id(qualifier: str, value: str) -> str:
    """Return "qualifier:id" as an envelope of ours can carry it, however it was received."""
    return f"{qualifier if len(qualifier) == 2 and qualifier.isalnum() and qualifier.isascii() else 'ZZ'}:{_fitted(plain_id(value))}"


def _fitted(value: str) -> str:
    """Return an id as an envelope of ours can carry it: over-wide and odd ids come in, and are answered all the same."""
    kept = "".join(c for c in value if c.isascii() and (c.isalnum() or c in " .-_/&")).strip()
    return (kept or "UNKNOWN")[:_ID_LENGTH].ljust(2, "X")


def set_with_article(set_id: str) -> str:
    """Return a transaction set as people say it: "an 850", "a 997"."""
    return f"{'an' if set_id.startswith('8') else 'a'} {set_id}"


def plain_id(value: str) -> str:
    """Return an id as a profile has it: padded with blanks of any kind, as real senders do, it is the same id."""
    return text_of(value).strip()


def as_number(control_number: str) -> str:
    """Return a control number without leading zeros and blanks: "000003438" and "3438" are the same number."""
    return control_number.strip().lstrip("0") or "0"
