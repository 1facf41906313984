"""Whether the loop closes is said from the counts, and what is missing where they don't carry it."""

from __future__ import annotations

from annotation.closure.chain import STAGES
from annotation.closure.funnel import Funnel, FunnelStage
from annotation.closure.verdicts import closes


def _funnel(*, total: int, closed: int = 0, missing: str | None = None) -> Funnel:
    reached = [total] * (len(STAGES) - 1) + [closed]
    waiting = [0] * (len(STAGES) - 2) + [total - closed, 0]
    stages = tuple(
        FunnelStage(stage=stage, reached=number, waiting=wait, ended=0)
        for stage, number, wait in zip(STAGES, reached, waiting, strict=True)
    )
    return Funnel(stages=stages, closure_days=30, mature=0, closed_in_time=0, missing_link=missing)


def test_nothing_is_judged_before_anything_arrives() -> None:
    assert closes(_funnel(total=0)).answer is None


def test_a_loop_that_never_closed_names_the_missing_link() -> None:
    found = closes(_funnel(total=8, missing="Nobody labels."))
    assert (found.answer, found.sentence) == ("never_closed", "The loop has never closed. Nobody labels.")


def test_a_loop_that_closed_says_how_often_of_how_many() -> None:
    found = closes(_funnel(total=2000, closed=12))
    assert found.answer == "closes"
    assert "12 of 2,000 interactions" in found.sentence
    assert (found.figures["closed"], found.figures["most_wait_at"]) == (12, "deployed")
