"""What a person reads on a terminal of 80 columns: nothing is wider, nothing that must be acted on is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.simulator.papers import GLOVES, order
from gateway.states import Direction, Kind, State
from gateway.store import documents
from tests.gateway.cli.conftest import Typed
from tests.gateway.scene import CUSTOMER, INVOICE, PARKED_ORDER, SECOND_ORDER, Scene
from tests.journeys.gateway_under_test import GatewayUnderTest
from translators.findings import Finding, Severity

COLUMNS = 80


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayUnderTest]:
    """A gateway with a booked order, and the same number again with other content."""
    made = GatewayUnderTest(tmp_path)
    customer = made.partner(CUSTOMER)
    for quantity in (5, 6):
        customer.send(order("HS-1", made.clock.now(), (GLOVES, quantity), buyer_prefix="HSH-"))
        made.later(60)
    yield made
    made.close()


def told(out: str) -> str:
    """Return what was printed as one line."""
    return " ".join(out.split())


def test_the_list_says_whole_sentences_on_lines_of_their_own(scene: Scene, at_scene: Typed) -> None:
    _, out, _ = at_scene("documents", "--needs-person")
    assert max(map(len, out.splitlines())) <= COLUMNS
    waiting = [d for d in scene.gateway.all() if d.state in (State.PARKED, State.REFUSED, State.REJECTED)]
    assert waiting
    for document in waiting:
        assert document.id in out
        assert " ".join(word for word in document.sentence.split() if word.isascii() and word.isprintable()) in told(
            out
        )


@pytest.mark.parametrize("number", [SECOND_ORDER, PARKED_ORDER, INVOICE])
def test_an_orders_life_fits(at_scene: Typed, number: str) -> None:
    _, out, _ = at_scene("status", number)
    lines = [line for line in out.splitlines() if not line.startswith("  gateway ")]
    assert max(map(len, lines)) <= COLUMNS


def test_a_documents_story_fits_and_is_whole(scene: Scene, at_scene: Typed) -> None:
    stopped = scene.document(Kind.PURCHASE_ORDER, Direction.IN, PARKED_ORDER)
    _, out, _ = at_scene("status", stopped.id)
    assert max(map(len, out.splitlines())) <= COLUMNS
    for entry in scene.gateway.story(stopped):
        assert entry.sentence in told(out)


def test_what_waits_for_a_person_can_be_typed(scene: Scene, at_scene: Typed) -> None:
    stopped = scene.document(Kind.PURCHASE_ORDER, Direction.IN, PARKED_ORDER)
    _, out, _ = at_scene("status", PARKED_ORDER, "--home", str(scene.gateway.home))
    home = f"--home {scene.gateway.home}"
    assert f'  gateway retry {stopped.id} {home} --reason "..."\n' in out
    assert f'  gateway cancel {stopped.id} {home} --reason "..."\n' in out


def test_what_cannot_be_retried_is_not_offered_to_be(at_scene: Typed) -> None:
    _, out, _ = at_scene("status", INVOICE)
    assert "is rejected" in out
    assert "gateway retry" not in out


def test_a_second_order_under_the_number_stands_beside_the_booked_one(typed: Typed, gateway: GatewayUnderTest) -> None:
    second = gateway.one(Kind.PURCHASE_ORDER, state=State.PARKED)
    code, out, _ = typed("status", "HS-1", "--home", str(gateway.home))
    assert code == Exit.DONE
    chain, _, rest = out.partition("Beside it: ")
    assert "ERP SO-" in chain
    assert "waiting for a person" not in chain
    assert rest.splitlines()[0].startswith("850 waiting for a person")
    assert second.id[-6:] in rest.splitlines()[0]


def test_history_rows_name_a_document_by_the_end_of_its_id(typed: Typed, gateway: GatewayUnderTest) -> None:
    booked = gateway.one(Kind.PURCHASE_ORDER, state=State.POSTED)
    _, out, _ = typed("status", "HS-1", "--home", str(gateway.home))
    history = out.partition("what happened")[2]
    assert f"…{booked.id[-6:]}" in history
    assert not any(line.split()[2:3] == [booked.id] for line in history.splitlines() if line)


def test_what_a_connector_noticed_is_shown(typed: Typed, gateway: GatewayUnderTest) -> None:
    booked = gateway.one(Kind.PURCHASE_ORDER, state=State.POSTED)
    warning = Finding("ERP-PRICE-DIFFERS", "The ERP's price is 12.00.", severity=Severity.WARNING)
    gateway.station.database.write(lambda c: documents.add_findings(c, booked.id, (warning,)))
    for number in ("HS-1", booked.id):
        _, out, _ = typed("status", number, "--home", str(gateway.home))
        assert "ERP-PRICE-DIFFERS" in out
        assert "The ERP's price is 12.00." in told(out)


def test_the_help_of_a_list_fits(typed: Typed) -> None:
    _, out, _ = typed("documents", "--help")
    assert max(map(len, out.splitlines())) <= COLUMNS
    assert "YYYY-MM-DD" in out
    whole = re.sub(r"-\s+", "-", out)  # a line may end within "not-wanted"
    assert all(value in whole for value in (*Kind, *State))


def test_a_long_chain_is_broken_at_its_arrows(at_scene: Typed) -> None:
    _, out, _ = at_scene("status", INVOICE)
    chain = out.splitlines()[1:3]
    assert chain[1].strip().startswith("→ ")
