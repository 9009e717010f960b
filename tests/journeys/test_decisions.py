"""What a person decides about envelopes and about what lost its partner: each goes on where it stopped, and nothing else does."""

from __future__ import annotations

import dataclasses

import pytest

from gateway.errors import GatewayError
from gateway.ports import Outgoing
from gateway.simulator.papers import HAMMER, order
from gateway.states import Direction, Kind, State
from gateway.steps.decisions import cancel, retry
from gateway.store import documents
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import answers, numbered, one_order
from translators.errors import TranslationError

HILL, RIVER = "hill-street", "riverside"


def edit(gateway: GatewayUnderTest, partner: str, old: str, new: str) -> None:
    """Change a partner's file and start the gateway again."""
    path = gateway.home / "partners" / f"{partner}.toml"
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new))
    gateway.restart()


def test_an_interchange_goes_on_when_its_sender_was_added_to_the_partner_files(gateway: GatewayUnderTest) -> None:
    content = one_order(gateway, HILL)
    edit(gateway, HILL, "ZZ:HILLSTREET", "ZZ:SOMEBODYELSE")
    gateway.drop(HILL, content)
    gateway.run()
    refused = gateway.one(Kind.INTERCHANGE)
    assert refused.code == "GW-2103"

    edit(gateway, HILL, "ZZ:SOMEBODYELSE", "ZZ:HILLSTREET")
    retry(gateway.station, refused.id, "cli:maria", "the ids are in their file now")
    gateway.run()
    assert gateway.one(Kind.INTERCHANGE).state is State.OPENED
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED
    assert answers(gateway, HILL) == ["997 A", "TA1 R 006"]


@pytest.mark.parametrize("which", [1, 2, 3])
def test_opening_one_interchange_of_a_file_again_leaves_the_others_alone(which: int, gateway: GatewayUnderTest) -> None:
    partner = gateway.partner(HILL)
    parts = [partner.interchange([numbered(f"A-{n}", gateway)]) for n in (1, 2, 3)]
    parts[which - 1] = parts[which - 1].replace(b"ZZ*OURCOMPANY     *", b"ZZ*OURNEWNAME     *")
    gateway.drop(HILL, b"".join(parts))
    gateway.run()
    before = {d.id: d.state for d in gateway.all()}
    refused = gateway.one(Kind.INTERCHANGE, state=State.REFUSED)
    assert (refused.code, refused.interchange_number) == ("GW-2105", str(which))

    edit(gateway, HILL, 'release = "004010"', 'company_interchange_id = "ZZ:OURNEWNAME"\nrelease = "004010"')
    retry(gateway.station, refused.id, "cli:maria", "they call us so")
    gateway.run()

    after = {d.id: d for d in gateway.all()}
    assert after[refused.id].state is State.OPENED
    assert {i: s for i, s in before.items() if i != refused.id} == {
        i: after[i].state for i in before if i != refused.id
    }
    new = [d for i, d in after.items() if i not in before]
    assert sorted(d.kind for d in new) == [Kind.FUNCTIONAL_ACKNOWLEDGMENT, Kind.PURCHASE_ORDER]
    assert sorted(p.document.order_number for p in gateway.erp.booked.values()) == ["A-1", "A-2", "A-3"]


def test_an_order_whose_partner_file_is_gone_is_parked_until_it_is_back(gateway: GatewayUnderTest) -> None:
    gateway.erp.checks_down = True
    gateway.partner(HILL).send(numbered("A-1", gateway))
    gateway.run()
    profile = gateway.home / "partners" / "hill-street.toml"
    content = profile.read_text()
    profile.unlink()
    gateway.restart()
    gateway.erp.checks_down = False
    gateway.later(60)
    parked = gateway.one(Kind.PURCHASE_ORDER)
    assert (parked.state, parked.code) == (State.PARKED, "GW-3106")

    profile.write_text(content)
    gateway.restart()
    retry(gateway.station, parked.id, "cli:maria", "their file is back")
    gateway.run()
    assert gateway.one(Kind.PURCHASE_ORDER).state is State.POSTED


def test_an_answer_whose_partner_file_is_gone_is_parked_and_sent_when_it_is_back(gateway: GatewayUnderTest) -> None:
    transport = gateway.station.transports[HILL]
    gateway.drop(HILL, b"no EDI")
    send = transport.send
    transport.send = lambda dispatch: (_ for _ in ()).throw(GatewayError("GW-4101", "No.", is_retryable=True))
    gateway.run()
    transport.send = send
    profile = gateway.home / "partners" / "hill-street.toml"
    content = profile.read_text()
    profile.unlink()
    gateway.restart()
    gateway.later(60)
    parked = gateway.one(Kind.TICKET, Direction.OUT)
    assert (parked.state, parked.code) == (State.PARKED, "GW-4103")

    profile.write_text(content)
    gateway.restart()
    retry(gateway.station, parked.id, "cli:maria", "their file is back")
    gateway.run()
    assert answers(gateway, HILL) == ["ticket"]


