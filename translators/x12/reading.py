"""Read a payload: whole as a stream of events, or one transaction set of it.

Source: X12.5, X12.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from translators.findings import Finding
from translators.x12.group_reading import GroupReading
from translators.x12.interchange_reading import InterchangeReading
from translators.x12.model import (
    Catalogue,
    Event,
    GroupHeader,
    InterchangeHeader,
    NotInterchange,
    Pause,
    TransactionSet,
    UnreadSet,
)
from translators.x12.policy import DEFAULT_POLICY, Policy
from translators.x12.reader import BYTE_ORDER_MARK, Reader
from translators.x12.tokens import PADDING


def read(
    chunks: Iterable[bytes],
    catalogue: Catalogue,
    policy: Policy = DEFAULT_POLICY,
    *,
    keep_trees: bool = False,
    in_parts: bool = False,
    sets_aside: bool = False,
) -> Iterator[Event]:
    """Yield the events of a whole payload, validating every set.

    Args:
        chunks: the payload's bytes, in any cutting.
        catalogue: where definitions come from.
        policy: how strictly this partner is read.
        keep_trees: whether each TransactionSet carries its tree; without it memory does not grow with the set.
        in_parts: whether each set is handed on in SetParts as it is read, instead; see `parts`. Memory does not grow with the set.
        sets_aside: whether sets are set aside as UnreadSets where their end is certain, for `read_unread`.
    """
    reader = Reader(catalogue, policy, keep_trees=keep_trees, in_parts=in_parts, sets_aside=sets_aside)
    for chunk in chunks:
        reader.feed(chunk)
        yield from _events_so_far(reader)
    reader.close()
    yield from _events_so_far(reader)


def _events_so_far(reader: Reader) -> Iterator[Event]:
    while not isinstance(event := reader.next_event(), Pause):
        yield event


def read_transaction_set(
    payload: bytes,
    header: InterchangeHeader,
    group: GroupHeader,
    catalogue: Catalogue,
    policy: Policy = DEFAULT_POLICY,
    *,
    offset: int = 0,
) -> TransactionSet:
    """Return the one set in `payload`, with its tree, validated as in its interchange.

    Args:
        payload: one ST..SE, as an earlier read located it.
        header: of its interchange.
        group: of its group.
        catalogue: where definitions come from.
        policy: how strictly this partner is read.
        offset: of `payload` in the whole, added to the offset of every finding.
    """
    interchange = InterchangeReading(header, [])
    within = GroupReading.resumed(group, interchange, catalogue, policy)
    return _only_set(payload, Reader.within(within, interchange, catalogue, offset, keep_trees=True), within, offset)


def read_unread(unread: UnreadSet, catalogue: Catalogue, policy: Policy = DEFAULT_POLICY) -> TransactionSet:
    """Return the set that was set aside, validated, as the reader would have returned it in its place."""
    interchange = InterchangeReading(unread.interchange, [])
    before = () if unread.is_new else (unread.control_number,)
    within = GroupReading.resumed(unread.group, interchange, catalogue, policy, numbers_before=before)
    reader = Reader.within(within, interchange, catalogue, unread.offset, keep_trees=False)
    return _only_set(unread.payload, reader, within, unread.offset)


def _only_set(payload: bytes, reader: Reader, group: GroupReading, offset: int) -> TransactionSet:
    reader.feed(payload)
    reader.close()
    for event in _events_so_far(reader):
        if isinstance(event, TransactionSet):
            return event
    return group.begin_set(["ST"], offset, keeps_tree=True).end("the set ends")


def looks_like_x12(first_bytes: bytes) -> bool:
    """Return whether a payload that begins with `first_bytes` is X12: an ISA, after a byte order mark and blanks."""
    head: bytes = first_bytes.removeprefix(BYTE_ORDER_MARK).lstrip(PADDING)
    return head[:3] == b"ISA" and not head[3:4].isalnum() and head[3:4] not in (b"", b" ")


def findings_of(event: Event) -> tuple[Finding, ...]:
    """Return the findings an event carries."""
    if isinstance(event, NotInterchange):
        return (event.finding,)
    return getattr(event, "findings", ())
