"""GET and POST /api/v1/deployments."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Deployment, Feature
from tests import cast
from tests.cast import Machine


@pytest.fixture
def body(feature: Feature) -> dict[str, Any]:
    return {
        "feature": feature.slug,
        "model_version": "drafts-2",
        "deployed_at": "2026-03-06T09:00:00Z",
        "share": 0.25,
    }


def test_a_deployment_is_recorded_before_any_run_is_known_and_listed(machine: Machine, body: dict[str, Any]) -> None:
    answer = machine.post("/deployments", body)
    assert answer.status_code == 201
    made = answer.json()["deployment"]
    assert made == body | {"reported_at": made["reported_at"]}
    listed = machine.get("/deployments", feature=body["feature"], model_version="drafts-2").json()
    assert listed == {"results": [made], "next": None}
    assert machine.get("/deployments", model_version="drafts-3").json()["results"] == []


def test_without_a_share_it_answers_everything(machine: Machine, body: dict[str, Any]) -> None:
    body.pop("share")
    assert machine.post("/deployments", body).json()["deployment"]["share"] == 1


def test_the_same_moment_in_another_offset_is_the_same_deployment(machine: Machine, body: dict[str, Any]) -> None:
    machine.post("/deployments", body)
    again = machine.post("/deployments", body | {"deployed_at": "2026-03-06T11:00:00+02:00"})
    assert (again.status_code, again.json()["created"]) == (200, False)
    assert Deployment.objects.count() == 1


def test_another_share_is_409_and_another_time_is_another_deployment(machine: Machine, body: dict[str, Any]) -> None:
    machine.post("/deployments", body)
    conflict = machine.post("/deployments", body | {"share": 1})
    assert (conflict.status_code, conflict.json()["code"]) == (409, "conflict")
    assert machine.post("/deployments", body | {"share": 1, "deployed_at": "2026-03-07T09:00:00Z"}).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"share": 0},
        {"share": 1.1},
        {"share": "all"},
        {"deployed_at": "2026-03-06T09:00:00"},
        {"deployed_at": 1772787600},
        {"model_version": ""},
        {"model_version": "unknown"},
        {"model_version": "a\0b"},
    ],
)
def test_a_value_that_doesn_t_fit_is_refused(machine: Machine, body: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert machine.post("/deployments", body | wrong).status_code == 422
    assert not Deployment.objects.exists()


def test_it_asks_for_the_scope_loop_and_the_token_s_own_feature(feature: Feature, body: dict[str, Any]) -> None:
    assert cast.machine("read").get("/deployments").status_code == 403
    bound = cast.machine(of=cast.feature("support-chat"))
    assert bound.post("/deployments", body).json()["code"] == "forbidden_feature"
