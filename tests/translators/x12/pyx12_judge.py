"""pyx12 as an independent judge: its maps, made from our definitions, and its verdict on an interchange.

`map_path` replaces everything pyx12 ships, so one folder per release holds its control map, its dictionary, its code lists and one map
per transaction set.
"""

from __future__ import annotations

import io
import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from xml.sax.saxutils import escape

import pyx12.map_if
import pyx12.params
import pyx12.x12n_document

from tests.translators.x12.definitions import CATALOGUE
from translators.x12.definition_files import release_definition, set_definition
from translators.x12.definitions import ElementDefinition, LoopUse, SegmentUse
from translators.x12.functional_ids import FUNCTIONAL_IDS
from translators.x12.policy import DEFAULT_POLICY

VERSIONS = {"004010": "00401", "005010": "00501"}
_CONTROL = ("ISA", "GS", "GE", "IEA", "TA1")


class Judge:
    """Validates interchanges of one release."""

    def __init__(self, folder: Path, release: str, set_ids: tuple[str, ...]) -> None:
        dictionary = release_definition(CATALOGUE, release, DEFAULT_POLICY)
        assert dictionary is not None
        self._folder = folder
        self._release = release
        self._dictionary = dictionary
        self._codes: dict[str, frozenset[str]] = {}
        self._elements: dict[str, ElementDefinition] = {}
        version = VERSIONS[release]
        package = files("pyx12").joinpath("map")
        for name in ("x12.control.00401.xml", "x12.control.00501.xml"):
            text = package.joinpath(name).read_text()
            # All code lists go but that of ISA12, from which pyx12 learns the version and with it the character set.
            bare = re.sub(r"<valid_codes>(?!\s*<code>00[45]01).*?</valid_codes>", "", text, flags=re.DOTALL)
            (folder / name).write_text(bare)
        rows = [f'<map vriic="" fic="" abbr="X12">x12.control.{version}.xml</map>']
        for set_id in set_ids:
            (folder / f"{set_id}.xml").write_text(self._map(set_id))
            rows.append(f'<map vriic="{release}" fic="{FUNCTIONAL_IDS[set_id]}" abbr="{set_id}">{set_id}.xml</map>')
        index = f'<maps><version icvn="{version}">{"".join(rows)}</version></maps>'
        (folder / "maps.xml").write_text(f'<?xml version="1.0"?>{index}')
        (folder / "dataele.xml").write_text(self._dataele(package.joinpath("dataele.xml").read_text()))
        (folder / "codes.xml").write_text(self._codesets())
        self._load = lru_cache(maxsize=None)(lambda name: _LOAD(name, _extended(), str(folder)))

    def accepts(self, interchange: bytes) -> tuple[bool, str]:
        """Return pyx12's verdict, and what it says of each error."""
        param = _extended()
        said = io.StringIO()
        source = io.StringIO(interchange.decode("ascii"))
        pyx12.map_if.load_map_file = lambda name, _param, _path=None: self._load(name)
        try:
            verdict = pyx12.x12n_document.x12n_document(
                param, source, None, None, fd_json=said, map_path=str(self._folder)
            )
        finally:
            pyx12.map_if.load_map_file = _LOAD
        return verdict, said.getvalue()

    def _map(self, set_id: str) -> str:
        definition = set_definition(CATALOGUE, self._release, set_id, DEFAULT_POLICY)
        assert definition is not None
        items = definition.root.items
        body = "".join(self._item(item, n) for n, item in enumerate(items[1:], 2))
        head = self._item(items[0], 1)
        return (
            f'<?xml version="1.0"?><transaction xid="{set_id}"><name>{set_id}</name>'
            '<loop xid="ISA_LOOP" type="explicit"><name>ISA</name><usage>R</usage><pos>001</pos><repeat>&gt;1</repeat>'
            + self._envelope("ISA", 10)
            + '<loop xid="GS_LOOP" type="explicit"><name>GS</name><usage>R</usage><pos>020</pos><repeat>&gt;1</repeat>'
            + self._envelope("GS", 10)
            + '<loop xid="ST_LOOP" type="explicit"><name>ST</name><usage>R</usage><pos>020</pos><repeat>&gt;1</repeat>'
            + head
            + body
            + "</loop>"
            + self._envelope("GE", 30)
            + "</loop>"
            + self._envelope("IEA", 30)
            + "</loop></transaction>"
        )

    def _envelope(self, segment_id: str, position: int) -> str:
        return self._segment(SegmentUse(segment_id, is_mandatory=True, most=1), position)

    def _item(self, item: SegmentUse | LoopUse, place: int) -> str:
        if isinstance(item, SegmentUse):
            return self._segment(item, place * 10)
        inner = "".join(self._item(i, n) for n, i in enumerate(item.items, 1))
        return (
            f'<loop xid="L{place}{item.name}"><name>{item.name}</name><usage>{"R" if item.is_mandatory else "S"}</usage>'
            f"<pos>{place * 10:05d}</pos><repeat>{item.most or '&gt;1'}</repeat>{inner}</loop>"
        )

    def _segment(self, use: SegmentUse, position: int) -> str:
        definition = self._dictionary.segment(use.id)
        assert definition is not None
        notes = "".join(
            f"<syntax>{n.kind}{''.join(f'{p:02d}' for p in n.positions)}</syntax>" for n in definition.notes
        )
        elements = "".join(self._element(e, use.id, n) for n, e in enumerate(definition.elements, 1))
        return (
            f'<segment xid="{use.id}"><name>{use.id}</name><usage>{"R" if use.is_mandatory else "S"}</usage>'
            f"<pos>{position:05d}</pos><max_use>{use.most or '&gt;1'}</max_use>{notes}{elements}</segment>"
        )

    def _element(self, element: ElementDefinition, place: str, position: int, *, is_component: bool = False) -> str:
        name = f"{place}-{position:02d}" if is_component else f"{place}{position:02d}"
        usage = "R" if element.is_mandatory else "S"
        common = f"<data_ele>{element.number}</data_ele><name>{escape(element.name)}</name><usage>{usage}</usage>"
        if element.components:
            parts = "".join(self._element(c, name, n, is_component=True) for n, c in enumerate(element.components, 1))
            return f"<composite>{common}<seq>{position:02d}</seq><refdes>{name}</refdes>{parts}</composite>"
        self._elements[element.number] = element
        listed = f"<valid_codes><code>{VERSIONS[self._release]}</code></valid_codes>" if name == "ISA12" else ""
        # Only a list that refuses is given to the judge: in 005010 an unknown code is a warning of ours.
        if element.codes is not None and element.code_finding == "X12-CODE-UNKNOWN":
            self._codes[element.number] = element.codes
            listed = f'<valid_codes external="c{element.number}"/>'
        return f'<element xid="{name}">{common}<seq>{position:02d}</seq>{listed}</element>'

    def _dataele(self, shipped: str) -> str:
        own = "".join(
            f'<data_ele ele_num="{e.number}" data_type="{e.kind}" min_len="{e.shortest}" max_len="{e.longest}" name="{escape(e.name)}"/>'
            for e in self._elements.values()
        )
        kept = "".join(
            row
            for row in re.findall(r"<data_ele .*?/>", shipped)
            if (m := re.search(r'ele_num="(\w+)"', row)) and m[1] not in self._elements
        )
        return f'<?xml version="1.0"?><data_elements>{own}{kept}</data_elements>'

    def _codesets(self) -> str:
        sets = "".join(
            f"<codeset><id>c{n}</id><name>{n}</name><data_ele>{n}</data_ele><version>"
            + "".join(f"<code>{escape(c)}</code>" for c in sorted(codes))
            + "</version></codeset>"
            for n, codes in self._codes.items()
        )
        states = "<codeset><id>states</id><name>states</name><data_ele>156</data_ele><version><code>NY</code></version></codeset>"
        return f'<?xml version="1.0"?><codesets>{sets}{states}</codesets>'


_LOAD = pyx12.map_if.load_map_file


def _extended() -> pyx12.params.params:
    """Return pyx12's settings with the extended character set, without which ISA11 may not be "^"."""
    param = pyx12.params.params()
    param.set("charset", "E")
    return param
