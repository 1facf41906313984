"""Cohorts close, and closing fixes which items are the sample and how likely each was to be in it.

Priority sampling (Duffield, Lund & Thorup 2007): items are served by smallest key, so all items below the threshold
were reached whatever they hold. The threshold is the last item taken, not the first one left: that one's key depends
on when people stopped, and leans.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day

from django.db import connection, transaction
from django.db.models import Count, F, Max, Min, Q, QuerySet

from annotation.models import Cohort, Item

# A day's last ingest may still be committing when the day ends.
GRACE = timedelta(minutes=15)

REACHED = Q(first_shown_at__isnull=False) | Q(status__in=[Item.Status.RESOLVED, Item.Status.DISPUTED])

# What nobody reached; somebody may hold it, unseen. Locked in the order of their ids, as everybody does who locks
# several items: another order deadlocks.
RESERVE = """
WITH left_over AS (
    SELECT id FROM annotation_item
    WHERE cohort_id = %(cohort)s AND status = 'open' AND first_shown_at IS NULL AND cardinality(taken) = (
        SELECT count(*) FROM annotation_lease l WHERE l.item_id = annotation_item.id
    )
    ORDER BY id FOR UPDATE
)
UPDATE annotation_item i SET status = 'reserve' FROM left_over WHERE i.id = left_over.id
"""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """A cohort's `items`, those withdrawn left out; those that people got to; and those below the threshold."""

    items: int
    reached: int
    sampled: int

    @classmethod
    def kept(cls, cohort: Cohort) -> Counts | None:
        """As counted at closing; None of one that is open, or that closed before this was counted."""
        if cohort.items is None or cohort.reached is None or cohort.sampled is None:
            return None
        return cls(items=cohort.items, reached=cohort.reached, sampled=cohort.sampled)


NONE = Counts(items=0, reached=0, sampled=0)


def close_due(*, now: datetime) -> int:
    """Close each cohort whose day is over and that has nothing open, or whose limit has passed. Returns how many."""
    days = Cohort.objects.filter(closed_at=None, day__lt=(now - GRACE).date()).values_list("pk", flat=True)
    return sum(_close(pk, now) for pk in list(days))


@transaction.atomic
def _close(pk: int, now: datetime) -> bool:
    cohort = (
        Cohort.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("queue")
        .filter(pk=pk, closed_at=None)
        .first()
    )
    if cohort is None:
        return False
    items = Item.objects.filter(cohort=cohort)
    unfinished = items.filter(status__in=[Item.Status.OPEN, Item.Status.DISPUTED])
    if now < _limit(cohort) and unfinished.exists():
        return False
    cohort.threshold = threshold(items)
    cohort.closed_at = now
    found = counts([cohort.pk], threshold=cohort.threshold).get(cohort.pk, NONE)
    cohort.items, cohort.reached, cohort.sampled = found.items, found.reached, found.sampled
    cohort.save(update_fields=["threshold", "closed_at", "items", "reached", "sampled"])
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, {"cohort": cohort.pk})
    return True


def threshold(items: QuerySet[Item]) -> float:
    """κ: the largest key reached below which every item was reached or withdrawn; infinite when none is left."""
    left = items.exclude(REACHED | Q(status=Item.Status.WITHDRAWN)).aggregate(key=Min("key"))["key"]
    if left is None:
        return math.inf
    reached: float | None = items.filter(REACHED, key__lt=left).aggregate(key=Max("key"))["key"]
    return reached or 0.0


def counts(ids: Collection[int], *, threshold: float | None = None) -> dict[int, Counts]:
    """By cohort, counted now; cohorts without an item are missing. Without a threshold each one's own counts."""
    if not ids:
        return {}
    rows = (
        Item.objects.filter(cohort__in=ids)
        .exclude(status=Item.Status.WITHDRAWN)
        .values("cohort_id")
        .annotate(
            items=Count("pk"),
            reached=Count("pk", filter=REACHED),
            sampled=Count("pk", filter=Q(key__lt=F("cohort__threshold") if threshold is None else threshold)),
        )
    )
    return {
        row["cohort_id"]: Counts(items=row["items"], reached=row["reached"], sampled=row["sampled"])
        for row in rows
        if row["cohort_id"] is not None
    }


def inclusion_probability(*, threshold: float | None, weight: float | None, key: float | None) -> float | None:
    """π = min(1, κ·w) of an item of the sample; None beyond the threshold and while the cohort is open."""
    if threshold is None or weight is None or key is None or not key < threshold:
        return None
    return min(1.0, threshold * weight)


def day_ends(cohort: Cohort) -> datetime:
    return datetime.combine(cohort.day, time_of_day.min, UTC) + timedelta(days=1)


def _limit(cohort: Cohort) -> datetime:
    return day_ends(cohort) + timedelta(hours=cohort.queue.limit_hours)
