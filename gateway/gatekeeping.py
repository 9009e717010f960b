"""Gatekeeping: asks at the gate before a leg calls a system outside, and tells the gate how the call went."""

from __future__ import annotations

from datetime import timedelta

import structlog

from gateway.errors import GatewayError
from gateway.journey import gate_of
from gateway.states import Event
from gateway.steps.station import Station
from gateway.store import gates
from gateway.store.documents import Document
from gateway.store.gates import CONNECTOR, Gate, Pace, Patience
from gateway.store.moves import Outcome

SHUT = "GW-4210"
OUTSIDE_CODES = "GW-4"  # what partners' and ERP systems did, see gateway/errors.py

log = structlog.get_logger("gateway")


class Gatekeeper:
    """Stands at every gate of a station."""

    def __init__(self, station: Station) -> None:
        self._station = station
        settings = station.settings
        self._patience = Patience(settings.gate_failures, settings.gate_first_seconds, settings.gate_max_seconds)

    def ask(self, document: Document) -> tuple[Gate | None, float]:
        """Return the gate that `document` passes now, if any, and 0, or how many seconds it has to wait before it.

        Raises:
            GatewayError: GW-3106 the partner's profile is gone.
        """
        station = self._station
        name = gate_of(document, station)
        if name is None:
            return None, 0.0
        now = station.clock.now()
        with station.database.read() as connection:
            gate = gates.get(connection, name)
        if gate.until is not None:
            if gate.until > now:
                return gate, (gate.until - now).total_seconds()
            if not station.database.write(lambda c: gates.probe(c, gate, now)):
                return gate, gates.PROBE_SECONDS / 10
        pace = self._pace(name, document)
        if pace == Pace():
            return gate, 0.0
        return gate, station.database.write(lambda c: gates.pass_through(c, gate, document.id, pace, now))

    def waits(self, document: Document, gate: Gate, seconds: float, tries: int) -> Outcome | None:
        """Return what is told of a document that waits at a gate, None when that was told before or is too short to tell."""
        if gate.shut_at is None or document.code == SHUT:
            return None
        sentence = (
            f"{_whose(gate)} has not answered since {gate.shut_at:%Y-%m-%d %H:%M} UTC; this waits until it does. "
            f"The last trouble: {gate.sentence}"
        )
        facts = {"gate": gate.name, "since": gate.shut_at.isoformat(), "trouble": gate.code}
        return Outcome(Event.TRY_FAILED, sentence, SHUT, facts, wait_seconds=seconds, tries=tries)

    def went_well(self, gate: Gate) -> None:
        """Open the gate again after a call that went well."""
        if gate.failures or gate.until is not None:
            self._station.database.write(lambda c: gates.went_well(c, gate.name))
            log.info("gate-open", gate=gate.name)

    def failed(self, gate: Gate, trouble: GatewayError) -> None:
        """Count a call that failed in a way that another document's call would, too; trouble of our own database is no fault of theirs."""
        if not trouble.is_retryable or not trouble.code.startswith(OUTSIDE_CODES):
            return
        now = self._station.clock.now()
        wait = trouble.retry_after_seconds
        if wait is not None:
            until = now + timedelta(seconds=wait)
            self._station.database.write(
                lambda c: gates.left_alone(c, gate.name, trouble.code, trouble.sentence, until)
            )
            return
        after = self._station.database.write(
            lambda c: gates.failed(c, gate.name, trouble.code, trouble.sentence, self._patience, now)
        )
        if after.shut_at == now:
            log.warning("gate-shut", gate=gate.name, code=trouble.code, sentence=trouble.sentence)

    def _pace(self, name: str, document: Document) -> Pace:
        kind, _, of = name.partition(":")
        if kind == CONNECTOR:
            connector = self._station.settings.connectors.get(of)
            if connector is None or connector.calls_per_second is None:
                return Pace(at_once=None if connector is None else connector.calls_at_once)
            return Pace(1 / connector.calls_per_second, connector.calls_at_once)
        profile = self._station.partners.by_id.get(document.partner)
        if profile is None or profile.sends_per_minute is None:
            return Pace(at_once=None if profile is None else profile.sends_at_once)
        return Pace(60 / profile.sends_per_minute, profile.sends_at_once)


def _whose(gate: Gate) -> str:
    kind, _, of = gate.name.partition(":")
    return f"The system {of}" if kind == CONNECTOR else f"The channel of {of}"
