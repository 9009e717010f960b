"""SFTP: we connect to the partner's server, fetch what it has for us and put there what we send.

A thread for each partner looks, fetches ahead and removes what was received, so that a slow or dead server costs nobody else a moment:
what the journey reads is here already. See sftp_pickup for when a file is taken.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.ports import Arrival, Dispatch, Leases, Receipt
from gateway.transports.polling import Polling
from gateway.transports.schedules import Schedule, check_open
from gateway.transports.sftp_connection import SftpConnection
from gateway.transports.sftp_delivery import put
from gateway.transports.sftp_options import SftpOptions
from gateway.transports.sftp_pickup import SftpPickup
from gateway.transports.sftp_waiting import Fetched
from gateway.transports.spool import clear_spool
from gateway.transports.timetable import Timetable

CHUNK_BYTES = 262_144
LAST_REMOVAL_SECONDS = 2.0  # what is left then is known at the next start, and removed
LONGEST_RETRY_SECONDS = 60.0  # after a first failure; it doubles from there
SECOND_LOOK_SECONDS = 1.0  # the shortest wait for it: times on servers have seconds


class SftpTransport:
    """One partner's SFTP server.

    Args:
        spool: for large files on their way, ours alone.
        limit_bytes: larger files are refused without being fetched.
        schedule: when it is looked at and sent to; None for always.
        leases: which of several processes looks; None when this one is alone.
    """

    kind = "sftp"

    def __init__(
        self,
        partner: str,
        options: SftpOptions,
        clock: Clock,
        spool: Path,
        limit_bytes: int,
        schedule: Schedule | None = None,
        leases: Leases | None = None,
    ) -> None:
        self.partner = partner
        self.options = options
        self.connection = SftpConnection(partner, options, clock)
        self._spool = spool
        self._limit_bytes = limit_bytes
        self._pickup = SftpPickup(partner, options, clock, spool, limit_bytes)
        name = f"sftp-{partner}"
        timetable = Timetable(name, options.poll_seconds, clock, schedule, leases)
        self._polling = Polling(name, self._turn, timetable, min(options.poll_seconds, LONGEST_RETRY_SECONDS), clock)
        self._schedule = schedule
        self._clock = clock
        self._received: dict[str, Fetched] = {}  # committed, and still on the server
        self._all_removed = threading.Event()
        self._all_removed.set()
        self._turns = threading.Lock()
        self._stuck: GatewayError | None = None  # a file that the server will not let us remove, or read
        self._tell: Callable[[], None] = lambda: None

    def arrivals(self) -> list[Arrival]:
        """Return what was fetched and waits; looks itself when nobody watches.

        Raises:
            GatewayError: GW-4101 not reached, GW-4104 not listed, GW-4106 what was received stays there,
                GW-4110 another host key, GW-4111 not let in.
        """
        if not self._polling.is_running:
            self._turn(True)
        ready = [one.arrival for name, one in list(self._pickup.ready.items()) if name not in self._received]
        if not ready and (trouble := self._polling.trouble or self._stuck) is not None:
            raise trouble
        return ready

    def read(self, arrival: Arrival) -> Iterator[bytes]:
        """Yield what was fetched. Raises GatewayError GW-4105 when it is not here, GW-2002 when it is too large to be taken."""
        one = self._pickup.ready.get(arrival.transport_id)
        if one is None:
            raise GatewayError(
                "GW-4105", f"{arrival.name} is not here any more; it is fetched again.", is_retryable=True
            )
        if one.content is None:
            raise GatewayError(
                "GW-2002",
                f"The payload is larger than the limit of {self._limit_bytes} bytes (payload_limit_bytes); it was not taken.",
            )
        if isinstance(one.content, bytes):
            yield one.content
            return
        try:
            with one.content.open("rb") as spooled:
                while chunk := spooled.read(CHUNK_BYTES):
                    yield chunk
        except OSError as gone:
            self._pickup.ready.pop(arrival.transport_id, None)
            raise GatewayError(
                "GW-4105",
                f"{arrival.name} is not here any more: {gone.strerror}; it is fetched again.",
                is_retryable=True,
            ) from gone

    def settle(self, arrival: Arrival) -> None:
        """Have the file removed from the server: soon, and together with others, when somebody watches; else now.

        Raises:
            GatewayError: GW-4106 the server will not let it go; it is tried again and not taken again.
        """
        one = self._pickup.ready.get(arrival.transport_id)
        if one is None:
            return
        self._received[arrival.transport_id] = one
        self._all_removed.clear()
        if self._polling.is_running:
            self._polling.nudge()
        else:
            self._turn(False)
            if self._stuck is not None and self._stuck.code == "GW-4106":
                raise self._stuck

    def send(self, dispatch: Dispatch) -> Receipt:
        """Put the file there under a temporary name and rename it.

        Raises:
            GatewayError: GW-4101 not reached, GW-4103 no delivery_folder, GW-4110 another host key, GW-4111 not let in, GW-4112 refused,
                GW-4115 not at this time.
        """
        options = self.options
        if not options.delivery_folder:
            raise GatewayError(
                "GW-4103",
                f"partners/{self.partner}.toml names no delivery_folder, so nothing can be sent. Add it, then retry.",
            )
        check_open(self._schedule, self.partner, self._clock.now())
        with self.connection.channel() as channel:
            put(channel, dispatch, options)
        return Receipt(
            f"Written to {options.host}:{options.port} as {options.delivery_folder.rstrip('/')}/{dispatch.name}.",
            facts={"file": dispatch.name, "host": options.host},
        )

    def watch(self, notify: Callable[[], None]) -> None:
        """Start looking; `notify` is called when something was fetched."""
        self._tell = notify
        clear_spool(self._spool)
        if self.options.pickup_folder:
            self._polling.start()

    def close(self) -> None:
        """Stop looking and close the connection; what was received is removed first, where that takes no time."""
        if self._polling.is_running and self._polling.trouble is None:
            self._polling.nudge()
            self._all_removed.wait(LAST_REMOVAL_SECONDS)
        self.connection.close()
        self._polling.stop()
        self._tell = lambda: None

    def _turn(self, is_look_due: bool) -> float | None:
        """Remove what was received and, when it is due or files still wait, look; return when the next look is worth it, if sooner.

        Raises:
            GatewayError: as `arrivals`, but for GW-4106.
        """
        if not self.options.pickup_folder:
            return None
        with self._turns, self.connection.channel() as channel:
            received = list(self._received.values())
            refused = self._pickup.remove(channel, received + (self._pickup.left() if is_look_due else []))
            for one in received:
                self._received.pop(one.arrival.transport_id, None)
            if not self._received:
                self._all_removed.set()
            if is_look_due or self._pickup.has_more:
                self._pickup.look(channel, self._tell)
            stuck = refused or self._pickup.left()
        self._stuck = self._not_removed(stuck) if stuck else self._not_read()
        return max(self.options.stable_seconds or 0.0, SECOND_LOOK_SECONDS) if self._pickup.has_young else None

    def _not_read(self) -> GatewayError | None:
        for why in list(self._pickup.unread.values())[:1]:
            return GatewayError("GW-4105", f"{why}. It is tried again.", is_retryable=True, partner=self.partner)
        return None

    def _not_removed(self, stuck: list[Fetched]) -> GatewayError:
        names = ", ".join(one.arrival.name for one in stuck[:3]) + (" and others" if len(stuck) > 3 else "")
        return GatewayError(
            "GW-4106",
            f"{names}: received, but {self.options.host} will not let it be removed. Nothing is done twice; ask the partner for the "
            f"right to remove files in {self.options.pickup_folder}.",
            is_retryable=True,
            partner=self.partner,
        )
