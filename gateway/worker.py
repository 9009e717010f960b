"""The embedded runner: threads that claim documents and advance them, and the loops that bring new ones in.

A worker claims, runs one leg, and commits state, ledger, what the leg produced and the next wake-up in one transaction, fenced by its
claim; then goes on with the next leg of the same document until it rests. Nothing is kept in memory that is not in the database, so
`kill -9` costs a delay, never a document. This is the one place besides the API that catches every exception: a mistake of ours
parks the document with its trace, and the worker lives on.
"""

from __future__ import annotations

import os
import random
import socket
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import structlog

from gateway.clock import new_id
from gateway.deadlines import mark_overdue
from gateway.errors import GatewayError
from gateway.journey import advance, intent_of
from gateway.ports import Arrival, Transport
from gateway.states import STATES, Event
from gateway.steps.collect import collect
from gateway.steps.receive import receive
from gateway.steps.station import Station
from gateway.store import documents, jobs
from gateway.store.documents import Document
from gateway.store.engine import LostRace, Transaction
from gateway.store.jobs import Claim, LeaseLost
from gateway.store.moves import Outcome, move
from translators.errors import TranslationError

log = structlog.get_logger("gateway")

IDLE_SECONDS = 0.5  # how long a worker sleeps when nothing was due and nothing woke it
RACE_SECONDS = 0.05  # after losing a race for a unique key: the winner has committed by then
DEADLINE_SECONDS = 30
REPEAT_SECONDS = 60
CONFIGURATION_SECONDS = 2
COMMIT_WAITS_SECONDS = (0.1, 0.5, 2.0)  # a lease is longer, so nobody else has the document meanwhile


