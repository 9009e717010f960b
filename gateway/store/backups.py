"""Copies of the database and its payload files, made while the gateway runs, and a gateway made of one again.

The database is copied first, as it is at one moment; payload files afterwards. A file is there before any transaction names it, and never
changes, so every payload that the copy of the database names is in the backup. Each file is read by its SHA-256 on the way in and out.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, func, inspect, make_url, select, text, update

from gateway.errors import GatewayError
from gateway.states import Direction, Kind, State
from gateway.store import control_numbers, numbers
from gateway.store.documents import find
from gateway.store.engine import Database, translated_errors
from gateway.store.event_tables import webhook_deliveries
from gateway.store.jobs import drop
from gateway.store.moves import move, parked
from gateway.store.schema import upgrade
from gateway.store.tables import documents, jobs, leases, payloads

CHUNK_BYTES = 1 << 20
EVENTS_JUMP = 1_000_000  # ids of events and places of the feed that may have been told since the backup
PARTS = {True: "gateway.db", False: "database.dump"}  # whether it is SQLite → the copy's name


def copy_database(database: Database, into: Path) -> Path:
    """Copy the database as it is now into a folder; return the file.

    Raises:
        GatewayError: GW-5201, it could not be copied.
    """
    target = into / PARTS[database.is_sqlite]
    if not database.is_sqlite:
        _run(["pg_dump", "--format=custom", f"--file={target}"], database.url)
        return target
    source = sqlite3.connect(database.url.removeprefix("sqlite:///"), timeout=30)
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise GatewayError("GW-5201", "The copy of the database is damaged; see whether the disk is well.")
    except sqlite3.Error as failed:
        raise GatewayError("GW-5201", f"The database could not be copied: {failed}.") from failed
    finally:
        copy.close()
        source.close()
    return target


def copy_payloads(database: Database, folder: Path, into: Path) -> int:
    """Copy the payload files that the database names; return how many.

    Raises:
        GatewayError: GW-5004 one is gone; GW-5006 one is not what it was.
    """
    named = select(payloads.c.sha256).where(payloads.c.content.is_(None))
    with database.read() as connection:
        sums = list(connection.execute(named).scalars())
    for sha256 in sums:
        copy_checked(folder / sha256[:2] / sha256, into / sha256[:2] / sha256, sha256)
    return len(sums)


def copy_checked(source: Path, target: Path, sha256: str) -> None:
    """Copy a file that must have a SHA-256; it is durable when this returns.

    Raises:
        GatewayError: GW-5004 it is gone; GW-5006 it is not what it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    try:
        with source.open("rb") as reading, target.open("wb") as writing:
            while chunk := reading.read(CHUNK_BYTES):
                digest.update(chunk)
                writing.write(chunk)
            writing.flush()
            os.fsync(writing.fileno())
    except FileNotFoundError as gone:
        raise GatewayError(
            "GW-5004", f"{source.name[:12]} is not in {source.parent}; restore it from a backup."
        ) from gone
    if digest.hexdigest() != sha256:
        target.unlink()
        raise GatewayError("GW-5006", f"{source} is damaged: its bytes are not those that were stored.")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_empty(url: str) -> bool:
    """Return whether there is no database at `url`, or nothing in it."""
    if url.startswith("sqlite:///"):
        return not Path(url.removeprefix("sqlite:///")).exists()
    database = Database(url)
    try:
        with translated_errors():
            return not inspect(database.engine).get_table_names()
    finally:
        database.close()


