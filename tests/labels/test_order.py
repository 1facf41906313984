"""Disputes come up by what settling them decides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotation import access, audit
from annotation.labels import review
from annotation.models import Cohort, Feature, Item, Rater
from tests import stock
from tests.cast import NOW
from tests.labels import world

pytestmark = pytest.mark.django_db


def adjudicator(of: Feature) -> Rater:
    rater = stock.rater(9)
    assert rater.user is not None
    access.give(user=rater.user, roles=["adjudicator"], features=[of], actor=audit.FLYWHEEL, now=NOW)
    return rater


def weighed(item: Item, weight: float, cohort: Cohort) -> Item:
    """The same item as one of another weight and day: neither can be changed, so it takes the place of the first."""
    values = {"feature": item.feature, "queue": item.queue, "interaction": item.interaction, "status": "disputed"}
    Item.objects.filter(pk=item.pk).update(status="withdrawn")
    signal = item.signal
    signal.pk, signal.external_id = None, f"s-{item.pk}-{weight}"
    signal.save()
    return Item.objects.create(
        **values,
        signal=signal,
        signal_kind="accepted",
        public_id=f"itm_{item.pk}_{weight}",
        purpose="sample",
        weight=weight,
        key=0.01 / weight,
        cohort=cohort,
        queued_at=item.queued_at,
    )


def test_open_days_come_first_then_what_stands_for_most_then_what_waits_longest(db: None) -> None:
    feature = stock.feature()
    queue = stock.queue(feature)
    closed = Cohort.objects.create(queue=queue, day=(NOW - timedelta(days=9)).date(), closed_at=NOW, threshold=0.2)
    open_day = Cohort.objects.create(queue=queue, day=(NOW - timedelta(days=1)).date())
    plain = [world.disputed(feature) for _ in range(2)]
    of_closed = weighed(world.disputed(feature), 0.5, closed)  # π = 0.1: it stands for ten
    more_of_closed = weighed(world.disputed(feature), 2.0, closed)  # π = 0.4
    heavy = weighed(world.disputed(feature), 4.0, open_day)
    second = world.second_look(feature, "verified", "unread")
    rater = adjudicator(feature)
    assert rater.user is not None
    found = list(review.items(person=access.Person(rater.user), rater=rater, now=NOW))
    assert found == [heavy, *plain, of_closed, more_of_closed, second]
    assert [round(one.stands_for, 3) for one in found] == [4, 1, 1, 10, 2.5, 1]  # type: ignore[attr-defined]