class Runner:
    """Runs a station's journeys in this process.

    Args:
        station: what the legs work with.
        look: takes up a changed configuration and returns the channels that are new; None for a configuration that stays.
    """

    def __init__(self, station: Station, look: Callable[[], list[Transport]] | None = None) -> None:
        self._station = station
        self._look = look
        self._process = f"{socket.gethostname()}.{os.getpid()}"
        self._stopping = threading.Event()
        self._work = threading.Event()
        self._arrival_hint = threading.Event()
        self._threads: list[threading.Thread] = []
        self._held: set[str] = set()
        self._reported: dict[tuple[str, ...], float] = {}
        self._held_lock = threading.Lock()
        self._receivers = ThreadPoolExecutor(station.settings.worker_threads, thread_name_prefix="receiver")

    def start(self) -> None:
        """Start the workers and the loops, and return."""
        settings = self._station.settings
        loops: list[tuple[str, Callable[[], object]]] = [
            (f"worker-{number}", self._work_forever) for number in range(1, settings.worker_threads + 1)
        ]
        loops.append(("leases", lambda: self._every(settings.lease_seconds / 3, self._renew)))
        loops.append(("receiver", lambda: self._every(settings.sweep_seconds, self.sweep, self._arrival_hint)))
        loops.append(("deadlines", lambda: self._every(DEADLINE_SECONDS, lambda: mark_overdue(self._station))))
        loops += [
            (f"collect-{name}", partial(self._every, settings.collect_seconds, partial(self._collect, name)))
            for name in self._station.connectors
        ]
        if self._look is not None:
            loops.append(("configuration", partial(self._every, CONFIGURATION_SECONDS, self.take_up_configuration)))
        self._free_the_dead()
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
        for thread in self._threads:
            thread.join()
        self._receivers.shutdown()
        for transport in list(self._station.transports.values()):
            transport.close()

    def run_until_idle(self) -> None:
        """Receive, collect and advance everything that is due now, in this thread, and return when nothing is left to do."""
        while True:
            moved = self.sweep()
            for name in self._station.connectors:
                moved += self._collect(name)
            while self._work_once():
                moved += 1
            if not moved:
                return

    def sweep(self) -> int:
        """Receive everything that waits at the transports; return how many arrivals were taken."""
        waiting: list[tuple[Arrival, Transport]] = []
        for transport in list(self._station.transports.values()):
            try:
                waiting += [(arrival, transport) for arrival in transport.arrivals()]
            except GatewayError as trouble:
                self._report(trouble, partner=getattr(transport, "partner", ""))
        taken = sum(self._receivers.map(lambda pair: self._receive(*pair), waiting))
        if taken:
            self._work.set()
        return taken

    def _receive(self, arrival: Arrival, transport: Transport) -> int:
        try:
            document_id = receive(arrival, transport, self._station)
        except GatewayError as trouble:
            self._report(trouble, partner=arrival.partner, name=arrival.name)
            return 0
        except LostRace:  # another process received it at the same moment
            return 0
        except Exception:  # one arrival that we cannot cope with must not hold the others back
            log.exception("receive-failed", partner=arrival.partner, name=arrival.name)
            return 0
        if document_id is not None:
            log.info("received", document=document_id, partner=arrival.partner, transport=arrival.transport)
        return 1 if document_id is not None else 0

    def _collect(self, name: str) -> int:
        count = 0
        try:
            while not self._stopping.is_set() and (page := collect(name, self._station)):
                count += page
        except (GatewayError, LostRace) as trouble:
            self._report(trouble, connector=name)
        if count:
            self._work.set()
        return count

    def _every(self, seconds: float, work: Callable[[], object], hint: threading.Event | None = None) -> None:
        """Run `work` every `seconds`, or sooner when `hint` is set, until the runner stops."""
        while not self._stopping.is_set():
            try:
                work()
            except GatewayError as trouble:
                self._report(trouble)
            except Exception:
                log.exception("loop-failed", loop=threading.current_thread().name)
            if hint is None:
                self._stopping.wait(seconds)
            else:
                hint.wait(seconds)
                hint.clear()

    def _work_forever(self) -> None:
        while not self._stopping.is_set():
            try:
                busy = self._work_once()
            except GatewayError as trouble:  # the database is away: nothing can be claimed
                self._report(trouble)
                busy = False
            except Exception:
                log.exception("worker-failed")
                busy = False
            if not busy:
                self._work.wait(IDLE_SECONDS)
                self._work.clear()

    def _work_once(self) -> bool:
        """Claim a batch and advance each document as far as it goes; return whether there was anything to do."""
        settings = self._station.settings
        owner = f"{self._process}/{new_id(self._station.clock.now())}"
        with self._held_lock:
            self._held.add(owner)
        try:
            claims = self._station.database.write(
                lambda c: jobs.claim(c, owner, self._station.clock.now(), settings.lease_seconds, settings.claim_batch)
            )
            if len(claims) == settings.claim_batch:
                self._work.set()  # there may be more: let another worker look
            for number, claim in enumerate(claims):
                if self._stopping.is_set() and number:
                    self._station.database.write(partial(jobs.give_back, never_begun=claims[number:]))
                    break
                self._advance_to_rest(claim)
        finally:
            with self._held_lock:
                self._held.discard(owner)
        return bool(claims)

    def _advance_to_rest(self, claim: Claim) -> None:
        """Run leg after leg of one document until it is finished, waits, or was taken from us."""
        with self._station.database.read() as connection:
            document = documents.get(connection, claim.document_id)
        held: tuple[Claim, Document] | None = None if document is None else (claim, document)
        while held is not None:
            current, document = held
            outcome = self._run_leg(document, current)
            try:
                held = self._commit_patiently(document, current, outcome)
            except LeaseLost:
                log.info("lease-lost", document=claim.document_id)
                return
            except LostRace:
                # Somebody else took a unique key between our look and our write; look again and find it taken.
                self._release(current, RACE_SECONDS)
                return
            except GatewayError as trouble:
                self._report(trouble, document=claim.document_id)
                return  # nothing was written; the document is claimed again when the lease runs out

    def _commit_patiently(self, document: Document, claim: Claim, outcome: Outcome) -> tuple[Claim, Document] | None:
        """Commit the outcome; while the database is away, try again a few times before the leg is given up."""
        for wait in COMMIT_WAITS_SECONDS:
            try:
                return self._commit_or_park(document, claim, outcome)
            except GatewayError as trouble:
                self._report(trouble, document=claim.document_id)
                self._stopping.wait(wait)
        return self._commit_or_park(document, claim, outcome)

    def _commit_or_park(self, document: Document, claim: Claim, outcome: Outcome) -> tuple[Claim, Document] | None:
        """Commit the outcome; when what it writes turns out impossible, nothing of it was written and the document is parked."""
        try:
            return self._commit(document, claim, outcome)
        except (LeaseLost, LostRace, GatewayError):
            raise
        except TranslationError as unusable:
            return self._commit(document, claim, _after_unusable(unusable))
        except Exception as mistake:  # noqa: BLE001  the top of a worker; the trace is kept with the document
            return self._commit(document, claim, _after_mistake(document, mistake))

    def _run_leg(self, document: Document, claim: Claim) -> Outcome:
        started = self._station.clock.monotonic()
        try:
            outcome = advance(document, self._station, claim)
        except GatewayError as trouble:
            outcome = self._after_trouble(claim, trouble)
        except TranslationError as unusable:
            outcome = _after_unusable(unusable)
        except Exception as mistake:  # noqa: BLE001  the top of a worker; the trace is kept with the document
            outcome = _after_mistake(document, mistake)
        log.info(
            "leg",
            document=document.id,
            partner=document.partner,
            kind=document.kind,
            before=document.state,
            outcome=outcome.event,
            code=outcome.code,
            milliseconds=round((self._station.clock.monotonic() - started) * 1000, 1),
        )
        return outcome

    def _after_trouble(self, claim: Claim, trouble: GatewayError) -> Outcome:
        """Wait and try again, or park when trying again cannot help."""
        facts = {key: str(value) for key, value in trouble.facts.items()}
        settings = self._station.settings
        is_throttled = trouble.retry_after_seconds is not None  # told when to come back: that is no failed try
        tries = claim.tries + (0 if is_throttled else 1)
        if not trouble.is_retryable:
            return Outcome(Event.PARKED, trouble.sentence, trouble.code, facts)
        if tries >= settings.retry_limit:
            sentence = f"{trouble.sentence} It was tried {tries} times; retry when the cause is gone."
            return Outcome(Event.PARKED, sentence, trouble.code, facts)
        wait = backoff_seconds(max(tries, 1), settings.retry_base_seconds, settings.retry_max_seconds, random.random())  # noqa: S311  jitter
        wait = max(wait, trouble.retry_after_seconds or 0)
        at = self._station.clock.now() + timedelta(seconds=wait)
        return Outcome(
            Event.TRY_FAILED,
            f"{trouble.sentence} Next try at {at:%H:%M:%S} UTC.",
            trouble.code,
            facts,
            wait_seconds=wait,
            tries=tries,
        )

    def _commit(self, document: Document, claim: Claim, outcome: Outcome) -> tuple[Claim, Document] | None:
        """Write the outcome and what follows from it in one transaction; return what to go on with, None when it rests."""
        station = self._station

        def commit(connection: Transaction) -> tuple[Claim, Document] | None:
            now = station.clock.now()
            moved = move(connection, document, outcome, now)
            if STATES[moved.state].is_final:
                jobs.finish(connection, claim)
                return None
            while outcome.wait_seconds is None and (intend := intent_of(moved)) is not None:
                moved = move(connection, moved, intend(moved, station, claim), now)
            if outcome.wait_seconds is not None:
                due = now + timedelta(seconds=outcome.wait_seconds)
                jobs.release(connection, claim, due, claim.tries + 1 if outcome.tries is None else outcome.tries)
                return None
            kept = jobs.move_on(connection, claim, now + timedelta(seconds=station.settings.lease_seconds))
            return kept, moved

        result = station.database.write(commit)
        if outcome.event is Event.OPENED:
            self._work.set()
        return result

    def _free_the_dead(self) -> None:
        """Free what processes of this machine held that are no more, instead of waiting for their leases to run out."""
        host, _, own = self._process.rpartition(".")

        def free(connection: Transaction) -> int:
            freed = 0
            for process in jobs.processes(connection):
                other, _, pid = process.rpartition(".")
                if other == host and pid.isdigit() and (pid == own or not _is_alive(int(pid))):
                    freed += jobs.free_process(connection, process)
            return freed

        if freed := self._station.database.write(free):
            log.info("freed-leases", documents=freed)

    def _release(self, claim: Claim, wait_seconds: float) -> None:
        due = self._station.clock.now() + timedelta(seconds=wait_seconds)
        try:
            self._station.database.write(lambda c: jobs.release(c, claim, due, claim.tries))
        except LeaseLost:
            log.info("lease-lost", document=claim.document_id)

    def _renew(self) -> None:
        with self._held_lock:
            owners = list(self._held)
        if owners:
            until = self._station.clock.now() + timedelta(seconds=self._station.settings.lease_seconds)
            self._station.database.write(lambda c: jobs.renew(c, owners, until))

    def _report(self, trouble: Exception, **facts: str) -> None:
        """Log trouble that no document's story tells; the same trouble once a minute, however often it is met."""
        code = getattr(trouble, "code", type(trouble).__name__)
        key = (code, *facts.values())
        now = self._station.clock.monotonic()
        if now - self._reported.get(key, -REPEAT_SECONDS) >= REPEAT_SECONDS:
            self._reported[key] = now
            log.warning("trouble", code=code, sentence=getattr(trouble, "sentence", str(trouble)), **facts)


def backoff_seconds(tries: int, base: float, most: float, chance: float) -> float:
    """Return how long to wait after the `tries`-th failure: doubling, at most `most`, spread over the upper half by `chance` (0 to 1)."""
    full = min(most, base * 2.0 ** min(tries - 1, 30))
    return full * (0.5 + chance / 2)


def _after_unusable(unusable: TranslationError) -> Outcome:
    """Park the document over a map, a definition or an address that cannot be used."""
    return Outcome(Event.PARKED, f"{unusable.sentence} Mend it, then retry.", unusable.code)


def _after_mistake(document: Document, mistake: Exception) -> Outcome:
    """Park the document with the trace of our own mistake."""
    trace = "".join(traceback.format_exception(mistake))
    log.error("mistake", document=document.id, error=repr(mistake), trace=trace)

    def also(connection: Transaction) -> None:
        documents.set_content(connection, document.id, trace=trace[-20_000:])

    sentence = (
        f"The gateway made a mistake ({type(mistake).__name__}). The document is safe. Report it with its id, {document.id}; "
        f"retry after the fix."
    )
    return Outcome(Event.PARKED, sentence, "GW-3301", also=also)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
