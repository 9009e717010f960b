"""Answers kept by a caller's key: the same again, another request refused, one of many at once, and free after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.store import idempotency
from gateway.store.engine import Database, LostRace
from gateway.store.idempotency import IN_FLIGHT_SECONDS, KEPT_DAYS, KeptAnswer
from tests.databases import KINDS, fresh_database

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ANSWER = KeptAnswer(202, '{"document":"x"}')


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with fresh_database(request.param, tmp_path) as url:
        made = Database(url)
        yield made
        made.close()


def begin(database: Database, request: str = "a" * 64, now: datetime = NOW, scope: str = "inbox") -> KeptAnswer | None:
    return database.write(lambda c: idempotency.begin(c, scope, "k", request, now))


def refusal(database: Database, request: str = "a" * 64, now: datetime = NOW) -> str:
    with pytest.raises(GatewayError) as caught:
        begin(database, request, now)
    return caught.value.code


def test_the_answer_of_the_first_is_the_answer_of_all(database: Database) -> None:
    assert begin(database) is None
    assert refusal(database) == "GW-6109"
    database.write(lambda c: idempotency.finish(c, "inbox", "k", ANSWER))
    assert begin(database) == begin(database) == ANSWER
    assert refusal(database, "b" * 64) == "GW-6110"
    assert begin(database, "b" * 64, scope="another caller") is None


def test_a_request_that_failed_leaves_its_key_free(database: Database) -> None:
    begin(database)
    database.write(lambda c: idempotency.forget(c, "inbox", "k"))
    assert begin(database, "b" * 64) is None


def test_an_answer_that_is_kept_is_not_forgotten(database: Database) -> None:
    begin(database)
    database.write(lambda c: idempotency.finish(c, "inbox", "k", ANSWER))
    database.write(lambda c: idempotency.forget(c, "inbox", "k"))
    assert begin(database) == ANSWER


def test_one_that_was_given_up_is_taken_over_by_one(database: Database) -> None:
    begin(database)
    almost = NOW + timedelta(seconds=IN_FLIGHT_SECONDS - 1)
    assert refusal(database, now=almost) == "GW-6109"
    later = NOW + timedelta(seconds=IN_FLIGHT_SECONDS)
    assert begin(database, now=later) is None
    assert refusal(database, now=later) == "GW-6109"


def test_keys_end(database: Database) -> None:
    begin(database)
    database.write(lambda c: idempotency.finish(c, "inbox", "k", ANSWER))
    assert begin(database, now=NOW + timedelta(days=KEPT_DAYS)) == ANSWER
    assert begin(database, "b" * 64, NOW + timedelta(days=KEPT_DAYS, seconds=1)) is None


def test_of_many_at_once_one_begins(database: Database) -> None:
    def try_it(_: int) -> str:
        try:
            return "begins" if begin(database) is None else "kept"
        except (GatewayError, LostRace):
            return "waits"

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(try_it, range(24)))
    assert found.count("begins") == 1
    assert found.count("kept") == 0
