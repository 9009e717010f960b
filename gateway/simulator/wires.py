"""A simulated partner's wire: documents to bytes by the maps that the gateway reads with, and the gateway's files to documents."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from gateway.errors import GatewayError
from gateway.profiles import Agreement, PartnerProfile
from gateway.settings import CompanySettings
from gateway.simulator.guided import keep_guide
from gateway.states import Direction
from gateway.steps.file_kinds import file_kind
from gateway.steps.files import read_file
from gateway.steps.receipt import Judged, Receipt, received_receipt
from gateway.steps.wire import LINE_ENDS, as_number
from translators.canonical.document import BusinessDocument
from translators.mapping import Map, ReadContext, WriteContext
from translators.x12 import (
    FUNCTIONAL_IDS,
    Catalogue,
    EnvelopeToWrite,
    FunctionalGroup,
    GroupEnd,
    GroupHeader,
    GroupToWrite,
    InterchangeAcknowledgment,
    InterchangeHeader,
    Segment,
    SetToWrite,
    TransactionSet,
    functional_acknowledgment,
    read,
    read_functional_acknowledgment,
    write_interchange,
    write_transaction_set,
)
from translators.x12.model import Loop

Maps = Callable[[Direction], list[tuple[Agreement, Map]]]

BROKEN_QUANTITY = Decimal(987_654)  # stands on the wire for a quantity that is no number
_BROKEN_TEXTS = (str(BROKEN_QUANTITY),)
_NO_NUMBER = "many"


@dataclass(frozen=True, slots=True)
class Taken:
    """What one file, or one group, of the gateway's held.

    Args:
        kinds: set ids, or what kind of file.
        verdicts: (order number, words) of what it says about documents of ours.
        answer: writes the acknowledgment for a verdict A, E or R; None: none is agreed.
    """

    kinds: tuple[str, ...]
    documents: tuple[BusinessDocument, ...] = ()
    verdicts: tuple[tuple[str, str], ...] = ()
    answer: Callable[[str], bytes | None] = lambda _: None
    by: Map | None = None

    @property
    def wants_answer(self) -> bool:
        """Return whether it holds documents, which are answered; acknowledgments are not."""
        return bool(self.documents)


def _break(tree: Loop) -> None:
    """Put a word in place of the quantity that marks a document as one to break."""
    for loop in tree.walk():
        for segment in loop.segments:
            segment[1:] = [_NO_NUMBER if text.lstrip("0") in _BROKEN_TEXTS else text for text in segment[1:]]


def _keep(tree: Loop, by: Map, release: str, partner: str) -> None:
    """Make a document keep to its map's guide. Raises GatewayError GW-6208 when a clause cannot be met."""
    broken = [f.sentence for f in keep_guide(tree, by, release)]
    if broken:
        raise _unlike(partner, by, broken)


def _unlike(partner: str, by: Map, wrong: list[str]) -> GatewayError:
    return GatewayError(
        "GW-6208",
        f"The simulator cannot write {by.document_type.replace('_', ' ')}s as {partner} does, by {by.name}: {' '.join(wrong)}",
    )


