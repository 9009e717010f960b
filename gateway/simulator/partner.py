"""A trading partner on the other end of the folders: sends files, takes ours, answers them.

Written with the same translators and the same maps as the gateway, used the other way round: what the gateway reads by a map is
written by it here. It knows nothing of the gateway's inside.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gateway.profiles import Agreement, PartnerProfile
from gateway.settings import CompanySettings
from gateway.simulator.behaviours import Behaviour, behaviour_of, broken
from gateway.simulator.papers import fulfilment, item_schemes
from gateway.simulator.wires import BROKEN_QUANTITY, FilesOfPartner, Taken, X12OfPartner
from gateway.states import Direction, Kind
from translators.canonical import PurchaseOrder, Quantity
from translators.canonical.document import BusinessDocument
from translators.errors import TranslationError
from translators.mapping import Map
from translators.x12 import Catalogue, Segment

OnDocument = Callable[["SimulatedPartner", BusinessDocument], None]


@dataclass(slots=True)
class _Waiting:
    """A file that is sent when its time has come."""

    due: float  # by the partner's clock, seconds
    content: bytes
    name: str


@dataclass(slots=True)
class Story:
    """What was exchanged about one order, in words: "850", "997 A", "855"."""

    behaviour: str
    sent: list[str] = field(default_factory=list)
    got: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Manners:
    """How a partner behaves.

    Args:
        behaviour: a name of BEHAVIOURS, or "mix".
        seed: decides what is left to chance.
        fulfils: whether it answers purchase orders of ours in business terms, as a supplier does.
        rejects: business numbers of documents that it will reject, however it behaves.
        ignores: business numbers of documents that it never acknowledges.
        keeps_guide: whether what it writes is made to keep to its own guide, as a partner's system does.
    """

    behaviour: str = "good"
    seed: int = 1
    fulfils: bool = False
    rejects: tuple[str, ...] = ()
    ignores: tuple[str, ...] = ()
    keeps_guide: bool = False


class SimulatedPartner:
    """One partner's EDI system.

    Args:
        profile: what the gateway knows of it.
        folders: the gateway's inbox folder of this partner, where it sends, and the outbox folder, which it takes from.
        map_named: the maps, as the gateway uses them.
        clock: seconds that only go forward; decides what is late.
        first_number: of its control numbers.
    """

    def __init__(
        self,
        profile: PartnerProfile,
        company: CompanySettings,
        folders: tuple[Path, Path],
        catalogue: Catalogue,
        map_named: Callable[[str], Map],
        manners: Manners = Manners(),
        clock: Callable[[], float] = time.monotonic,
        first_number: int = 1,
    ) -> None:
        self.profile = profile
        self.inbox, self.outbox = folders
        self._map_named = map_named
        self._manners = manners
        self._clock = clock
        keeps = manners.keeps_guide
        self._x12 = X12OfPartner(profile, company, catalogue, self._maps, first_number, keeps_guide=keeps)
        self._files = FilesOfPartner(profile, company, self._maps, keeps_guide=keeps)
        self._waiting: list[_Waiting] = []
        self._seen: set[str] = set()
        self._older: set[str] = set()  # files of the outbox that answer somebody else
        self._carried: dict[str, tuple[str, ...]] = {}  # name of a file it sent → the orders in it
        self._sent = 0
        self.got: Counter[str] = Counter()  # set id, "ticket", "receipt" or kind of file → how many it took
        self.stories: dict[str, Story] = {}  # by order number

    def interchange(self, documents: Iterable[BusinessDocument], *, wants_ta1: bool = False, sender: str = "") -> bytes:
        """Return an interchange with these documents in one group, under the next control numbers."""
        return self._x12.interchange(list(documents), wants_ta1=wants_ta1, sender=sender)

    def acknowledgment_of(self, functional_id: str, group_number: int) -> bytes:
        """Return an interchange with a 997 that accepts one group, whether it exists or not."""
        return self.acknowledgment([["AK1", functional_id, str(group_number)], ["AK9", "A", "1", "1", "1"]])

    def acknowledgment(self, body: list[Segment]) -> bytes:
        """Return an interchange with one 997: the segments between its ST and SE."""
        return self._x12.acknowledgment(body)

    def written(self, *documents: BusinessDocument, wants_ta1: bool = False) -> list[bytes]:
        """Return the files that carry these documents, all of one kind, as the partner's agreement says."""
        by = self._map_of(documents[0], Direction.IN)
        if by.wire == "x12":
            return [self._x12.interchange(list(documents), wants_ta1=wants_ta1)]
        return self._files.written(list(documents), by)

    def send(self, *documents: BusinessDocument, wants_ta1: bool = False) -> bytes:
        """Send documents of one kind, as it behaves; return the first file as it should be."""
        name, behaviour = behaviour_of(self._manners.behaviour, order_number(documents[0]), self._manners.seed)
        whole = list(documents)
        if behaviour.breaks == "one":
            whole += [_broken_order(d) for d in documents[-1:] if isinstance(d, PurchaseOrder)]
            self.stories |= {order_number(d): Story(name, ["broken"]) for d in whole[len(documents) :]}
        files = self.written(*whole, wants_ta1=wants_ta1)
        for document in documents:
            story = self.stories.setdefault(order_number(document), Story(name))
            story.sent.append(kind_of(document).value)
        by = self._map_of(documents[0], Direction.IN)
        for content in files:
            spoilt = (
                broken(content, order_number(documents[0]), self._manners.seed)
                if behaviour.breaks == "file"
                else content
            )
            self._post(spoilt, by, behaviour, about=tuple(order_number(d) for d in documents))
        return files[0]

    def drop(self, content: bytes, name: str) -> None:
        """Put a file in the gateway's inbox the way careful senders do: under another name first, then renamed."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        temporary = self.inbox / f".{name}.tmp"
        temporary.write_bytes(content)
        temporary.replace(self.inbox / name)

    def leave_older(self) -> int:
        """Leave what lay in the outbox before alone, as it answers an earlier run; return how many files. A supplier takes orders."""
        for path in sorted(self.outbox.glob("[!.]*")) if self.outbox.is_dir() else []:
            if not (self._manners.fulfils and self._holds_documents(path)):
                self._older.add(path.name)
        return len(self._older)

    def _holds_documents(self, path: Path) -> bool:
        if path.name.startswith(("ticket-", "receipt-")):
            return False
        return any(taken.wants_answer for taken in self._taken(path.read_bytes(), path.name))

    def _taken(self, content: bytes, name: str) -> Iterable[Taken]:
        return self._x12.taken(content) if name.endswith(".edi") else self._files.taken(content, name)

    def agreed_items(self) -> frozenset[str] | None:
        """Return which kinds of item numbers its orders can say, None where they can say any."""
        by = next((m for a, m in self._maps(Direction.IN) if a.document is Kind.PURCHASE_ORDER), None)
        return None if by is None else item_schemes(by)

    def take(self) -> int:
        """Take every new file from the gateway's outbox and answer it; send what was waiting. Return how many were taken or sent."""
        moved = 0
        for path in sorted(self.outbox.glob("[!.]*")) if self.outbox.is_dir() else []:
            if path.name in self._older:
                continue
            try:
                content = path.read_bytes()
                archive = self.outbox / ".taken"
                archive.mkdir(exist_ok=True)
                path.replace(archive / path.name)
            except FileNotFoundError:
                continue  # the gateway is just replacing it
            if path.name not in self._seen:
                self._seen.add(path.name)
                self._read(content, path.name)
                moved += 1
        now = self._clock()
        due = [one for one in self._waiting if one.due <= now]
        self._waiting = [one for one in self._waiting if one.due > now]
        for one in due:
            self.drop(one.content, one.name)
        return moved + len(due)

    @property
    def is_waiting(self) -> bool:
        """Return whether it still has something to send later."""
        return bool(self._waiting)

    def _post(
        self,
        content: bytes,
        by: Map | None,
        behaviour: Behaviour,
        *,
        is_answer: bool = False,
        about: tuple[str, ...] = (),
    ) -> None:
        """Send a file, now or late, once or more often."""
        ending = "edi" if by is None or by.wire == "x12" else self._files.ending(by)
        wait = behaviour.delay_seconds if is_answer else 0
        for _ in range(behaviour.copies):
            self._sent += 1
            number = self._x12.numbers["ISA"] if ending == "edi" else self._sent
            name = f"{self.profile.id}-{number:09d}-{self._sent}.{ending}"
            self._carried[name] = about
            if wait:
                self._waiting.append(_Waiting(self._clock() + wait, content, name))
            else:
                self.drop(content, name)

    def _read(self, content: bytes, name: str) -> None:
        """Read one file of the gateway's, and answer it."""
        if name.startswith("ticket-"):
            self.got["ticket"] += 1
            self._note_named(content, "ticket")
            return
        if name.startswith("receipt-"):
            self.got["receipt"] += 1
            for number, verdict in self._files.verdicts(content):
                if number:
                    self._note(number, f"receipt {verdict}")
                else:
                    self._note_named(content, f"receipt {verdict}")
            return
        for taken in self._taken(content, name):
            self.got.update(taken.kinds)
            for number, words in taken.verdicts:
                self._note(number, words)
            for document in taken.documents:
                self._note(order_number(document), taken.kinds[0])
            if taken.wants_answer:
                self._answer(taken)

    def _answer(self, taken: Taken) -> None:
        """Acknowledge what the gateway sent, and hand its documents on."""
        numbers = {business_number(document) for document in taken.documents}
        if numbers & set(self._manners.ignores):
            return
        first = order_number(taken.documents[0]) if taken.documents else ""
        behaviour = self._remembered(first)
        rejects = (behaviour.verdict == "R" and not self._manners.fulfils) or bool(numbers & set(self._manners.rejects))
        verdict = "R" if rejects else "A" if self._manners.fulfils else behaviour.verdict
        answer = taken.answer(verdict)
        if answer is not None:
            self._post(answer, taken.by, behaviour, is_answer=True)
        for document in taken.documents if self._manners.fulfils and not rejects else ():
            if isinstance(document, PurchaseOrder):
                self.fulfil(document)

    def fulfil(self, ordered: PurchaseOrder) -> None:
        """Answer a purchase order of ours as a supplier does: confirm, ship, invoice, as it behaves."""
        behaviour = self._remembered(ordered.order_number)
        now = datetime.now().replace(microsecond=0)  # noqa: DTZ005  local times on the wire have no zone
        for document in fulfilment(ordered, behaviour.fulfils, now):
            try:
                files = self.written(document)
            except TranslationError:
                continue  # nothing is agreed about it
            self.stories[ordered.order_number].sent.append(kind_of(document).value)
            by = self._map_of(document, Direction.IN)
            for content in files:
                spoilt = (
                    broken(content, ordered.order_number, self._manners.seed) if behaviour.breaks == "file" else content
                )
                self._post(spoilt, by, behaviour, is_answer=True)

    def _remembered(self, number: str) -> Behaviour:
        name, behaviour = behaviour_of(self._manners.behaviour, number, self._manners.seed)
        self.stories.setdefault(number, Story(name))
        return behaviour

    def _note_named(self, content: bytes, words: str) -> None:
        """Note an answer that is only text at the orders that it speaks of, by their numbers or by the file they came in."""
        text = content.decode("utf-8", "replace")
        carried = [n for file, numbers in self._carried.items() if file in text for n in numbers]
        spoken = [n for n in self.stories if n and n in re.findall(r"[\w-]+", text)]
        for number in dict.fromkeys([*carried, *spoken]):
            self._note(number, words)

    def _note(self, number: str, words: str) -> None:
        name, _ = behaviour_of(self._manners.behaviour, number, self._manners.seed)
        self.stories.setdefault(number, Story(name)).got.append(words)

    def _maps(self, direction: Direction) -> list[tuple[Agreement, Map]]:
        return [(a, self._map_named(a.map)) for a in self.profile.agreements if a.direction is direction]

    def _map_of(self, document: BusinessDocument, direction: Direction) -> Map:
        """Return the map for a document. Raises TranslationError when nothing is agreed about it."""
        kind = kind_of(document)
        found = next((by for agreement, by in self._maps(direction) if agreement.document is kind), None)
        if found is None:
            raise TranslationError(
                "MAP-INVALID", f"Nothing is agreed about {kind.with_article} of {self.profile.name}."
            )
        return found


def kind_of(document: BusinessDocument) -> Kind:
    """Return what a canonical document is."""
    return Kind(getattr(document, "document_type", Kind.UNKNOWN))


def order_number(document: BusinessDocument) -> str:
    """Return the number of the (first) order that a document belongs to."""
    orders = getattr(document, "orders", ())
    return orders[0].order_number if orders else getattr(document, "order_number", "")


def business_number(document: BusinessDocument) -> str:
    """Return "invoice:ORDER" and the like: what a document is and which order it belongs to, known before it is made."""
    return f"{kind_of(document).value}:{order_number(document)}"


def _broken_order(order: PurchaseOrder) -> PurchaseOrder:
    """Return an order whose first quantity will be no number on the wire."""
    first = order.lines[0].model_copy(update={"quantity": Quantity(value=BROKEN_QUANTITY, unit="EA")})
    return order.model_copy(update={"order_number": f"{order.order_number}-X", "lines": (first, *order.lines[1:])})


def first_control_number() -> int:
    """Return a control number that no earlier run used: the seconds of some thirty years fit in nine digits."""
    return int((datetime.now(UTC) - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds())
