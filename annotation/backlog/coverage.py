"""How much of each day was reached: a cohort's items, those that people got to, and what that makes the sample."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from annotation.models import Cohort, Feature, Queue
from annotation.queues import cohorts

SHOWN_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class CohortCoverage:
    """One queue's items of one UTC day: `reached` of `items`, as they stood when the day closed, or so far.

    `sampled`: those below the threshold, which rates count; None while it is open. `threshold` as in Cohort.
    """

    day: date
    items: int
    reached: int
    sampled: int | None
    closed_at: datetime | None
    threshold: float | None

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def share(self) -> float:
        return self.reached / self.items if self.items else 0.0


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """A queue's cohorts of the last 30 whole days and today, oldest first."""

    queue: Queue
    cohorts: tuple[CohortCoverage, ...]

    @property
    def closed(self) -> tuple[CohortCoverage, ...]:
        return tuple(one for one in self.cohorts if one.is_closed)

    @property
    def open(self) -> tuple[CohortCoverage, ...]:
        return tuple(one for one in self.cohorts if not one.is_closed)


def coverage(*, features: Iterable[Feature], now: datetime) -> tuple[Coverage, ...]:
    """Of each queue of these features, by feature and rank; queues without a cohort in that time are left out.

    Closed cohorts carry their counts; the items of open ones are counted.
    """
    since = now.astimezone(UTC).date() - timedelta(days=SHOWN_DAYS)
    found = Cohort.objects.filter(queue__feature__in=list(features), day__gte=since).select_related("queue__feature")
    by_queue: dict[Queue, list[Cohort]] = {}
    for one in found.order_by("queue__feature", "queue__rank", "queue", "day"):
        by_queue.setdefault(one.queue, []).append(one)
    counted = cohorts.counts([one.pk for every in by_queue.values() for one in every if one.items is None])
    return tuple(
        Coverage(queue=queue, cohorts=tuple(_covered(one, counted) for one in every))
        for queue, every in by_queue.items()
    )


def _covered(cohort: Cohort, counted: dict[int, cohorts.Counts]) -> CohortCoverage:
    counts = cohorts.Counts.kept(cohort) or counted.get(cohort.pk, cohorts.NONE)
    return CohortCoverage(
        day=cohort.day,
        items=counts.items,
        reached=counts.reached,
        sampled=counts.sampled if cohort.closed_at else None,
        closed_at=cohort.closed_at,
        threshold=cohort.threshold,
    )
