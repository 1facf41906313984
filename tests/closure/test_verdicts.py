"""Verdicts say what the counts carry, and refuse in words what they don't."""

from __future__ import annotations

from annotation.closure.chain import STAGES
from annotation.closure.funnel import Funnel, FunnelStage
from annotation.closure.verdicts import closes, is_fast


def _funnel(*, total: int, closed: int = 0, mature: int = 0, in_time: int = 0, missing: str | None = None) -> Funnel:
    reached = [total] * (len(STAGES) - 1) + [closed]
    waiting = [0] * (len(STAGES) - 2) + [total - closed, 0]
    stages = tuple(
        FunnelStage(stage=stage, reached=number, waiting=wait, ended=0)
        for stage, number, wait in zip(STAGES, reached, waiting, strict=True)
    )
    return Funnel(stages=stages, closure_days=30, mature=mature, closed_in_time=in_time, missing_link=missing)


def test_nothing_is_judged_before_anything_arrives() -> None:
    assert closes(_funnel(total=0)).answer is None
    assert is_fast(_funnel(total=0)).answer is None


def test_a_loop_that_never_closed_names_the_missing_link() -> None:
    found = closes(_funnel(total=8, missing="Nobody labels."))
    assert (found.answer, found.sentence) == ("never_closed", "The loop has never closed. Nobody labels.")


def test_a_loop_that_closed_says_how_often_of_how_many() -> None:
    found = closes(_funnel(total=2000, closed=12))
    assert found.answer == "closes"
    assert "12 of 2,000 interactions" in found.sentence
    assert (found.figures["closed"], found.figures["most_wait_at"]) == (12, "deployed")


def test_under_thirty_closures_there_is_a_count_and_no_time_to_close() -> None:
    found = is_fast(_funnel(total=100, closed=29, mature=80, in_time=20))
    assert found.answer is None
    assert "from 30 closures on, and there are 29" in found.sentence
    assert "20 of 80 interactions that are at least 30 days old closed within 30 days" in found.sentence


def test_speed_is_not_judged_from_the_closed_ones_alone() -> None:
    found = is_fast(_funnel(total=100, closed=60, mature=80, in_time=50))
    assert found.answer is None
    assert "not estimated" in found.sentence


def test_interactions_younger_than_the_limit_carry_no_verdict() -> None:
    assert "no interaction is 30 days old" in is_fast(_funnel(total=9, closed=3)).sentence
