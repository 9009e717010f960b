"""Delimited, fixed and XML files through the whole journey: one document each, one bad document never holds the good ones back, every
file is answered, and what we send is what the partner's map and the standard's schema ask for."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from gateway.ports import Outgoing
from gateway.states import STATES, Acknowledgment, Direction, Kind, State
from gateway.steps.decisions import retry
from gateway.store.order_life import OrderKey, order_life
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import answers, one_order
from translators.canonical import (
    AcknowledgedLine,
    Identifier,
    Invoice,
    InvoiceLine,
    Item,
    LineResponse,
    Money,
    OrderAcknowledgment,
    Party,
    PurchaseOrder,
)
from translators.mapping import ReadContext

ROWS, CXML, UBL = "prairie-garden", "bayside-campus", "ubl-buyer"
MAPS = Path(__file__).parents[2] / "maps"
SHARED = Path(__file__).parents[3] / "shared"
ORDER_ROWS = (MAPS / "csv/samples/order-two.csv").read_bytes()
ORDER_CXML = (MAPS / "cxml/samples/order-two-lines.xml").read_bytes()
ORDER_UBL = (MAPS / "ubl/samples/order-two-lines.xml").read_bytes()
ORDER_FIXED = (MAPS / "fixed/samples/order-two-lines.txt").read_bytes()
BAD_QUANTITY = (b'Garden hose, 15 m",24,EA', b'Garden hose, 15 m",many,EA')
PO, ACK, INV, FILE = Kind.PURCHASE_ORDER, Kind.ORDER_ACKNOWLEDGMENT, Kind.INVOICE, Kind.INTERCHANGE

UBL_SCHEMA = "urn:oasis:names:specification:ubl:schema:xsd:"
# The order of UBL 2.1's ApplicationResponse over the standard's own components, as its own schema is not among the samples'.
APPLICATION_RESPONSE = f"""\
<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="{UBL_SCHEMA}ApplicationResponse-2"
  xmlns:cac="{UBL_SCHEMA}CommonAggregateComponents-2" xmlns:cbc="{UBL_SCHEMA}CommonBasicComponents-2">
<xsd:import namespace="{UBL_SCHEMA}CommonAggregateComponents-2"
  schemaLocation="{{common}}/UBL-CommonAggregateComponents-2.1.xsd"/>
