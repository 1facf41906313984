"""GET and POST /api/v1/delayed-outcomes, and GET /api/v1/rewards."""

from __future__ import annotations

from typing import Any

import pytest

from annotation import rewards
from annotation.models import Feature
from tests import cast
from tests.cast import NOW, Machine
from tests.ingest.sent import interaction
from tests.rewards.world import RESOLVED, conversations

pytestmark = pytest.mark.django_db

BODY = {"feature": "email-drafts", "name": RESOLVED, "days": 7}


def test_an_outcome_is_named_audited_and_told(machine: Machine, feature: Feature) -> None:
    conversations(feature, 300, good=270, kinds=["accepted"])
    conversations(feature, 300, good=150)
    found = machine.get("/delayed-outcomes", feature=feature.slug).json()
    assert (found["outcomes"], found["unnamed"]) == ([], [{"name": RESOLVED, "results": 600}])
    made = machine.post("/delayed-outcomes", BODY).json()
    assert (made["changed"], made["outcome"]["computed_at"]) == (True, None)
    assert machine.post("/delayed-outcomes", BODY).json()["changed"] is False
    rewards.refresh(now=NOW)
    (outcome,) = machine.get("/delayed-outcomes", feature=feature.slug).json()["outcomes"]
    assert outcome["sentence"] == "Accepted predicts it."
    (signal,) = outcome["signals"]
    assert (signal["signal_kind"], signal["verdict"], signal["needed"]) == ("accepted", "predicts", 0)
    assert signal["difference"]["low"] > 0.1
    assert (outcome["good"], outcome["bad"], outcome["missing"], outcome["young"]) == (420, 180, 0, 0)


def test_what_was_sent_comes_back_as_a_reward_page_by_page(machine: Machine, feature: Feature) -> None:
    result = {"kind": "later_result", "observed_at": "2026-03-02T10:00:00Z"}
    for number, value in enumerate((True, False)):
        sent = interaction(f"gen_{number}", conversation_id=f"c{number}")
        details = {"name": RESOLVED, "value": value}
        assert machine.post("/interactions", sent | {"signals": [result | {"details": details}]}).status_code == 200
    machine.post("/delayed-outcomes", BODY)
    first = machine.get("/rewards", feature=feature.slug, outcome=RESOLVED, limit=1).json()
    assert [(one["reward"], one["led_to_it"]) for one in first["results"]] == [(1, ["gen_0"])]
    second = machine.client.get(first["next"]).json()
    assert [one["reward"] for one in second["results"]] == [0]
    assert second["next"] is None


def test_what_is_not_named_is_refused_in_words(machine: Machine, feature: Feature) -> None:
    problem = machine.get("/rewards", feature=feature.slug, outcome=RESOLVED).json()
    assert (problem["status"], problem["code"]) == (404, "unknown_outcome")
    assert "POST /api/v1/delayed-outcomes" in problem["detail"]


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": 366}, {"margin": 0}, {"name": ""}, {"good_when": "yes"}])
def test_a_meaning_that_doesn_t_fit_is_refused(machine: Machine, feature: Feature, wrong: dict[str, Any]) -> None:
    assert machine.post("/delayed-outcomes", BODY | wrong).status_code == 422


def test_so_many_and_no_more(machine: Machine, feature: Feature) -> None:
    for number in range(20):
        machine.post("/delayed-outcomes", BODY | {"name": f"outcome-{number}"})
    assert machine.post("/delayed-outcomes", BODY).json()["code"] == "too_many_outcomes"


def test_who_reads_may_not_name(feature: Feature) -> None:
    reader = cast.machine("read")
    assert reader.get("/delayed-outcomes", feature=feature.slug).status_code == 200
    assert "“manage”" in reader.post("/delayed-outcomes", BODY).json()["detail"]
    other = cast.machine("read", of=cast.feature("support-chat"))
    assert other.get("/rewards", feature=feature.slug, outcome=RESOLVED).status_code == 403
