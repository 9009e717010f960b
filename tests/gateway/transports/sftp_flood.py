"""Many small files at once on an OpenSSH server, some of them from a writer that is slow on purpose, and what became of each."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from gateway.clock import SystemClock
from gateway.transports.sftp import SftpTransport
from gateway.transports.sftp_options import SftpOptions
from tests.gateway.transports.line import Line
from tests.gateway.transports.openssh import OpenSshServer, fingerprint, program
from tests.gateway.transports.sftp_bench import interchange

LONGEST_SECONDS = 600


@dataclass(frozen=True)
class Flood:
    """What became of the files. `seconds` until the last of those that were there at the start was taken."""

    files: int
    seconds: float
    half_read: list[str]
    twice: list[str]
    missed: list[str]
    left_there: int

    @property
    def files_per_second(self) -> float:
        return self.files / self.seconds


def flood(home: Path, server: OpenSshServer, files: int, slow_files: int, round_trip_seconds: float) -> Flood:
    """Put `files` on the server, have `slow_files` more written slowly, and take all of them as the journey would."""
    out = server.folder / home.name
    out.mkdir()
    ready = {f"{number:06}.edi": interchange() for number in range(files)}
    for name, content in ready.items():
        (out / name).write_bytes(content)
    slow = {f"slow-{number:04}.edi": interchange() for number in range(slow_files)}
    writers = [threading.Thread(target=_write_slowly, args=(out, part)) for part in _split(slow, 8)]
    expected = ready | slow
    taken: list[str] = []
    half_read: list[str] = []
    with Line(server.port, round_trip_seconds) as line:
        transport = SftpTransport("acme", _options(server, line, out), SystemClock(), home / "spool", 10_000_000)
        for writer in writers:
            writer.start()
        hint = threading.Event()
        started = time.monotonic()
        transport.watch(hint.set)
        last = started
        while len(set(taken)) < len(expected) and time.monotonic() - started < LONGEST_SECONDS:
            hint.wait(0.02)
            hint.clear()
            for arrival in transport.arrivals():
                if b"".join(transport.read(arrival)) != expected.get(arrival.name):
                    half_read.append(arrival.name)
                taken.append(arrival.name)
                transport.settle(arrival)
                if arrival.name in ready:
                    last = time.monotonic()
        for writer in writers:
            writer.join()
        give_up = time.monotonic() + 10
        while any(out.iterdir()) and time.monotonic() < give_up:
            time.sleep(0.02)
        time.sleep(1.5)  # a look more: nothing may come twice
        taken += [arrival.name for arrival in transport.arrivals()]
        transport.close()
    twice = sorted({name for name in taken if taken.count(name) > 1}) if len(taken) != len(set(taken)) else []
    return Flood(
        files, last - started, half_read, twice, sorted(expected.keys() - set(taken)), len(list(out.iterdir()))
    )


def batch_files_per_second(home: Path, server: OpenSshServer, files: int, round_trip_seconds: float) -> float:
    """Return how many files a second `sftp -b` gets and removes, one after the other as it does."""
    out = server.folder / f"{home.name}-batch"
    out.mkdir()
    (home / "got").mkdir(exist_ok=True)
    lines = []
    for number in range(files):
        (out / f"{number:06}.edi").write_bytes(interchange())
        lines += [f"get {out}/{number:06}.edi {home}/got/{number:06}.edi", f"rm {out}/{number:06}.edi"]
    (home / "batch").write_text("\n".join(lines) + "\n")
    with Line(server.port, round_trip_seconds) as line:
        command = [program("sftp"), "-q", "-b", str(home / "batch"), "-P", str(line.port), "-i", str(server.client_key)]
        command += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
        started = time.monotonic()
        subprocess.run(
            [*command, f"{server.user}@127.0.0.1"], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        seconds = time.monotonic() - started
    assert len(list((home / "got").iterdir())) == files
    return files / seconds


def _options(server: OpenSshServer, line: Line, out: Path) -> SftpOptions:
    return SftpOptions(
        host="127.0.0.1",
        port=line.port,
        user=server.user,
        key=f"file:{server.client_key}",
        host_key=fingerprint(server.host_keys["ed25519"]),
        pickup_folder=str(out),
        stable_seconds=1,
        trailer_seconds=60,
        poll_seconds=1,
    )


def _write_slowly(out: Path, files: dict[str, bytes]) -> None:
    chance = random.Random(len(files))
    for name, content in files.items():
        cut = sorted(chance.sample(range(1, len(content)), 2))
        with (out / name).open("wb") as file:
            for start, end in ((0, cut[0]), (cut[0], cut[1]), (cut[1], len(content))):
                file.write(content[start:end])
                file.flush()
                time.sleep(chance.choice([0.0, 0.05, 0.3, 1.2]))


def _split(files: dict[str, bytes], ways: int) -> list[dict[str, bytes]]:
    names = list(files)
    return [{name: files[name] for name in names[way::ways]} for way in range(ways) if names[way::ways]]
