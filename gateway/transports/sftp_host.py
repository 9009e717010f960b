"""Our SFTP server for partners, on asyncssh: one root per partner, two folders in it, and nothing else.

- A partner signs in with a key of its file, and only so. There is no shell, no command, no scp, no forwarding of any kind.
- `/in` is for uploads. What is written goes to a hidden name and gets its own when the partner closes the file: a line that drops leaves
  nothing. It is durable before the close is answered. A name that still waits is not replaced: the new file gets a name of its own.
- `/out` is for downloads; the partner removes what it has taken.
- No folder, link or attribute is made: permissions that a client sets are taken and ignored, so nothing is ever executable.

Runs in a thread with an event loop of its own. Not imported unless it is wanted: asyncssh is an extra.
"""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, BinaryIO

import asyncssh

from gateway.clock import Clock, new_id
from gateway.errors import GatewayError
from gateway.settings import SftpServerSettings, read_secret
from gateway.transports.completeness import is_in_the_making
from gateway.transports.hosted import HostedTransport

LOGIN_SECONDS = 30
KEEPALIVE_SECONDS = 60
MOST_CONNECTIONS = 256  # further ones are closed unheard; a partner needs one or two
LONGEST_NAME_BYTES = 200
_WRITES = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC
_FILE_MODE = 0o600
_UNFINISHED = ".upload"

Accounts = Callable[[str], HostedTransport | None]