<xsd:import namespace="{UBL_SCHEMA}CommonBasicComponents-2" schemaLocation="{{common}}/UBL-CommonBasicComponents-2.1.xsd"/>
<xsd:element name="ApplicationResponse"><xsd:complexType><xsd:sequence>
<xsd:element ref="cbc:UBLVersionID"/><xsd:element ref="cbc:ID"/><xsd:element ref="cbc:IssueDate"/>
<xsd:element ref="cbc:IssueTime"/><xsd:element ref="cac:SenderParty"/><xsd:element ref="cac:ReceiverParty"/>
<xsd:element ref="cac:DocumentResponse" maxOccurs="unbounded"/>
</xsd:sequence></xsd:complexType></xsd:element></xsd:schema>"""

UBL_PARTNER = """\
name = "A Buyer of UBL"
account = "C-9"
connector = "erp"
[[agreements]]
document = "purchase_order"
direction = "in"
map = "ubl/order"
[[agreements]]
document = "order_acknowledgment"
direction = "out"
map = "ubl/order-response"
[[agreements]]
document = "invoice"
direction = "out"
map = "ubl/invoice"
"""


@pytest.fixture
def files(gateway: GatewayUnderTest) -> GatewayUnderTest:
    """Return a gateway that also has a partner for UBL."""
    (gateway.home / "partners" / f"{UBL}.toml").write_text(UBL_PARTNER)
    gateway.restart()
    return gateway


def orders(gateway: GatewayUnderTest) -> dict[str, tuple[State, str]]:
    return {d.number: (d.state, d.set_id) for d in gateway.all() if d.kind is PO}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def only(gateway: GatewayUnderTest, partner: str, beginning: str) -> bytes:
    """Return the only file of an outbox whose name begins so."""
    found = [content for name, content in gateway.outbox(partner).items() if name.startswith(beginning)]
    assert len(found) == 1, list(gateway.outbox(partner))
    return found[0]


# Coming in


def test_each_order_of_a_delimited_file_is_booked_by_itself_and_the_receipt_names_them(files: GatewayUnderTest) -> None:
    files.drop(ROWS, ORDER_ROWS, "orders.csv")
    files.run()
    assert orders(files) == {"NS-4711": (State.POSTED, "CSV"), "NS-4712": (State.POSTED, "CSV")}
    assert len(files.erp.booked) == 2
    told = files.one(FILE)
    assert told.state is State.OPENED
    assert told.sentence == "orders.csv from Prairie Garden Centers is CSV and holds 2 documents."
    receipt = rows(only(files, ROWS, "receipt-"))
    assert [(r["file"], r["document"], r["verdict"]) for r in receipt] == [
        ("orders.csv", "NS-4711", "accepted"),
        ("orders.csv", "NS-4712", "accepted"),
    ]
    assert files.one(Kind.RECEIPT, Direction.OUT).state is State.SENT
    assert {d.acknowledgment for d in files.all() if d.kind is PO} == {Acknowledgment.ACCEPTED}


def test_a_bad_order_never_holds_the_good_one_of_its_file_back(files: GatewayUnderTest) -> None:
    files.drop(ROWS, ORDER_ROWS.replace(*BAD_QUANTITY), "orders.csv")
    files.run()
    refused = next(d for d in files.all() if d.kind is PO and d.state is State.REFUSED)
    assert (refused.code, refused.number) == ("MAP-VALUE", "document 1")
    assert "Row 2, line.Quantity: 'many' is no number" in refused.sentence
    assert orders(files)["NS-4712"] == (State.POSTED, "CSV")
    first = files.findings(refused)[0]
    assert (first.position.segment_number, first.position.segment_id, first.value) == (2, "line.Quantity", "many")
    bad, good = rows(only(files, ROWS, "receipt-"))
    assert (bad["verdict"], bad["row"], bad["place"], bad["value"], bad["code"]) == (
        "refused", "2", "line.Quantity", "many", "MAP-VALUE",
    )  # fmt: skip
    assert (good["document"], good["verdict"]) == ("NS-4712", "accepted")
    assert "partners/" not in only(files, ROWS, "receipt-").decode()


def test_a_number_as_long_as_a_page_stops_nobody(files: GatewayUnderTest) -> None:
    """No index of PostgreSQL holds it: the file would stay where it is for ever, unanswered."""
    long = "".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(150))
    files.drop(ROWS, ORDER_ROWS.replace(b"NS-4711", long.encode()), "orders.csv")
    files.run()
    assert sorted(d.state for d in files.all() if d.kind is PO) == [State.POSTED, State.POSTED]
    assert {posting.document.order_number for posting in files.erp.booked.values()} == {long, "NS-4712"}
    assert len(rows(only(files, ROWS, "receipt-"))) == 2


def test_a_file_with_a_refused_order_is_judged_anew_when_it_comes_again(files: GatewayUnderTest) -> None:
    """Its sender may have waited for us to mend the map; what was good in it is found by its number."""
    content = ORDER_ROWS.replace(*BAD_QUANTITY)
    files.drop(ROWS, content, "orders.csv")
    files.run()
    files.drop(ROWS, content, "again.csv")
    files.run()
    states = sorted(d.state for d in files.all() if d.kind is PO)
    assert states == [State.DUPLICATE, State.POSTED, State.REFUSED, State.REFUSED]
    assert len(files.erp.booked) == 1


def test_the_same_file_again_does_nothing_twice_and_gets_the_same_receipt(files: GatewayUnderTest) -> None:
    files.drop(ROWS, ORDER_ROWS, "orders.csv")
    files.run()
    files.drop(ROWS, ORDER_ROWS, "orders-again.csv")
    files.run()
    assert sorted(d.state for d in files.all() if d.kind is FILE) == [State.DUPLICATE, State.OPENED]
    assert files.one(FILE, state=State.DUPLICATE).code == "GW-2106"
    assert len(files.erp.booked) == 2
    sent = [d for d in files.all() if d.kind is Kind.RECEIPT]
    assert len(sent) == 2
    assert len({files.station.payload(d) for d in sent}) == 1, "byte for byte"
    assert len([name for name in files.outbox(ROWS) if name.startswith("receipt-")]) == 2, "each under its own name"


def test_the_same_order_in_another_file_is_a_duplicate_and_other_content_waits(files: GatewayUnderTest) -> None:
    files.drop(ROWS, ORDER_ROWS, "orders.csv")
    files.run()
    files.drop(ROWS, ORDER_ROWS.replace(b"24,EA,4.95", b"25,EA,4.95"), "more.csv")
    files.run()
    found = sorted((d.number, d.state, d.code) for d in files.all() if d.kind is PO)
    assert found == [
        ("NS-4711", State.PARKED, "GW-3104"),
        ("NS-4711", State.POSTED, ""),
        ("NS-4712", State.DUPLICATE, "GW-3103"),
        ("NS-4712", State.POSTED, ""),
    ]
    assert len(files.erp.booked) == 2


def test_a_cxml_order_sent_again_under_a_new_payload_id_is_the_same_order(files: GatewayUnderTest) -> None:
    files.drop(CXML, ORDER_CXML, "order.xml")
    files.run()
    files.drop(CXML, ORDER_CXML.replace(b"20260109.1@", b"20260109.2@").replace(b"10:15:00", b"10:17:00"), "again.xml")
    files.run()
    assert sorted(d.state for d in files.all() if d.kind is PO) == [State.DUPLICATE, State.POSTED]


@pytest.mark.parametrize(
    ("partner", "content", "name", "number"),
    [(CXML, ORDER_CXML, "cXML", "NS-4711"), (UBL, ORDER_UBL, "UBL", "NS-4711")],
    ids=["cXML", "UBL"],
)
def test_an_xml_order_is_booked(partner: str, content: bytes, name: str, number: str, files: GatewayUnderTest) -> None:
    files.drop(partner, content, "order.xml")
    files.run()
    assert orders(files) == {number: (State.POSTED, name)}
    assert files.outbox(partner) == {}, "nothing was wrong, and no receipt was agreed"


def test_a_refused_cxml_order_is_answered_by_a_response_that_says_where(files: GatewayUnderTest) -> None:
    files.drop(CXML, ORDER_CXML.replace(b'orderDate="2026-01-09"', b'orderDate="soon"'), "order.xml")
    files.run()
    assert files.one(PO).state is State.REFUSED
    response = etree.fromstring(only(files, CXML, "receipt-"))
    status = response.find("Response/Status")
    assert status is not None
    assert (status.get("code"), status.get("text")) == ("400", "Bad Request")
    assert "OrderRequestHeader@orderDate" in (status.text or "")
    if (SHARED / "schemas").is_dir():
        dtd = etree.DTD(str(SHARED / "schemas" / "cxml-1.2.063" / "cXML.dtd"))
        assert dtd.validate(response), dtd.error_log


def test_a_refused_ubl_order_is_answered_by_an_application_response(files: GatewayUnderTest) -> None:
    files.drop(UBL, ORDER_UBL.replace(b"<cbc:IssueDate>2026-01-09", b"<cbc:IssueDate>soon"), "order.xml")
    files.run()
    response = etree.fromstring(only(files, UBL, "receipt-"))
    codes = response.findall(".//{*}DocumentResponse/{*}Response/{*}ResponseCode")
    assert [code.text for code in codes] == ["RE"]
    if (SHARED / "schemas").is_dir():
        schema = etree.XMLSchema(
            etree.fromstring(APPLICATION_RESPONSE.format(common=SHARED / "schemas/ubl-2.1/common"))
        )
        assert schema.validate(response), schema.error_log


def test_what_the_map_refused_goes_on_when_the_map_was_mended(files: GatewayUnderTest) -> None:
    files.drop(ROWS, ORDER_ROWS.replace(b"2026-01-10", b"10.01.2026"), "orders.csv")
    files.run()
    refused = files.one(PO, state=State.REFUSED)
    assert refused.code == "MAP-VALUE"
    own = files.home / "maps" / "csv"
    own.mkdir(parents=True)
    mended = (MAPS / "csv/order.toml").read_text().replace('date = ["YYYY-MM-DD"', 'date = ["DD.MM.YYYY"')
    (own / "german-order.toml").write_text(mended)
    profile = files.home / "partners" / f"{ROWS}.toml"
    profile.write_text(profile.read_text().replace('"csv/order"', '"csv/german-order"'))
    files.restart()
    retry(files.station, refused.id, "test", "their dates are German")
    files.run()
    assert orders(files)["NS-4712"] == (State.POSTED, "CSV")


@dataclass(frozen=True)
class Bad:
    """A file that cannot be opened: who sent it, what it is, the code and a word of the sentence, a word of the ticket."""

    partner: str
    content: bytes
    code: str
    says: str
    ticket: str


BOMB = b'<?xml version="1.0"?><!DOCTYPE Order [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Order>&b;</Order>'
BAD: dict[str, Bad] = {
    "an empty file": Bad(ROWS, b"", "GW-2101", "is empty", "the file is empty"),
    "only titles": Bad(ROWS, ORDER_ROWS.split(b"\r\n")[0].split(b"\n")[0], "GW-2201", "no document", "none of those"),
    "another order's XML": Bad(ROWS, ORDER_UBL, "GW-2201", "csv/order", "none of those"),
    "a letter": Bad(ROWS, b"Dear team, please find our order attached.", "FLAT-COLUMN-MISSING", "PO Number", "a column"),
    "a column renamed": Bad(
        ROWS, ORDER_ROWS.replace(b"PO Number,", b"PO Nummer,"), "FLAT-COLUMN-MISSING", "did you mean", "a column"
    ),
    "another encoding": Bad(
        ROWS, ORDER_ROWS.replace(b"hose", b"h\xf6se"), "FLAT-ENCODING", "is no utf-8", "character encoding"
    ),
    "a quote that is never closed": Bad(
        ROWS, ORDER_ROWS.replace(b'15 m",24', b"15 m,24"), "FLAT-QUOTING", "cannot be read", "quotes"
    ),
    "XML cut off": Bad(CXML, ORDER_CXML[:700], "XML-SYNTAX", "no well-formed XML", "cut off"),
    "XML with entities": Bad(CXML, BOMB, "XML-DOCTYPE", "not safe", "entities"),
    "another kind of XML": Bad(CXML, ORDER_UBL, "XML-ROOT", "Order", "another kind"),
    "rows from one who sends XML": Bad(CXML, ORDER_ROWS, "GW-2201", "cxml/order", "none of those"),
    "a picture": Bad(CXML, b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "GW-2201", "fits nothing", "none of those"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_cannot_be_opened_is_refused_says_why_and_gets_a_ticket(what: str, files: GatewayUnderTest) -> None:
    bad = BAD[what]
    files.drop(bad.partner, bad.content, "file.dat")
    files.run()
    told = files.one(FILE)
    assert (told.state, told.code) == (State.REFUSED, bad.code), told.sentence
    assert STATES[told.state].needs_person
    assert bad.says in told.sentence
    assert [e.code for e in files.story(told)][-1] == bad.code
    ticket = only(files, bad.partner, "ticket-").decode()
    assert bad.ticket in ticket
    assert "partners/" not in ticket
    assert files.erp.booked == {}


def test_a_file_larger_than_can_be_held_is_refused(files: GatewayUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.steps.open_file.FILE_LIMIT_BYTES", 100)
    files.drop(ROWS, ORDER_ROWS, "orders.csv")
    files.run()
    assert files.one(FILE).code == "GW-2202"
    assert "larger than we accept" in only(files, ROWS, "ticket-").decode()


def test_an_interchange_from_a_partner_without_x12_is_answered_as_from_a_stranger(files: GatewayUnderTest) -> None:
    files.drop(ROWS, one_order(files, "hill-street"))
    files.run()
    assert files.one(FILE).code == "GW-2104"
    assert answers(files, ROWS) == ["TA1 R 006"]


def test_two_agreements_are_told_apart_by_content_and_by_name(files: GatewayUnderTest) -> None:
    profile = files.home / "partners" / f"{ROWS}.toml"
    fixed = '\n[[agreements]]\ndocument = "purchase_order"\ndirection = "in"\nmap = "fixed/order"\nfiles = "*.txt"\n'
    back = '\n[[agreements]]\ndocument = "order_acknowledgment"\ndirection = "in"\nmap = "csv/acknowledgment"\n'
    profile.write_text(profile.read_text() + fixed + back)
    files.restart()
    files.drop(ROWS, ORDER_FIXED, "ORDERS1.TXT")
    files.drop(ROWS, ORDER_ROWS.replace(b"NS-47", b"NS-57"), "orders.csv")
    files.drop(ROWS, (MAPS / "csv/samples/acknowledgment-partial.csv").read_bytes(), "answer.csv")
    files.run()
    found = sorted((d.kind, d.set_id, d.number) for d in files.all() if d.parent_id is not None)
    assert found == [
        (ACK, "CSV", "NS-4711/SO-881"),
        (PO, "CSV", "NS-5711"),
        (PO, "CSV", "NS-5712"),
        (PO, "fixed", "NS-4711"),
    ]


def test_receipts_are_never_answered(files: GatewayUnderTest) -> None:
    files.drop(ROWS, ORDER_ROWS, "orders.csv")
    files.run()
    receipt = only(files, ROWS, "receipt-")
    files.drop(ROWS, receipt, "a-receipt.csv")
    files.drop(CXML, b'<cXML payloadID="1@x" timestamp="t"><Response><Status code="200" text="OK"/></Response></cXML>')
    files.drop(
        CXML, b'<cXML payloadID="2@x" timestamp="t"><Response><Status code="500" text="No"/></Response></cXML>', "no"
    )
    files.run()
    states = {d.number: (d.state, d.code) for d in files.all() if d.kind is FILE}
    assert states["a-receipt.csv"] == (State.OPENED, "")
    assert states["file.edi"] == (State.OPENED, "")
    assert states["no"] == (State.PARKED, "GW-2109")
    assert files.outbox(CXML) == {}


# Going out


def answer_to(order: PurchaseOrder, *, accepted: bool = True) -> OrderAcknowledgment:
    return OrderAcknowledgment(
        order_number=order.order_number,
        order_date=order.issue_date,
        acknowledgment_number="SO-77",
        acknowledgment_date=order.issue_date,
        status="accepted",
        seller_order_number="SO-77",
        currency=order.currency,
        lines=tuple(
            AcknowledgedLine(
                line_id=line.line_id,
                quantity=line.quantity,
                price=line.price,
                item=line.item,
                responses=(LineResponse(status="accepted", quantity=line.quantity, ship_date=order.issue_date),),
            )
            for line in order.lines
        ),
    )


def invoice_for(order: PurchaseOrder) -> Invoice:
    line = order.lines[0]
    price = Money(amount="4.95", currency=order.currency)
    seller = Item(identifiers=(Identifier(scheme="seller", value="SD-1001"),))
    return Invoice(
        invoice_number="INV-9/1",
        invoice_date=order.issue_date,
        order_number=order.order_number,
        order_date=order.issue_date,
        currency=order.currency,
        lines=(InvoiceLine(line_id=line.line_id, quantity=line.quantity, price=price, item=seller),),
        total=Money(amount="118.80", currency=order.currency),
    )  # fmt: skip


def handed_out(gateway: GatewayUnderTest, partner: str, account: str, content: bytes, *, parties: bool = False) -> None:
    """Book an order of the partner's and let the ERP hand out a confirmation and an invoice for it."""
    gateway.drop(partner, content, "order.dat")
    gateway.run()
    booked = [p.document for p in gateway.erp.booked.values() if isinstance(p.document, PurchaseOrder)]
    order = next(o for o in booked if o.order_number == "NS-4711")
    invoice = invoice_for(order)
    if parties:
        us, them = Party(role="seller", name="Sample Distributor"), Party(role="bill-to", name="A Buyer of UBL")
        invoice = invoice.model_copy(update={"parties": (us, them)})
    for number, document in enumerate((answer_to(order), invoice)):
        gateway.erp.feed.append(Outgoing(f"out-{number}", account, document))
    gateway.run()


