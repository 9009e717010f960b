"""Requests as nobody sane sends them: every answer is a defined one, described in the OpenAPI document."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from gateway.store import queries
from tests.gateway.api.conftest import Caller
from tests.gateway.api.test_access import ROUTES

EDGES = [
    "", " ", "0", "-1", "1", "200", "201", str(2**31), str(2**63 - 1), str(2**63), str(2**64), "9" * 400, "1e9", "1.5", "NaN",
    "true", "null", "[]", "{}", "'", '"', "%", "_", "\\", "\x00", "\r\n", "../../etc/passwd", "a" * 129, "é", "🦆", "\u202e",
    "0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1e30", "-1e30",
    "01JCZ8K3V7M2Q4R6T8W0X2Y4Z6", "ZZZZZZZZZZZZZZZZZZZZZZZZZZ", "MTowMUpDWjhLM1Y3TTJRNFI2VDhXMFgyWTRaNg", "in", "out", "parked",
]  # fmt: skip


def description(client: TestClient) -> dict[str, Any]:
    """Return what the application says of itself; it makes it once."""
    return client.app.openapi()


def is_defined(client: TestClient, route: str, answer: Any) -> None:
    """Fail unless the answer is one that the description names, in the form that it names."""
    told = description(client)["paths"][route]["get"]["responses"]
    assert str(answer.status_code) in told, (route, answer.status_code, answer.text)
    assert answer.status_code < 500
    if answer.status_code >= 400:
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(problem) == {"type", "title", "status", "detail", "instance", "code", "errors"}
        assert problem["status"] == answer.status_code
        assert problem["type"] == f"urn:partner-gateway:{problem['code']}"


def parameters(client: TestClient) -> list[tuple[str, str]]:
    return [
        (route, parameter["name"])
        for route, methods in description(client)["paths"].items()
        for parameter in methods.get("get", {}).get("parameters", [])
        if parameter["in"] == "query"
    ]


@pytest.mark.parametrize("value", EDGES)
def test_any_value_of_any_parameter_has_a_defined_answer(app_client: TestClient, caller: Caller, value: str) -> None:
    for route, name in parameters(app_client):
        path = route.format(document_id="01JCZ8K3V7M2Q4R6T8W0X2Y4Z6", number="1")
        query = {"q": "1"} if route.endswith("search") else {}
        is_defined(app_client, route, caller.get(path, **(query | {name: value})))


@pytest.mark.parametrize("value", [edge for edge in EDGES if edge not in ("", "../../etc/passwd")])
def test_any_value_in_a_path_has_a_defined_answer(app_client: TestClient, caller: Caller, value: str) -> None:
    quoted = "".join(f"%{byte:02X}" for byte in value.encode("utf-8", "surrogatepass"))
    for route in ROUTES:
        if "{" in route:
            is_defined(app_client, route, caller.get(route.format(document_id=quoted, number=quoted)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.dictionaries(
        st.sampled_from(["q", "limit", "cursor", "since", "until", "partner", "kind", "x"]), st.text(max_size=20)
    )
)
def test_any_query_has_a_defined_answer(app_client: TestClient, caller: Caller, query: dict[str, str]) -> None:
    for route in ("/v1/documents", "/v1/search"):
        is_defined(app_client, route, caller.get(route, **query))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.text(alphabet=string.ascii_letters + string.digits + "-_", max_size=64))
def test_any_cursor_has_a_defined_answer(app_client: TestClient, caller: Caller, cursor: str) -> None:
    is_defined(app_client, "/v1/documents", caller.get("/v1/documents", cursor=cursor))


def test_every_text_and_number_of_a_request_is_bounded(app_client: TestClient) -> None:
    unbounded = []
    for route, methods in description(app_client)["paths"].items():
        for parameter in [p for method in methods.values() for p in method.get("parameters", [])]:
            for schema in parameter["schema"].get("anyOf", [parameter["schema"]]):
                is_bounded = {
                    "string": {"maxLength", "pattern", "format", "enum"} & set(schema),
                    "integer": {"minimum", "maximum"} <= set(schema),
                }.get(schema.get("type", ""), True)
                if not is_bounded:
                    unbounded.append(f"{route} {parameter['name']}")
    assert not unbounded


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])
@pytest.mark.parametrize("route", sorted(ROUTES))
def test_another_method_is_refused_with_what_is_allowed(app_client: TestClient, route: str, method: str) -> None:
    answer = app_client.request(method, route.format(document_id="01JCZ8K3V7M2Q4R6T8W0X2Y4Z6", number="1"))
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v2/documents", "/v1/documents/", "/v1/orders/", "/docs", "//", "/v1/%00"]
)
def test_what_is_not_there_is_a_problem(app_client: TestClient, path: str) -> None:
    answer = app_client.get(path)
    assert answer.status_code in (401, 404)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_mistake_of_ours_is_a_problem_without_its_trace(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(queries, "page", broken)
    answer = caller.get("/v1/documents")
    assert (answer.status_code, answer.json()["code"]) == (500, "GW-6007")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_a_database_that_cannot_be_used_is_said_to_be(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> None:
        raise queries.GatewayError("GW-5001", "disk I/O error in /secret/path", is_retryable=True)

    monkeypatch.setattr(queries, "page", down)
    answer = caller.get("/v1/documents")
    assert (answer.status_code, answer.json()["code"]) == (503, "GW-5001")
    assert answer.headers["retry-after"]
    assert "secret" not in answer.text
