"""Check: what came in against the ERP and the order it belongs to; what goes out against the order it answers.

Here a document changes its words, by the cross references: coming in it gets our numbers before the ERP sees it, going out it gets the
partner's. `canonical` is what was exchanged with the partner, `in_our_words` what is exchanged with the ERP, where they differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.ports import Posting
from gateway.process.answers import complete, order_numbers
from gateway.process.business_numbers import business_numbers, content_sha256
from gateway.process.cross_references import lacking_theirs, with_our_numbers, words_of
from gateway.profiles import CrossReferenceTable, PartnerProfile
from gateway.states import Direction, Event, Validation
from gateway.steps.cross_referencing import exchange, facts_of, unsettled
from gateway.steps.station import Station
from gateway.store import documents, lookups
from gateway.store.documents import Document
from gateway.store.engine import Transaction
from gateway.store.jobs import Claim
from gateway.store.moves import Outcome
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
    exchanged = exchange(document, canonical, profile, station)
    with station.database.read() as connection:
        earlier = documents.findings_of(connection, document.id)
    wire = tuple(f for f in earlier if not f.code.startswith(("ERP-", "XREF-")))
    unknown = unsettled(document, profile, exchanged, exchanged.missing)
    if unknown is not None:
        return replace(unknown, findings=wire + (unknown.findings or ()))
    found = station.connector(profile).check(posting_of(document, exchanged.document, profile))
    refusal = next((f for f in found if f.refuses), None)
    changes: dict[str, Any] = {"answers_id": next(iter(orders.values()))[0].id} if orders else {}
    what = f"{document.kind.heading} {document.number} from {profile.name}"
    if refusal is not None:
        more = sum(f.refuses for f in found) - 1
        sentence = f"{what} cannot be booked: {refusal.sentence}" + (
            f" ({more} more problem{'s' if more > 1 else ''}.)" if more else ""
        )
        return Outcome(Event.PARKED, sentence, refusal.code, changes=changes, findings=wire + found)
    warned = "".join(f" {f.sentence}" for f in found if f.severity is Severity.WARNING)
    ours = exchanged.document.model_dump_json() if exchanged.changed else None

    def also(connection: Transaction) -> Mapping[str, Any]:
        documents.set_content(connection, document.id, in_our_words=ours)
        return {}

    return Outcome(
        Event.CHECKED,
        f"{what} can be booked.{warned}",
        facts=facts_of(exchanged),
        changes=changes,
        findings=wire + found,
        also=also if ours is not None else None,
    )


def check_against_order(document: Document, station: Station, claim: Claim) -> Outcome:  # noqa: ARG001  a leg's signature
    """Find the order an outgoing answer belongs to and complete the answer with the buyer's own words."""
    profile = station.partner(document)
    if document.kind in profile.not_wanted:
        sentence = f"{profile.name} does not want {document.kind.with_article} from us; nothing was sent."
        return Outcome(Event.NOT_WANTED, sentence, facts={"profile": f"partners/{profile.id}.toml"})
    canonical = canonical_of(document, station)
    named = order_numbers(canonical)
    orders = find_orders(document.partner, Direction.IN, named, station)
    missing = [n for n in named if n not in orders]
    if missing:
        return _no_order(document, profile, missing)
    exchanged = exchange(document, canonical, profile, station)
    done, found = complete(exchanged.document, {number: order for number, (_, order) in orders.items()})
    lacking = lacking_theirs(done, words_of(profile, Direction.OUT))
    others = tuple(need for need in exchanged.missing if need.table is not CrossReferenceTable.ITEM)
    unknown = unsettled(document, profile, exchanged, lacking + others)
    if unknown is not None:
        return unknown
    done = done.model_copy(update={"partner": document.partner})  # it may have been unknown when it was collected
    numbers = business_numbers(done)

    def also(connection: Transaction) -> Mapping[str, Any]:
        documents.set_content(
            connection,
            document.id,
            canonical=done.model_dump_json(),
            canonical_sha256=content_sha256(done),
            **({"in_our_words": canonical.model_dump_json()} if exchanged.changed else {}),
        )
        documents.add_references(connection, document.id, numbers.references)
        return {}

    sentence = f"{document.kind.heading} {document.number} for {profile.name} fits order {', '.join(named)}."
    if not named:
        sentence = f"{document.kind.heading} {document.number} for {profile.name} is ready."
    if found:
        sentence = f"{document.kind.heading} {document.number} for {profile.name}: {found[0].sentence}"
    return Outcome(
        Event.CHECKED,
        sentence,
        facts=facts_of(exchanged),
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


def in_our_words(document: Document, station: Station) -> BusinessDocument:
    """Return what the ERP is to see of a document that came in: with our numbers, where cross references gave it some."""
    with station.database.read() as connection:
        content = documents.content(connection, document.id)
    return parse_canonical(document.kind, content["in_our_words"] or content["canonical"])


def posting_of(document: Document, canonical: BusinessDocument, profile: PartnerProfile) -> Posting:
    """Return what is handed to the connector."""
    return Posting(canonical, profile.account, posting_key(document))


def posting_key(document: Document) -> str:
    """Return the key a document is booked under: its own for ever, and that of everything made again from it."""
    return f"gw-{document.origin_id or document.id}"


def find_orders(
    partner: str, direction: Direction, order_numbers: tuple[str, ...], station: Station
) -> dict[str, tuple[Document, PurchaseOrder]]:
    """Return the purchase orders in force with these numbers."""
    found: dict[str, tuple[Document, PurchaseOrder]] = {}
    with station.database.read() as connection:
        for number in order_numbers:
            order = lookups.order_in_force(connection, partner, direction, number)
            if order is not None:
                content = documents.content(connection, order.id)
                theirs = PurchaseOrder.model_validate_json(content["canonical"])
                if direction is Direction.IN and content["in_our_words"]:
                    ours = PurchaseOrder.model_validate_json(content["in_our_words"])
                    theirs = with_our_numbers(theirs, ours)
                found[number] = (order, theirs)
    return found


def _no_order(document: Document, profile: PartnerProfile, missing: list[str]) -> Outcome:
    sentence = (
        f"{document.kind.heading} {document.number} names order {', '.join(missing)}, and there is no such order "
        f"{'to' if document.direction is Direction.IN else 'from'} {profile.name}. Find out which order is meant, then retry."
    )
    return Outcome(Event.PARKED, sentence, "GW-3108", facts={"orders": ", ".join(missing)})
