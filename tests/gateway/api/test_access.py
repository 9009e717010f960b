"""Who gets in: every route, every kind of key."""

from __future__ import annotations

import logging

import pytest
from starlette.testclient import TestClient

from gateway.store import api_keys
from tests.gateway.api.conftest import secret_of
from tests.gateway.scene import ORDER, Scene

ID = "01JCZ8K3V7M2Q4R6T8W0X2Y4Z6"
# Every route and the scope it needs; "" needs no key.
ROUTES = {
    "/v1/documents": "documents:read",
    "/v1/search": "documents:read",
    "/v1/documents/{document_id}": "documents:read",
    "/v1/documents/{document_id}/timeline": "documents:read",
    "/v1/documents/{document_id}/findings": "documents:read",
    "/v1/documents/{document_id}/canonical": "documents:read",
    "/v1/documents/{document_id}/raw": "raw:read",
    "/v1/orders/{number}": "documents:read",
    "/v1/events": "events:read",
    "/livez": "",
    "/readyz": "",
}
# Routes with effects: method, scope. What else holds for them stands in tests of their own.
WRITES = {"/v1/partners/{partner}/inbox": ("post", "inbox:write")}
GUARDED = sorted(route for route, scope in ROUTES.items() if scope)


def path(route: str) -> str:
    return route.format(document_id=ID, number=ORDER) + ("?q=1" if route.endswith("search") else "")


def test_every_route_is_in_the_table(app_client: TestClient) -> None:
    told = {
        (route, method)
        for route, methods in app_client.get("/v1/openapi.json").json()["paths"].items()
        for method in methods
    }
    assert told == {(route, "get") for route in ROUTES} | {(route, method) for route, (method, _) in WRITES.items()}


@pytest.mark.parametrize("route", sorted(WRITES))
def test_a_route_with_effects_wants_a_key_with_its_scope(scene: Scene, app_client: TestClient, route: str) -> None:
    method, scope = WRITES[route]
    where = route.format(partner="lakeside")
    assert app_client.request(method, where, content=b"x").status_code == 401
    others = [one for one in api_keys.SCOPES if one != scope]
    secret = secret_of(scene, f"lacks.{scope.replace(':', '.')}", *others)
    answer = app_client.request(method, where, content=b"x", headers={"X-API-Key": secret})
    assert (answer.status_code, answer.json()["code"]) == (403, "GW-6003")


@pytest.mark.parametrize("route", GUARDED)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer gw_" + "A" * 49},
        {"Authorization": "Basic Z3c6Z3c="},
        {"X-API-Key": ""},
        {"X-API-Key": "gw_"},
        {"X-API-Key": "g" * 10_000},
        {"Authorization": b"Bearer gw_\xff\xfe"},
    ],
)
def test_without_a_valid_key_nobody_gets_in(app_client: TestClient, route: str, headers: dict[str, str]) -> None:
    answer = app_client.get(path(route), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in {"GW-6001", "GW-6002"}


@pytest.mark.parametrize("route", GUARDED)
def test_a_key_without_the_scope_is_refused(scene: Scene, app_client: TestClient, route: str) -> None:
    other = next(scope for scope in api_keys.SCOPES if scope != ROUTES[route])
    name = f"lacks.{ROUTES[route].replace(':', '.')}"
    station = scene.gateway.station
    with station.database.read() as connection:
        known = any(key.name == name for key in api_keys.listed(connection))
    if known:
        station.database.write(lambda c: api_keys.revoke(c, name))
    answer = app_client.get(path(route), headers={"X-API-Key": secret_of(scene, name, other)})
    assert (answer.status_code, answer.json()["code"]) == (403, "GW-6003")


@pytest.mark.parametrize("route", GUARDED)
def test_a_key_with_the_scope_gets_in(app_client: TestClient, full_key: str, route: str) -> None:
    answer = app_client.get(path(route), headers={"X-API-Key": full_key})
    assert answer.status_code in (200, 300, 404)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in answer.headers["cache-control"]


def test_a_stranger_learns_nothing_from_a_bad_request(app_client: TestClient) -> None:
    assert app_client.get("/v1/documents?limit=0").status_code == 401
    assert app_client.get("/v1/documents/none").status_code == 401


def test_a_revoked_and_an_expired_key_are_refused_at_once(scene: Scene, app_client: TestClient) -> None:
    station = scene.gateway.station
    secret = secret_of(scene, "leaver", "documents:read")
    assert app_client.get("/v1/documents", headers={"X-API-Key": secret}).status_code == 200
    station.database.write(lambda c: api_keys.revoke(c, "leaver"))
    assert app_client.get("/v1/documents", headers={"X-API-Key": secret}).status_code == 401
    now = station.clock.now()
    old = station.database.write(lambda c: api_keys.create(c, "old", ["documents:read"], now, now))[1]
    assert app_client.get("/v1/documents", headers={"X-API-Key": old}).status_code == 401


@pytest.mark.parametrize("route", ["/livez", "/readyz"])
def test_health_needs_no_key_and_tells_no_detail(app_client: TestClient, route: str) -> None:
    answer = app_client.get(route)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_draining_gateway_is_alive_and_not_ready(app_client: TestClient) -> None:
    app_client.app.state.is_draining = True
    try:
        assert app_client.get("/livez").status_code == 200
        answer = app_client.get("/readyz")
    finally:
        app_client.app.state.is_draining = False
    assert (answer.status_code, answer.json()["code"]) == (503, "GW-6008")
    assert answer.headers["retry-after"]


def test_no_key_and_no_payload_is_logged(
    scene: Scene,
    app_client: TestClient,
    full_key: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for document in scene.gateway.all():
        for part in ("", "/raw", "/canonical", "/findings", "/timeline"):
            app_client.get(f"/v1/documents/{document.id}{part}", headers={"X-API-Key": full_key})
    app_client.get("/v1/documents", headers={"X-API-Key": full_key[:-1] + "!"})
    app_client.get(f"/v1/nowhere/{ORDER}")
    written = "".join(capfd.readouterr())
    written += "\n".join(
        entry.getMessage() for entry in caplog.records if not entry.name.startswith("httpx")
    )  # the caller's own
    assert "/v1/documents/{document_id}/raw" in written
    for secret in (full_key, full_key[:-1], "ISA*", "Dear colleagues", ORDER):
        assert secret not in written
