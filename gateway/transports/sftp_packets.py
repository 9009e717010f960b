"""SFTP version 3 on the wire: requests out, answers in. Pure: no connection, no clock.

A request is its type and its body without the id, which the channel puts in front. Names of files are bytes: servers have no encoding.

Source: draft-ietf-secsh-filexfer-02 (version 3, what OpenSSH and everybody else speaks); OpenSSH PROTOCOL for the extensions.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass

INIT, VERSION = 1, 2
_OPEN, _CLOSE, _READ, _WRITE, _LSTAT, _FSTAT = 3, 4, 5, 6, 7, 8
_OPENDIR, _READDIR, _REMOVE, _STAT, _RENAME, _EXTENDED = 11, 12, 13, 17, 18, 200
STATUS, HANDLE, DATA, NAME, ATTRS = 101, 102, 103, 104, 105

OK, END, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, UNSUPPORTED = 0, 1, 2, 3, 4, 8
STATUS_WORDS = {
    END: "end of file",
    NO_SUCH_FILE: "no such file or folder",
    PERMISSION_DENIED: "permission denied",
    FAILURE: "the server says only: failure",
    5: "the server did not understand",
    UNSUPPORTED: "the server cannot do that",
}

READ_BYTES = 32_768  # every server gives and takes as much in one packet
_READ_FLAG, _WRITE_FLAG, _CREATE_FLAG, _TRUNCATE_FLAG = 0x1, 0x2, 0x8, 0x10
_HAS_SIZE, _HAS_OWNER, _HAS_PERMISSIONS, _HAS_TIMES, _HAS_EXTENDED = 0x1, 0x2, 0x4, 0x8, 0x80000000


class NotSftp(Exception):  # noqa: N818  the other side's mistake, told to whoever reads its packets
    """The other side sent something that is no SFTP."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `answer_bytes` is about how much will come back, for those who count what is under way."""

    type: int
    body: bytes
    answer_bytes: int = 256


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a server says about a file; None is not said. `mtime` in seconds since 1970."""

    size: int | None = None
    permissions: int | None = None
    mtime: int | None = None

    @property
    def is_file(self) -> bool:
        """Return whether it is a regular file; no link, no folder. A server that does not say has only files."""
        return self.permissions is None or stat.S_IFMT(self.permissions) in (0, stat.S_IFREG)


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a folder."""

    name: bytes
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came."""

    type: int
    body: bytes

    @property
    def status(self) -> int:
        """Return the status code; OK for an answer that carries what was asked for."""
        if self.type != STATUS:
            return OK
        return int(struct.unpack(">I", self.body[:4])[0]) if len(self.body) >= 4 else FAILURE

    @property
    def words(self) -> str:
        """Return the status in words."""
        return STATUS_WORDS.get(self.status, f"status {self.status}")


def string(content: bytes) -> bytes:
    """Return `content` with its length before it."""
    return struct.pack(">I", len(content)) + content


def opened_to_read(path: bytes) -> Request:
    """Open a file for reading; answered by a handle."""
    return Request(_OPEN, string(path) + struct.pack(">II", _READ_FLAG, 0))


def opened_to_write(path: bytes) -> Request:
    """Make or empty a file for writing; answered by a handle. No permissions are sent: the server's own rules hold."""
    return Request(_OPEN, string(path) + struct.pack(">II", _WRITE_FLAG | _CREATE_FLAG | _TRUNCATE_FLAG, 0))


def read(handle: bytes, offset: int, size: int) -> Request:
    """Read up to `size` bytes; answered by data, or status END."""
    return Request(_READ, string(handle) + struct.pack(">QI", offset, size), size)


def write(handle: bytes, offset: int, content: bytes) -> Request:
    """Write; answered by a status."""
    return Request(_WRITE, string(handle) + struct.pack(">Q", offset) + string(content))


def synced(handle: bytes) -> Request:
    """Have the server make the file durable; answered by a status. Only where fsync@openssh.com is offered."""
    return Request(_EXTENDED, string(b"fsync@openssh.com") + string(handle))


