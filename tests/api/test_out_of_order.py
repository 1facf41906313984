"""Clocks that are wrong, reports out of order and reports taken back: accepted and marked, or refused in words; the
ledger is right afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation import closure
from annotation.models import Export, Feature, Item
from tests import cast, worlds
from tests.cast import Machine
from tests.worlds import day


@pytest.fixture
def item(feature: Feature) -> Item:
    return worlds.labeled(feature)


@pytest.fixture
def export(feature: Feature, item: Item) -> Export:
    return worlds.export([item], of=feature, on=2)


def _run(export: Export, *, at: datetime, **changes: Any) -> dict[str, Any]:
    return {
        "feature": export.feature.slug,
        "name": "run-1",
        "status": "succeeded",
        "exports": [export.public_id],
        "model_version": "drafts-2",
        "finished_at": at.isoformat(),
    } | changes


def _deployment(feature: Feature, *, at: datetime) -> dict[str, Any]:
    return {"feature": feature.slug, "model_version": "drafts-2", "deployed_at": at.isoformat()}


def _told(machine: Machine, item: Item) -> dict[str, Any]:
    found: dict[str, Any] = machine.get(
        f"/interactions/{item.feature.slug}/{item.interaction.external_id}/closure"
    ).json()
    return found | {"inconsistent": [step["stage"] for step in found["stages"] if step["inconsistent"]]}


def _closed(machine: Machine, feature: Feature) -> tuple[int, int]:
    """How many have closed, by the funnel and by the curve."""
    closure.refresh(now=timezone.now())
    found = machine.get("/closure", feature=feature.slug).json()
    passed = closure.speed(feature=feature, now=timezone.now())
    return found["stages"][-1]["reached"], sum(wait.stock for wait in passed.waits[4:])


def test_a_deployment_reported_before_its_training_run_closes_once_the_run_is_told(
    machine: Machine, feature: Feature, item: Item, export: Export
) -> None:
    assert machine.post("/deployments", _deployment(feature, at=day(4))).status_code == 201
    worlds.answer(feature, on=5)
    assert (_told(machine, item)["waits_at"], _closed(machine, feature)[0]) == ("exported", 0)
    assert machine.post("/training-runs", _run(export, at=day(3))).status_code == 201
    told = _told(machine, item)
    assert (told["waits_at"], told["seconds_to_close"], told["inconsistent"]) == (None, 5 * 86400, [])
    assert _closed(machine, feature) == (1, 0)


def test_a_run_that_names_another_feature_s_export_is_refused_and_leads_nowhere(
    machine: Machine, feature: Feature, item: Item, export: Export
) -> None:
    chat = cast.feature("support-chat")
    other = worlds.export([worlds.labeled(chat)], of=chat, on=2)
    both = [export.public_id, other.public_id]
    problem = machine.post("/training-runs", _run(export, at=day(3), exports=both)).json()
    assert (problem["status"], problem["code"]) == (422, "foreign_export")
    assert other.public_id in problem["detail"]
    assert export.public_id not in problem["detail"]
    assert machine.get("/training-runs").json()["results"] == []
    assert _told(machine, item)["waits_at"] == "exported"


def test_clocks_that_run_behind_are_marked_and_no_time_runs_backwards(
    machine: Machine, feature: Feature, item: Item, export: Export
) -> None:
    machine.post("/training-runs", _run(export, at=day(1.5)))
    machine.post("/deployments", _deployment(feature, at=day(0.5)))
    worlds.answer(feature, on=1)
    told = _told(machine, item)
    assert told["inconsistent"] == ["trained", "deployed", "first_changed"]
    assert told["seconds_to_close"] == 2 * 86400
    assert _closed(machine, feature) == (1, 0)


def test_clocks_that_run_ahead_are_marked_and_what_was_told_has_happened_by_then(
    machine: Machine, feature: Feature, item: Item, export: Export
) -> None:
    ahead = timezone.now() + timedelta(days=400)
    assert machine.post("/training-runs", _run(export, at=ahead)).status_code == 201
    assert machine.post("/deployments", _deployment(feature, at=ahead)).status_code == 201
    told = _told(machine, item)
    assert (told["waits_at"], told["inconsistent"]) == ("deployed", ["trained", "deployed"])
    trained = told["stages"][6]
    assert datetime.fromisoformat(trained["reported_at"]) == ahead
    assert datetime.fromisoformat(trained["at"]) <= timezone.now()
    worlds.answer(feature, on=(timezone.now() - day(0)) / timedelta(days=1))
    assert _told(machine, item)["waits_at"] is None
    assert _closed(machine, feature) == (1, 0)
    # Told again it is the same: what was reported is what is kept.
    assert machine.post("/training-runs", _run(export, at=ahead)).status_code == 200
    assert machine.post("/deployments", _deployment(feature, at=ahead)).status_code == 200


def test_a_run_that_failed_after_all_takes_back_what_it_closed_and_cannot_be_taken_back_itself(
    machine: Machine, feature: Feature, item: Item, export: Export
) -> None:
    machine.post("/training-runs", _run(export, at=day(3)))
    machine.post("/deployments", _deployment(feature, at=day(4)))
    worlds.answer(feature, on=5)
    assert _closed(machine, feature) == (1, 0)
    assert machine.post("/training-runs", _run(export, at=day(3), status="failed")).status_code == 200
    assert (_told(machine, item)["waits_at"], _closed(machine, feature)[0]) == ("exported", 0)
    again = machine.post("/training-runs", _run(export, at=day(3)))
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert "only the status may change, to failed" in again.json()["detail"]
    assert _closed(machine, feature)[0] == 0
    # A run by another name made the same model after all.
    assert machine.post("/training-runs", _run(export, at=day(3.5), name="run-2")).status_code == 201
    assert (_told(machine, item)["seconds_to_close"], _closed(machine, feature)) == (5 * 86400, (1, 0))
