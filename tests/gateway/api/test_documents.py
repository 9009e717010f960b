"""What the API answers about documents and orders."""

from __future__ import annotations

import json

import pytest

from gateway.states import Direction, Kind, State
from gateway.store import payloads as payload_store
from tests.gateway.api.conftest import Caller
from tests.gateway.scene import CUSTOMER, INVOICE, ORDER, OUR_ORDER, PARKED_ORDER, SECOND_ORDER, SUPPLIER, Scene
from translators.canonical import PurchaseOrder


def test_pages_are_linked_until_the_end(scene: Scene, caller: Caller) -> None:
    ids: list[str] = []
    answer = caller.get("/v1/documents", limit=7, partner=CUSTOMER)
    while True:
        page = answer.json()
        ids += [d["id"] for d in page["documents"]]
        if page["next"] is None:
            assert "link" not in answer.headers
            break
        link = answer.headers["link"]
        assert link.endswith('>; rel="next"')
        answer = caller.get(link[1 : link.index(">")])
    assert ids == sorted((d.id for d in scene.gateway.all() if d.partner == CUSTOMER), reverse=True)


def test_documents_that_arrive_meanwhile_do_not_shift_the_pages(scene: Scene, caller: Caller) -> None:
    first = caller.get("/v1/documents", limit=5).json()
    second = caller.get("/v1/documents", limit=5, cursor=first["next"]).json()
    again = caller.get("/v1/documents", limit=5, cursor=first["next"]).json()
    assert second == again
    assert not {d["id"] for d in first["documents"]} & {d["id"] for d in second["documents"]}


@pytest.mark.parametrize(
    ("query", "attribute", "value"),
    [
        ({"kind": "invoice"}, "kind", Kind.INVOICE),
        ({"state": "parked"}, "state", State.PARKED),
        ({"direction": "out"}, "direction", Direction.OUT),
        ({"partner": SUPPLIER}, "partner", SUPPLIER),
        ({"order_number": OUR_ORDER}, "order_number", OUR_ORDER),
        ({"acknowledgment": "rejected"}, "acknowledgment", "rejected"),
    ],
)
def test_a_filter_keeps_what_it_names(
    scene: Scene, caller: Caller, query: dict[str, str], attribute: str, value: str
) -> None:
    found = caller.get("/v1/documents", limit=200, **query).json()["documents"]
    assert {d["id"] for d in found} == {d.id for d in scene.gateway.all() if getattr(d, attribute) == value}
    assert found


def test_a_document_tells_four_facts_apart(scene: Scene, caller: Caller) -> None:
    booked = caller.get(f"/v1/documents/{scene.document(Kind.PURCHASE_ORDER, Direction.IN, SECOND_ORDER).id}").json()
    assert (booked["validation"], booked["delivery"], booked["acknowledgment"]) == ("valid", "received", "accepted")
    assert booked["erp"]["status"] == "booked"
    assert booked["erp"]["reference"].startswith("SO-")
    rejected = caller.get(f"/v1/documents/{scene.document(Kind.INVOICE, Direction.OUT).id}").json()
    assert (rejected["delivery"], rejected["acknowledgment"]) == ("sent", "rejected")
    assert (rejected["erp"]["status"], rejected["needs_person"]) == ("source", True)
    stopped = caller.get(f"/v1/documents/{scene.document(Kind.PURCHASE_ORDER, Direction.IN, PARKED_ORDER).id}").json()
    assert (stopped["erp"]["status"], stopped["code"]) == ("stopped", "ERP-ITEM-UNKNOWN")


def test_a_file_shows_what_it_holds_and_what_answers_it(scene: Scene, caller: Caller) -> None:
    order = scene.document(Kind.PURCHASE_ORDER, Direction.IN, SECOND_ORDER)
    file = caller.get(f"/v1/documents/{order.parent_id}").json()
    assert [d["id"] for d in file["contains"]] == [order.id]
    assert [d["set_id"] for d in file["answered_by"]] == ["997"]
    assert file["transfer"]["transport"] == "folder"


def test_the_timeline_is_the_ledger(scene: Scene, caller: Caller) -> None:
    invoice = scene.document(Kind.INVOICE, Direction.OUT)
    told = caller.get(f"/v1/documents/{invoice.id}/timeline").json()["entries"]
    assert [e["event"] for e in told] == [str(e.event) for e in scene.gateway.story(invoice)]
    assert told[0]["state_before"] is None
    assert told[-1]["state_after"] == "rejected"
    assert told[-1]["code"] == "GW-3203"


def test_findings_have_their_place_on_the_wire(scene: Scene, caller: Caller) -> None:
    invoice = scene.document(Kind.INVOICE, Direction.OUT)
    found = caller.get(f"/v1/documents/{invoice.id}/findings").json()["findings"]
    assert [f["position"]["segment_id"] for f in found]
    assert len(found) == len(scene.gateway.findings(invoice))


def test_the_canonical_form_is_the_order_itself(scene: Scene, caller: Caller) -> None:
    order = scene.document(Kind.PURCHASE_ORDER, Direction.IN, SECOND_ORDER)
    answer = caller.get(f"/v1/documents/{order.id}/canonical")
    assert answer.headers["content-type"] == "application/json"
    assert PurchaseOrder.model_validate_json(answer.content).order_number == SECOND_ORDER


