"""Hints: one answer whatever is asked, and times that are far from others'."""

from __future__ import annotations

from math import log

import numpy as np

from annotation.lib.quality import habits
from annotation.lib.quality.habits import Times

OTHERS = [np.array([40, 30, 20, 10]), np.array([50, 50, 0, 0])]


def times(*seconds: float) -> Times:
    logs = [log(one) for one in seconds]
    return Times(count=len(logs), total=sum(logs), squares=sum(one * one for one in logs))


def test_one_answer_whatever_is_asked_stands_out() -> None:
    found = habits.variety([np.array([98, 2, 0, 0]), np.array([0, 50, 0, 0])], OTHERS)
    assert found is not None
    assert found.stands_out
    assert found.chance < 0.01
    assert (found.most, found.share) == ((0, 0), 0.98)
    assert found.bits < 0.2 < 1.2 < found.usual


def test_who_answers_as_others_do_does_not_stand_out() -> None:
    rng = np.random.default_rng(3)
    found = [
        habits.variety([rng.multinomial(60, counts / counts.sum()) for counts in OTHERS], OTHERS) for _ in range(50)
    ]
    assert not any(one is None or one.stands_out for one in found)


def test_few_labels_say_nothing_and_neither_do_kinds_that_others_answer_alike() -> None:
    assert habits.variety([np.array([29, 0, 0, 0])], OTHERS[:1]) is None
    assert habits.variety([np.array([50, 0])], [np.array([29, 0])]) is None
    assert habits.variety([np.array([100, 0])], [np.array([990, 10])]) is None


def test_a_third_of_the_time_of_others_is_a_hint_and_the_same_time_is_none() -> None:
    others = times(*[20, 30, 45] * 20)
    fast = habits.speed([(times(*[10] * 30), others)])
    usual = habits.speed([(times(*[30] * 30), others)])
    assert fast is not None
    assert usual is not None
    assert fast.stands_out
    assert round(fast.ratio, 2) == 0.33
    assert fast.z < -3
    assert not usual.stands_out
    assert abs(usual.z) < 0.1


def test_times_are_compared_with_those_on_items_as_long() -> None:
    """Who has the short items is not therefore fast."""
    short, long = times(*[4, 5, 6] * 20), times(*[50, 60, 70] * 20)
    found = habits.speed([(times(*[5] * 28), short), (times(*[60] * 2), long)])
    assert found is not None
    assert (found.labels, found.stands_out) == (30, False)
    assert habits.speed([(times(*[5] * 40), times(*[60] * 29))]) is None


def test_own_times_can_be_taken_out_of_all() -> None:
    left = times(10, 20, 30).without(times(20))
    assert (left.count, round(left.total, 9)) == (2, round(log(10) + log(30), 9))
