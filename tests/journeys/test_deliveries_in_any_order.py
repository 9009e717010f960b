"""However often, under whatever name and in whatever order orders are delivered: each is booked exactly once, as it came first."""

from __future__ import annotations

import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.states import STATES, Kind, State
from tests.journeys.gateway_under_test import GatewayUnderTest
from tests.journeys.wire import numbered, spoken

HILL = "hill-street"
ORDERS = st.sampled_from(["A-1", "A-2", "A-3", "A-4"])


class Deliveries(RuleBasedStateMachine):
    """What a partner with a bad day, and its mailbox provider, can do to us."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.gateway = GatewayUnderTest(Path(self.folder.name))
        self.partner = self.gateway.partner(HILL)
        self.files: list[bytes] = []
        self.sent: set[str] = set()
        self.names = 0

    def teardown(self) -> None:
        self.gateway.run()
        self.everything_came_to_rest()
        self.gateway.close()
        self.folder.cleanup()

    def put(self, content: bytes, name: str = "") -> None:
        self.names += 1
        self.gateway.drop(HILL, content, name or f"{self.names}.edi")

    @rule(orders=st.lists(ORDERS, min_size=1, max_size=3))
    def deliver(self, orders: list[str]) -> None:
        content = self.partner.interchange([numbered(o, self.gateway) for o in orders])
        self.files.append(content)
        self.sent |= set(orders)
        self.put(content)

    @rule(data=st.data(), name=st.sampled_from(["", "same.edi"]))
    def deliver_a_file_again(self, data: st.DataObject, name: str) -> None:
        self.gateway.run()  # a file of the same name that waits would be written over
        if self.files:
            self.put(data.draw(st.sampled_from(self.files)), name)

    @rule(data=st.data())
    def deliver_several_files_in_one(self, data: st.DataObject) -> None:
        if self.files:
            self.put(b"\n".join(data.draw(st.lists(st.sampled_from(self.files), min_size=2, max_size=4))))

    @rule(data=st.data())
    def deliver_other_content_under_a_used_control_number(self, data: st.DataObject) -> None:
        """Only what came before is contradicted, so what is booked is known."""
        self.gateway.run()
        if self.files:
            self.put(data.draw(st.sampled_from(self.files)).replace(b"PO1*1*3*", b"PO1*1*7*"))

    @rule(order=ORDERS)
    def deliver_an_order_again_with_other_content(self, order: str) -> None:
        self.gateway.run()
        if order in self.sent:
            self.put(self.partner.interchange([numbered(order, self.gateway, quantity=9)]))

    @rule()
    def take_what_waits(self) -> None:
        self.gateway.later(1)

    @rule()
    def stop_and_start(self) -> None:
        self.gateway.restart()

    @invariant()
    def each_order_is_booked_once_at_most_and_as_it_came_first(self) -> None:
        if not hasattr(self, "gateway"):
            return
        booked = [posting.document for posting in self.gateway.erp.booked.values()]
        numbers = [order.order_number for order in booked]
        assert len(numbers) == len(set(numbers))
        assert all(order.lines[0].quantity.value == 3 for order in booked)

    def everything_came_to_rest(self) -> None:
        gateway = self.gateway
        assert {p.document.order_number for p in gateway.erp.booked.values()} == self.sent
        assert gateway.in_progress() == []
        documents = gateway.all()
        assert all(STATES[d.state].is_final for d in documents)
        arrived = {d.delivery_id for d in documents if d.kind is Kind.INTERCHANGE}
        assert len(arrived) == self.names, "a document for every file that came"
        opened = [d for d in documents if d.kind is Kind.INTERCHANGE and d.state is State.OPENED]
        answers = [spoken(name, content) for name, content in gateway.outbox(HILL).items()]
        assert answers.count("997 A") >= len(opened)
        assert set(answers) <= {"997 A", "TA1 R 025"}


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=12, stateful_step_count=12)
