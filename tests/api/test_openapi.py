"""The OpenAPI document and the page made of it are true."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from django.test import Client
from ninja import Schema

from annotation.api.urls import api
from tests.cast import Machine

CONTRACT = {
    "/api/v1/features": {"get", "post"},
    "/api/v1/features/{slug}": {"patch"},
    "/api/v1/queues/{feature}/{name}": {"patch"},
    "/api/v1/queues": {"get", "post"},
    "/api/v1/taxonomy": {"get"},
    "/api/v1/training-runs": {"get", "post"},
    "/api/v1/deployments": {"get", "post"},
    "/api/v1/interactions/{feature}/{id}/closure": {"get"},
    "/api/v1/closure": {"get"},
    "/api/v1/flywheel": {"get"},
    "/api/v1/validity": {"get"},
    "/api/v1/mended": {"get"},
    "/api/v1/backlog": {"get"},
    "/api/v1/erasures": {"post"},
    "/api/v1/interactions": {"post"},
    "/api/v1/signals": {"post"},
    "/api/v1/labels": {"get", "post"},
    "/api/v1/items": {"get"},
    "/api/v1/exports": {"get", "post"},
    "/api/v1/exports/{id}": {"get"},
    "/api/v1/exports/{id}/cancel": {"post"},
    "/api/v1/exports/{id}/hygiene": {"get"},
    "/api/v1/exports/{id}/suspects": {"post"},
    "/api/v1/exports/{id}/pin": {"post"},
    "/api/v1/exports/{id}/unpin": {"post"},
    "/api/v1/exports/{id}/remove": {"post"},
    "/api/v1/exports/{id}/again": {"post"},
    "/api/v1/exports/{id}/files/{name}": {"get"},
    "/api/v1/exports/{id}/archive": {"get"},
    "/api/v1/exports/{id}/difference": {"get"},
    "/api/v1/recipes": {"get", "post"},
    "/api/v1/recipes/{name}/run": {"post"},
    "/api/v1/triggers": {"get", "post"},
    "/api/v1/triggers/dry-run": {"post"},
    "/api/v1/triggers/{name}/firings": {"get"},
    "/api/v1/exports/{id}/rows/{ordinal}/lineage": {"get"},
}


@pytest.fixture
def document(db: None) -> dict[str, Any]:
    found: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return found


def test_it_is_openapi_3_1_and_needs_no_token(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")


def test_it_is_put_together_once_for_each_of_few_prefixes(db: None) -> None:
    first = api.get_openapi_schema(path_prefix="/one/")
    assert api.get_openapi_schema(path_prefix="/one/") is first
    assert all(path.startswith("/one/") for path in first["paths"])
    for place in range(8):
        api.get_openapi_schema(path_prefix=f"/{place}/")
    assert api.get_openapi_schema(path_prefix="/one/") is not first, "what a request can name must not pile up"


def test_each_path_of_the_contract_is_there(document: dict[str, Any]) -> None:
    assert {path: set(document["paths"].get(path, {})) & methods for path, methods in CONTRACT.items()} == CONTRACT


def test_each_reference_leads_somewhere(document: dict[str, Any]) -> None:
    names = set(re.findall(r"#/components/schemas/([^'\"]+)", str(document)))
    assert names
    assert names <= document["components"]["schemas"].keys()


def test_no_two_shapes_share_a_name_under_which_the_document_would_hold_one_of_them() -> None:
    names = [shape.__name__ for shape in _shapes(Schema) if shape.__module__.startswith("annotation.api")]
    assert "ClosureShown" in names
    assert [name for name, count in Counter(names).items() if count > 1] == []


def _shapes(of: type[Schema]) -> set[type[Schema]]:
    return {one for child in of.__subclasses__() for one in (child, *_shapes(child))}


def test_each_operation_says_its_scope_and_its_refusals_as_problems(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["security"] == [{"Bearer": []}], (path, method)
            assert operation["x-scope"]
            refusals = {int(status): one for status, one in operation["responses"].items() if int(status) >= 400}
            assert {401, 403} <= refusals.keys()
            assert all(_is_problem(one) or _is_outcome(one) for one in refusals.values()), (path, method)
            if "requestBody" in operation:
                assert {400, 413, 415, 422} <= refusals.keys()


def _is_problem(answer: dict[str, Any]) -> bool:
    return list(answer["content"]) == ["application/problem+json"]


def _is_outcome(answer: dict[str, Any]) -> bool:
    """A batch of which every record was refused is answered as any other batch is."""
    media = answer["content"].get("application/json", {})
    return str(media.get("schema", {}).get("$ref", "")).endswith("OutcomeShown")


def test_the_examples_of_the_document_are_taken_as_they_stand(document: dict[str, Any], machine: Machine) -> None:
    for path in ("/interactions", "/signals", "/labels"):
        media = document["paths"][f"/api/v1{path}"]["post"]["requestBody"]["content"]
        example = media["application/json"]["schema"]["anyOf"][0]["examples"][0]
        answer = machine.post(path, example)
        assert (answer.status_code, answer.json()["refused"]) == (200, []), path


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [one["operationId"] for operations in document["paths"].values() for one in operations.values()]
    assert len(ids) == len(set(ids))


def test_the_page_lists_every_endpoint_and_loads_nothing_from_elsewhere(document: dict[str, Any]) -> None:
    answer = Client().get("/api/v1/docs")
    assert answer.status_code == 200
    page = answer.content.decode()
    for path, operations in document["paths"].items():
        for method in operations:
            assert f"<code>{method.upper()} {path}</code>" in page
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)""", page)
    assert all(address.startswith(("/", "#")) for address in loaded)
    assert "<code>retention_days</code> for what is stored too" in page
    assert "<script" not in page
    assert "style=" not in page
    assert "<style" not in page
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_the_api_has_one_version() -> None:
    assert api.version == "1"
