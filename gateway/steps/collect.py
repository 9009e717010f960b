"""Collect: fetch what an ERP wants carried out, page by page. The documents and the cursor are one commit: none lost, none twice."""

from __future__ import annotations

from gateway.clock import new_id
from gateway.ports import Outgoing
from gateway.process.business_numbers import business_numbers, content_sha256
from gateway.states import Direction, Event, Kind, State
from gateway.steps.station import Station
from gateway.store import documents, lookups, numbers
from gateway.store.documents import Document, NewDocument
from gateway.store.engine import Transaction
from gateway.store.moves import GATEWAY


def collect(name: str, station: Station) -> int:
    """Collect one page from the connector `name`; return how many documents were new.

    Raises:
        GatewayError: the system cannot be asked now; nothing is lost, the cursor stays.
    """
    with station.database.read() as connection:
        cursor = numbers.cursor_of(connection, name)
    page = station.connectors[name].outgoing(cursor)
    if page.cursor == cursor:
        return 0

    def record(connection: Transaction) -> int:
        if numbers.cursor_of(connection, name) != cursor:
            return 0  # another process collected this page meanwhile
        new = [o for o in page.documents if not lookups.is_collected(connection, _source_key(name, o))]
        for outgoing in new:
            documents.create(connection, _document(name, outgoing, station))
        numbers.set_cursor(connection, name, page.cursor)
        return len(new)

    return station.database.write(record)


def _source_key(name: str, outgoing: Outgoing) -> str:
    return f"{name}:{outgoing.id}"


def _document(name: str, outgoing: Outgoing, station: Station) -> NewDocument:
    now = station.clock.now()
    named = business_numbers(outgoing.document)
    kind = Kind(getattr(outgoing.document, "document_type", Kind.UNKNOWN))
    profile = station.partners.account(name, outgoing.account)
    partner = "unknown" if profile is None else profile.id
    canonical = outgoing.document.model_copy(update={"partner": partner})
    if profile is None:
        state, code, event = State.PARKED, "GW-3109", Event.PARKED
        sentence = (
            f"The ERP wants {kind.with_article} {named.number} sent to account {outgoing.account}, and no partner file has that account. "
            f"Set account and connector in their file in partners/, then retry."
        )
    else:
        state, code, event = State.COLLECTED, "", Event.COLLECTED
        sentence = f"The ERP handed out {kind.label} {named.number} for {profile.name}."
    document = Document(
        id=new_id(now),
        partner=partner,
        direction=Direction.OUT,
        kind=kind,
        state=state,
        state_at=now,
        created_at=now,
        stopped_in=State.COLLECTED if state is State.PARKED else None,
        code=code,
        sentence=sentence,
        number=named.number[:64],
        order_number=named.order_number,
        source_key=_source_key(name, outgoing),
    )
    return NewDocument(
        document,
        event,
        GATEWAY,
        canonical=canonical.model_dump_json(),
        canonical_sha256=content_sha256(canonical),
        references=named.references,
        facts={"account": outgoing.account, "source": outgoing.id},
        lane=None if profile is None else profile.lane(Direction.OUT),
    )
