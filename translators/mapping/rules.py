"""The rules of a map, read from its TOML and checked: what `reading` and `writing` compile.

A rule binds one canonical field to a place on the wire. Rules form a tree that follows the canonical document; a list opens a new
place on the wire (`each`), within which the paths of its fields are relative.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from translators.mapping.functions import FUNCTIONS, Function
from translators.mapping.paths import Path
from translators.mapping.shapes import Shape
from translators.mapping.tables import Table


@dataclass(frozen=True, slots=True)
class Way:
    """In which directions a rule works: one of `read_only` and `write_only` may hold the author's reason."""

    read_only: str = ""
    write_only: str = ""


BOTH_WAYS = Way()


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is written whenever its rule writes (`with`); when read, the same value is expected there."""

    path: Path
    value: str


@dataclass(frozen=True, slots=True)
class Missing:
    """What is written where the document says nothing and the format demands something.

    Either a `text`, which is not taken for a value when read; or the value's place in its list (`position`), the value of another
    field (`same_as`), or the product of two numbers: these are values when read.
    """

    text: str = ""
    is_position: bool = False
    same_as: str = ""
    product: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueRule:
    """A single value. Of several `paths` the first that is present is read, and the first that is free is written."""

    name: str
    key: str
    shape: Shape
    paths: tuple[Path, ...]
    function: str = "text"
    table: Table | None = None
    exact: str = ""
    default: str = ""
    unless: str = ""
    other: str = ""
    constants: tuple[Constant, ...] = ()
    conversion: Function = FUNCTIONS["text"]
    also: tuple[Path, ...] = ()  # where the same value stands again
    currency_element: int = 0  # where, beside an amount, its currency stands; 0 where the document's is meant
    way: Way = BOTH_WAYS
    since: str = ""  # the first release that has the place
    missing: Missing | None = None
    lossy: str = ""  # what does not come back as it was, in the author's words


@dataclass(frozen=True, slots=True)
class FixedRule:
    """A canonical value that the place on the wire implies (CAD04 is always a SCAC); given when anything else was read beside it."""

    name: str
    key: str
    value: str | bool


@dataclass(frozen=True, slots=True)
class TextsRule:
    """A list of texts from all occurrences of `paths`, in their order (N201, N202 of every N2)."""

    name: str
    key: str
    shape: Shape
    paths: tuple[Path, ...]
    constants: tuple[Constant, ...] = ()
    unless: str = ""  # what stands there only to fill the place


@dataclass(frozen=True, slots=True)
class JoinedRule:
    """A list of texts, one for each loop `each`; several occurrences of `paths` in one loop are its lines."""

    name: str
    key: str
    shape: Shape
    each: Path
    paths: tuple[Path, ...]
    constants: tuple[Constant, ...] = ()


@dataclass(frozen=True, slots=True)
class MomentRule:
    """A date and a time from two elements."""

    name: str
    key: str
    shape: Shape
    date: Path
    time: Path | None
    date_conversion: Function = FUNCTIONS["date"]
    time_conversion: Function = FUNCTIONS["time"]


@dataclass(frozen=True, slots=True)
class PairsRule:
    """A list of qualifier/value pairs from element `start` on: pairs go by position, an empty one ends nothing."""

    name: str
    key: str
    shape: Shape
    start: Path
    count: int
    qualifier: str
    value: str
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A list of qualifier/value objects, each qualifier at a place of its own (a column for the UPC, one for the buyer's number)."""

    name: str
    key: str
    shape: Shape
    qualifier: str
    value: str
    places: tuple[tuple[str, Path], ...]


@dataclass(frozen=True, slots=True)
class HereRule:
    """One object of a list, whose fields lie at places of their own: the ship-to in the columns of the order."""

    name: str
    key: str
    shape: Shape
    block: Block
    when: tuple[dict[str, bool | str], ...] = ()


@dataclass(frozen=True, slots=True)
class QualifiedRule:
    """Qualifier/value pairs from element `start` on, each qualifier a field of its own (PER03: TE phone, EM email)."""

    name: str
    key: str
    start: Path
    count: int
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Unpack:
    """Several items in one segment: from element `start` on, `fields` repeat up to `count` times (SDQ03, SDQ04, …)."""

    start: Path
    count: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Packs:
    """Quantities in packages that are counted in what is inside: `factor` on the wire says how many `unit` one `package` holds."""

    factor: Path
    package: str
    unit: str


@dataclass(frozen=True, slots=True)
class ObjectRule:
    """An object whose fields lie at paths of the same place. `packs` only where the object is a quantity."""

    name: str
    key: str
    shape: Shape
    block: Block
    packs: Packs | None = None


@dataclass(frozen=True, slots=True)
class ListRule:
    """A list of objects, one for each occurrence of `each`. `when` says which objects are written here."""

    name: str
    key: str
    shape: Shape
    each: Path
    block: Block
    when: tuple[dict[str, bool | str], ...] = ()
    nested: str = ""
    unpack: Unpack | None = None
    way: Way = BOTH_WAYS


Rule = (
    ValueRule
    | FixedRule
    | TextsRule
    | JoinedRule
    | MomentRule
    | PairsRule
    | NamedRule
    | HereRule
    | QualifiedRule
    | ObjectRule
    | ListRule
)


@dataclass(frozen=True, slots=True)
class Block:
    """The rules of one object, and the constants written with it."""

    model: type[BaseModel]
    rules: tuple[Rule, ...]
    constants: tuple[Constant, ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """A value the standard wants computed.

    Either the number of `count` (a canonical list or a segment), or the sum of `sum`, or the sum of the products of the two numbers
    `product` of each line (quantities and prices). `is_written` is False where it is only checked when received.
    """

    path: Path
    key: str
    count: str = ""
    sum: str = ""
    is_written: bool = True
    product: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GuideRule:
    """One clause of a partner's guide that narrows the standard.

    Args:
        page: where the guide says so; told in every finding.
        kind: "require", "forbid" or "codes".
        path: what it is about; without an element, a whole segment or loop.
        each: the loop in each of which it holds; None for the whole document.
        codes: the values that `path` may have.
    """

    page: str
    kind: str
    path: Path
    each: Path | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MapRules:
    """Everything one map file says, with what it extends."""

    name: str
    file: str
    title: str
    wire: str
    set_id: str
    document_type: str
    releases: tuple[str, ...]
    header: Block
    totals: tuple[Total, ...] = ()
    hierarchy: str = ""
    levels: str = ""  # in which order the levels of the hierarchy are written, "S/O/T/P/I" when it says none
    units_by_line: bool = False  # whether the format names the package at the line
    extends: str = ""
    guide: tuple[GuideRule, ...] = ()
