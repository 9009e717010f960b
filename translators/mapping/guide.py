"""A partner's guide: what it requires, forbids and restricts beyond the standard, checked on what comes and on what goes.

[[guide]]
page = "Purchase orders, page 14"
require = "REF[01=DP]02"

[[guide]]
page = "Purchase orders, page 21"
each = "PO1"
codes = { PO103 = ["EA", "CA"] }
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from translators.findings import Finding, Level, Position, Severity
from translators.mapping.errors import did_you_mean
from translators.mapping.lookups import all_hits, element_of
from translators.mapping.parsing_place import Parsing
from translators.mapping.paths import Path, PathError
from translators.mapping.rules import GuideRule
from translators.mapping.scopes import Hit, ReadState, Scope
from translators.mapping.wires import X12
from translators.x12.code_words import CODE_WORDS
from translators.x12.explain_words import SEGMENT_WORDS
from translators.x12.model import Loop

CODE = "MAP-GUIDE"
WORDS = ("page", "each", "require", "forbid", "codes")
KINDS = ("require", "forbid", "codes")

# Which element of the dictionary stands where clauses of guides look: qualifiers, and codes that they restrict.
_ELEMENTS = {
    **dict.fromkeys(("REF01", "N901"), "128"),
    **dict.fromkeys(("DTM01", "G6201"), "374"),
    "N101": "98",
    "N103": "66",
    "PER01": "366",
    "SAC02": "1300",
    "BEG01": "353",
    "BEG02": "92",
    "BIG04": "324",
    "BSN05": "1005",
    **dict.fromkeys(("PO103", "IT103", "ACK03", "SN103", "POC04"), "355"),
    **dict.fromkeys(("PO107", "IT107", "LIN03"), "234"),
}
ELEMENT_WORDS = {
    "66": "kind of the party's number",
    "92": "order type",
    "234": "product's number",
    "324": "order number",
    "353": "purpose",
    "355": "unit",
    "1005": "order of the levels",
}

Check = Callable[[Scope, ReadState], Iterable[Finding]]


def parse_guide(spec: Any, at: Parsing) -> tuple[GuideRule, ...]:
    """Return the clauses of a guide, or those that can be read after complaining of the others."""
    if not isinstance(spec, list):
        at.complain("guide", "must be written as [[guide]], one for each clause")
        return ()
    return tuple(rule for index, clause in enumerate(spec) for rule in _clause(clause, f"guide[{index}]", at))


def _clause(clause: Any, key: str, at: Parsing) -> Iterable[GuideRule]:
    for word in clause:
        if word not in WORDS:
            at.complain(f"{key}.{word}", f"is no word of a guide{did_you_mean(word, WORDS)}")
    page = clause.get("page")
    if not isinstance(page, str) or not page:
        at.complain(f"{key}.page", "is missing; say where the guide demands this, so that every finding can")
        page = ""
    kinds = [kind for kind in KINDS if kind in clause]
    if len(kinds) != 1:
        at.complain(key, f"must have one of {', '.join(KINDS)}")
        return
    each = None
    inside = at
    if "each" in clause:
        each = _place(clause["each"], f"{key}.each", at)
        if each is None:
            return
        inside = at.inside(each)
    (kind,) = kinds
    wanted = clause[kind].items() if kind == "codes" and isinstance(clause[kind], dict) else [(clause[kind], ())]
    for text, codes in wanted:
        if kind == "codes" and not (isinstance(codes, list) and codes):
            at.complain(f"{key}.codes", 'must say which codes where, such as { PO103 = ["EA", "CA"] }')
            continue
        path = _place(text, f"{key}.{kind}", inside, needs_value=kind == "codes")
        if path is not None:
            yield GuideRule(page, kind, path, each, tuple(map(str, codes)))


def _place(text: object, key: str, at: Parsing, *, needs_value: bool = False) -> Path | None:
    """Return the element, segment or loop that `text` names; with `needs_value` only what holds a value, as an XML element is both."""
    if needs_value:
        return next(iter(at.paths(text, key)), None)
    try:
        path = at.wire.parse_each(str(text))
    except PathError:
        return next(iter(at.paths(text, key)), None)
    at.check([path], key)
    return path


def compile_guide(rules: tuple[GuideRule, ...]) -> Check:
    """Return the check of all clauses."""
    checks = [_check(rule) for rule in rules]

    def check(scope: Scope, state: ReadState) -> Iterable[Finding]:
        for each in checks:
            yield from each(scope, state)

    return check


def _check(rule: GuideRule) -> Check:
    find = all_hits(rule.path)
    inner = {"require": _required, "forbid": _forbidden, "codes": _restricted}[rule.kind](rule, find)
    if rule.each is None:
        return lambda scope, state: inner(scope, state, None)
    find_each = all_hits(rule.each)

    def check(scope: Scope, state: ReadState) -> Iterable[Finding]:
        for hit in find_each(scope, state):
            inside = state.scope(hit[2]) if hit[2] is not None else {hit[0][0]: [hit]}
            yield from inner(inside, state, hit)

    return check


Inner = Callable[[Scope, ReadState, Hit | None], Iterable[Finding]]
Find = Callable[[Scope, ReadState], list[Hit]]


# Kind → the standard's code when an element breaks the clause, and when a whole segment does: those of the 999 for what a guide adds
# (elements 621 and 620). A clause with a qualifier or an `each` holds only there, which the standard calls dependent.
_CODES = {"require": ("I9", "I6"), "forbid": ("I13", "I9"), "codes": ("I6", "")}


def _finding(rule: GuideRule, sentence: str, hit: Hit | None, value: str = "") -> Finding:
    position = Position()
    if hit is not None:
        position = Position(segment_number=hit[1], segment_id=hit[0][0], element=rule.path.element or None)
    where = f"{position}: " if hit is not None else ""
    return Finding(
        CODE,
        f"{where}{sentence} ({rule.page})",
        Severity.ERROR,
        Level.ELEMENT if rule.path.element else Level.SEGMENT,
        position=position,
        value=value,
        x12_code=_CODES[rule.kind][0 if rule.path.element else 1],
        reference=rule.page,
    )


def _named(path: Path, at: Hit | None = None) -> str:
    """Return what a clause is about in the words of customer service, and its path: "The department (REF[01=DP]02)".

    The path is left out where the finding's place says the same, and the words where there are none.
    """
    step = path.step
    qualifier = next((t for t in step.tests if not t.is_negated and len(t.values) == 1), None)
    words = ""
    if qualifier is not None:
        words = CODE_WORDS.get(_ELEMENTS.get(f"{step.id}{qualifier.element:02d}", ""), {}).get(qualifier.values[0], "")
    elif path.element:
        words = ELEMENT_WORDS.get(_ELEMENTS.get(f"{step.id}{path.element:02d}", ""), "")
    else:
        words = SEGMENT_WORDS.get(step.id, "")
    is_said = at is not None and path.text == str(Position(segment_id=at[0][0], element=path.element or None))
    if not words:
        return "It" if is_said else path.text
    return f"The {words}" if is_said else f"The {words} ({path.text})"


def _meaning(path: Path, value: str) -> str:
    words = CODE_WORDS.get(_ELEMENTS.get(f"{path.step.id}{path.element:02d}", ""), {}).get(value, "")
    return f" ({words})" if words else ""


def _values(rule: GuideRule, hits: list[Hit]) -> list[tuple[Hit, str]]:
    if not rule.path.element:
        return [(hit, hit[0][0]) for hit in hits]
    return [(hit, value) for hit in hits if (value := element_of(hit[0], rule.path.element))]


def _required(rule: GuideRule, find: Find) -> Inner:
    def check(scope: Scope, state: ReadState, owner: Hit | None) -> Iterable[Finding]:
        if not _values(rule, find(scope, state)):
            yield _finding(rule, f"{_named(rule.path)} is missing, and the guide asks for it.", owner)

    return check


def _forbidden(rule: GuideRule, find: Find) -> Inner:
    def check(scope: Scope, state: ReadState, _owner: Hit | None) -> Iterable[Finding]:
        for hit, value in _values(rule, find(scope, state)):
            yield _finding(rule, f"{_named(rule.path, hit)} is not used with this partner.", hit, value)

    return check


def _restricted(rule: GuideRule, find: Find) -> Inner:
    def check(scope: Scope, state: ReadState, _owner: Hit | None) -> Iterable[Finding]:
        for hit, value in _values(rule, find(scope, state)):
            if value not in rule.codes:
                allowed = ", ".join(rule.codes)
                what = f"{_named(rule.path, hit)} is {value!r}{_meaning(rule.path, value)}"
                yield _finding(rule, f"{what}; the guide allows {allowed}.", hit, value)

    return check


def check_written(check: Check, root: Loop, hierarchy: Callable[[Loop], Loop]) -> Iterable[Finding]:
    """Yield what the guide says against a document about to be sent."""
    state = ReadState("", X12)
    yield from check(state.scope(hierarchy(root)), state)
