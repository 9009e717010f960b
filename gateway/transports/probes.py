"""Trying a partner's channel: what can be found out without a document, in words. One row per kind in PROBES.

A probe yields what it found, step by step, and stops where the next step has no ground. It changes nothing at the partner, but for a
hidden file that is written and removed again where files are delivered and that is known to do no harm.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.clock import new_id
from gateway.errors import GatewayError
from gateway.ports import Transport
from gateway.public_addresses import address_of
from gateway.settings import Settings, read_secret
from gateway.transports import sftp_packets as sftp
from gateway.transports.as2.channel import As2Transport
from gateway.transports.folder import FolderTransport
from gateway.transports.hosted import HostedTransport
from gateway.transports.http import HttpTransport
from gateway.transports.http_signature import secret_bytes
from gateway.transports.sftp import SftpTransport
from gateway.transports.sftp_channel import SftpChannel

WARN_DAYS = 30  # before something ends
CONNECT_SECONDS = 15
LOOP_BACK = b"A test of the connection by our EDI gateway; it can be deleted.\r\n"


@dataclass(frozen=True, slots=True)
class Probed:
    """One thing that was tried.

    Args:
        what: "reached", "host key", "signed in".
        is_warning: it works, and somebody should know.
    """

    what: str
    is_well: bool
    sentence: str
    code: str = ""
    is_warning: bool = False
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a probe may want to know."""

    settings: Settings
    now: datetime


