"""Case 33: the process ends at every step of a receive and of a send by AS2. Nothing is receipted and lost, nothing delivered twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.clock import SystemClock
from gateway.deadlines import mark_overdue
from gateway.ports import Outgoing
from gateway.runner import Runner
from gateway.simulator.papers import HAMMER, order
from gateway.states import DeliveryFact, Direction, Kind, State
from gateway.steps.receive_transmission import StationReceptions
from gateway.store.engine import Database
from gateway.store.payloads import PayloadStore
from gateway.transports.as2.client import As2Client
from gateway.transports.as2.service import Answer, As2Service
from gateway.transports.as2.values import Outcome
from tests.gateway.transports.as2_service.bench import OverHttp
from tests.gateway.transports.as2_service.posting import sealed, seller, verdict
from tests.gateway.transports.as2_service.two_gateways import BUYER, SELLER, As2Gateway, free_port, until


class CrashHere(BaseException):
    """The process is gone: nothing of ours may catch it."""


@dataclass
class Crash:
    """Ends a process at the `at`-th step, before it or just after; never for 0. Steps are commits, payloads made durable, and posts."""

    at: int = 0
    is_before: bool = True
    steps: int = 0

    def install(self, patched: pytest.MonkeyPatch) -> None:
        for owner, name in ((Database, "write"), (PayloadStore, "take"), (As2Client, "post")):
            patched.setattr(owner, name, self._crashing(getattr(owner, name)))

    def _crashing(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def crashing(*given: Any, **named: Any) -> Any:
            self.steps += 1
            is_here = self.steps == self.at
            if is_here and self.is_before:
                raise CrashHere
            result = step(*given, **named)
            if is_here:
                raise CrashHere
            return result

        return crashing


class Mortal:
    """A service whose process ends instead of answering when a step does."""

    def __init__(self, gateway: As2Gateway) -> None:
        self._service = As2Service(
            gateway.station.transports, StationReceptions(gateway.station), SystemClock(), gateway.home / "spool"
        )

    def answer(self, *given: Any, **named: Any) -> Answer:
        try:
            return self._service.answer(*given, **named)
        except CrashHere:
            return Answer(599)  # as far as the other side is concerned: no answer that means anything


@contextmanager
def partners(home: Path, mdn: str) -> Iterator[tuple[As2Gateway, As2Gateway]]:
    ports = {BUYER: free_port(), SELLER: free_port()}
    options = f'mdn = "{mdn}"'
    both = (
        As2Gateway(home / "buyer", BUYER, SELLER, ports, options),
        As2Gateway(home / "seller", SELLER, BUYER, ports, options),
    )
    servers = [OverHttp(Mortal(one), one.port) for one in both]  # type: ignore[arg-type]
    for server in servers:
        server.start()
    try:
        yield both
    finally:
        for server in servers:
            server.stop()
        for one in both:
            one.close()


def run(gateway: As2Gateway) -> None:
    """Let everything happen that is due; when the process ends, start it again."""
    try:
        mark_overdue(gateway.station)
        gateway.run()
    except CrashHere:
        gateway.runner = Runner(gateway.station)
        gateway.runner._worker.free_the_dead()  # as `start` does


def trade(buyer: As2Gateway, other: As2Gateway, number: str) -> None:
    buyer.erp.feed.append(Outgoing(f"o-{number}", "A-1", order(number, datetime.now(UTC), (HAMMER, 10))))

    def is_done() -> bool:
        for one in (buyer, other):
            run(one)
        return not buyer.in_progress() and not other.in_progress()

    until(is_done)


@pytest.mark.parametrize("mdn", ["sync", "async"])
def test_case_33_wherever_a_process_ends_every_order_arrives_once(
    mdn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with partners(tmp_path, mdn) as (buyer, other):
        undisturbed = Crash()
        with monkeypatch.context() as patched:
            undisturbed.install(patched)
            trade(buyer, other, "PO-0")
        assert undisturbed.steps > 20
        for at in range(1, undisturbed.steps + 1):
            crash = Crash(at, at % 2 == 0)
            with monkeypatch.context() as patched:
                crash.install(patched)
                trade(buyer, other, f"PO-{at}")
            assert crash.steps > at, "it ended there and went on"
        wanted = {f"PO-{at}" for at in range(undisturbed.steps + 1)}
        sent = buyer.found(Kind.PURCHASE_ORDER, Direction.OUT)
        assert {d.number for d in sent} == wanted
        assert Counter(d.state for d in sent) == {State.ACCEPTED: len(wanted)}
        # A receipt that went down with us may be overtaken by their 997, which proves as well that they have it.
        facts = Counter(d.delivery for d in sent)
        assert set(facts) <= {DeliveryFact.RECEIPTED, DeliveryFact.SENT}
        assert facts[DeliveryFact.SENT] <= 3, "only where the process ended between their receipt and our note of it"
        booked = Counter(p.document.order_number for p in other.erp.booked.values())
        assert booked == dict.fromkeys(wanted, 1)
        came = Counter(d.payload_sha256 for d in other.found(Kind.INTERCHANGE, Direction.IN))
        assert came == {d.payload_sha256: 1 for d in sent}
        ids = [row["message_id"] for row in buyer.rows("as2_sent")]
        assert len(ids) == len(wanted), "one Message-ID each, whatever happened"


class Killed:
    """`gateway serve` in a process of its own, which is killed."""

    def __init__(self, gateway: As2Gateway) -> None:
        self._home, self.port = gateway.home, gateway.port
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "gateway.cli", "serve", "--home", str(self._home), "--port", str(free_port())]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@pytest.mark.parametrize("kills", [1, pytest.param(200, marks=pytest.mark.slow)])
def test_case_33_a_receiver_that_is_killed_keeps_what_it_receipted(kills: int, tmp_path: Path) -> None:
    gateway = seller(tmp_path / "seller")
    process = Killed(gateway)
    over = threading.Event()
    receipted: dict[bytes, bytes] = {}
    differs: list[bytes] = []

    def post(number: int) -> None:
        """Post numbered transmissions, each until its receipt is there, and some of them once more."""
        while not over.is_set():
            content = b"order %d of %d" % (len(receipted), number) + os.urandom(8)
            what = sealed(content, f"{content.hex()}.edi")
            body = what.body.read()
            answers: list[bytes] = []
            while len(answers) < 2:
                try:
                    answer = httpx2.post(
                        f"http://127.0.0.1:{process.port}/as2", headers=list(what.headers), content=body, timeout=20
                    )
                except httpx2.HTTPError:
                    time.sleep(0.02)
                    continue
                if answer.status_code == 200:
                    got = Answer(200, tuple(answer.headers.raw), answer.content)
                    assert verdict(got, what).outcome is Outcome.DELIVERED
                    answers.append(answer.content)
                    receipted[content] = answer.content
            if len(set(answers)) != 1:
                differs.append(content)

    chance = random.Random(33)
    with ThreadPoolExecutor(4) as posters:
        working = [posters.submit(post, number) for number in range(4)]
        for _ in range(kills):
            before = len(receipted)
            until(lambda: len(receipted) > before + 3, 60)  # noqa: B023
            time.sleep(chance.random() * 0.1)
            process.kill()
            process.start()
        over.set()
        for one in working:
            one.result()
    process.kill()
    assert differs == []
    kept = Counter(
        gateway.station.payload(d) for d in gateway.found(Kind.INTERCHANGE, Direction.IN) if d.delivery_id is not None
    )
    assert {content for content in receipted if content not in kept} == set(), "receipted and lost"
    assert {content for content, times in kept.items() if times > 1} == set(), "delivered twice"
    assert len(receipted) > kills * 3
    gateway.close()