def test_a_document_without_an_agreement_waits_for_one(gateway: GatewayUnderTest) -> None:
    content = one_order(gateway, HILL)
    edit(
        gateway, HILL, 'document = "purchase_order"\ndirection = "in"', 'document = "purchase_order"\ndirection = "out"'
    )
    gateway.drop(HILL, content)
    gateway.run()
    parked = gateway.one(Kind.PURCHASE_ORDER)
    assert (parked.state, parked.code) == (State.PARKED, "GW-3101")
    assert "partners/hill-street.toml" in parked.sentence


def test_a_map_that_cannot_be_used_parks_the_document_and_the_worker_lives_on(gateway: GatewayUnderTest) -> None:
    by = gateway.station.map_named
    content = gateway.partner(HILL).interchange([numbered("A-1", gateway), numbered("A-2", gateway)])

    def broken(name: str):
        raise TranslationError("MAP-BROKEN", f"{name}.toml cannot be used.")

    gateway.runner._worker._station = gateway.station = dataclasses.replace(gateway.station, map_named=broken)
    gateway.drop(HILL, content)
    gateway.run()
    parked = [d for d in gateway.all() if d.kind is Kind.PURCHASE_ORDER]
    assert {(d.state, d.code) for d in parked} == {(State.PARKED, "MAP-BROKEN")}
    assert all("Mend it, then retry." in d.sentence for d in parked)
    assert answers(gateway, HILL) == ["997 A"]

    gateway.runner._worker._station = gateway.station = dataclasses.replace(gateway.station, map_named=by)
    for document in parked:
        retry(gateway.station, document.id, "cli:maria", "the map is mended")
    gateway.run()
    assert len(gateway.erp.booked) == 2


def test_a_mistake_of_ours_parks_the_document_with_its_trace_and_the_others_go_on(gateway: GatewayUnderTest) -> None:
    check = gateway.erp.check

    def mistaken(posting):
        if posting.document.order_number == "A-1":
            raise ZeroDivisionError("ours")
        return check(posting)

    gateway.erp.check = mistaken
    gateway.partner(HILL).send(numbered("A-1", gateway), numbered("A-2", gateway))
    gateway.run()
    parked = gateway.one(Kind.PURCHASE_ORDER, state=State.PARKED)
    assert parked.code == "GW-3301"
    assert parked.id in parked.sentence
    with gateway.station.database.read() as connection:
        assert "ZeroDivisionError: ours" in documents.content(connection, parked.id)["trace"]
    assert gateway.one(Kind.PURCHASE_ORDER, state=State.POSTED).number == "A-2"


def test_what_the_erp_sends_to_an_account_that_nobody_has_waits_for_the_partner_file(gateway: GatewayUnderTest) -> None:
    ours = order("PO-1", gateway.clock.now(), (HAMMER, 10))
    gateway.erp.feed.append(Outgoing("o-1", "V-9999", ours))
    gateway.run()
    parked = gateway.one(Kind.PURCHASE_ORDER, Direction.OUT)
    assert (parked.state, parked.code, parked.partner) == (State.PARKED, "GW-3109", "unknown")
    with pytest.raises(GatewayError, match="still no partner"):
        retry(gateway.station, parked.id, "cli:maria", "too early")
    assert gateway.one(Kind.PURCHASE_ORDER, Direction.OUT).state is State.PARKED

    edit(gateway, RIVER, "V-2001", "V-9999")
    retry(gateway.station, parked.id, "cli:maria", "the account is in their file now")
    gateway.run()
    sent = gateway.one(Kind.PURCHASE_ORDER, Direction.OUT)
    assert (sent.state, sent.partner) == (State.SENT, RIVER)
    assert answers(gateway, RIVER) == ["850"]
    with gateway.station.database.read() as connection:
        assert f'"partner":"{RIVER}"' in documents.content(connection, sent.id)["canonical"]


def test_cancelling_ends_a_stopped_document_for_good(gateway: GatewayUnderTest) -> None:
    gateway.drop(HILL, b"no EDI")
    gateway.run()
    refused = gateway.one(Kind.INTERCHANGE)
    cancelled = cancel(gateway.station, refused.id, "cli:maria", "they sent it by mail")
    assert cancelled.state is State.CANCELLED
    gateway.later(3600)
    assert gateway.one(Kind.INTERCHANGE).state is State.CANCELLED
    assert "they sent it by mail" in gateway.story(refused)[-1].sentence
