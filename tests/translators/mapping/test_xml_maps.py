"""XML documents through their maps: samples both ways, the identity, the schemas as judges, and files that are not safe to read."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.translators.mapping.documents import documents
from tests.translators.mapping.shipped import MAPS, ROOT, load, read_with, shipped_map
from translators.canonical import OrderAcknowledgment, PurchaseOrder, ShipNotice
from translators.canonical.document import BusinessDocument
from translators.mapping import MapErrors, WriteContext, load_map
from translators.xmldoc import Element, write_xml

XML_MAPS = tuple(sorted(f"{d}/{p.stem}" for d in ("ubl", "cxml", "xml") for p in (MAPS / d).glob("*.toml")))
SAMPLES = tuple(sorted(p for d in ("ubl", "cxml", "xml") for p in (MAPS / d / "samples").glob("*.xml")))
SHARED = ROOT.parent / "shared"
UBL_KINDS = {
    "Order": "ubl/order",
    "OrderResponse": "ubl/order-response",
    "DespatchAdvice": "ubl/despatch-advice",
    "CreditNote": "ubl/credit-note",
    "Invoice": "ubl/invoice",
}
UBL_FILES = sorted((SHARED / "samples" / "ubl").glob("*.xml"))
CXML_JUDGES = {"order": "cXML", "confirmation": "Fulfill", "ship-notice": "Fulfill", "invoice": "InvoiceDetail-1.2.037"}
WRITTEN_ABOUT = {"source", "partner", "is_test"}


def _map_of(path: Path) -> str:
    found = [m for m in XML_MAPS if f"{path.parent.parent.name}/{path.stem}".startswith(f"{m}-")]
    return max(found, key=len)


@functools.cache
def _judge(kind: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SHARED / "schemas" / "ubl-2.1" / "maindoc" / f"UBL-{kind}-2.1.xsd")))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: f"{p.parent.parent.name}/{p.name}")
def test_a_sample_reads_as_its_json_says_and_comes_back_whole(path: Path) -> None:
    by = shipped_map(_map_of(path))
    found = by.trees(path.read_bytes())
    assert found.findings == ()
    (tree,) = found.trees
    reading = read_with(by, tree, "")
    assert reading.findings == ()
    assert reading.document is not None
    got = json.loads(reading.document.model_dump_json(exclude_defaults=True, exclude={"source"}))
    assert got == json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    writing = by.write(reading.document, WriteContext())
    assert writing.findings == ()
    written = by.payload([writing.tree]).content
    assert _canonical(written) == _canonical(path.read_bytes())


def _canonical(payload: bytes) -> bytes:
    parser = etree.XMLParser(remove_blank_text=True, remove_comments=True, load_dtd=False)
    return etree.tostring(etree.fromstring(payload, parser), method="c14n")


def test_every_xml_map_has_a_sample() -> None:
    assert {_map_of(path) for path in SAMPLES} == set(XML_MAPS)


@pytest.mark.parametrize("name", XML_MAPS)
@given(data=st.data())
@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
def test_what_is_written_reads_back_the_same(name: str, data: st.DataObject) -> None:
    by = shipped_map(name)
    document = data.draw(documents(by))
    writing = by.write(document, WriteContext())
    assert writing.findings == ()
    (tree,) = by.trees(by.payload([writing.tree]).content).trees
    reading = read_with(by, tree, "")
    assert reading.document is not None, reading.findings
    assert reading.document.model_dump(exclude=WRITTEN_ABOUT) == document.model_dump(exclude=WRITTEN_ABOUT)
    assert reading.findings == ()


@pytest.mark.skipif(not UBL_FILES, reason="the files from the field are not on this machine")
@pytest.mark.parametrize("path", UBL_FILES, ids=lambda p: p.name)
def test_a_ubl_file_translates_or_is_refused_and_what_we_write_is_as_valid(path: Path) -> None:
    payload = path.read_bytes()
    root = etree.fromstring(payload)
    kind = etree.QName(root).localname
    if kind not in UBL_KINDS:
        found = shipped_map("ubl/order").trees(payload)
        assert [f.code for f in found.findings] == ["XML-ROOT"]
        return
    by = shipped_map(UBL_KINDS[kind])
    (tree,) = by.trees(payload).trees
    reading = read_with(by, tree, "")
    if reading.document is None or not reading.is_accepted:
        assert any(f.code in ("MAP-REQUIRED", "MAP-VALUE", "MAP-CODE", "MAP-GUIDE") for f in reading.findings)
        return
    writing = by.write(reading.document, WriteContext())
    assert [f.sentence for f in writing.findings] == []
    written = by.payload([writing.tree]).content
    again = read_with(by, by.trees(written).trees[0], "")
    assert again.document is not None
    assert _without_order(again.document) == _without_order(reading.document)
    judge = _judge(kind)
    if judge.validate(root):
        assert judge.validate(etree.fromstring(written)), judge.error_log
    assert _words(payload) - _words(written) == set()


def _without_order(document: BusinessDocument) -> object:
    """Return a document whose extensions are sorted: a file that is not in the schema's order comes back in it."""
    found = document.model_dump(exclude={"source"})
    found["extensions"] = sorted(found["extensions"], key=lambda e: (e["path"], e["value"]))
    return found