def put_back(copy: Path, url: str) -> None:
    """Make the database at `url`, which is empty, from a copy, and bring it to the newest schema.

    Raises:
        GatewayError: GW-5201, it could not be made.
    """
    is_sqlite = url.startswith("sqlite:///")
    if PARTS[is_sqlite] != copy.name:
        raise GatewayError(
            "GW-5201", f"{copy.name} is of the other kind of database: a backup goes back into the kind it came from."
        )
    if is_sqlite:
        target = Path(url.removeprefix("sqlite:///"))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(copy, target)
    else:
        _run(["pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(copy)], url)
    upgrade(url)


def take_up(database: Database, jump_by: int, reason: str, actor: str, now: datetime) -> int:
    """Make a restored database ready to work; return how many control numbers were moved ahead.

    Claims and leases of before are given up; what was on its way to the ERP is looked up there before it is tried again; what was not
    opened yet waits for a person; numbers that may have been given out since the backup are passed over.
    """

    def ready(connection: Connection) -> int:
        # A claim of before counts as one that may have got far: the ERP is asked before anything is posted again.
        connection.execute(update(jobs).values(owner=None, lease_until=None, gate=None, claims=jobs.c.claims + 1))
        connection.execute(update(webhook_deliveries).values(owner=None, lease_until=None))
        connection.execute(delete(leases))
        _park_what_was_not_opened(connection, now, actor)
        _intend_what_is_under_way(connection)
        _jump_events(connection)
        return control_numbers.jump(connection, jump_by, reason, actor, now)

    return database.write(ready)


def _park_what_was_not_opened(connection: Connection, now: datetime, actor: str) -> None:
    """Have a person look at files that were not opened at the time of the backup.

    The gateway that is gone may have opened them since, and booked what is in them under ids that are not known here: nothing could be
    looked up.
    """
    column = documents.c
    not_opened = (column.direction == Direction.IN, column.state == State.RECEIVED)
    count = connection.execute(select(func.count()).select_from(documents).where(*not_opened)).scalar_one()
    waiting = find(connection, *not_opened, limit=count)
    for document in waiting:
        sentence = (
            "It was not opened when the backup was made that this gateway was restored from, so the one before may have booked it since. "
            "See whether the ERP has what is in it: cancel it if so, else retry."
        )
        move(connection, document, parked("GW-5007", sentence), now, actor)
        drop(connection, document.id)


def _intend_what_is_under_way(connection: Connection) -> None:
    """Note that what was on its way to the ERP at the time of the backup may have been posted since, by the gateway that is gone."""
    column = documents.c
    under_way = (
        select(column.id, column.created_at)
        .join(jobs, jobs.c.document_id == column.id)
        .where(column.direction == Direction.IN, column.kind.in_([kind for kind in Kind if kind.is_business]))
    )
    for row in connection.execute(under_way).all():
        numbers.intend(connection, f"gw-{row.id}", row.id, "post", row.created_at)


def _jump_events(connection: Connection) -> None:
    """Have events go on under ids and places that no reader has seen."""
    if connection.dialect.name == "sqlite":
        connection.execute(
            text("UPDATE sqlite_sequence SET seq = seq + :jump WHERE name = 'ledger'"), {"jump": EVENTS_JUMP}
        )
        return
    for table, column in (("ledger", "id"), ("feed", "position")):
        sequence = connection.execute(text(f"SELECT pg_get_serial_sequence('{table}', '{column}')")).scalar()
        connection.execute(
            text(f"SELECT setval('{sequence}', (SELECT last_value FROM {sequence}) + :jump)"),  # noqa: S608
            {"jump": EVENTS_JUMP},
        )


def _run(command: list[str], url: str) -> None:
    """Run a program of PostgreSQL's on a database. The password goes by the environment: arguments are seen by everybody."""
    address = make_url(url).set(drivername="postgresql")
    environment = dict(os.environ)
    if address.password is not None:
        environment["PGPASSWORD"] = str(address.password)
    where = address.set(password=None).render_as_string(hide_password=False)
    try:
        done = subprocess.run(  # noqa: S603  fixed programs; the address is the operator's
            [*command, "--dbname", where], env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as missing:
        raise GatewayError(
            "GW-5201",
            f"{command[0]} is not installed here; install PostgreSQL's client programs of the server's version or newer.",
        ) from missing
    if done.returncode != 0:
        raise GatewayError("GW-5201", f"{command[0]} failed: {done.stderr.strip()[:500]}")
