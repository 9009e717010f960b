"""The worker: claims documents and advances each as far as it goes.

It claims, runs one leg, and commits state, ledger, what the leg produced and the next wake-up in one transaction, fenced by its claim;
then goes on with the next leg of the same document until it rests. Nothing is kept in memory that is not in the database, so `kill -9`
costs a delay, never a document. This is the one place besides the API that catches every exception: a mistake of ours parks the
document with its trace, and the worker lives on.
"""

from __future__ import annotations

import os
import random
import socket
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import structlog

from gateway.clock import new_id
from gateway.errors import GatewayError
from gateway.gatekeeping import Gatekeeper
from gateway.journey import advance, intent_of
from gateway.observability import TroubleLog
from gateway.states import STATES, Event
from gateway.steps.station import Station
from gateway.store import documents, jobs, wake_ups
from gateway.store.documents import Document
from gateway.store.engine import LostRace, Transaction
from gateway.store.gates import Gate
from gateway.store.jobs import Claim, LeaseLost
from gateway.store.moves import Outcome, move
from translators.errors import TranslationError

log = structlog.get_logger("gateway")

RACE_SECONDS = 0.05  # after losing a race for a unique key: the winner has committed by then
COMMIT_WAITS_SECONDS = (0.1, 0.5, 2.0)  # a lease is longer, so nobody else has the document meanwhile


class Worker:
    """Advances the documents of a station; any number of threads may use one.

    Args:
        stopping: set when no further leg is to be begun.
        more: set by the worker when there may be more work than it has claimed.
    """

    def __init__(self, station: Station, stopping: threading.Event, more: threading.Event, trouble: TroubleLog) -> None:
        self._station = station
        self._stopping = stopping
        self._more = more
        self._trouble = trouble
        self._gatekeeper = Gatekeeper(station)
        self._process = f"{socket.gethostname()}.{os.getpid()}"
        self._held: set[str] = set()
        self._held_lock = threading.Lock()

    def advance_due(self, due_for_seconds: float = 0) -> int:
        """Claim a batch and advance each document as far as it goes; return how many there were.

        Args:
            due_for_seconds: leave what became due later than that to whoever is woken for it.
        """
        settings = self._station.settings
        with self._owner() as owner:
            now = self._station.clock.now() - timedelta(seconds=due_for_seconds)
            claims = self._station.database.write(
                lambda c: jobs.claim(c, owner, now, settings.lease_seconds + due_for_seconds, settings.claim_batch)
            )
            if len(claims) == settings.claim_batch:
                self._more.set()  # let another thread look
            for number, claim in enumerate(claims):
                if self._stopping.is_set() and number:
                    self._station.database.write(partial(jobs.give_back, never_begun=claims[number:]))
                    break
                self._advance_to_rest(claim)
        return len(claims)

    def advance_one(self, document_id: str) -> None:
        """Claim one document, if it is due and free, and advance it as far as it goes."""
        if self._stopping.is_set():
            return
        with self._owner() as owner:
            now, lease = self._station.clock.now(), self._station.settings.lease_seconds
            claim = self._station.database.write(lambda c: jobs.claim_one(c, document_id, owner, now, lease))
            if claim is not None:
                self._advance_to_rest(claim)

    @contextmanager
    def _owner(self) -> Iterator[str]:
        """Give a new name to claim under; its leases are renewed while it is in use."""
        owner = f"{self._process}/{new_id(self._station.clock.now())}"
        with self._held_lock:
            self._held.add(owner)
        try:
            yield owner
        finally:
            with self._held_lock:
                self._held.discard(owner)

    def _advance_to_rest(self, claim: Claim) -> None:
        """Run leg after leg of one document until it is finished, waits, or was taken from us."""
        with self._station.database.read() as connection:
            document = documents.get(connection, claim.document_id)
        if document is None or STATES[document.state].is_final:
            # Moved from outside after it was claimed, as by a 997 that overtakes an AS2 receipt; its job went with that.
            log.info("lease-lost", document=claim.document_id)
            return
        held: tuple[Claim, Document] | None = (claim, document)
        while held is not None:
            current, document = held
            outcome = self._at_gate(document, current)
            if outcome is None:
                return
            try:
                held = self._commit_patiently(document, current, outcome)
            except LeaseLost:
                log.info("lease-lost", document=claim.document_id)
                return
            except LostRace:
                # Somebody else took a unique key between our look and our write; look again and find it taken.
                self._release(current, document, RACE_SECONDS)
                return
            except GatewayError as trouble:
                self._trouble.report(trouble, document=claim.document_id)
                return  # nothing was written; the document is claimed again when the lease runs out

    def _commit_patiently(self, document: Document, claim: Claim, outcome: Outcome) -> tuple[Claim, Document] | None:
        """Commit the outcome; while the database is away, try again a few times before the leg is given up."""
        for wait in COMMIT_WAITS_SECONDS:
            try:
                return self._commit_or_park(document, claim, outcome)
            except GatewayError as trouble:
                self._trouble.report(trouble, document=claim.document_id)
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

    def _at_gate(self, document: Document, claim: Claim) -> Outcome | None:
        """Run the next leg, unless it has to wait before a system outside; None when it does and nothing is to be told."""
        try:
            gate, wait = self._gatekeeper.ask(document)
        except GatewayError as trouble:
            return self._after_trouble(claim, trouble)
        if gate is None or not wait:
            return self._run_leg(document, claim, gate)
        outcome = self._gatekeeper.waits(document, gate, wait, claim.tries)
        if outcome is None:
            self._release(claim, document, wait)
        return outcome

    def _run_leg(self, document: Document, claim: Claim, gate: Gate | None) -> Outcome:
        started = self._station.clock.monotonic()
        try:
            outcome = advance(document, self._station, claim)
            self._tell(gate, None)
        except GatewayError as trouble:
            self._tell(gate, trouble)
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

    def _tell(self, gate: Gate | None, trouble: GatewayError | None) -> None:
        """Tell a gate how the call behind it went. What came of the call is kept even when the gate cannot be told."""
        if gate is None:
            return
        try:
            if trouble is None:
                self._gatekeeper.went_well(gate)
            else:
                self._gatekeeper.failed(gate, trouble)
        except GatewayError as away:
            self._trouble.report(away, gate=gate.name)

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
                wake_ups.wake_later(connection, moved.id, documents.tier_of(moved.kind), due)
                return None
            kept = jobs.move_on(connection, claim, now + timedelta(seconds=station.settings.lease_seconds))
            return kept, moved

        result = station.database.write(commit)
        if outcome.event is Event.OPENED:
            self._more.set()
        return result

    def free_the_dead(self) -> None:
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

    def _release(self, claim: Claim, document: Document, wait_seconds: float) -> None:
        due = self._station.clock.now() + timedelta(seconds=wait_seconds)

        def release(connection: Transaction) -> None:
            jobs.release(connection, claim, due, claim.tries)
            wake_ups.wake_later(connection, document.id, documents.tier_of(document.kind), due)

        try:
            self._station.database.write(release)
        except LeaseLost:
            log.info("lease-lost", document=claim.document_id)

    def renew_leases(self) -> None:
        """Prolong the leases of everything that is being advanced."""
        with self._held_lock:
            owners = list(self._held)
        if owners:
            until = self._station.clock.now() + timedelta(seconds=self._station.settings.lease_seconds)
            self._station.database.write(lambda c: jobs.renew(c, owners, until))


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