def stat_of_handle(handle: bytes) -> Request:
    """Ask for the attributes of an open file."""
    return Request(_FSTAT, string(handle))


def stat_of_path(path: bytes) -> Request:
    """Ask for the attributes of a name, not following a link."""
    return Request(_LSTAT, string(path))


def stat_through_links(path: bytes) -> Request:
    """Ask for the attributes of what a name leads to: folders may be links."""
    return Request(_STAT, string(path))


def closed(handle: bytes) -> Request:
    """Close a file or folder."""
    return Request(_CLOSE, string(handle))


def opened_folder(path: bytes) -> Request:
    """Open a folder; answered by a handle."""
    return Request(_OPENDIR, string(path))


def next_names(handle: bytes) -> Request:
    """Ask for the next names of a folder; answered by names, or status END."""
    return Request(_READDIR, string(handle), READ_BYTES)


def removed(path: bytes) -> Request:
    """Remove a file."""
    return Request(_REMOVE, string(path))


def renamed(before: bytes, after: bytes) -> Request:
    """Rename; most servers refuse when the new name is taken."""
    return Request(_RENAME, string(before) + string(after))


def renamed_over(before: bytes, after: bytes) -> Request:
    """Rename, replacing what has the new name. Only where posix-rename@openssh.com is offered."""
    return Request(_EXTENDED, string(b"posix-rename@openssh.com") + string(before) + string(after))


class _Cursor:
    """Reads fields from a packet's body. Raises NotSftp at its end."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def _take(self, size: int) -> bytes:
        if self._at + size > len(self._body):
            raise NotSftp("a packet ends too early")
        self._at += size
        return self._body[self._at - size : self._at]

    def uint32(self) -> int:
        return int(struct.unpack(">I", self._take(4))[0])

    def uint64(self) -> int:
        return int(struct.unpack(">Q", self._take(8))[0])

    def string(self) -> bytes:
        return self._take(self.uint32())

    def attributes(self) -> Attributes:
        flags = self.uint32()
        size = self.uint64() if flags & _HAS_SIZE else None
        if flags & _HAS_OWNER:
            self._take(8)
        permissions = self.uint32() if flags & _HAS_PERMISSIONS else None
        mtime = None
        if flags & _HAS_TIMES:
            self.uint32()
            mtime = self.uint32()
        if flags & _HAS_EXTENDED:
            for _ in range(self.uint32()):
                self.string()
                self.string()
        return Attributes(size, permissions, mtime)

    def rest(self) -> Iterator[bytes]:
        while self._at < len(self._body):
            yield self.string()


def opened_handle(answer: Answer) -> bytes:
    """Return the handle that a file or folder was opened with. Raises NotSftp."""
    if answer.type != HANDLE:
        raise NotSftp("no handle where one was due")
    return _Cursor(answer.body).string()


def data_in(answer: Answer) -> bytes:
    """Return what was read; nothing at the end. Raises NotSftp."""
    if answer.type != DATA:
        if answer.status == END:
            return b""
        raise NotSftp("no content where some was due")
    return _Cursor(answer.body).string()


def attributes_in(answer: Answer) -> Attributes | None:
    """Return the attributes, or None when the server would not say."""
    return _Cursor(answer.body).attributes() if answer.type == ATTRS else None


def entries_in(answer: Answer) -> list[Entry]:
    """Return the names of a folder's page; none at its end. Raises NotSftp."""
    if answer.type != NAME:
        return []
    cursor = _Cursor(answer.body)
    entries = []
    for _ in range(cursor.uint32()):
        name = cursor.string()
        cursor.string()  # the line that `ls -l` would print
        entries.append(Entry(name, cursor.attributes()))
    return entries


def extensions_in(answer: Answer) -> frozenset[bytes]:
    """Return the names of the extensions that a server offers. Raises NotSftp."""
    if answer.type != VERSION:
        raise NotSftp("it does not begin as SFTP does")
    cursor = _Cursor(answer.body)
    if cursor.uint32() < 3:
        raise NotSftp("it speaks an SFTP older than version 3")
    fields = list(cursor.rest())
    return frozenset(fields[::2])
