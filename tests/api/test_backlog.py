"""GET /api/v1/backlog."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from annotation.models import Feature, Item
from annotation.queues import cohorts
from tests import stock, worlds
from tests.cast import Machine


def test_the_backlog_is_told_by_kind_age_day_person_and_queue(machine: Machine, feature: Feature) -> None:
    worlds.labeled(feature)
    oldest = worlds.item(feature)
    found = machine.get("/backlog", feature=feature.slug).json()
    assert (found["open"], found["oldest_item_id"]) == (1, oldest.public_id)
    (kind,) = found["open_by_kind"]
    assert (kind["signal_kind"], kind["items"], sum(kind["by_age"].values())) == ("accepted", 1, 1)
    assert len(found["days"]) == 29
    (queue,) = found["queues"]
    assert (queue["queue"], queue["open"], queue["limit_hours"]) == ("default", 1, 168)
    assert (queue["paused_at"], queue["due_week"]) == (None, 0)
    assert found["drain"] == queue["drain"]
    assert found["drain"].keys() == {"is_never", "days", "low", "high"}


def test_each_cohort_says_what_was_reached(machine: Machine, feature: Feature) -> None:
    now = timezone.now()
    yesterday = stock.items(feature, 3, now=now - timedelta(days=9))
    Item.objects.filter(pk__in=[one.pk for one in yesterday]).update(status="resolved")
    cohorts.close_due(now=now)
    waiting = stock.items(feature, 2, now=now)
    closed, still_open = machine.get("/backlog", feature=feature.slug).json()["cohorts"]
    assert (closed["queue"], closed["reached"], closed["items"], closed["sampled"]) == ("default", 3, 3, 3)
    assert (closed["threshold"], closed["is_all"]) == (None, True)
    assert (still_open["reached"], still_open["items"], still_open["closed_at"]) == (0, len(waiting), None)
    assert (still_open["threshold"], still_open["is_all"]) == (None, False)


def test_an_empty_feature_has_a_backlog_of_none(machine: Machine, feature: Feature) -> None:
    found = machine.get("/backlog", feature=feature.slug).json()
    assert (found["open"], found["oldest_item_id"], found["open_by_kind"], found["labelers"]) == (0, None, [], [])


def test_an_account_without_a_name_is_not_told_by_its_email(machine: Machine, feature: Feature) -> None:
    item = worlds.item(feature)
    worlds.label(item, on=1)
    assert "@" not in machine.get("/backlog", feature=feature.slug).content.decode()
