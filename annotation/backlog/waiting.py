"""What waits for people: how much, how old, how fast it comes and goes, and who works on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Case, CharField, Count, Max, Min, Q, Sum, Value, When
from django.db.models.functions import TruncDate

from annotation.models import ConsensusRevision, Feature, Item, Label, Lease, Queue, Rater, RetentionCount

DAYS = 28
COUNTED = ("open", "disputed", "flagged", "past_limit", "oldest_queued_at")
WEEK = timedelta(days=7)

# Youngest first: an item belongs to the first band that it is younger than.
AGES = (
    ("under a day", timedelta(days=1)),
    ("1 to 7 days", timedelta(days=7)),
    ("7 to 30 days", timedelta(days=30)),
    ("over 30 days", timedelta.max),
)


@dataclass(frozen=True, kw_only=True)
class OpenItems:
    """Open items of one feature and signal kind. `by_age` has a count for each band of `AGES`."""

    feature: Feature
    signal_kind: str
    by_age: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.by_age)


@dataclass(frozen=True, kw_only=True)
class Day:
    """One UTC day: items queued, and items resolved for the first time."""

    day: date
    arrived: int
    completed: int


@dataclass(frozen=True, kw_only=True)
class Labeler:
    """A person's current labels of the last 7 and 28 days."""

    rater: Rater
    last_7_days: int
    last_28_days: int
    last_labeled_at: datetime


@dataclass(frozen=True, kw_only=True)
class QueueState:
    """`held`: of the open items, those that somebody holds. `past_limit`: open items older than the queue's limit."""

    queue: Queue
    open: int = 0
    held: int = 0
    disputed: int = 0
    flagged: int = 0
    past_limit: int = 0
    oldest_queued_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """`days`: the last 28 whole days and today, oldest first. `oldest`: the open item that waits longest."""

    open: tuple[OpenItems, ...]
    days: tuple[Day, ...]
    labelers: tuple[Labeler, ...]
    queues: tuple[QueueState, ...]
    oldest: Item | None

    @property
    def total(self) -> int:
        return sum(items.total for items in self.open)

    @property
    def arrived(self) -> int:
        return sum(day.arrived for day in self.days)

    @property
    def completed(self) -> int:
        return sum(day.completed for day in self.days)


def summary(*, features: Iterable[Feature], now: datetime) -> Summary:
    """The backlog of these features together."""
    chosen = {feature.pk: feature for feature in features}
    return Summary(
        open=_open(chosen, now),
        days=_days(chosen, now),
        labelers=_labelers(chosen, now),
        queues=queues(features=chosen.values(), now=now),
        oldest=_oldest(chosen),
    )


def _open(features: dict[int, Feature], now: datetime) -> tuple[OpenItems, ...]:
    younger = [When(queued_at__gt=now - age, then=Value(band)) for band, age in AGES[:-1]]
    rows = (
        Item.objects.filter(feature__in=features, status=Item.Status.OPEN)
        .values("feature_id", "signal_kind")
        .annotate(age=Case(*younger, default=Value(AGES[-1][0]), output_field=CharField()), items=Count("pk"))
    )
    counts: dict[tuple[int, str], dict[str, int]] = {}
    for row in rows:
        counts.setdefault((row["feature_id"], row["signal_kind"]), {})[row["age"]] = row["items"]
    found = [
        OpenItems(feature=features[pk], signal_kind=kind, by_age=tuple(ages.get(band, 0) for band, _ in AGES))
        for (pk, kind), ages in counts.items()
    ]
    return tuple(sorted(found, key=lambda items: (-items.total, items.feature.slug, items.signal_kind)))


