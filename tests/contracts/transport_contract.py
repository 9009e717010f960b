"""What every transport must do, whatever carries the bytes. To be subclassed by a test class; see test_transports.py.

A bench (below) stands for one partner at the other end of one transport: it drops files and looks at what it got.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Protocol

import pytest

from gateway.errors import GatewayError
from gateway.ports import Arrival, Dispatch, Transport

SECRET = "contract-secret-password"
# All bytes, line ends of every kind, and longer than one packet of anything.
PAYLOAD = b"order;" + bytes(range(256)) * 700 + b"\r\n\n\r"


class TransportBench(Protocol):
    """A partner and the transport under test.

    Args:
        receives: whether files arrive by it, seen by `arrivals`; else it only sends.
    """

    transport: Transport
    receives: bool

    def drop(self, name: str, content: bytes) -> None:
        """Have the partner put a whole file there."""
        ...

    def begin(self, name: str, content: bytes) -> Callable[[], None]:
        """Have the partner write half of a file; what is returned writes the rest."""
        ...

    def later(self, seconds: float) -> None:
        """Let time pass for the transport."""
        ...

    def looked(self) -> list[Arrival]:
        """Look as often, and let as much time pass, as it takes to see what is complete."""
        ...

    def waiting(self) -> int:
        """Return how many files of the partner were not taken out of the way."""
        ...

    def delivered(self) -> dict[str, bytes]:
        """Return what the partner sees of ours: name → bytes."""
        ...

    def restart(self) -> None:
        """Make `transport` anew, as after a crash of ours."""
        ...

    def go_down(self) -> None:
        """From now on the partner cannot be reached."""
        ...

    def recover(self) -> None:
        """End what is wrong."""
        ...


def dispatch(
    name: str = "850-000000001.edi", payload: bytes = PAYLOAD, delivery_id: str = "01JCZ8K3V7M2Q4R6T8W0X2Y4Z6"
) -> Dispatch:
    return Dispatch(delivery_id, "contract", name, payload)


def failure(call: Callable[[], object]) -> GatewayError:
    """Return the GatewayError that `call` raises."""
    with pytest.raises(GatewayError) as caught:
        call()
    return caught.value


def content_of(bench: TransportBench, arrival: Arrival) -> bytes:
    return b"".join(bench.transport.read(arrival))


class TransportContract:
    """The contract, as behaviour."""

    @pytest.fixture
    def inward(self, transport_bench: TransportBench) -> TransportBench:
        if not transport_bench.receives:
            pytest.skip("nothing arrives by this transport's own looking")
        return transport_bench

    def test_it_says_what_it_is(self, transport_bench: TransportBench, transport_kind: str) -> None:
        assert transport_bench.transport.kind == transport_kind

    def test_a_file_arrives_as_it_is_and_goes_when_it_is_settled(self, inward: TransportBench) -> None:
        inward.drop("order.csv", PAYLOAD)
        [arrival] = inward.looked()
        assert (arrival.name, arrival.size_bytes) == ("order.csv", len(PAYLOAD))
        assert content_of(inward, arrival) == PAYLOAD
        assert inward.waiting() == 1, "until the commit nothing happens to it"
        inward.transport.settle(arrival)
        assert inward.waiting() == 0
        assert inward.looked() == []

    def test_it_can_be_read_twice_before_it_is_settled(self, inward: TransportBench) -> None:
        inward.drop("order.csv", PAYLOAD)
        [arrival] = inward.looked()
        assert content_of(inward, arrival) == content_of(inward, arrival) == PAYLOAD

    def test_settling_twice_is_harmless(self, inward: TransportBench) -> None:
        inward.drop("order.csv", b"first")
        [arrival] = inward.looked()
        inward.transport.settle(arrival)
        inward.transport.settle(arrival)
        inward.drop("order.csv", b"other")
        inward.transport.settle(arrival)
        assert [content_of(inward, one) for one in inward.looked()] == [b"other"]

    def test_the_same_arrival_has_the_same_id_at_every_look_and_after_a_crash(self, inward: TransportBench) -> None:
        inward.drop("order.csv", PAYLOAD)
        [first] = inward.looked()
        [again] = inward.looked()
        inward.restart()
        [after] = inward.looked()
        assert first.transport_id == again.transport_id == after.transport_id
        assert content_of(inward, after) == PAYLOAD

    def test_two_files_of_the_same_content_are_two_arrivals(self, inward: TransportBench) -> None:
        inward.drop("a.csv", b"same")
        inward.drop("b.csv", b"same")
        ids = {arrival.transport_id for arrival in inward.looked()}
        assert len(ids) == 2

    def test_a_name_that_is_used_again_is_another_arrival(self, inward: TransportBench) -> None:
        inward.drop("order.csv", b"first")
        [first] = inward.looked()
        inward.transport.settle(first)
        inward.drop("order.csv", b"second")
        [second] = inward.looked()
        assert second.transport_id != first.transport_id
        assert content_of(inward, second) == b"second"

    def test_a_file_that_is_still_written_does_not_arrive(self, inward: TransportBench) -> None:
        finish = inward.begin("order.edi", b"ISA*00*half of an interchange~")
        assert inward.looked() == []
        finish()
        [arrival] = inward.looked()
        assert content_of(inward, arrival).startswith(b"ISA")
        assert b"IEA" in content_of(inward, arrival)

    def test_files_arrive_in_a_stable_order_all_of_them(self, inward: TransportBench) -> None:
        for number in range(130):
            inward.drop(f"{number:03}.csv", b"%d" % number)
        names = [arrival.name for arrival in inward.looked()]
        assert sorted(names) == [f"{number:03}.csv" for number in range(130)]
        assert [arrival.name for arrival in inward.looked()] == names

    def test_what_is_sent_is_there_whole_under_its_name(self, transport_bench: TransportBench) -> None:
        receipt = transport_bench.transport.send(dispatch())
        assert receipt.sentence.endswith(".")
        assert transport_bench.delivered() == {"850-000000001.edi": PAYLOAD}

    def test_a_second_try_leaves_one_copy(self, transport_bench: TransportBench) -> None:
        transport_bench.transport.send(dispatch())
        transport_bench.restart()
        transport_bench.transport.send(dispatch())
        assert transport_bench.delivered() == {"850-000000001.edi": PAYLOAD}

    def test_many_are_sent_at_once(self, transport_bench: TransportBench) -> None:
        payloads = {f"{number}.edi": b"%d" % number * 1000 for number in range(24)}
        threads = [
            threading.Thread(target=transport_bench.transport.send, args=(dispatch(name, payload, f"id-{name}"),))
            for name, payload in payloads.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert transport_bench.delivered() == payloads

    def test_a_partner_that_cannot_be_reached_is_tried_again(self, transport_bench: TransportBench) -> None:
        transport_bench.go_down()
        error = failure(lambda: transport_bench.transport.send(dispatch()))
        assert re.fullmatch(r"GW-4\d{3}", error.code)
        assert error.is_retryable
        assert error.sentence.endswith(".")
        transport_bench.recover()
        transport_bench.transport.send(dispatch())
        assert transport_bench.delivered() == {"850-000000001.edi": PAYLOAD}

    def test_an_inbox_that_cannot_be_looked_at_is_looked_at_again(self, inward: TransportBench) -> None:
        inward.drop("order.csv", PAYLOAD)
        inward.go_down()
        error = failure(inward.looked)
        assert re.fullmatch(r"GW-4\d{3}", error.code)
        assert error.is_retryable
        inward.recover()
        assert [arrival.name for arrival in inward.looked()] == ["order.csv"]

    def test_errors_keep_the_secret(self, transport_bench: TransportBench) -> None:
        transport_bench.go_down()
        error = failure(lambda: transport_bench.transport.send(dispatch()))
        assert SECRET not in f"{error} {error.facts}"
        assert error.facts["partner"] == "contract"

    def test_whoever_watches_is_told(self, inward: TransportBench) -> None:
        told = threading.Event()
        inward.transport.watch(told.set)
        inward.drop("order.csv", PAYLOAD)
        give_up = time.monotonic() + 20
        while not told.wait(0.05):
            assert time.monotonic() < give_up
            inward.later(1)
        inward.transport.close()

    def test_closing_twice_is_harmless(self, transport_bench: TransportBench) -> None:
        transport_bench.transport.send(dispatch())
        transport_bench.transport.close()
        transport_bench.transport.close()
