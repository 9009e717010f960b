"""A trading partner on the other end of the folders: sends files, takes ours, answers them.

Written with the same translators and the same maps as the gateway, used the other way round; it knows nothing of the gateway's inside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from gateway.profiles import PartnerProfile
from gateway.settings import CompanySettings
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
    write_interchange,
    write_transaction_set,
)

SET_IDS = {"purchase_order": "850", "order_acknowledgment": "855", "ship_notice": "856", "invoice": "810"}

OnDocument = Callable[["SimulatedPartner", BusinessDocument], None]


class SimulatedPartner:
    """One partner's EDI system.

    Args:
        profile: what the gateway knows of it.
        inbox: the gateway's inbox folder of this partner: where it sends.
        outbox: the gateway's outbox folder of this partner: what it takes.
        map_named: the maps, as the gateway uses them.
        on_document: called for every business document that it accepted, to answer it.
        rejects: business numbers of documents that it will reject.
        ignores: business numbers of documents that it never acknowledges.
    """

    def __init__(
        self,
        profile: PartnerProfile,
        company: CompanySettings,
        folders: tuple[Path, Path],
        catalogue: Catalogue,
        map_named: Callable[[str], Map],
        on_document: OnDocument | None = None,
        rejects: Iterable[str] = (),
        ignores: Iterable[str] = (),
    ) -> None:
        self.profile = profile
        self._company = company
        self.inbox, self.outbox = folders
        self._catalogue = catalogue
        self._map_named = map_named
        self._on_document = on_document
        self._rejects = frozenset(rejects)
        self._ignores = frozenset(ignores)
        self._numbers: Counter[str] = Counter()
        self._seen: set[str] = set()
        self.got: Counter[str] = Counter()  # set id → how many it took, without repeats of a file

    def interchange(self, documents: Iterable[BusinessDocument], *, wants_ta1: bool = False, sender: str = "") -> bytes:
        """Return an interchange with these documents in one group, under the next control numbers."""
        sets = []
        for number, document in enumerate(documents, 1):
            set_id = SET_IDS[getattr(document, "document_type", "")]
            sets.append(SetToWrite(set_id, f"{number:04d}", self._body(document, set_id)))
        return self._envelope(FUNCTIONAL_IDS[sets[0].id], tuple(sets), wants_ta1, sender)

    def drop(self, content: bytes, name: str) -> None:
        """Put a file in the gateway's inbox the way careful senders do: under another name first, then renamed."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        temporary = self.inbox / f".{name}.tmp"
        temporary.write_bytes(content)
        temporary.replace(self.inbox / name)

    def send(self, *documents: BusinessDocument, wants_ta1: bool = False) -> bytes:
        """Send documents in one interchange; return its bytes."""
        content = self.interchange(documents, wants_ta1=wants_ta1)
        self.drop(content, f"{self.profile.id}-{self._numbers['ISA']:09d}.edi")
        return content

    def acknowledgment_of(self, functional_id: str, group_number: int) -> bytes:
        """Return an interchange with a 997 that accepts one group, whether it exists or not."""
        body = [["AK1", functional_id, str(group_number)], ["AK9", "A", "1", "1", "1"]]
        return self._envelope("FA", (SetToWrite("997", "0001", body),))

    def take(self) -> int:
        """Take every new file from the gateway's outbox and answer it; return how many there were."""
        taken = 0
        for path in sorted(self.outbox.glob("[!.]*")) if self.outbox.is_dir() else []:
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
                taken += 1
        return taken

    def _read(self, content: bytes, name: str) -> None:
        if name.endswith(".txt"):
            self.got["ticket"] += 1
            return
        header: InterchangeHeader | None = None
        group: GroupHeader | None = None
        sets: list[TransactionSet] = []
        for event in read([content], self._catalogue, keep_trees=True):
            match event:
                case InterchangeHeader():
                    header = event
                case InterchangeAcknowledgment():
                    self.got["TA1"] += 1
                case GroupHeader():
                    group, sets = event, []
                case TransactionSet():
                    sets.append(event)
                    self.got[event.id] += 1
                case GroupEnd() if group is not None and header is not None and group.functional_id != "FA":
                    whole = FunctionalGroup(event.header, tuple(sets), event.sets_included, event.findings)
                    self._answer(header, whole)

    def _answer(self, header: InterchangeHeader, group: FunctionalGroup) -> None:
        """Acknowledge a group that the gateway sent, and hand its documents on."""
        body = functional_acknowledgment(group, self._catalogue, release=group.header.release)
        documents = [self._translate(header, group.header, one) for one in group.sets if one.is_accepted]
        numbers = {business_number(d) for d in documents if d is not None}
        if numbers & self._ignores:
            return
        if numbers & self._rejects:
            body = _rejected(body)
        number = SetToWrite("997", "0001", body)
        self.drop(self._envelope("FA", (number,)), f"997-{self._numbers['ISA']:09d}.edi")
        for document in documents:
            if document is not None and self._on_document is not None:
                self._on_document(self, document)

    def _translate(self, header: InterchangeHeader, group: GroupHeader, one: TransactionSet) -> BusinessDocument | None:
        by = self._map_named(f"x12/{one.id}")
        context = ReadContext(partner=self.profile.id, separators=header.separators, release=group.release)
        assert one.tree is not None  # an accepted set, read with its tree  # noqa: S101
        return by.read(one.tree, context).document

    def _body(self, document: BusinessDocument, set_id: str) -> list[Segment]:
        identity = self.profile.x12
        context = WriteContext(release=identity.release, separators=identity.wire_separators)
        writing = self._map_named(f"x12/{set_id}").write(document, context)
        body, findings = write_transaction_set(writing.tree, set_id, identity.release, self._catalogue)
        wrong = [f.sentence for f in (*writing.findings, *findings) if f.refuses]
        if wrong:
            raise ValueError(f"the demo's own {set_id} is not valid: {wrong}")
        return body

    def _envelope(
        self, functional_id: str, sets: tuple[SetToWrite, ...], wants_ta1: bool = False, sender: str = ""
    ) -> bytes:
        identity = self.profile.x12
        self._numbers["ISA"] += 1
        self._numbers["GS"] += 1
        qualifier, _, interchange_id = (sender or identity.interchange_id).partition(":")
        company_qualifier, _, company_id = self._company.interchange_id.partition(":")
        group = GroupToWrite(
            functional_id=functional_id,
            sender=identity.group_id,
            receiver=self._company.group_id,
            release=identity.release,
            control_number=self._numbers["GS"],
            sets=sets,
        )
        envelope = EnvelopeToWrite(
            separators=identity.wire_separators,
            sender_qualifier=qualifier,
            sender=interchange_id,
            receiver_qualifier=company_qualifier,
            receiver=company_id,
            version=identity.release[:5],
            usage="P",
            control_number=self._numbers["ISA"],
            acknowledgment_requested=wants_ta1,
            groups=(group,),
            line_end="\n",
        )
        return write_interchange(envelope, datetime.now(UTC))


def business_number(document: BusinessDocument) -> str:
    """Return "invoice:ORDER" and the like: what a document is and which order it belongs to, known before it is made."""
    kind = getattr(document, "document_type", "")
    orders = getattr(document, "orders", ())
    order = orders[0].order_number if orders else getattr(document, "order_number", "")
    return f"{kind}:{order}"


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
