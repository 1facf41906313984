"""How long the loop takes: curves and waits from kept figures are those of every single interaction, and refuse in
words what they can't carry."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.db.models import F

from annotation import closure
from annotation.closure.chain import Closure
from annotation.lib.survival.clusters import clustered
from annotation.lib.survival.incidence import End, Incidence, incidence
from annotation.models import Cohort, Feature, Interaction, Item
from tests import stock, turning, worlds
from tests.worlds import day

BY: tuple[closure.By, ...] = ("signal_kind", "reason", "model_version")


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def _speed(drafts: Feature, now: float, by: closure.Only | None = None) -> closure.Speed:
    closure.refresh(now=day(now))
    return closure.speed(feature=drafts, now=day(now), by=by)


def _of_each(drafts: Feature, now: float, **only: object) -> Incidence:
    """From the closure of each interaction of the sample alone."""
    thresholds = dict(Cohort.objects.filter(closed_at__isnull=False).values_list("pk", "threshold"))
    rows, weeks = [], []
    for item in Item.objects.filter(feature=drafts, cohort__in=thresholds, **only).select_related("interaction"):
        threshold = thresholds[item.cohort_id or 0] or 0
        if item.key is not None and item.weight is not None and item.key < threshold:
            found = closure.of_interaction(interaction=item.interaction)
            rows.append((*_duration(found, now), 1 / min(1, threshold * item.weight)))
            weeks.append(int(item.interaction.occurred_at.timestamp()) // (7 * 24 * 3600))
    durations, ends, weights = map(np.array, zip(*rows, strict=True))
    curve = incidence(durations=durations, ends=ends, weights=weights)
    return clustered(curve, durations=durations, ends=ends, weights=weights, clusters=np.array(weeks))


def _duration(found: Closure, now: float) -> tuple[float, int]:
    started = found.steps[0].at
    assert started is not None
    if found.time_to_close is not None:
        return found.time_to_close / timedelta(days=1), End.REACHED
    last = max(step.at for step in found.steps if step.at is not None)
    return ((last if found.end else day(now)) - started) / timedelta(days=1), End.ELSEWHERE if found.end else End.OPEN


def test_a_loop_that_turns_each_week(drafts: Feature) -> None:
    """Labeled a day later, exported each seventh day, trained 2 days after it, deployed 1 later, answered .25 later:
    what happened on day d closes on the first multiple of 7 from d + 1 on, plus 3.25. Of a day's sample (11 of 16)
    three labels allow no use, and what is left closes within 10.25 days."""
    turning.turn(drafts, days=40)
    whole = _speed(drafts, 41)
    _is_that_of_each_interaction_by_itself(drafts, whole.pace.curve)
    _has_lines_that_are_its_parts(drafts, whole)
    assert whole.pace.within is not None
    assert whole.pace.elsewhere == pytest.approx(3 / 11)
    assert whole.pace.within.value == pytest.approx(8 / 11, abs=0.01)
    median = whole.pace.quantile()
    assert median is not None
    assert median.value in (8.25, 9.25)
    said = closure.words.speed(whole)
    assert f"Half of all feedback reaches users as a changed answer within {median.value:.0f} days (" in said
    assert "27 % did not within 30 days" in said
    assert "27 % can lead no further" in said
    assert closure.is_fast(whole).answer == "fast"
    _keeps_imported_history_apart(drafts, whole)


def _is_that_of_each_interaction_by_itself(drafts: Feature, found: Incidence) -> None:
    expected = _of_each(drafts, 41)
    assert found.times == pytest.approx(expected.times)
    assert found.reached == pytest.approx(expected.reached)
    assert found.se == pytest.approx(expected.se)
    assert (found.number, found.events) == (expected.number, expected.events)
    only = closure.Only(by="signal_kind", value="edited")
    part = closure.speed(feature=drafts, now=day(41), by=only).pace.curve
    alone = _of_each(drafts, 41, signal_kind="edited")
    assert part.reached == pytest.approx(alone.reached)
    assert part.number == alone.number


def _has_lines_that_are_its_parts(drafts: Feature, whole: closure.Speed) -> None:
    for by in BY:
        lines = closure.lines(feature=drafts, now=day(41), by=by)
        assert sum(line.pace.closed for line in lines) == whole.pace.closed
        assert sum(line.pace.number for line in lines) == whole.pace.number
        only = closure.Only(by=by, value=lines[0].value)
        assert closure.speed(feature=drafts, now=day(41), by=only).pace.closed == lines[0].pace.closed
    reasons = {line.value: line for line in closure.lines(feature=drafts, now=day(41), by="reason")}
    assert reasons["accepted: unread"].pace.closed == 0
    assert reasons["accepted: verified"].pace.closed > 30
    assert None in reasons


def _keeps_imported_history_apart(drafts: Feature, before: closure.Speed) -> None:
    reserve = Item.objects.filter(feature=drafts, status=Item.Status.RESERVE).count()
    assert (before.imported, before.never_reached) == (0, reserve)
    sampled = Item.objects.filter(feature=drafts, status=Item.Status.RESOLVED, key__lt=F("cohort__threshold"))
    some = list(sampled.values_list("interaction", flat=True)[:40])
    Interaction.objects.filter(pk__in=some).update(ingested_at=F("occurred_at") + timedelta(days=8))
    after = _speed(drafts, 41)
    assert (after.imported, after.never_reached) == (40, reserve)
    assert after.pace.number == before.pace.number - 40


def test_a_loop_that_stopped_after_two_turns(drafts: Feature) -> None:
    """What is exported waits for a run ever since: there it stalls, and half will never have closed by now."""
    turning.turn(drafts, days=50, turns=2)
    found = _speed(drafts, 51)
    waits = {wait.stage: wait for wait in found.waits}
    assert waits["queued"].mean == pytest.approx(1)
    assert waits["trained"].mean == pytest.approx(1)
    assert waits["ingested"].stock == 2
    assert found.stall == waits["exported"]
    assert found.stall.mean is not None
    assert found.stall.stock > found.stall.stock_before
    assert f"It waits longest between export and training ({found.stall.mean:.0f} days)." in closure.words.speed(found)
    median = found.pace.quantile()
    assert median is not None
    assert median.value is None
    assert "that takes at least 37 days" in closure.words.speed(found)
    # Two weeks of seven closed in time: by as many witnesses it could be half of them.
    verdict = closure.is_fast(found)
    assert verdict.answer is None
    assert verdict.sentence.startswith("Not judged yet: whether more than half of what can lead on is in time isn't")
    early = closure.speed(feature=drafts, now=day(15)).pace.curve
    assert early.last <= 15
    assert 0 < early.events < found.pace.closed


def test_a_long_wait_whose_stock_does_not_grow_is_no_stall() -> None:
    def wait(stage: str, mean: float, *stocks: int) -> closure.Wait:
        return closure.Wait(stage=stage, number=9, mean=mean, until=30, stocks=stocks)

    comes_and_goes, shrinks = wait("trained", 30, 9, 8, 7, 6, 6), wait("resolved", 20, 5, 9, 10, 11, 12)
    grows, short = wait("exported", 9, 8, 7, 6, 5, 4), wait("queued", 1, 90, 10, 9, 3, 0)
    assert closure.stall([short, comes_and_goes, shrinks, grows]) == grows
    assert closure.stall([comes_and_goes, shrinks]) is None


def test_under_thirty_closures_there_is_a_count_and_no_time_to_close(drafts: Feature) -> None:
    turning.turn(drafts, days=12, turns=1)
    found = _speed(drafts, 41)
    assert 0 < found.pace.closed < 30
    assert (found.pace.quantile(), found.pace.within) == (None, None)
    counted = f"{found.pace.closed} of {found.pace.number} closed. A time to close is shown from 30"
    assert counted in (found.pace.refusal or "")
    verdict = closure.is_fast(found)
    assert verdict.answer is None
    assert "Not judged yet" in verdict.sentence


def test_while_nothing_is_as_old_as_the_days_allowed_no_share_is_shown(drafts: Feature) -> None:
    turning.turn(drafts, days=20, turns=1, arrive=24, reached=18)
    found = _speed(drafts, 20)
    assert found.pace.closed >= 30
    assert found.pace.within is None
    assert "Nothing has been under way for 30 days yet" in closure.words.speed(found)
    assert closure.is_fast(found).answer is None


def test_what_was_validated_in_between_is_in_time_though_it_answers_later(drafts: Feature) -> None:
    validation: dict[str, object] = {"name": "held out", "metric": "win rate", "value": 0.6}
    turning.turn(drafts, days=40, deploy_after=26, validation=validation)
    found = _speed(drafts, 70)
    pace = found.pace
    assert pace.within is not None
    assert pace.validated is not None
    assert pace.validated.value == pytest.approx(2 / 3, abs=0.08)
    assert pace.within.value < 0.2
    assert closure.is_fast(found).answer == "fast"
    assert "With what was validated in between, 73 % are in time" in closure.words.speed(found)


def test_a_deployment_before_its_run_and_a_run_taken_back_leave_the_figures_right(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    export = worlds.export([item], of=drafts, on=2)
    worlds.deploy(drafts, on=1.5)
    worlds.answer(drafts, on=1.75)
    Cohort.objects.update(closed_at=day(1), threshold=float("inf"))
    assert _speed(drafts, 5).pace.closed == 0
    worlds.run(export, on=3)
    pace = closure.speed(feature=drafts, now=day(5)).pace
    assert pace.closed == 1
    single = closure.of_interaction(interaction=item.interaction)
    assert [step.stage for step in single.inconsistent] == ["deployed", "first_changed"]
    assert single.time_to_close == timedelta(days=3)
    assert pace.curve.times[0] == pytest.approx(3)
    worlds.run(export, on=3, status="failed")
    assert closure.speed(feature=drafts, now=day(5)).pace.closed == 0
