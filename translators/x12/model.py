"""The parts of an interchange, in the standard's words.

Text is Latin-1, one character per byte, so that an offset in text is an offset in the payload and no byte can fail to decode;
`text_of` gives a value as people wrote it. Segments are lists: the id, then the elements as received ("" when empty); an element
may still hold components and repetitions, split by whoever needs them with `Separators`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from translators.findings import Finding

Segment = list[str]


def text_of(value: str) -> str:
    """Return `value` decoded as UTF-8 where its bytes are UTF-8, else as it is (Latin-1)."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def element_of(segment: Segment, position: int) -> str:
    """Return the element at `position` of `segment`, "" where it has none."""
    return segment[position] if position < len(segment) else ""


@dataclass(frozen=True, slots=True)
class Separators:
    """The four separators of one interchange; each one character, `repetition` "" where the release has none.

    Source: X12.5, ISA11 (from 00402), ISA16; element separator and terminator by position.
    """

    element: str = "*"
    component: str = ">"
    segment: str = "~"
    repetition: str = ""


@dataclass(frozen=True, slots=True)
class InterchangeHeader:
    """ISA as received, blanks trimmed from the ends of the values."""

    separators: Separators
    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    date: str
    time: str
    version: str  # ISA12
    control_number: str  # ISA13, as received
    acknowledgment_requested: bool  # ISA14 "1"
    usage: str  # ISA15: "P" production, "T" test, "I" information
    offset: int = 0  # bytes from the start of the payload to the ISA


@dataclass(frozen=True, slots=True)
class GroupHeader:
    """GS as received."""

    functional_id: str  # GS01: "PO"
    sender: str  # GS02
    receiver: str  # GS03
    date: str
    time: str
    control_number: str  # GS06
    agency: str  # GS07
    release: str  # GS08, as received ("004010VICS")


class Loop:
    """One loop occurrence: its own segments in wire order, the wire number of each, and the loops inside it.

    The root of a transaction set is a Loop named "" whose segments include ST and SE.
    """

    __slots__ = ("_loops", "_numbers", "name", "segments")

    def __init__(
        self,
        name: str,
        segments: list[Segment] | None = None,
        numbers: list[int] | range | None = None,
        loops: list[Loop] | None = None,
    ) -> None:
        self.name = name
        self.segments = [] if segments is None else segments
        # Most loops are leaves, and most hold one unbroken run of segments: lists for those are made when somebody asks.
        self._numbers = [] if numbers is None else numbers
        self._loops = loops

    @property
    def numbers(self) -> list[int]:
        """The wire number of each of its own segments."""
        numbers = self._numbers
        if isinstance(numbers, range):
            numbers = self._numbers = [*numbers]
        return numbers

    @numbers.setter
    def numbers(self, numbers: list[int]) -> None:
        self._numbers = numbers

    @property
    def loops(self) -> list[Loop]:
        """The loops inside it."""
        if self._loops is None:
            self._loops = []
        return self._loops

    @loops.setter
    def loops(self, loops: list[Loop]) -> None:
        self._loops = loops

    def __repr__(self) -> str:
        ids = " ".join(s[0] for s in self.segments)
        return f"<Loop {self.name or 'set'}: {ids}; {len(self.loops)} loops>"

    def walk(self) -> Iterator[Loop]:
        """Yield this loop and every loop inside it, in wire order."""
        yield self
        for loop in self.loops:
            yield from loop.walk()


@dataclass(frozen=True, slots=True)
class TransactionSet:
    """One ST..SE as read: where it lies in the payload, its tree, and everything wrong with it.

    `tree` is None when the set is unknown in its release (nothing can be said of its structure) or was read for the envelope only.
    """

    id: str  # ST01: "850"
    control_number: str  # ST02
    implementation: str  # ST03, "" when absent
    offset: int  # bytes from the start of the payload to "ST"
    size_bytes: int  # up to and with the terminator of SE (or of the last segment read)
    segment_count: int
    is_known: bool
    tree: Loop | None
    findings: tuple[Finding, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Return whether the set is accepted (AK501 A or E)."""
        return not any(f.refuses for f in self.findings)


@dataclass(frozen=True, slots=True)
class SetPart:
    """Loops and segments of the transaction set that is being read, in wire order. Whether they are right, its TransactionSet says.

    Args:
        tree: the set with what came since the part before, ST in the first and SE in the last.
        continues: how many loops at the beginning of `tree`, each the first of the other, go on from the part before.
    """

    tree: Loop
    continues: int


@dataclass(frozen=True, slots=True)
class UnreadSet:
    """One ST..SE set aside for somebody else to read, in place of its TransactionSet; `read_unread` reads it.

    Args:
        payload: its bytes, up to and with the terminator of SE.
        offset: of them in the whole payload.
        interchange: it stands in.
        group: it stands in.
        control_number: ST02.
        is_new: whether no set before it in the group had that number.
    """

    payload: bytes
    offset: int
    interchange: InterchangeHeader
    group: GroupHeader
    control_number: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class FunctionalGroup:
    """One GS..GE as read. `findings` are those of the group's own envelope (AK905)."""

    header: GroupHeader
    sets: tuple[TransactionSet, ...]
    sets_included: int  # GE01 as claimed, or the number received where GE is missing
    findings: tuple[Finding, ...] = ()


# The events of a streaming read, in wire order. A reader yields InterchangeHeader, then for each group GroupHeader, its
# TransactionSets (each after its SetParts, or an UnreadSet instead, where that is asked for) and GroupEnd, then InterchangeEnd;
# TA1s where they stand; NotInterchange for bytes outside any interchange.


@dataclass(frozen=True, slots=True)
class GroupEnd:
    """GE, or where it should have been."""

    header: GroupHeader
    sets_included: int
    sets_received: int
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class InterchangeEnd:
    """IEA, or where it should have been. `findings` are those of the interchange's envelope (TA105)."""

    header: InterchangeHeader
    offset: int  # bytes from the start of the payload to just after the IEA
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class InterchangeAcknowledgment:
    """A TA1 received. Source: X12.5, TA1."""

    control_number: str  # TA101: of the interchange it answers
    date: str
    time: str
    code: str  # TA104: A accepted, E with errors, R rejected
    note: str  # TA105: 000..031


@dataclass(frozen=True, slots=True)
class NotInterchange:
    """Bytes that belong to no interchange: junk between two, an empty payload, or no X12 at all."""

    offset: int
    size_bytes: int
    finding: Finding


Event = (
    InterchangeHeader
    | GroupHeader
    | SetPart
    | TransactionSet
    | UnreadSet
    | GroupEnd
    | InterchangeEnd
    | InterchangeAcknowledgment
    | NotInterchange
)


class Pause(Enum):
    """What `next_event` says when it has no event."""

    NEED_MORE = "feed more bytes, or close"
    END = "everything was read"


NEED_MORE = Pause.NEED_MORE
END = Pause.END


@dataclass(frozen=True, slots=True)
class Catalogue:
    """How the engine asks for definitions, without knowing where they are kept.

    `load(name)` returns the bytes of a definition file ("004010/850.json", "004010/segments.json"), or None when there is no such
    file. The engine caches what it compiles from them per Catalogue.
    """

    load: Callable[[str], bytes | None]
    cache: dict[object, object] = field(default_factory=dict, compare=False, repr=False)
