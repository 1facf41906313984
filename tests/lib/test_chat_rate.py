"""The pace of calls: no second sees more than its number, whatever delays them."""

from __future__ import annotations

import random
from bisect import bisect_left

import pytest

from annotation.lib.chat_rate import ASK_AGAIN_SECONDS, SLACK_SECONDS, Pace, Place


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def take(pace: Pace, clock: Clock) -> Place:
    """Wait as long as it says."""
    while seconds := pace.wait():
        clock.now += seconds
    return pace.take()


def most_within(times: list[float], seconds: float) -> int:
    times = sorted(times)
    return max(bisect_left(times, at + seconds) - place for place, at in enumerate(times))


@pytest.mark.parametrize(
    ("per_second", "window", "most"),
    [(0.5, 2.0, 1), (1, 1.0, 1), (1.6, 1.25, 2), (2.5, 1.2, 3), (25, 1.0, 25), (200, 1.0, 200)],
)
def test_no_window_sees_more_though_sending_and_arriving_take_their_time(
    per_second: float, window: float, most: int, clock: Clock
) -> None:
    drawn = random.Random(7)
    pace = Pace(per_second, clock=clock)
    arrived: list[float] = []
    under_way: list[tuple[float, Place]] = []
    while len(arrived) < 400:
        for at, place in [one for one in under_way if one[0] <= clock.now]:
            place.sent()
            arrived.append(clock.now + drawn.uniform(0, SLACK_SECONDS))
            under_way.remove((at, place))
        if seconds := pace.wait():
            clock.now += min(seconds, 0.005)
        else:
            # Most are sent at once; now and then a thread stands still before it sends.
            stall = drawn.uniform(0, 3) if drawn.random() < 0.05 else drawn.uniform(0, 0.005)
            under_way.append((clock.now + stall, pace.take()))
    assert most_within(arrived, window) <= most


@pytest.mark.parametrize("per_second", [0.4, 1.0, 1.9, 2.5, 15.0])
def test_a_rate_is_reached_but_for_its_slack_whatever_part_of_a_call_is_in_it(per_second: float, clock: Clock) -> None:
    pace = Pace(per_second, clock=clock)
    began = clock.now
    for _ in range(600):
        take(pace, clock).sent()
    reached = 600 / (clock.now - began)
    assert reached == pytest.approx(pace.usual, rel=0.01)
    assert 0.8 * per_second < reached <= per_second


def test_calls_are_spread_over_their_second(clock: Clock) -> None:
    pace = Pace(10, clock=clock)
    began = []
    for _ in range(10):
        take(pace, clock).sent()
        began.append(clock.now)
    assert [round(at - began[0], 6) for at in began] == [round(0.1 * n, 6) for n in range(10)]
    assert pace.usual == pytest.approx(10 / 1.2)


def test_a_call_that_is_not_sent_yet_holds_its_place(clock: Clock) -> None:
    pace = Pace(1, clock=clock)
    place = take(pace, clock)
    clock.now += 50
    assert pace.wait() == ASK_AGAIN_SECONDS
    place.sent()
    place.sent()
    assert pace.wait() == pytest.approx(1 + SLACK_SECONDS)
    clock.now += 1 + SLACK_SECONDS
    assert pace.wait() == 0


def test_a_pause_holds_for_all_and_a_shorter_one_does_not_end_it(clock: Clock) -> None:
    pace = Pace(100, clock=clock)
    pace.pause(5)
    pace.pause(1)
    assert pace.wait() == 5
    pace.pause_a_window()
    clock.now += 5
    assert pace.wait() == 0
