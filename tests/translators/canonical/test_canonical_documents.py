"""Canonical documents: one JSON form, a published schema per type and version, and nothing unknown accepted."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.translators.mapping.documents import documents
from tests.translators.mapping.shipped import shipped_map
from translators.canonical import CANONICAL, DocumentType, canonical_schema, parse_canonical

MAP_OF = {
    "purchase_order": "x12/850",
    "order_acknowledgment": "x12/855",
    "ship_notice": "x12/856",
    "invoice": "x12/810",
    "purchase_order_change": "x12/860",
    "inventory_advice": "x12/846",
    "functional_acknowledgment": "x12/997",
}


@pytest.mark.parametrize("document_type", MAP_OF)
@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_json_and_back_is_the_identity(document_type: str, data: st.DataObject) -> None:
    document = data.draw(documents(shipped_map(MAP_OF[document_type])))
    assert parse_canonical(document_type, document.model_dump_json()) == document


def test_every_type_is_listed_and_says_its_own_name() -> None:
    assert set(CANONICAL) == set(DocumentType) == set(MAP_OF)
    for name, model in CANONICAL.items():
        assert model.model_fields["document_type"].default == name


@pytest.mark.parametrize("document_type", list(DocumentType))
def test_the_schema_names_type_version_and_every_field(document_type: str) -> None:
    schema = canonical_schema(document_type)
    assert schema["$id"] == f"urn:partner-gateway:{document_type}-1.0.schema.json"
    assert set(schema["properties"]) == set(CANONICAL[document_type].model_fields)
    assert schema["additionalProperties"] is False
    assert json.loads(json.dumps(schema)) == schema


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(ValidationError):
        parse_canonical(
            "purchase_order", '{"order_number": "1", "issue_date": "2026-01-09", "lines": [], "colour": "red"}'
        )
