"""Payloads: found by their hash, never half there, whatever the disk does."""

from __future__ import annotations

import hashlib
import os
import resource
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from gateway.errors import GatewayError
from gateway.store import payloads as module
from gateway.store.engine import Database
from gateway.store.payloads import PayloadStore
from gateway.store.schema import upgrade
from gateway.store.tables import payloads as payloads_table

NOW = datetime(2026, 3, 2, tzinfo=UTC)
INLINE = 1000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/var/gateway.db"
    upgrade(url)
    made = Database(url)
    yield made
    made.close()


@pytest.fixture
def store(tmp_path: Path) -> PayloadStore:
    return PayloadStore(tmp_path / "payloads", INLINE, 10_000_000)


def files(store: PayloadStore) -> list[Path]:
    return [p for p in store._folder.rglob("*") if p.is_file()]


@pytest.mark.parametrize("size", [0, 1, INLINE - 1, INLINE, INLINE + 1, 300_000, 1_000_001])
def test_what_was_stored_is_read_back_whole_and_in_part(size: int, store: PayloadStore, database: Database) -> None:
    content = bytes(i * 31 % 251 for i in range(size))
    chunks = [content[i : i + 70_000] for i in range(0, size, 70_000)]
    payload = store.take(chunks, "one")
    database.write(lambda c: store.put(c, payload, NOW))

    assert payload.sha256 == hashlib.sha256(content).hexdigest()
    assert payload.size_bytes == size
    with database.read() as connection:
        assert b"".join(store.chunks(connection, payload.sha256)) == content
        assert (
            store.slice(connection, payload.sha256, size // 3, size // 2) == content[size // 3 : size // 3 + size // 2]
        )
    assert len(files(store)) == (1 if size > INLINE else 0)


@pytest.mark.parametrize("size", [INLINE, 1_000_001])
def test_bytes_that_changed_on_the_disk_are_told_when_they_are_read(
    size: int, store: PayloadStore, database: Database
) -> None:
    payload = store.take([b"x" * size], "one")
    database.write(lambda c: store.put(c, payload, NOW))
    if payload.content is None:
        [file] = files(store)
        file.write_bytes(b"x" * (size - 1) + b"y")
    else:
        changed = b"x" * (size - 1) + b"y"
        database.write(lambda c: c.execute(update(payloads_table).values(content=changed)))
    with database.read() as connection, pytest.raises(GatewayError) as damaged:
        list(store.chunks(connection, payload.sha256))
    assert damaged.value.code == "GW-5006"


def test_the_same_content_is_kept_once(store: PayloadStore, database: Database) -> None:
    for name in ("one", "two"):
        payload = store.take([b"x" * 5000], name)
        database.write(lambda c, p=payload: store.put(c, p, NOW))
    assert len(files(store)) == 1


def test_a_full_disk_is_told_as_such_and_leaves_nothing_half_there(store: PayloadStore) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        for size in (200_001, 500_000, 3_000_000):
            with pytest.raises(GatewayError) as full:
                store.take([b"x" * 1500 for _ in range(size // 1500 + 1)], f"too-much-{size}")
            assert full.value.code == "GW-5003"
            assert full.value.is_retryable
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(store) == []
    assert store.take([b"x" * 300_000], "again").size_bytes == 300_000


@pytest.mark.parametrize("call", ["fsync", "replace", "mkdir", "open"])
def test_trouble_at_any_call_leaves_no_payload_that_is_not_durable(
    call: str, store: PayloadStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    if call == "fsync":
        monkeypatch.setattr(module.os, "fsync", full)
    else:
        monkeypatch.setattr(Path, call, full)
    with pytest.raises(GatewayError, match="GW-5003"):
        store.take([b"x" * 5000], "one")
    monkeypatch.undo()
    assert files(store) == []


def test_the_bytes_are_on_the_disk_before_they_have_their_name(
    store: PayloadStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def recorded_fsync(handle: int) -> None:
        target = Path(f"/proc/self/fd/{handle}").readlink()
        happened.append("folder synced" if target.is_dir() else "bytes synced")
        fsync(handle)

    def recorded_replace(self: Path, target: Path) -> Path:
        happened.append("renamed")
        return replace(self, target)

    monkeypatch.setattr(module.os, "fsync", recorded_fsync)
    monkeypatch.setattr(Path, "replace", recorded_replace)
    store.take([b"x" * 5000], "one")
    assert happened[:3] == ["bytes synced", "renamed", "folder synced"]
    # The new folder's own name, that of the folder above it, and that of the payload folder in the home.
    assert happened[3:] == ["folder synced"] * 2


def test_more_than_the_limit_is_refused_as_soon_as_it_is_too_much(store: PayloadStore) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1_000_000
            yield b"x" * 1_000_000

    with pytest.raises(GatewayError) as refused:
        store.take(endless(), "endless")
    assert (refused.value.code, refused.value.is_retryable) == ("GW-2002", False)
    assert taken == 11_000_000
    assert files(store) == []


def test_a_payload_that_is_gone_is_told_with_what_to_do(store: PayloadStore, database: Database) -> None:
    payload = store.take([b"x" * 5000], "one")
    database.write(lambda c: store.put(c, payload, NOW))
    files(store)[0].unlink()
    with database.read() as connection:
        with pytest.raises(GatewayError, match=r"GW-5004.*backup"):
            list(store.chunks(connection, payload.sha256))
        with pytest.raises(GatewayError, match=r"GW-5004.*backup"):
            store.slice(connection, payload.sha256, 0, 10)
        with pytest.raises(GatewayError, match="GW-5004"):
            store.slice(connection, "0" * 64, 0, 10)
