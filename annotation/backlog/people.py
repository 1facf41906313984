"""Who labels: how much of late, who is at it now, and who is stuck."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Count, F, Max, Q, Sum, Value
from django.db.models.functions import Least

from annotation.models import Item, Label, Lease, Rater

WEEK: Final = timedelta(days=7)
MONTH: Final = timedelta(days=28)
AT_WORK: Final = timedelta(minutes=15)
STUCK: Final = timedelta(minutes=10)
MILLISECOND: Final = timedelta(milliseconds=1)
LONGEST: Final = timedelta(minutes=10)
"""No more than this counts as work on one item: a page that stays open over noon is none."""


@dataclass(frozen=True, kw_only=True)
class Labeler:
    """A person's current labels of the last 7 and 28 days, and what the person holds now (`held`, in queues of these
    ids). `since`: since when the same item is before the person; null where none is."""

    rater: Rater
    last_7_days: int = 0
    last_28_days: int = 0
    last_labeled_at: datetime | None = None
    held: int = 0
    queues: tuple[int, ...] = ()
    since: datetime | None = None
    is_on: bool = False
    is_stuck: bool = False


class Worked(NamedTuple):
    """Hours with an item before somebody, in the last 28 days."""

    labelers: tuple[Labeler, ...]
    hours: dict[int, float]


def of(*, features: Collection[int], now: datetime) -> Worked:
    """Everybody who labeled or holds something, those at work first; and the hours by the queue's id."""
    found: dict[int, Labeler] = {}
    hours: dict[int, float] = defaultdict(float)
    rows = list(_labels(features, now))
    held = _held(features, now)
    raters = Rater.objects.select_related("user").in_bulk({row["rater_id"] for row in rows} | held.keys())
    for row in rows:
        hours[row["queue_id"]] += (row["ms"] or 0) / 3_600_000
        found[row["rater_id"]] = _added(found.get(row["rater_id"]) or Labeler(rater=raters[row["rater_id"]]), row)
    for pk, one in held.items():
        found[pk] = replace(found.get(pk) or Labeler(rater=raters[pk]), held=one.items, queues=one.queues, since=one.at)
    people = (_at_work(one, now) for one in found.values())
    order = sorted(people, key=lambda one: (not one.is_on, -one.last_7_days, -one.last_28_days, one.rater.pk))
    return Worked(tuple(order), dict(hours))


def held_in_queues(*, queues: Iterable[int], now: datetime) -> dict[int, int]:
    """How many open items of each queue somebody holds."""
    rows = (
        Lease.objects.filter(queue__in=list(queues), expires_at__gt=now, item__status=Item.Status.OPEN)
        .values("queue_id")
        .annotate(items=Count("item", distinct=True))
    )
    return {row["queue_id"]: row["items"] for row in rows}


def _labels(features: Collection[int], now: datetime) -> Iterable[Any]:
    return (
        Label.objects.filter(
            item__feature__in=features,
            rater__kind=Rater.Kind.HUMAN,
            received_at__gt=now - MONTH,
            superseded_at=None,
        )
        .values("rater_id", queue_id=F("item__queue_id"))
        .annotate(
            month=Count("pk"),
            week=Count("pk", filter=Q(received_at__gt=now - WEEK)),
            last=Max("received_at"),
            ms=Sum(Least("duration_ms", Value(LONGEST // MILLISECOND))),
        )
    )


class _Holding(NamedTuple):
    items: int
    queues: tuple[int, ...]
    at: datetime | None


def _held(features: Collection[int], now: datetime) -> dict[int, _Holding]:
    rows = Lease.objects.filter(queue__feature__in=features, expires_at__gt=now, rater__kind=Rater.Kind.HUMAN)
    found: dict[int, _Holding] = {}
    by_queue = rows.values("rater_id", "queue_id").annotate(items=Count("pk"), at=Max("shown_at")).order_by("queue_id")
    for row in by_queue:
        before = found.get(row["rater_id"], _Holding(0, (), None))
        times = [at for at in (before.at, row["at"]) if at is not None]
        found[row["rater_id"]] = _Holding(
            before.items + row["items"], (*before.queues, row["queue_id"]), max(times, default=None)
        )
    return found


def _added(one: Labeler, row: dict[str, Any]) -> Labeler:
    return replace(
        one,
        last_7_days=one.last_7_days + row["week"],
        last_28_days=one.last_28_days + row["month"],
        last_labeled_at=max(row["last"], one.last_labeled_at or row["last"]),
    )


def _at_work(one: Labeler, now: datetime) -> Labeler:
    labeled = one.last_labeled_at is not None and one.last_labeled_at > now - AT_WORK
    is_stuck = one.since is not None and one.since <= now - STUCK
    return replace(one, is_on=labeled or one.since is not None, is_stuck=is_stuck)
