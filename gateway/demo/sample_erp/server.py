"""The process: one event loop with the HTTP server, and what happens in the ERP by itself."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
from contextlib import suppress
from pathlib import Path

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from gateway.demo.sample_erp.api import create_app
from gateway.demo.sample_erp.clock import Clock
from gateway.demo.sample_erp.database import Database
from gateway.demo.sample_erp.erp import SampleErp
from gateway.demo.sample_erp.life import live
from gateway.demo.sample_erp.trouble import App, HungUpError

TOKEN_VARIABLE = "SAMPLE_ERP_TOKEN"  # noqa: S105 the name of the variable
STOP_SECONDS = 1.0  # how long requests in flight may take when the server stops
LOG = logging.getLogger("sample_erp")


def token(home: Path) -> str:
    """Return the bearer token: from the environment, else from the file `token` in the home, made at the first start."""
    if TOKEN_VARIABLE in os.environ:
        return os.environ[TOKEN_VARIABLE]
    path = home / "token"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text().strip()


def _quiet(app: App) -> App:
    """Return `app` with its errors logged once; a connection that is hung up on purpose is no error."""

    async def logged(scope: object, receive: object, send: object) -> None:
        try:
            await app(scope, receive, send)  # type: ignore[arg-type]
        except HungUpError:
            raise
        except Exception:
            LOG.exception("a request failed")
            raise

    return logged


async def _orphaned(parent: int) -> None:
    """Return when the process `parent` is no longer ours."""
    while os.getppid() == parent:
        await asyncio.sleep(0.5)


async def serve(home: Path, port: int, *, end_with_parent: bool = False) -> None:
    """Serve until SIGTERM or SIGINT, or until the program that started it has ended."""
    parent = os.getppid()
    home.mkdir(parents=True, exist_ok=True)
    erp = SampleErp(Database(home / "erp.sqlite"), Clock(), token(home))
    app = _quiet(erp.trouble_maker.wrap(create_app(erp)))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    life = asyncio.create_task(live(erp))
    orphaned = asyncio.create_task(_orphaned(parent)) if end_with_parent else None
    if orphaned is not None:
        orphaned.add_done_callback(lambda _: stop.set())
    while not stop.is_set():
        await _serve_until(app, port, [stop.wait(), erp.gone.wait(), asyncio.shield(life)])
        if life.done():
            life.result()
        if erp.gone.is_set():
            erp.gone.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), erp.trouble_maker.trouble.gone_seconds)
    life.cancel()
    if orphaned is not None:
        orphaned.cancel()
    erp.db.close()


async def _serve_until(app: App, port: int, ends: list[object]) -> None:
    """Listen until the first of `ends` happens; then close the socket and cut whoever is still there."""
    server = Server(
        app,
        port=port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=30_000),
    )
    serving = asyncio.ensure_future(server.serve())
    waits = [asyncio.ensure_future(end) for end in ends]  # type: ignore[call-overload]
    await asyncio.wait([serving, *waits], return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()  # the port is taken: say so
    server.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait([serving], timeout=STOP_SECONDS)
    for task in (serving, *waits):
        task.cancel()
