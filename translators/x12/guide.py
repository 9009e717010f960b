"""A partner's guide as an overlay on the standard: data that narrows (or widens) what a transaction set allows.

A guide is a mapping: set → place → rule. A place is a path of loops and a segment: "BEG", "N1/N1" (segment N1 of loop N1),
"PO1/PID/PID"; with a slash at its end it is a loop: "N1/". A rule may hold

    use       "required", "optional", "not used"
    most      how often, 0 for "without limit"
    elements  position ("03", or "04-1" for a component) → {use, codes, shortest, longest}

so that in a partner's TOML it reads

    [guide.850."PO1/PO1"]
    elements."03" = { use = "required", codes = ["EA", "CA"] }
    [guide.850."PO1/SAC/"]
    use = "not used"

`complaints_of` tells everything wrong with a guide at once; `applied` makes the definition it asks for.

Source: how guides are written (segment and element usage tables), and the 999 codes I4, I6, I9, I10 that report them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from translators.x12.definitions import (
    ElementDefinition,
    LoopUse,
    ReleaseDefinition,
    SegmentDefinition,
    SegmentUse,
    loop_use,
)

_USES = ("required", "optional", "not used")
_RULE_FIELDS = ("use", "most", "elements")
_ELEMENT_FIELDS = ("use", "codes", "shortest", "longest")

Rules = Mapping[str, Any]


def applied(root: LoopUse, release: ReleaseDefinition, rules: Rules) -> LoopUse:
    """Return the structure `root` as `rules` narrow it; rules that fit no place are left out (see `complaints_of`)."""
    return _loop(root, "", release, rules)


def _loop(loop: LoopUse, path: str, release: ReleaseDefinition, rules: Rules) -> LoopUse:
    items = tuple(
        _loop(item, f"{path}{item.name}/", release, rules)
        if isinstance(item, LoopUse)
        else _segment(item, f"{path}{item.id}", release, rules)
        for item in loop.items
    )
    rule = rules.get(path) if path else None
    made = loop_use(loop.name, loop.is_mandatory, loop.most, items)
    return replace(made, **_changes(made, rule)) if isinstance(rule, Mapping) else made


def _segment(use: SegmentUse, path: str, release: ReleaseDefinition, rules: Rules) -> SegmentUse:
    rule = rules.get(path)
    if not isinstance(rule, Mapping):
        return use
    definition = release.segment(use.id)
    elements = rule.get("elements")
    if definition is not None and isinstance(elements, Mapping):
        definition = _with_elements(definition, elements)
        use = replace(use, definition=definition)
    return replace(use, **_changes(use, rule))


def _changes(use: SegmentUse | LoopUse, rule: Rules) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    wanted = rule.get("use")
    if wanted in _USES:
        changes["is_forbidden"] = wanted == "not used"
        changes["is_mandatory"] = wanted == "required"
        changes["is_mandatory_by_guide"] = wanted == "required" and not use.is_mandatory
    most = rule.get("most")
    if isinstance(most, int) and most >= 0:
        changes["most"] = most or None
    return changes


def _with_elements(definition: SegmentDefinition, rules: Rules) -> SegmentDefinition:
    elements = list(definition.elements)
    for place, rule in rules.items():
        found = _element_at(elements, place)
        if found is None or not isinstance(rule, Mapping):
            continue
        position, component = found
        element = elements[position]
        if component is None:
            elements[position] = _narrowed(element, rule)
        else:
            parts = list(element.components)
            parts[component] = _narrowed(parts[component], rule)
            elements[position] = replace(element, components=tuple(parts))
    return replace(definition, elements=tuple(elements))


def _element_at(elements: list[ElementDefinition], place: str) -> tuple[int, int | None] | None:
    position, _, component = str(place).partition("-")
    if not position.isdecimal() or not 1 <= int(position) <= len(elements):
        return None
    if not component:
        return int(position) - 1, None
    parts = elements[int(position) - 1].components
    if not component.isdecimal() or not 1 <= int(component) <= len(parts):
        return None
    return int(position) - 1, int(component) - 1


def _narrowed(element: ElementDefinition, rule: Rules) -> ElementDefinition:
    changes: dict[str, Any] = {}
    use = rule.get("use")
    if use in _USES:
        changes["is_forbidden"] = use == "not used"
        changes["is_mandatory"] = use == "required"
        changes["is_mandatory_by_guide"] = use == "required" and not element.is_mandatory
    for name in ("shortest", "longest"):
        if isinstance(rule.get(name), int):
            changes[name] = rule[name]
    if "codes" in rule:
        changes["codes"] = frozenset(str(c) for c in rule["codes"])
        changes["code_finding"] = "X12-GUIDE-CODE"
    return replace(element, **changes)


def complaints_of(root: LoopUse, release: ReleaseDefinition, rules: Rules) -> Iterator[str]:
    """Yield what is wrong with the rules of one set, in words, each with the place it is about."""
    places = dict(_places(root, ""))
    for path, rule in rules.items():
        if path not in places:
            near = get_close_matches(path, places, 1)
            yield f"{path!r}: there is no such place in the set" + (f"; did you mean {near[0]!r}?" if near else ".")
            continue
        if not isinstance(rule, Mapping):
            yield f"{path!r}: a rule is a table of {', '.join(_RULE_FIELDS)}."
            continue
        yield from (
            f"{path!r}: there is no rule {f!r}; there are {', '.join(_RULE_FIELDS)}."
            for f in rule
            if f not in _RULE_FIELDS
        )
        yield from _use_complaints(path, rule)
        definition = release.segment(places[path]) if places[path] else None
        elements = rule.get("elements", {})
        if elements and definition is None:
            yield f"{path!r}: a loop has no elements; name its segment."
            continue
        for place, narrowed in elements.items():
            if _element_at(list(definition.elements if definition else ()), place) is None:
                yield f"{path!r}: element {place!r} is not in {places[path]}."
            elif not isinstance(narrowed, Mapping):
                yield f"{path!r}: element {place!r}: a rule is a table of {', '.join(_ELEMENT_FIELDS)}."
            else:
                name = f"{path}{place}"
                yield from (f"{name!r}: there is no rule {f!r}." for f in narrowed if f not in _ELEMENT_FIELDS)
                yield from _use_complaints(name, narrowed)


def _use_complaints(path: str, rule: Rules) -> Iterator[str]:
    if "use" in rule and rule["use"] not in _USES:
        yield f"{path!r}: use is {rule['use']!r}; it can be {', '.join(_USES)}."


def _places(loop: LoopUse, path: str) -> Iterator[tuple[str, str]]:
    for item in loop.items:
        if isinstance(item, LoopUse):
            yield f"{path}{item.name}/", ""
            yield from _places(item, f"{path}{item.name}/")
        else:
            yield f"{path}{item.id}", item.id