def test_answers_and_invoices_leave_as_rows_under_a_stable_name(files: GatewayUnderTest) -> None:
    handed_out(files, ROWS, "C-1006", ORDER_ROWS)
    sent = files.one(ACK, Direction.OUT)
    assert (sent.state, sent.set_id, sent.acknowledgment) == (State.SENT, "CSV", Acknowledgment.NONE)
    content = files.outbox(ROWS)[f"order-acknowledgment-NS-4711-SO-77-{sent.id}.csv"]
    by = files.station.map_named("csv/acknowledgment")
    (tree,) = by.trees(content).trees
    assert by.read(tree, ReadContext()).document.order_number == "NS-4711"
    invoice = files.one(INV, Direction.OUT)
    assert f"invoice-INV-9-1-{invoice.id}.csv" in files.outbox(ROWS)
    words = [e.sentence for e in files.story(sent)]
    assert any("was translated to CSV" in w for w in words)
    assert any("ready to leave as order-acknowledgment-NS-4711" in w for w in words)


def test_cxml_leaves_with_its_header_and_the_secret_is_stored_nowhere(
    files: GatewayUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMPUS_SECRET", "s3cr<t&")
    profile = files.home / "partners" / f"{CXML}.toml"
    text = (
        profile.read_text().replace("# shared_secret", "shared_secret").replace("BAYSIDE_CXML_SECRET", "CAMPUS_SECRET")
    )
    profile.write_text(text)
    files.restart()
    handed_out(files, CXML, "C-1007", ORDER_CXML)
    sent = files.one(ACK, Direction.OUT)
    assert sent.state is State.SENT, sent.sentence
    root = etree.fromstring(only(files, CXML, "order-acknowledgment-"))
    assert root.get("payloadID") == f"{sent.id}@sample-distributor"
    assert root.findtext("Header/To/Credential/Identity") == "AN01000000001"
    assert root.findtext("Header/From/Credential/Identity") == "AN01000000002"
    assert root.findtext("Header/Sender/Credential/SharedSecret") == "s3cr<t&"
    assert root.find("Request").get("deploymentMode") == "production"  # type: ignore[union-attr]
    reference = root.find("Request/ConfirmationRequest/OrderReference/DocumentReference")
    assert reference is not None
    assert reference.get("payloadID") == "20260109.1@sample-distribution.example"
    stored = files.station.payload(sent)
    assert b"s3cr" not in stored
    assert b"<SharedSecret>env:CAMPUS_SECRET</SharedSecret>" in stored
    invoice = etree.fromstring(only(files, CXML, "invoice-"))
    if (SHARED / "schemas").is_dir():
        for document, name in ((root, "Fulfill.dtd"), (invoice, "InvoiceDetail-1.2.037.dtd")):
            dtd = etree.DTD(str(SHARED / "schemas" / "cxml-1.2.063" / name))
            assert dtd.validate(document), dtd.error_log


def test_ubl_leaves_valid_and_the_buyers_application_response_closes_it(files: GatewayUnderTest) -> None:
    handed_out(files, UBL, "C-9", ORDER_UBL, parties=True)
    if (SHARED / "schemas").is_dir():
        for beginning, name in (("order-acknowledgment-", "OrderResponse"), ("invoice-", "Invoice")):
            schema = etree.XMLSchema(etree.parse(str(SHARED / f"schemas/ubl-2.1/maindoc/UBL-{name}-2.1.xsd")))
            document = etree.fromstring(only(files, UBL, beginning))
            assert schema.validate(document), schema.error_log
    ubl = "urn:oasis:names:specification:ubl:schema:xsd:"
    refused = f"""<ApplicationResponse xmlns="{ubl}ApplicationResponse-2" xmlns:cbc="{ubl}CommonBasicComponents-2"
        xmlns:cac="{ubl}CommonAggregateComponents-2"><cac:DocumentResponse><cac:Response><cbc:ResponseCode>RE</cbc:ResponseCode>
        <cbc:Description>Wrong price</cbc:Description></cac:Response><cac:DocumentReference><cbc:ID>INV-9/1</cbc:ID>
        </cac:DocumentReference></cac:DocumentResponse></ApplicationResponse>"""
    files.drop(UBL, refused.encode(), "response.xml")
    files.run()
    invoice = files.one(INV, Direction.OUT)
    assert (invoice.state, invoice.code) == (State.REJECTED, "GW-3203")
    assert "Wrong price" in invoice.sentence


def test_what_a_partner_does_not_want_ends_quietly(files: GatewayUnderTest) -> None:
    profile = files.home / "partners" / f"{CXML}.toml"
    text = profile.read_text().replace('not_wanted = ["ship_notice"]', 'not_wanted = ["invoice"]')
    profile.write_text(text[: text.rindex("[[agreements]]")])
    files.restart()
    handed_out(files, CXML, "C-1007", ORDER_CXML)
    invoice = files.one(INV, Direction.OUT)
    assert (invoice.state, invoice.code) == (State.NOT_WANTED, "")
    assert "does not want an invoice" in invoice.sentence
    assert not STATES[invoice.state].needs_person
    assert not any(name.startswith("invoice") for name in files.outbox(CXML))


def test_a_value_the_partners_columns_have_no_room_for_is_not_sent(files: GatewayUnderTest) -> None:
    own = files.home / "maps" / "fixed"
    own.mkdir(parents=True)
    (own / "answer.toml").write_text(
        (MAPS / "csv/acknowledgment.toml")
        .read_text()
        .replace('layout = "records"\ndelimiter = ","', 'layout = "records"')
    )
    text = (own / "answer.toml").read_text()
    text = text.replace('wire = "delimited"', 'wire = "fixed"')
    for columns in ('["type", "number", "date", "acknowledged", "status", "our_number", "currency"]',
                    '["type", "line", "upc", "buyer_item", "vendor_item", "description", "quantity", "unit", "price"]',
                    '["type", "answer", "quantity", "unit", "ship_date", "delivery_date"]'):  # fmt: skip
        names = [c.strip(' "[]') for c in columns.split(",")]
        spots = [f'"{name} {1 + 10 * n}-{10 * (n + 1)}"' for n, name in enumerate(names)]
        spots[1] = f'"{names[1]} 11-14"' if names[1] == "number" else spots[1]
        text = text.replace(columns, f"[{', '.join(spots)}]")
    (own / "answer.toml").write_text(text)
    profile = files.home / "partners" / f"{ROWS}.toml"
    profile.write_text(profile.read_text().replace('"csv/acknowledgment"', '"fixed/answer"'))
    files.restart()
    handed_out(files, ROWS, "C-1006", ORDER_ROWS)
    stopped = files.one(ACK, Direction.OUT)
    assert (stopped.state, stopped.code) == (State.PARKED, "GW-3107")
    assert "has room for 4 characters" in stopped.sentence


def test_an_order_that_says_it_is_a_test_is_not_booked_in_production(files: GatewayUnderTest) -> None:
    files.drop(CXML, ORDER_CXML.replace(b"<Request>", b'<Request deploymentMode="test">'), "order.xml")
    files.run()
    told = files.one(PO)
    assert (told.state, told.code, told.is_test) == (State.PARKED, "GW-3105", True)
    assert "The file says test" in told.sentence
    assert files.erp.booked == {}


def test_an_orders_life_tells_of_files_and_receipts(files: GatewayUnderTest) -> None:
    handed_out(files, ROWS, "C-1006", ORDER_ROWS)
    with files.station.database.read() as connection:
        life = order_life(connection, OrderKey(ROWS, Direction.IN, "NS-4711"), [])
    assert life is not None
    assert life.steps[:2] == ("CSV purchase order received", "receipt sent")
    assert "CSV invoice sent" in life.steps
