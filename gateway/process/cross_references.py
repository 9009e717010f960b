"""Put a partner's words into ours and ours into theirs: items, places, units, terms, carriers, by the cross references.

Pure: the entries are handed in. In three moves: `needs` says what a document would have looked up, the caller finds entries for that,
and `cross_referenced` gives the document in the other side's words, with what stayed unknown. A value that is in the right words
already needs no entry; the document that came in is left as it is, so nothing that was received is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from gateway.profiles import CrossReferenceTable, PartnerProfile
from gateway.states import Direction
from gateway.store.cross_references import Entry, same_values
from translators.canonical import Identifier, Item, Party, PaymentTerms, PurchaseOrder, Quantity
from translators.canonical.document import BusinessDocument

# Weights and volumes are measured in standard units by everybody; what a document is about is counted in the partner's.
_PASSED_OVER = frozenset({"extensions", "source", "references", "contacts", "gross_weight", "volume"})


@dataclass(frozen=True, slots=True)
class Key:
    """One value to look up."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Need:
    """Something that is looked up by any of its keys, the best first.

    Args:
        where: for people: "line 3", "ship-to".
        is_known: whether it can do without an entry: it is in the right words already.
    """

    table: CrossReferenceTable
    keys: tuple[Key, ...]
    where: str
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Which way the words go, and whose numbers go by which scheme.

    Args:
        ours: the scheme of our own numbers: "seller" where we sell, "buyer" where we buy.
        theirs: the scheme of the partner's.
    """

    direction: Direction
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class CrossReferenced:
    """A document in the other side's words.

    Args:
        missing: what no entry was found for.
        conflicts: what two entries say different things about.
        changed: (table, value before, value now), each once.
    """

    document: BusinessDocument
    missing: tuple[Need, ...] = ()
    conflicts: tuple[Need, ...] = ()
    changed: tuple[tuple[CrossReferenceTable, str, str], ...] = ()


def words_of(profile: PartnerProfile, direction: Direction) -> Words:
    """Return how words go between us and a partner: a customer is the buyer, with a supplier we are."""
    ours, theirs = ("seller", "buyer") if profile.role == "customer" else ("buyer", "seller")
    return Words(direction, ours, theirs)


def needs(document: BusinessDocument, words: Words) -> tuple[Need, ...]:
    """Return everything in a document that the tables may know, each once."""
    noted: dict[Need, None] = {}

    def note(need: Need) -> None:
        noted[need] = None

    _Walk(words, note).document(document)
    return tuple(noted)


class Entries:
    """The entries that were found for a document; the partner's own before those for all, those of a scheme before any."""

    def __init__(self, found: Iterable[Entry], partner: str) -> None:
        self._partner = partner
        self._theirs: dict[tuple[str, str, str], Entry] = {}
        self._ours: dict[tuple[str, str], Entry] = {}
        for entry in sorted(found, key=lambda e: e.partner != partner):  # what was set first stays in front
            for value in same_values(entry.scheme, entry.theirs):
                self._theirs.setdefault((entry.table, entry.scheme, value), entry)
            self._ours.setdefault((entry.table, entry.ours), entry)

    def find(self, table: CrossReferenceTable, key: Key, direction: Direction) -> Entry | None:
        """Return the entry for a value: the partner's, or going out, ours."""
        if direction is Direction.OUT:
            return self._ours.get((table, key.value))
        values = same_values(key.scheme, key.value)
        tried = (self._theirs.get((table, scheme, value)) for scheme in (key.scheme, "") for value in values)
        found = [entry for entry in tried if entry is not None]
        return min(found, key=lambda e: (e.partner != self._partner, not e.scheme), default=None)


def cross_referenced(document: BusinessDocument, words: Words, entries: Entries) -> CrossReferenced:
    """Return a document in the other side's words, and what is not known or not certain."""
    exchange = _Exchange(words, entries)
    walk = _Walk(words, exchange.note, exchange.entry, exchange.change)
    done = walk.document(document)
    return CrossReferenced(done, tuple(exchange.missing), tuple(exchange.conflicts), tuple(exchange.changed))


def lacking_theirs(document: BusinessDocument, words: Words) -> tuple[Need, ...]:
    """Return the items of an outgoing document that have no number of the partner's."""
    return tuple(n for n in needs(document, words) if n.table is CrossReferenceTable.ITEM and not n.is_known)


