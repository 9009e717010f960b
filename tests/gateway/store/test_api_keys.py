"""API keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import GatewayError
from gateway.store import api_keys
from gateway.store.engine import Database
from gateway.store.schema import upgrade

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
READ = ["documents:read"]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/keys.db"
    upgrade(url)
    opened = Database(url)
    yield opened
    opened.close()


def create(database: Database, name: str = "one", **more: object) -> str:
    return database.write(lambda c: api_keys.create(c, name, READ, NOW, **more))[1]


def holder(database: Database, secret: str, now: datetime = NOW) -> str | None:
    with database.read() as connection:
        key = api_keys.authenticated(connection, secret, now)
    return None if key is None else key.name


def test_a_key_opens_and_the_database_does_not_hold_it(database: Database, tmp_path: Path) -> None:
    secret = create(database)
    assert holder(database, secret) == "one"
    database.close()
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes()
        assert secret[3:-6].encode() not in file.read_bytes()


def test_every_key_is_another(database: Database) -> None:
    assert len({create(database, str(number)) for number in range(20)}) == 20


def test_a_key_ends_at_its_time(database: Database) -> None:
    secret = create(database, expires_at=NOW + timedelta(days=1))
    assert holder(database, secret, NOW + timedelta(days=1, microseconds=-1)) == "one"
    assert holder(database, secret, NOW + timedelta(days=1)) is None


def test_a_revoked_key_opens_nothing(database: Database) -> None:
    secret = create(database)
    database.write(lambda c: api_keys.revoke(c, "one"))
    assert holder(database, secret) is None
    with pytest.raises(GatewayError, match="GW-6303"):
        database.write(lambda c: api_keys.revoke(c, "one"))


def test_a_name_is_used_once(database: Database) -> None:
    create(database)
    with pytest.raises(GatewayError, match="GW-6301"):
        create(database)


@pytest.mark.parametrize("scopes", [[], ["documents:write"], ["documents:read", "*"]])
def test_only_scopes_that_there_are(database: Database, scopes: list[str]) -> None:
    with pytest.raises(GatewayError, match="GW-6302"):
        database.write(lambda c: api_keys.create(c, "one", scopes, NOW))


def test_one_wrong_character_anywhere_is_seen_without_the_database(database: Database) -> None:
    secret = create(database)
    assert api_keys.is_well_formed(secret)
    for position in range(len(secret)):
        other = "A" if secret[position] != "A" else "B"
        assert not api_keys.is_well_formed(secret[:position] + other + secret[position + 1 :])


@given(st.text(max_size=80))
def test_text_is_no_key(text: str) -> None:
    assert not api_keys.is_well_formed(text)
