"""Exposure: what the product holds to be best beside what it tries, and "can't tell" where it tries nothing."""

from __future__ import annotations

import pytest

from annotation.loops import exposure
from annotation.models import Feature
from tests.compounding import world as versions
from tests.validity import world
from tests.validity.world import BAD, GOOD

pytestmark = pytest.mark.django_db


def days(good: dict[str, float], *, count: int = 400) -> None:
    """Half of the answers are tried; of each arm so many are good."""
    arms = ("greedy", "explore")
    items = world.arrive([["accepted"]] * count, on=0, metadata=lambda number: {"flywheel.arm": arms[number % 2]})
    share = count // 2

    def said(number: int) -> str:
        return GOOD if number // 2 < good[arms[number % 2]] * share else BAD

    world.decide(items, lambda item: said(int(item.interaction.external_id[-5:])))
    versions.written(on=1)


def test_without_an_exploration_arm_it_can_not_tell(drafts: Feature) -> None:
    versions.succession(drafts, [{"easy": (120, 100)}])
    found = exposure.told(exposure.measure(drafts))
    assert found.refusal.startswith("Can't tell: no exploration arm.")
    assert "flywheel.arm" in found.refusal


def test_a_difference_that_is_sure_is_to_be_watched(drafts: Feature) -> None:
    days({"greedy": 0.9, "explore": 0.6})
    found = exposure.told(exposure.measure(drafts))
    assert found.figure is not None
    assert found.figure.value == pytest.approx(0.3)
    assert found.alarm == "amber"
    assert "say too much of what it could show" in found.sentence


def test_arms_that_are_as_good_are_no_alarm(drafts: Feature) -> None:
    days({"greedy": 0.8, "explore": 0.78})
    found = exposure.told(exposure.measure(drafts))
    assert (found.alarm, found.todo) == ("none", "Go on exploring.")


def test_few_labels_are_counted(drafts: Feature) -> None:
    days({"greedy": 0.8, "explore": 0.7}, count=120)
    assert "of answers that were tried 60 are labeled" in exposure.told(exposure.measure(drafts)).refusal
