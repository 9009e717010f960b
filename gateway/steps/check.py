"""Check: what came in against the ERP and the order it belongs to; what goes out against the order it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from gateway.ports import Posting
from gateway.process.answers import complete, order_numbers
from gateway.process.business_numbers import business_numbers, content_sha256
from gateway.profiles import PartnerProfile
from gateway.states import Direction, Event, Kind, State, Validation
from gateway.steps.station import Station
from gateway.store import documents
from gateway.store.documents import Document
from gateway.store.jobs import Claim
from gateway.store.moves import Outcome
from gateway.store.tables import contents
from gateway.store.tables import documents as table
from translators.canonical import PurchaseOrder, parse_canonical
from translators.canonical.document import BusinessDocument
from translators.findings import Severity


def check_in_erp(document: Document, station: Station, claim: Claim) -> Outcome:  # noqa: ARG001  a leg's signature
    """Ask the ERP what would stop the document there, and look for the order of ours that it answers."""
    profile = station.partner(document)
    canonical = canonical_of(document, station)
    named = order_numbers(canonical)
    orders = find_orders(document.partner, Direction.OUT, named, station)
    missing = [n for n in named if n not in orders]
    if missing:
        return _no_order(document, profile, missing)
    found = station.connector(profile).check(posting_of(document, canonical, profile))
    refusal = next((f for f in found if f.refuses), None)
    with station.database.read() as connection:
        earlier = documents.findings_of(connection, document.id)
    wire = tuple(f for f in earlier if not f.code.startswith("ERP-"))
    changes: dict[str, Any] = {"answers_id": next(iter(orders.values()))[0].id} if orders else {}
    what = f"{document.kind.label.capitalize()} {document.number} from {profile.name}"
    if refusal is not None:
        more = sum(f.refuses for f in found) - 1
        sentence = (
            f"{what} cannot be booked: {refusal.sentence}"
            + (f" ({more} more problems.)" if more else "")
            + " Then retry."
        )
        return Outcome(Event.PARKED, sentence, refusal.code, changes=changes, findings=wire + found)
    warned = "".join(f" {f.sentence}" for f in found if f.severity is Severity.WARNING)
    return Outcome(Event.CHECKED, f"{what} can be booked.{warned}", changes=changes, findings=wire + found)


def check_against_order(document: Document, station: Station, claim: Claim) -> Outcome:  # noqa: ARG001  a leg's signature
    """Find the order an outgoing answer belongs to and complete the answer with the buyer's own words."""
    profile = station.partner(document)
    canonical = canonical_of(document, station)
    named = order_numbers(canonical)
    orders = find_orders(document.partner, Direction.IN, named, station)
    missing = [n for n in named if n not in orders]
    if missing:
        return _no_order(document, profile, missing)
    done, found = complete(canonical, {number: order for number, (_, order) in orders.items()})
    numbers = business_numbers(done)

    def also(connection: Connection) -> Mapping[str, Any]:
        documents.set_content(
            connection, document.id, canonical=done.model_dump_json(), canonical_sha256=content_sha256(done)
        )
        documents.add_references(connection, document.id, numbers.references)
        return {}

    sentence = f"{document.kind.label.capitalize()} {document.number} for {profile.name} fits order {', '.join(named)}."
    if not named:
        sentence = f"{document.kind.label.capitalize()} {document.number} for {profile.name} is ready."
    if found:
        sentence = f"{document.kind.label.capitalize()} {document.number} for {profile.name}: {found[0].sentence}"
    return Outcome(
        Event.CHECKED,
        sentence,
        changes={
            "answers_id": next(iter(orders.values()))[0].id if orders else None,
            "validation": Validation.WARNINGS if found else Validation.VALID,
        },
        findings=found,
        also=also,
    )


def canonical_of(document: Document, station: Station) -> BusinessDocument:
    """Return the canonical form that was stored for a document."""
    with station.database.read() as connection:
        return parse_canonical(document.kind, documents.content(connection, document.id)["canonical"])


def posting_of(document: Document, canonical: BusinessDocument, profile: PartnerProfile) -> Posting:
    """Return what is handed to the connector; the key is the document's own for ever."""
    return Posting(canonical, profile.account, f"gw-{document.id}")


def find_orders(
    partner: str, direction: Direction, order_numbers: tuple[str, ...], station: Station
) -> dict[str, tuple[Document, PurchaseOrder]]:
    """Return the purchase orders with these numbers that are in force, newest change last."""
    found: dict[str, tuple[Document, PurchaseOrder]] = {}
    with station.database.read() as connection:
        for number in order_numbers:
            candidates = documents.find(
                connection,
                table.c.partner == partner,
                table.c.order_number == number,
                table.c.kind == Kind.PURCHASE_ORDER,
                table.c.direction == direction,
                table.c.state.not_in([State.DUPLICATE, State.CANCELLED, State.REFUSED, State.READ]),
                table.c.id.in_(_WITH_CANONICAL),
            )
            # An order that is parked over a conflict is not the one in force while another one is.
            candidates.sort(key=lambda d: (d.state is not State.PARKED, d.id))
            if candidates:
                content = documents.content(connection, candidates[-1].id)["canonical"]
                order = PurchaseOrder.model_validate_json(content)
                found[number] = (candidates[-1], order)
    return found


_WITH_CANONICAL = contents.select().with_only_columns(contents.c.document_id).where(contents.c.canonical.is_not(None))


def _no_order(document: Document, profile: PartnerProfile, missing: list[str]) -> Outcome:
    sentence = (
        f"{document.kind.label.capitalize()} {document.number} names order {', '.join(missing)}, and there is no such order "
        f"{'to' if document.direction is Direction.IN else 'from'} {profile.name}. Find out which order is meant, then retry."
    )
    return Outcome(Event.PARKED, sentence, "GW-3108", facts={"orders": ", ".join(missing)})
