"""Cross references in the journey: look up what a document names, and park it over what the tables have to know and do not.

A document that waits for an entry says so in `cross_reference_waits`, in the commit that parks it; whoever sets the entry finds it there
(`gateway.steps.table_changes`). Between our look and our commit the entry may have been set: the commit looks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.process.cross_references import (
    CrossReferenced,
    Entries,
    Need,
    Words,
    cross_referenced,
    needs,
    words_of,
)
from gateway.profiles import CrossReferenceTable, PartnerProfile
from gateway.states import Direction, Event
from gateway.steps.station import Station
from gateway.store import cross_references
from gateway.store.cross_references import Entry, Wait, same_values
from gateway.store.documents import Document
from gateway.store.engine import LostRace, Transaction
from gateway.store.moves import Outcome
from translators.canonical.document import BusinessDocument
from translators.findings import Finding, Severity

SHOWN = 3  # entries that a sentence names; the findings have all of them
FACTS = 20
_OURS = {CrossReferenceTable.LOCATION: "OUR-PLACE", CrossReferenceTable.CARRIER: "OUR-CARRIER"}


def ours_named(table: CrossReferenceTable) -> str:
    """Return what stands for our word in a command that sets an entry: "OUR-ITEM"."""
    return _OURS.get(table, f"OUR-{table.upper()}")


def theirs_named(table: CrossReferenceTable) -> str:
    """Return what stands for the partner's word in a command that sets an entry: "THEIR-ITEM"."""
    return f"THEIR-{table.upper()}"


def exchange(
    document: Document, canonical: BusinessDocument, profile: PartnerProfile, station: Station
) -> CrossReferenced:
    """Return a document in the other side's words: coming in, in ours; going out, in the partner's."""
    with station.database.read() as connection:
        if not required(document, profile) and not cross_references.has_any(connection):
            return CrossReferenced(canonical)
        words = words_of(profile, document.direction)
        found = entries_for(connection, profile.id, words, needs(canonical, words))
    return cross_referenced(canonical, words, Entries(found, profile.id))


def entries_for(connection: Transaction, partner: str, words: Words, wanted: Iterable[Need]) -> list[Entry]:
    """Return the entries that may meet needs."""
    values: dict[CrossReferenceTable, dict[str, None]] = {}
    for need in wanted:
        for key in need.keys:
            values.setdefault(need.table, {}).update(dict.fromkeys(same_values(key.scheme, key.value)))
    look = cross_references.by_theirs if words.direction is Direction.IN else cross_references.by_ours
    return [entry for table, named in values.items() for entry in look(connection, partner, table, list(named))]


def required(document: Document, profile: PartnerProfile) -> frozenset[CrossReferenceTable]:
    """Return the tables that have to know everything in a document."""
    agreed = [a for a in profile.agreements if (a.document, a.direction) == (document.kind, document.direction)]
    by_its_map = next((a for a in agreed if a.map == document.map_name), None)
    return frozenset((by_its_map or agreed[0]).required_tables if agreed else ())


def unsettled(
    document: Document, profile: PartnerProfile, found: CrossReferenced, missing: Iterable[Need]
) -> Outcome | None:
    """Return the outcome that parks a document over its cross references, None when it can go on.

    Args:
        missing: what no entry was found for, and none of the document's own words helps.
    """
    asked = required(document, profile)
    lacking = _grouped(need for need in missing if need.table in asked)
    words = words_of(profile, document.direction)
    if found.conflicts:
        return _parked("GW-3112", document, profile, _grouped(found.conflicts), words, _contradicted)
    return _parked("GW-3111", document, profile, lacking, words, _lacking) if lacking else None


def facts_of(found: CrossReferenced) -> dict[str, str]:
    """Return what was put into other words, for the timeline."""
    said = [f"{table} {before} → {after}" for table, before, after in found.changed[:FACTS]]
    return {"cross_references": "; ".join(said)} if said else {}


