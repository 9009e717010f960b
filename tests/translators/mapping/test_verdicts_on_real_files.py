"""What becomes of each file from the field: a document, or the sentences a person was shown and agreed with.

Every set that is not listed here becomes a document, and the map has nothing to say against it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from tests.translators.mapping.shipped import ROOT, read_with, sets_in, shipped_map
from tests.translators.mapping.test_xml_maps import CXML_FILES, CXML_KINDS, UBL_FILES, UBL_KINDS

FIELD = ROOT.parent / "shared" / "samples"
ORDERS = ("810", "846", "850", "855", "856", "860", "865")
X12_FILES = sorted(p for p in FIELD.glob("*/*") if p.parent.name in (*ORDERS, "mixed")) if FIELD.is_dir() else []

NO_NUMBER = "The document has no order number (BEG03). Ask the partner to send it."
NO_DATE = "The document has no issue date (BEG05). Ask the partner to send it."
NO_LINES = "The document has no lines (PO1). Ask the partner to send it."
NO_ORDER = "Order 1 has no order number (PRF01). Ask the partner to send it."
NOTHING = (NO_NUMBER, NO_DATE, NO_LINES)

# File (the beginning of its name is enough): what is said of its sets, in their order, where a set is refused.
REFUSED: dict[str, tuple[tuple[str, ...], ...]] = {
    # PO105 and PO106 hold what belongs one further: the line says no item.
    "850/ballerina-platform__module-ballerina-edi__x12": (("Line 1 has no item. Ask the partner to send it.",),),
    # Orders for nothing.
    "850/gallagherg__ediparser__x12.md__embed1": ((NO_LINES,),),
    "850/hellooops__vscode-edi-support__850-lineBreak-LF": ((NO_LINES,),),
    "850/hellooops__vscode-edi-support__extension.test.ts__embed1": ((NO_LINES,),),
    "850/hellooops__vscode-edi-support__x12.test.ts__embed2": ((NO_LINES,),),
    "mixed/hellooops__vscode-edi-support__X12-interchanges": ((NO_LINES,), (NO_LINES,)),
    # Segments of nobody's between ST and SE: no order at all.
    "850/hellooops__vscode-edi-support__diagnosctics": (NOTHING,),
    "850/hellooops__vscode-edi-support__x12.test.ts__embed1": (NOTHING,),
    "850/indice-co__EDI.Net__x12.810.mandatory-conditions": (NOTHING,),
    "850/indice-co__EDI.Net__x12.Issue101": (NOTHING,),
    "850/indice-co__EDI.Net__x12.Issue172": (NOTHING,),
    "850/indice-co__EDI.Net__x12.Issue91": (NOTHING,),
    # The date stands in BEG06, where a contract number belongs.
    "850/notpeter__edicat__README.md__embed1": ((NO_DATE,),),
    # An order level that names no order.
    "856/apimeister__x12-types__test_856.rs__embed2": ((NO_ORDER,),),
    "856/apimeister__x12-types__test_856.rs__embed3": ((NO_ORDER,),),
    "856/apimeister__x12-types__test_856.rs__embed4": ((NO_ORDER,),),
    # A purpose that the table of purposes has not: one line in tables/purposes.toml.
    "855/xlate__staedi__multi-tx-transaction-type": (
        ("segment 2, BAK01: '54' is no purpose that table purposes knows; add it there or ask for another code",),
    )
    * 2,
}
# UBL and cXML: why a file of a kind that has a map is refused.
REFUSED_XML = {
    "phax__ph-ubl__CENBII-Order-minimal.xml": (
        "The document has no order number (cbc:ID). Ask the partner to send it.",
        "Line 1 has no item. Ask the partner to send it.",
    ),
    # Its prices are for ten.
    "phax__ph-ubl__CENBII-Order-maximal.xml": tuple(
        f"segment {line}, cbc:BaseQuantity01: cac:LineItem/cac:Price/cbc:BaseQuantity is '10'; the guide allows 1, 1.0, 1.00, 1.000, "
        "1.0000, 1.00000, 1.000000. (UBL 2.1, Price: BaseQuantity)"
        for line in (650, 714)
    ),
    # OASIS' own example answers lines by their numbers only.
    "phax__ph-ubl__UBL-OrderResponse-2.1-Example.xml": (
        "The document has no order date (cac:OrderReference/cbc:IssueDate). Ask the partner to send it.",
        "Line 1 has no quantity. Ask the partner to send it.",
        "Line 1 has no item. Ask the partner to send it.",
        "Line 2 has no quantity. Ask the partner to send it.",
        "Line 2 has no item. Ask the partner to send it.",
    ),
}


def _listed(path: Path) -> tuple[tuple[str, ...], ...]:
    name = f"{path.parent.name}/{path.name}"
    return next((said for begin, said in REFUSED.items() if name.startswith(begin)), ())


@pytest.mark.skipif(not X12_FILES, reason="the files from the field are not on this machine")
@pytest.mark.parametrize("path", X12_FILES, ids=lambda p: f"{p.parent.name}/{p.name}"[:60])
def test_an_x12_file_becomes_what_was_agreed(path: Path) -> None:
    refused = []
    for interchange, group, found in sets_in(path.read_bytes()):
        if found.id not in ORDERS or found.tree is None:
            continue
        reading = read_with(shipped_map(f"x12/{found.id}"), found.tree, group.release, interchange.separators)
        said = tuple(f.sentence for f in reading.findings if f.refuses)
        if said:
            refused.append(said)
        else:
            assert reading.document is not None
    assert tuple(refused) == _listed(path)


@pytest.mark.skipif(not X12_FILES, reason="the files from the field are not on this machine")
def test_every_verdict_is_about_a_file() -> None:
    names = [f"{p.parent.name}/{p.name}" for p in X12_FILES]
    assert [begin for begin in REFUSED if sum(name.startswith(begin) for name in names) != 1] == []


@pytest.mark.skipif(not UBL_FILES, reason="the files from the field are not on this machine")
@pytest.mark.parametrize("path", [*UBL_FILES, *CXML_FILES], ids=lambda p: p.name[:60])
def test_an_xml_file_becomes_what_was_agreed(path: Path) -> None:
    payload = path.read_bytes()
    root = etree.QName(etree.fromstring(payload, etree.XMLParser(load_dtd=False))).localname
    kind = next((k for k in CXML_KINDS if f"<{k}>".encode() in payload or f"<{k} ".encode() in payload), root)
    name = {**UBL_KINDS, **CXML_KINDS}.get(kind)
    if name is None:
        return  # no map is for it; that no other map takes it is shown in test_xml_maps
    by = shipped_map(name)
    reading = read_with(by, by.trees(payload).trees[0], "")
    assert tuple(f.sentence for f in reading.findings if f.refuses) == REFUSED_XML.get(path.name, ())
    assert reading.is_accepted is (path.name not in REFUSED_XML)
