"""How much one person labels and how fast: by UTC days, without what was taken back, and without idle time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotation.labels import pace, submit
from annotation.models import Feature
from tests import stock
from tests.cast import NOW
from tests.labels import world

DAY = timedelta(days=1)


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def labeled(of: Feature, *, ago: timedelta = timedelta(), seconds: float | None = 10) -> None:
    (item,) = stock.items(of, 1)
    ms = None if seconds is None else int(seconds * 1000)
    world.label(item, "verified", by=1, now=NOW - ago, duration_ms=ms)


def test_labels_are_counted_by_day_and_by_week(drafts: Feature) -> None:
    for ago in (0, 0, 1, 6, 7, 28, 29):
        labeled(drafts, ago=ago * DAY)
    mine = pace.of(rater=stock.rater(1), now=NOW)
    assert (mine.today.labels, mine.week.labels, mine.total.labels) == (2, 4, 6)
    assert [day.labels for day in mine.days if day.labels] == [1, 1, 1, 1, 2]
    assert (len(mine.days), mine.days[-1].day) == (29, NOW.date())


def test_a_page_that_was_left_open_counts_ten_minutes_and_not_the_night(drafts: Feature) -> None:
    for seconds in (20, 30, 8 * 3600, None):
        labeled(drafts, seconds=seconds)
    mine = pace.of(rater=stock.rater(1), now=NOW)
    assert (mine.today.labels, mine.today.active) == (4, timedelta(minutes=10, seconds=50))


def test_the_median_is_said_from_five_timed_labels_on(drafts: Feature) -> None:
    for seconds in (4, 6, 8, 3600):
        labeled(drafts, seconds=seconds)
    labeled(drafts, seconds=None)
    assert pace.of(rater=stock.rater(1), now=NOW).seconds is None
    labeled(drafts, seconds=10)
    assert pace.of(rater=stock.rater(1), now=NOW).seconds == 8


def test_a_changed_label_counts_once_and_one_taken_back_not_at_all(drafts: Feature) -> None:
    changed, undone = stock.items(drafts, 2)
    first = world.label(changed, "verified", by=1)
    submit.label(rater=stock.rater(1), item=changed, answer=world.answer("unread", replaces=first.pk), now=NOW)
    world.label(undone, "verified", by=1)
    submit.undo(rater=stock.rater(1), item=undone, now=NOW)
    assert pace.of(rater=stock.rater(1), now=NOW).today.labels == 1


def test_what_others_label_and_what_one_settles_is_not_counted(drafts: Feature) -> None:
    item = world.disputed(drafts, 2, 3)
    submit.adjudicate(rater=stock.rater(1), item=item, answer=world.answer(), now=NOW)
    assert pace.of(rater=stock.rater(1), now=NOW).total.labels == 0
