"""A real OpenSSH server, started for a test as the current user on a port of its own, with keys and a configuration of its own."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.test_machine import PLACES


def program(name: str) -> str:
    """Return the path of an OpenSSH program, or skip the test."""
    found = shutil.which(name) or next(
        (f"{place}/{name}" for place in PLACES if os.access(f"{place}/{name}", os.X_OK)), None
    )
    if found is None:
        pytest.skip(f"{name} is missing: apt-get install openssh-server openssh-client")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> str:
    """Make a key pair and return the public key's line."""
    bits = ["-b", "2048"] if kind == "rsa" else []  # a longer one takes seconds to make
    command = [program("ssh-keygen"), "-q", "-t", kind, *bits, "-N", passphrase, "-C", "test", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path.with_suffix(".pub").read_text().strip()


def fingerprint(public: str) -> str:
    """Return a public key as it can stand in a partner's file."""
    kind, blob = public.split(" ")[:2]
    digest = base64.b64encode(hashlib.sha256(base64.b64decode(blob)).digest()).decode().rstrip("=")
    return f"{kind} SHA256:{digest}"


class OpenSshServer:
    """sshd with SFTP.

    Args:
        home: for its files; `home/partner` is what an SFTP client sees things in.
        host_keys: kinds of keys it shows.
        deny: SFTP requests it refuses.
    """

    def __init__(
        self, home: Path, host_keys: Sequence[str] = ("ed25519",), max_sessions: int = 10, deny: Sequence[str] = ()
    ) -> None:
        self.home = home
        self.folder = home / "partner"
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._max_sessions = max_sessions
        self.deny = tuple(deny)
        for folder in (self.folder, home / "keys"):
            folder.mkdir(parents=True)
        self.client_key = home / "keys" / "client"
        (home / "keys" / "authorized").write_text(new_key(self.client_key) + "\n")
        self.host_keys = {kind: new_key(home / "keys" / f"host_{kind}", kind) for kind in host_keys}
        self._shown = tuple(host_keys)

    @property
    def user(self) -> str:
        return subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()

    def show(self, *kinds: str) -> None:
        """Show other host keys from the next start on."""
        for kind in kinds:
            if kind not in self.host_keys:
                self.host_keys[kind] = new_key(self.home / "keys" / f"host_{kind}", kind.split("-")[0])
        self._shown = kinds

    def start(self) -> None:
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # its package's service makes it otherwise
        denied = f" -P {','.join(self.deny)}" if self.deny else ""
        lines = [
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            *(f"HostKey {self.home}/keys/host_{kind}" for kind in self._shown),
            f"AuthorizedKeysFile {self.home}/keys/authorized",
            "PidFile none",
            "StrictModes no",
            "UsePAM no",
            "PermitRootLogin prohibit-password",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            f"MaxSessions {self._max_sessions}",
            "MaxStartups 100",
            f"Subsystem sftp internal-sftp{denied}",
        ]
        config = self.home / "sshd_config"
        config.write_text("\n".join(lines) + "\n")
        log = (self.home / "sshd.log").open("ab")
        self._process = subprocess.Popen(
            [program("sshd"), "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        log.close()
        give_up = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > give_up or self._process.poll() is not None:
                    raise AssertionError((self.home / "sshd.log").read_text()) from None
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop listening; connections that are open live on, as those of a server that restarts."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def __enter__(self) -> OpenSshServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
