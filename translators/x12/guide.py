"""A partner's guide as an overlay on the standard: data that narrows (or widens) what a transaction set allows.

A guide is a mapping: set → place → rule. A place is a path of loops and a segment: "BEG", "N1/N1" (segment N1 of loop N1),
"PO1/PID/PID"; with a slash at its end it is a loop: "N1/". A qualifier in brackets names only the occurrences that carry it, by the
element that holds it: "REF[01=DP]", "N1[01=ST]/" and, inside that loop, "N1[01=ST]/N4". A rule may hold

    use       "required", "optional", "not used"
    least     how often at least
    most      how often, 0 for "without limit"
    page      where the guide says so; told with every finding
    elements  position ("03", or "04-1" for a component) → {use, codes, shortest, longest}

so that in a partner's TOML it reads

    [guide.850."PO1/PO1"]
    page = "page 21"
    elements."03" = { use = "required", codes = ["EA", "CA"] }
    [guide.850."REF[01=DP]"]
    use = "required"
    [guide.850."N1[01=ST]/N1"]
    elements."03" = { codes = ["92"] }
    elements."04" = { use = "required" }

`complaints_of` tells everything wrong with a guide at once; `applied` makes the definition it asks for.

Source: how guides are written (segment and element usage tables), and the 999 codes I4, I6 to I10 and I13 that report them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from translators.x12.definitions import (
    ElementDefinition,
    GuideUse,
    LoopUse,
    ReleaseDefinition,
    SegmentDefinition,
    SegmentUse,
    Variant,
    loop_use,
)

USES = ("required", "optional", "not used")

Rules = Mapping[str, Any]

QUALIFIER = re.compile(r"\[([0-9]{2})=([^][=]+)\]")


def applied(root: LoopUse, release: ReleaseDefinition, rules: Rules) -> LoopUse:
    """Return the structure `root` as `rules` narrow it; rules that fit no place are left out (see `guide_complaints`)."""
    return _Overlay(release, rules).loop(root, "", is_dependent=False)


class _Overlay:
    def __init__(self, release: ReleaseDefinition, rules: Rules) -> None:
        self._release = release
        self._rules = rules

    def loop(self, loop: LoopUse, path: str, *, is_dependent: bool) -> LoopUse:
        """Return `loop`, whose place is `path`, with everything in it narrowed."""
        items = tuple(self._item(item, path, is_dependent=is_dependent) for item in loop.items)
        made = loop_use(loop.name, loop.is_mandatory, loop.most, items)
        made = replace(made, guide=loop.guide, is_forbidden=loop.is_forbidden)
        made = replace(made, is_mandatory_by_guide=loop.is_mandatory_by_guide)
        rule = self._rules.get(path) if path else None
        return replace(made, **_changes(made, rule, is_dependent)) if isinstance(rule, Mapping) else made

    def _item(self, item: SegmentUse | LoopUse, path: str, *, is_dependent: bool) -> SegmentUse | LoopUse:
        end = "/" if isinstance(item, LoopUse) else ""
        narrowed = self._plain(item, f"{path}{item.first_id}{end}", is_dependent=is_dependent)
        variants = []
        for element, values, place in self._qualified(f"{path}{item.first_id}", end):
            # What is required or limited of the whole is not so of each variant.
            free = replace(narrowed, is_mandatory=False, is_mandatory_by_guide=False, most=None)
            free = replace(free, guide=GuideUse(is_dependent=True))
            variants.append(Variant(element, values, self._plain(free, place, is_dependent=True)))
        return replace(narrowed, variants=tuple(variants)) if variants else narrowed

    def _plain(self, item: SegmentUse | LoopUse, place: str, *, is_dependent: bool) -> SegmentUse | LoopUse:
        if isinstance(item, LoopUse):
            return self.loop(item, place, is_dependent=is_dependent)
        rule = self._rules.get(place)
        if not isinstance(rule, Mapping):
            return item
        changes = _changes(item, rule, is_dependent)
        definition = item.definition or self._release.segment(item.id)
        elements = rule.get("elements")
        if definition is not None and isinstance(elements, Mapping):
            guide = GuideUse(page=str(rule.get("page", "")), is_dependent=is_dependent)
            changes["definition"] = _with_elements(definition, elements, guide)
        return replace(item, **changes)

    def _qualified(self, start: str, end: str) -> list[tuple[int, frozenset[str], str]]:
        """Return the qualifiers that rules name at a place: element, values, and the place with the qualifier."""
        found: dict[str, tuple[int, frozenset[str], str]] = {}
        for key in self._rules:
            qualifier = QUALIFIER.match(key, len(start)) if key.startswith(start) else None
            if qualifier is None or key[qualifier.end() :][: len(end) or None] != end:
                continue
            place = f"{start}{qualifier[0]}{end}"
            found[place] = (int(qualifier[1]), frozenset(qualifier[2].split("|")), place)
        return list(found.values())


def _changes(use: SegmentUse | LoopUse, rule: Rules, is_dependent: bool) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    least = rule["least"] if isinstance(rule.get("least"), int) else 0
    wanted = rule.get("use", "required" if least else None)
    if wanted in USES:
        is_by_guide = wanted == "required" and not use.is_mandatory
        changes["is_forbidden"] = wanted == "not used"
        changes["is_mandatory"] = wanted == "required"
        changes["is_mandatory_by_guide"] = is_by_guide
        least = max(least, 1 if is_by_guide else 0)
    most = rule.get("most")
    if isinstance(most, int) and most >= 0:
        changes["most"] = most or None
    changes["guide"] = GuideUse(str(rule.get("page", "")), least, is_dependent)
    return changes


def _with_elements(definition: SegmentDefinition, rules: Rules, guide: GuideUse) -> SegmentDefinition:
    elements = list(definition.elements)
    for place, rule in rules.items():
        found = element_at(elements, place)
        if found is None or not isinstance(rule, Mapping):
            continue
        position, component = found
        element = elements[position]
        if component is None:
            elements[position] = _narrowed(element, rule, guide)
        else:
            parts = list(element.components)
            parts[component] = _narrowed(parts[component], rule, guide)
            elements[position] = replace(element, components=tuple(parts))
    return replace(definition, elements=tuple(elements))


def element_at(elements: list[ElementDefinition], place: str) -> tuple[int, int | None] | None:
    """Return the indexes of element and component that "04-1" names, None where there is no such element."""
    position, _, component = str(place).partition("-")
    if not position.isdecimal() or not 1 <= int(position) <= len(elements):
        return None
    if not component:
        return int(position) - 1, None
    parts = elements[int(position) - 1].components
    if not component.isdecimal() or not 1 <= int(component) <= len(parts):
        return None
    return int(position) - 1, int(component) - 1


def _narrowed(element: ElementDefinition, rule: Rules, guide: GuideUse) -> ElementDefinition:
    changes: dict[str, Any] = {"guide": guide}
    use = rule.get("use")
    if use in USES:
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
