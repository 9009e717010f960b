"""The OpenAPI document is checked in: a change of the API is a change that somebody reads."""

from __future__ import annotations

import json
from importlib.resources import files

from starlette.testclient import TestClient

from gateway.api.problems import MEANINGS


def test_the_checked_in_description_is_the_applications(app_client: TestClient) -> None:
    checked_in = json.loads(files("gateway.api").joinpath("openapi.json").read_bytes())
    assert checked_in == app_client.get("/v1/openapi.json").json(), "run `python tools/write_openapi.py`"


def test_every_operation_has_a_name_words_and_its_problems(app_client: TestClient) -> None:
    description = app_client.get("/v1/openapi.json").json()
    assert description["openapi"] == "3.1.0"
    names = []
    for path, operation in [
        (p, operation) for p, methods in description["paths"].items() for operation in methods.values()
    ]:
        names.append(operation["operationId"])
        assert operation["summary"], path
        assert operation["description"], path
        if path.startswith("/v1"):
            assert {"401", "403", "422", "500", "503"} <= set(operation["responses"])
            assert operation["security"] == [{"bearer": []}, {"key": []}]
    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere(app_client: TestClient) -> None:
    text = app_client.get("/v1/openapi.json").text
    description = json.loads(text)
    named = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= set(description["components"]["schemas"])
    assert "HTTPValidationError" not in text


def test_every_problem_says_whose_it_is() -> None:
    assert all(400 <= meaning.status < 600 and meaning.title for meaning in MEANINGS.values())