class X12OfPartner:
    """The partner's X12 system; `numbers` are its control numbers, by scope."""

    def __init__(
        self,
        profile: PartnerProfile,
        company: CompanySettings,
        catalogue: Catalogue,
        maps: Maps,
        first_number: int,
        *,
        keeps_guide: bool = False,
    ) -> None:
        self._keeps_guide = keeps_guide
        self._profile = profile
        self._company = company
        self._catalogue = catalogue
        self._maps = maps
        self._orders: dict[
            tuple[str, str], tuple[str, ...]
        ] = {}  # functional id, group number → the orders in it, by set
        self._enclosed: dict[str, tuple[str, ...]] = {}  # interchange control number → the orders in it
        self.numbers: Counter[str] = Counter({"ISA": first_number - 1, "GS": first_number - 1})

    def interchange(self, documents: list[BusinessDocument], *, wants_ta1: bool = False, sender: str = "") -> bytes:
        """Return an interchange with documents of one kind in one group."""
        by = self._map(getattr(documents[0], "document_type", ""), Direction.IN)
        sets = [SetToWrite(by.set_id, f"{n:04d}", self._body(d, by)) for n, d in enumerate(documents, 1)]
        functional_id = FUNCTIONAL_IDS[by.set_id]
        content = self._envelope(functional_id, tuple(sets), wants_ta1, sender)
        named = tuple(getattr(document, "order_number", "") for document in documents)
        self._orders[functional_id, str(self.numbers["GS"])] = named
        self._enclosed[str(self.numbers["ISA"])] = named
        return content

    def acknowledgment(self, body: list[Segment]) -> bytes:
        """Return an interchange with one 997."""
        return self._envelope("FA", (SetToWrite("997", "0001", body),))

    def taken(self, content: bytes) -> Iterator[Taken]:
        """Yield what each group, and each TA1, of an interchange of the gateway's holds."""
        header: InterchangeHeader | None = None
        sets: list[TransactionSet] = []
        for event in read([content], self._catalogue, self._profile.x12.policy, keep_trees=True):
            match event:
                case InterchangeHeader():
                    header = event
                case InterchangeAcknowledgment():
                    numbers = self._enclosed.get(as_number(event.control_number), ("",))
                    yield Taken(("TA1",), verdicts=tuple((number, f"TA1 {event.code}") for number in numbers))
                case GroupHeader():
                    sets = []
                case TransactionSet():
                    sets.append(event)
                case GroupEnd() if header is not None:
                    whole = FunctionalGroup(event.header, tuple(sets), event.sets_included, event.findings)
                    yield self._group(header, whole)

    def _group(self, header: InterchangeHeader, group: FunctionalGroup) -> Taken:
        kinds = tuple(one.id for one in group.sets)
        if group.header.functional_id == "FA":
            return Taken(kinds, verdicts=tuple(v for one in group.sets for v in self._verdicts(header, one)))
        found = [self._translated(header, group.header, one) for one in group.sets if one.is_accepted]
        body = functional_acknowledgment(group, self._catalogue, release=group.header.release)
        return Taken(
            kinds,
            tuple(document for document in found if document is not None),
            answer=lambda verdict: self.acknowledgment(_JUDGED[verdict](body)),
        )

    def _verdicts(self, header: InterchangeHeader, one: TransactionSet) -> Iterator[tuple[str, str]]:
        for group in () if one.tree is None else read_functional_acknowledgment(one.tree, header.separators):
            orders = self._orders.get((group.functional_id, as_number(group.control_number)), ())
            codes = {int(s.control_number): s.code for s in group.sets if s.control_number.isdigit()}
            for place, number in enumerate(orders, 1):
                yield number, f"{one.id} {codes.get(place, group.code)}"

    def _translated(
        self, header: InterchangeHeader, group: GroupHeader, one: TransactionSet
    ) -> BusinessDocument | None:
        by = next((m for _, m in self._maps(Direction.OUT) if m.set_id == one.id), None)
        if by is None or one.tree is None:
            return None
        context = ReadContext(partner=self._profile.id, separators=header.separators, release=group.release)
        return by.read(one.tree, context).document

    def _map(self, document_type: str, direction: Direction) -> Map:
        return next(m for _, m in self._maps(direction) if m.document_type == document_type and m.wire == "x12")

    def _body(self, document: BusinessDocument, by: Map) -> list[Segment]:
        identity = self._profile.x12
        context = WriteContext(release=identity.release, separators=identity.wire_separators)
        writing = by.write(document, context)
        if self._keeps_guide:  # else what the guide has against it, the gateway must find out
            _keep(writing.tree, by, identity.release, self._profile.name)
        body, findings = write_transaction_set(
            writing.tree,
            by.set_id,
            identity.release,
            self._catalogue,
            separators=identity.wire_separators,
            policy=identity.policy,
        )
        wrong = [f.sentence for f in findings if f.refuses]
        if wrong:
            raise _unlike(self._profile.name, by, wrong)
        _break(Loop("", body, [0] * len(body)))
        return body

    def _envelope(
        self, functional_id: str, sets: tuple[SetToWrite, ...], wants_ta1: bool = False, sender: str = ""
    ) -> bytes:
        """Return the interchange around sets: the addresses of the profile, swapped."""
        identity = self._profile.x12
        self.numbers["ISA"] += 1
        self.numbers["GS"] += 1
        qualifier, _, interchange_id = (sender or identity.interchange_id).partition(":")
        ours = identity.company_interchange_id or self._company.interchange_id
        our_qualifier, _, our_id = ours.partition(":")
        group = GroupToWrite(
            functional_id=functional_id,
            sender=identity.group_id,
            receiver=identity.company_group_id or self._company.group_id,
            release=identity.release,
            control_number=self.numbers["GS"],
            sets=sets,
        )
        envelope = EnvelopeToWrite(
            separators=identity.wire_separators,
            sender_qualifier=qualifier,
            sender=interchange_id,
            receiver_qualifier=our_qualifier,
            receiver=our_id,
            version=identity.release[:5],
            usage=identity.usage,
            control_number=self.numbers["ISA"],
            acknowledgment_requested=wants_ta1,
            groups=(group,),
            line_end=LINE_ENDS[identity.line_end or "lf"],
        )
        return write_interchange(envelope, datetime.now(UTC))


