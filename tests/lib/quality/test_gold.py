"""Check questions in their order: when the test raises an alarm, when it is passed, and how often it is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.lib.quality import gold

WRONG, RIGHT = False, True


def test_the_steps_and_bounds_are_those_of_the_method() -> None:
    assert round(gold.STEP_WRONG, 3) == 0.916
    assert round(gold.STEP_RIGHT, 3) == -0.182
    assert (round(gold.ALARM, 3), round(gold.PASS, 3)) == (2.944, -2.944)


def test_four_straight_misses_are_an_alarm_and_three_are_not() -> None:
    assert gold.follow([WRONG] * 3).alarms == ()
    assert gold.follow([WRONG] * 4).alarms == (3,)
    assert gold.follow([WRONG] * 8).alarms == (3, 7)


def test_seventeen_right_answers_pass() -> None:
    assert not gold.follow([RIGHT] * 16).passed
    assert gold.follow([RIGHT] * 17).passed


def test_who_has_passed_is_followed_on_without_credit_for_the_past() -> None:
    """However long somebody was right, four straight misses are noticed."""
    followed = gold.follow([RIGHT] * 500 + [WRONG] * 4)
    assert followed.alarms == (503,)
    assert not followed.passed
    assert min(followed.sums[17:]) == 0


def test_after_an_alarm_the_test_begins_anew() -> None:
    followed = gold.follow([WRONG] * 4 + [RIGHT] * 17)
    assert (followed.alarms, followed.passed) == ((3,), True)


@pytest.mark.parametrize(("share", "least", "most"), [(0.90, 0, 0.05), (0.75, 0.95, 1)])
def test_the_test_is_wrong_as_seldom_as_it_says(share: float, least: float, most: float) -> None:
    """Wald's bounds hold the errors at 5 %, less for what the sum overshoots."""
    rng = np.random.default_rng(4)
    ends = [_first_end([bool(one) for one in rng.random(400) < share]) for _ in range(1_000)]
    assert None not in ends
    assert least <= np.mean([end == "alarm" for end in ends]) <= most


def _first_end(answers: list[bool]) -> str | None:
    followed = gold.follow(answers)
    alarm = followed.alarms[0] if followed.alarms else len(answers)
    passed = next((place for place, total in enumerate(followed.sums) if total <= gold.PASS), len(answers))
    if alarm == passed:
        return None
    return "alarm" if alarm < passed else "passed"