def _grouped(lacking: Iterable[Need]) -> dict[Need, list[str]]:
    """Return each need once, with the places where it stands."""
    first: dict[tuple[object, ...], Need] = {}
    places: dict[Need, list[str]] = {}
    for need in lacking:
        one = first.setdefault((need.table, need.keys), need)
        places.setdefault(one, []).append(need.where)
    return places


def _parked(
    code: str,
    document: Document,
    profile: PartnerProfile,
    lacking: Mapping[Need, list[str]],
    words: Words,
    spoken: Any,
) -> Outcome:
    said = [spoken(need, places, profile, words) for need, places in lacking.items()]
    more = f" And {len(said) - SHOWN} more; the findings have all of them." if len(said) > SHOWN else ""
    what = f"{document.kind.heading} {document.number} {_WAYS[document.direction]} {profile.name}"
    sentence = f"{what} waits for the cross references: {' '.join(said[:SHOWN])}{more} It goes on by itself then."
    waits = [
        Wait(number, need.table, document.direction, key.scheme, key.value)
        for number, need in enumerate(lacking)
        for key in need.keys
    ]
    is_lack = code == "GW-3111"

    def also(connection: Transaction) -> Mapping[str, Any]:
        cross_references.take_turn(connection)
        now = Entries(entries_for(connection, profile.id, words, lacking), profile.id)
        least = 1 if is_lack else 2  # how many answers a need may not have, or has to have, to be parked over
        answers = [{e.ours for k in n.keys if (e := now.find(n.table, k, words.direction))} for n in lacking]
        if any((len(one) >= least) is is_lack for one in answers):
            raise LostRace("the tables were changed while the document was parked over them")
        cross_references.wait_for(connection, document.id, profile.id, waits)
        return {}

    findings = tuple(
        Finding("XREF-MISSING" if is_lack else "XREF-CONFLICT", one, Severity.ERROR, value=need.keys[0].value)
        for one, need in zip(said, lacking, strict=True)
    )
    tables = ", ".join(dict.fromkeys(need.table for need in lacking))
    facts = {"tables": tables, "value": next(iter(lacking)).keys[0].value}
    return Outcome(Event.PARKED, sentence, code, facts=facts, findings=findings, also=also)


def _lacking(need: Need, places: list[str], profile: PartnerProfile, words: Words) -> str:
    """Say which entry is missing, and the command that sets it."""
    key = need.keys[0]
    if words.direction is Direction.IN:
        scheme = "" if key.scheme in ("", words.theirs) else f" --scheme {key.scheme}"
        ours = ours_named(need.table)
        command = f"gateway tables set {need.table} --partner {profile.id}{scheme} {quoted(key.value)} {ours}"
    else:
        command = (
            f"gateway tables set {need.table} --partner {profile.id} {theirs_named(need.table)} {quoted(key.value)}"
        )
    return f"table {need.table} has no entry for {_spoken(need)} ({_places(places)}); say `{command}`."


def _contradicted(need: Need, places: list[str], profile: PartnerProfile, words: Words) -> str:  # noqa: ARG001  as the other
    return (
        f"table {need.table} says different things about {_spoken(need)} ({_places(places)}), and all of them name one item; correct "
        f"the one that is wrong with `gateway tables set` or `remove`."
    )


def _spoken(need: Need) -> str:
    return " / ".join(f"{k.value} ({k.scheme})" if k.scheme else k.value for k in need.keys)


def _places(places: list[str]) -> str:
    named = [place for place in dict.fromkeys(places) if place]
    if not named:
        return "the document"
    return ", ".join(named[:SHOWN]) + (f" and {len(named) - SHOWN} more" if len(named) > SHOWN else "")


def quoted(value: str) -> str:
    """Return a value as it is typed in a shell."""
    plain = value.replace("-", "").replace(".", "").replace("_", "")
    return (
        value
        if plain.isalnum() and plain.isascii() and not value.startswith("-")
        else "'" + value.replace("'", "'\\''") + "'"
    )


_WAYS = {Direction.IN: "from", Direction.OUT: "for"}
