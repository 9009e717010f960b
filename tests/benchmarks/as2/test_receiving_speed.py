"""How many transmissions a second are received: opened, kept durable, and answered by a signed receipt; against the floor.

Run by `make bench`, or `python -m pytest -m benchmark -p no:randomly --capture=no tests/benchmarks/as2`. The floor is what nobody can do
without: an RSA decryption, an RSA signature and one durable commit of the same bytes. Wall clock with eight posters, as commits are shared;
CPU time of the whole process, posters left out of it by preparing everything before.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.gateway.transports.as2_service.keys import key
from tests.gateway.transports.as2_service.posting import answered, sealed, seller, service_of
from tests.gateway.transports.as2_service.two_gateways import SELLER, As2Gateway

COUNT, POSTERS = 400, 8
SIZES = {"2 KB": 2_000, "100 KB": 100_000}
MOST_TIMES_FLOOR = 6  # of CPU time, which others on the machine do not stretch much


def orders(size_bytes: int, number: int) -> bytes:
    line = b"PO1*%06d*10*EA*5.00**VP*4711-%06d~\r\n"
    return (b"%09d" % number + b"".join(line % (n, n) for n in range(size_bytes // 36 + 1)))[:size_bytes]


def taken(work: Callable[[int], None]) -> tuple[float, float]:
    """Return seconds and CPU seconds for each of COUNT."""
    began, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(POSTERS) as together:
        list(together.map(work, range(COUNT)))
    return (time.perf_counter() - began) / COUNT, (time.process_time() - cpu) / COUNT


def floor(gateway: As2Gateway, size_bytes: int) -> Callable[[int], None]:
    own = key(SELLER)
    wrapped = own.public_key.encrypt(bytes(16), padding.PKCS1v15())
    gateway.station.database.write(
        lambda c: c.exec_driver_sql("CREATE TABLE IF NOT EXISTS floor (id INTEGER PRIMARY KEY, content BLOB)")
    )
    content = orders(size_bytes, 0)

    def work(_: int) -> None:
        own.private_key.decrypt(wrapped, padding.PKCS1v15())
        own.private_key.sign(content[:100], padding.PKCS1v15(), hashes.SHA256())
        gateway.station.database.write(
            lambda c: c.exec_driver_sql("INSERT INTO floor (content) VALUES (?)", (content,))
        )

    return work


@pytest.mark.benchmark
def test_receiving_durably_with_a_signed_receipt(tmp_path: Path) -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    gateway = seller(tmp_path / "seller")
    service = service_of(gateway)
    print()
    for name, size in SIZES.items():
        posts = [(what.headers, what.body.read()) for what in (sealed(orders(size, n)) for n in range(COUNT))]

        def receive(number: int, posts=posts) -> None:
            answer = answered(service, *posts[number])
            assert answer.status == 200
            assert (
                b"disposition-notification" in answer.body
                or b"multipart/signed" in dict(answer.headers)[b"Content-Type"]
            )

        least = taken(floor(gateway, size))
        ours = taken(receive)
        for what, (seconds, cpu) in (("floor", least), ("received", ours)):
            print(f"  {name:<8}{what:<10}{1 / seconds:8.0f}/s {cpu * 1000:8.3f} ms CPU {cpu / least[1]:6.2f} × floor")
        assert ours[1] / least[1] < MOST_TIMES_FLOOR
    gateway.close()
