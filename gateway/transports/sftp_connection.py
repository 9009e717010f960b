"""A connection to a partner's SSH server, kept open, with several SFTP channels on it.

The server must show a key that the partner's file names; any other is a hard stop: nothing is sent, not even our name, and nobody tries
again until the file changes or the gateway starts anew. Connections are made when they are needed, and dropped when they break.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import logging
import socket
import threading
from collections.abc import Iterator
from datetime import date

import paramiko
from paramiko.transport import ServiceRequestingTransport

from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.settings import read_secret
from gateway.transports.sftp_channel import SftpChannel
from gateway.transports.sftp_options import KEY_TYPES, SftpOptions
from gateway.transports.sftp_packets import NotSftp

KEEPALIVE_SECONDS = 30
WINDOW_BYTES = 4_194_304
# Whatever the library would log is told by us, with a code, to whoever can act on it.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)
# What breaks a channel; paramiko's own lock-step errors are SSHException.
BROKEN = (OSError, EOFError, NotSftp, paramiko.SSHException)


class SftpConnection:
    """A pool of channels on one connection; safe to use from many threads.

    Args:
        partner: its id, for sentences and facts.
    """

    def __init__(self, partner: str, options: SftpOptions, clock: Clock) -> None:
        self._partner = partner
        self._options = options
        self._clock = clock
        self._changed = threading.Condition()
        self._transport: paramiko.Transport | None = None
        self._idle: list[SftpChannel] = []
        self._lent = 0
        self._most = options.channels
        self._is_connecting = False
        self._stopped: GatewayError | None = None

    @contextlib.contextmanager
    def channel(self) -> Iterator[SftpChannel]:
        """Lend a channel; what breaks it inside the `with` is raised as GW-4101.

        Raises:
            GatewayError: GW-4101 not reached or lost, GW-4110 another host key, GW-4111 not let in, GW-1001 a secret is missing.
        """
        transport, channel = self._borrowed()
        is_whole = False
        try:
            yield channel
            is_whole = True
        except GatewayError:
            is_whole = True  # the server's decision about a file; the channel is fine
            raise
        except BROKEN as lost:
            raise self._unreachable(lost) from lost
        finally:
            self._take_back(transport, channel, is_whole=is_whole)

    def close(self) -> None:
        """Close the connection for good. What is under way breaks off."""
        with self._changed:
            self._stopped = GatewayError(
                "GW-4101",
                f"The connection to {self._options.host} was closed by us.",
                is_retryable=True,
                partner=self._partner,
            )
            self._drop()
            self._changed.notify_all()

    def fingerprint(self) -> str:
        """Connect when needed and return the server's key as it would stand in the partner's file."""
        transport, channel = self._borrowed()
        self._take_back(transport, channel, is_whole=True)
        return _spelled(transport.get_remote_server_key())

    def _borrowed(self) -> tuple[paramiko.Transport, SftpChannel]:
        with self._changed:
            while True:
                if self._stopped is not None:
                    raise self._stopped
                if self._transport is not None and not self._transport.is_active():
                    self._drop()
                if self._idle and self._transport is not None:
                    self._lent += 1
                    return self._transport, self._idle.pop()
                if not self._is_connecting and self._lent < self._most:
                    break
                self._changed.wait()
            self._is_connecting = True
            transport = self._transport
        opened: SftpChannel | None = None
        made: paramiko.Transport | None = None
        try:
            made = transport or self._connected()
            opened = self._opened(made)
        finally:
            self._settle(transport, made, opened)
        if opened is None or made is None:  # the server allows no further channel: share those there are
            return self._borrowed()
        return made, opened

    def _settle(
        self, before: paramiko.Transport | None, made: paramiko.Transport | None, opened: SftpChannel | None
    ) -> None:
        """Note what connecting gave."""
        with self._changed:
            self._is_connecting = False
            if opened is not None:
                self._transport = made
                self._lent += 1
            elif made is not None and before is None:
                made.close()
            self._changed.notify_all()

    def _take_back(self, transport: paramiko.Transport, channel: SftpChannel, *, is_whole: bool) -> None:
        with self._changed:
            self._lent -= 1
            if is_whole and transport is self._transport:
                self._idle.append(channel)
            else:
                with contextlib.suppress(*BROKEN):
                    channel.close()
                if transport is self._transport and not is_whole:
                    # A channel breaks with its connection, or because nothing comes any more: begin anew.
                    self._drop()
            self._changed.notify_all()

    def _drop(self) -> None:
        transport, self._transport = self._transport, None
        self._idle.clear()
        self._most = self._options.channels
        if transport is not None:
            transport.close()

    def _opened(self, transport: paramiko.Transport) -> SftpChannel | None:
        """Return a new channel, or None when the server allows no more than there are."""
        try:
            wire = transport.open_session(window_size=WINDOW_BYTES, timeout=self._options.connect_seconds)
        except paramiko.ChannelException as refused:
            with self._changed:
                if self._lent + len(self._idle) == 0:
                    raise self._unreachable(refused) from refused
                self._most = self._lent + len(self._idle)
            return None
        except BROKEN as lost:
            raise self._unreachable(lost) from lost
        try:
            wire.settimeout(self._options.answer_seconds)
            wire.invoke_subsystem("sftp")
            return SftpChannel(wire)
        except BROKEN as lost:
            wire.close()
            raise self._unreachable(lost) from lost

    def _connected(self) -> paramiko.Transport:
        options = self._options
        try:
            line = socket.create_connection((options.host, options.port), options.connect_seconds)
        except OSError as refused:
            raise self._unreachable(refused) from refused
        transport: paramiko.Transport | None = None
        try:
            # The plain Transport asks for the service anew at every way to sign in, which strict servers take amiss.
            transport = ServiceRequestingTransport(line)
            transport.banner_timeout = transport.auth_timeout = options.connect_seconds
            transport.get_security_options().key_types = self._signatures(transport)
            transport.set_keepalive(KEEPALIVE_SECONDS)
            transport.start_client(timeout=options.connect_seconds)
            self._check_host_key(_spelled(transport.get_remote_server_key()), _line(transport.get_remote_server_key()))
            self._sign_in(transport)
        except BROKEN as failed:
            _close(transport, line)
            raise self._unreachable(failed) from failed
        except BaseException:
            _close(transport, line)
            raise
        return transport

    def accepted_keys(self) -> list[str]:
        """Return the pinned keys that count today."""
        options = self._options
        today: date = self._clock.now().date()
        keys = [] if options.host_key_until is not None and today > options.host_key_until else [options.host_key]
        return keys + ([options.next_host_key] if options.next_host_key else [])

    def _signatures(self, transport: paramiko.Transport) -> list[str]:
        """Return the host key algorithms to ask for: those of the pinned keys, so that a server with several shows the right one."""
        kinds = [key.partition(" ")[0] for key in self.accepted_keys()]
        wanted = [name for kind in dict.fromkeys(kinds) for name in KEY_TYPES[kind]]
        able = transport.get_security_options().key_types
        return [name for name in wanted if name in able]

    def _check_host_key(self, fingerprint: str, key: str) -> None:
        accepted = self.accepted_keys()
        if fingerprint in accepted or key in accepted:
            return
        self._stopped = GatewayError(
            "GW-4110",
            f"{self._options.host}:{self._options.port} shows another host key than partners/{self._partner}.toml names: it shows "
            f"{fingerprint}. Nothing was sent and nobody connects again. Ask the partner, by telephone, whether the key is theirs; "
            f"if it is, set host_key to it.",
            partner=self._partner,
            host_key=fingerprint,
        )
        raise self._stopped

    def _sign_in(self, transport: paramiko.Transport) -> None:
        """Sign in by key, by password, or by both where the server asks for both."""
        options = self._options
        left: list[str] = []
        try:
            if options.key:
                left = transport.auth_publickey(options.user, self._private_key())
            if options.password and not transport.is_authenticated():
                left = transport.auth_password(options.user, read_secret(options.password))
        except paramiko.AuthenticationException as refused:
            allowed = ", ".join(getattr(refused, "allowed_types", [])) or "nothing we have"
            raise self._not_let_in(
                f"it takes {allowed}" if hasattr(refused, "allowed_types") else "refused"
            ) from refused
        if not transport.is_authenticated():
            raise self._not_let_in(f"it also wants {', '.join(left)}")

    def _private_key(self) -> paramiko.PKey:
        options = self._options
        text = read_secret(options.key) + "\n"
        passphrase = read_secret(options.key_passphrase) if options.key_passphrase else None
        for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
            with contextlib.suppress(paramiko.SSHException, ValueError):
                key: paramiko.PKey = kind.from_private_key(io.StringIO(text), passphrase)
                return key
        raise self._not_let_in(
            f"the private key at {options.key} cannot be read; is it in OpenSSH's form, and is the passphrase right?"
        )

    def _not_let_in(self, why: str) -> GatewayError:
        options = self._options
        return GatewayError(
            "GW-4111",
            f"{options.host}:{options.port} does not let {options.user} in: {why}. See that the partner knows our key or password.",
            is_retryable=True,
            partner=self._partner,
        )

    def _unreachable(self, why: BaseException) -> GatewayError:
        return GatewayError(
            "GW-4101",
            f"{self._options.host}:{self._options.port} could not be reached, or was lost: {_reason(why)}.",
            is_retryable=True,
            partner=self._partner,
        )


def _line(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.get_base64()}"


def _spelled(key: paramiko.PKey) -> str:
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"{key.get_name()} SHA256:{digest}"


def _reason(why: BaseException) -> str:
    """Return what happened in a few words."""
    if isinstance(why, TimeoutError):
        return "no answer in time"
    text = (getattr(why, "strerror", None) or str(why)).strip().rstrip(".")
    return "".join(c if c.isprintable() else "?" for c in text)[:200] or "the connection was closed"


def _close(transport: paramiko.Transport | None, line: socket.socket) -> None:
    if transport is not None:
        transport.close()
    line.close()
