"""One large transmission, written and read in a process of its own: `python -m tests.gateway.transports.as2.large MEGABYTES STYLE`.

Prints the megabytes of memory above an idle process at the peak, and seconds for writing and reading.
"""

from __future__ import annotations

import hashlib
import json
import random
import resource
import sys
import tempfile
import time
from typing import Any, BinaryIO

from gateway.transports.as2 import read_as2, read_headers, write_as2
from gateway.transports.as2.octets import Octets
from gateway.transports.as2.terms import Terms
from gateway.transports.as2.values import OutgoingPayload
from tests.gateway.transports.as2.parties import opened, receiving, sealed, sending

STYLES: dict[str, dict[str, Any]] = {
    "signed and encrypted": {},
    "compressed, signed and encrypted": {"compress": "before-signing"},
    "signed, compressed, encrypted": {"compress": "after-signing"},
    "authenticated cipher": {"cipher": "aes-256-gcm"},
    "base64": {},
    "plain": {"sign_with": None, "encrypt_to": None},
}


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _content(megabytes: int) -> tuple[BinaryIO, str]:
    """Return a file of orders, no two lines alike, and its SHA-256."""
    rng = random.Random(22)
    file, digest = tempfile.TemporaryFile(), hashlib.sha256()  # noqa: SIM115 - open until the process ends
    for _ in range(megabytes):
        block = b"".join(
            b"PO1*%d*%d*EA*%d.%02d**VP*%s~\r\n" % (n, n % 97, n, n % 100, rng.randbytes(12).hex().encode())
            for n in range(1_000)
        )
        block = (block * 30)[:1_048_576]
        file.write(block)
        digest.update(block)
    return file, digest.hexdigest()


def main(megabytes: int, style: str) -> None:
    options = STYLES[style]
    terms = Terms(requires_signature=False, requires_encryption=False)
    assert opened(sealed(**options), terms=terms).is_accepted  # everything is loaded once
    idle = _peak_megabytes()
    file, expected = _content(megabytes)
    began = time.perf_counter()
    outgoing = OutgoingPayload(Octets.whole(file), transfer_encoding="base64" if style == "base64" else "binary")
    what = write_as2([outgoing], sending(scratch=tempfile.TemporaryFile, **options))
    written = time.perf_counter()
    ours = receiving(scratch=tempfile.TemporaryFile, terms=terms)
    result = read_as2(read_headers(what.headers), what.body, ours)
    digest = hashlib.sha256()
    for chunk in result.payloads[0].content.chunks():
        digest.update(chunk)
    read = time.perf_counter()
    print(
        json.dumps(
            {
                "is_equal": digest.hexdigest() == expected and result.mic.digest == what.mic.digest,
                "megabytes_above_idle": round(_peak_megabytes() - idle, 1),
                "seconds_to_write": round(written - began, 2),
                "seconds_to_read": round(read - written, 2),
                "body_megabytes": what.body.size_bytes // 1_048_576,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