def _words(payload: bytes) -> set[str]:
    """Return every text and attribute value of a document that says anything."""
    root = etree.fromstring(payload, etree.XMLParser(remove_comments=True, load_dtd=False))
    about = "{http://www.w3.org/2001/XMLSchema-instance}"
    found = {(e.text or "").strip() for e in root.iter(etree.Element)}
    return found | {
        str(v) for e in root.iter(etree.Element) for k, v in e.attrib.items() if not str(k).startswith(about)
    }


# What every cXML document needs besides itself.
ENVELOPE = {
    ".@payloadID": "1@here.example",
    ".@timestamp": "2026-01-09T10:15:00+00:00",
    "Header/From/Credential@domain": "NetworkID",
    "Header/From/Credential/Identity": "AN01",
    "Header/To/Credential@domain": "NetworkID",
    "Header/To/Credential/Identity": "AN02",
    "Header/Sender/Credential@domain": "NetworkID",
    "Header/Sender/Credential/Identity": "AN01",
    "Header/Sender/UserAgent": "Gateway",
}


def _lines(document: BusinessDocument) -> int:
    orders = getattr(document, "orders", None)
    return sum(len(order.lines) for order in orders) if orders is not None else len(getattr(document, "lines", ()))


@pytest.mark.skipif(not (SHARED / "schemas").is_dir(), reason="the schemas are not on this machine")
@pytest.mark.parametrize("kind", UBL_KINDS)
@given(data=st.data())
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
def test_any_ubl_document_we_write_is_valid_by_its_schema(kind: str, data: st.DataObject) -> None:
    by = shipped_map(UBL_KINDS[kind])
    document = data.draw(documents(by).filter(_lines))
    written = by.payload([by.write(document, WriteContext()).tree]).content
    judge = _judge(kind)
    assert judge.validate(etree.fromstring(written)), judge.error_log


ORDER_TYPES = ("", "regular", "release", "blanket", "stockTransport", "stockTransportRelease")


def _can_be_cxml(document: BusinessDocument) -> bool:
    """Return whether `document` says what cXML cannot do without: streets of addresses, answers with quantities, what it ships.

    What it lacks there nobody can make up; an order type of another standard is sent as it is, and refused by the partner.
    """
    parties = [p for p in getattr(document, "parties", ()) if p.address is not None or p.additional_names]
    if any(p.address is None or not p.address.lines for p in parties):
        return False
    if isinstance(document, OrderAcknowledgment):
        return all(line.responses and all(r.quantity for r in line.responses) for line in document.lines)
    if isinstance(document, ShipNotice):
        return bool(document.tracking_numbers)
    return not isinstance(document, PurchaseOrder) or document.order_type in ORDER_TYPES


@pytest.mark.skipif(not (SHARED / "schemas").is_dir(), reason="the DTDs are not on this machine")
@pytest.mark.parametrize("kind", CXML_JUDGES)
@given(data=st.data())
@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
def test_any_cxml_document_we_write_is_valid_by_its_dtd(kind: str, data: st.DataObject) -> None:
    by = shipped_map(f"cxml/{kind}")
    document = data.draw(documents(by))
    if isinstance(document, PurchaseOrder) and document.order_type not in ORDER_TYPES:
        document = document.model_copy(update={"order_type": ""})
    assume(_can_be_cxml(document))
    written = by.payload([by.write(document, WriteContext(envelope=ENVELOPE)).tree]).content
    judge = etree.DTD(str(SHARED / "schemas" / "cxml-1.2.063" / f"{CXML_JUDGES[kind]}.dtd"))
    assert judge.validate(etree.fromstring(written, etree.XMLParser(load_dtd=False))), judge.error_log


UNSAFE = {
    "an entity": b'<!DOCTYPE Order [<!ENTITY x "y">]><Order>&x;</Order>',
    "entities in entities": b'<!DOCTYPE o [<!ENTITY a "aa"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]><Order>&c;</Order>',
    "a file": b'<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><Order>&x;</Order>',
    "elements of its own": b"<!DOCTYPE Order [<!ELEMENT Order ANY>]><Order/>",
    "attributes nobody sent": b'<!DOCTYPE Order [<!ATTLIST Order quantity CDATA "999">]><Order/>',
    "attributes, in UTF-16": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE o [<!ATTLIST o q CDATA "9">]><o/>'.encode(
        "utf-16"
    ),
    "a notation": b'<!DOCTYPE Order [<!NOTATION n SYSTEM "x">]><Order/>',
    "a parameter entity": b'<!DOCTYPE Order [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><Order/>',
}


