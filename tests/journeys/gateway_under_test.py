"""A whole gateway in a folder, with an ERP in memory and a clock that stands still; tests drop files and look at what became of them."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway import bootstrap, map_shelf, shipped
from gateway.clock import SystemClock
from gateway.profiles import load_partners
from gateway.runner import Runner
from gateway.settings import load_settings
from gateway.simulator.partner import Manners, SimulatedPartner
from gateway.states import Direction, Kind, State
from gateway.steps.collect import collect
from gateway.store import documents, ledger, lookups
from gateway.store.documents import Document
from gateway.transports.folder import FolderTransport
from tests.fakes import FakeErp, HandClock
from translators.mapping import Map, load_map
from translators.x12 import Catalogue

CONFIGURATION = """\
stable_seconds = 0
trailer_seconds = 5
retry_base_seconds = 2

[company]
name = "Sample Distributor"
interchange_id = "ZZ:OURCOMPANY"
group_id = "OURCOMPANY"

[connectors.erp]
kind = "sample-erp"
base_url = "http://127.0.0.1:9"
token = "env:SAMPLE_ERP_TOKEN"
"""

# Definitions and maps are read once for all tests: they are the same for every gateway.
CATALOGUES: dict[str, Catalogue] = {}
_MAPS: dict[str, Map] = {}


def load_map_once(name: str, load: Callable[[str], bytes | None]) -> Map:
    if name not in _MAPS:
        _MAPS[name] = load_map(name, load)
    return _MAPS[name]


class GatewayUnderTest:
    """`station`, `runner`, `erp` and the partners' side of a fresh gateway in `home`."""

    def __init__(self, home: Path, clock: HandClock | SystemClock | None = None, database: str = "") -> None:
        self.home = home
        (home / "partners").mkdir()
        for path in shipped.partners_dir().glob("*.toml"):
            shutil.copy(path, home / "partners")
        (home / "gateway.toml").write_text(f'database = "{database}"\n' + CONFIGURATION if database else CONFIGURATION)
        os.environ.setdefault("SAMPLE_ERP_TOKEN", "unused")
        self.settings = load_settings(home)
        self.erp = FakeErp()
        self.clock = clock or HandClock()
        self.erp.now = self.clock.now
        self._open()

    def _open(self) -> None:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(map_shelf, "load_map", load_map_once)
            built = bootstrap.build(self.settings)
        for transport in built.transports.values():
            assert isinstance(transport, FolderTransport)
            transport._clock = self.clock
        self.station = dataclasses.replace(
            built,
            connectors={"erp": self.erp},
            clock=self.clock,
            catalogue=CATALOGUES.setdefault("shipped", built.catalogue),
        )
        self.runner = Runner(self.station)

    def restart(self) -> None:
        """Close everything and open it again on the same folder, with the profiles as they are now."""
        self.close()
        self._open()

    def reconfigure(self, lines: str) -> None:
        """Put `lines` before the settings, and start again."""
        path = self.home / "gateway.toml"
        path.write_text(lines + path.read_text())
        self.settings = load_settings(self.home)
        self.restart()

    def close(self) -> None:
        self.runner.stop()
        self.station.database.close()

    def partner(self, name: str, manners: Manners | None = None, first_number: int = 1) -> SimulatedPartner:
        profile = load_partners(self.home / "partners").by_id[name]
        folders = (self.home / "inbox" / name, self.home / "outbox" / name)
        station = self.station
        return SimulatedPartner(
            profile,
            self.settings.company,
            folders,
            station.catalogue,
            station.map_named,
            manners or Manners(),
            clock=self.clock.monotonic,
            first_number=first_number,
        )

    def drop(self, partner: str, content: bytes, name: str = "file.edi") -> None:
        folder = self.home / "inbox" / partner
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    def run(self) -> None:
        """Do everything that is due now."""
        self.runner.run_until_idle()

    def later(self, seconds: float) -> None:
        """Let time pass, then do everything that is due."""
        self.clock.advance(seconds)
        self.run()

    def collect(self) -> int:
        return collect("erp", self.station)

    def all(self) -> list[Document]:
        with self.station.database.read() as connection:
            return documents.find(connection)

    def one(self, kind: Kind, direction: Direction = Direction.IN, state: State | None = None) -> Document:
        """Return the only document of a kind; fail when there is none or more than one."""
        found = [
            d for d in self.all() if d.kind is kind and d.direction is direction and (state is None or d.state is state)
        ]
        assert len(found) == 1, [(d.kind, d.state, d.sentence) for d in self.all()]
        return found[0]

    def story(self, document: Document) -> list[ledger.Entry]:
        with self.station.database.read() as connection:
            return ledger.timeline(connection, document.id)

    def findings(self, document: Document):
        with self.station.database.read() as connection:
            return documents.findings_of(connection, document.id)

    def outbox(self, partner: str) -> dict[str, bytes]:
        folder = self.home / "outbox" / partner
        return {p.name: p.read_bytes() for p in sorted(folder.glob("[!.]*"))} if folder.is_dir() else {}

    def in_progress(self) -> list[Document]:
        with self.station.database.read() as connection:
            return lookups.in_progress(connection)
