"""Everything wrong with a partner's guide at once, each with its place; for the check of a profile.

See `guide` for what a guide can say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from translators.x12.definitions import LoopUse, ReleaseDefinition, SegmentDefinition
from translators.x12.guide import QUALIFIER, USES, Rules, element_at

_RULE_FIELDS = ("use", "least", "most", "page", "elements")
_ELEMENT_FIELDS = ("use", "codes", "shortest", "longest")
_BRACKETS = re.compile(r"\[[^][]*\]")


def complaints_of(root: LoopUse, release: ReleaseDefinition, rules: Rules) -> Iterator[str]:
    """Yield what is wrong with the rules of one set, in words, each with the place it is about."""
    places = dict(_places(root, ""))
    for path, rule in rules.items():
        plain = QUALIFIER.sub("", path)
        if plain not in places:
            if "[" in plain:
                yield f"{path!r}: a qualifier reads [01=DP]: the element that holds it, and the value."
                continue
            near = get_close_matches(plain, places, 1)
            yield f"{path!r}: there is no such place in the set" + (f"; did you mean {near[0]!r}?" if near else ".")
            continue
        if not isinstance(rule, Mapping):
            yield f"{path!r}: a rule is a table of {', '.join(_RULE_FIELDS)}."
            continue
        yield from _qualifier_complaints(path, release)
        yield from _rule_complaints(path, rule)
        definition = release.segment(places[plain]) if places[plain] else None
        yield from _element_complaints(path, rule, definition)


def _rule_complaints(path: str, rule: Rules) -> Iterator[str]:
    yield from (
        f"{path!r}: there is no rule {f!r}; there are {', '.join(_RULE_FIELDS)}." for f in rule if f not in _RULE_FIELDS
    )
    yield from (
        f"{path!r}: {f} is {rule[f]!r}; it is a number, 0 or more."
        for f in ("least", "most")
        if f in rule and (not isinstance(rule[f], int) or rule[f] < 0)
    )
    yield from _use_complaints(path, rule)


def _element_complaints(path: str, rule: Rules, definition: SegmentDefinition | None) -> Iterator[str]:
    elements = rule.get("elements", {})
    if elements and definition is None:
        yield f"{path!r}: a loop has no elements; name its segment."
        return
    for place, narrowed in elements.items():
        if definition is None or element_at(list(definition.elements), place) is None:
            yield f"{path!r}: element {place!r} is not in {definition.id if definition else path}."
        elif not isinstance(narrowed, Mapping):
            yield f"{path!r}: element {place!r}: a rule is a table of {', '.join(_ELEMENT_FIELDS)}."
        else:
            name = f"{path}{place}"
            yield from (f"{name!r}: there is no rule {f!r}." for f in narrowed if f not in _ELEMENT_FIELDS)
            yield from _use_complaints(name, narrowed)


def _qualifier_complaints(path: str, release: ReleaseDefinition) -> Iterator[str]:
    """Yield the qualifiers of elements that the segment before the bracket does not have."""
    for found in QUALIFIER.finditer(path):
        segment_id = _BRACKETS.sub("", path[: found.start()]).rpartition("/")[2]
        definition = release.segment(segment_id)
        if definition is not None and not 1 <= int(found[1]) <= len(definition.elements):
            yield f"{path!r}: {segment_id} has no element {found[1]}."


def _use_complaints(path: str, rule: Rules) -> Iterator[str]:
    if "use" in rule and rule["use"] not in USES:
        yield f"{path!r}: use is {rule['use']!r}; it can be {', '.join(USES)}."


def _places(loop: LoopUse, path: str) -> Iterator[tuple[str, str]]:
    for item in loop.items:
        if isinstance(item, LoopUse):
            yield f"{path}{item.name}/", ""
            yield from _places(item, f"{path}{item.name}/")
        else:
            yield f"{path}{item.id}", item.id