def _days(features: dict[int, Feature], now: datetime) -> tuple[Day, ...]:
    first = now.astimezone(UTC).date() - timedelta(days=DAYS)
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    arrived = (
        Item.objects.filter(feature__in=features, queued_at__gte=since)
        .values(day=TruncDate("queued_at", tzinfo=UTC))
        .annotate(items=Count("pk"))
    )
    # Those that retention took arrived too.
    taken = (
        RetentionCount.objects.filter(feature__in=features, queued_on__gte=first)
        .values_list("queued_on")
        .annotate(Sum("items"))
    )
    # An item that is decided anew was completed once: its first revision says when.
    completed = (
        ConsensusRevision.objects.filter(number=1, resolved_at__gte=since, item__feature__in=features)
        .values(day=TruncDate("resolved_at", tzinfo=UTC))
        .annotate(items=Count("pk"))
    )
    came = Counter({row["day"]: row["items"] for row in arrived})
    came.update({day: count for day, count in taken if day is not None})
    went = {row["day"]: row["items"] for row in completed}
    days = (first + timedelta(days=number) for number in range(DAYS + 1))
    return tuple(Day(day=day, arrived=came[day], completed=went.get(day, 0)) for day in days)


def _labelers(features: dict[int, Feature], now: datetime) -> tuple[Labeler, ...]:
    rows = list(
        Label.objects.filter(
            item__feature__in=features,
            rater__kind=Rater.Kind.HUMAN,
            received_at__gt=now - timedelta(days=DAYS),
            superseded_at=None,
        )
        .values("rater_id")
        .annotate(month=Count("pk"), week=Count("pk", filter=Q(received_at__gt=now - WEEK)), last=Max("received_at"))
    )
    raters = Rater.objects.select_related("user").in_bulk([row["rater_id"] for row in rows])
    found = [
        Labeler(
            rater=raters[row["rater_id"]],
            last_7_days=row["week"],
            last_28_days=row["month"],
            last_labeled_at=row["last"],
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (-one.last_7_days, -one.last_28_days, one.rater.pk)))


def queues(*, features: Iterable[Feature], now: datetime) -> tuple[QueueState, ...]:
    """How each queue of these features stands, by feature and rank."""
    found = list(Queue.objects.filter(feature__in=list(features)).select_related("feature"))
    counts = _count(found, now) if found else {}
    held = _held(found, now)
    return tuple(QueueState(queue=queue, held=held.get(queue.pk, 0), **counts.get(queue.pk, {})) for queue in found)


def _count(queues: list[Queue], now: datetime) -> dict[int, dict[str, Any]]:
    """The fields of `QueueState` that items tell, by the queue's id; queues with no unfinished item are missing."""
    limits = Case(*(When(queue=queue, then=Value(now - timedelta(hours=queue.limit_hours))) for queue in queues))
    is_open = Q(status=Item.Status.OPEN)
    rows = (
        # By feature too, since that is what the index of unfinished items begins with.
        Item.objects.filter(
            feature__in={queue.feature_id for queue in queues},
            status__in=[Item.Status.OPEN, Item.Status.DISPUTED, Item.Status.FLAGGED],
        )
        .values("queue_id")
        .annotate(
            open=Count("pk", filter=is_open),
            disputed=Count("pk", filter=Q(status=Item.Status.DISPUTED)),
            flagged=Count("pk", filter=Q(status=Item.Status.FLAGGED)),
            past_limit=Count("pk", filter=is_open & Q(queued_at__lt=limits)),
            oldest_queued_at=Min("queued_at", filter=is_open),
        )
    )
    return {row["queue_id"]: {name: row[name] for name in COUNTED} for row in rows}  # type: ignore[literal-required]


def _held(queues: list[Queue], now: datetime) -> dict[int, int]:
    rows = (
        Lease.objects.filter(queue__in=queues, expires_at__gt=now, item__status=Item.Status.OPEN)
        .values("queue_id")
        .annotate(items=Count("item", distinct=True))
    )
    return {row["queue_id"]: row["items"] for row in rows}


def _oldest(features: dict[int, Feature]) -> Item | None:
    items = Item.objects.filter(feature__in=features, status=Item.Status.OPEN).select_related("feature", "queue")
    return items.order_by("queued_at", "pk").first()
