"""The feed of everything that has to be carried out to partners, in the order in which it was committed."""

from __future__ import annotations

import json
from datetime import datetime

from gateway.demo.sample_erp.database import Database

PAGE_BYTES = 1_000_000  # a page ends after the document that passes this


class CursorUnknownError(Exception):
    """The cursor was made by another database."""


def append(db: Database, kind: str, number: str, account: str, body: dict[str, object], now: datetime) -> None:
    """Add a document to the feed, inside the transaction that made it."""
    db.run(
        "INSERT INTO outgoing (id, kind, account, body, committed_at) VALUES (?, ?, ?, ?, ?)",
        f"{kind}:{number}",
        kind,
        account,
        json.dumps(body, separators=(",", ":")),
        now.isoformat(),
    )


def page(db: Database, after: str, limit: int) -> dict[str, object]:
    """Return up to `limit` documents after the cursor, and the cursor that continues.

    Raises:
        CursorUnknownError: `after` comes from another database (one that was restored or thrown away).
    """
    instance, _, sequence = after.partition(".")
    if after and (instance != db.instance or not sequence.isdigit()):
        raise CursorUnknownError(after)
    last = int(sequence or 0)
    documents: list[dict[str, object]] = []
    size = 0
    for row in db.all("SELECT * FROM outgoing WHERE sequence > ? ORDER BY sequence LIMIT ?", last, limit):
        documents.append(
            {
                "id": row["id"],
                "kind": row["kind"],
                "account": row["account"],
                "committed_at": row["committed_at"],
                "document": json.loads(row["body"]),
            }
        )
        last = row["sequence"]
        size += len(row["body"])
        if size > PAGE_BYTES:
            break
    return {"documents": documents, "cursor": f"{db.instance}.{last}"}
