"""How many transmissions a second are opened and answered by a signed receipt; against the floor and against pyas2lib.

Run by `make bench`, or `python -m pytest -m benchmark -p no:randomly --capture=no tests/benchmarks/as2`. CPU time, taking turns, so that a
busy machine is busy for all; the figures are printed, and only the ratio to the target is asserted. The floor is what no codec can do
without: one RSA decryption and one RSA signature of 2,048 bits by the same library. pyas2lib is asked where `make judges` brought it.
"""

from __future__ import annotations

import gc
import io
import statistics
import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from gateway.transports.as2 import read_as2, read_headers, write_mdn
from gateway.transports.as2.values import Answering, Sealed
from tests.gateway.transports.as2.parties import NOW, acme, receiving, sealed, us
from tests.gateway.transports.as2.test_other_implementations import PROGRAMS, asked, on_the_wire

ROUNDS, BATCH = 15, 40
SIZES = {"2 KB": 2_000, "100 KB": 100_000}
LEAST_PER_SECOND = 300
LEAST_TIMES_PYAS2LIB = 3


def orders(size_bytes: int) -> bytes:
    line = b"PO1*%06d*10*EA*5.00**VP*4711-%06d~\r\n"
    return b"".join(line % (number, number) for number in range(size_bytes // 36 + 1))[:size_bytes]


def floor() -> None:
    key, wrapped = us().private_key, WRAPPED
    key.decrypt(wrapped, padding.PKCS1v15())
    key.sign(b"x" * 100, padding.PKCS1v15(), hashes.SHA256())


WRAPPED = us().public_key.encrypt(bytes(16), padding.PKCS1v15())


def answer(what: Sealed, body: bytes) -> None:
    headers = read_headers(what.headers)
    opened = read_as2(headers, io.BytesIO(body), receiving())
    receipt = write_mdn(headers, opened, Answering("<mdn@us.example>", NOW, us()))
    assert opened.is_accepted
    assert receipt is not None


def medians(engines: dict[str, Callable[[], None]]) -> dict[str, float]:
    """Return each engine's median CPU seconds for one, the engines taking turns."""
    taken: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        for name, run in engines.items():
            gc.collect()
            began = time.process_time()
            for _ in range(BATCH):
                run()
            taken[name].append((time.process_time() - began) / BATCH)
    return {name: statistics.median(times) for name, times in taken.items()}


@pytest.mark.benchmark
def test_opening_and_answering() -> None:
    what = {name: sealed(orders(size), digest_spelling="sha256") for name, size in SIZES.items()}
    bodies = {name: one.body.read() for name, one in what.items()}
    found = medians({"floor": floor} | {name: lambda n=name: answer(what[n], bodies[n]) for name in SIZES})
    print()
    for name, seconds in found.items():
        print(f"  {name:<10}{seconds * 1000:8.3f} ms CPU {1 / seconds:8.0f}/s {seconds / found['floor']:6.2f} × floor")
        assert 1 / seconds > LEAST_PER_SECOND
    if not PROGRAMS["pyas2lib"][1]:
        print("  pyas2lib is not there: make judges")
        return
    for name in SIZES:
        job = on_the_wire(what[name].headers, bodies[name]) | {"rounds": 100}
        theirs = asked("pyas2lib", "speed", us(), acme(), **job)["seconds"]
        print(
            f"  pyas2lib, {name:<8}{theirs * 1000:8.3f} ms CPU {1 / theirs:8.0f}/s {theirs / found[name]:6.1f} × ours"
        )
        assert theirs / found[name] > LEAST_TIMES_PYAS2LIB
