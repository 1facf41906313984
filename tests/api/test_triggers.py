"""GET and POST /api/v1/triggers, POST /api/v1/triggers/dry-run, and when and why one fired."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from annotation.models import Feature, Trigger
from tests import cast
from tests.cast import Machine
from tests.recipes import world as recipes
from tests.triggers import world

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = {"kind": "count", "at_least": 3, "reasons": ["verified"]}
BODY: dict[str, Any] = {
    "feature": "email-drafts",
    "name": "three-verified",
    "condition": COUNT,
    "webhook": "https://hooks.example.com/flywheel",
}


@pytest.fixture(autouse=True)
def networks(settings: LazySettings) -> None:
    settings.WEBHOOK_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)


def test_a_trigger_is_made_once_listed_and_its_firings_told(machine: Machine, feature: Feature) -> None:
    recipes.recipe(feature)
    first = machine.post("/triggers", BODY | {"recipe": "nightly"})
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert first.json()["secret"].startswith("whsec_")
    again = machine.post("/triggers", BODY | {"recipe": "nightly"})
    assert (again.status_code, again.json()["created"], again.json()["secret"]) == (200, False, None)
    other = machine.post("/triggers", BODY)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    (listed,) = machine.get("/triggers", feature="email-drafts").json()["results"]
    assert listed == again.json()["trigger"]
    assert listed["watches"] == "3 new items decided as verified"
    assert listed["condition"] == COUNT | {"signal_kinds": []}
    assert (listed["recipe"], listed["cooldown_hours"], listed["fired"]) == ("nightly", 24, 0)

    trigger = Trigger.objects.get()
    world.decide(feature, 4, now=timezone.now())
    assert world.watched(trigger, now=timezone.now()) is not None
    (fired,) = machine.get("/triggers/three-verified/firings").json()["results"]
    assert (fired["number"], fired["cause"]["count"], fired["recipe"], fired["export"]) == (1, 4, "nightly", None)
    assert fired["sentence"] == "4 new since it last fired, of 3."
    assert machine.get("/triggers/other/firings").json()["code"] == "unknown_trigger"


def test_a_dry_run_tells_each_day_and_writes_nothing(machine: Machine, feature: Feature) -> None:
    now = timezone.now()
    for days, count in ((6, 2), (5, 2), (2, 3)):
        world.decide(feature, count, now=now - (days - 0.5) * world.DAY)
    body = {"feature": "email-drafts", "condition": COUNT, "cooldown_hours": 1, "days": 7}
    told = machine.post("/triggers/dry-run", body).json()
    assert (told["watches"], told["fires"], told["method"]) == ("3 new items decided as verified", 2, None)
    assert [(day["fires"], day["about"]["count"]) for day in told["days"]] == [
        (False, 0), (False, 2), (True, 4), (False, 0), (False, 0), (True, 3), (False, 0),
    ]  # fmt: skip
    rising = {"kind": "share", "signal_kind": "abandoned", "reasons": ["gave_up"], "days": 7, "rise": 0.05}
    told = machine.post("/triggers/dry-run", body | {"condition": rising}).json()
    assert "Fisher's exact test" in told["method"]
    assert told["days"][-1]["about"]["lack"] == "nothing"
    verdict = {"kind": "verdict", "signal_kind": "accepted", "verdicts": ["inverted", "valid"]}
    told = machine.post("/triggers/dry-run", body | {"condition": verdict}).json()
    assert told["watches"] == "the verdict on accepted became inverted or valid"
    assert not Trigger.objects.exists()


@pytest.mark.parametrize(
    ("change", "status", "code", "loc"),
    [
        ({"name": "Three!"}, 422, "invalid_name", ["body", "name"]),
        ({"condition": {"kind": "other"}}, 422, "invalid", ["body", "condition"]),
        ({"condition": COUNT | {"at_least": 0}}, 422, "invalid", ["body", "condition"]),
        ({"condition": COUNT | {"reasons": ["nope"]}}, 422, "unknown_reason", ["body", "condition", "reasons"]),
        ({"condition": COUNT | {"more": 1}}, 422, "invalid", ["body", "condition"]),
        ({"recipe": "nope"}, 404, "unknown_recipe", []),
        ({"webhook": None}, 422, "starts_nothing", ["body", "recipe"]),
        ({"webhook": "https://10.0.0.1/"}, 422, "invalid_webhook", ["body", "webhook"]),
        ({"cooldown_hours": 0}, 422, "invalid", ["body", "cooldown_hours"]),
        ({"feature": "nope"}, 404, "unknown_feature", []),
    ],
)
def test_what_can_not_be_kept_is_refused_in_words(
    machine: Machine, feature: Feature, change: dict[str, Any], status: int, code: str, loc: list[str]
) -> None:
    answer = machine.post("/triggers", BODY | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    errors = answer.json()["errors"]
    assert not loc or errors[0]["loc"][: len(loc)] == loc
    assert not Trigger.objects.exists()


def test_a_token_sees_its_own_features_and_needs_the_scope(machine: Machine, feature: Feature) -> None:
    other = cast.feature("support-chat")
    for one in (feature, other):
        world.trigger(one, world.count())
    bound = cast.machine("export", of=other)
    assert [one["feature"] for one in bound.get("/triggers").json()["results"]] == ["support-chat"]
    assert bound.post("/triggers", BODY).status_code == 403
    assert bound.get("/triggers/watch/firings").status_code == 200
    assert machine.get("/triggers/watch/firings").json()["code"] == "ambiguous_trigger"
    assert cast.machine("read").get("/triggers").status_code == 403
