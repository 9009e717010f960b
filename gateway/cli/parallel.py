"""Read a large file on several processors: this process reads the envelopes, the others the transaction sets, in order again at the end.

What is found is what one process would find: the splitting (`translators.x12.unread`) sets aside only sets whose end is certain.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from translators.x12 import Catalogue, Event, Policy, TransactionSet, UnreadSet, read, read_unread

# What one process is handed at once: some 50 ms of work, against 1 ms to hand it over.
_BATCH_BYTES = 1_000_000
# Batches under way for each process: one in work and one that waits, so that none stands idle and memory stays flat.
_WAITING = 2


@dataclass(frozen=True, slots=True)
class ReadElsewhere:
    """A set that another process validated, and its bytes for who wants its tree."""

    unread: UnreadSet
    one: TransactionSet


class _Worker:
    """What a process of the pool keeps from one batch to the next: definitions and what was compiled from them."""

    catalogue: Catalogue
    policy: Policy


def _begin(make_catalogue: Callable[[], Catalogue], policy: Policy) -> None:
    _Worker.catalogue, _Worker.policy = make_catalogue(), policy


def _read_all(batch: list[UnreadSet]) -> list[TransactionSet]:
    return [read_unread(unread, _Worker.catalogue, _Worker.policy) for unread in batch]


def read_on_processors(
    chunks: Iterable[bytes], make_catalogue: Callable[[], Catalogue], policy: Policy, processors: int
) -> Iterator[Event | ReadElsewhere]:
    """Yield what `read` yields, in its order, most sets as ReadElsewhere.

    Args:
        chunks: the payload's bytes; sets that lie in one chunk are read elsewhere, so megabytes each are best.
        make_catalogue: makes the definitions in each process; a function that can be pickled.
        policy: how strictly the sender is read.
        processors: how many processes read sets.
    """
    # A fork costs nothing where a start costs a second of imports; but of a process with threads it may hang.
    how = "fork" if threading.active_count() == 1 else "spawn"
    with ProcessPoolExecutor(processors, get_context(how), _begin, (make_catalogue, policy)) as pool:
        line = _Line(pool)
        for event in read(chunks, make_catalogue(), policy, sets_aside=True):
            line.put(event)
            while line.batches_under_way > processors * _WAITING:
                yield line.get()
        line.send()
        while line.events:
            yield line.get()


class _Line:
    """Events in order, some of which other processes are still working on."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool
        self.events: deque[Event] = deque()
        self._batch: list[UnreadSet] = []
        self._batch_bytes = 0
        self._under_way: deque[Future[list[TransactionSet]]] = deque()
        self._ready: deque[TransactionSet] = deque()

    @property
    def batches_under_way(self) -> int:
        return len(self._under_way)

    def put(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, UnreadSet):
            self._batch.append(event)
            self._batch_bytes += len(event.payload)
            if self._batch_bytes >= _BATCH_BYTES:
                self.send()

    def send(self) -> None:
        if self._batch:
            self._under_way.append(self._pool.submit(_read_all, self._batch))
            self._batch, self._batch_bytes = [], 0

    def get(self) -> Event | ReadElsewhere:
        event = self.events.popleft()
        if not isinstance(event, UnreadSet):
            return event
        if not self._ready:
            self._ready.extend(self._under_way.popleft().result())
        return ReadElsewhere(event, self._ready.popleft())