class SftpHost:
    """The server.

    Args:
        accounts: finds the partner that has a user name now; asked at every sign-in, so changed files count at once.
        root: the folder that holds the partners' roots.
        limit_bytes: larger uploads are refused.
    """

    def __init__(
        self, settings: SftpServerSettings, accounts: Accounts, root: Path, clock: Clock, limit_bytes: int
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._root = root
        self._clock = clock
        self._limit_bytes = limit_bytes
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sftp-host", daemon=True)
        self._server: asyncssh.SSHAcceptor | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return 0 if self._server is None else self._server.get_port()

    def start(self) -> None:
        """Listen. Raises GatewayError GW-6209 the address is taken; GW-1001 a host key is missing or none."""
        self._thread.start()
        try:
            self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        except BaseException:
            self._end_loop()
            raise
        for unfinished in self._root.glob(f"*/in/.*{_UNFINISHED}"):  # of a server that was killed: it had our port
            unfinished.unlink(missing_ok=True)

    def stop(self) -> None:
        """Close every connection and return when all are closed."""
        if self._server is not None:
            asyncio.run_coroutine_threadsafe(self._close(self._server), self._loop).result()
            self._server = None
            self._end_loop()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        settings = self._settings
        try:
            keys = [asyncssh.import_private_key(read_secret(reference) + "\n") for reference in settings.host_keys]
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as unusable:
            raise GatewayError("GW-1001", f"gateway.toml: sftp_server.host_keys: {unusable}") from unusable
        try:
            return await asyncssh.listen(
                settings.host,
                settings.port,
                server_host_keys=keys,
                server_factory=lambda: _Door(self._accounts, self._connections),
                sftp_factory=self._files_of,
                sftp_version=3,
                allow_scp=False,
                agent_forwarding=False,
                x11_forwarding=False,
                line_editor=False,
                password_auth=False,
                kbdint_auth=False,
                host_based_auth=False,
                gss_host=None,
                login_timeout=LOGIN_SECONDS,
                keepalive_interval=KEEPALIVE_SECONDS,
                compression_algs=["none"],
            )
        except OSError as taken:
            raise GatewayError(
                "GW-6209",
                f"The SFTP server cannot listen on {settings.host}:{settings.port}: {taken.strerror}. Stop what uses it, or set another "
                f"port under [sftp_server].",
            ) from taken

    async def _close(self, server: asyncssh.SSHAcceptor) -> None:
        server.close()
        for connection in list(self._connections):
            connection.close()
            await connection.wait_closed()
        await server.wait_closed()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _files_of(self, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        account = self._accounts(channel.get_extra_info("username"))
        if account is None:  # its file was deleted since it signed in
            raise asyncssh.SFTPPermissionDenied("no such account")
        for folder in ("in", "out"):
            (account.root / folder).mkdir(parents=True, exist_ok=True)
        return HostedFiles(channel, account.root, self._clock, self._limit_bytes)


class _Door(asyncssh.SSHServer):
    """Who may come in."""

    def __init__(self, accounts: Accounts, connections: set[asyncssh.SSHServerConnection]) -> None:
        self._accounts = accounts
        self._connections = connections
        self._own: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        if len(self._connections) >= MOST_CONNECTIONS:
            conn.abort()
            return
        self._own = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        if self._own is not None:
            self._connections.discard(self._own)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002  a stranger is asked for a key too
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        account = self._accounts(username)
        if account is None:
            return False
        return any(asyncssh.import_public_key(line).public_data == key.public_data for line in account.options.keys)


class _Upload:
    """A file that is being written."""

    def __init__(self, file: BinaryIO, hidden: Path, name: str) -> None:
        self.file = file
        self.hidden = hidden
        self.name = name
        self.is_broken = False  # something of it could not be written


class HostedFiles(asyncssh.SFTPServer):
    """What a partner sees: /in and /out."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], root: Path, clock: Clock, limit_bytes: int) -> None:
        super().__init__(channel)
        self._root = root
        self._clock = clock
        self._limit_bytes = limit_bytes

    # ---- files

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:  # noqa: ARG002
        """Open a file of /out or /in to be read, or a new one of /in to be written."""
        folder, name = self._file(path)
        if not pflags & _WRITES:
            return os.fdopen(os.open(self._root / folder / name, os.O_RDONLY | os.O_NOFOLLOW), "rb", buffering=0)
        if folder != "in":
            raise asyncssh.SFTPPermissionDenied("uploads go to /in")
        if pflags & asyncssh.FXF_APPEND or not pflags & (asyncssh.FXF_TRUNC | asyncssh.FXF_EXCL):
            raise asyncssh.SFTPOpUnsupported("a file is uploaded from its beginning")
        hidden = self._root / "in" / f".{new_id(self._clock.now())}{_UNFINISHED}"
        descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _FILE_MODE)
        return _Upload(os.fdopen(descriptor, "w+b", buffering=0), hidden, name)

    def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        """Return bytes of an open file."""
        file = file_obj.file if isinstance(file_obj, _Upload) else file_obj
        return os.pread(file.fileno(), size, offset)

    def write(self, file_obj: Any, offset: int, data: bytes) -> int:
        """Write into an upload."""
        if not isinstance(file_obj, _Upload):
            raise asyncssh.SFTPPermissionDenied("the file is open for reading")
        if offset + len(data) > self._limit_bytes:
            file_obj.is_broken = True
            raise asyncssh.SFTPFailure(f"the file is larger than {self._limit_bytes} bytes")
        written = 0
        try:
            while written < len(data):
                written += os.pwrite(file_obj.file.fileno(), data[written:], offset + written)
        except OSError:
            file_obj.is_broken = True  # clients close a file whose write failed
            raise
        return written

    def close(self, file_obj: Any) -> None:
        """Complete an upload, when the partner closes it."""
        if not isinstance(file_obj, _Upload):
            file_obj.close()
            return
        # asyncssh closes what is open when a session ends, too, and does so while it is at the end's exception. Only a close that the
        # partner asked for completes an upload.
        is_asked_for = sys.exc_info()[0] is None
        try:
            with file_obj.file:
                if is_asked_for:
                    os.fsync(file_obj.file.fileno())
            if is_asked_for and file_obj.is_broken:
                raise asyncssh.SFTPFailure("not all of the file could be written; nothing of it was kept")
            if is_asked_for:
                self._publish(file_obj)
        finally:
            file_obj.hidden.unlink(missing_ok=True)

    def _publish(self, upload: _Upload) -> None:
        """Give an upload its name, durably; one that is taken by a file that waits is made another."""
        folder = self._root / "in"
        final = folder / upload.name
        if final.exists() and not is_in_the_making(upload.name):
            final = folder / f"{final.stem}.{new_id(self._clock.now())}{final.suffix}"
        upload.hidden.replace(final)
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def fsync(self, file_obj: Any) -> None:
        """Make what was written durable."""
        if isinstance(file_obj, _Upload):
            os.fsync(file_obj.file.fileno())

    # ---- names

    def lstat(self, path: bytes) -> os.stat_result:
        """Return what is known of a file or of a folder of ours."""
        place = self._place(path)
        found = place.lstat()
        if not (stat.S_ISREG(found.st_mode) or (stat.S_ISDIR(found.st_mode) and self._is_folder(path))):
            raise asyncssh.SFTPNoSuchFile("no such file")
        return found

    def stat(self, path: bytes) -> os.stat_result:
        """Return the same: there are no links."""
        return self.lstat(path)

    def fstat(self, file_obj: Any) -> os.stat_result:
        """Return what is known of an open file."""
        return os.fstat((file_obj.file if isinstance(file_obj, _Upload) else file_obj).fileno())

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Take attributes and ignore them: clients set them after an upload, and a file of ours has ours."""

    def lsetstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Ignore them."""

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """Ignore them."""

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """Yield what a folder holds, but for hidden names."""
        place = self._place(path)
        if not self._is_folder(path):
            raise asyncssh.SFTPNoSuchFile("no such folder")
        for entry in os.scandir(place):
            is_seen = (
                entry.is_dir(follow_symlinks=False) if place == self._root else entry.is_file(follow_symlinks=False)
            )
            if is_seen and not entry.name.startswith("."):
                attributes = asyncssh.SFTPAttrs.from_local(entry.stat(follow_symlinks=False))
                yield asyncssh.SFTPName(os.fsencode(entry.name), attrs=attributes)

    def realpath(self, path: bytes) -> bytes:
        """Return a path as the partner sees it."""
        return b"/" + b"/".join(_parts(path))

    def remove(self, path: bytes) -> None:
        """Remove what was taken from /out, or what was not finished in /in."""
        folder, name = self._file(path)
        if folder == "in" and not is_in_the_making(name):
            raise asyncssh.SFTPPermissionDenied("what was uploaded is ours")
        (self._root / folder / name).unlink()

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Give what is being uploaded its final name."""
        (before, old), (after, new) = self._file(oldpath), self._file(newpath)
        if (before, after) != ("in", "in") or not is_in_the_making(old):
            raise asyncssh.SFTPPermissionDenied("only what is being uploaded is renamed")
        source, final = self._root / "in" / old, self._root / "in" / new
        if final.exists():
            raise asyncssh.SFTPFailure("a file of that name waits")
        source.rename(final)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Do the same; nothing is ever replaced."""
        self.rename(oldpath, newpath)

    def _is_folder(self, path: bytes) -> bool:
        return _parts(path) in ([], [b"in"], [b"out"])

    def _file(self, path: bytes) -> tuple[str, str]:
        """Return folder and name of a file's path. Raises SFTPError when it cannot be one."""
        parts = _parts(path)
        if len(parts) != 2 or parts[0] not in (b"in", b"out"):
            raise asyncssh.SFTPPermissionDenied("there is /in and /out, and nothing in them but files")
        name = parts[1]
        if name.startswith(b".") or b"\0" in name or len(name) > LONGEST_NAME_BYTES:
            raise asyncssh.SFTPPermissionDenied("not a name for a file here")
        return parts[0].decode(), os.fsdecode(name)

    def _place(self, path: bytes) -> Path:
        """Return where a path of the partner is on the disk. Raises SFTPError when it is nowhere."""
        if self._is_folder(path):
            return self._root.joinpath(*(part.decode() for part in _parts(path)))
        folder, name = self._file(path)
        return self._root / folder / name


def _refused(*_: object) -> None:
    raise asyncssh.SFTPPermissionDenied("not here")


for _name in ("mkdir", "rmdir", "readlink", "symlink", "link", "statvfs", "fstatvfs", "lock", "unlock", "open56"):
    setattr(HostedFiles, _name, _refused)


def _parts(path: bytes) -> list[bytes]:
    """Return the names of a path from the root, `..` and `.` taken out of it."""
    parts: list[bytes] = []
    for part in path.split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in (b"", b"."):
            parts.append(part)
    return parts
