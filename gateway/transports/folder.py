"""Folders: a partner drops files in its inbox folder and takes ours from its outbox folder.

Notifications are hints, the sweep is the truth: a missed event costs one sweep. A file is taken when it was closed or moved in before
our eyes, or when it did not change between two looks; an X12 file without its IEA is given longer, in case its writer is only slow.
Names that begin with a dot or end like a temporary file are never touched. What was taken is moved to .archive beside it, or deleted.
What we send is written to a temporary name, fsynced and renamed, so that nobody sees half of it.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import DirMovedEvent, FileClosedEvent, FileMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.ports import Arrival, Dispatch, Receipt
from gateway.transports.completeness import HEAD_BYTES, TAIL_BYTES, is_in_the_making, lacks_trailer

CHUNK_BYTES = 262_144
ARCHIVE = ".archive"


class FolderHints:
    """One observer for all folders; created when the first one is watched."""

    def __init__(self) -> None:
        self._observer: BaseObserver | None = None
        self._watches: dict[Path, ObservedWatch] = {}
        self._lock = threading.Lock()

    def watch(self, folder: Path, handler: FileSystemEventHandler) -> None:
        """Have `handler` told about `folder`. A system without notifications, or without any left, is no error: the sweep decides."""
        with self._lock, contextlib.suppress(OSError):
            if self._observer is None:
                self._observer = Observer()
                self._observer.daemon = True
                self._observer.start()
            if (gone := self._watches.pop(folder, None)) is not None:
                # The folder was made again: what is watched is the one that disappeared.
                with contextlib.suppress(KeyError):
                    self._observer.unschedule(gone)
            self._watches[folder] = self._observer.schedule(handler, str(folder), recursive=False)

    def forget(self, folder: Path) -> None:
        """Stop watching a folder; with the last one the observer ends."""
        with self._lock:
            watched = self._watches.pop(folder, None)
            if self._observer is not None and watched is not None:
                with contextlib.suppress(KeyError):
                    self._observer.unschedule(watched)
            observer = self._observer if not self._watches else None
            if observer is not None:
                self._observer = None
        if observer is not None:
            observer.stop()
            observer.join()


@dataclass(frozen=True, slots=True)
class _Look:
    """A file as it was when we looked."""

    inode: int
    size: int
    mtime_ns: int
    since: float  # monotonic seconds of the first look that found it so


@dataclass(frozen=True, slots=True)
class FolderRules:
    """When a file is complete, and what becomes of it.

    Args:
        stable_seconds: how long a file whose end nobody saw must stay the same.
        trailer_seconds: how long an X12 file without IEA is given before it is taken as it is.
        is_share: whether others write there from other machines; then a close that is seen here proves nothing.
        deletes: whether a file that was received is deleted instead of archived.
    """

    stable_seconds: float = 1.0
    trailer_seconds: float = 60.0
    is_share: bool = False
    deletes: bool = False


class FolderTransport:
    """One partner's pair of folders.

    Args:
        inbox, outbox: absolute; created when missing, again when they disappear.
    """

    kind = "folder"

    def __init__(
        self,
        partner: str,
        inbox: Path,
        outbox: Path,
        clock: Clock,
        hints: FolderHints,
        rules: FolderRules,
    ) -> None:
        self.partner = partner
        self.inbox = inbox
        self.outbox = outbox
        self._clock = clock
        self._hints = hints
        self._rules = rules
        self._looks: dict[str, _Look] = {}
        self._closed: set[str] = set()
        self._names: dict[
            str, str
        ] = {}  # transport id → the file's name as the system has it, for the arrivals listed last
        self._notify: Callable[[], None] | None = None

    def arrivals(self) -> list[Arrival]:
        """Return the complete files, oldest first. Raises GatewayError GW-4104 when the folder cannot be read."""
        looks: dict[str, _Look] = {}
        names: dict[str, str] = {}
        complete: list[tuple[int, Arrival]] = []
        now = self._clock.monotonic()
        for name, stat in self._listing():
            known = self._looks.get(name)
            look = _Look(stat.st_ino, stat.st_size, stat.st_mtime_ns, now)
            if known is not None and (known.inode, known.size, known.mtime_ns) == (
                look.inode,
                look.size,
                look.mtime_ns,
            ):
                look = known
            looks[name] = look
            if self._is_complete(name, look, now):
                transport_id = _transport_id(name, stat)
                names[transport_id] = name
                arrival = Arrival(self.partner, self.kind, _shown(name), transport_id, stat.st_size)
                complete.append((stat.st_mtime_ns, arrival))
        self._looks, self._names = looks, names
        self._closed &= looks.keys()
        return [arrival for _, arrival in sorted(complete, key=lambda pair: (pair[0], pair[1].name))]

    def read(self, arrival: Arrival) -> Iterator[bytes]:
        """Yield the file's bytes. Raises GatewayError GW-4105 when it went away or changed while it was read."""
        name = self._name(arrival)
        try:
            # No link is followed: a partner must not make us read what is not its own.
            with os.fdopen(os.open(self.inbox / name, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk
                stat = os.fstat(file.fileno())
        except OSError as gone:
            raise GatewayError(
                "GW-4105",
                f"{arrival.name} could not be read: {gone.strerror}. It is looked at again.",
                is_retryable=True,
            ) from gone
        if _transport_id(name, stat) != arrival.transport_id:
            raise GatewayError(
                "GW-4105",
                f"{arrival.name} changed while it was read; it is taken when its writer is done.",
                is_retryable=True,
            )

    def settle(self, arrival: Arrival) -> None:
        """Archive or delete the file, unless another one has its name by now."""
        name = self._name(arrival)
        path, archive = self.inbox / name, self.inbox / ARCHIVE
        try:
            stat = path.lstat()
            if _transport_id(name, stat) != arrival.transport_id:
                return
            if self._rules.deletes:
                path.unlink(missing_ok=True)
                return
            archive.mkdir(exist_ok=True)
            path.replace(archive / _archived_name(name, stat))
        except FileNotFoundError:
            return
        except OSError as refused:
            raise GatewayError(
                "GW-4106",
                f"{arrival.name} was received, but cannot be moved away: {refused.strerror}. Nothing is done twice; let the gateway "
                f"write in {self.inbox if self._rules.deletes else archive}.",
                is_retryable=True,
            ) from refused

    def send(self, dispatch: Dispatch) -> Receipt:
        """Put the file in the outbox. The name carries the delivery id, so a second try replaces the first. Raises GatewayError GW-4101."""
        final = self.outbox / dispatch.name
        temporary = self.outbox / f".{dispatch.name}.tmp"
        try:
            self.outbox.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(dispatch.payload)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(final)
            folder = os.open(self.outbox, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as refused:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise GatewayError(
                "GW-4101",
                f"{dispatch.name} could not be written to {self.outbox}: {refused.strerror}.",
                is_retryable=True,
                partner=self.partner,
            ) from refused
        return Receipt(
            f"Written to the outbox folder of {self.partner} as {dispatch.name}.", facts={"file": dispatch.name}
        )

    def watch(self, notify: Callable[[], None]) -> None:
        """Have `notify` called when a file was closed in, or moved into, the inbox."""
        self._notify = notify
        with contextlib.suppress(OSError):
            self.inbox.mkdir(parents=True, exist_ok=True)
        self._hints.watch(self.inbox, _Handler(self))

    def close(self) -> None:
        """Stop being notified."""
        self._notify = None
        self._hints.forget(self.inbox)

    def closed(self, name: str) -> None:
        """Note that a file's writer is done with it."""
        if not self._rules.is_share:
            self._closed.add(name)
        if self._notify is not None:
            self._notify()

    def _name(self, arrival: Arrival) -> str:
        return self._names.get(arrival.transport_id, arrival.name)

    def _listing(self) -> Iterator[tuple[str, os.stat_result]]:
        try:
            if not self.inbox.is_dir():
                # It disappeared, or was never there: make it again, so that the partner can go on.
                self.inbox.mkdir(parents=True, exist_ok=True)
                if self._notify is not None:
                    self._hints.watch(self.inbox, _Handler(self))
            with os.scandir(self.inbox) as entries:
                for entry in entries:
                    if is_in_the_making(entry.name):
                        continue
                    with contextlib.suppress(FileNotFoundError):
                        if entry.is_file(follow_symlinks=False):
                            yield entry.name, entry.stat(follow_symlinks=False)
        except OSError as gone:
            raise GatewayError(
                "GW-4104",
                f"The inbox folder of {self.partner}, {self.inbox}, cannot be read: {gone.strerror}. It is looked at again.",
                is_retryable=True,
            ) from gone

    def _is_complete(self, name: str, look: _Look, now: float) -> bool:
        stable_for = now - look.since
        if name not in self._closed and stable_for < self._rules.stable_seconds:
            return False
        return stable_for >= self._rules.trailer_seconds or not self._lacks_trailer(name, look.size)

    def _lacks_trailer(self, name: str, size: int) -> bool:
        """Return whether the file begins as X12 and does not end with an IEA: its writer may only be slow."""
        try:
            with (self.inbox / name).open("rb") as file:
                head = file.read(HEAD_BYTES)
                file.seek(max(0, size - TAIL_BYTES))
                return lacks_trailer(head, file.read(TAIL_BYTES))
        except OSError:
            return True


def _shown(name: str) -> str:
    """Return a file's name as it can be stored and printed: bytes of it that are no UTF-8 are spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _transport_id(name: str, stat: os.stat_result) -> str:
    return f"{_shown(name)[:300]}|{stat.st_ino}|{stat.st_size}|{stat.st_mtime_ns}"


_NAME_LIMIT_BYTES = 250  # file systems take 255


def _archived_name(name: str, stat: os.stat_result) -> str:
    """Return a name that no other file in the archive has; of a very long one the end is kept, where the type is."""
    prefix = f"{stat.st_mtime_ns}-{stat.st_ino}-"
    return prefix + os.fsdecode(os.fsencode(name)[-(_NAME_LIMIT_BYTES - len(prefix)) :])


class _Handler(FileSystemEventHandler):
    """Tells a transport which files were closed or moved in."""

    def __init__(self, transport: FolderTransport) -> None:
        self._transport = transport

    def on_closed(self, event: FileSystemEvent) -> None:
        if isinstance(event, FileClosedEvent):
            self._transport.closed(Path(os.fsdecode(event.src_path)).name)

    def on_moved(self, event: FileSystemEvent) -> None:
        if isinstance(event, FileMovedEvent) and not isinstance(event, DirMovedEvent):
            self._transport.closed(Path(os.fsdecode(event.dest_path)).name)
