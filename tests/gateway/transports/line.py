"""A line between a client and a server of a test: it can be long (a delay each way), be cut after so many bytes, or be down."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time


class Line:
    """A TCP proxy on a port of its own.

    Args:
        to_port: of the server, on the loopback.
        round_trip_seconds: what it adds; half of it each way. Bytes keep their pace, only later.
    """

    def __init__(self, to_port: int, round_trip_seconds: float = 0.0) -> None:
        self._to_port = to_port
        self._delay_seconds = round_trip_seconds / 2
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_down = False
        self._budgets: dict[str, int | None] = {"up": None, "down": None}
        self._threads: list[threading.Thread] = []
        self.connections = 0
        self._start(self._accept)

    def cut_after(self, *, up: int | None = None, down: int | None = None) -> None:
        """Cut every connection once so many more bytes went to the server (`up`) or came from it (`down`)."""
        with self._lock:
            self._budgets = {"up": up, "down": down}

    def go_down(self) -> None:
        """Cut everything and take no connection until `come_up`."""
        self._is_down = True
        self._cut()

    def come_up(self) -> None:
        self._is_down = False
        self.cut_after()

    def close(self) -> None:
        self.go_down()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._is_down:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._to_port), 5)
            except OSError:
                near.close()
                continue
            self.connections += 1
            for one in (near, far):
                one.settimeout(None)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._sockets |= {near, far}
            for source, target, way in ((near, far, "up"), (far, near, "down")):
                late: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
                self._start(self._read, source, late, way)
                self._start(self._write, target, source, late)

    def _read(self, source: socket.socket, late: queue.SimpleQueue[tuple[float, bytes]], way: str) -> None:
        while True:
            try:
                part = source.recv(65_536)
            except OSError:
                part = b""
            with self._lock:
                left = self._budgets[way]
                if left is not None:
                    self._budgets[way] = max(0, left - len(part))
            if left is not None and len(part) > left:
                late.put((time.monotonic() + self._delay_seconds, part[:left]))
                late.put((time.monotonic() + self._delay_seconds, b""))
                return
            late.put((time.monotonic() + self._delay_seconds, part))
            if not part:
                return

    def _write(
        self, target: socket.socket, source: socket.socket, late: queue.SimpleQueue[tuple[float, bytes]]
    ) -> None:
        while True:
            due, part = late.get()
            if (wait := due - time.monotonic()) > 0:
                time.sleep(wait)
            try:
                if part:
                    target.sendall(part)
                    continue
            except OSError:
                pass
            self._end(target, source)
            return

    def _end(self, *sockets: socket.socket) -> None:
        with self._lock:
            self._sockets -= set(sockets)
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _cut(self) -> None:
        with self._lock:
            sockets = list(self._sockets)
        self._end(*sockets)
