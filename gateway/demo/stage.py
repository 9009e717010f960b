"""Where the demo plays: a gateway's home in one folder, the gateway and the sample ERP as processes, the partners' side.

The gateway is only ever talked to as the world does: files in folders, its command line, its database read-only. With `kills`, its
process is killed (SIGKILL) again and again while the day goes on, and started again.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from gateway import shipped
from gateway.demo.expected import Expected
from gateway.demo.sample_erp.process import SampleErpProcess, free_port
from gateway.errors import GatewayError
from gateway.map_shelf import maps_loader
from gateway.profiles import load_partners
from gateway.settings import Settings, load_settings
from gateway.simulator.partner import Manners, SimulatedPartner
from gateway.store import lookups
from gateway.store.documents import Document
from gateway.store.engine import Database
from translators.mapping import Map, load_map
from translators.x12 import Catalogue

MARK = ".gateway-demo"  # a folder without it is never emptied
PARTNERS = ("hill-street", "lakeside", "riverside", "prairie-garden", "bayside-campus")
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.1
BETWEEN_KILLS_SECONDS = (0.3, 1.5)  # after the gateway began to work again

CONFIGURATION = """\
# Made by `gateway demo`.
api_port = {api_port}
sweep_seconds = 0.3
stable_seconds = 0.5
trailer_seconds = 3
collect_seconds = 0.3
retry_base_seconds = 0.5
retry_max_seconds = 4
lease_seconds = 10

[company]
name = "Sample Distributor"
interchange_id = "ZZ:OURCOMPANY"
group_id = "OURCOMPANY"

