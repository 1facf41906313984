"""GET and POST /api/v1/training-runs."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import AuditEvent, Export, Feature, TrainingRun
from tests import cast, worlds
from tests.cast import Machine


@pytest.fixture
def export(feature: Feature) -> Export:
    return worlds.export([worlds.labeled(feature)], of=feature, on=2)


@pytest.fixture
def body(export: Export) -> dict[str, Any]:
    return {
        "feature": export.feature.slug,
        "name": "run-1",
        "status": "succeeded",
        "exports": [export.public_id],
        "base_model": "base-1",
        "model_version": "drafts-2",
        "started_at": "2026-03-04T10:00:00+02:00",
        "finished_at": "2026-03-05T09:00:00Z",
        "validation": {
            "name": "holdout",
            "metric": "win_rate",
            "value": 0.61,
            "baseline": 0.5,
            "higher_is_better": True,
        },
    }


def test_a_run_is_recorded_as_reported_and_listed(machine: Machine, body: dict[str, Any]) -> None:
    answer = machine.post("/training-runs", body)
    assert answer.status_code == 201
    made = answer.json()["training_run"]
    assert made == body | {
        "started_at": "2026-03-04T08:00:00Z",
        "reported_at": made["reported_at"],
        "retracted_at": None,
    }
    assert machine.get("/training-runs", feature=body["feature"]).json() == {"results": [made], "next": None}
    event = AuditEvent.objects.get(verb="training_run.reported")
    assert event.token is not None


def test_only_what_the_contract_needs_is_needed(machine: Machine, body: dict[str, Any]) -> None:
    for name in ("base_model", "started_at", "validation"):
        body.pop(name)
    assert machine.post("/training-runs", body).status_code == 201


def test_a_run_told_twice_changes_nothing_and_says_so(machine: Machine, body: dict[str, Any]) -> None:
    first = machine.post("/training-runs", body).json()
    again = machine.post("/training-runs", body)
    assert again.status_code == 200
    assert again.json()["training_run"] == first["training_run"]
    assert "nothing was changed" in again.json()["detail"]


def test_a_known_run_with_other_content_is_409_and_names_the_field(machine: Machine, body: dict[str, Any]) -> None:
    machine.post("/training-runs", body)
    answer = machine.post("/training-runs", body | {"base_model": "base-2"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "base_model" in answer.json()["detail"]
    assert TrainingRun.objects.get().base_model == "base-1"


def test_a_run_that_turns_failed_is_retracted(machine: Machine, body: dict[str, Any]) -> None:
    machine.post("/training-runs", body)
    answer = machine.post("/training-runs", body | {"status": "failed"})
    assert answer.status_code == 200
    assert answer.json()["training_run"]["retracted_at"] is not None
    assert "retracted" in answer.json()["detail"]


def test_exports_that_can_t_have_been_used_are_refused_by_name(machine: Machine, body: dict[str, Any]) -> None:
    chat = cast.feature("support-chat")
    named = {
        "exp_nowhere": "unknown_export",
        worlds.export([], of=chat, on=2).public_id: "foreign_export",
        worlds.export([], of=Feature.objects.get(slug=body["feature"]), on=2, status="pending").public_id: (
            "unfinished_export"
        ),
    }
    for public_id, code in named.items():
        problem = machine.post("/training-runs", body | {"exports": [public_id]}).json()
        assert (problem["status"], problem["code"]) == (422, code)
        assert public_id in problem["detail"]
        assert problem["errors"][0]["loc"][-1] == "exports"
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "running"},
        {"name": ""},
        {"exports": []},
        {"exports": "exp_1"},
        {"model_version": ""},
        {"finished_at": "2026-03-05T09:00:00"},
        {"finished_at": None},
        {"finished_at": "2026-03-03T09:00:00Z"},
        {"validation": {"name": "holdout"}},
        {"validation": {"name": "holdout", "metric": "win_rate", "value": "high"}},
        {"more": 1},
    ],
)
def test_a_value_that_doesn_t_fit_is_refused(machine: Machine, body: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert machine.post("/training-runs", body | wrong).status_code == 422
    assert not TrainingRun.objects.exists()


def test_an_unknown_feature_is_404_and_another_s_is_403(machine: Machine, body: dict[str, Any]) -> None:
    assert machine.post("/training-runs", body | {"feature": "nowhere"}).json()["code"] == "unknown_feature"
    bound = cast.machine(of=cast.feature("support-chat"))
    assert bound.post("/training-runs", body).status_code == 403
    machine.post("/training-runs", body)
    assert bound.get("/training-runs").json()["results"] == []


def test_it_asks_for_the_scope_loop(feature: Feature, body: dict[str, Any]) -> None:
    other = cast.machine("read", "export")
    assert other.get("/training-runs").status_code == 403
    assert "“loop”" in other.post("/training-runs", body).json()["detail"]
