"""A trigger that counts decisions: each counts in one firing, and only when it is first decided so."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from annotation import triggers
from annotation.audit import FLYWHEEL
from annotation.models import Item, Trigger
from annotation.triggers.marks import LAG
from tests import stock
from tests.cast import NOW
from tests.triggers import world

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def counted(of: Trigger, *, now: datetime) -> int:
    world.watched(of, now=now)
    return Trigger.objects.get(pk=of.pk).counted


def test_an_item_counts_when_it_is_first_decided_so_and_never_again() -> None:
    drafts, other = stock.feature(), stock.feature("other")
    trigger = world.trigger(drafts, world.count(99, reasons=["verified", "unread"]))
    world.decide(drafts, 2, now=world.BEFORE - LAG)  # before it was made
    first = world.decide(drafts, 2)
    world.decide(drafts, 3, "undone_later")
    world.decide(other, 4)
    edited = world.decide(drafts, 1, "taste", kind="edited")
    assert counted(trigger, now=NOW) == 2
    world.revise(first, "unread", now=NOW + HOUR)  # among those that it counts already
    world.revise(first, "undone_later", now=NOW + 2 * HOUR)
    world.revise([*first, *edited], "slip", now=NOW + 2.5 * HOUR)
    world.revise(first, "verified", now=NOW + 3 * HOUR)
    assert counted(trigger, now=NOW + 4 * HOUR) == 2
    came = world.decide(drafts, 3, "undone_later", now=NOW + 5 * HOUR)
    world.revise(came, "verified", now=NOW + 6 * HOUR)
    Item.objects.filter(pk=came[0].pk).update(status="withdrawn")
    stale = world.decide(drafts, 1, now=NOW + 6 * HOUR)
    Item.objects.filter(pk=stale[0].pk).update(signal_kind="edited")
    assert counted(trigger, now=NOW + 7 * HOUR) == 2 + 2 + 1


def test_it_counts_what_is_asked_for() -> None:
    drafts = stock.feature()
    every = world.trigger(drafts, world.count(99, reasons=[]), "every")
    kinds = world.trigger(drafts, world.count(99, reasons=["slip"], signal_kinds=["edited"]), "kinds")
    world.decide(drafts, 2)
    world.decide(drafts, 1, "slip")
    world.decide(drafts, 4, "slip", kind="edited")
    assert (counted(every, now=NOW), counted(kinds, now=NOW)) == (7, 4)


def test_what_is_being_written_is_waited_for() -> None:
    """A decision bears the time at which its writing began: it must not come in behind what was seen."""
    drafts = stock.feature()
    trigger = world.trigger(drafts, world.count(1))
    world.decide(drafts, 1)
    assert triggers.watch(trigger_id=trigger.pk, now=NOW + LAG - timedelta(seconds=1)) is None
    assert triggers.watch(trigger_id=trigger.pk, now=NOW + LAG) is not None


def test_what_is_decided_while_it_is_off_counts_for_nothing() -> None:
    drafts = stock.feature()
    trigger = world.trigger(drafts, world.count(3))
    world.decide(drafts, 2)
    world.watched(trigger, now=NOW)
    triggers.switch(trigger=trigger, is_enabled=False, actor=FLYWHEEL, now=NOW + HOUR)
    world.decide(drafts, 5, now=NOW + 2 * HOUR)
    assert world.watched(trigger, now=NOW + 3 * HOUR) is None
    assert triggers.due(now=NOW + 3 * HOUR) == []
    triggers.switch(trigger=trigger, is_enabled=True, actor=FLYWHEEL, now=NOW + 4 * HOUR)
    world.decide(drafts, 2, now=NOW + 5 * HOUR)
    assert counted(trigger, now=NOW + 6 * HOUR) == 2


def test_the_past_is_read_once_however_many_days_are_played(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    drafts = stock.feature()
    for on in (1, 2, 2, 7, 30):
        world.decide(drafts, 1, now=world.day(on))
    with django_assert_num_queries(1):
        assert world.played(drafts, world.count(2), days=30, now=world.day(30)) == [2, 30]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=12), st.integers(1, 6), st.integers(1, 5))
def test_every_decision_is_in_one_firing_or_counted_for_the_next(
    hours: list[tuple[int, bool]], at_least: int, cooldown: int
) -> None:
    """Each hour some items are decided, and somebody looks or doesn't."""
    drafts = stock.feature(f"drafts-{Trigger.objects.count()}")
    trigger = world.trigger(drafts, world.count(at_least), cooldown_hours=cooldown)
    fired, decided = [], 0
    for number, (count, is_watched) in enumerate(hours):
        now = NOW + number * HOUR
        world.decide(drafts, count, now=now)
        decided += count
        if is_watched and (firing := world.watched(trigger, now=now)) is not None:
            fired.append(firing)
    last = world.watched(trigger, now=NOW + (len(hours) + cooldown) * HOUR)
    fired += [last] if last else []
    rest = Trigger.objects.get(pk=trigger.pk).counted
    assert sum(one.about["count"] for one in fired) + rest == decided
    assert all(one.about["count"] >= at_least for one in fired)
    assert rest < at_least
    assert [one.number for one in fired] == list(range(1, len(fired) + 1))
    gaps = [later.fired_at - one.fired_at for one, later in itertools.pairwise(fired)]
    assert all(gap >= cooldown * HOUR for gap in gaps)