def with_our_numbers(order: PurchaseOrder, in_our_words: PurchaseOrder) -> PurchaseOrder:
    """Return an order in the partner's words, with our item numbers beside theirs, so that an answer's items are found in it."""
    lines = []
    for theirs, ours in zip(order.lines, in_our_words.lines, strict=True):
        schemes = {i.scheme for i in theirs.item.identifiers}
        added = tuple(i for i in ours.item.identifiers if i.scheme not in schemes)
        item = theirs.item.model_copy(update={"identifiers": theirs.item.identifiers + added})
        lines.append(theirs.model_copy(update={"item": item}))
    return order.model_copy(update={"lines": tuple(lines)})


@dataclass(slots=True)
class _Exchange:
    """Finds entries for needs, and notes what came of it."""

    words: Words
    entries: Entries
    missing: dict[Need, None] = field(default_factory=dict)
    conflicts: dict[Need, None] = field(default_factory=dict)
    changed: dict[tuple[CrossReferenceTable, str, str], None] = field(default_factory=dict)

    def note(self, need: Need) -> None:
        """Note a need that nothing is known about, or more than one thing."""
        found = self._found(need)
        if len({e.ours for e in found}) > 1 and self.words.direction is Direction.IN:
            self.conflicts[need] = None
        if not found and not need.is_known:
            self.missing[need] = None

    def entry(self, need: Need) -> Entry | None:
        """Return the entry to go by."""
        found = self._found(need)
        return found[0] if found else None

    def change(self, table: CrossReferenceTable, entry: Entry, way: Direction) -> None:
        """Note that an entry changed something."""
        pair = (entry.theirs, entry.ours) if way is Direction.IN else (entry.ours, entry.theirs)
        self.changed[table, *pair] = None

    def _found(self, need: Need) -> list[Entry]:
        found = (self.entries.find(need.table, key, self.words.direction) for key in need.keys)
        return [entry for entry in found if entry is not None]


