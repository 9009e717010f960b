"""The runner: the threads and loops of one process, around one worker.

On SQLite its threads wake each other. On PostgreSQL, where any number of processes share the work, each document is announced in the
transaction that gave it something to do (gateway/store/wake_ups.py), and a slow sweep finds what was announced and not looked at.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog

from gateway.deadlines import mark_overdue, warn_of_certificates
from gateway.errors import GatewayError
from gateway.observability import TroubleLog
from gateway.ports import Arrival, Transport
from gateway.steps.collect import collect
from gateway.steps.receive import receive
from gateway.steps.station import Station
from gateway.store.engine import LostRace
from gateway.store.wake_ups import WakeUps
from gateway.webhooks import Webhooks
from gateway.worker import Worker

log = structlog.get_logger("gateway")

IDLE_SECONDS = 0.5  # how long a thread sleeps when nothing was due and nothing woke it
UNHEARD_SECONDS = 3.0  # on PostgreSQL: what has been due that long was announced to nobody who lives
DEADLINE_SECONDS = 30
CERTIFICATE_SECONDS = 3600
CONFIGURATION_SECONDS = 2
WEBHOOK_SECONDS = 0.5  # how soon an event is posted when nobody else waits before it

_Waiting = tuple[Arrival, Transport]


class Runner:
    """Runs a station's journeys in this process.

    Args:
        station: what the legs work with.
        look: takes up a changed configuration and returns the channels that are new; None for a configuration that stays.
    """

    def __init__(self, station: Station, look: Callable[[], list[Transport]] | None = None) -> None:
        self._station = station
        self._look = look
        self._stopping = threading.Event()
        self._work = threading.Event()
        self._arrival_hint = threading.Event()
        self._trouble = TroubleLog(station.clock.monotonic)
        self._worker = Worker(station, self._stopping, self._work, self._trouble)
        self._webhooks = Webhooks(station, self._stopping)
        self._wake_ups: WakeUps | None = None
        self._threads: list[threading.Thread] = []
        self._receivers = ThreadPoolExecutor(station.settings.worker_threads, thread_name_prefix="receiver")

    def start(self) -> None:
        """Start the workers and the loops, and return."""
        settings = self._station.settings
        loops = self._working_loops()
        loops.append(("leases", lambda: self._every(settings.lease_seconds / 3, self._worker.renew_leases)))
        loops.append(("receiver", lambda: self._every(settings.sweep_seconds, self.sweep, self._arrival_hint)))
        loops.append(("deadlines", lambda: self._every(DEADLINE_SECONDS, lambda: mark_overdue(self._station))))
        loops.append(
            ("certificates", lambda: self._every(CERTIFICATE_SECONDS, lambda: warn_of_certificates(self._station)))
        )
        loops += [
            (f"collect-{name}", partial(self._every, settings.collect_seconds, partial(self._collect, name)))
            for name in self._station.connectors
        ]
        loops += [
            (f"webhook-{name}", partial(self._every, WEBHOOK_SECONDS, partial(self._webhooks.serve, name)))
            for name in self._webhooks.names()
        ]
        if self._look is not None:
            loops.append(("configuration", partial(self._every, CONFIGURATION_SECONDS, self.take_up_configuration)))
        self._worker.free_the_dead()
        self._threads = [threading.Thread(target=loop, name=name, daemon=True) for name, loop in loops]
        for transport in list(self._station.transports.values()):
            transport.watch(self._arrival_hint.set)
        for thread in self._threads:
            thread.start()

    def take_up_configuration(self) -> None:
        """Go on with the partners and maps as their files are now. Raises ConfigurationError; then everything stays as it was."""
        for transport in self._look() if self._look is not None else []:
            transport.watch(self._arrival_hint.set)

    def stop(self) -> None:
        """Finish the legs that are running, free what was claimed and not begun, and return when all threads ended."""
        self._stopping.set()
        self._work.set()
        self._arrival_hint.set()
        if self._wake_ups is not None:
            self._wake_ups.stop()
        for thread in self._threads:
            thread.join()
        self._receivers.shutdown()
        self._webhooks.close()
        for transport in list(self._station.transports.values()):
            transport.close()

    def run_until_idle(self) -> None:
        """Receive, collect and advance everything that is due now, in this thread, and return when nothing is left to do."""
        while True:
            moved = self.sweep()
            for name in self._station.connectors:
                moved += self._collect(name)
            while advanced := self._worker.advance_due():
                moved += advanced
            if not moved:
                return

    def sweep(self) -> int:
        """Receive everything that waits at the transports; return how many arrivals were taken."""
        waiting: list[_Waiting] = []
        for transport in list(self._station.transports.values()):
            try:
                waiting += [(arrival, transport) for arrival in transport.arrivals()]
            except GatewayError as trouble:
                self._trouble.report(trouble, partner=getattr(transport, "partner", ""))
        taken = sum(self._receivers.map(self._receive_each, self._in_turns(waiting)))
        if taken:
            self._work.set()
        return taken

    def _in_turns(self, waiting: list[_Waiting]) -> list[list[_Waiting]]:
        """Return what may be received at the same time, each a list of what must be received one after the other."""
        by_id = self._station.partners.by_id
        ordered: dict[str, list[_Waiting]] = {}
        turns: list[list[_Waiting]] = []
        for arrival, transport in waiting:
            profile = by_id.get(arrival.partner)
            if profile is None or not profile.in_order:
                turns.append([(arrival, transport)])
            elif arrival.partner in ordered:
                ordered[arrival.partner].append((arrival, transport))
            else:
                ordered[arrival.partner] = [(arrival, transport)]
                turns.append(ordered[arrival.partner])
        return turns

    def _receive_each(self, turn: list[_Waiting]) -> int:
        taken = 0
        for arrival, transport in turn:
            received = self._receive(arrival, transport)
            if received is None:
                break  # what comes after it must not overtake it
            taken += received
        return taken

    def _receive(self, arrival: Arrival, transport: Transport) -> int | None:
        """Receive one arrival; return how many documents it made, None when it could not be taken now."""
        try:
            document_id = receive(arrival, transport, self._station)
        except GatewayError as trouble:
            self._trouble.report(trouble, partner=arrival.partner, name=arrival.name)
            return None
        except LostRace:  # another process received it at the same moment
            return 0
        except Exception:  # one arrival that we cannot cope with must not hold the others back
            log.exception("receive-failed", partner=arrival.partner, name=arrival.name)
            return None
        if document_id is not None:
            log.info("received", document=document_id, partner=arrival.partner, transport=arrival.transport)
        return 1 if document_id is not None else 0

    def _collect(self, name: str) -> int:
        count = 0
        try:
            while not self._stopping.is_set() and (page := collect(name, self._station)):
                count += page
        except (GatewayError, LostRace) as trouble:
            self._trouble.report(trouble, connector=name)
        if count:
            self._work.set()
        return count

    def _every(self, seconds: float, work: Callable[[], object], hint: threading.Event | None = None) -> None:
        """Run `work` every `seconds`, or sooner when `hint` is set, until the runner stops."""
        while not self._stopping.is_set():
            try:
                work()
            except GatewayError as trouble:
                self._trouble.report(trouble)
            except Exception:
                log.exception("loop-failed", loop=threading.current_thread().name)
            if hint is None:
                self._stopping.wait(seconds)
            else:
                hint.wait(seconds)
                hint.clear()

    def _working_loops(self) -> list[tuple[str, Callable[[], object]]]:
        threads, database = self._station.settings.worker_threads, self._station.database
        if database.is_sqlite:
            return [(f"worker-{number}", self._work_forever) for number in range(1, threads + 1)]
        self._wake_ups = WakeUps(database.url, self._advance_woken, threads)
        unheard = partial(self._worker.advance_due, UNHEARD_SECONDS)
        return [("wake-ups", self._wake_ups.listen), ("unheard", partial(self._every, UNHEARD_SECONDS / 2, unheard))]

    def _advance_woken(self, document_id: str) -> None:
        try:
            self._worker.advance_one(document_id)
        except GatewayError as trouble:  # the database is away; the sweep for what was not heard comes to it later
            self._trouble.report(trouble)
        except Exception:
            log.exception("worker-failed")

    def _work_forever(self) -> None:
        while not self._stopping.is_set():
            try:
                advanced = self._worker.advance_due()
            except GatewayError as trouble:  # the database is away: nothing can be claimed
                self._trouble.report(trouble)
                advanced = 0
            except Exception:
                log.exception("worker-failed")
                advanced = 0
            if not advanced:
                self._work.wait(IDLE_SECONDS)
                self._work.clear()