def test_a_file_has_no_canonical_form(scene: Scene, caller: Caller) -> None:
    order = scene.document(Kind.PURCHASE_ORDER, Direction.IN, SECOND_ORDER)
    answer = caller.get(f"/v1/documents/{order.parent_id}/canonical")
    assert (answer.status_code, answer.json()["code"]) == (404, "GW-6104")


def test_raw_bytes_are_those_that_left(scene: Scene, caller: Caller) -> None:
    invoice = scene.document(Kind.INVOICE, Direction.OUT)
    answer = caller.get(f"/v1/documents/{invoice.id}/raw")
    folder = scene.gateway.home / "outbox" / CUSTOMER
    (sent,) = [p for p in folder.rglob("*") if invoice.id in p.name]
    assert answer.content == sent.read_bytes()
    assert answer.headers["content-type"] == "application/edi-x12"
    assert answer.headers["content-disposition"] == f'attachment; filename="810-{invoice.id}.edi"'
    assert answer.headers["content-length"] == str(len(answer.content))


def test_raw_bytes_of_one_set_are_its_part_of_the_file(scene: Scene, caller: Caller) -> None:
    order = scene.document(Kind.PURCHASE_ORDER, Direction.IN, SECOND_ORDER)
    part = caller.get(f"/v1/documents/{order.id}/raw").content
    file = caller.get(f"/v1/documents/{order.parent_id}/raw").content
    assert part.startswith(b"ST*850*")
    assert part in file
    assert file.startswith(b"ISA*")


def test_what_is_no_edi_comes_as_bytes_under_our_own_name(scene: Scene, caller: Caller) -> None:
    letter = scene.document(Kind.INTERCHANGE, Direction.IN, state=State.REFUSED)
    answer = caller.get(f"/v1/documents/{letter.id}/raw")
    assert b"Dear colleagues" in answer.content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f'attachment; filename="interchange-{letter.id}.bin"'
    ticket = scene.document(Kind.TICKET, Direction.OUT)
    assert caller.get(f"/v1/documents/{ticket.id}/raw").headers["content-type"] == "text/plain; charset=utf-8"


def test_large_bytes_come_in_pieces(scene: Scene, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.api.documents.CHUNK_BYTES", 10)
    invoice = scene.document(Kind.INVOICE, Direction.OUT)
    answer = caller.get(f"/v1/documents/{invoice.id}/raw")
    assert answer.content == scene.gateway.station.payload(invoice)
    assert len(answer.content) > 100


def test_a_payload_that_is_gone_is_a_problem_and_not_a_broken_body(
    scene: Scene, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> bytes:
        raise payload_store.GatewayError("GW-5004", "The payload is not in /secret/place.")

    monkeypatch.setattr(payload_store.PayloadStore, "slice", gone)
    answer = caller.get(f"/v1/documents/{scene.document(Kind.INVOICE, Direction.OUT).id}/raw")
    assert (answer.status_code, answer.json()["code"]) == (500, "GW-5004")
    assert "secret" not in answer.text


def test_an_orders_life_is_found_by_any_of_its_numbers(caller: Caller) -> None:
    by_invoice = caller.get(f"/v1/orders/{INVOICE}")
    by_order = caller.get(f"/v1/orders/{ORDER}", partner=CUSTOMER)
    assert by_invoice.status_code == by_order.status_code == 200
    assert by_invoice.json() == by_order.json()
    life = by_order.json()
    assert life["steps"][-1] == "810 sent, rejected"
    assert life["needs_person"] is True
    assert life["lines"][0]["backordered"] == [{"value": "14", "unit": "EA"}]


def test_a_number_with_a_slash_is_a_number(caller: Caller) -> None:
    for written in (SECOND_ORDER, SECOND_ORDER.replace("/", "%2F")):
        assert caller.get(f"/v1/orders/{written}").json()["order_number"] == SECOND_ORDER


def test_several_orders_are_offered_and_not_guessed(caller: Caller) -> None:
    answer = caller.get("/v1/orders/4711")
    assert answer.status_code == 300
    offered = answer.json()["orders"]
    assert {o["partner"] for o in offered} == {CUSTOMER, "lakeside"}
    for one in offered:
        again = caller.get(f"/v1/orders/{one['order_number']}", partner=one["partner"], direction=one["direction"])
        assert again.json()["partner"] == one["partner"]


def test_an_order_in_the_other_direction_is_not_there(caller: Caller) -> None:
    answer = caller.get(f"/v1/orders/{OUR_ORDER}", direction="in")
    assert (answer.status_code, answer.json()["code"]) == (404, "GW-6105")


def test_a_search_says_what_it_found_by(caller: Caller) -> None:
    found = caller.get("/v1/search", q="inv 815").json()["matches"]
    assert [(m["found_by"], m["is_exact"]) for m in found] == [({"kind": "invoice", "value": INVOICE}, True)]


def test_answers_are_the_same_json_however_often(caller: Caller) -> None:
    first = caller.get("/v1/documents", limit=200)
    assert json.dumps(first.json()) == json.dumps(caller.get("/v1/documents", limit=200).json())
