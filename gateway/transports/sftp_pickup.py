"""Fetching a partner's files from its SFTP server: when one is complete, whose it is, and what becomes of it after the commit.

Order: list → complete? → fetch → compare sizes → X12 has its end? → claim by rename → ready for the journey → (commit) → remove. Where
the partner says what is complete, the claim comes before the fetch.

- Nobody tells us when a writer is done. A file is taken when its size and time were the same on two looks and it has its IEA; or at
  once, when the partner renames what is complete, or when a marker file says so.
- A file is claimed by a rename that its writer cannot notice (it may still have it open) and that nobody else does twice. What was
  claimed and never received, because we died, is found again by its name. A server that refuses renames is asked no more: then size
  and time are compared once more before the file is removed.
- An arrival is known by path, size, time and SHA-256. A file that the server will not let us remove stays, is tried again, and is not
  taken again; as its time has only seconds, it is read once more later, and a changed one is a new arrival.

Source: draft-ietf-secsh-filexfer-02 for what a server promises, which is little.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.ports import Arrival
from gateway.transports import sftp_packets as sftp
from gateway.transports.completeness import HEAD_BYTES, TAIL_BYTES, is_in_the_making, lacks_trailer
from gateway.transports.sftp_channel import RefusedRead, SftpChannel
from gateway.transports.sftp_options import SftpOptions
from gateway.transports.sftp_packets import Answer, Entry
from gateway.transports.sftp_waiting import (
    LONGEST_CLAIM,
    Fetched,
    Waiting,
    claim_name,
    discard,
    is_unchanged,
    partners_name,
    shown_name,
)

BATCH = 96  # files fetched together
SMALL_BYTES = 262_144  # what is fetched together and held in memory; larger ones go to the disk one by one
READY_FILES = 384  # fetched ahead of the journey
READY_BYTES = 67_108_864
_RACY_SECONDS = 2.5  # a server's times have seconds: within them a file may change and look the same


class SftpPickup:
    """What waits in a partner's pick-up folder. Not safe for threads: one looks, and the transport keeps the others away.

    Args:
        spool: a folder of ours for large files on their way; emptied at start.
        limit_bytes: larger files are not fetched, only reported.
    """

    def __init__(self, partner: str, options: SftpOptions, clock: Clock, spool: Path, limit_bytes: int) -> None:
        self._partner = partner
        self._options = options
        self._clock = clock
        self._spool = spool
        self._limit_bytes = limit_bytes
        self._folder = options.pickup_folder.encode().rstrip(b"/") or b"/"
        self._stable_seconds = options.stable_seconds or 0.0
        self._trailer_seconds = options.trailer_seconds or 0.0
        self._looks: dict[bytes, Waiting] = {}
        self._endless: dict[bytes, Waiting] = {}  # complete but for the IEA, at their last look
        self._complete: deque[Waiting] = deque()
        self._left: dict[bytes, Fetched] = {}  # received, and the server will not let us remove them
        self._is_sure: set[bytes] = set()  # of those: looked at again when their time could not deceive any more
        self._claims = options.claim
        self.ready: dict[str, Fetched] = {}
        self.has_young = False  # files that were seen only once
        self.unread: dict[bytes, str] = {}  # files that the server would not let us read at the last look, and why

    @property
    def has_more(self) -> bool:
        """Return whether complete files wait until those that are ready were taken."""
        return bool(self._complete)

    def look(self, channel: SftpChannel, tell: Callable[[], None]) -> None:
        """Look once: list, unless complete files still wait from before, then fetch as many as may be ready at the same time.

        Args:
            tell: called whenever something became ready.

        Raises:
            GatewayError: GW-4104 the folder cannot be listed; whatever a channel raises.
        """
        if not self._complete:
            self._complete.extend(self._found_complete(channel))
        while self._complete and self._has_room():
            batch = [self._complete.popleft() for _ in range(min(BATCH, len(self._complete)))]
            if self._options.complete != "stable":
                batch = [file for file in self._claimed(channel, batch) if file is not None]
            fetched = self._fetched(channel, [file for file in batch if file.size <= SMALL_BYTES])
            fetched += [f for file in batch if file.size > SMALL_BYTES for f in self._fetched_large(channel, file)]
            if self._options.complete == "stable":
                fetched = self._claimed_after(channel, fetched)
            self.ready |= {one.arrival.transport_id: one for one in fetched}
            if fetched:
                tell()

    def remove(self, channel: SftpChannel, received: list[Fetched]) -> list[Fetched]:
        """Take received files off the server, together; return those that it will not let go. They stay known."""
        for one in received:
            discard(one)
            self.ready.pop(one.arrival.transport_id, None)
        same = self._unchanged(channel, received)
        self._forget([one for one in received if one not in same])
        requests = [self._removal(one) for one in same]
        refused: list[Fetched] = []
        for one, answer in zip(same, channel.exchange(requests), strict=True):
            archived_before = self._options.after == "archive" and answer.status == sftp.FAILURE
            if archived_before:  # the same content has that name there: it is archived
                answer = channel.ask(sftp.removed(self._path(one.file.there)))  # noqa: PLW2901
            if answer.status in (sftp.OK, sftp.NO_SUCH_FILE):
                self._forget([one])
            else:
                refused.append(one)
                if one.file.there not in self._left:
                    self._left[one.file.there] = one
        if self._options.complete == "marker":
            gone = [one for one in same if one not in refused]
            channel.exchange([sftp.removed(self._path(name)) for one in gone for name in self._markers(one.file.name)])
        return refused

    def left(self) -> list[Fetched]:
        """Return what could not be removed up to now."""
        return list(self._left.values())

    # ---- listing

    def _found_complete(self, channel: SftpChannel) -> list[Waiting]:
        listed = channel.entries(self._folder)
        if isinstance(listed, Answer):
            raise GatewayError(
                "GW-4104",
                f"The folder {self._options.pickup_folder} of {self._partner} cannot be listed: {listed.words}. It is looked at again.",
                is_retryable=True,
                partner=self._partner,
            )
        now = self._clock.monotonic()
        self.unread = {}
        names = {entry.name for entry in listed}
        under_way = {(one.file.there, one.file.size, one.file.mtime) for one in list(self.ready.values())}
        looks: dict[bytes, Waiting] = {}
        complete: list[Waiting] = []
        self.has_young = False
        for entry in listed:
            if (file := self._wanted(entry, now)) is None:
                continue
            known = self._looks.get(file.there)
            is_second_look = file.is_like(known)
            looks[file.there] = file = known if known is not None and is_second_look else file
            if (file.there, file.size, file.mtime) in under_way:
                continue
            if self._is_complete(file, names, now, is_second_look=is_second_look):
                complete.append(file)
            elif not is_second_look:
                self.has_young = True
        self._looks = looks
        self._endless = {name: file for name, file in self._endless.items() if file.is_like(looks.get(name))}
        for gone in self._left.keys() - looks.keys():
            self._forget([self._left[gone]])
        return sorted(complete, key=lambda file: (file.mtime, file.name))

    def _wanted(self, entry: Entry, now: float) -> Waiting | None:
        """Return an entry that may be for us."""
        about = entry.attributes
        name = partners_name(entry.name)
        shown = shown_name(name)
        is_ours = about.is_file and b"/" not in entry.name and b"\0" not in entry.name
        if not is_ours or is_in_the_making(shown) or not fnmatchcase(shown, self._options.files):
            return None
        if self._options.complete == "marker" and shown.endswith(self._options.marker):
            return None
        return Waiting(name, entry.name, about.size or 0, about.mtime or 0, now)

    def _is_complete(self, file: Waiting, names: set[bytes], now: float, *, is_second_look: bool) -> bool:
        stable_for = now - file.since
        if file.there in self._left and file.is_like(self._left[file.there].file):
            return file.there not in self._is_sure and stable_for >= _RACY_SECONDS
        if self._options.complete == "rename" and not file.is_claimed:
            return True
        if self._options.complete == "marker" and not file.is_claimed:
            return not names.isdisjoint(self._markers(file.name))
        if not is_second_look or stable_for < self._stable_seconds:
            return False
        return file.there not in self._endless or stable_for >= self._trailer_seconds

    def _markers(self, name: bytes) -> list[bytes]:
        """Return what the file may be called that says `name` is complete: order.edi.done or order.done."""
        ending = self._options.marker.encode()
        return list(
            dict.fromkeys([name + ending, name.rpartition(b".")[0] + ending if b"." in name else name + ending])
        )

    # ---- fetching

    def _has_room(self) -> bool:
        held = sum(len(one.content) for one in self.ready.values() if isinstance(one.content, bytes))
        return len(self.ready) < READY_FILES and held < READY_BYTES

    def _fetched(self, channel: SftpChannel, files: list[Waiting]) -> list[Fetched]:
        """Fetch small files together; those that changed or went away meanwhile are left for another look."""
        if not files:
            return []
        found = channel.contents([(self._path(file.there), file.size) for file in files])
        fetched = []
        for file, answer in zip(files, found, strict=True):
            if isinstance(answer, Answer):
                self._see_refusal(file, answer)
                continue
            content, said = answer
            if not is_unchanged(file, said):
                self._looks.pop(file.there, None)
            elif len(content) != file.size:  # the server gives less at a time than was asked for
                fetched += self._fetched_large(channel, file)
            elif self._has_its_end(file, content[:HEAD_BYTES], content[-TAIL_BYTES:]):
                digest = hashlib.sha256(content).hexdigest()
                fetched += self._kept(file, content, digest)
        return fetched

    def _fetched_large(self, channel: SftpChannel, file: Waiting) -> list[Fetched]:
        """Fetch one large file to the disk; nothing when it changed, went away, or has no end yet."""
        if file.size > self._limit_bytes:
            return self._kept(file, None, "")
        opened = channel.ask(sftp.opened_to_read(self._path(file.there)))
        if opened.status != sftp.OK:
            self._see_refusal(file, opened)
            return []
        handle = sftp.opened_handle(opened)
        path = self._spool / hashlib.sha256(file.there + b"%d" % file.mtime).hexdigest()
        try:
            head = b"".join(channel.chunks(handle, 0, HEAD_BYTES))
            tail = b"".join(channel.chunks(handle, file.size - TAIL_BYTES, TAIL_BYTES))
            if not self._has_its_end(file, head, tail):
                return []
            digest, size = hashlib.sha256(), 0
            self._spool.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as spooled:
                for chunk in channel.chunks(handle, 0, file.size):
                    spooled.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
            said = sftp.attributes_in(channel.ask(sftp.stat_of_handle(handle)))
            is_whole = size == file.size and is_unchanged(file, said)
        except RefusedRead as refused:
            path.unlink(missing_ok=True)
            self.unread[file.there] = f"{shown_name(file.name)} could not be read to its end: {refused}"
            return []
        except OSError as full:
            path.unlink(missing_ok=True)
            if isinstance(full, TimeoutError | ConnectionError) or full.errno is None:
                raise  # the connection's trouble, not the disk's
            raise GatewayError(
                "GW-5003",
                f"{shown_name(file.name)} could not be stored: {full.strerror}. It stays where it is.",
                is_retryable=True,
            ) from full
        finally:
            channel.ask(sftp.closed(handle))
        if not is_whole:
            path.unlink(missing_ok=True)
            self._looks.pop(file.there, None)
            return []
        return self._kept(file, path, digest.hexdigest())

    def _has_its_end(self, file: Waiting, head: bytes, tail: bytes) -> bool:
        """Return whether it is complete by its content, or was given long enough."""
        if self._options.complete != "stable" and not file.is_claimed:
            return True
        if file.size and not lacks_trailer(head, tail):
            return True
        self._endless[file.there] = file
        return self._clock.monotonic() - file.since >= self._trailer_seconds

    def _kept(self, file: Waiting, content: bytes | Path | None, sha256: str) -> list[Fetched]:
        """Return what was fetched, unless it is what we could not remove before."""
        left = self._left.get(file.there)
        if left is not None and file.is_like(left.file):
            self._is_sure.add(file.there)
            if left.sha256 == sha256:
                if isinstance(content, Path):
                    content.unlink(missing_ok=True)
                return []
            del self._left[file.there]
        path = shown_name(self._path(file.name))
        transport_id = f"{path[-360:]}|{file.size}|{file.mtime}|{sha256}"
        arrival = Arrival(self._partner, "sftp", shown_name(file.name), transport_id, file.size)
        return [Fetched(file, arrival, content, sha256, self._clock.monotonic())]

    def _see_refusal(self, file: Waiting, answer: Answer) -> None:
        """Note a file that the server will not let us read; the others do not wait for it."""
        self._looks.pop(file.there, None)
        if answer.status != sftp.NO_SUCH_FILE:
            self.unread[file.there] = f"{shown_name(file.name)} cannot be read: {answer.words}"

    # ---- claiming and removing

    def _claimed(self, channel: SftpChannel, files: list[Waiting]) -> list[Waiting | None]:
        """Return each file under its claimed name, as it was where the server lets nobody rename, or None when it went away."""
        to_claim = [f for f in files if self._claims and not f.is_claimed and len(f.name) <= LONGEST_CLAIM]
        answers = channel.exchange(
            [sftp.renamed(self._path(file.there), self._path(claim_name(file))) for file in to_claim]
        )
        outcome: dict[bytes, Waiting | None] = {}
        for file, answer in zip(to_claim, answers, strict=True):
            if answer.status == sftp.OK:
                claimed = Waiting(file.name, claim_name(file), file.size, file.mtime, file.since)
                self._looks[claimed.there] = claimed
                outcome[file.there] = claimed
            elif answer.status == sftp.NO_SUCH_FILE:
                outcome[file.there] = None  # somebody else took it
            elif answer.status in (sftp.PERMISSION_DENIED, sftp.UNSUPPORTED):
                self._claims = False
        return [outcome.get(file.there, file) for file in files]

    def _claimed_after(self, channel: SftpChannel, fetched: list[Fetched]) -> list[Fetched]:
        """Claim what was fetched and return what is as it was then; the rest is looked at again, under the name it has now."""
        claimed: list[Fetched] = []
        for one, file in zip(fetched, self._claimed(channel, [one.file for one in fetched]), strict=True):
            if file is None:
                discard(one)
            else:
                claimed.append(replace(one, file=file))
        same = self._unchanged(channel, claimed)
        for one in claimed:
            if one not in same:
                self._looks.pop(one.file.there, None)
                discard(one)
        return same

    def _unchanged(self, channel: SftpChannel, fetched: list[Fetched]) -> list[Fetched]:
        """Return those that are on the server as they were fetched."""
        answers = channel.exchange([sftp.stat_of_path(self._path(one.file.there)) for one in fetched])
        return [
            one
            for one, answer in zip(fetched, answers, strict=True)
            if is_unchanged(one.file, sftp.attributes_in(answer), there=answer.status == sftp.OK)
        ]

    def _removal(self, one: Fetched) -> sftp.Request:
        path = self._path(one.file.there)
        if self._options.after == "delete":
            return sftp.removed(path)
        # By its content: what has that name in the archive is the same.
        name = f"{one.sha256[:12]}-".encode() + one.file.name[-200:]
        return sftp.renamed(path, self._options.archive_folder.encode().rstrip(b"/") + b"/" + name)

    def _forget(self, gone: list[Fetched]) -> None:
        for one in gone:
            self._left.pop(one.file.there, None)
            self._is_sure.discard(one.file.there)
            self._looks.pop(one.file.there, None)

    def _path(self, name: bytes) -> bytes:
        return self._folder.rstrip(b"/") + b"/" + name
