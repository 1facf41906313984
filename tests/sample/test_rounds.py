"""The simulated rounds: each version answers as often rightly as it says, in an order that chance decides."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from annotation.sample import rounds
from annotation.sample.rounds import ROUNDS, SETS, Round


@pytest.mark.parametrize("one", ROUNDS, ids=lambda one: one.version)
def test_a_round_has_the_answers_that_it_says_and_the_same_each_time(one: Round) -> None:
    found = list(rounds.answers(one))
    counted = Counter((answer.size, answer.is_right) for answer in found)
    for size, (count, right) in (("small", one.small), ("large", one.large)):
        assert (counted[size, True], counted[size, False]) == (right, count - right)
    assert found == list(rounds.answers(one))
    assert len({answer.name for answer in found}) == len(found) == 2 * SETS


def test_chance_swaps_about_half_of_the_sets_and_users_take_what_is_first_more_often() -> None:
    found = [answer for one in ROUNDS for answer in rounds.answers(one)]
    sets = len(ROUNDS) * SETS
    swapped = sum(answer.rank != answer.before for answer in found) / 2
    assert abs(swapped / sets - 0.5) < 3 * 0.5 / sets**0.5
    taken = Counter(answer.rank for answer in found if answer.is_taken)
    assert taken[1] > taken[2]


def test_each_version_is_better_on_each_size_while_the_work_gets_harder() -> None:
    for old, new in itertools.pairwise(ROUNDS):
        assert new.small[1] / new.small[0] > old.small[1] / old.small[0]
        assert new.large[1] / new.large[0] > old.large[1] / old.large[0]
        assert new.large[0] > old.large[0]
