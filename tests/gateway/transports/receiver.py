"""A partner's web server in a test: keeps what is posted to it, answers as it is told, and can vanish."""

from __future__ import annotations

import re
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answers` is what the next requests get: status and headers; then 202."""

    tls: ssl.SSLContext | None = None
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    pause_seconds: float = 0.0

    def __enter__(self) -> Receiver:
        self._port = 0
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def is_running(self) -> bool:
        return self._server is not None

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self._port}/edi"

    def files(self) -> dict[str, bytes]:
        """Return what it took, each delivery once by its id: name → bytes."""
        by_id = {one.headers["webhook-id"]: one for one in self.received}
        names = {i: re.search(r'filename="([^"]+)"', one.headers["content-disposition"]) for i, one in by_id.items()}
        return {names[i][1]: one.body for i, one in by_id.items()}

    def start(self) -> None:
        receiver = self

        class Page(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                time.sleep(receiver.pause_seconds)
                status, more = receiver.answers.pop(0) if receiver.answers else (202, {})
                if status < 300:
                    receiver.received.append(Received(self.path, headers, body))
                else:
                    receiver.refused.append(Received(self.path, headers, body))
                self.send_response(status)
                for name, value in {"Content-Length": "0", **more}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_: object) -> None:
                pass  # a client that does not trust us

        self.refused: list[Received] = []
        self._server = Server(("127.0.0.1", self._port), Page)
        self._port = self._server.server_port
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None