@dataclass(slots=True)
class _Walk:
    """Goes through a document and puts what has an entry into other words.

    Args:
        note: is told of each need.
        entry: gives the entry for a need, None where there is none.
        changed: is told of each entry that changed something.
    """

    words: Words
    note: Callable[[Need], None]
    entry: Callable[[Need], Entry | None] = lambda _need: None
    changed: Callable[[CrossReferenceTable, Entry, Direction], None] = lambda _table, _entry, _way: None

    def document(self, document: BusinessDocument) -> BusinessDocument:
        done: BusinessDocument = self._fields(document, "")
        return done

    def _fields(self, model: Any, where: str) -> Any:
        changes = {}
        for name in type(model).model_fields:
            if name in _PASSED_OVER:
                continue
            before = getattr(model, name)
            after = self.carrier(before, where) if name == "carrier" and before else self._value(before, name, where)
            if after is not before:
                changes[name] = after
        return model.model_copy(update=changes) if changes else model

    def _value(self, value: Any, name: str, where: str) -> Any:
        if isinstance(value, tuple):
            after = tuple(self._value(v, name, _place(v, name, n, where)) for n, v in enumerate(value, 1))
            return value if all(a is b for a, b in zip(after, value, strict=True)) else after
        if not isinstance(value, BaseModel):
            return value
        own = _OWN.get(type(value))
        return self._fields(value, where) if own is None else own(self, value, where)

    def _looked_up(self, need: Need) -> Entry | None:
        self.note(need)
        return self.entry(need)

    def item(self, item: Item, where: str) -> Item:
        words = self.words
        keys, is_known = self._numbers_of(item)
        entry = self._looked_up(Need(CrossReferenceTable.ITEM, keys, where, is_known)) if keys else None
        if entry is None:
            return item
        if words.direction is Direction.IN:
            named = Identifier(scheme=words.ours, value=entry.ours)
        else:
            named = Identifier(scheme=entry.scheme or words.theirs, value=entry.theirs)
            if named.scheme != words.ours and any(i.scheme == named.scheme for i in item.identifiers):
                return item  # it has one of theirs already, and that is the one they used
        if named in item.identifiers:
            return item
        self.changed(CrossReferenceTable.ITEM, entry, words.direction)
        rest = tuple(i for i in item.identifiers if i.scheme != named.scheme)
        return item.model_copy(update={"identifiers": (named, *rest)})

    def _numbers_of(self, item: Item) -> tuple[tuple[Key, ...], bool]:
        """Return by which numbers an item is looked up, the best first, and whether it has one that needs no looking up."""
        words = self.words
        is_out = words.direction is Direction.OUT
        is_known = any(i.scheme == (words.theirs if is_out else words.ours) for i in item.identifiers)
        if is_out:
            own = [i for i in item.identifiers if i.scheme == words.ours]
            ordered = own or ([] if is_known else list(item.identifiers))
        else:
            rank = {words.theirs: 0, "gtin": 1, words.ours: 3}
            ordered = sorted(item.identifiers, key=lambda i: rank.get(i.scheme, 2))
        return tuple(Key(i.scheme, i.value) for i in ordered), is_known

    def party(self, party: Party, where: str) -> Party:
        named = party.identifier
        words = self.words
        if named is None or (named.scheme == words.ours) is (words.direction is Direction.IN):
            return party
        key = Key(named.scheme, named.value)
        spoken = f"{where}, {party.role}" if where else party.role
        need = Need(CrossReferenceTable.LOCATION, (key,), spoken, party.role != "ship-to")
        entry = self._looked_up(need)
        if entry is None:
            return party
        self.changed(CrossReferenceTable.LOCATION, entry, words.direction)
        return party.model_copy(update={"identifier": self._identifier(entry, words.theirs)})

    def quantity(self, quantity: Quantity, where: str) -> Quantity:
        scheme, _, code = quantity.unit.rpartition(":")
        entry = self._looked_up(Need(CrossReferenceTable.UNIT, (Key(scheme, code),), where))
        if entry is None:
            return quantity
        theirs = f"{entry.scheme}:{entry.theirs}" if entry.scheme else entry.theirs
        unit = entry.ours if self.words.direction is Direction.IN else theirs
        if unit == quantity.unit:
            return quantity
        self.changed(CrossReferenceTable.UNIT, entry, self.words.direction)
        return quantity.model_copy(update={"unit": unit})

    def terms(self, terms: PaymentTerms, where: str) -> PaymentTerms:
        is_in = self.words.direction is Direction.IN
        spoken = (terms.type_code, terms.description)
        values = (spoken_terms(terms), terms.description, terms.type_code) if is_in else spoken
        keys = tuple(Key("", value) for value in values if value)
        entry = self._looked_up(Need(CrossReferenceTable.TERMS, keys, where)) if keys else None
        if entry is None:
            return terms
        self.changed(CrossReferenceTable.TERMS, entry, self.words.direction)
        if is_in:
            return terms.model_copy(update={"type_code": entry.ours})
        name = "type_code" if terms.type_code == entry.ours else "description"
        return terms.model_copy(update={name: entry.theirs})

    def carrier(self, carrier: Any, where: str) -> Any:
        named = Identifier(scheme="", value=carrier) if isinstance(carrier, str) else carrier
        entry = self._looked_up(Need(CrossReferenceTable.CARRIER, (Key(named.scheme, named.value),), where))
        after = named if entry is None else self._identifier(entry, named.scheme)
        if entry is None or after.value == named.value:
            return carrier
        self.changed(CrossReferenceTable.CARRIER, entry, self.words.direction)
        return after.value if isinstance(carrier, str) else after

    def _identifier(self, entry: Entry, scheme: str) -> Identifier:
        if self.words.direction is Direction.IN:
            return Identifier(scheme=self.words.ours, value=entry.ours)
        return Identifier(scheme=entry.scheme or scheme, value=entry.theirs)


# What is looked up as a whole; everything else is gone through field by field.
_OWN: dict[type[BaseModel], Callable[[_Walk, Any, str], Any]] = {
    Item: _Walk.item,
    Party: _Walk.party,
    Quantity: _Walk.quantity,
    PaymentTerms: _Walk.terms,
}


def spoken_terms(terms: PaymentTerms) -> str:
    """Return payment terms as people say them: "2/10 N30", "N60"; "" where no number says any."""
    discount = ""
    if terms.discount_percent is not None and terms.discount_days is not None:
        discount = f"{terms.discount_percent.normalize():f}/{terms.discount_days} "
    net = "" if terms.net_days is None else f"N{terms.net_days}"
    return (discount + net).strip()


def _place(value: Any, name: str, number: int, where: str) -> str:
    if name == "lines":
        return f"line {getattr(value, 'line_id', '') or number}"
    return where
