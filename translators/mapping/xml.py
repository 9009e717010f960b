"""XML documents for maps: an element is a loop, its text and the attributes the map names are its first segment.

    [format]
    root = "Order"
    namespaces = { "" = "urn:…:Order-2", cbc = "urn:…", cac = "urn:…" }
    elements = "ubl/elements.json"      # which element may hold which, in the order of the schema
    currency = "currencyID"             # the attribute that says an amount's currency

A path goes from element to element: `cac:OrderLine/cac:LineItem/cbc:Quantity`, an attribute is `…/cbc:Quantity@unitCode`, the place
itself is `.` (`.@lineNumber`), a condition looks at attributes: `Contact[@role=shipTo]/Name`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from translators.findings import Finding, Level
from translators.mapping.errors import did_you_mean
from translators.mapping.formats import Payload, Trees
from translators.mapping.functions import FUNCTIONS, Function
from translators.mapping.paths import Path, PathError, Step, Test
from translators.mapping.structure import Load, Node, Structure
from translators.mapping.wires import Wire
from translators.x12.model import Loop, Segment
from translators.xmldoc import Element, read_xml, write_xml

_ABOUT_XML = "{http://www.w3.org/2001/XMLSchema-instance}"  # where a schema lies says nothing about the business
TEXT = 1  # where an element's text stands in its segment; attributes follow
FORMAT_WORDS = ("root", "namespaces", "elements", "doctype", "currency", "unread")
_STEP = re.compile(r"([\w.:{}/-]*[\w.}]|\.)((?:\[[^\]]*\])*)$")
_TEST = re.compile(r"@([\w:.-]+)(!?=)(.*)$")
_SLASH = re.compile(r"/(?![^\[{]*[\]}])")

_DATE = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*|Z|[+-][0-9]{2}:?[0-9]{2})?"
)  # a moment or a zone may follow the day

Complain = Callable[[str, str], None]


class ElementNode(Node):
    """One element of the schema; what may lie in it is looked up by its name. Without a schema anything may."""

    def __init__(self, id: str, order: Mapping[str, Sequence[str]] | None, name: str = "") -> None:
        super().__init__(id)
        self.order = order
        self.children = () if order is None else tuple(order.get(name or id, ()))
        self.loops = _Children(self)


class _Children(dict[str, Node]):
    """The loops of an element node, made when asked for: schemas are recursive."""

    def __init__(self, owner: ElementNode) -> None:
        super().__init__()
        self._owner = owner

    def get(self, name: str, default: Any = None) -> Any:
        if self._owner.order is not None and name not in self._owner.children:
            return default
        return ElementNode(name, self._owner.order)

    def __contains__(self, name: object) -> bool:
        return self._owner.order is None or name in self._owner.children

    def __getitem__(self, name: str) -> Node:
        found: Node = self.get(name)
        return found

    def __iter__(self) -> Any:
        return iter(self._owner.children)


@dataclass
class Attributes:
    """The attributes a map names, and where each stands in a segment. Grows while the map is read, never after."""

    places: dict[str, int] = field(default_factory=dict)

    def place(self, name: str) -> int:
        """Return where attribute `name` stands."""
        return self.places.setdefault(name, TEXT + 1 + len(self.places))


def _parse(text: str, attributes: Attributes, *, is_value: bool) -> Path:
    body, attribute = text, ""
    if is_value and "@" in _SLASH.split(text)[-1].rpartition("]")[2]:
        body, _, attribute = text.rpartition("@")
    steps = [_step(part, text, attributes) for part in _SLASH.split(body)]
    element = (attributes.place(attribute) if attribute else TEXT) if is_value else 0
    return Path(tuple(steps[:-1]), steps[-1], element, 0, text)


def _step(part: str, whole: str, attributes: Attributes) -> Step:
    match = _STEP.match(part)
    if match is None:
        raise PathError(
            f"{whole!r}: {part!r} is no element; write it like cac:OrderLine/cbc:ID or Contact[@role=buyer]"
        )
    tests = []
    for bracket in re.findall(r"\[([^\]]*)\]", match[2]):
        test = _TEST.match(bracket)
        if test is None or not test[3]:
            raise PathError(f"{whole}: [{bracket}] is no condition; write it like [@role=shipTo]")
        tests.append(Test(attributes.place(test[1]), tuple(test[3].split("|")), test[2] == "!="))
    return Step(match[1], tuple(tests), part)


class XmlFormat:
    """XML documents with one root element."""

    def __init__(self, spec: Mapping[str, Any], order: Mapping[str, Sequence[str]] | None) -> None:
        self._attributes = Attributes()
        self.root = str(spec["root"])
        self._namespaces = {str(k): str(v) for k, v in spec.get("namespaces", {}).items()}
        self.namespace = self._namespaces.get("", "")
        self._prefixes = {uri: prefix for prefix, uri in self._namespaces.items()}
        self._doctype = str(spec.get("doctype", ""))
        self._order = order
        self._unread = frozenset(map(str, spec.get("unread", ())))  # secrets, which no document may carry on
        self.currency = str(spec.get("currency", ""))
        self.wire = Wire(
            "xml",
            lambda text: _parse(text, self._attributes, is_value=True),
            lambda text: _parse(text, self._attributes, is_value=False),
            XML_FUNCTIONS,
            self._leaf,
            self._split,
            keeps_segments=False,
            around=self._around,
            currency_attribute=self.currency,
        )

    def _leaf(self, step: str, _segment_id: str, element: int) -> str:
        name = next((n for n, place in self._attributes.places.items() if place == element), "")
        return f"{step}@{name}" if name else step

    def _split(self, leaf: str) -> tuple[str, int] | None:
        step, at, name = leaf.rpartition("@")
        if not at or "]" in name:
            return leaf, TEXT
        place = self._attributes.places.get(name)
        return (step, place) if place is not None else (f"{step}/@{name}", TEXT)

    def _around(self, path: str) -> str:
        step, at, name = path.rpartition("@")
        if not at or name in self._attributes.places:
            return path
        return f"@{name}[+1]" if step == "." else f"{step}/@{name}[+1]"

    def trees(self, payload: bytes) -> Trees:
        """Return the document in `payload`."""
        root = read_xml(payload, self._prefixes)
        if not isinstance(root, Element):
            return Trees((), (root,))
        if root.name != self.root:
            sentence = f"The file is a {root.name}, and the map is for {self.root}. Agree a map for it."
            return Trees((), (_not_ours(sentence, root.name),))
        tree = self._loop(root)
        tree.name = ""
        tree.segments[0][0] = "."
        return Trees((tree,))

    def _loop(self, element: Element) -> Loop:
        places = self._attributes.places
        head: Segment = [element.name, element.text, *[""] * len(places)]
        loop = Loop(element.name, [head], [element.line])
        for name, value in element.attributes.items():
            if name in places:
                head[places[name]] = value
            elif not name.startswith(_ABOUT_XML):
                loop.loops.append(Loop(f"@{name}", [[f"@{name}", value]], [element.line]))
        loop.loops += [self._loop(child) for child in element.children if child.name not in self._unread]
        return loop

    def payload(self, trees: Sequence[Loop]) -> Payload:
        """Return the document; XML holds one to a file."""
        if len(trees) != 1:
            raise ValueError("an XML file holds one document")
        root = self._element(trees[0], self.root)
        return Payload(write_xml(root, self._namespaces, self._doctype))

    def _element(self, loop: Loop, name: str) -> Element:
        head = loop.segments[0]
        element = Element(name, head[TEXT] if len(head) > TEXT else "")
        for attribute, place in self._attributes.places.items():
            if len(head) > place and head[place]:
                element.attributes[attribute] = head[place]
        for inner in loop.loops:
            if inner.name.startswith("@"):
                element.attributes[inner.name[1:]] = inner.segments[0][TEXT]
            else:
                element.children.append(self._element(inner, inner.name))
        order = list(self._order.get(name, ())) if self._order is not None else []
        if order:
            ranks = {child: rank for rank, child in enumerate(order)}
            element.children.sort(key=lambda child: ranks.get(child.name, len(ranks)))
        return element


def _not_ours(sentence: str, value: str) -> Finding:
    return Finding("XML-ROOT", sentence, level=Level.INTERCHANGE, value=value)


def _read_date(text: str) -> date:
    match = _DATE.fullmatch(text)
    try:
        if match is not None:
            return date.fromisoformat(match[1])
    except ValueError:
        pass
    raise ValueError("is no date; send it like 2026-01-31")


def _read_time(text: str) -> time:
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise ValueError("is no time; send it like 14:02:00") from None


def _iso(value: object, _release: str) -> str:
    return value.isoformat() if isinstance(value, date | time) else str(value)


XML_FUNCTIONS: dict[str, Function] = {
    **FUNCTIONS,
    "date": Function(_read_date, _iso, is_lossy=True),
    "time": Function(_read_time, _iso),
}


def parse_xml_format(found: Mapping[str, Any], load: Load, complain: Complain) -> tuple[XmlFormat, Structure] | None:
    """Return the format a map describes and the structure its paths are checked against, or None after complaining."""
    spec = found.get("format", {})
    for word in spec:
        if word not in FORMAT_WORDS:
            complain(f"format.{word}", f"is no word of a format{did_you_mean(word, FORMAT_WORDS)}")
    if not isinstance(spec.get("root"), str):
        complain("format.root", 'is missing; name the root element, such as root = "Order"')
        return None
    order = None
    if "elements" in spec:
        content = load(str(spec["elements"]))
        if content is None:
            complain("format.elements", f"there is no file maps/{spec['elements']}")
            return None
        order = json.loads(content)
    described = XmlFormat(spec, order)
    return described, Structure("", spec["root"], ElementNode("", order, spec["root"]), {})
