"""The same request twice: the first answer again, and nothing booked a second time.

The key, the request's hash and the answer are committed with the booking itself, so there is no moment at which one is there
without the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime

from gateway.demo.sample_erp.database import Database


class KeyReusedError(Exception):
    """The key was used for another request."""


def once(
    db: Database, key: str | None, path: str, request: str, now: datetime, book: Callable[[], dict[str, object]]
) -> tuple[dict[str, object], bool]:
    """Return the answer of `book`, or the stored one of an earlier request with `key`; and whether it was stored.

    `key` is None when the caller gave none or the ERP is set to forget keys; then every request books.

    Raises:
        KeyReusedError: `key` was used with another request.
    """
    sha256 = hashlib.sha256(f"{path}\n{request}".encode()).hexdigest()
    with db.commit():
        if key is not None:
            row = db.one("SELECT request_sha256, answer FROM idempotency_keys WHERE key = ?", key)
            if row is not None and row["request_sha256"] != sha256:
                raise KeyReusedError(key)
            if row is not None:
                return json.loads(row["answer"]), True
        answer = book()
        if key is not None:
            db.run("INSERT INTO idempotency_keys VALUES (?, ?, ?, ?)", key, sha256, json.dumps(answer), now.isoformat())
        return answer, False
