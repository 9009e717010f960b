"""What a map has no rule for: told when a document that says it is written, so that nothing leaves saying less than it did, in silence.

Most of it can be missing (a contact, a second reference) and is noted; what changes the meaning of what is sent refuses (`SCALES`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from translators.canonical.document import BusinessDocument
from translators.findings import Finding, Position, Severity
from translators.mapping.rules import Block, ListRule, ObjectRule, QualifiedRule, Rule, ValueRule

Omitted = tuple[str, object]  # where in the document, and what it says there
LISTED = 12  # places that one note names; a document that says much where a format has little room fills no page

# Price bases that say for how many units a price is (X12 element 639): without them the price is another.
SCALES = {"HP": "a hundred", "TP": "a thousand"}

_ITS_OWN = frozenset(BusinessDocument.model_fields) | {"document_type"}  # about the document, not in it
# What follows from other fields: the amount of a line from quantity and price, what is taxed from amount and rate.
_FOLLOWS = frozenset({"amount", "taxable", "extensions"})


@dataclass(frozen=True, slots=True)
class _Watched:
    """The fields of one model that no rule writes, with what they are when nothing was said, and the objects that rules do write."""

    unwritten: tuple[tuple[str, object], ...]
    inner: tuple[tuple[str, _Watched], ...]


def omissions(name: str, omitted: Iterator[Omitted]) -> Iterator[Finding]:
    """Yield what is told of fields that a document uses and the map `name` has no place for."""
    places: dict[str, None] = {}
    for at, said in omitted:
        field = at.rpartition("/")[2]
        if field == "price_basis" and said in SCALES:
            sentence = f"{at}: the price is for {SCALES[str(said)]}, which {name} cannot say. Send a price for one, or mend the map."
            yield Finding(
                "MAP-PRICE-BASIS", sentence, Severity.ERROR, position=Position(segment_id=at), value=str(said)
            )
        else:
            places["/".join(step for step in at.split("/") if not step.isdigit())] = None
    if places:
        more = len(places) - LISTED
        listed = ", ".join(list(places)[:LISTED]) + (f" and {more} more" if more > 0 else "")
        yield Finding("MAP-LEFT-OUT", f"{name} has no place for {listed}: not sent.", Severity.NOTE)


def omitted_by(block: Block, *, is_hierarchy: bool) -> Callable[[BusinessDocument], Iterator[Omitted]]:
    """Return a function that yields what a document says in fields for which the map has no rule.

    Args:
        is_hierarchy: the objects of the document may stand at any level: only its own fields are looked at.
    """
    watched = _watched((block,), _ITS_OWN | _FOLLOWS)
    if is_hierarchy:
        watched = _Watched(watched.unwritten, ())
    return lambda document: _omitted(document, watched, "")


def _watched(blocks: tuple[Block, ...], passed_over: frozenset[str]) -> _Watched:
    """Return what to look at in objects that any of `blocks` writes: several sources of one list share their fields."""
    model = blocks[0].model
    inner: dict[str, list[Block]] = {}
    unclear: set[str] = set()
    written = set(passed_over)
    for block in blocks:
        for rule in block.rules:
            name, _, rest = rule.name.partition(".")
            written |= {name, *_further(rule)}
            if isinstance(rule, ObjectRule) and not rest:
                inner.setdefault(name, []).append(rule.block)
            elif isinstance(rule, ListRule):
                # What is unpacked, or nested in itself, has its fields in more places than one block says.
                if rest or rule.nested or rule.unpack is not None:
                    unclear.add(name)
                inner.setdefault(name, []).append(rule.block)
    empty = {name: _empty(model, name) for name in model.model_fields if name not in written}
    return _Watched(
        tuple(empty.items()),
        tuple((name, _watched(tuple(found), _FOLLOWS)) for name, found in inner.items() if name not in unclear),
    )


def _further(rule: Rule) -> set[str]:
    """Return the fields that a rule writes besides the one it is named for."""
    if isinstance(rule, QualifiedRule):
        return set(rule.fields.values())
    return {rule.exact} if isinstance(rule, ValueRule) and rule.exact else set()


def _empty(model: type[BaseModel], name: str) -> object:
    field = model.model_fields[name]
    return None if field.is_required() else field.get_default(call_default_factory=True)


def _omitted(value: BaseModel, watched: _Watched, at: str) -> Iterator[Omitted]:
    for name, empty in watched.unwritten:
        said = getattr(value, name)
        if said != empty and said is not None:
            yield at + name, said
    for name, deeper in watched.inner:
        if not deeper.unwritten and not deeper.inner:
            continue
        within = getattr(value, name)
        if isinstance(within, tuple):
            for index, item in enumerate(within):
                yield from _omitted(item, deeper, f"{at}{name}/{index}/")
        elif within is not None:
            yield from _omitted(within, deeper, f"{at}{name}/")