def _rejected(body: list[Segment]) -> list[Segment]:
    """Turn an acknowledgment into a rejection that names the date in the first segment as wrong."""
    rejected: list[Segment] = []
    for segment in body:
        if segment[0] == "AK5":
            rejected += [["AK3", "BIG", "2", "", "8"], ["AK4", "1", "373", "8"], ["AK5", "R", "5"]]
        elif segment[0] == "AK9":
            rejected.append(["AK9", "R", *segment[2:4], "0"])
        else:
            rejected.append(segment)
    return rejected


def _with_errors(body: list[Segment]) -> list[Segment]:
    """Turn an acknowledgment into one that accepts, with errors noted."""
    return [[s[0], "E", *s[2:]] if s[0] in ("AK5", "AK9") and s[1] == "A" else s for s in body]


_JUDGED: dict[str, Callable[[list[Segment]], list[Segment]]] = {"A": list, "E": _with_errors, "R": _rejected}


class FilesOfPartner:
    """The partner's files without X12 envelopes."""

    def __init__(
        self, profile: PartnerProfile, company: CompanySettings, maps: Maps, *, keeps_guide: bool = False
    ) -> None:
        self._keeps_guide = keeps_guide
        self._profile = profile
        self._company = company
        self._maps = maps
        self._payloads = 0

    def ending(self, by: Map) -> str:
        """Return how the names of such files end."""
        return file_kind(by).ending

    def written(self, documents: list[BusinessDocument], by: Map) -> list[bytes]:
        """Return the files with these documents: one for all of them, or one for each where a file holds one."""
        trees = []
        for document in documents:
            tree = by.write(document, WriteContext(envelope=self._envelope(by))).tree
            if self._keeps_guide:
                _keep(tree, by, "", self._profile.name)
            _break(tree)
            trees.append(tree)
        if by.wire == "xml":
            return [by.payload([tree]).content for tree in trees]
        return [by.payload(trees).content]

    def _envelope(self, by: Map) -> dict[str, str]:
        """Return the header of a cXML document of the partner's: the profile's credentials, swapped."""
        names = self._profile.cxml
        if file_kind(by).name != "cXML" or names is None:
            return {}
        self._payloads += 1
        now = datetime.now(UTC)
        values = {
            ".@payloadID": f"{now.timestamp()}.{self._payloads}@{self._profile.id}.example",
            ".@timestamp": now.isoformat(timespec="seconds"),
            "Header/Sender/UserAgent": "Partner Gateway, simulating a partner",
        }
        swapped = {"From": names.credential, "To": names.company_credential, "Sender": names.credential}
        for role, credential in swapped.items():
            domain, _, identity = credential.partition(":")
            values[f"Header/{role}/Credential@domain"] = domain
            values[f"Header/{role}/Credential/Identity"] = identity
        return values

    def taken(self, content: bytes, name: str) -> Iterator[Taken]:
        """Yield what a file of the gateway's holds."""
        candidates = [(a.model_copy(update={"files": ""}), m) for a, m in self._maps(Direction.OUT) if m.wire != "x12"]
        found = read_file(content, name, candidates, ReadContext(partner=self._profile.id))
        documents = tuple(one.reading.document for one in found.documents if one.reading.document is not None)
        by = found.by
        if by is not None and documents:
            kind = str(by.document_type)
            yield Taken((kind,), documents, answer=lambda verdict: self._receipt(verdict, documents, name, by), by=by)

    def _receipt(self, verdict: str, documents: tuple[BusinessDocument, ...], name: str, by: Map) -> bytes | None:
        """Return a receipt that refuses; a file that is taken is not answered."""
        if verdict != "R":
            return None
        now = datetime.now(UTC)
        judged = tuple(Judged(own_number(document), is_accepted=False) for document in documents)
        receipt = Receipt(f"R-{now.timestamp():.0f}", name, self._profile.name, self._company.name, now, judged)
        return file_kind(by).receipt(receipt)

    def verdicts(self, content: bytes) -> Iterator[tuple[str, str]]:
        """Yield what the gateway's receipt says of each document; of a kind that names none, once for all."""
        if content.startswith(b"<"):
            receipt = received_receipt(content)
            words = "refused" if receipt is None or not receipt.is_accepted else "accepted"
            yield from ((number, words) for number in (receipt.about if receipt is not None else ()) or ("",))
            return
        rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
        yield from dict.fromkeys((row["document"], row["verdict"]) for row in rows)


def own_number(document: BusinessDocument) -> str:
    """Return a document's own business number."""
    names = ("invoice_number", "shipment_number", "acknowledgment_number", "order_number")
    return next((value for name in names if (value := getattr(document, name, ""))), "")
