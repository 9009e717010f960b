"""The real application over the scene's database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from gateway.api.app import create_app
from gateway.store import api_keys
from tests.gateway.scene import Scene


def secret_of(scene: Scene, name: str, *scopes: str) -> str:
    station = scene.gateway.station
    return station.database.write(lambda c: api_keys.create(c, name, scopes, station.clock.now()))[1]


@pytest.fixture(scope="session")
def app_client(scene: Scene) -> Iterator[TestClient]:
    """A caller without a key."""
    with TestClient(create_app(scene.gateway.station), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def reader_key(scene: Scene) -> str:
    return secret_of(scene, "reader", "documents:read")


@pytest.fixture(scope="session")
def full_key(scene: Scene) -> str:
    return secret_of(scene, "full", "documents:read", "raw:read", "events:read")


class Caller:
    """Asks with one key."""

    def __init__(self, client: TestClient, key: str) -> None:
        self._client = client
        self._key = key

    def get(self, path: str, **query: object):
        return self._client.get(path, params=query or None, headers={"Authorization": f"Bearer {self._key}"})


@pytest.fixture
def caller(app_client: TestClient, full_key: str) -> Caller:
    return Caller(app_client, full_key)
