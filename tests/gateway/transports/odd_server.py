"""An SFTP server on asyncssh that does what OpenSSH as the current user cannot: passwords, and odd manners."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import asyncssh


class OddServer:
    """A server for one account, `partner` with the password `correct horse`.

    Args:
        asks: ways to sign in.
        files: the kind of asyncssh.SFTPServer that serves.
    """

    PASSWORD = "correct horse"

    def __init__(
        self, root: Path, client_key: str = "", asks: tuple[str, ...] = ("password",), files: Any = asyncssh.SFTPServer
    ) -> None:
        self.root = root
        self._asks = asks
        self._client_key = client_key
        self._files = files
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self.port = 0
        self._connections: list[asyncssh.SSHServerConnection] = []

    @property
    def host_key(self) -> str:
        return self._key.export_public_key().decode().strip()

    def __enter__(self) -> OddServer:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.get_port()
        return self

    def __exit__(self, *_: object) -> None:
        async def close() -> None:
            self._server.close()
            for connection in list(self._connections):
                connection.abort()
                await connection.wait_closed()
            await asyncio.sleep(0.05)  # what served them ends
            await self._server.wait_closed()

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        asks, client_key, password = self._asks, self._client_key, self.PASSWORD
        connections = self._connections

        class Door(asyncssh.SSHServer):
            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                connections.append(conn)

            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return "password" in asks

            def validate_password(self, username: str, given: str) -> bool:
                return (username, given) == ("partner", password)

            def kbdint_auth_supported(self) -> bool:
                return "keyboard" in asks

            def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
                return "", "", "", [("Password:", False)]

            def validate_kbdint_response(self, username: str, responses: Any) -> bool:
                return (username, list(responses)) == ("partner", [password])

            def public_key_auth_supported(self) -> bool:
                return "key" in asks

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                known = asyncssh.import_public_key(client_key)
                return username == "partner" and key.public_data == known.public_data

        root = str(self.root).encode()
        files = self._files
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Door,
            server_host_keys=[self._key],
            sftp_factory=lambda channel: files(channel, chroot=root),
            sftp_version=3,
        )
