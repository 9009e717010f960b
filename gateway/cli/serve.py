"""`gateway serve` and `gateway work`: the long-running process.

On SIGTERM or SIGINT it drains: no new request, the legs that run are finished, claims are given back. Killed outright it loses nothing
either; the next start goes on where the database says.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from typing import Annotated

import typer
from granian.constants import Interfaces, SSLProtocols
from granian.server.embed import Server

from gateway.api.app import create_app
from gateway.bootstrap import ConfigurationWatch, as2_endpoint, sftp_host
from gateway.cli.exits import Exit
from gateway.cli.home import Home
from gateway.cli.printing import say
from gateway.cli.station import built_station
from gateway.errors import GatewayError
from gateway.observability import log_json_lines
from gateway.runner import Runner
from gateway.steps.station import Station
from gateway.transports.as2.endpoint import PATH as AS2_PATH

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(
    home: Home = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Default: api_host of the settings.", show_default=False)
    ] = "",
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, help="Port to listen on. Default: api_port of the settings.", show_default=False
        ),
    ] = None,
) -> Exit:
    """Run the gateway: its workers and its status API.

    Stops cleanly on SIGTERM and Ctrl-C. Logs are JSON lines on stderr.
    """
    with built_station(home) as station:
        where = host or station.settings.api_host
        at = port or station.settings.api_port
        _check_free(where, at)
        log_json_lines()
        print(f"Partner Gateway is at http://{_spelled(where)}:{at}, its API described at /v1/openapi.json", flush=True)
        if where not in _LOOPBACK:
            say("Keys travel with every request: put a proxy with TLS in front of this address.")
        asyncio.run(_serve(station, where, at))
    return Exit.DONE


def work(home: Home = None) -> Exit:
    """Run the gateway's workers only.

    Stops cleanly on SIGTERM and Ctrl-C. Logs are JSON lines on stderr.
    """
    with built_station(home) as station:
        log_json_lines()
        print(f"Partner Gateway works in {station.settings.home}", flush=True)
        asyncio.run(_work(station))
    return Exit.DONE


async def _serve(station: Station, host: str, port: int) -> None:
    app = create_app(station)
    server = Server(app, address=host, port=port, interface=Interfaces.ASGI, websockets=False, log_enabled=False)
    runner = Runner(station, ConfigurationWatch(station).look)

    def drain() -> None:
        app.state.is_draining = True
        server.stop()  # type: ignore[no-untyped-call]
        if as2 is not None:
            as2.stop()  # type: ignore[no-untyped-call]

    _on_signals(drain)
    as2 = as2_server(station)
    hosted = sftp_host(station)
    if hosted is not None:
        hosted.start()
        print(f"Partners reach it by SFTP on port {hosted.port}", flush=True)
    runner.start()
    try:
        await asyncio.gather(server.serve(), *([] if as2 is None else [as2.serve()]))
    finally:
        if hosted is not None:
            await asyncio.to_thread(hosted.stop)
        await asyncio.to_thread(runner.stop)


def as2_server(station: Station) -> Server | None:
    """Return the server of our AS2 endpoint, on its own port; None when [as2] is not set.

    Raises:
        GatewayError: GW-6204, somebody listens there already.
    """
    endpoint, settings = as2_endpoint(station), station.settings.as2
    if endpoint is None or settings is None:
        return None
    _check_free(settings.host, settings.port)
    home = station.settings.home
    print(f"Partners reach it by AS2 on port {settings.port}, at {AS2_PATH}", flush=True)
    return Server(
        endpoint,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
        ssl_protocol_min=SSLProtocols.tls12,  # partners' software is old
        ssl_cert=home / settings.tls_certificate if settings.tls_certificate else None,
        ssl_key=home / settings.tls_key if settings.tls_key else None,
    )


async def _work(station: Station) -> None:
    stopping = asyncio.Event()
    runner = Runner(station, ConfigurationWatch(station).look)
    _on_signals(stopping.set)
    runner.start()
    try:
        await stopping.wait()
    finally:
        await asyncio.to_thread(runner.stop)


def _on_signals(stop: Callable[[], None]) -> None:
    """Stop on the first SIGTERM or SIGINT; a second one ends the process at once, which loses nothing either."""
    loop = asyncio.get_running_loop()

    def once() -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)
            signal.signal(name, signal.SIG_DFL)
        stop()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, once)


def _check_free(host: str, port: int) -> None:
    """See that nobody listens there: the server shares a port with another one without a word.

    Raises:
        GatewayError: GW-6204, somebody does, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            raise GatewayError(
                "GW-6204",
                f"The API cannot listen on {host}:{port}: {taken.strerror}. Stop what uses it, or name another --port.",
            ) from taken


def _spelled(host: str) -> str:
    return f"[{host}]" if ":" in host else host