def probed_folder(transport: Transport, around: Surroundings) -> Iterator[Probed]:
    """Try the two folders."""
    assert isinstance(transport, FolderTransport)  # noqa: S101
    for what, folder, wants in (
        ("inbox", transport.inbox, "their files are read and moved away there"),
        ("outbox", transport.outbox, "ours are written there"),
    ):
        hidden = folder / f".partner-gateway-test-{new_id(around.now)}.tmp"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            hidden.write_bytes(LOOP_BACK)
            is_same = hidden.read_bytes() == LOOP_BACK
            names = sum(1 for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208  names only
        except OSError as refused:
            yield Probed(what, False, f"{folder} cannot be used: {refused.strerror}; {wants}.", "GW-4104")
            continue
        finally:
            with contextlib.suppress(OSError):
                hidden.unlink()
        yield Probed(
            what, is_same, f"{folder} can be read and written; {_files(names)} there.", facts={"files": str(names)}
        )


def probed_hosted(transport: Transport, around: Surroundings) -> Iterator[Probed]:
    """Try our own server as a partner would find it, and the partner's folders."""
    assert isinstance(transport, HostedTransport)  # noqa: S101
    yield Probed("account", True, f"{transport.user} signs in with {_many(len(transport.options.keys), 'key')}.")
    server = around.settings.sftp_server
    assert server is not None  # noqa: S101  or there were no such channel
    host = "127.0.0.1" if server.host in ("0.0.0.0", "::", "") else server.host  # noqa: S104  what is listened on
    try:
        with socket.create_connection((host, server.port), CONNECT_SECONDS) as line:
            banner = line.recv(64)
    except OSError as refused:
        why = refused.strerror or "no answer"
        yield Probed(
            "server",
            False,
            f"Our SFTP server does not answer at {host}:{server.port}: {why}. Is `gateway serve` running?",
            "GW-6209",
        )
    else:
        is_ssh = banner.startswith(b"SSH-2.0")
        yield Probed("server", is_ssh, f"Our SFTP server answers at {host}:{server.port}.")
    yield from probed_folder(transport, around)


def probed_sftp(transport: Transport, around: Surroundings) -> Iterator[Probed]:
    """Try the partner's server: reached, host key, signed in, folders, and a hidden file there and back."""
    assert isinstance(transport, SftpTransport)  # noqa: S101
    options = transport.options
    where = f"{options.host}:{options.port}"
    try:
        fingerprint = transport.connection.fingerprint()
    except GatewayError as trouble:
        reached = trouble.code in ("GW-4110", "GW-4111")
        if reached:
            yield Probed("reached", True, f"{where} answers.")
        if trouble.code == "GW-4111":
            yield Probed("host key", True, "It shows a key that the partner's file names.")
        what = {"GW-4110": "host key", "GW-4111": "signed in", "GW-1001": "secret"}.get(trouble.code, "reached")
        yield Probed(what, False, trouble.sentence, trouble.code)
        return
    yield Probed("reached", True, f"{where} answers.")
    is_next = fingerprint != options.host_key and options.next_host_key is not None
    yield Probed(
        "host key",
        True,
        f"It shows {fingerprint}{', the next one' if is_next else ''}.",
        facts={"host_key": fingerprint},
    )
    yield from _key_change(transport, around)
    yield Probed("signed in", True, f"It lets {options.user} in.")
    try:
        with transport.connection.channel() as channel:
            if options.pickup_folder:
                yield _listed(channel, options.pickup_folder)
            if options.delivery_folder:
                yield from _delivered(channel, transport, around)
    except GatewayError as trouble:
        yield Probed("connection", False, trouble.sentence, trouble.code)


def _key_change(transport: SftpTransport, around: Surroundings) -> Iterator[Probed]:
    options = transport.options
    if options.host_key_until is None:
        return
    days = (options.host_key_until - around.now.date()).days
    if days < 0:
        yield Probed(
            "key change",
            True,
            "The old host key does not count any more; make next_host_key the host_key.",
            is_warning=True,
        )
    else:
        yield Probed(
            "key change", True, f"The old host key counts for {_many(days, 'more day')}.", is_warning=days < WARN_DAYS
        )


def _listed(channel: SftpChannel, folder: str) -> Probed:
    found = channel.entries(folder.encode())
    if isinstance(found, sftp.Answer):
        return Probed("pick-up", False, f"{folder} cannot be listed: {found.words}.", "GW-4104")
    files = [entry for entry in found if entry.attributes.is_file and not entry.name.startswith(b".")]
    return Probed(
        "pick-up", True, f"{folder} can be listed; {_files(len(files))} there.", facts={"files": str(len(files))}
    )


def _delivered(channel: SftpChannel, transport: SftpTransport, around: Surroundings) -> Iterator[Probed]:
    """Write a hidden file, read it back and remove it; a mailbox that takes every file on close is only asked whether it is there."""
    options = transport.options
    folder = options.delivery_folder
    if options.direct:
        there = channel.ask(sftp.stat_through_links(folder.encode()))
        words = "is there" if there.status == sftp.OK else f"is not: {there.words}"
        yield Probed(
            "delivery", there.status == sftp.OK, f"{folder} {words}; nothing was written, as it takes every file."
        )
        return
    path = f"{folder.rstrip('/')}/.partner-gateway-test-{new_id(around.now)}.tmp".encode()
    opened = channel.ask(sftp.opened_to_write(path))
    if opened.status != sftp.OK:
        yield Probed("delivery", False, f"{folder} cannot be written: {opened.words}.", "GW-4112")
        return
    refused, _ = channel.write_and_close(sftp.opened_handle(opened), LOOP_BACK)
    [back] = channel.contents([(path, len(LOOP_BACK))])
    removed = channel.ask(sftp.removed(path))
    if refused is not None:
        yield Probed("delivery", False, f"A file could not be written to {folder}: {refused.words}.", "GW-4112")
    elif isinstance(back, sftp.Answer):
        yield Probed("delivery", True, f"{folder} can be written, and not read: {back.words}.")
    else:
        is_same = back[0] == LOOP_BACK
        yield Probed(
            "delivery", is_same, f"A file went to {folder} and came back {'the same' if is_same else 'changed'}."
        )
    if removed.status != sftp.OK:
        words = f"{path.decode()} could not be removed: {removed.words}. It is hidden; ask the partner to delete it."
        yield Probed("removal", True, words, "GW-4106", is_warning=True)


def probed_http(transport: Transport, around: Surroundings) -> Iterator[Probed]:
    """Try the partner's URL as far as TLS; nothing is posted, as that would be a document."""
    assert isinstance(transport, HttpTransport)  # noqa: S101
    options = transport.options
    if options.keys:
        yield Probed("inbox", True, f"It posts with {_many(len(options.keys), 'key')}: {', '.join(options.keys)}.")
    if not options.url:
        return
    yield _secrets(transport)
    yield from _line_to(options.url, transport.tls, around, allows_private=options.allow_private)


def probed_as2(transport: Transport, around: Surroundings) -> Iterator[Probed]:
    """Try our keys and their certificates, a transmission to ourselves, and the partner's URLs as far as TLS; nothing is posted."""
    assert isinstance(transport, As2Transport)  # noqa: S101
    options = transport.options
    for one in transport.ring.certificates:
        trouble = one.pinned.trouble_with_dates(around.now)
        ends = one.pinned.certificate.not_valid_after_utc
        days = (ends - around.now).days
        until = trouble or f"ends on {ends:%Y-%m-%d}, in {_many(days, 'day')}"
        words = f"{one.file} ({', '.join(one.roles)}) {until}."
        facts = {"fingerprint": one.pinned.fingerprint, "ends": ends.isoformat()}
        yield Probed("certificate", True, words, is_warning=bool(trouble) or days < WARN_DAYS, facts=facts)
    try:
        transport.looped_back(LOOP_BACK)
    except GatewayError as trouble_with_keys:
        yield Probed("keys", False, " ".join(trouble_with_keys.sentence.split()), trouble_with_keys.code)
    else:
        yield Probed("keys", True, "What we sign and encrypt as agreed, we can open again with our own keys.")
    for url in dict.fromkeys(filter(None, (options.url, options.mdn_url))):
        yield from _line_to(url, transport.tls, around, allows_private=options.allow_private)


def _line_to(
    url: str, tls: Callable[[], ssl.SSLContext], around: Surroundings, *, allows_private: bool
) -> Iterator[Probed]:
    """Try a URL as far as TLS."""
    parts = urlsplit(url)
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    try:
        address = address_of(host, port, allows_private=allows_private)
        line = socket.create_connection((address, port), CONNECT_SECONDS)
    except GatewayError as trouble:
        yield Probed("reached", False, trouble.sentence, trouble.code)
        return
    except OSError as refused:
        yield Probed("reached", False, f"{host}:{port} cannot be reached: {refused.strerror or refused}.", "GW-4101")
        return
    with line:
        yield Probed("reached", True, f"{host}:{port} answers at {address}.", facts={"address": address})
        if parts.scheme == "https":
            yield _tls(tls, line, host, around)


def _secrets(transport: HttpTransport) -> Probed:
    options = transport.options
    try:
        for reference in (options.secret, options.next_secret):
            if reference:
                secret_bytes(read_secret(reference))
        if options.authorization:
            read_secret(options.authorization)
    except GatewayError as missing:
        return Probed("secrets", False, " ".join(missing.sentence.split()), missing.code)
    except ValueError as wrong:
        return Probed("secrets", False, f"The signing secret cannot be used: {wrong}.", "GW-1001")
    return Probed("secrets", True, "What we sign with is there.")


def _tls(tls: Callable[[], ssl.SSLContext], line: socket.socket, host: str, around: Surroundings) -> Probed:
    try:
        with tls().wrap_socket(line, server_hostname=host) as secure:
            certificate: dict[str, Any] = secure.getpeercert() or {}
            version = secure.version() or "TLS"
    except GatewayError as unusable:
        return Probed("TLS", False, " ".join(unusable.sentence.split()), unusable.code)
    except (OSError, ssl.SSLError) as refused:
        return Probed("TLS", False, f"Its certificate is not accepted, or it speaks no TLS: {refused}.", "GW-4101")
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    days = (ends - around.now).days
    words = f"{version}; its certificate ends on {ends:%Y-%m-%d}, in {_many(days, 'day')}."
    return Probed("TLS", True, words, is_warning=days < WARN_DAYS, facts={"certificate_ends": ends.isoformat()})


PROBES: dict[str, Callable[[Transport, Surroundings], Iterator[Probed]]] = {
    "as2": probed_as2,
    "folder": probed_folder,
    "hosted-sftp": probed_hosted,
    "http": probed_http,
    "sftp": probed_sftp,
}
"""Kind of transport → what tries it. A new transport adds its row."""


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _files(number: int) -> str:
    return f"{_many(number, 'file')} {'is' if number == 1 else 'are'}"


def where(transport: Transport) -> str:
    """Return where a channel leads, in a few words."""
    if isinstance(transport, SftpTransport):
        return f"{transport.options.user}@{transport.options.host}:{transport.options.port}"
    if isinstance(transport, HttpTransport):
        return transport.options.url or "posts to us"
    if isinstance(transport, As2Transport):
        return transport.options.url or "posts to us"
    if isinstance(transport, HostedTransport):
        return f"our SFTP server, as {transport.user}"
    return str(_short(transport.inbox)) if isinstance(transport, FolderTransport) else ""


def _short(folder: Path) -> Path:
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