@pytest.mark.parametrize("case", UNSAFE)
def test_a_document_that_declares_anything_is_refused(case: str) -> None:
    found = shipped_map("ubl/order").trees(UNSAFE[case])
    assert [f.code for f in found.findings] == ["XML-DOCTYPE"]
    assert found.trees == ()


@pytest.mark.parametrize("payload", [b"", b"not xml", b"<Order>", b"<a/><b/>", b"\x00\x01", b"<Order>&x;</Order>"])
def test_what_is_no_xml_is_refused(payload: bytes) -> None:
    found = shipped_map("ubl/order").trees(payload)
    assert [f.code for f in found.findings] == ["XML-SYNTAX"]


def test_elements_too_deep_in_each_other_are_refused() -> None:
    found = shipped_map("ubl/order").trees(b"<a>" * 230 + b"</a>" * 230)
    assert [f.code for f in found.findings] == ["XML-SYNTAX"]


def test_text_after_an_inner_element_is_read() -> None:
    path = MAPS / "cxml/samples/order-two-lines.xml"
    plain = b">Garden hose, 15 m</Description>"
    mixed = b"><ShortName>hose</ShortName> Garden hose, 15 m</Description>"
    by = shipped_map("cxml/order")
    document = read_with(by, by.trees(path.read_bytes().replace(plain, mixed, 1)).trees[0], "").document
    assert isinstance(document, PurchaseOrder)
    assert document.lines[0].item.description == "Garden hose, 15 m"
    assert [e.value for e in document.lines[0].extensions] == ["hose"]


@pytest.mark.parametrize(
    "text", ["2026-01-311", "2026-W02-1", "20260109", "2026-02-30", "2026-01", "2026-01-09x", "٢٠٢٦-01-09"]
)
def test_what_only_begins_as_a_date_is_none(text: str) -> None:
    path = MAPS / "ubl/samples/order-two-lines.xml"
    payload = path.read_bytes().replace(b"<cbc:IssueDate>2026-01-09<", f"<cbc:IssueDate>{text}<".encode())
    by = shipped_map("ubl/order")
    reading = read_with(by, by.trees(payload).trees[0], "")
    assert reading.document is None
    assert f"{text!r} is no date" in reading.findings[0].sentence


@pytest.mark.parametrize("text", ["2026-01-09T23:30:00-08:00", "2026-01-09Z", "2026-01-09+01:00"])
def test_a_day_is_the_senders_own(text: str) -> None:
    path = MAPS / "ubl/samples/order-two-lines.xml"
    payload = path.read_bytes().replace(b"<cbc:IssueDate>2026-01-09<", f"<cbc:IssueDate>{text}<".encode())
    by = shipped_map("ubl/order")
    document = read_with(by, by.trees(payload).trees[0], "").document
    assert isinstance(document, PurchaseOrder)
    assert document.issue_date.isoformat() == "2026-01-09"


PRICED = {
    "ubl/order": (
        "ubl/samples/order-two-lines.xml",
        b"</cbc:PriceAmount>",
        b'<cbc:BaseQuantity unitCode="EA">%s</cbc:BaseQuantity>',
    ),
    "ubl/invoice": ("ubl/samples/invoice-tax.xml", b"</cbc:PriceAmount>", b"<cbc:BaseQuantity>%s</cbc:BaseQuantity>"),
    "cxml/order": (
        "cxml/samples/order-two-lines.xml",
        b"</Classification>",
        b'<PriceBasisQuantity quantity="%s" conversionFactor="1"><UnitOfMeasure>EA</UnitOfMeasure></PriceBasisQuantity>',
    ),
}


@pytest.mark.parametrize("name", PRICED)
def test_a_price_for_a_hundred_is_refused_and_not_read_as_the_price_of_one(name: str) -> None:
    sample, after, basis = PRICED[name]
    by = shipped_map(name)
    content = (MAPS / sample).read_bytes()
    assert after in content
    readings = [
        read_with(by, by.trees(content.replace(after, after + basis.replace(b"%s", quantity), 1)).trees[0], "")
        for quantity in (b"1.00", b"100")
    ]
    assert [r.is_accepted for r in readings] == [True, False]
    (finding,) = readings[1].findings
    assert (finding.code, finding.value) == ("MAP-GUIDE", "100")


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    root = Element("a", "b\x00\x0b\ud800\ufffe\uffffc\t\U0001f600")
    assert "bc\t\U0001f600" in write_xml(root, {}).decode()


