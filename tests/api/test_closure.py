"""GET the closure of one interaction, /closure and /flywheel."""

from __future__ import annotations

import pytest
from django.utils import timezone

from annotation import closure
from annotation.models import Feature, Interaction
from tests import cast, turning, worlds
from tests.cast import Machine
from tests.worlds import day


def _z(number: float) -> str:
    return f"{day(number):%Y-%m-%dT%H:%M:%SZ}"


def test_each_stage_of_an_interaction_has_its_time_or_null(machine: Machine, feature: Feature) -> None:
    turned, waiting = worlds.turn(feature), worlds.item(feature)
    found = machine.get(f"/interactions/{feature.slug}/{turned.interaction.external_id}/closure").json()
    times = {step["stage"]: step["at"] for step in found["stages"]}
    assert times == dict(zip(closure.STAGES, map(_z, (0, 0, 0, 1, 1, 2, 3, 4, 5)), strict=True))
    assert (found["waits_at"], found["seconds_to_close"]) == (None, 5 * 86400)
    assert (found["training_run"], found["first_changed_interaction_id"]) == ("run-1", "gen_000001")
    found = machine.get(f"/interactions/{feature.slug}/{waiting.interaction.external_id}/closure").json()
    assert [step["at"] for step in found["stages"]] == [_z(0)] * 3 + [None] * 6
    assert (found["waits_at"], found["seconds_to_close"], found["end"]) == ("queued", None, None)


def test_a_time_that_ran_backwards_is_marked_and_kept(machine: Machine, feature: Feature) -> None:
    item = worlds.labeled(feature)
    worlds.run(worlds.export([item], of=feature, on=2), on=1.5)
    found = machine.get(f"/interactions/{feature.slug}/{item.interaction.external_id}/closure").json()
    backwards = [step for step in found["stages"] if step["inconsistent"]]
    assert backwards == [{"stage": "trained", "at": _z(2), "reported_at": _z(1.5), "inconsistent": True}]


@pytest.mark.parametrize("external_id", ["a/b", "ünï", "with space", "closure"])
def test_an_interaction_is_found_by_whatever_its_sender_called_it(
    machine: Machine, feature: Feature, external_id: str
) -> None:
    item = worlds.item(feature)
    Interaction.objects.filter(pk=item.interaction_id).update(external_id=external_id)
    answer = machine.get(f"/interactions/{feature.slug}/{external_id}/closure")
    assert answer.json()["interaction_id"] == external_id


def test_an_unknown_interaction_is_404_in_words(machine: Machine, feature: Feature) -> None:
    problem = machine.get(f"/interactions/{feature.slug}/gen_9/closure").json()
    assert (problem["status"], problem["code"]) == (404, "unknown_interaction")
    assert "gen_9" in problem["detail"]


def test_the_funnel_counts_each_stage_and_names_where_most_wait(machine: Machine, feature: Feature) -> None:
    worlds.turn(feature)
    worlds.item(feature)
    closure.refresh(now=day(6))
    found = machine.get("/closure", feature=feature.slug).json()
    assert [stage["stage"] for stage in found["stages"]] == list(closure.STAGES)
    assert [stage["reached"] for stage in found["stages"]] == [3, 3, 2, 1, 1, 1, 1, 1, 1]
    assert (found["interactions"], found["closed"], found["missing_link"]) == (3, 1, None)
    assert found["most_wait_at"] == "ingested"


def test_the_flywheel_has_three_verdicts_and_refuses_in_words(machine: Machine, feature: Feature) -> None:
    worlds.turn(feature)
    closure.refresh(now=day(6))
    found = machine.get("/flywheel", feature=feature.slug).json()
    assert found["closed"]["verdict"] == "closes"
    assert "1 of 2 interactions" in found["closed"]["sentence"]
    for name in ("valid", "fast"):
        assert found[name]["verdict"] is None
        assert found[name]["sentence"].startswith("Not judged yet")


def test_how_fast_it_closes_has_the_figures_of_the_page(machine: Machine, feature: Feature) -> None:
    turning.turn(feature, days=40)
    closure.refresh(now=timezone.now())
    found = machine.get("/closure", feature=feature.slug).json()
    speed = closure.speed(feature=feature, now=timezone.now())
    assert found["speed_sentence"] == closure.words.speed(speed)
    pace, within = found["pace"], speed.pace.within
    assert within is not None
    assert pace["closed_in_time"] == {"value": within.value, "low": within.low, "high": within.high}
    assert (pace["sample"], pace["closed"], pace["refusal"]) == (speed.pace.number, speed.pace.closed, None)
    half = next(one for one in pace["quantiles"] if one["share"] == 0.5)
    assert half["days"] in (8.25, 9.25)
    assert found["curve"][-1]["closed"] == pytest.approx(within.value)
    assert [wait["stage"] for wait in found["waits"]] == list(closure.STAGES[:-1])
    assert {one["value"] for one in found["by_signal_kind"]} == set(turning.KINDS)
    assert {one["value"] for one in found["by_reason"]} >= {"accepted: verified", None}
    assert found["forecast"]["sentence"] == closure.words.forecast(
        closure.forecast(feature=feature, now=timezone.now())
    )
    fast = machine.get("/flywheel", feature=feature.slug).json()["fast"]
    assert fast["verdict"] == "fast"
    assert fast["figures"]["median_days"] == half["days"]


@pytest.mark.parametrize("path", ["/closure", "/flywheel", "/backlog", "/interactions/email-drafts/x/closure"])
def test_reading_asks_for_the_scope_read_and_the_token_s_own_feature(feature: Feature, path: str) -> None:
    assert cast.machine("loop").get(path, feature=feature.slug).json()["code"] == "missing_scope"
    bound = cast.machine(of=cast.feature("support-chat"))
    assert bound.get(path, feature=feature.slug).json()["code"] == "forbidden_feature"


def test_without_a_feature_nothing_is_answered(machine: Machine) -> None:
    assert [machine.get(path).status_code for path in ("/closure", "/flywheel", "/backlog")] == [422] * 3
