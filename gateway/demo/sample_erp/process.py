"""Start, stop and kill the sample ERP from another program: the demo, tests, crash campaigns.

Uses the standard library only, so that it works wherever Python does.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

HOST = "127.0.0.1"
START_SECONDS = 30.0  # a loaded machine with cold disks
STOP_SECONDS = 10.0


def free_port() -> int:
    """Return a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class SampleErpProcess:
    """A sample ERP in its own process; a context manager that starts and stops it.

    Args:
        home: its folder; a second process on the same home continues where the first one ended.
        port: 0 for any free one; the same for the life of this object, so that a restart is found again.
    """

    def __init__(self, home: Path, port: int = 0) -> None:
        self.home = home
        self.port = port or free_port()
        self.token = "sample-" + os.urandom(12).hex()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return where it answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """Return the file its errors go to."""
        return self.home / "erp.log"

    @property
    def is_running(self) -> bool:
        """Return whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            RuntimeError: it ended at once, or did not answer in time; with the end of its log.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 our own module
                [
                    sys.executable,
                    "-m",
                    "gateway.demo.sample_erp",
                    "--home",
                    str(self.home),
                    "--port",
                    str(self.port),
                    "--end-with-parent",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "SAMPLE_ERP_TOKEN": self.token},
            )
        give_up = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"the sample ERP did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return bool(self.call("GET", "/health")["status"] == "up")
        except OSError:
            return False

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, key: str = "") -> Any:
        """Return the JSON that it answers.

        Raises:
            OSError: it cannot be reached, or answered with an error (urllib.error.HTTPError).
        """
        request = urllib.request.Request(  # noqa: S310 our own URL
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": key,
            },
        )
        if not key:
            request.remove_header("Idempotency-key")
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 our own URL
            text = answer.read()
        return json.loads(text) if text else None

    def stop(self) -> None:
        """Ask it to end, and make sure that it does."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End it as a power failure would (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> SampleErpProcess:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
