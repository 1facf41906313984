"""GET and POST /api/v1/recipes, POST /api/v1/recipes/{name}/run, and what two versions differ in."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from annotation.exports import job
from annotation.models import Export, Feature, Firing, Recipe
from tests import cast
from tests.cast import Machine
from tests.exports import world
from tests.recipes import world as recipes

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST = {"feature": "email-drafts", "format": "sft"}
BODY: dict[str, Any] = {
    "name": "nightly",
    "request": REQUEST,
    "schedule": {"every": "weekly", "hour": 3, "weekday": 6},
    "webhook": "https://hooks.example.com/flywheel",
}


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.STORAGE_FOLDER = tmp_path
    settings.WEBHOOK_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)


@pytest.fixture
def labeled(feature: Feature) -> Feature:
    for _ in range(2):
        world.decided(feature, "accepted", "verified")
    return feature


def test_a_recipe_is_saved_once_listed_and_run(machine: Machine, labeled: Feature) -> None:
    first = machine.post("/recipes", BODY)
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert first.json()["secret"].startswith("whsec_")
    again = machine.post("/recipes", BODY)
    assert (again.status_code, again.json()["created"], again.json()["secret"]) == (200, False, None)
    other = machine.post("/recipes", BODY | {"incremental": True})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    (listed,) = machine.get("/recipes", feature="email-drafts").json()["results"]
    assert listed == again.json()["recipe"]
    assert (listed["schedule"]["weekday"], listed["webhook"]) == (6, BODY["webhook"])
    assert listed["request"]["splits"] == {"train": 0.8, "validation": 0.1, "test": 0.1}

    run = machine.post("/recipes/nightly/run")
    assert (run.status_code, run.json()["cause"], run.json()["status"]) == (202, "api", "done")
    export = Export.objects.get(public_id=run.json()["export"])
    assert export.token is not None
    assert export.recipe == Recipe.objects.get()
    assert machine.get(run.json()["url"].partition("/api/v1")[2]).json()["status"] == "pending"
    recipes.fired(Recipe.objects.get(), Firing.Cause.SCHEDULE, now=world.LATER)
    newest, _ = machine.get("/recipes/nightly/firings").json()["results"]
    assert (newest["cause"], newest["skip"], newest["export"]) == ("schedule", "still_made", None)


@pytest.mark.parametrize(
    ("change", "status", "code", "loc"),
    [
        ({"name": "Nightly!"}, 422, "invalid_name", ["body", "name"]),
        ({"request": REQUEST | {"format": "csv"}}, 422, "unknown_value", ["body", "request", "format"]),
        ({"request": REQUEST | {"since": "exp_1"}}, 422, "since_in_recipe", ["body", "request", "since"]),
        ({"schedule": {"every": "hourly"}}, 422, "invalid", ["body", "schedule", "every"]),
        ({"schedule": {"every": "daily", "hour": 24}}, 422, "invalid", ["body", "schedule", "hour"]),
        ({"webhook": "https://10.0.0.1/"}, 422, "invalid_webhook", ["body", "webhook"]),
        ({"webhook": "ftp://hooks.example.com/"}, 422, "invalid_webhook", ["body", "webhook"]),
        ({"more": 1}, 422, "invalid", ["body", "more"]),
    ],
)
def test_what_can_not_be_saved_is_refused_in_words(
    machine: Machine, feature: Feature, change: dict[str, Any], status: int, code: str, loc: list[str]
) -> None:
    answer = machine.post("/recipes", BODY | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["errors"][0]["loc"][: len(loc)] == loc
    assert not Recipe.objects.exists()


def test_a_name_of_two_features_wants_the_feature_and_a_token_sees_its_own(machine: Machine, labeled: Feature) -> None:
    other = cast.feature("support-chat")
    for feature in (labeled, other):
        recipes.recipe(feature)
    assert machine.post("/recipes/nightly/run").json()["code"] == "ambiguous_recipe"
    assert machine.post("/recipes/nightly/run?feature=support-chat").status_code == 202
    assert machine.post("/recipes/weekly/run").json()["code"] == "unknown_recipe"
    bound = cast.machine("export", of=other)
    assert bound.post("/recipes/nightly/run").json()["feature"] == "support-chat"
    assert [one["feature"] for one in bound.get("/recipes").json()["results"]] == ["support-chat"]
    assert bound.post("/recipes", BODY).status_code == 403
    assert cast.machine("read").get("/recipes").status_code == 403


def test_since_is_asked_for_over_the_api_and_two_versions_are_told_apart(machine: Machine, labeled: Feature) -> None:
    first = world.made(labeled)
    new = world.decided(labeled, "accepted", "verified")
    asked = machine.post("/exports", REQUEST | {"since": first.public_id})
    assert asked.status_code == 202
    export = Export.objects.get(public_id=asked.json()["id"])
    early = machine.get(f"/exports/{first.public_id}/difference", to=export.public_id)
    assert (early.status_code, early.json()["code"]) == (409, "export_not_done")
    job.run(export_id=export.pk, by="test", clock=lambda: world.LATER + timedelta(days=1))
    manifest = machine.get(f"/exports/{export.public_id}").json()["manifest"]
    assert (manifest["since"], manifest["rows"]["total"], manifest["withdrawn"]) == (first.public_id, 1, [])

    told = machine.get(f"/exports/{first.public_id}/difference", to=export.public_id).json()
    assert (told["came"], told["went"], told["changed"], told["identical"]) == (1, 0, 0, False)
    assert told["by_reason"] == [
        {"reason": "accepted: verified", "title": told["by_reason"][0]["title"], "came": 1, "went": 0, "changed": 0}
    ]
    back = machine.get(f"/exports/{export.public_id}/difference", to=first.public_id).json()
    assert [one["item_id"] for one in back["withdrawn"]] == [new.public_id]
    other = cast.feature("support-chat")
    world.decided(other, "accepted", "verified")
    foreign = world.made(other)
    assert machine.get(f"/exports/{first.public_id}/difference", to=foreign.public_id).json()["code"] == "other_feature"
    assert machine.get(f"/exports/{first.public_id}/difference", to="exp_none").status_code == 404
    refused = machine.post("/exports", REQUEST | {"since": foreign.public_id}).json()
    assert (refused["code"], refused["errors"][0]["loc"]) == ("since_does_not_fit", ["body", "since"])
