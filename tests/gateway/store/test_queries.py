"""Lists and searches over a gateway after some business."""

from __future__ import annotations

import pytest

from gateway.errors import GatewayError
from gateway.states import STATES, Direction, Kind, State
from gateway.store import queries
from gateway.store.queries import Filters
from tests.gateway.scene import CUSTOMER, INVOICE, ORDER, SECOND_ORDER, SUPPLIER, Scene


def pages(scene: Scene, filters: Filters, limit: int) -> list[list[str]]:
    found: list[list[str]] = []
    cursor = ""
    with scene.gateway.station.database.read() as connection:
        while True:
            page = queries.page(connection, filters, limit, cursor)
            found.append([d.id for d in page.documents])
            cursor = page.cursor
            if not cursor:
                return found


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_pages_hold_every_document_once_newest_first(scene: Scene, limit: int) -> None:
    found = pages(scene, Filters(), limit)
    everything = sorted((d.id for d in scene.gateway.all()), reverse=True)
    assert [one for page in found for one in page] == everything
    assert all(len(page) == limit for page in found[:-1])
    assert found[-1]


def test_filters_narrow_together(scene: Scene) -> None:
    (found,) = pages(
        scene, Filters(partner=SUPPLIER, kind=Kind.INVOICE, direction=Direction.IN, state=State.POSTED), 50
    )
    assert found == [scene.document(Kind.INVOICE, Direction.IN).id]


def test_what_needs_a_person_and_what_does_not_are_everything(scene: Scene) -> None:
    (waiting,) = pages(scene, Filters(needs_person=True), 200)
    (others,) = pages(scene, Filters(needs_person=False), 200)
    expected = {d.id for d in scene.gateway.all() if STATES[d.state].needs_person}
    assert set(waiting) == expected
    assert expected
    assert sorted(waiting + others) == sorted(d.id for d in scene.gateway.all())


def test_a_list_begins_and_ends_at_a_time(scene: Scene) -> None:
    times = sorted({d.created_at for d in scene.gateway.all()})
    middle = times[len(times) // 2]
    (later,) = pages(scene, Filters(since=middle), 200)
    (earlier,) = pages(scene, Filters(until=middle), 200)
    assert set(later) == {d.id for d in scene.gateway.all() if d.created_at >= middle}
    assert set(earlier) == {d.id for d in scene.gateway.all() if d.created_at < middle}


@pytest.mark.parametrize("cursor", ["x", "MTow", "é", "MjowMUtKUFM4RlowS0FUOVlDNUhKNVc1RUFWUg", "====", "-" * 64])
def test_a_cursor_that_was_not_handed_out_is_refused(scene: Scene, cursor: str) -> None:
    with scene.gateway.station.database.read() as connection, pytest.raises(GatewayError, match="GW-6106"):
        queries.page(connection, Filters(), 10, cursor)


@pytest.mark.parametrize("written", [INVOICE, "inv 815", "INV.815", "000-INV/815"])
def test_a_number_is_found_however_it_is_written(scene: Scene, written: str) -> None:
    with scene.gateway.station.database.read() as connection:
        found = queries.search(connection, written)
    assert {m.document.number for m in found} == {INVOICE}
    assert all(m.is_exact for m in found)


def test_a_beginning_finds_when_nothing_fits_wholly(scene: Scene) -> None:
    with scene.gateway.station.database.read() as connection:
        found = queries.search(connection, "HS/10")
        too_short = queries.search(connection, "HS")
    assert {m.value for m in found} >= {SECOND_ORDER, "HS-1009"}
    assert not any(m.is_exact for m in found)
    assert not too_short


@pytest.mark.parametrize(
    "nothing", ["", "   ", "---", "\x00", "no such number", "%", "'; DROP TABLE documents; --", "🦆"]
)
def test_what_is_no_number_finds_nothing(scene: Scene, nothing: str) -> None:
    with scene.gateway.station.database.read() as connection:
        assert queries.search(connection, nothing) == []


def test_an_id_finds_its_document_in_any_case(scene: Scene) -> None:
    wanted = scene.document(Kind.TICKET, Direction.OUT)
    with scene.gateway.station.database.read() as connection:
        (found,) = queries.search(connection, f" {wanted.id.lower()} ")
    assert found.document == wanted


def test_a_file_holds_its_documents_and_is_answered(scene: Scene) -> None:
    order = scene.document(Kind.PURCHASE_ORDER, Direction.IN, SECOND_ORDER)
    assert order.parent_id is not None
    with scene.gateway.station.database.read() as connection:
        held = queries.contained_in(connection, order.parent_id)
        answers = queries.answers_to(connection, order.parent_id)
        note = queries.delivery_of(connection, order)
        references = queries.references_of(connection, order.id)
    assert [d.id for d in held] == [order.id]
    assert [d.kind for d in answers] == [Kind.FUNCTIONAL_ACKNOWLEDGMENT]
    assert note is not None
    assert note.name.startswith(CUSTOMER)
    assert ("order", SECOND_ORDER) in references
    assert ("erp", order.erp_reference) in references


def test_an_order_number_of_two_partners_finds_both(scene: Scene) -> None:
    with scene.gateway.station.database.read() as connection:
        found = queries.search(connection, ORDER.lstrip("0"))
    assert len({m.document.partner for m in found}) == 2
