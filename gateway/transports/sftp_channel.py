"""One SFTP session on one SSH channel: requests are sent in groups, so that a group costs one round trip and not one for each.

At 40 ms a round trip, that is the difference between 5 files a second and hundreds. A channel has one user at a time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from gateway.transports import sftp_packets as sftp
from gateway.transports.sftp_packets import Answer, Attributes, Entry, NotSftp, Request

GROUP_REQUESTS = 192  # well below what servers queue
GROUP_BYTES = 1_048_576  # half the window of an SSH channel: the answers of a group never wait for us
PAGES_AHEAD = 8  # of a folder
PACKET_LIMIT_BYTES = 1_048_576  # far above READ_BYTES; more is no SFTP server
FOLDER_LIMIT = 1_000_000  # names; a folder that never ends is not listed for ever


class Wire(Protocol):
    """What is asked of an SSH channel."""

    def sendall(self, s: bytes) -> None:
        """Send all of it."""
        ...

    def recv(self, nbytes: int) -> bytes:
        """Return some bytes, none when the other side closed."""
        ...

    def close(self) -> None:
        """Close."""
        ...


class SftpChannel:
    """An SFTP session.

    Args:
        wire: with a time-out of its own: a silent server raises TimeoutError.

    Raises:
        NotSftp, OSError, EOFError: by every method: the channel is of no use any more.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._buffer = bytearray()
        self._last_id = 0
        wire.sendall(struct.pack(">IBI", 5, sftp.INIT, 3))
        self._extensions = sftp.extensions_in(self._answer_without_id())

    @property
    def can_rename_over(self) -> bool:
        """Return whether a rename can replace."""
        return b"posix-rename@openssh.com" in self._extensions

    @property
    def can_sync(self) -> bool:
        """Return whether files can be made durable."""
        return b"fsync@openssh.com" in self._extensions

    def close(self) -> None:
        """End the session."""
        self._wire.close()

    def ask(self, request: Request) -> Answer:
        """Return the answer to one request."""
        return self.exchange([request])[0]

    def exchange(self, requests: Sequence[Request]) -> list[Answer]:
        """Return the answers to all requests, in their order."""
        answers: list[Answer] = []
        for group in _groups(requests):
            first = self._last_id + 1
            self._last_id += len(group)
            ids = range(first, self._last_id + 1)
            self._wire.sendall(b"".join(_packet(number, request) for number, request in zip(ids, group, strict=True)))
            found: dict[int, Answer] = {}
            while len(found) < len(group):
                number, answer = self._answer()
                if number not in ids or number in found:
                    raise NotSftp("an answer to something that was not asked")
                found[number] = answer
            answers += [found[number] for number in ids]
        return answers

    def entries(self, folder: bytes) -> list[Entry] | Answer:
        """Return everything in a folder, or the answer that refuses it."""
        opened = self.ask(sftp.opened_folder(folder))
        if opened.status != sftp.OK:
            return opened
        handle = sftp.opened_handle(opened)
        entries: list[Entry] = []
        ahead = 1
        while len(entries) < FOLDER_LIMIT:
            pages = self.exchange([sftp.next_names(handle)] * ahead)
            for page in pages:
                entries += sftp.entries_in(page)
            if any(page.type != sftp.NAME for page in pages):
                break
            ahead = PAGES_AHEAD
        self.ask(sftp.closed(handle))
        return [entry for entry in entries if entry.name not in (b".", b"..")]

    def contents(self, files: Sequence[tuple[bytes, int]]) -> list[tuple[bytes, Attributes | None] | Answer]:
        """Return the content of small files, and what the server says about each after it was read, or the answer that refuses it.

        Args:
            files: path and size as listed.
        """
        opened = self.exchange([sftp.opened_to_read(path) for path, _ in files])
        requests: list[Request] = []
        spans: list[slice] = []
        for answer, (_, size) in zip(opened, files, strict=True):
            start = len(requests)
            if answer.status == sftp.OK:
                handle = sftp.opened_handle(answer)
                requests += [*_reads(handle, 0, size), sftp.stat_of_handle(handle), sftp.closed(handle)]
            spans.append(slice(start, len(requests)))
        answers = self.exchange(requests)
        results: list[tuple[bytes, Attributes | None] | Answer] = []
        for answer, span in zip(opened, spans, strict=True):
            if answer.status != sftp.OK:
                results.append(answer)
                continue
            *parts, said, _ = answers[span]
            refused = next((part for part in parts if part.status not in (sftp.OK, sftp.END)), None)
            results.append(
                refused if refused is not None else (b"".join(map(sftp.data_in, parts)), sftp.attributes_in(said))
            )
        return results

    def chunks(self, handle: bytes, offset: int, size: int) -> Iterator[bytes]:
        """Yield the bytes of an open file from `offset`, up to `size`; fewer when it ends before. Raises RefusedRead."""
        while size > 0:
            requests = list(_reads(handle, offset, min(size, GROUP_BYTES)))
            got = 0
            for request, answer in zip(requests, self.exchange(requests), strict=True):
                if answer.status not in (sftp.OK, sftp.END):
                    raise RefusedRead(answer.words)
                part = sftp.data_in(answer)
                got += len(part)
                if part:
                    yield part
                if len(part) < request.answer_bytes:  # short: what follows it in the group is behind a gap
                    break
            if not got:
                return
            offset += got
            size -= got

    def write_and_close(self, handle: bytes, content: bytes) -> tuple[Answer | None, Attributes | None]:
        """Write `content` to an open file, make it durable where the server can, and close it.

        Returns:
            The first answer that refuses, or None; and what the server says about the file, when it says anything.
        """
        parts = range(0, len(content), sftp.READ_BYTES)
        writes = [sftp.write(handle, at, content[at : at + sftp.READ_BYTES]) for at in parts]
        per_group = GROUP_BYTES // sftp.READ_BYTES
        while len(writes) > per_group:
            group, writes = writes[:per_group], writes[per_group:]
            if (refused := _refusal(self.exchange(group))) is not None:
                self.ask(sftp.closed(handle))
                return refused, None
        ends = [sftp.synced(handle)] if self.can_sync else []
        *written, said, ended = self.exchange([*writes, *ends, sftp.stat_of_handle(handle), sftp.closed(handle)])
        return _refusal([*written, ended]), sftp.attributes_in(said)

    def _answer(self) -> tuple[int, Answer]:
        answer = self._answer_without_id()
        if len(answer.body) < 4:
            raise NotSftp("a packet without an id")
        return struct.unpack(">I", answer.body[:4])[0], Answer(answer.type, answer.body[4:])

    def _answer_without_id(self) -> Answer:
        self._fill(4)
        (size,) = struct.unpack(">I", self._buffer[:4])
        if not 1 <= size <= PACKET_LIMIT_BYTES:
            raise NotSftp(f"a packet of {size} bytes")
        self._fill(4 + size)
        kind, body = self._buffer[4], bytes(self._buffer[5 : 4 + size])
        del self._buffer[: 4 + size]
        return Answer(kind, body)

    def _fill(self, size: int) -> None:
        while len(self._buffer) < size:
            received = self._wire.recv(262_144)
            if not received:
                raise EOFError("the connection was closed")
            self._buffer += received


class RefusedRead(Exception):  # noqa: N818  the server's decision; the channel lives on
    """The server would not go on reading a file."""


def _refusal(answers: Iterable[Answer]) -> Answer | None:
    return next((answer for answer in answers if answer.status != sftp.OK), None)


def _reads(handle: bytes, offset: int, size: int) -> Iterator[Request]:
    """Yield requests for `size` bytes; one for an empty file too, which tells whether it is still empty."""
    for at in range(offset, offset + max(size, 1), sftp.READ_BYTES):
        yield sftp.read(handle, at, min(sftp.READ_BYTES, offset + max(size, 1) - at))


def _packet(number: int, request: Request) -> bytes:
    return struct.pack(">IBI", len(request.body) + 5, request.type, number) + request.body


def _groups(requests: Sequence[Request]) -> Iterator[Sequence[Request]]:
    start, size = 0, 0
    for at, request in enumerate(requests):
        if at > start and (at - start >= GROUP_REQUESTS or size + request.answer_bytes > GROUP_BYTES):
            yield requests[start:at]
            start, size = at, 0
        size += request.answer_bytes
    if start < len(requests):
        yield requests[start:]