def test_prefixes_are_the_senders_business() -> None:
    path = MAPS / "ubl/samples/order-two-lines.xml"
    other = path.read_bytes().replace(b"cbc:", b"b:").replace(b"xmlns:cbc", b"xmlns:b")
    by = shipped_map("ubl/order")
    readings = [read_with(by, by.trees(p).trees[0], "").document for p in (path.read_bytes(), other)]
    first, second = (r.model_dump(exclude={"source"}) for r in readings if r is not None)
    assert first == second


WRONG = {
    "unknown element": (
        '"cbc:IssueDate"',
        '"cbc:IsueDate"',
        "no segment cbc:IsueDate in Order ; did you mean cbc:IssueDate?",
    ),
    "unknown word": ("currency = ", "curency = ", "format.curency: is no word of a format; did you mean currency?"),
    "no root": ('root = "Order"', "", "format.root: is missing"),
    "no schema": (
        '"ubl/elements.json"',
        '"ubl/element.json"',
        "format.elements: there is no file maps/ubl/element.json",
    ),
    "a condition that is none": (
        '"cbc:IssueDate"',
        '"cbc:IssueDate[x=1]"',
        "[x=1] is no condition; write it like [@role=shipTo]",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_xml_map_says_where_and_what_to_do(case: str) -> None:
    was, becomes, complaint = WRONG[case]
    text = (MAPS / "ubl/order.toml").read_text(encoding="utf-8")
    assert was in text
    wrong = text.replace(was, becomes, 1).encode()
    with pytest.raises(MapErrors) as caught:
        load_map("ubl/wrong", lambda name: wrong if name == "ubl/wrong.toml" else load(name))
    assert any(complaint in c for c in caught.value.complaints), caught.value.complaints


CXML_FILES = sorted((SHARED / "samples" / "cxml").glob("*.xml"))
CXML_KINDS = {
    "OrderRequest": "cxml/order",
    "ConfirmationRequest": "cxml/confirmation",
    "ShipNoticeRequest": "cxml/ship-notice",
    "InvoiceDetailRequest": "cxml/invoice",
}


@pytest.mark.skipif(not CXML_FILES, reason="the files from the field are not on this machine")
@pytest.mark.parametrize("path", CXML_FILES, ids=lambda p: p.name)
def test_a_cxml_file_translates_or_is_refused(path: Path) -> None:
    payload = path.read_bytes()
    kinds = [k for k in CXML_KINDS if f"<{k}>".encode() in payload or f"<{k} ".encode() in payload]
    by = shipped_map(CXML_KINDS[kinds[0]] if kinds else "cxml/order")
    found = by.trees(payload)
    reading = read_with(by, found.trees[0], "") if found.trees else None
    if not kinds:
        assert reading is None or reading.document is None
        return
    assert reading is not None
    assert reading.document is not None, reading.findings
    writing = by.write(reading.document, WriteContext())
    assert writing.findings == ()
    written = by.payload([writing.tree]).content
    again = read_with(by, by.trees(written).trees[0], "").document
    assert again is not None
    assert _without_order(again) == _without_order(reading.document)
    secrets = {e.text for e in etree.fromstring(payload, etree.XMLParser(load_dtd=False)).iter("SharedSecret")}
    assert not any(secret and secret in reading.document.model_dump_json() for secret in secrets)


@pytest.mark.skipif(not (SHARED / "schemas").is_dir(), reason="the DTDs are not on this machine")
@pytest.mark.parametrize("path", [p for p in SAMPLES if p.parent.parent.name == "cxml"], ids=lambda p: p.name)
def test_the_cxml_we_write_is_valid_by_its_dtd(path: Path) -> None:
    by = shipped_map(_map_of(path))
    document = read_with(by, by.trees(path.read_bytes()).trees[0], "").document
    assert document is not None
    written = by.payload([by.write(document, WriteContext()).tree]).content
    judge = etree.DTD(str(SHARED / "schemas" / "cxml-1.2.063" / f"{CXML_JUDGES[_map_of(path).split('/')[1]]}.dtd"))
    assert judge.validate(etree.fromstring(written, etree.XMLParser(load_dtd=False))), judge.error_log


def test_credentials_come_from_outside_the_document() -> None:
    by = shipped_map("cxml/order")
    path = MAPS / "cxml/samples/order-two-lines.xml"
    document = read_with(by, by.trees(path.read_bytes()).trees[0], "").document
    assert document is not None
    bare = document.model_copy(update={"extensions": ()})
    envelope = {".@payloadID": "1@here.example", "Header/From/Credential/Identity": "AN01"}
    root = etree.fromstring(by.payload([by.write(bare, WriteContext(envelope=envelope)).tree]).content)
    assert root.get("payloadID") == "1@here.example"
    assert root.findtext("Header/From/Credential/Identity") == "AN01"