[connectors.erp]
kind = "sample-erp"
base_url = "{erp_url}"
token = "file:{token_file}"
timeout_seconds = 5
settle_seconds = 3
"""


class Stage:
    """The demo's processes, partners and memory.

    Args:
        home: the folder that holds everything; emptied first when an earlier demo made it.
        kills: how often the gateway is killed during the day.
        seed: decides when.
        say: shows progress.
    """

    def __init__(self, home: Path, say: Callable[[str], None], kills: int = 0, seed: int = 1) -> None:
        self.home = home.resolve()
        self.say = say
        self.memory: dict[str, Any] = {}
        self.kills_done = 0
        self._kills = kills
        self._chance = random.Random(seed)  # noqa: S311  reproducible, not secret
        self._gateway: subprocess.Popen[bytes] | None = None
        self._gateway_lock = threading.Lock()
        self._over = threading.Event()
        self._killer: threading.Thread | None = None
        _empty(self.home)
        self.erp = SampleErpProcess(self.home / "erp")
        self.settings = self._write_home()
        self._database = Database(self.settings.database_url)
        self._partners = self._make_partners()

    def __enter__(self) -> Stage:
        self.erp.start()
        self.erp.call("POST", "/day")
        self.erp.call("PUT", "/automatic", {"confirm_seconds": 0.2, "ship_seconds": 0.3, "invoice_seconds": 0.3})
        self.start_gateway()
        self._await_schema()
        if self._kills:
            self._killer = threading.Thread(target=self._kill_again_and_again, name="killer", daemon=True)
            self._killer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._killer is not None:
            self._killer.join()
        self._stop_gateway()
        self.erp.stop()
        self._database.close()

    @property
    def log(self) -> Path:
        """Return the file the gateway's log goes to."""
        return self.home / "gateway.log"

    def partner(self, name: str) -> SimulatedPartner:
        """Return the partner's side of the partner `name`."""
        return self._partners[name]

    def pump(self) -> None:
        """Let every partner take and answer what waits for it."""
        for partner in self._partners.values():
            partner.take()

    def found(self, expected: Expected) -> list[Document]:
        """Return the documents that are as expected now."""
        order = self.memory.get(expected.order, expected.order)
        with self._database.read() as connection:
            return lookups.in_state(connection, expected.kind, expected.direction, expected.state, order, expected.code)

    def wait_for(self, expected: Expected, seconds: float = WAIT_SECONDS) -> Document:
        """Return a document that is as expected, as soon as there is one.

        Raises:
            TimeoutError: there was none in time.
        """
        what = f"{expected.kind} {expected.order} {expected.state}"
        self.wait_until(lambda: bool(self.found(expected)), what, seconds)
        return self.found(expected)[0]

    def wait_until(self, is_so: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS) -> None:
        """Let the day go on until `is_so`.

        Raises:
            TimeoutError: it was not in time; `what` says what was missing.
        """
        give_up = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > give_up:
                raise TimeoutError(f"waited {seconds:.0f} seconds in vain for {what}")
            self.pump()
            time.sleep(POLL_SECONDS)

    def settle(self, everything: list[Expected], seconds: float = WAIT_SECONDS) -> None:
        """Let the day go on until everything is as expected and the last kill is done, at most `seconds` after that."""
        if self._killer is not None:
            while self._killer.is_alive():
                self.pump()
                time.sleep(POLL_SECONDS)
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            self.pump()
            if all(len(self.found(e)) == e.count for e in everything) and not self.unfinished():
                return
            time.sleep(POLL_SECONDS)

    def unfinished(self) -> list[Document]:
        """Return the documents the gateway still works on."""
        with self._database.read() as connection:
            return lookups.in_progress(connection)

    def census(self) -> list[tuple[str, str, str, str, int]]:
        """Return (partner, direction, kind, state, how many) of everything there is: the same for every run of the same day."""
        with self._database.read() as connection:
            return lookups.census(connection)

    def retry(self, document: Document, reason: str) -> None:
        """Retry a parked document by the command line, as a person would."""
        command = ["retry", document.id, "--reason", reason]
        done = subprocess.run(  # noqa: S603  our own program
            [sys.executable, "-m", "gateway.cli", *command, "--home", str(self.home)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"gateway {' '.join(command)} ended with {done.returncode}: {done.stderr}")

    def remove_outbox(self, partner: str) -> None:
        """Delete a partner's outbox folder under the gateway's feet."""
        shutil.rmtree(self.partner(partner).outbox, ignore_errors=True)

    def start_gateway(self) -> None:
        """Start the gateway's process."""
        with self.log.open("ab") as log:
            self._gateway = subprocess.Popen(  # noqa: S603  our own program
                [sys.executable, "-m", "gateway.cli", "serve", "--home", str(self.home)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _stop_gateway(self) -> None:
        with self._gateway_lock:
            if self._gateway is not None:
                self._gateway.send_signal(signal.SIGTERM)
                try:
                    self._gateway.wait(20)
                except subprocess.TimeoutExpired:
                    self._gateway.kill()
                    self._gateway.wait()

    def _kill_again_and_again(self) -> None:
        while self.kills_done < self._kills and not self._over.is_set():
            if not self._await_activity():
                continue
            self._over.wait(self._chance.uniform(*BETWEEN_KILLS_SECONDS))
            with self._gateway_lock:
                if self._gateway is None or self._over.is_set():
                    return
                self._gateway.kill()
                self._gateway.wait()
                self.start_gateway()
            self.kills_done += 1
            self.say(f"      kill -9 number {self.kills_done}; the gateway was started again")

    def _await_activity(self) -> bool:
        """Wait until the gateway logged something since it was started; a kill before that would test nothing."""
        before = self.log.stat().st_size
        for _ in range(100):
            if self._over.wait(POLL_SECONDS):
                return False
            if self.log.stat().st_size > before:
                return True
        return True

    def _await_schema(self) -> None:
        give_up = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < give_up:
            if self._gateway is not None and self._gateway.poll() is not None:
                break
            try:
                self.census()
            except GatewayError:
                time.sleep(POLL_SECONDS)
            else:
                return
        raise RuntimeError(f"the gateway did not start; the end of its log:\n{self.log.read_text()[-3000:]}")

    def _write_home(self) -> Settings:
        for folder in ("inbox", "outbox", "partners", "maps", "var"):
            (self.home / folder).mkdir(parents=True)
        (self.home / MARK).touch()
        for name in PARTNERS:
            shutil.copy(shipped.partners_dir() / f"{name}.toml", self.home / "partners")
        token_file = self.home / "var" / "erp-token"
        token_file.touch(mode=0o600)
        token_file.write_text(self.erp.token)
        content = CONFIGURATION.format(api_port=free_port(), erp_url=self.erp.url, token_file=token_file)
        (self.home / "gateway.toml").write_text(content)
        return load_settings(self.home)

    def _make_partners(self) -> dict[str, SimulatedPartner]:
        load = maps_loader(self.settings)
        maps: dict[str, Map] = {}

        def map_named(name: str) -> Map:
            if name not in maps:
                maps[name] = load_map(name, load)
            return maps[name]

        catalogue = Catalogue(lambda name: load(f"x12/{name}"))
        profiles = load_partners(self.settings.path(self.settings.partners_dir)).by_id
        return {
            name: SimulatedPartner(
                profile,
                self.settings.company,
                (self.home / "inbox" / name, self.home / "outbox" / name),
                catalogue,
                map_named,
                Manners(
                    fulfils=profile.role == "supplier",
                    rejects=("invoice:LM-2002",),
                    ignores=("ship_notice:LM-2002",),
                ),
            )
            for name, profile in profiles.items()
        }


def _empty(home: Path) -> None:
    """Make `home` an empty folder; one that is not a demo's is left alone."""
    if home.exists():
        if any(home.iterdir()) and not (home / MARK).exists():
            raise GatewayError("GW-6201", f"{home} holds something that no demo made; give another folder with --home.")
        shutil.rmtree(home)
    home.mkdir(parents=True)
