"""Whatever goes wrong is told in one shape, in words, with the right status."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.api.urls import api
from annotation.models import Feature
from tests.cast import Machine


def problem(answer: Any) -> dict[str, Any]:
    assert answer["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "code", "errors"} <= told.keys()
    assert told["status"] == answer.status_code
    assert told["detail"].endswith(".")
    return told


def test_an_unknown_address_is_404_and_points_to_the_list(machine: Machine) -> None:
    told = problem(machine.get("/nothing-here"))
    assert (told["status"], told["code"]) == (404, "not_found")
    assert "/api/v1/docs" in told["detail"]


def test_an_address_that_no_text_can_hold_is_400(machine: Machine) -> None:
    told = problem(machine.client.get("/api/v1/exports/%00"))
    assert (told["status"], told["code"]) == (400, "unstorable_text")


def test_a_feature_that_no_name_can_be_is_422_wherever_one_is_asked_for(machine: Machine) -> None:
    lists = [
        path
        for path, operations in api.get_openapi_schema()["paths"].items()
        if "{" not in path and "feature" in [one["name"] for one in operations.get("get", {}).get("parameters", [])]
    ]
    assert "/api/v1/exports" in lists
    told = {path: problem(machine.client.get(f"{path}?feature=%00"))["status"] for path in lists}
    assert told == dict.fromkeys(lists, 422)


def test_a_wrong_method_is_405_and_names_those_that_are_right(machine: Machine) -> None:
    answer = machine.client.delete("/api/v1/features")
    assert problem(answer)["status"] == 405
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}


def test_a_body_that_is_not_json_is_400_and_says_where(machine: Machine) -> None:
    told = problem(machine.post("/features", raw=b'{"slug": '))
    assert (told["status"], told["code"]) == (400, "malformed_json")
    assert "line 1 column" in told["detail"]


def test_a_body_of_another_type_is_415(machine: Machine) -> None:
    told = problem(machine.post("/features", raw=b"slug=x", content_type="application/x-www-form-urlencoded"))
    assert (told["status"], told["code"]) == (415, "unsupported_media_type")
    assert "application/json" in told["detail"]


def test_a_body_that_is_too_large_is_413(machine: Machine) -> None:
    told = problem(machine.post("/features", {"slug": "x" * 3_000_000}))
    assert (told["status"], told["code"]) == (413, "content_too_large")


def test_a_wrong_field_is_422_and_located(machine: Machine) -> None:
    told = problem(machine.post("/features", {"name": "Drafts", "settle_hours": "24", "colour": "red"}))
    assert (told["status"], told["code"]) == (422, "invalid")
    located = {tuple(error["loc"]): error["code"] for error in told["errors"]}
    assert located == {
        ("body", "slug"): "missing",
        ("body", "settle_hours"): "int_type",
        ("body", "colour"): "extra_forbidden",
    }


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"3", b'"x"'])
def test_a_body_of_another_shape_is_422(machine: Machine, body: bytes) -> None:
    assert problem(machine.post("/features", raw=body))["status"] == 422


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "many"}, {"cursor": "x"}, {"cursor": "é"}])
def test_a_wrong_query_is_422(machine: Machine, query: dict[str, str]) -> None:
    assert problem(machine.get("/features", **query))["errors"][0]["loc"] == ["query", next(iter(query))]


def test_text_that_no_database_holds_is_422(machine: Machine, feature: Feature) -> None:
    assert problem(machine.get("/queues", feature="a\0b"))["status"] == 422
    assert problem(machine.post("/features", {"slug": "x", "name": "a\0b"}))["status"] == 422


@pytest.mark.urls("tests.api.crash_urls")
def test_a_crash_is_500_and_tells_nothing_of_the_inside(machine: Machine) -> None:
    machine.client.raise_request_exception = False
    answer = machine.get("/crash")
    assert problem(answer)["status"] == 500
    assert "secret" not in answer.content.decode()
